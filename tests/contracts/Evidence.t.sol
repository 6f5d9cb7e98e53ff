// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {EvidenceVerifier, Path} from "cargoseal/EvidenceVerifier.sol";
import {ICargoToken} from "cargoseal/interfaces/ICargoToken.sol";
import {CborReader} from "cargoseal/libraries/CborReader.sol";
import {Head, SegmentEntry} from "cargoseal/libraries/EvidenceLeaf.sol";
import {SealedStatement} from "cargoseal/libraries/StatementBytes.sol";
import {Shipped} from "../../contracts/script/Shipped.sol";
import {Fleet} from "./support/Fleet.sol";

/// From an anchored root to one sealed segment: bytes as nodes and gateways write them.
contract EvidenceTest is Fleet {
    EvidenceVerifier private _verifier;
    string private _json;

    function setUp() public override {
        super.setUp();
        _verifier = EvidenceVerifier(Shipped.deploy("EvidenceVerifier", ""));
        _json = vm.readFile("../tests/contracts/vectors/evidence.json");
    }

    function _bytes(string memory key) private view returns (bytes memory) {
        return vm.parseJsonBytes(_json, key);
    }

    function _word(string memory key) private view returns (bytes32) {
        return vm.parseJsonBytes32(_json, key);
    }

    function _number(string memory key) private view returns (uint64) {
        return uint64(vm.parseJsonUint(_json, key));
    }

    // -------------------------------------------------------------------------------- entries

    function test_reads_every_part_of_an_entry() public view {
        for (uint256 i = 0; i < 4; ++i) {
            string memory key = string.concat(".entries[", vm.toString(i), "]");
            SegmentEntry memory entry = _verifier.parseEntry(_bytes(string.concat(key, ".bytes")));
            vm.assertEq(entry.sealDigest, _word(string.concat(key, ".sealDigest")));
            vm.assertEq(entry.claimDigest, _word(string.concat(key, ".claimDigest")));
            vm.assertEq(entry.model, _word(string.concat(key, ".model")));
            vm.assertEq(entry.node, bytes8(_bytes(string.concat(key, ".node"))));
            vm.assertEq(entry.counter, _number(string.concat(key, ".counter")));
            vm.assertEq(entry.score, _number(string.concat(key, ".score")));
            vm.assertEq(entry.receivedMs, _number(string.concat(key, ".receivedMs")));
        }
    }

    function _entry() private view returns (bytes memory) {
        return _bytes(".entries[1].bytes");
    }

    function test_refuses_an_entry_of_another_type() public {
        bytes memory entry = _entry();
        entry[1] = 0x02;
        vm.expectRevert(abi.encodeWithSelector(CborReader.UnexpectedByte.selector, 1, 1, 2));
        _verifier.parseEntry(entry);
    }

    function test_refuses_an_entry_with_another_number_of_parts() public {
        bytes memory entry = _entry();
        entry[0] = 0x89;
        vm.expectRevert(abi.encodeWithSelector(CborReader.UnexpectedByte.selector, 0, 0x88, 0x89));
        _verifier.parseEntry(entry);
    }

    function test_refuses_bytes_after_an_entry() public {
        bytes memory entry = _entry();
        uint256 length = entry.length;
        vm.expectRevert(
            abi.encodeWithSelector(CborReader.TrailingBytes.selector, length, length + 1)
        );
        _verifier.parseEntry(bytes.concat(entry, hex"00"));
    }

    function test_refuses_every_entry_that_was_cut_off() public {
        bytes memory entry = _entry();
        for (uint256 length = 0; length < entry.length; ++length) {
            bytes memory cut = new bytes(length);
            for (uint256 i = 0; i < length; ++i) {
                cut[i] = entry[i];
            }
            vm.expectRevert();
            _verifier.parseEntry(cut);
        }
    }

    function test_refuses_a_number_in_more_bytes_than_it_needs() public {
        bytes memory head = _head();
        bytes[4] memory longer =
            [bytes(hex"1817"), hex"1900ff", hex"1a0000ffff", hex"1b00000000ffffffff"];
        for (uint256 i = 0; i < longer.length; ++i) {
            vm.expectRevert();
            _verifier.parseEntry(bytes.concat(head, longer[i], hex"0000"));
        }
        vm.expectRevert(abi.encodeWithSelector(CborReader.NotShortest.selector, 113, 23));
        _verifier.parseEntry(bytes.concat(head, hex"18170000"));
    }

    function test_refuses_what_is_no_unsigned_integer() public {
        bytes memory head = _head();
        bytes1[6] memory heads = [bytes1(0x20), 0x1c, 0x1f, 0x40, 0xf6, 0xff];
        for (uint256 i = 0; i < heads.length; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(
                    CborReader.NotAnUnsignedInteger.selector, 113, uint8(heads[i])
                )
            );
            _verifier.parseEntry(bytes.concat(head, heads[i], hex"0000"));
        }
    }

    /// The fixed part of an entry, up to its first number.
    function _head() private view returns (bytes memory head) {
        bytes memory entry = _entry();
        head = new bytes(113);
        for (uint256 i = 0; i < 113; ++i) {
            head[i] = entry[i];
        }
    }

    function testFuzz_a_number_is_read_as_it_was_written(uint64 value) public view {
        bytes memory entry = bytes.concat(_head(), _encoded(value), hex"0102");
        vm.assertEq(_verifier.parseEntry(entry).counter, value);
    }

    function _encoded(uint64 value) private pure returns (bytes memory) {
        if (value < 24) return abi.encodePacked(uint8(value));
        if (value <= type(uint8).max) return abi.encodePacked(uint8(24), uint8(value));
        if (value <= type(uint16).max) return abi.encodePacked(uint8(25), uint16(value));
        if (value <= type(uint32).max) return abi.encodePacked(uint8(26), uint32(value));
        return abi.encodePacked(uint8(27), value);
    }

    // ----------------------------------------------------------------------------- statements

    function test_reads_every_part_of_a_statement() public view {
        for (uint256 i = 0; i < 2; ++i) {
            string memory key = string.concat(".statements[", vm.toString(i), "]");
            SealedStatement memory read =
                _verifier.parseStatement(_bytes(string.concat(key, ".bytes")));
            string memory strings = string.concat(key, ".strings.");
            vm.assertEq(read.audience, _word(string.concat(strings, "audience")));
            vm.assertEq(read.node, bytes8(_bytes(string.concat(strings, "node"))));
            vm.assertEq(read.previous, _word(string.concat(strings, "previous")));
            vm.assertEq(read.model, _word(string.concat(strings, "model")));
            vm.assertEq(read.claimDigest, _word(string.concat(strings, "claim")));
            vm.assertEq(read.readingsDigest, _word(string.concat(strings, "readings")));
            vm.assertEq(read.locationDigest, _word(string.concat(strings, "location")));
            _checkNumbers(read, string.concat(key, ".numbers["));
        }
    }

    function _checkNumbers(SealedStatement memory read, string memory key) private view {
        uint64[13] memory got = [
            read.kind,
            read.boot,
            read.counter,
            read.startMs,
            read.uptimeMs,
            read.durationMs,
            read.clockSource,
            read.clockErrorMs,
            read.count,
            read.dropped,
            read.flags,
            read.application,
            read.configuration
        ];
        for (uint256 i = 0; i < got.length; ++i) {
            vm.assertEq(got[i], _number(string.concat(key, vm.toString(i), "]")));
        }
    }

    function test_refuses_a_statement_of_another_version() public {
        bytes memory statement = _bytes(".statements[0].bytes");
        statement[1] = 0x02;
        vm.expectRevert(abi.encodeWithSelector(CborReader.UnexpectedByte.selector, 1, 1, 2));
        _verifier.parseStatement(statement);
    }

    function test_refuses_a_statement_with_a_digest_of_another_length() public {
        bytes memory statement = _bytes(".statements[0].bytes");
        statement[46] = 0x1f;
        vm.expectRevert(abi.encodeWithSelector(CborReader.UnexpectedByte.selector, 46, 0x20, 0x1f));
        _verifier.parseStatement(statement);
    }

    function test_refuses_bytes_after_a_statement() public {
        bytes memory statement = bytes.concat(_bytes(".statements[0].bytes"), hex"00");
        vm.expectRevert(
            abi.encodeWithSelector(
                CborReader.TrailingBytes.selector, statement.length - 1, statement.length
            )
        );
        _verifier.parseStatement(statement);
    }

    // ------------------------------------------------------------------------- inclusion proofs

    function _anchoredHead() private view returns (Head memory) {
        return
            Head(
                _number(".anchored.token"), _number(".anchored.size"), _word(".anchored.headRoot")
            );
    }

    function _headPath() private view returns (Path memory) {
        return Path(
            _number(".anchored.headIndex"),
            _number(".anchored.headCount"),
            vm.parseJsonBytes32Array(_json, ".anchored.headPath")
        );
    }

    function _proven(Head memory head, Path memory headPath, bytes memory entry, uint64 index)
        private
        view
        returns (bool)
    {
        bytes32[] memory path = vm.parseJsonBytes32Array(_json, ".anchored.entryPath");
        return _verifier.verifyEvidence(
            ICargoToken(address(token)), FIRST, 0, head, headPath, entry, index, path
        );
    }

    function _anchor() private {
        vm.prank(GATEWAY);
        token.post(0, NEVER, _word(".anchored.root"), CONTENT, "");
    }

    function test_anybody_can_prove_an_entry_behind_an_anchored_root() public {
        _anchor();
        vm.prank(STRANGER);
        vm.assertTrue(
            _proven(
                _anchoredHead(),
                _headPath(),
                _bytes(".anchored.entry"),
                _number(".anchored.entryIndex")
            )
        );
    }

    function test_refuses_another_entry_token_size_or_place() public {
        _anchor();
        bytes memory entry = _bytes(".anchored.entry");
        uint64 index = _number(".anchored.entryIndex");
        Head memory head = _anchoredHead();

        bytes memory other = bytes.concat(entry);
        other[10] ^= 0x01;
        vm.assertFalse(_proven(head, _headPath(), other, index));
        vm.assertFalse(_proven(head, _headPath(), entry, index + 1));
        head.tokenId += 1;
        vm.assertFalse(_proven(head, _headPath(), entry, index));
        head = _anchoredHead();
        head.size += 1;
        vm.assertFalse(_proven(head, _headPath(), entry, index));
        head = _anchoredHead();
        head.root ^= bytes32(uint256(1));
        vm.assertFalse(_proven(head, _headPath(), entry, index));
    }

    function test_refuses_evidence_below_a_root_that_was_not_anchored() public {
        _post("");
        vm.assertFalse(_proven(_anchoredHead(), _headPath(), _bytes(".anchored.entry"), 1));
    }

    function test_says_that_a_post_is_not_kept() public {
        Head memory head = _anchoredHead();
        Path memory path = _headPath();
        vm.expectRevert(abi.encodeWithSelector(ICargoToken.AnchorNotKept.selector, FIRST, 0, 0));
        _verifier.verifyHead(ICargoToken(address(token)), FIRST, 0, head, path);
    }
}
