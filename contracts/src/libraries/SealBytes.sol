// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title The bytes around a statement's digest: what was signed, and the seal as a whole
/// @notice A seal is a COSE_Sign1 whose protected header never changes (cargoseal_wire/seal.py), so
/// both are written down here but for four places: key id, payload, and the signature's halves.
library SealBytes {
    /// {1: -8 (EdDSA), 258: -16 (SHA-256), 259: "application/vnd.cargoseal.statement+cbor"}, with
    /// its head as a byte string of 52.
    bytes private constant PROTECTED = hex"5834a301271901022f19010378286170706c69636174696f6e2f766e642e636172676f7365616c2e"
        hex"73746174656d656e742b63626f72";

    /// The Sig_structure of RFC 9052, section 4.4: ["Signature1", protected, h'', payload].
    function signed(bytes32 payload) internal pure returns (bytes memory) {
        return abi.encodePacked(hex"846a", "Signature1", PROTECTED, hex"405820", payload);
    }

    /// Tag 18 of [protected, {4: key id}, payload, signature].
    function seal(bytes8 keyId, bytes32 payload, bytes32 r, bytes32 s)
        internal
        pure
        returns (bytes memory)
    {
        return abi.encodePacked(
            hex"d284", PROTECTED, hex"a10448", keyId, hex"5820", payload, hex"5840", r, s
        );
    }
}
