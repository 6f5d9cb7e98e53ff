// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Shipped} from "../../contracts/script/Shipped.sol";
import {IEd25519Verifier} from "cargoseal/interfaces/IEd25519Verifier.sol";
import {Ed25519Comb} from "cargoseal/libraries/Ed25519Comb.sol";
import {Edwards25519} from "cargoseal/libraries/Edwards25519.sol";
import {Finding} from "cargoseal/types/Finding.sol";
import {Sha512Caller} from "./support/Sha512Caller.sol";
import {Test} from "./support/Vm.sol";

/// Published signatures and a seal's, with right hints and with an adversary's. The bulk of the
/// cases is in test_ed25519.py and differential.py.
contract Ed25519VerifierTest is Test {
    struct Signature {
        bytes message;
        bytes32 key;
        bytes32 r;
        bytes32 s;
        uint256[3] hints;
    }

    uint8 private constant UNPROVEN = 0;
    uint8 private constant VALID = 1;
    uint8 private constant INVALID = 2;
    uint256 private constant L = (1 << 252) + 27742317777372353535851937790883648493;

    IEd25519Verifier private _verifier;
    string private _json;

    function setUp() public {
        _verifier = IEd25519Verifier(Shipped.deploy("Ed25519Verifier", ""));
        _json = vm.readFile("../tests/contracts/vectors/ed25519.json");
    }

    function _load(string memory at) private view returns (Signature memory one) {
        one.message = vm.parseJsonBytes(_json, string.concat(at, ".message"));
        one.key = vm.parseJsonBytes32(_json, string.concat(at, ".key"));
        one.r = vm.parseJsonBytes32(_json, string.concat(at, ".r"));
        one.s = vm.parseJsonBytes32(_json, string.concat(at, ".s"));
        bytes32[] memory hints = vm.parseJsonBytes32Array(_json, string.concat(at, ".hints"));
        for (uint256 i = 0; i < 3; ++i) {
            one.hints[i] = uint256(hints[i]);
        }
    }

    function _found(Signature memory one) private view returns (uint8) {
        return Finding.unwrap(_verifier.examine(one.message, one.key, one.r, one.s, one.hints));
    }

    /// Signed, but not this: S is another number.
    function _spoiled() private view returns (Signature memory one) {
        one = _load(".sealed");
        one.s ^= bytes32(uint256(1) << 200);
    }

    function _littleEndian(uint256 number) private pure returns (bytes32) {
        return bytes32(Edwards25519.reversed(number));
    }

    // ------------------------------------------------------------------------------- signatures

    function test_the_published_signatures_are_valid() public view {
        for (uint256 i = 0;; ++i) {
            string memory at = string.concat(".signatures[", vm.toString(i), "]");
            if (!vm.keyExistsJson(_json, at)) break;
            vm.assertEq(_found(_load(at)), VALID);
        }
    }

    function test_a_seal_is_valid() public view {
        vm.assertEq(_found(_load(".sealed")), VALID);
    }

    function test_another_s_is_proven_invalid() public view {
        vm.assertEq(_found(_spoiled()), INVALID);
    }

    function test_s_of_the_order_or_more_is_invalid() public view {
        Signature memory one = _load(".sealed");
        uint256 s = Edwards25519.reversed(uint256(one.s));
        one.s = _littleEndian(s + L);
        vm.assertEq(_found(one), INVALID);
        one.s = _littleEndian(L);
        vm.assertEq(_found(one), INVALID);
        one.s = _littleEndian(L - 1);
        vm.assertEq(_found(one), INVALID);
    }

    function test_zero_signs_nothing() public view {
        Signature memory one = _load(".sealed");
        (one.r, one.s) = (bytes32(0), bytes32(0));
        vm.assertEq(_found(one), INVALID);
        one.key = bytes32(0);
        vm.assertEq(_found(one), INVALID);
    }

    function testFuzz_another_message_with_the_same_hints_shows_nothing(uint256 bit) public view {
        Signature memory one = _load(".sealed");
        bit %= one.message.length * 8;
        one.message[bit / 8] ^= bytes1(uint8(1 << (bit % 8)));
        vm.assertEq(_found(one), UNPROVEN);
    }

    function testFuzz_no_bit_of_key_or_signature_can_change(uint256 bit) public view {
        Signature memory one = _load(".sealed");
        bit %= 768;
        bytes32 mask = bytes32(1 << (bit % 256));
        if (bit < 256) one.key ^= mask;
        else if (bit < 512) one.r ^= mask;
        else one.s ^= mask;
        vm.assertTrue(_found(one) != VALID);
    }

    // ------------------------------------------------------------------------------------ hints

    function testFuzz_no_hints_prove_a_good_signature_bad(uint256[3] calldata hints, uint8 which)
        public
        view
    {
        Signature memory one = _load(".sealed");
        for (uint256 i = 0; i < 3; ++i) {
            if (which & (1 << i) != 0) one.hints[i] = hints[i];
        }
        vm.assertTrue(_found(one) != INVALID);
    }

    function testFuzz_no_hints_make_a_bad_signature_good(uint256[3] calldata hints, uint8 which)
        public
        view
    {
        Signature memory one = _spoiled();
        for (uint256 i = 0; i < 3; ++i) {
            if (which & (1 << i) != 0) one.hints[i] = hints[i];
        }
        vm.assertTrue(_found(one) != VALID);
    }

    function testFuzz_scalars_that_do_not_fit_show_nothing(uint256 halves) public view {
        Signature memory one = _load(".sealed");
        vm.assume(halves != one.hints[2]);
        one.hints[2] = halves;
        vm.assertEq(_found(one), UNPROVEN);
    }

    function test_zero_scalars_show_nothing() public view {
        Signature memory one = _spoiled();
        one.hints[2] = 0;
        vm.assertEq(_found(one), UNPROVEN);
    }

    function test_the_other_root_of_a_point_shows_nothing() public view {
        for (uint256 i = 0; i < 2; ++i) {
            Signature memory one = _load(".sealed");
            uint256 x = one.hints[i];
            one.hints[i] = Edwards25519.P - x;
            vm.assertEq(_found(one), UNPROVEN);
            one.hints[i] = Edwards25519.P + x;
            vm.assertEq(_found(one), UNPROVEN);
        }
    }

    // ------------------------------------------------------------------------------------ parts

    function test_the_code_ends_with_the_multiples_of_the_base_point() public view {
        bytes memory table = Ed25519Comb.table();
        bytes memory code = address(_verifier).code;
        bytes memory end = new bytes(table.length);
        for (uint256 i = 0; i < end.length; ++i) {
            end[i] = code[code.length - end.length + i];
        }
        vm.assertEq(end, table);
    }

    function test_sha512_of_abc_is_the_published_digest() public {
        (, bytes memory digest) = address(new Sha512Caller()).call("abc");
        bytes memory expected = hex"ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
            hex"2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f";
        vm.assertEq(digest, expected);
    }
}
