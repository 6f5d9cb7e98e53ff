// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {LibString} from "solady/utils/LibString.sol";
import {Status} from "./interfaces/ICargoToken.sol";
import {IRenderer} from "./interfaces/IRenderer.sol";
import {Picture} from "./libraries/Picture.sol";
import {Words} from "./libraries/Words.sol";

/// @title JSON and picture of a token, made wholly on chain
/// @notice Rules: no state, no outside address; the attribute "Condition" is what a reader may rely
/// on now ("Not known" where nobody can), "Last condition" is what the chain holds; the deployment
/// text is the only text from outside and is escaped. Data URIs are plain text, not Base64, for a
/// third less gas and bytes; no # or % is in them, so that readers that decode percent signs and
/// readers that do not see the same.
contract Renderer is IRenderer {
    using LibString for uint256;

    string private constant JSON = "data:application/json;utf8,";
    string private constant DATE = '"display_type":"date",';

    function tokenURI(
        uint256 tokenId,
        Status calldata status,
        bool stale,
        string calldata deployment
    ) external pure returns (string memory) {
        Picture.Shown memory shown = Picture.Shown(
            tokenId,
            Words.lookOf(status.condition, status.doubts, stale),
            Words.ofCondition(status.condition),
            Words.ofLifecycle(status.lifecycle),
            Words.ofDoubts(status.doubts, stale),
            status.health,
            status.since
        );
        return string.concat(
            _head(tokenId, deployment),
            _words(status, shown),
            _figures(status),
            '],"image":"data:image/svg+xml;utf8,',
            Picture.svg(shown),
            '"}'
        );
    }

    function contractURI(string calldata deployment) external pure returns (string memory) {
        return string.concat(
            JSON,
            '{"name":"Cargoseal","symbol":"CARGO","description":"Tokens of shipments. Each says ',
            "what sealed sensor evidence shows: sound, flagged, compromised or not known. ",
            "Deployment: ",
            _escaped(deployment),
            '"}'
        );
    }

    /// As a JSON string that holds no character with a meaning in a URI.
    function _escaped(string calldata text) private pure returns (string memory) {
        string memory json = LibString.escapeJSON(text);
        return LibString.replace(LibString.replace(json, "%", "\\u0025"), "#", "\\u0023");
    }

    function _head(uint256 tokenId, string calldata deployment)
        private
        pure
        returns (string memory)
    {
        return string.concat(
            JSON,
            '{"name":"Shipment ',
            tokenId.toString(),
            '","description":"The condition of a shipment, as sealed sensor evidence shows it. ',
            "Deployment: ",
            _escaped(deployment),
            '","attributes":['
        );
    }

    function _words(Status calldata status, Picture.Shown memory shown)
        private
        pure
        returns (string memory list)
    {
        list = string.concat(
            _text("Condition", Words.ofLook(shown.look)),
            _text("Last condition", shown.last),
            _text("Lifecycle", shown.lifecycle),
            _text("Reason", Words.ofRule(status.rule)),
            _text("Profile", uint256(status.profile).toHexString(32))
        );
        for (uint256 i = 0; i < shown.doubts.length; ++i) {
            list = string.concat(list, _text("Doubt", shown.doubts[i]));
        }
    }

    function _figures(Status calldata status) private pure returns (string memory list) {
        list = string.concat(
            _number("", "Health", status.health),
            _number("", "Score", status.score),
            _number(DATE, "Since", status.since),
            _number(DATE, "Recorded", status.recorded)
        );
        list = string.concat(
            list,
            _number("", "Updates", status.updates),
            _number("", "Reviews", status.reviews),
            _number("", "Gateways that say compromised", status.voices),
            _last(status.gateway)
        );
    }

    function _text(string memory trait, string memory value) private pure returns (string memory) {
        return string.concat('{"trait_type":"', trait, '","value":"', value, '"},');
    }

    function _number(string memory display, string memory trait, uint256 value)
        private
        pure
        returns (string memory)
    {
        string memory head = string.concat("{", display, '"trait_type":"');
        return string.concat(head, trait, '","value":', value.toString(), "},");
    }

    /// The last attribute: the one without a comma.
    function _last(uint256 gateway) private pure returns (string memory) {
        return string.concat('{"trait_type":"Gateway","value":', gateway.toString(), "}");
    }
}
