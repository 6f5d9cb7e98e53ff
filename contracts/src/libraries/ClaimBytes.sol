// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {CborReader} from "./CborReader.sol";

/// @title The bytes of a claim: what a node's model said of a window
/// @notice A deterministic CBOR array [salt bstr16, model input bstr, score]; see Claim in
/// cargoseal_wire/sections.py.
library ClaimBytes {
    uint8 internal constant ARRAY_OF_3 = 0x83;
    uint8 internal constant SALT_HEAD = 0x50;
    uint256 internal constant INPUT_AT = 18;

    /// Reverts with an error of CborReader unless `data` is exactly one claim.
    function parse(bytes calldata data)
        internal
        pure
        returns (bytes calldata input, uint64 score)
    {
        CborReader.expectLength(data, INPUT_AT + 2);
        CborReader.expectByte(data, 0, ARRAY_OF_3);
        CborReader.expectByte(data, 1, SALT_HEAD);
        uint256 next;
        (input, next) = CborReader.readString(data, INPUT_AT);
        (score, next) = CborReader.readUint(data, next);
        CborReader.expectEnd(data, next);
    }
}
