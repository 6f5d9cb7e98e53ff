// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IInt8Model} from "./interfaces/IInt8Model.sol";
import {Int8Kernel} from "./libraries/Int8Kernel.sol";
import {ModelBlob} from "./libraries/ModelBlob.sol";

/// @title Executes the models that nodes score with, from the very bytes that name them
/// @notice A model is named by the SHA-256 of its blob: that is what sealed statements carry. The
/// blob is kept as the code of an address of its own; it begins with STOP, so calling it does
/// nothing.
///
/// Invariants:
///
/// 1. `codeOf(m)` is zero or holds exactly the bytes whose SHA-256 is m, which keep the rules of
///    `ModelBlob`. It is computed here, once, when they are stored, and never changes again.
/// 2. `score(m, x)` is the integer that `cargoseal_score` gives for m and x, bit for bit.
///
/// Anybody may store any model and nobody can take one away: which models count is the model
/// registry's word, not this contract's. No roles, no owner.
contract Int8Model is IInt8Model {
    mapping(bytes32 model => address) public codeOf;

    /// @notice Keeps a blob as code. Does nothing when it is kept already. Reverts with an error
    /// of `ModelBlob` for a blob that no node would load.
    function store(bytes calldata blob) external returns (bytes32 model) {
        model = sha256(blob);
        if (codeOf[model] != address(0)) return model;
        ModelBlob.check(blob);
        address code = _deploy(blob);
        codeOf[model] = code;
        emit Stored(model, code);
    }

    /// @notice The score of an input: as many int8 values as the model has inputs.
    function score(bytes32 model, bytes calldata input) external view returns (uint256) {
        address code = codeOf[model];
        if (code == address(0)) revert NotStored(model);
        return Int8Kernel.score(code, input);
    }

    /// Creation code of 10 bytes that returns what follows it: PUSH2 length, DUP1, PUSH1 10,
    /// RETURNDATASIZE (0), CODECOPY, RETURNDATASIZE (0), RETURN.
    function _deploy(bytes calldata blob) private returns (address code) {
        bytes memory creation =
            abi.encodePacked(hex"61", uint16(blob.length), hex"80600a3d393df3", blob);
        assembly ("memory-safe") {
            code := create(0, add(creation, 0x20), mload(creation))
        }
        if (code == address(0)) revert StoringFailed();
    }
}
