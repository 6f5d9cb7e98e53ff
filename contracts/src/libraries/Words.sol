// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {DateTimeLib} from "solady/utils/DateTimeLib.sol";
import {LibString} from "solady/utils/LibString.sol";
import {Condition, Conditions} from "../types/Condition.sol";
import {DoubtBits, Doubts} from "../types/Doubts.sol";
import {Lifecycle} from "../types/Lifecycle.sol";
import {Rule} from "../types/Rule.sol";

/// @notice What a reader sees first. `Unknown` is in place of "sound" whenever nobody can know it.
enum Look {
    Unknown,
    Sound,
    Flagged,
    Compromised
}

/// @title Codes in plain words
/// @notice Rules: every code has a text, unnamed ones their number; "we do not know" is never
/// called sound; a flag or a compromise stands whether or not anybody is still listening.
library Words {
    using LibString for uint256;

    /// The gateway's doubts are bits 0 to 7; the ninth, at the end, is the chain's own.
    uint256 internal constant DOUBT_COUNT = 9;

    function lookOf(Condition condition, Doubts doubts, bool stale) internal pure returns (Look) {
        if (condition == Conditions.COMPROMISED) return Look.Compromised;
        if (condition == Conditions.FLAGGED) return Look.Flagged;
        if (condition != Conditions.SOUND || stale) return Look.Unknown;
        return doubts.hasAny(DoubtBits.unknowing()) ? Look.Unknown : Look.Sound;
    }

    function ofLook(Look look) internal pure returns (string memory) {
        if (look == Look.Sound) return "Sound";
        if (look == Look.Flagged) return "Flagged";
        if (look == Look.Compromised) return "Compromised";
        return "Not known";
    }

    function ofCondition(Condition condition) internal pure returns (string memory) {
        if (condition == Conditions.SOUND) return "Sound";
        if (condition == Conditions.FLAGGED) return "Flagged";
        if (condition == Conditions.COMPROMISED) return "Compromised";
        return "None";
    }

    function ofLifecycle(Lifecycle lifecycle) internal pure returns (string memory) {
        uint256 code = Lifecycle.unwrap(lifecycle);
        if (code == 1) return "Created";
        if (code == 2) return "In transit";
        if (code == 3) return "Delivered";
        if (code == 4) return "Closed";
        return "None";
    }

    function ofDoubt(uint256 bit) internal pure returns (string memory) {
        if (bit == 0) return "Node silent";
        if (bit == 1) return "Sensor fault";
        if (bit == 2) return "Clock unsound";
        if (bit == 3) return "Gap in evidence";
        if (bit == 8) return "Gateway silent";
        return string.concat("Doubt ", bit.toString());
    }

    /// The words of all doubts there are, staleness as the last; an empty list when all is known.
    function ofDoubts(Doubts doubts, bool stale) internal pure returns (string[] memory list) {
        uint256 bits = Doubts.unwrap(doubts) | (stale ? 1 << 8 : 0);
        list = new string[](DOUBT_COUNT);
        uint256 count = 0;
        for (uint256 bit = 0; bit < DOUBT_COUNT; ++bit) {
            if (bits & (1 << bit) != 0) list[count++] = ofDoubt(bit);
        }
        assembly ("memory-safe") {
            mstore(list, count)
        }
    }

    function ofRule(Rule rule) internal pure returns (string memory) {
        uint256 code = Rule.unwrap(rule);
        if (code == 0) return "None";
        if (code == 1) return "Limit exceeded at a stretch";
        if (code == 2) return "Limit exceeded in total";
        if (code == 3) return "Unlike normal transport";
        if (code == 4) return "Taken off its mount";
        if (code == 5) return "Fell";
        if (code == 6) return "Too many hard shocks";
        if (code == 7) return "Evidence missing";
        if (code == 8) return "Silence";
        if (code == 9) return "Sensor broken";
        if (code == 10) return "Several nodes agree";
        if (code == 11) return "A person reviewed";
        if (code == 12) return "Time not known";
        if (code == 13) return "Chain of segments broken";
        if (code == 14) return "Door opened";
        if (code == 15) return "Readings not plausible";
        if (code == 16) return "Proved from a sealed segment";
        if (code == 17) return "Gateway refuted";
        return string.concat("Rule ", code.toString());
    }

    /// Unix seconds as "2026-11-21 09:05 UTC".
    function ofTime(uint256 time) internal pure returns (string memory) {
        (uint256 year, uint256 month, uint256 day, uint256 hour, uint256 minute,) =
            DateTimeLib.timestampToDateTime(time);
        string memory date = string.concat(year.toString(), "-", _two(month), "-", _two(day));
        return string.concat(date, " ", _two(hour), ":", _two(minute), " UTC");
    }

    function _two(uint256 value) private pure returns (string memory) {
        return value < 10 ? string.concat("0", value.toString()) : value.toString();
    }
}
