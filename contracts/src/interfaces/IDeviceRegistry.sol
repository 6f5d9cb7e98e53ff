// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {KeyType} from "../types/KeyType.sol";

/// @notice One node to be registered. `publicKey` is 32 bytes for Ed25519 (RFC 8032 encoding) and
/// 64 bytes for P-256 (x then y, big-endian). `proof` shows that an Ed25519 key is in the subgroup
/// (see KeyCheck); for P-256 it is not looked at. Times are Unix seconds.
struct Registration {
    bytes8 node;
    KeyType keyType;
    uint40 validFrom;
    bytes publicKey;
    uint256[3] proof;
}

/// @notice From `from` on the node watches shipment `tokenId`.
struct Assignment {
    bytes8 node;
    uint64 tokenId;
    uint40 from;
}

/// @notice A node and a time, Unix seconds: of a release or a revocation.
struct NodeTime {
    bytes8 node;
    uint40 time;
}

/// @notice A node's key is replaced: from `time` on `next` counts in place of `node`. `r` and `s`
/// are the old key's signature of `IDeviceRegistry.rotationMessage`; `hints` are those of
/// IEd25519Verifier for an Ed25519 key and not looked at for P-256.
struct Rotation {
    bytes8 node;
    uint40 time;
    Registration next;
    bytes32 r;
    bytes32 s;
    uint256[3] hints;
}

/// @notice What a check of a seal asks for. `tokenId`: the shipment that the node watched all the
/// time it was asked about, 0 if none. `key`: an Ed25519 key, or x of one on P-256.
struct Sealer {
    KeyType keyType;
    uint40 validFrom;
    uint40 revokedAt;
    uint64 tokenId;
    bytes32 key;
}

/// @notice What is known of a node; all zero when it is not registered. `revokedAt` is 0 while the
/// node is not revoked: evidence sealed at or after `revokedAt` does not count.
struct Device {
    KeyType keyType;
    uint40 validFrom;
    uint40 revokedAt;
    uint64 tokenId;
    bytes publicKey;
}

/// @notice Which nodes there are and what they watch. See DeviceRegistry for the invariants.
interface IDeviceRegistry {
    event Registered(bytes8 indexed node, uint8 keyType, uint40 validFrom, bytes publicKey);
    event Revoked(bytes8 indexed node, uint40 time, address indexed by);
    event Assigned(bytes8 indexed node, uint64 indexed tokenId, uint40 from);
    event Released(bytes8 indexed node, uint64 indexed tokenId, uint40 time);
    event Rotated(bytes8 indexed node, bytes8 indexed next, uint40 time);

    error UnknownNode(bytes8 node);
    error AlreadyRegistered(bytes8 node);
    error UnknownKeyType(bytes8 node, uint8 keyType);
    error WrongKeyLength(bytes8 node, uint256 expected, uint256 got);
    error NodeIdMismatch(bytes8 expected, bytes8 got);
    error BadPublicKey(bytes8 node);
    error RevokedNode(bytes8 node, uint40 time);
    error RevocationCannotMoveLater(bytes8 node, uint40 current, uint40 got);
    error AlreadyAssigned(bytes8 node, uint64 tokenId);
    error NotAssigned(bytes8 node);
    error BadTime(bytes8 node, uint40 notBefore, uint40 got);
    error ZeroToken(bytes8 node);
    error NotSignedByOldKey(bytes8 node);
    error P256NotOnThisChain();

    function register(
        bytes8 node,
        bytes32 publicKey,
        uint8 keyType,
        uint40 validFrom,
        uint256[3] calldata proof
    ) external;
    function registerMany(Registration[] calldata nodes) external;
    function rotate(Rotation calldata rotation) external;
    function revoke(bytes8 node, uint40 time) external;
    function revokeMany(NodeTime[] calldata nodes) external;
    function assign(bytes8 node, uint64 tokenId, uint40 from) external;
    function assignMany(Assignment[] calldata assignments) external;
    function release(bytes8 node, uint40 time) external;
    function releaseMany(NodeTime[] calldata nodes) external;

    function rotationMessage(bytes8 node, uint8 keyType, bytes calldata publicKey, uint40 time)
        external
        view
        returns (bytes memory);
    function sealerAt(bytes8 node, uint40 from, uint40 to) external view returns (Sealer memory);
    function deviceOf(bytes8 node) external view returns (Device memory);
    function isValidAt(bytes8 node, uint40 time) external view returns (bool);
    function assignmentAt(bytes8 node, uint40 time) external view returns (uint64 tokenId);
    function assignmentCount(bytes8 node) external view returns (uint256);
    function assignment(bytes8 node, uint256 index)
        external
        view
        returns (uint64 tokenId, uint40 from, uint40 to);
}
