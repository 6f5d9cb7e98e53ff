// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {CargoToken} from "cargoseal/CargoToken.sol";
import {Bonds} from "cargoseal/dispute/Bonds.sol";
import {DisputeParties, Parties} from "cargoseal/dispute/DisputeParties.sol";
import {ICargoToken} from "cargoseal/interfaces/ICargoToken.sol";
import {IDeviceRegistry} from "cargoseal/interfaces/IDeviceRegistry.sol";
import {IBonds} from "cargoseal/interfaces/IBonds.sol";
import {IEd25519Verifier} from "cargoseal/interfaces/IEd25519Verifier.sol";
import {IInt8Model} from "cargoseal/interfaces/IInt8Model.sol";
import {IModelRegistry} from "cargoseal/interfaces/IModelRegistry.sol";
import {Condition, Conditions} from "cargoseal/types/Condition.sol";
import {GatewayState} from "cargoseal/types/GatewayState.sol";
import {Guards} from "cargoseal/types/Guards.sol";
import {Rule} from "cargoseal/types/Rule.sol";
import {TokenState} from "cargoseal/types/TokenState.sol";

/// The token contract itself, with storage that can be anything, where every caller has every role:
/// what is proved of it does not lean on who is asked for permission.
contract AnyToken is CargoToken {
    constructor() CargoToken(address(1), address(1), "proofs", 7200) {}

    function _checkCanCall(address, bytes calldata) internal override {}

    /// Of the token whose number is asked for: a number known to the compiler would make the place of
    /// its slot a constant, which halmos does not take for the same place.
    function set(uint256 id, address account, uint256 gateway, uint256 guards, uint256 state)
        external
    {
        _gateways[account].state = GatewayState.wrap(gateway);
        _accounts[GatewayState.wrap(gateway).indexOf()] = account;
        _guards = Guards.wrap(guards);
        _tokens[id].state = TokenState.wrap(state);
    }

    function setProver(uint256 id, address prover, bool stopped, uint40 reviewed) external {
        (_dispute, _stopped, _reviewedAt[id]) = (prover, stopped, reviewed);
    }

    function gatewayOf(address account) external view returns (GatewayState) {
        return _gateways[account].state;
    }

    function stateOf(uint256 id) external view returns (TokenState) {
        return _tokens[id].state;
    }
}

/// The part of the dispute contract that holds coin, which can be told to slash.
contract AnyBonds is Bonds {
    constructor(Parties memory parties) DisputeParties(parties, "audience") {}

    function slash(uint16 gateway, address challenger) external returns (uint256) {
        return _slash(gateway, challenger);
    }
}

/// Proved by halmos for every storage there is (`check_*`); forge does not run these. One update per
/// post, which is enough: updates are applied one after another, each to the state of its own token.
contract ProofsOfStorageTest {
    AnyToken private _token;
    AnyBonds private _bonds;
    address private constant CHALLENGER = address(0xC1);

    function setUp() public {
        _token = new AnyToken();
        _bonds = new AnyBonds(
            Parties(
                ICargoToken(address(_token)),
                IDeviceRegistry(address(1)),
                IModelRegistry(address(1)),
                IEd25519Verifier(address(1)),
                IInt8Model(address(1))
            )
        );
    }

    function _post(uint64 seq, bytes memory updates) private returns (bool done) {
        (done,) = address(_token)
            .call(abi.encodeCall(ICargoToken.post, (seq, block.timestamp, "r", "c", updates)));
    }

    /// One update of token 7, whose other 12 bytes are anything.
    function _update(uint96 verdict) private pure returns (bytes memory) {
        return abi.encodePacked(uint64(7), verdict);
    }

    function check_while_paused_no_post_is_taken(
        uint256 gateway,
        uint256 guards,
        uint256 state,
        uint64 seq,
        uint96 verdict
    ) external {
        _token.set(7, address(this), gateway, guards | 1, state);
        assert(!_post(seq, _update(verdict)));
    }

    function check_a_frozen_gateway_posts_nothing(
        uint256 gateway,
        uint256 guards,
        uint256 state,
        uint64 seq,
        uint96 verdict
    ) external {
        _token.set(7, address(this), gateway & ~uint256(0xff), guards, state);
        assert(!_post(seq, _update(verdict)));
    }

    function check_a_post_has_the_next_number_and_moves_it_by_one(
        uint256 gateway,
        uint256 guards,
        uint64 seq
    ) external {
        _token.set(7, address(this), gateway, guards, 0);
        uint64 next = GatewayState.wrap(gateway).nextSeqOf();
        if (!_post(seq, "")) return;
        assert(seq == next);
        unchecked {
            assert(_token.gatewayOf(address(this)).nextSeqOf() == next + 1);
        }
    }

    function check_an_epoch_takes_no_more_updates_than_the_cap(
        uint256 gateway,
        uint256 guards,
        uint256 state,
        uint64 seq,
        uint96 verdict
    ) external {
        if (Guards.wrap(guards).epochLengthOf() == 0) return;
        _token.set(7, address(this), gateway, guards, state);
        if (!_post(seq, _update(verdict))) return;
        uint256 epoch = Guards.wrap(guards).epochAt(block.timestamp);
        GatewayState left = _token.gatewayOf(address(this));
        assert(left.usedIn(epoch) <= left.capOf());
        assert(left.usedIn(epoch) == GatewayState.wrap(gateway).usedIn(epoch) + 1);
    }

    function check_no_post_makes_better_or_moves_what_is_peoples(
        uint256 gateway,
        uint256 guards,
        uint256 state,
        uint64 seq,
        uint96 verdict
    ) external {
        _token.set(7, address(this), gateway, guards, state);
        if (!_post(seq, _update(verdict))) return;
        (TokenState before, TokenState left) = (TokenState.wrap(state), _token.stateOf(7));
        if (!before.conditionOf().isVerdict()) return; // no such state can be made
        assert(!before.conditionOf().isWorseThan(left.conditionOf()));
        assert(before.lifecycleOf() == left.lifecycleOf());
        assert(before.gatewayOf() == left.gatewayOf());
        assert(before.profileOf() == left.profileOf());
        assert(before.reviewsOf() == left.reviewsOf());
        assert(before.standingOf() == left.standingOf());
    }

    /// Nobody else has said so: whatever this gateway posts, watched by it or not.
    function check_no_gateway_alone_compromises_where_two_must_agree(
        uint256 gateway,
        uint256 guards,
        uint256 state,
        uint64 seq,
        uint96 verdict
    ) external {
        if (Guards.wrap(guards).quorumOf() < 2) return;
        _token.set(7, address(this), gateway, guards, state);
        if (!_post(seq, _update(verdict))) return;
        if (TokenState.wrap(state).conditionOf() == Conditions.COMPROMISED) return;
        assert(_token.stateOf(7).conditionOf() != Conditions.COMPROMISED);
    }

    function check_two_reviews_of_one_record_are_not_both_taken(
        uint256 guards,
        uint256 state,
        uint32 corrects,
        uint8 first,
        uint8 second
    ) external {
        uint256 alone = guards & ~(uint256(0xff) << 144); // one reviewer decides
        _token.set(7, address(2), 1 | (1 << 8), alone, state);
        assert(!(_review(corrects, first) && _review(corrects, second)));
    }

    function _review(uint32 corrects, uint8 condition) private returns (bool done) {
        (done,) = address(_token)
            .call(
                abi.encodeCall(
                    ICargoToken.review, (7, corrects, Condition.wrap(condition), 1, "evidence")
                )
            );
    }

    function check_a_proof_stands_and_makes_nothing_better_nor_acts_while_paused_or_after_a_review(
        uint256 state,
        bool stopped,
        uint40 reviewed,
        uint40 sealedAt,
        uint8 to
    ) external {
        _token.set(7, address(2), 1 | (1 << 8), 0, state);
        _token.setProver(7, address(this), stopped, reviewed);
        (bool done,) = address(_token)
            .call(
                abi.encodeCall(
                    ICargoToken.escalate, (7, Condition.wrap(to), Rule.wrap(16), sealedAt, "e")
                )
            );
        if (!done) return;
        assert(!stopped);
        assert(sealedAt > reviewed);
        TokenState left = _token.stateOf(7);
        TokenState before = TokenState.wrap(state);
        assert(!before.conditionOf().isWorseThan(left.conditionOf()));
        assert(left.standingOf() == Condition.wrap(to));
        assert(left.standingOf().isWorseThan(before.standingOf()));
        assert(!left.standingOf().isWorseThan(left.conditionOf()));
    }

    /// With the states that the contract itself can make: what stands is never worse than what is.
    function check_a_refutation_never_makes_worse_nor_better_than_what_stands(
        uint256 state,
        uint64 seq
    ) external {
        TokenState before = TokenState.wrap(state);
        if (before.standingOf().isWorseThan(before.conditionOf())) return;
        Condition was = Condition.wrap(uint8(state >> 254));
        if (was.isWorseThan(before.conditionOf())) return;
        _token.set(7, address(2), 1 | (uint256(before.gatewayOf()) << 8), 0, state);
        _token.setProver(7, address(this), false, 0);
        (bool done,) = address(_token)
            .call(
                abi.encodeCall(
                    ICargoToken.refute, (7, before.gatewayOf(), seq, Rule.wrap(17), "e")
                )
            );
        if (!done) return;
        TokenState left = _token.stateOf(7);
        assert(!left.conditionOf().isWorseThan(before.conditionOf()));
        assert(!left.standingOf().isWorseThan(left.conditionOf()));
        assert(left.standingOf() == before.standingOf());
        assert(!_token.gatewayOf(address(2)).isActive());
    }

    function check_a_slashed_bond_is_owed_or_burnt_and_gone(uint128 amount) external payable {
        _token.set(7, address(this), 1 | (1 << 8), 0, 0);
        (bool done,) =
            address(_bonds).call{value: amount}(abi.encodeWithSelector(IBonds.deposit.selector));
        if (!done) return;
        uint256 reward = _bonds.slash(1, CHALLENGER);
        assert(_bonds.owedTo(CHALLENGER) == reward);
        assert(reward + _bonds.burnt() == amount);
        assert(4 * reward >= 3 * uint256(amount));
        assert(_bonds.slash(1, CHALLENGER) == 0);
    }
}
