// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @notice Models kept as code and executed on chain. See Int8Model for the invariants.
interface IInt8Model {
    event Stored(bytes32 indexed model, address code);

    error NotStored(bytes32 model);
    error WrongInput(uint256 expected, uint256 got);
    error StoringFailed();

    function store(bytes calldata blob) external returns (bytes32 model);
    function codeOf(bytes32 model) external view returns (address);
    function score(bytes32 model, bytes calldata input) external view returns (uint256);
}
