// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ICargoToken, Status} from "./interfaces/ICargoToken.sol";
import {GatewayPosts} from "./token/GatewayPosts.sol";
import {PeopleActs} from "./token/PeopleActs.sol";
import {ProofActs} from "./token/ProofActs.sol";
import {TokenReaders} from "./token/TokenReaders.sol";
import {TokenSettings} from "./token/TokenSettings.sol";
import {GuardSettings} from "./types/Guards.sol";

/// @title The token of a shipment: its condition, and the roots of the evidence behind it
/// @notice Who may do what:
///
/// - a gateway posts verdicts of the tokens that are assigned to it and anchors evidence roots;
/// - issuers mint, operators move the lifecycle and hand tokens over, reviewers set conditions,
///   guardians pause and freeze: each by a role of the access manager, never by the gateway's key;
/// - a contract that checks sealed evidence itself makes conditions worse, and takes back what a
///   gateway is proved to have lied about;
/// - owners transfer their tokens, which changes nothing that is said here.
///
/// Invariants, whatever a gateway does:
///
/// 1. A gateway never makes a condition better, and never changes a lifecycle: automation reaches
///    neither delivered nor closed, and clears nothing.
/// 2. Its batches are accepted once each and in order: batch `seq` is the one after `seq - 1`.
/// 3. It changes at most `cap` tokens per epoch, and only tokens assigned to it; of others it may
///    say nothing but "compromised", and only where several gateways must agree.
/// 4. Where the quorum is two or more, no gateway alone makes a token compromised: as many different
///    ones as the quorum, all active, must have said so within the window.
/// 5. A verdict that does not know of the last review is refused: what a person cleared is not
///    flagged again by what was judged before.
/// 6. A batch is taken whole or not at all; while paused, or from a frozen gateway, none is.
/// 7. The state of a closed token never changes again.
/// 8. A minted token has a condition (sound, flagged or compromised), a lifecycle and a profile.
/// 9. The last 256 roots of each gateway can be read; older ones are in the events.
/// 10. A gateway that stops posting, or that was switched off, makes its tokens stale without
///     anybody's help.
///
/// Of people and proofs:
///
/// 11. Each of their verdicts names the last record, which it corrects: the history cannot fork.
/// 12. A condition is never better than `standing`, what people and proofs left; only a review
///     changes that for the better, and where a second reviewer is wanted, only two of them.
/// 13. Administrators set guards, gateways and renderer; with the access manager's delay, everybody
///     can see a change before it holds. Pause and freeze hold at once.
///
/// @dev One contract, cut by who acts: GatewayPosts, PeopleActs, ProofActs, TokenSettings,
/// TokenReaders over TokenStorage. The access manager is asked by the functions for people only.
contract CargoToken is GatewayPosts, PeopleActs, ProofActs, TokenSettings, TokenReaders {
    bytes4 private constant ERC4906_ID = 0x49064906;

    /// `manager`: the AccessManager that knows who may do what. `deployment_`: the text that the
    /// nodes' audience is made of. `staleAfter`: seconds without a post after which tokens are
    /// stale. No minimum interval at first; epochs of an hour.
    constructor(address manager, address renderer_, string memory deployment_, uint32 staleAfter)
        ERC721("Cargoseal", "CARGO")
        AccessManaged(manager)
    {
        _deployment = deployment_;
        _setRenderer(renderer_);
        _setGuards(GuardSettings(0, 1 hours, staleAfter, 1, 1 days, false));
    }

    function tokenURI(uint256 tokenId) public view override returns (string memory) {
        Status memory status = _status(_existing(tokenId));
        return _renderer.tokenURI(tokenId, status, isStale(tokenId), _deployment);
    }

    function contractURI() external view returns (string memory) {
        return _renderer.contractURI(_deployment);
    }

    function supportsInterface(bytes4 id) public view override returns (bool) {
        return
            id == ERC4906_ID || id == type(ICargoToken).interfaceId || super.supportsInterface(id);
    }
}
