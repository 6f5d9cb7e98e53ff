// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {DisputeParties, Parties} from "./dispute/DisputeParties.sol";
import {ICargoToken} from "./interfaces/ICargoToken.sol";
import {AudienceBytes} from "./libraries/AudienceBytes.sol";
import {Raising} from "./dispute/Raising.sol";
import {Refuting} from "./dispute/Refuting.sol";

/// @title Anybody's proofs against what a gateway hides or says
/// @notice `raise`: a sealed segment whose score this chain computes itself flags a token, whatever
/// its gateway says. `refute…`: a gateway that anchored a leaf which is not so loses its right to
/// post and its bond, and what its lie did to the token is taken back.
///
/// Invariants, whoever calls what:
///
/// 1. No call makes a token's condition better than what people and proofs left; a segment with a
///    good score changes nothing. Clearing is for people.
/// 2. A token becomes flagged only by a segment that a registered node sealed for this deployment on
///    this chain, while it watched this token, later than the last review and no more than a week
///    ago, and whose score, executed here, reaches its profile's threshold.
/// 3. A gateway is punished only for a leaf below a root that was posted under its index, whichever
///    account had it then, and only for what no gateway that follows the rules can have anchored.
///    Here each leaf counts once.
/// 4. What is not shown proves nothing: the finding UNPROVEN, a reverted call and a withheld section
///    never punish.
/// 5. bonds + owed + burnt = paid in - collected; nobody's share can be taken by another or held up.
///
/// No owner and no settings. The token's administrators name the contract whose proofs count
/// (`setDispute`), behind the access manager's delay: another version is another contract, and the
/// bonds in this one are free then.
///
/// @dev Cut by what is done: Raising, Refuting, Bonds over DisputeParties. Calls to contracts that
/// are not the deployment's own happen in `collect` only, after everything is written.
contract Dispute is Raising, Refuting {
    constructor(Parties memory parties) DisputeParties(parties, _audience(parties.token)) {}

    /// The name that nodes seal for, of this chain and token.
    function _audience(ICargoToken token_) private view returns (bytes32) {
        return AudienceBytes.digest(block.chainid, address(token_), token_.deployment());
    }
}
