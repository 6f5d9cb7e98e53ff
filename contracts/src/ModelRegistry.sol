// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IModelRegistry, Model, Pointer} from "./interfaces/IModelRegistry.sol";

/// @title Which models nodes may score with, and since when
/// @notice A model is named by the SHA-256 of its integer blob, which is what sealed statements
/// carry. `tfliteDigest` is the SHA-256 of the `.tflite` it was made from, zero for a rule that was
/// made from none; `lineage` the SHA-256 of the record of its origin (`lineage.json`: data, code,
/// seeds, the model it follows, every file beside it), which every model has.
///
/// Invariants:
///
/// 1. A registered model never changes and is never removed.
/// 2. A retirement is never undone and never moves to a later time.
/// 3. Several models may be active at once: an upgrade is one more entry, tokens stay as they are.
/// 4. What a profile points at is a registered model; whoever changes the pointer touches no token.
///
/// The pointer says which model a profile's nodes are to be given now, one for each kind (as in the
/// blob: climate, handling), and from which score on a single window of theirs flags a token when
/// somebody proves it (Dispute); 0: none does. What was sealed names its own model and is evidence as
/// long as that one is active; but only what the pointer's model scored is taken as a proof by itself:
/// once it moves on, windows of the model before are for gateways and people to judge.
contract ModelRegistry is IModelRegistry, AccessManaged {
    mapping(bytes32 blobDigest => Model) private _models;
    bytes32[] private _order;
    mapping(bytes32 profile => mapping(uint8 kind => Pointer)) private _pointers;

    constructor(address manager) AccessManaged(manager) {}

    function register(bytes32 blobDigest, bytes32 tfliteDigest, bytes32 lineage, uint40 activeFrom)
        external
        restricted
    {
        if (blobDigest == bytes32(0) || lineage == bytes32(0)) revert EmptyDigest();
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

    /// @notice From now on the profile with this digest is judged with this model of the kind, and
    /// a single window that scores `threshold` or more is worth a flag.
    function point(bytes32 profile, uint8 kind, bytes32 blobDigest, uint64 threshold)
        external
        restricted
    {
        if (profile == bytes32(0)) revert EmptyDigest();
        if (!isActiveAt(blobDigest, uint40(block.timestamp))) revert ModelNotActive(blobDigest);
        bytes32 before = _pointers[profile][kind].blobDigest;
        emit ProfilePointed(profile, kind, before, blobDigest, threshold);
        _pointers[profile][kind] = Pointer(blobDigest, threshold);
    }

    // ------------------------------------------------------------------------------- readers

    /// @notice The model that a profile is judged with now; zero when none was set, or when the one
    /// that was is retired.
    function currentOf(bytes32 profile, uint8 kind) external view returns (bytes32 blobDigest) {
        return pointerAt(profile, kind, uint40(block.timestamp)).blobDigest;
    }

    /// @notice What a profile points at now, for windows sealed at `time`: all zero when nothing was
    /// set, or when the model was not in use then.
    function pointerAt(bytes32 profile, uint8 kind, uint40 time)
        public
        view
        returns (Pointer memory pointer)
    {
        pointer = _pointers[profile][kind];
        if (!_isUsedAt(_models[pointer.blobDigest], time)) return Pointer(bytes32(0), 0);
    }

    /// @notice All zero when the model is not registered.
    function modelOf(bytes32 blobDigest) external view returns (Model memory) {
        return _models[blobDigest];
    }

    function isActive(bytes32 blobDigest) external view returns (bool) {
        return isActiveAt(blobDigest, uint40(block.timestamp));
    }

    function isActiveAt(bytes32 blobDigest, uint40 time) public view returns (bool) {
        return _isKnown(blobDigest) && _isUsedAt(_models[blobDigest], time);
    }

    function modelCount() external view returns (uint256) {
        return _order.length;
    }

    /// @notice Models in the order of their registration.
    function modelAt(uint256 index) external view returns (bytes32) {
        return _order[index];
    }

    /// Whether a registered model was in use at `time`.
    function _isUsedAt(Model storage model, uint40 time) private view returns (bool) {
        (uint40 from, uint40 to) = (model.activeFrom, model.retiredAt);
        return time >= from && (to == 0 || time < to);
    }

    function _isKnown(bytes32 blobDigest) private view returns (bool) {
        return _models[blobDigest].lineage != bytes32(0);
    }
}
