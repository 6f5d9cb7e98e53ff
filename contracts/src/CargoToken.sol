// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ICargoToken, Status} from "./interfaces/ICargoToken.sol";
import {GatewayPosts} from "./token/GatewayPosts.sol";
import {PeopleActs} from "./token/PeopleActs.sol";
import {TokenReaders} from "./token/TokenReaders.sol";
import {TokenSettings} from "./token/TokenSettings.sol";

/// @title The token of a shipment: its condition, and the roots of the evidence behind it
/// @notice Who may do what:
///
/// - a gateway posts verdicts of the tokens that are assigned to it and anchors evidence roots;
/// - issuers mint, operators move the lifecycle and hand tokens over, reviewers set conditions,
///   guardians pause: each by a role of the access manager, never by the gateway's key;
/// - owners transfer their tokens, which changes nothing that is said here.
///
/// Invariants, whatever a gateway does:
///
/// 1. A gateway never makes a condition better, and never changes a lifecycle.
/// 2. Its batches are accepted once each and in order: batch `seq` is the one after `seq - 1`.
/// 3. It changes at most `cap` tokens per epoch, and only tokens assigned to it.
/// 4. A batch is taken whole or not at all.
/// 5. The state of a closed token never changes again.
/// 6. A minted token has a condition (sound, flagged or compromised), a lifecycle and a profile.
/// 7. The last 256 roots of each gateway can be read; older ones are in the events.
/// 8. A gateway that stops posting, or that was switched off, makes its tokens stale without
///    anybody's help.
///
/// @dev One contract, cut by who acts: GatewayPosts, PeopleActs, TokenSettings, TokenReaders over
/// TokenStorage. The access manager is asked by the functions for people only.
contract CargoToken is GatewayPosts, PeopleActs, TokenSettings, TokenReaders {
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
        _setGuards(0, 1 hours, staleAfter);
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
