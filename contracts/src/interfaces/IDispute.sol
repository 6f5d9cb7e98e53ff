// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Head, Path} from "../libraries/EvidenceLeaf.sol";
import {IBonds} from "./IBonds.sol";

/// @notice A sealed segment as far as the chain needs it. `statement` and `claim` are the bytes of
/// the segment's parts; `r` and `s` the halves of the seal's signature; `hints` as in
/// IEd25519Verifier.
struct Segment {
    bytes statement;
    bytes claim;
    bytes32 r;
    bytes32 s;
    uint256[3] hints;
}

/// @notice One leaf that a gateway anchored with its post `seq`: entry number `index` of the log that
/// ends with `head`, whose own leaf is in that post's tree.
struct Leaf {
    uint16 gateway;
    uint64 seq;
    Head head;
    Path headPath;
    bytes entry;
    uint64 index;
    bytes32[] entryPath;
}

/// @notice What was wrong with a leaf. `Score`: it says another score than its claim and model give.
/// `Signature`: no key of its node signed its seal. `Statement`: its seal holds another statement
/// than the leaf says, or one for another deployment.
enum Lie {
    Score,
    Signature,
    Statement
}

/// @notice Anybody's proofs against what a gateway hides or says. See Dispute for the rules.
interface IDispute is IBonds {
    event Raised(
        uint256 indexed tokenId,
        bytes8 indexed node,
        address indexed by,
        uint256 score,
        bytes32 sealDigest
    );
    /// `leaf` is the entry's leaf hash, `reward` what the challenger may collect.
    event LieProved(
        uint16 indexed gateway,
        uint256 indexed tokenId,
        address indexed challenger,
        Lie lie,
        bytes32 leaf,
        uint256 reward
    );
    event Committed(bytes32 commitment);
    event AnchorKept(uint16 indexed gateway, uint64 indexed seq, bytes32 root);

    error WrongChain(uint256 expected, uint256 got);
    error WrongAudience(bytes32 expected, bytes32 got);
    error NotAnEd25519Node(bytes8 node);
    error RevokedNode(bytes8 node, uint40 time);
    error NotValidYet(bytes8 node, uint40 from, uint40 startedAt);
    error NotAssigned(bytes8 node, uint256 tokenId, uint40 time);
    error ClockUnsound(uint64 source, uint64 errorMs);
    error Stale(uint256 notBefore, uint256 sealedAt);
    error FromTheFuture(uint256 notAfter, uint256 sealedAt);
    error SignatureNotProved(uint8 finding);
    error NotThisModel(bytes32 expected, bytes32 got);
    error NothingRaises(bytes32 profile, uint64 kind);
    error DigestMismatch(bytes32 expected, bytes32 got);
    error ScoreMismatch(uint256 expected, uint256 got);
    error BelowThreshold(uint256 threshold, uint256 score);
    error NotAnchored(uint16 gateway, uint64 seq);
    error NotCommitted(bytes32 commitment);
    error CommittedInThisBlock(bytes32 commitment);
    error RefutedAlready(bytes32 leaf);
    error NothingWrong();

    function raise(uint256 tokenId, Segment calldata segment) external;

    function commit(bytes32 commitment) external;
    function keep(uint16 gateway, uint64 seq) external;
    function refuteScore(Leaf calldata leaf, bytes32 salt, bytes calldata claim) external;
    function refuteSignature(
        Leaf calldata leaf,
        bytes32 salt,
        bytes32 payload,
        bytes32 r,
        bytes32 s,
        uint256[3] calldata hints
    ) external;
    function refuteStatement(
        Leaf calldata leaf,
        bytes32 salt,
        bytes8 keyId,
        bytes calldata statement,
        bytes32 r,
        bytes32 s
    ) external;

    function commitmentOf(
        address challenger,
        uint16 gateway,
        uint256 tokenId,
        bytes32 leaf,
        bytes32 salt
    ) external pure returns (bytes32);
    function committedAt(bytes32 commitment) external view returns (uint256 blockNumber);
    function keptAnchor(uint16 gateway, uint64 seq) external view returns (bytes32 root);
    function isRefuted(uint16 gateway, uint256 tokenId, bytes32 leaf) external view returns (bool);
}
