// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Status} from "cargoseal/interfaces/ICargoToken.sol";
import {Condition, Conditions} from "cargoseal/types/Condition.sol";
import {GuardSettings} from "cargoseal/types/Guards.sol";
import {Lifecycle} from "cargoseal/types/Lifecycle.sol";
import {Rule} from "cargoseal/types/Rule.sol";
import {Fleet, IToken} from "./support/Fleet.sol";
import {Test} from "./support/Vm.sol";

/// A world that does anything at all: a bribed gateway posts whatever it likes, replays, and
/// guesses; people act in any order; time passes. It notes what must never be.
contract World is Test {
    IToken private immutable _token;
    address private immutable _gateway;
    address private immutable _operator;
    address private immutable _reviewer;
    address private immutable _dispute;
    address private immutable _admin;

    uint256 public constant SHIPMENTS = 4; // ids 1 to 3 are its own, 4 does not exist
    uint64 public accepted;
    uint256 public usedInEpoch;
    uint256 public epoch;
    uint256 public time;
    string public broken;
    mapping(uint256 tokenId => bytes32) public closedAs;

    constructor(IToken token, address[5] memory who, uint256 start) {
        _token = token;
        (_gateway, _operator, _reviewer) = (who[0], who[1], who[2]);
        (_dispute, _admin) = (who[3], who[4]);
        time = start;
    }

    function pass(uint16 seconds_) external {
        time += seconds_ % 2000;
    }

    /// Any bytes, in any order, with the right number or a wrong one.
    function post(uint256 seed, uint8 count, uint8 offset) external {
        vm.warp(time);
        bytes memory updates = _anyUpdates(seed, count % 4);
        Status[] memory before = _all();
        uint64 seq = offset % 4 == 0 ? accepted + offset / 4 : accepted;
        vm.prank(_gateway);
        try _token.post(seq, type(uint64).max, bytes32(seed | 1), 0, updates) {
            if (seq != accepted) broken = "a batch was accepted out of order";
            ++accepted;
            _countUse(updates.length / 20);
            _checkAfterPost(before);
        } catch {}
    }

    function replay(uint64 pick) external {
        if (accepted == 0) return;
        vm.warp(time);
        vm.prank(_gateway);
        try _token.post(pick % accepted, type(uint64).max, bytes32(uint256(1)), 0, "") {
            broken = "a batch was accepted twice";
        } catch {}
    }

    function review(uint256 seed) external {
        vm.warp(time);
        uint256 tokenId = 1 + (seed % 3);
        uint32 seen = _token.statusOf(tokenId).updates;
        vm.prank(_reviewer);
        try _token.review(
            tokenId, seen, Condition.wrap(uint8(seed >> 8) % 5), 1, bytes32(uint256(1))
        ) {}
            catch {}
    }

    function escalate(uint256 seed) external {
        vm.warp(time);
        uint256 tokenId = 1 + (seed % 3);
        Status memory before = _token.statusOf(tokenId);
        Condition to = Condition.wrap(uint8(seed >> 8) % 5);
        vm.prank(_dispute);
        try _token.escalate(tokenId, to, Rule.wrap(4), uint40(time), bytes32(uint256(1))) {
            Status memory status = _token.statusOf(tokenId);
            if (before.condition.isWorseThan(status.condition)) {
                broken = "a dispute made a condition better";
            }
            if (status.standing != to || !to.isWorseThan(before.standing)) {
                broken = "what a dispute proved does not stand";
            }
            if (status.standing.isWorseThan(status.condition)) {
                broken = "a condition is better than what stands";
            }
        } catch {}
    }

    /// A proof against one of its own posts, or against one it will make.
    function refute(uint256 seed) external {
        if (seed % 8 != 0) return;
        vm.warp(time);
        uint256 tokenId = 1 + ((seed >> 8) % 3);
        Status memory before = _token.statusOf(tokenId);
        vm.prank(_dispute);
        try _token.refute(
            tokenId, 1, uint64(seed >> 16) % 64, Rule.wrap(17), bytes32(uint256(1))
        ) {
            Status memory status = _token.statusOf(tokenId);
            if (status.condition.isWorseThan(before.condition)) {
                broken = "a refutation made a condition worse";
            }
            if (status.standing != before.standing) {
                broken = "a refutation changed what people and proofs left";
            }
            (, bool active,,) = _token.gatewayAt(1);
            if (active) broken = "a refuted gateway may go on";
            vm.prank(_admin);
            _token.setGateway(1, _gateway, true, 12);
        } catch {}
    }

    function move(uint256 seed) external {
        vm.warp(time);
        uint256 tokenId = 1 + (seed % 3);
        uint8 to = uint8(seed >> 8) % 6;
        // Closing is rare, so that the shipments live for a while.
        if (to == 4 && (seed >> 16) % 8 != 0) return;
        vm.prank(_operator);
        try _token.setLifecycle(tokenId, Lifecycle.wrap(to)) {
            if (to == 4) closedAs[tokenId] = keccak256(abi.encode(_token.statusOf(tokenId)));
        } catch {}
    }

    function _anyUpdates(uint256 seed, uint256 count) private view returns (bytes memory updates) {
        for (uint256 i = 0; i < count; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            // Mostly plausible, so that posts get through; now and then anything.
            uint8 condition = uint8(1 + (seed % 3));
            if ((seed >> 8) % 16 == 0) condition = uint8(seed >> 16);
            uint64 tokenId = uint64(1 + ((seed >> 24) % SHIPMENTS));
            if (tokenId == SHIPMENTS && (seed >> 32) % 4 != 0) tokenId = 1;
            uint8 known = tokenId < SHIPMENTS ? _token.statusOf(tokenId).reviews : 0;
            if ((seed >> 120) % 16 == 0) known = uint8(seed >> 128);
            updates = bytes.concat(
                updates,
                abi.encodePacked(tokenId, condition, uint8(seed >> 40), uint8((seed >> 48) % 101)),
                abi.encodePacked(uint8(seed >> 56), uint24(seed >> 64), known, uint32(seed >> 88))
            );
        }
    }

    function _countUse(uint256 count) private {
        if (time / 3600 != epoch) {
            epoch = time / 3600;
            usedInEpoch = 0;
        }
        usedInEpoch += count;
    }

    function _all() private view returns (Status[] memory list) {
        list = new Status[](3);
        for (uint256 i = 0; i < 3; ++i) {
            list[i] = _token.statusOf(i + 1);
        }
    }

    function _checkAfterPost(Status[] memory before) private {
        for (uint256 i = 0; i < 3; ++i) {
            Status memory status = _token.statusOf(i + 1);
            if (before[i].condition.isWorseThan(status.condition)) {
                broken = "a gateway made a condition better";
            }
            if (
                status.condition == Conditions.COMPROMISED
                    && before[i].condition != Conditions.COMPROMISED
            ) broken = "one gateway alone made a token compromised";
            if (status.standing != before[i].standing) {
                broken = "a gateway changed what people and proofs left";
            }
            if (status.lifecycle != before[i].lifecycle) {
                broken = "a gateway changed a lifecycle";
            }
            if (status.gateway != before[i].gateway || status.reviews != before[i].reviews) {
                broken = "a gateway changed what is not its own";
            }
        }
    }
}

contract CargoTokenInvariantsTest is Fleet {
    uint32 private constant SMALL_CAP = 12;

    World private _world;

    function setUp() public override {
        super.setUp();
        _mint(4999, FIRST);
        vm.prank(OPERATOR);
        token.handOver(3, FIRST);
        vm.prank(ADMIN);
        token.setGateway(FIRST, GATEWAY, true, SMALL_CAP);
        GuardSettings memory settings = _settings();
        settings.quorum = 2;
        _setGuards(settings);
        _world = new World(token, [GATEWAY, OPERATOR, REVIEWER, DISPUTE, ADMIN], START);
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_world);
    }

    /// One function, so that one walk through the world checks them all.
    function invariant_whatever_anybody_does() public view {
        vm.assertEq(_world.broken(), "");
        vm.assertEq(_nextSeq(FIRST), _world.accepted(), "the sequence counts accepted batches");
        vm.assertTrue(_world.usedInEpoch() <= SMALL_CAP, "an epoch holds no more than the cap");
        for (uint256 id = 1; id <= 3; ++id) {
            _checkShipment(id, token.statusOf(id));
        }
        vm.assertEq(token.statusOf(4999).updates, 0, "nobody touched this one");
    }

    function _checkShipment(uint256 id, Status memory status) private view {
        vm.assertTrue(status.condition.isVerdict(), "a minted token has a condition");
        vm.assertTrue(_lifecycle(id) >= 1 && _lifecycle(id) <= 4, "and a lifecycle");
        vm.assertFalse(
            status.standing.isWorseThan(status.condition), "never better than what stands"
        );
        vm.assertTrue(status.profile == PROFILE, "and a profile");
        vm.assertTrue(status.health <= 100, "health is a percentage");
        bytes32 closed = _world.closedAs(id);
        vm.assertTrue(
            closed == bytes32(0) || keccak256(abi.encode(status)) == closed,
            "a closed token stays as it was closed"
        );
    }

    /// The world does get through, else the invariants above would say nothing.
    function test_the_world_posts_and_changes_things() public {
        for (uint256 i = 0; i < 40; ++i) {
            _world.post(uint256(keccak256(abi.encode(i))), uint8(i), 1);
            _world.pass(1500);
        }
        vm.assertGe(_world.accepted(), 10);
        vm.assertGe(token.statusOf(1).updates, 1);
    }
}
