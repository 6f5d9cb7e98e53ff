// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Condition} from "../types/Condition.sol";
import {Doubts} from "../types/Doubts.sol";
import {GuardSettings} from "../types/Guards.sol";
import {Lifecycle} from "../types/Lifecycle.sol";
import {Rule} from "../types/Rule.sol";
import {Actor, Steps} from "../types/Steps.sol";

/// @notice What is known of one token, unpacked. Times are Unix seconds: `since` is when the fact
/// behind the condition began, as the evidence says; `recorded` is when the chain learnt it.
/// `profile` is the SHA-256 of the profile the shipment is judged by. `updates` is the number of
/// the last record of the token's history, `reviews` how many reviews there were (modulo 256),
/// `standing` the condition that holds without any gateway's word, `voices` how many gateways had
/// called it compromised when one last did.
struct Status {
    Condition condition;
    Lifecycle lifecycle;
    Doubts doubts;
    uint8 health;
    Rule rule;
    uint32 score;
    uint32 updates;
    uint40 since;
    uint40 recorded;
    uint16 gateway;
    bytes32 profile;
    uint8 reviews;
    Condition standing;
    uint8 voices;
}

/// @notice What a first reviewer proposed where two must agree: `condition` in place of what record
/// `corrects` left.
struct Proposal {
    address reviewer;
    uint32 corrects;
    Condition condition;
}

/// @notice The token of a shipment. See CargoToken for the invariants.
///
/// Its history is a line of records that nothing is taken from. Record 0 is the mint; every update
/// in a `Posted` batch, every `Reviewed`, `Escalated` and `Refuted` is the next one. The last three
/// are corrections: `corrects` names the record that was the last when they were made.
interface ICargoToken {
    /// One accepted batch; `updates` are the packed changes as they were posted.
    event Posted(
        uint16 indexed gateway, uint64 indexed seq, bytes32 root, bytes32 contentId, bytes updates
    );
    event Reviewed(
        uint256 indexed tokenId,
        address indexed reviewer,
        uint32 corrects,
        uint8 from,
        uint8 to,
        uint8 reason,
        bytes32 evidence
    );
    /// A first reviewer wants a better condition; nothing has changed yet.
    event ReviewProposed(
        uint256 indexed tokenId,
        address indexed reviewer,
        uint32 corrects,
        uint8 to,
        uint8 reason,
        bytes32 evidence
    );
    event Escalated(
        uint256 indexed tokenId,
        address indexed by,
        uint32 corrects,
        uint8 from,
        uint8 to,
        uint8 rule,
        bytes32 evidence
    );
    event Refuted(
        uint256 indexed tokenId,
        address indexed by,
        uint32 corrects,
        uint8 from,
        uint8 to,
        uint8 rule,
        bytes32 evidence
    );
    /// A gateway called a token compromised where several must; it follows the batch's `Posted`.
    /// `voices` count now, and `condition` is what the token has after it.
    event Attested(uint256 indexed tokenId, uint16 indexed gateway, uint8 voices, uint8 condition);
    event LifecycleChanged(uint256 indexed tokenId, address indexed by, uint8 from, uint8 to);
    event HandedOver(uint256 indexed tokenId, uint16 from, uint16 to);
    event ProfileAdded(uint16 indexed index, bytes32 profile);
    event GatewaySet(uint16 indexed index, address indexed account, bool active, uint32 cap);
    event GatewayFrozen(uint16 indexed index, address indexed by, bytes32 evidence);
    event GuardsSet(GuardSettings settings);
    event PausedSet(address indexed by, bool paused);
    event RendererSet(address renderer);
    event DisputeSet(address dispute);

    error Paused();
    error NotGateway(address account);
    error UnknownGateway(uint16 index);
    error WrongSequence(uint64 expected, uint64 got);
    error DeadlinePassed(uint256 deadline, uint256 time);
    error EmptyRoot();
    error MalformedUpdates(uint256 length);
    error CapExceeded(uint32 cap, uint256 wanted);
    error UnknownToken(uint256 tokenId);
    error NotThisGateway(uint256 tokenId, uint16 assigned, uint16 posting);
    error ForbiddenTransition(uint256 tokenId, uint8 from, uint8 to);
    error ForbiddenLifecycle(uint256 tokenId, uint8 from, uint8 to);
    error HealthOutOfRange(uint256 tokenId, uint8 health);
    error TooSoon(uint256 tokenId, uint256 notBefore, uint256 time);
    error ShipmentClosed(uint256 tokenId);
    error UpdatedSince(uint256 tokenId, uint32 expected, uint32 got);
    error ReviewedSince(uint256 tokenId, uint8 stated, uint8 reviews);
    error EvidenceMissing(uint256 tokenId);
    error NotDispute(address account);
    error ProofTooOld(uint256 tokenId, uint40 reviewedAt, uint40 sealedAt);
    error TokenIdOutOfRange(uint256 tokenId);
    error ProfileMissing(uint256 tokenId);
    error TooManyProfiles();
    error AnchorNotKept(uint16 gateway, uint64 seq, uint64 nextSeq);
    error GatewayTaken(address account, uint16 index);
    error ZeroSetting();
    error QuorumOutOfRange(uint8 quorum);

    function mint(address to, uint256 tokenId, uint16 gateway, bytes32 profile) external;
    function post(
        uint64 seq,
        uint256 deadline,
        bytes32 root,
        bytes32 contentId,
        bytes calldata updates
    ) external;
    function review(
        uint256 tokenId,
        uint32 corrects,
        Condition condition,
        uint8 reason,
        bytes32 evidence
    ) external;
    function escalate(
        uint256 tokenId,
        Condition condition,
        Rule rule,
        uint40 sealedAt,
        bytes32 evidence
    ) external;
    function refute(uint256 tokenId, uint16 gateway, uint64 seq, Rule rule, bytes32 evidence)
        external;
    function setLifecycle(uint256 tokenId, Lifecycle lifecycle) external;
    function handOver(uint256 tokenId, uint16 gateway) external;
    function setGateway(uint16 index, address account, bool active, uint32 capPerEpoch) external;
    function setGuards(GuardSettings calldata settings) external;
    function freeze(uint16 gateway) external;
    function setRenderer(address renderer_) external;
    function setDispute(address dispute_) external;
    function pause() external;
    function unpause() external;

    function statusOf(uint256 tokenId) external view returns (Status memory);
    function isStale(uint256 tokenId) external view returns (bool);
    function anchorOf(uint16 gateway, uint64 seq) external view returns (bytes32);
    function gatewayAt(uint16 index)
        external
        view
        returns (address account, bool active, uint64 nextSeq, uint40 lastPost);
    function gatewayIndex(address account) external view returns (uint16);
    function capAt(uint16 index) external view returns (uint32 cap, uint256 usedNow);
    function guards() external view returns (bool paused, GuardSettings memory settings);
    function stepsOf(Actor actor) external pure returns (Steps);
    function proposalOf(uint256 tokenId) external view returns (Proposal memory);
    function profileOf(uint256 tokenId) external view returns (bytes32);
    function reviewedAt(uint256 tokenId) external view returns (uint40);
    function dispute() external view returns (address);
    function deployment() external view returns (string memory);
    function renderer() external view returns (address);
}
