// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title The little of CBOR that sealed bytes need
/// @notice Deterministic encoding only (RFC 8949, section 4.2.1): an integer in more bytes than it
/// needs is refused. Every error says at which byte, what was expected and what came.
library CborReader {
    error UnexpectedByte(uint256 offset, uint8 expected, uint8 got);
    error NotAnUnsignedInteger(uint256 offset, uint8 got);
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
    function readBytes32(bytes calldata data, uint256 offset) internal pure returns (bytes32) {
        expectByte(data, offset - 2, 0x58);
        expectByte(data, offset - 1, 0x20);
        return bytes32(data[offset:offset + 32]);
    }

    /// A byte string of 8 bytes whose content begins at `offset`; its byte of head is before.
    function readBytes8(bytes calldata data, uint256 offset) internal pure returns (bytes8) {
        expectByte(data, offset - 1, 0x48);
        return bytes8(data[offset:offset + 8]);
    }

    /// An unsigned integer whose head is at `offset`; `next` is the offset behind it.
    function readUint(bytes calldata data, uint256 offset)
        internal
        pure
        returns (uint64 value, uint256 next)
    {
        expectLength(data, offset + 1);
        uint8 head = uint8(data[offset]);
        if (head < 24) return (head, offset + 1);
        if (head > 27) revert NotAnUnsignedInteger(offset, head);
        uint256 size = 1 << (head - 24);
        next = offset + 1 + size;
        expectLength(data, next);
        value = uint64(uint256(bytes32(data[offset + 1:next])) >> (256 - 8 * size));
        uint64 least = size == 1 ? 24 : uint64(1) << uint64(4 * size);
        if (value < least) revert NotShortest(offset, value);
    }

    function expectEnd(bytes calldata data, uint256 offset) internal pure {
        if (data.length != offset) revert TrailingBytes(offset, data.length);
    }
}
