// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title What a model blob must be before it is executed
/// @notice The rules of firmware/lib/cargoseal_score/blob.py, version 2, that bear upon the
/// arithmetic: lengths, widths, zero points, clamps, and that no accumulator leaves 24 bits.
/// The features' records say how readings become inputs; nothing here executes them, so only
/// their length is looked at.
library ModelBlob {
    uint256 internal constant HEADER_BYTES = 16;
    uint256 internal constant FEATURE_BYTES = 16;
    uint256 internal constant LAYER_HEADER_BYTES = 8;
    uint256 internal constant NEURON_BYTES = 9;
    uint256 internal constant MAX_BYTES = 24_576;
    uint256 internal constant MAX_WIDTH = 256;
    uint256 internal constant MAX_LAYERS = 8;
    uint256 private constant ACCUMULATOR_LIMIT = 1 << 24;
    /// Magic and version: 0x00 "CSM" 0x02.
    uint40 private constant MAGIC = 0x0043534d02;

    error NotABlob(uint40 expected, uint40 got);
    error WrongLength(uint256 expected, uint256 got);
    error OutOfRange(uint256 offset, int256 low, int256 high, int256 got);

    /// How many values with which zero point are handed on, and where the next layer begins.
    struct Shape {
        uint256 width;
        uint256 layers;
        int256 zero;
        uint256 next;
    }

    function check(bytes calldata blob) internal pure {
        Shape memory shape = _header(blob);
        (uint256 inputs, int256 zero) = (shape.width, shape.zero);
        for (uint256 i = 0; i < shape.layers; ++i) {
            _layer(blob, shape);
        }
        if (blob.length != shape.next) revert WrongLength(shape.next, blob.length);
        // The last layer gives what the first takes, so that the two can be compared.
        _same(6, int256(inputs), int256(shape.width));
        _same(9, zero, shape.zero);
    }

    function _header(bytes calldata blob) private pure returns (Shape memory shape) {
        _atLeast(blob, HEADER_BYTES);
        if (blob.length > MAX_BYTES) revert WrongLength(MAX_BYTES, blob.length);
        uint40 magic = uint40(bytes5(blob[:5]));
        if (magic != MAGIC) revert NotABlob(MAGIC, magic);
        _range(5, 0, 1, uint8(blob[5])); // kind: climate, handling
        shape.width = _uint16(blob, 6);
        shape.layers = uint8(blob[8]);
        shape.zero = _int8(blob, 9);
        _range(6, 1, MAX_WIDTH, shape.width);
        _range(8, 0, MAX_LAYERS, shape.layers);
        _range(10, 0, 0, uint48(bytes6(blob[10:16])));
        shape.next = HEADER_BYTES + FEATURE_BYTES * shape.width;
        _atLeast(blob, shape.next);
    }

    /// Checks the layer at `shape.next`, which is fed by `shape`, and makes `shape` what it gives.
    function _layer(bytes calldata blob, Shape memory shape) private pure {
        uint256 offset = shape.next;
        _atLeast(blob, offset + LAYER_HEADER_BYTES);
        uint256 width = shape.width;
        uint256 outputs = _uint16(blob, offset + 2);
        _same(offset, int256(width), int256(_uint16(blob, offset)));
        _range(offset + 2, 1, MAX_WIDTH, outputs);
        _same(offset + 4, shape.zero, _int8(blob, offset + 4));
        (int256 low, int256 high) = (_int8(blob, offset + 6), _int8(blob, offset + 7));
        if (low > high) revert OutOfRange(offset + 6, type(int8).min, high, low);
        uint256 row = offset + LAYER_HEADER_BYTES;
        uint256 neuron = row + width * outputs;
        shape.next = neuron + NEURON_BYTES * outputs;
        _atLeast(blob, shape.next);
        for (; neuron < shape.next; neuron += NEURON_BYTES) {
            _neuron(blob[row:row + width], blob[neuron:neuron + NEURON_BYTES], neuron);
            row += width;
        }
        shape.width = outputs;
        shape.zero = _int8(blob, offset + 5);
    }

    /// The rules that keep an accumulator below 2^24 and a rounding exact.
    function _neuron(bytes calldata weights, bytes calldata neuron, uint256 offset) private pure {
        int256 bias = int32(uint32(bytes4(neuron[:4])));
        uint256 reach = 255 * _magnitude(weights) + uint256(bias < 0 ? -bias : bias);
        _range(offset, 0, ACCUMULATOR_LIMIT - 1, reach);
        _range(offset + 4, 1 << 30, (1 << 31) - 1, uint32(bytes4(neuron[4:8])));
        _range(offset + 8, 0, 31, uint8(neuron[8]));
    }

    /// The sum of the absolute values of int8 weights.
    function _magnitude(bytes calldata weights) private pure returns (uint256 total) {
        assembly ("memory-safe") {
            let end := add(weights.offset, weights.length)
            for { let at := weights.offset } lt(at, end) { at := add(at, 1) } {
                let weight := byte(0, calldataload(at))
                if gt(weight, 127) { weight := sub(256, weight) }
                total := add(total, weight)
            }
        }
    }

    function _range(uint256 offset, uint256 low, uint256 high, uint256 got) private pure {
        if (got < low || got > high) {
            revert OutOfRange(offset, int256(low), int256(high), int256(got));
        }
    }

    function _atLeast(bytes calldata blob, uint256 length) private pure {
        if (blob.length < length) revert WrongLength(length, blob.length);
    }

    function _same(uint256 offset, int256 expected, int256 got) private pure {
        if (got != expected) revert OutOfRange(offset, expected, expected, got);
    }

    function _uint16(bytes calldata blob, uint256 offset) private pure returns (uint256) {
        return uint16(bytes2(blob[offset:offset + 2]));
    }

    function _int8(bytes calldata blob, uint256 offset) private pure returns (int256) {
        return int8(uint8(blob[offset]));
    }
}
