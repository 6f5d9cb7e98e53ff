// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {
    Assignment,
    Device,
    IDeviceRegistry,
    NodeTime,
    Registration,
    Rotation,
    Sealer
} from "./interfaces/IDeviceRegistry.sol";
import {IEd25519Verifier} from "./interfaces/IEd25519Verifier.sol";
import {KeyCheck} from "./libraries/KeyCheck.sol";
import {P256} from "./libraries/P256.sol";
import {Findings} from "./types/Finding.sol";
import {KeyType, KeyTypes} from "./types/KeyType.sol";

/// @title Which nodes there are, with which keys, and which shipment each watched when
/// @notice Invariants:
///
/// 1. A node's id is the first eight bytes of the SHA-256 of its public key; a key is registered
///    once and never changes. A new key is a new node. An Ed25519 key is in the subgroup of
///    prime order, a P-256 key on its curve.
/// 2. A revocation is never undone and never moves to a later time.
/// 3. A node watches at most one shipment at any time: its intervals do not overlap, each ends
///    after it began, and only the last can be open.
/// 4. An interval that has ended is never edited.
/// 5. A key is replaced only by an issuer who shows the old key's signature of the new one, of the
///    time and of this registry: neither a thief of the key nor an issuer alone can. The old key is
///    revoked from that time on, and the new node goes on with its shipment without a hole.
///
/// Times are Unix seconds and may lie in the past: a node may have been lost, or put onto a pallet,
/// before anybody could say so on chain. When it was said is the time of the event's block.
contract DeviceRegistry is IDeviceRegistry, AccessManaged {
    /// One slot. `watching` is the token of the open interval and `since` its beginning; 0 when
    /// there is none.
    struct Record {
        KeyType keyType;
        uint40 validFrom;
        uint40 revokedAt;
        uint64 watching;
        uint40 since;
    }

    /// One slot. `to` is 0 while the interval is open, and not part of it otherwise.
    struct Interval {
        uint64 tokenId;
        uint40 from;
        uint40 to;
    }

    mapping(bytes8 node => Record) private _records;
    mapping(bytes8 node => bytes32[2]) private _keys;
    mapping(bytes8 node => Interval[]) private _intervals;

    IEd25519Verifier public immutable verifier;

    constructor(address manager, IEd25519Verifier verifier_) AccessManaged(manager) {
        verifier = verifier_;
    }

    /// @notice Registers a node with a key of 32 bytes (Ed25519). `proof`: see KeyCheck.
    function register(
        bytes8 node,
        bytes32 publicKey,
        uint8 keyType,
        uint40 validFrom,
        uint256[3] calldata proof
    ) external restricted {
        bytes memory key = abi.encodePacked(publicKey);
        _register(Registration(node, KeyType.wrap(keyType), validFrom, key, proof));
    }

    /// @notice Registers many nodes of any key type, all or none.
    function registerMany(Registration[] calldata nodes) external restricted {
        for (uint256 i = 0; i < nodes.length; ++i) {
            _register(nodes[i]);
        }
    }

    /// @notice Replaces a node's key by one that the old key has signed (see Rotation).
    function rotate(Rotation calldata rotation) external restricted {
        (bytes8 node, bytes8 next) = (rotation.node, rotation.next.node);
        Record storage record = _known(node);
        if (record.revokedAt != 0) revert RevokedNode(node, record.revokedAt);
        if (!_isSigned(rotation, record.keyType)) revert NotSignedByOldKey(node);
        _register(rotation.next);
        uint64 tokenId = record.watching;
        if (tokenId != 0) {
            _release(node, rotation.time);
            _assign(next, tokenId, rotation.time);
        }
        _revoke(node, rotation.time);
        emit Rotated(node, next, rotation.time);
    }

    /// @notice Says that the node's seals do not count from `time` on. Again with an earlier time
    /// when it turns out that the key was lost before.
    function revoke(bytes8 node, uint40 time) external restricted {
        _revoke(node, time);
    }

    /// @notice The same for many nodes, all or none.
    function revokeMany(NodeTime[] calldata nodes) external restricted {
        for (uint256 i = 0; i < nodes.length; ++i) {
            _revoke(nodes[i].node, nodes[i].time);
        }
    }

    /// @notice From `from` on the node watches shipment `tokenId`.
    function assign(bytes8 node, uint64 tokenId, uint40 from) external restricted {
        _assign(node, tokenId, from);
    }

    /// @notice The same for many nodes, all or none.
    function assignMany(Assignment[] calldata assignments) external restricted {
        for (uint256 i = 0; i < assignments.length; ++i) {
            _assign(assignments[i].node, assignments[i].tokenId, assignments[i].from);
        }
    }

    /// @notice From `time` on the node watches nothing.
    function release(bytes8 node, uint40 time) external restricted {
        _release(node, time);
    }

    /// @notice The same for many nodes, all or none.
    function releaseMany(NodeTime[] calldata nodes) external restricted {
        for (uint256 i = 0; i < nodes.length; ++i) {
            _release(nodes[i].node, nodes[i].time);
        }
    }

    // ------------------------------------------------------------------------------- acts

    function _revoke(bytes8 node, uint40 time) private {
        Record storage record = _known(node);
        uint40 current = record.revokedAt;
        if (time == 0) revert BadTime(node, 1, time);
        if (current != 0 && time >= current) {
            revert RevocationCannotMoveLater(node, current, time);
        }
        record.revokedAt = time;
        emit Revoked(node, time, msg.sender);
    }

    function _assign(bytes8 node, uint64 tokenId, uint40 from) private {
        Record storage record = _known(node);
        if (tokenId == 0) revert ZeroToken(node);
        if (record.watching != 0) revert AlreadyAssigned(node, record.watching);
        if (record.revokedAt != 0 && from >= record.revokedAt) {
            revert RevokedNode(node, record.revokedAt);
        }
        uint40 notBefore = _freeFrom(node, record.validFrom);
        if (from < notBefore) revert BadTime(node, notBefore, from);
        record.watching = tokenId;
        record.since = from;
        _intervals[node].push(Interval(tokenId, from, 0));
        emit Assigned(node, tokenId, from);
    }

    function _release(bytes8 node, uint40 time) private {
        Record storage record = _known(node);
        if (record.watching == 0) revert NotAssigned(node);
        Interval[] storage all = _intervals[node];
        Interval storage last = all[all.length - 1];
        if (time <= last.from) revert BadTime(node, last.from + 1, time);
        last.to = time;
        emit Released(node, record.watching, time);
        record.watching = 0;
        record.since = 0;
    }

    // ------------------------------------------------------------------------------- readers

    /// @notice What the old key signs in a rotation (Ed25519 the bytes, P-256 their SHA-256).
    function rotationMessage(bytes8 node, uint8 keyType, bytes memory publicKey, uint40 time)
        public
        view
        returns (bytes memory)
    {
        return abi.encodePacked(
            "cargoseal rotation", block.chainid, address(this), node, time, keyType, publicKey
        );
    }

    /// @notice What a check of a seal asks about a window from `from` to `to`, in one call. All zero
    /// when the node is not registered.
    function sealerAt(bytes8 node, uint40 from, uint40 to)
        external
        view
        returns (Sealer memory sealer)
    {
        Record memory record = _records[node];
        bool open = record.watching != 0 && from >= record.since;
        sealer.keyType = record.keyType;
        sealer.validFrom = record.validFrom;
        sealer.revokedAt = record.revokedAt;
        sealer.tokenId = open ? record.watching : _watchedAll(node, from, to);
        sealer.key = _keys[node][0];
    }

    /// @notice All zero when the node is not registered.
    function deviceOf(bytes8 node) external view returns (Device memory device) {
        Record memory record = _records[node];
        device.keyType = record.keyType;
        device.validFrom = record.validFrom;
        device.revokedAt = record.revokedAt;
        device.tokenId = record.watching;
        bytes32[2] storage key = _keys[node];
        if (record.keyType == KeyTypes.ED25519) device.publicKey = abi.encodePacked(key[0]);
        if (record.keyType == KeyTypes.P256) device.publicKey = abi.encodePacked(key[0], key[1]);
    }

    /// @notice Whether a seal the node made at `time` counts: registered, valid, not revoked.
    function isValidAt(bytes8 node, uint40 time) external view returns (bool) {
        Record memory record = _records[node];
        if (record.keyType == KeyTypes.NONE || time < record.validFrom) return false;
        return record.revokedAt == 0 || time < record.revokedAt;
    }

    /// @notice The shipment the node watched at `time`; 0 when none. Binary search.
    function assignmentAt(bytes8 node, uint40 time) external view returns (uint64) {
        return _watchedAll(node, time, time);
    }

    function assignmentCount(bytes8 node) external view returns (uint256) {
        return _intervals[node].length;
    }

    /// @notice The node's interval number `index`, oldest first; `to` is 0 while it is open.
    function assignment(bytes8 node, uint256 index)
        external
        view
        returns (uint64 tokenId, uint40 from, uint40 to)
    {
        Interval memory found = _intervals[node][index];
        return (found.tokenId, found.from, found.to);
    }

    // ------------------------------------------------------------------------------- private

    /// The shipment of the one interval that holds `from` and `to`; 0 when there is none.
    function _watchedAll(bytes8 node, uint40 from, uint40 to) private view returns (uint64) {
        Interval[] storage all = _intervals[node];
        (uint256 low, uint256 high) = (0, all.length);
        while (low < high) {
            uint256 middle = (low + high) / 2;
            if (all[middle].from <= from) low = middle + 1;
            else high = middle;
        }
        if (low == 0) return 0;
        Interval memory found = all[low - 1];
        return found.to == 0 || to < found.to ? found.tokenId : 0;
    }

    /// Whether the old key, of type `keyType`, signed the rotation. Reverts where the chain cannot
    /// tell.
    function _isSigned(Rotation calldata rotation, KeyType keyType) private view returns (bool) {
        bytes memory message = rotationMessage(
            rotation.node,
            KeyType.unwrap(rotation.next.keyType),
            rotation.next.publicKey,
            rotation.time
        );
        bytes32[2] storage key = _keys[rotation.node];
        (bytes32 r, bytes32 s) = (rotation.r, rotation.s);
        if (keyType == KeyTypes.ED25519) {
            return verifier.examine(message, key[0], r, s, rotation.hints) == Findings.VALID;
        }
        if (P256.isSigned(sha256(message), r, s, key[0], key[1])) return true;
        if (!P256.isThere()) revert P256NotOnThisChain();
        return false;
    }

    function _known(bytes8 node) private view returns (Record storage record) {
        record = _records[node];
        if (record.keyType == KeyTypes.NONE) revert UnknownNode(node);
    }

    /// The first second at which a new interval may begin.
    function _freeFrom(bytes8 node, uint40 validFrom) private view returns (uint40) {
        Interval[] storage all = _intervals[node];
        if (all.length == 0) return validFrom;
        return all[all.length - 1].to;
    }

    function _register(Registration memory item) private {
        bytes8 node = item.node;
        if (!(_records[node].keyType == KeyTypes.NONE)) revert AlreadyRegistered(node);
        _checkKey(item);
        bytes8 id = bytes8(sha256(item.publicKey));
        if (node != id) revert NodeIdMismatch(id, node);
        _records[node] = Record(item.keyType, item.validFrom, 0, 0, 0);
        (bytes32 first, bytes32 second) = _halves(item.publicKey);
        _keys[node][0] = first;
        if (item.publicKey.length == 64) _keys[node][1] = second;
        emit Registered(node, KeyType.unwrap(item.keyType), item.validFrom, item.publicKey);
    }

    function _checkKey(Registration memory item) private pure {
        bool ed25519 = item.keyType == KeyTypes.ED25519;
        if (!ed25519 && !(item.keyType == KeyTypes.P256)) {
            revert UnknownKeyType(item.node, KeyType.unwrap(item.keyType));
        }
        uint256 expected = ed25519 ? 32 : 64;
        uint256 length = item.publicKey.length;
        if (length != expected) revert WrongKeyLength(item.node, expected, length);
        (bytes32 first, bytes32 second) = _halves(item.publicKey);
        bool good = ed25519
            ? KeyCheck.isInSubgroup(first, item.proof)
            : KeyCheck.isOnP256(uint256(first), uint256(second));
        if (!good) revert BadPublicKey(item.node);
    }

    /// The first and the second 32 bytes; the second means something only if `key` has 64.
    function _halves(bytes memory key) private pure returns (bytes32 first, bytes32 second) {
        assembly ("memory-safe") {
            first := mload(add(key, 0x20))
            second := mload(add(key, 0x40))
        }
    }
}
