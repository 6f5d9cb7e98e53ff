// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IModelRegistry, Model} from "./interfaces/IModelRegistry.sol";

/// @title Which models nodes may score with, and since when
/// @notice A model is named by the SHA-256 of its integer blob, which is what sealed statements
/// carry. `tfliteDigest` is the SHA-256 of the `.tflite` it was made from, `lineage` the SHA-256 of
/// the record of its origin (its card: data, training, figures, the model it follows).
///
/// Invariants:
///
/// 1. A registered model never changes and is never removed.
/// 2. A retirement is never undone and never moves to a later time.
/// 3. Several models may be active at once: an upgrade is one more entry, tokens stay as they are.
contract ModelRegistry is IModelRegistry, AccessManaged {
    mapping(bytes32 blobDigest => Model) private _models;
    bytes32[] private _order;

    constructor(address manager) AccessManaged(manager) {}

    function register(bytes32 blobDigest, bytes32 tfliteDigest, bytes32 lineage, uint40 activeFrom)
        external
        restricted
    {
        if (blobDigest == bytes32(0) || tfliteDigest == bytes32(0)) revert EmptyDigest();
        if (_isKnown(blobDigest)) revert ModelKnown(blobDigest);
        _models[blobDigest] = Model(tfliteDigest, lineage, activeFrom, 0);
        _order.push(blobDigest);
        emit ModelRegistered(blobDigest, tfliteDigest, lineage, activeFrom);
    }

    /// @notice Scores sealed at or after `time` do not count any more.
    function retire(bytes32 blobDigest, uint40 time) external restricted {
        if (!_isKnown(blobDigest)) revert UnknownModel(blobDigest);
        Model storage model = _models[blobDigest];
        if (time == 0 || time < model.activeFrom) {
            revert RetiredBeforeActive(blobDigest, model.activeFrom, time);
        }
        if (model.retiredAt != 0 && time >= model.retiredAt) {
            revert RetirementCannotMoveLater(blobDigest, model.retiredAt, time);
        }
        model.retiredAt = time;
        emit ModelRetired(blobDigest, time);
    }

    // ------------------------------------------------------------------------------- readers

    /// @notice All zero when the model is not registered.
    function modelOf(bytes32 blobDigest) external view returns (Model memory) {
        return _models[blobDigest];
    }

    function isActive(bytes32 blobDigest) external view returns (bool) {
        return isActiveAt(blobDigest, uint40(block.timestamp));
    }

    function isActiveAt(bytes32 blobDigest, uint40 time) public view returns (bool) {
        if (!_isKnown(blobDigest)) return false;
        Model memory model = _models[blobDigest];
        return time >= model.activeFrom && (model.retiredAt == 0 || time < model.retiredAt);
    }

    function modelCount() external view returns (uint256) {
        return _order.length;
    }

    /// @notice Models in the order of their registration.
    function modelAt(uint256 index) external view returns (bytes32) {
        return _order[index];
    }

    function _isKnown(bytes32 blobDigest) private view returns (bool) {
        return _models[blobDigest].tfliteDigest != bytes32(0);
    }
}
