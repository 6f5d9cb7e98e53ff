// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title The little of CBOR that sealed bytes need
/// @notice Deterministic encoding only (RFC 8949, section 4.2.1): an integer in more bytes than it
/// needs is refused. Every error says at which byte, what was expected and what came.
/// @dev Words are loaded from the calldata at once and compared as such: a slice costs ten times as
/// much. What lies behind the data is never looked at: every length is compared first.
library CborReader {
    error UnexpectedByte(uint256 offset, uint8 expected, uint8 got);
    error NotAnUnsignedInteger(uint256 offset, uint8 got);
    error NotAByteString(uint256 offset, uint8 got);
    error NotShortest(uint256 offset, uint64 value);
    error TooShort(uint256 expected, uint256 got);
    error TrailingBytes(uint256 expected, uint256 got);

    function expectLength(bytes calldata data, uint256 least) internal pure {
        if (data.length < least) revert TooShort(least, data.length);
    }

    function expectByte(bytes calldata data, uint256 offset, uint8 expected) internal pure {
        uint8 got = uint8(data[offset]);
        if (got != expected) revert UnexpectedByte(offset, expected, got);
    }

    /// A byte string of 32 bytes whose content begins at `offset`; its two bytes of head are before.
    function readBytes32(bytes calldata data, uint256 offset)
        internal
        pure
        returns (bytes32 value)
    {
        expectLength(data, offset + 32);
        uint256 heads;
        assembly ("memory-safe") {
            value := calldataload(add(data.offset, offset))
            heads := shr(240, calldataload(sub(add(data.offset, offset), 2)))
        }
        if (heads == 0x5820) return value;
        expectByte(data, offset - 2, 0x58);
        expectByte(data, offset - 1, 0x20);
    }

    /// A byte string of 8 bytes whose content begins at `offset`; its byte of head is before.
    function readBytes8(bytes calldata data, uint256 offset) internal pure returns (bytes8) {
        expectLength(data, offset + 8);
        expectByte(data, offset - 1, 0x48);
        return bytes8(_word(data, offset));
    }

    /// A byte string of fewer than 2^16 bytes whose head is at `offset`; `next` is the offset behind
    /// it.
    function readString(bytes calldata data, uint256 offset)
        internal
        pure
        returns (bytes calldata value, uint256 next)
    {
        expectLength(data, offset + 1);
        uint8 head = uint8(data[offset]);
        if (head < 0x40 || head > 0x59) revert NotAByteString(offset, head);
        uint256 size = head - 0x40;
        next = offset + 1;
        if (size >= 24) {
            uint256 wide = size - 23; // of the length: one byte or two
            expectLength(data, next + wide);
            size = uint256(bytes32(data[next:next + wide])) >> (256 - 8 * wide);
            if (size < (wide == 1 ? 24 : 256)) revert NotShortest(offset, uint64(size));
            next += wide;
        }
        expectLength(data, next + size);
        value = data[next:next + size];
        next += size;
    }

    /// An unsigned integer whose head is at `offset`; `next` is the offset behind it.
    function readUint(bytes calldata data, uint256 offset)
        internal
        pure
        returns (uint64 value, uint256 next)
    {
        unchecked {
            expectLength(data, offset + 1);
            uint256 word = uint256(_word(data, offset));
            uint256 head = word >> 248;
            if (head < 24) return (uint64(head), offset + 1);
            if (head > 27) revert NotAnUnsignedInteger(offset, uint8(head));
            uint256 size = 1 << (head - 24);
            next = offset + 1 + size;
            expectLength(data, next);
            value = uint64((word << 8) >> (256 - 8 * size));
            uint256 least = size == 1 ? 24 : 1 << (4 * size);
            if (value < least) revert NotShortest(offset, value);
        }
    }

    /// The 32 bytes from `offset` on; those behind the end are anything.
    function _word(bytes calldata data, uint256 offset) private pure returns (bytes32 word) {
        assembly ("memory-safe") {
            word := calldataload(add(data.offset, offset))
        }
    }

    function expectEnd(bytes calldata data, uint256 offset) internal pure {
        if (data.length != offset) revert TrailingBytes(offset, data.length);
    }
}
