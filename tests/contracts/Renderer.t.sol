// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {LibString} from "solady/utils/LibString.sol";
import {Shipped} from "../../contracts/script/Shipped.sol";
import {Status} from "cargoseal/interfaces/ICargoToken.sol";
import {IRenderer} from "cargoseal/interfaces/IRenderer.sol";
import {Condition} from "cargoseal/types/Condition.sol";
import {Doubts} from "cargoseal/types/Doubts.sol";
import {Lifecycle} from "cargoseal/types/Lifecycle.sol";
import {Rule} from "cargoseal/types/Rule.sol";
import {Fleet} from "./support/Fleet.sol";

/// What wallets and marketplaces show: decoded and read, as they would.
contract RendererTest is Fleet {
    string private constant JSON_HEAD = "data:application/json;utf8,";
    string private constant SVG_HEAD = "data:image/svg+xml;utf8,";

    IRenderer private _renderer;

    function setUp() public override {
        super.setUp();
        _renderer = IRenderer(token.renderer());
    }

    function _decoded(string memory uri, string memory head) private pure returns (string memory) {
        vm.assertTrue(LibString.startsWith(uri, head), "a data URI");
        uint256 begin = bytes(head).length;
        _hides(uri, "#");
        _hides(uri, "%");
        return LibString.slice(uri, begin);
    }

    function _json(uint256 tokenId) private view returns (string memory) {
        return _decoded(token.tokenURI(tokenId), JSON_HEAD);
    }

    function _svg(string memory json) private pure returns (string memory) {
        return _decoded(vm.parseJsonString(json, ".image"), SVG_HEAD);
    }

    /// The value of the first attribute of this name.
    function _trait(string memory json, string memory name) private view returns (string memory) {
        for (uint256 i = 0; vm.keyExistsJson(json, _at(i)); ++i) {
            string memory trait = vm.parseJsonString(json, string.concat(_at(i), ".trait_type"));
            if (LibString.eq(trait, name)) {
                return vm.parseJsonString(json, string.concat(_at(i), ".value"));
            }
        }
        return "absent";
    }

    function _at(uint256 index) private pure returns (string memory) {
        return string.concat(".attributes[", vm.toString(index), "]");
    }

    function _shows(string memory text, string memory part) private pure {
        vm.assertTrue(LibString.contains(text, part), part);
    }

    function _hides(string memory text, string memory part) private pure {
        vm.assertFalse(LibString.contains(text, part), part);
    }

    /// Any status, rendered without the token.
    function _render(uint8 condition, uint8 doubts, uint8 rule, bool stale)
        private
        view
        returns (string memory)
    {
        Status memory status;
        status.condition = Condition.wrap(condition);
        status.doubts = Doubts.wrap(doubts);
        status.rule = Rule.wrap(rule);
        status.lifecycle = Lifecycle.wrap(2);
        return _decoded(_renderer.tokenURI(7, status, stale, "test"), JSON_HEAD);
    }

    // ------------------------------------------------------------------------ what is shown when

    function test_a_sound_shipment_is_called_sound_while_its_gateway_is_heard() public {
        _post("");
        string memory json = _json(1);
        vm.assertEq(vm.parseJsonString(json, ".name"), "Shipment 1");
        vm.assertEq(_trait(json, "Condition"), "Sound");
        vm.assertEq(_trait(json, "Lifecycle"), "Created");
        vm.assertEq(_trait(json, "Doubt"), "absent");
        vm.assertEq(_trait(json, "Health"), "100");
        _shows(_svg(json), ">SOUND<");
        _shows(_svg(json), "<circle");
    }

    function test_a_silent_gateway_makes_sound_not_known() public view {
        string memory json = _json(1);
        vm.assertEq(_trait(json, "Condition"), "Not known");
        vm.assertEq(_trait(json, "Last condition"), "Sound");
        vm.assertEq(_trait(json, "Doubt"), "Gateway silent");
        _shows(_svg(json), ">NOT KNOWN<");
        _shows(_svg(json), "stroke-dasharray");
        _hides(_svg(json), ">SOUND<");
    }

    function test_silence_faults_and_gaps_make_sound_not_known() public view {
        uint8[3] memory unknowing = [1, 2, 8];
        for (uint256 i = 0; i < unknowing.length; ++i) {
            string memory json = _render(SOUND, unknowing[i], 0, false);
            vm.assertEq(_trait(json, "Condition"), "Not known");
            _hides(_svg(json), ">SOUND<");
        }
    }

    function test_an_unsound_clock_is_a_doubt_beside_sound() public view {
        string memory json = _render(SOUND, 4, 0, false);
        vm.assertEq(_trait(json, "Condition"), "Sound");
        vm.assertEq(_trait(json, "Doubt"), "Clock unsound");
        _shows(_svg(json), "? Clock unsound");
    }

    function test_a_flag_and_a_compromise_stand_although_nobody_is_heard() public view {
        string memory json = _render(FLAGGED, 255, 1, true);
        vm.assertEq(_trait(json, "Condition"), "Flagged");
        _shows(_svg(json), ">FLAGGED<");
        json = _render(COMPROMISED, 255, 4, true);
        vm.assertEq(_trait(json, "Condition"), "Compromised");
        vm.assertEq(_trait(json, "Reason"), "Taken off its mount");
        _shows(_svg(json), ">COMPROMISED<");
    }

    function test_each_condition_has_an_outline_of_its_own() public view {
        string memory sound = _svg(_render(SOUND, 0, 0, false));
        string memory flagged = _svg(_render(FLAGGED, 0, 0, false));
        string memory compromised = _svg(_render(COMPROMISED, 0, 0, false));
        string memory unknown = _svg(_render(SOUND, 1, 0, false));
        _shows(sound, "<circle");
        _shows(flagged, "M80 16L150 140H10z");
        _shows(compromised, "M52 12h56l40 40v56l-40 40H52L12 108V52z");
        _shows(unknown, "stroke-dasharray");
        _hides(flagged, "<circle");
        _hides(compromised, "<circle");
        _hides(unknown, "<circle");
    }

    function test_every_doubt_is_in_the_json_and_none_is_lost_in_the_picture() public view {
        string memory json = _render(FLAGGED, 15, 0, true);
        _shows(json, '"Node silent"');
        _shows(json, '"Sensor fault"');
        _shows(json, '"Clock unsound"');
        _shows(json, '"Gap in evidence"');
        _shows(json, '"Gateway silent"');
        string memory svg = _svg(json);
        _shows(svg, "? Node silent  ? Sensor fault");
        _shows(svg, "? Clock unsound  ? Gap in evidence");
        _shows(svg, "? Gateway silent");
        _shows(_svg(_render(FLAGGED, 255, 0, true)), "? and 4 more");
        _shows(_render(FLAGGED, 128, 0, false), '"Doubt 7"');
    }

    function test_codes_without_a_name_are_shown_by_number() public view {
        vm.assertEq(_trait(_render(FLAGGED, 0, 14, false), "Reason"), "Door opened");
        vm.assertEq(
            _trait(_render(FLAGGED, 0, 16, false), "Reason"), "Proved from a sealed segment"
        );
        vm.assertEq(_trait(_render(FLAGGED, 0, 17, false), "Reason"), "Gateway refuted");
        vm.assertEq(_trait(_render(FLAGGED, 0, 18, false), "Reason"), "Rule 18");
        vm.assertEq(_trait(_render(FLAGGED, 0, 255, false), "Reason"), "Rule 255");
    }

    function test_figures_and_times_are_those_of_the_status() public {
        _post(_update(1, FLAGGED));
        string memory json = _json(1);
        vm.assertEq(_trait(json, "Health"), "87");
        vm.assertEq(_trait(json, "Score"), "1234");
        vm.assertEq(_trait(json, "Since"), vm.toString(START - 60));
        vm.assertEq(_trait(json, "Recorded"), vm.toString(START));
        vm.assertEq(_trait(json, "Updates"), "1");
        vm.assertEq(_trait(json, "Reviews"), "0");
        vm.assertEq(_trait(json, "Gateway"), "1");
        _shows(_svg(json), "Health 87, since 2027-01-15 07:59 UTC");
        vm.assertEq(_trait(json, "Profile"), LibString.toHexString(uint256(PROFILE), 32));
    }

    // ------------------------------------------------------------------------------ bad input

    function test_a_deployment_text_cannot_break_out_of_the_json() public {
        string memory hostile = '","image":"data:,evil"},{"\\\n<script># 100%25';
        bytes memory arguments = abi.encode(manager, token.renderer(), hostile, STALE_AFTER);
        address other = Shipped.deploy("CargoToken", arguments);
        string memory uri = IContractUri(other).contractURI();
        string memory json = _decoded(uri, JSON_HEAD);
        vm.assertFalse(vm.keyExistsJson(json, ".image"));
        string memory told = vm.parseJsonString(json, ".description");
        _shows(told, hostile);
    }

    /// forge-config: default.fuzz.runs = 256
    function testFuzz_any_status_gives_json_and_a_picture_without_outside_parts(
        uint256 tokenId,
        uint8 condition,
        uint8 doubts,
        uint8 rule,
        bool stale
    ) public view {
        Status memory status;
        status.condition = Condition.wrap(condition);
        status.doubts = Doubts.wrap(doubts);
        status.rule = Rule.wrap(rule);
        status.lifecycle = Lifecycle.wrap(rule % 6);
        string memory json =
            _decoded(_renderer.tokenURI(tokenId, status, stale, "test"), JSON_HEAD);
        string memory svg = _svg(json);
        vm.assertTrue(LibString.endsWith(svg, "</svg>"));
        _hides(svg, "href");
        _hides(svg, "script");
        _hides(svg, "url(");
        bool known = condition == SOUND && !stale && doubts & 11 == 0;
        vm.assertEq(LibString.eq(_trait(json, "Condition"), "Sound"), known);
    }

    function test_the_contract_tells_about_itself() public view {
        string memory json = _decoded(token.contractURI(), JSON_HEAD);
        vm.assertEq(vm.parseJsonString(json, ".name"), "Cargoseal");
        vm.assertEq(vm.parseJsonString(json, ".symbol"), "CARGO");
    }
}

interface IContractUri {
    function contractURI() external view returns (string memory);
}
