// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ICargoToken} from "../interfaces/ICargoToken.sol";
import {IDeviceRegistry, Sealer} from "../interfaces/IDeviceRegistry.sol";
import {IDispute} from "../interfaces/IDispute.sol";
import {IEd25519Verifier} from "../interfaces/IEd25519Verifier.sol";
import {IInt8Model} from "../interfaces/IInt8Model.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {SealBytes} from "../libraries/SealBytes.sol";
import {Finding} from "../types/Finding.sol";
import {KeyTypes} from "../types/KeyType.sol";

/// @notice The contracts that a dispute asks; none of them can be changed later.
struct Parties {
    ICargoToken token;
    IDeviceRegistry devices;
    IModelRegistry models;
    IEd25519Verifier verifier;
    IInt8Model executor;
}

/// @title Whom a dispute asks, and for which deployment it speaks
/// @notice Rules: nothing here can be changed; the audience is that of the chain it was made on.
abstract contract DisputeParties {
    ICargoToken public immutable token;
    IDeviceRegistry public immutable devices;
    IModelRegistry public immutable models;
    IEd25519Verifier public immutable verifier;
    IInt8Model public immutable executor;
    bytes32 public immutable audience;
    uint256 internal immutable _chainId;

    constructor(Parties memory parties, bytes32 audience_) {
        token = parties.token;
        devices = parties.devices;
        models = parties.models;
        verifier = parties.verifier;
        executor = parties.executor;
        _chainId = block.chainid;
        audience = audience_;
    }

    /// What the verifier finds about a seal with this payload. The key is that of `node`, which
    /// must be an Ed25519 one.
    function _examine(
        bytes8 node,
        Sealer memory sealer,
        bytes32 payload,
        bytes32 r,
        bytes32 s,
        uint256[3] calldata hints
    ) internal view returns (Finding) {
        if (!(sealer.keyType == KeyTypes.ED25519)) {
            revert IDispute.NotAnEd25519Node(node);
        }
        return verifier.examine(SealBytes.signed(payload), sealer.key, r, s, hints);
    }
}
