// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {LibString} from "solady/utils/LibString.sol";
import {Look, Words} from "./Words.sol";

/// @title The picture of a token
/// @notice Rules: the condition can be told by its word and by its outline, without colour;
/// "not known" has a dashed outline and a question mark; every doubt is written out; readable at
/// 200 pixels; nothing is loaded from anywhere and no text comes from outside the contract.
/// The text has no double quote, backslash, # or %, so that it stands as it is in JSON and in a
/// data URI, whether or not a reader decodes percent signs.
library Picture {
    using LibString for uint256;

    string private constant DARK = "rgb(34,34,34)";

    /// What the picture says: the headline, what the chain last held, and the words beside them.
    struct Shown {
        uint256 tokenId;
        Look look;
        string last;
        string lifecycle;
        string[] doubts;
        uint256 health;
        uint256 since;
    }

    function svg(Shown memory shown) internal pure returns (string memory) {
        string memory word = Words.ofLook(shown.look);
        string memory ink = _ink(shown.look);
        string memory body = string.concat(
            _line(250, 40, true, ink, LibString.upper(word)),
            _line(282, 25, false, DARK, _under(shown)),
            _line(310, 18, false, DARK, _figures(shown)),
            _doubts(shown.doubts)
        );
        return string.concat(_head(shown.tokenId, word), _shape(shown.look), body, "</svg>");
    }

    function _head(uint256 tokenId, string memory word) private pure returns (string memory) {
        string memory number = tokenId.toString();
        return string.concat(
            "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 400 400' role='img' ",
            "font-family='Helvetica,Arial,sans-serif'><title>Shipment ",
            number,
            ": ",
            word,
            "</title><rect width='400' height='400' fill='white'/>",
            "<rect x='3' y='3' width='394' height='394' rx='18' fill='none' stroke='rgb(34,34,34)' ",
            "stroke-width='3'/>",
            _line(
                38,
                bytes(number).length > 12 ? 19 : 24,
                false,
                DARK,
                string.concat("Shipment ", number)
            )
        );
    }

    function _ink(Look look) private pure returns (string memory) {
        if (look == Look.Sound) return "rgb(0,102,75)";
        if (look == Look.Flagged) return "rgb(138,83,0)";
        if (look == Look.Compromised) return "rgb(164,21,10)";
        return "rgb(68,68,68)";
    }

    function _shape(Look look) private pure returns (string memory) {
        return string.concat(
            "<g transform='translate(120 48)' fill='",
            _fill(look),
            "' stroke='",
            _ink(look),
            "' stroke-width='9' stroke-linecap='round' stroke-linejoin='round'>",
            _outline(look),
            "</g>"
        );
    }

    function _fill(Look look) private pure returns (string memory) {
        if (look == Look.Sound) return "rgb(201,239,226)";
        if (look == Look.Flagged) return "rgb(255,227,168)";
        if (look == Look.Compromised) return "rgb(255,208,201)";
        return "white";
    }

    /// In a box of 160 by 160: circle and tick, triangle and mark, octagon and cross, dashed
    /// square and question mark.
    function _outline(Look look) private pure returns (string memory) {
        if (look == Look.Sound) {
            return "<circle cx='80' cy='80' r='66'/><path fill='none' d='M50 82l22 22 40-46'/>";
        }
        if (look == Look.Flagged) {
            return "<path d='M80 16L150 140H10z'/><path d='M80 62v38M80 120v1'/>";
        }
        if (look == Look.Compromised) {
            return string.concat(
                "<path d='M52 12h56l40 40v56l-40 40H52L12 108V52z'/>",
                "<path d='M56 56l48 48M104 56l-48 48'/>"
            );
        }
        return string.concat(
            "<rect x='16' y='16' width='128' height='128' rx='12' stroke-dasharray='26 20'/>",
            "<path fill='none' d='M60 62c0-26 40-26 40 0 0 18-20 16-20 36M80 116v1'/>"
        );
    }

    /// What stands below the word: the way of the goods, and for "not known" what was last known.
    function _under(Shown memory shown) private pure returns (string memory) {
        if (shown.look != Look.Unknown) return shown.lifecycle;
        return string.concat(shown.lifecycle, ", last: ", LibString.lower(shown.last));
    }

    /// How well it is and since when: the fact's time, as the evidence says it.
    function _figures(Shown memory shown) private pure returns (string memory) {
        return
            string.concat(
                "Health ", shown.health.toString(), ", since ", Words.ofTime(shown.since)
            );
    }

    /// Two doubts a line. More than six do not fit; then the sixth says how many more there are.
    function _doubts(string[] memory doubts) private pure returns (string memory drawn) {
        uint256 count = doubts.length > 6 ? 6 : doubts.length;
        if (doubts.length > 6) {
            doubts[5] = string.concat("and ", (doubts.length - 5).toString(), " more");
        }
        for (uint256 i = 0; i < count; i += 2) {
            string memory text = string.concat("? ", doubts[i]);
            if (i + 1 < count) text = string.concat(text, "  ? ", doubts[i + 1]);
            drawn = string.concat(drawn, _line(338 + 12 * i, 19, false, DARK, text));
        }
    }

    /// One centred line of text.
    function _line(uint256 y, uint256 size, bool bold, string memory ink, string memory text)
        private
        pure
        returns (string memory)
    {
        string memory place = string.concat("<text x='200' y='", y.toString());
        string memory face =
            string.concat("' font-size='", size.toString(), bold ? "' font-weight='700" : "");
        return
            string.concat(place, face, "' text-anchor='middle' fill='", ink, "'>", text, "</text>");
    }
}
