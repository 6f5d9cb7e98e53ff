// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IBonds} from "../interfaces/IBonds.sol";
import {ICargoToken} from "../interfaces/ICargoToken.sol";
import {DisputeParties} from "./DisputeParties.sol";

/// @title What gateways leave behind as a pledge
/// @notice Rules:
///
/// - A bond belongs to the account that paid it, whatever the administrators do with the gateway.
/// - It may be taken back after 30 days without any post of the gateway. All that time its last 256
///   anchors are in the token's ring, because only posts push them out: whoever wants to refute one
///   can. An older one is gone, unless somebody had it kept in time. Where the token has another dispute contract, this one can punish nobody, and bonds are
///   free at once. While the token is paused nothing can be refuted, hence nothing taken back.
/// - Of a slashed bond three quarters are the challenger's. One quarter is burnt: it stays here and
///   nobody can take it. Else a gateway would be its own challenger and lose nothing.
/// - Nobody is ever sent anything but by `collect`, which everybody calls for themselves.
///
/// Invariant: all bonds, all that is owed and what is burnt add up to what was paid in less what was
/// collected, and that is the contract's balance (or less, where a block's proposer or a contract that
/// ended forced coin upon it).
abstract contract Bonds is DisputeParties, IBonds {
    struct Bond {
        address owner;
        uint256 amount;
    }

    uint256 public constant LOCKED_FOR = 30 days;

    mapping(uint16 gateway => Bond) private _bonds;
    mapping(address account => uint256) public owedTo;
    uint256 public burnt;

    /// @notice Adds to the bond of the gateway that posts with the caller's account.
    function deposit() external payable {
        uint16 gateway = token.gatewayIndex(msg.sender);
        if (gateway == 0) revert NotGateway(msg.sender);
        if (msg.value == 0) revert NothingThere();
        Bond storage bond = _bonds[gateway];
        if (bond.amount != 0 && bond.owner != msg.sender) revert OtherOwner(gateway, bond.owner);
        bond.owner = msg.sender;
        bond.amount += msg.value;
        emit Bonded(gateway, msg.sender, msg.value);
    }

    /// @notice Takes back a bond that nothing is waiting for any more; `collect` pays it.
    function withdraw(uint16 gateway) external {
        Bond memory bond = _bonds[gateway];
        if (bond.amount == 0) revert NothingThere();
        if (bond.owner != msg.sender) revert OtherOwner(gateway, bond.owner);
        (bool paused,) = token.guards();
        if (paused) revert ICargoToken.Paused();
        uint256 until = _lockedUntil(gateway);
        if (block.timestamp < until) revert BondLocked(gateway, until);
        delete _bonds[gateway];
        owedTo[bond.owner] += bond.amount;
        emit Unbonded(gateway, bond.owner, bond.amount);
    }

    /// @notice Pays the caller what is owed to them.
    function collect() external {
        uint256 amount = owedTo[msg.sender];
        if (amount == 0) revert NothingThere();
        owedTo[msg.sender] = 0;
        emit Collected(msg.sender, amount);
        (bool paid,) = msg.sender.call{value: amount}("");
        if (!paid) revert PaymentFailed(msg.sender);
    }

    /// @notice A gateway's bond; times in Unix seconds.
    function bondOf(uint16 gateway)
        external
        view
        returns (address owner, uint256 amount, uint256 lockedUntil)
    {
        Bond memory bond = _bonds[gateway];
        return (bond.owner, bond.amount, _lockedUntil(gateway));
    }

    /// Takes a gateway's whole bond; gives what of it is now owed to the challenger.
    function _slash(uint16 gateway, address challenger) internal returns (uint256 reward) {
        uint256 amount = _bonds[gateway].amount;
        if (amount == 0) return 0;
        reward = amount - amount / 4;
        delete _bonds[gateway];
        owedTo[challenger] += reward;
        burnt += amount - reward;
    }

    function _lockedUntil(uint16 gateway) private view returns (uint256) {
        if (token.dispute() != address(this)) return 0;
        (,,, uint40 lastPost) = token.gatewayAt(gateway);
        return lastPost + LOCKED_FOR;
    }
}
