// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IInt8Model} from "../interfaces/IInt8Model.sol";

/// @title The int8 kernels of firmware/lib/cargoseal_score/infer.py, eight products to a MUL
/// @notice The blob is read from an address's code and must keep the rules of `ModelBlob`: for
/// other bytes the result means nothing. The arithmetic is that of infer.py, to the bit:
///
///     acc   = bias + sum w * (x - zero_in)
///     t     = (acc * multiplier + 2^30) >> 31
///     y     = clamp(((t + 2^(shift-1) - (t < 0)) >> shift) + zero_out, low, high)
///     score = sum (y - x)^2, or for a baseline (no layers) max (x - zero)^2
///
/// How a row is multiplied. A word of 32 weights is made unsigned (w + 128, by XOR) and split into
/// four words W0 … W3 of eight 32-bit lanes, lane by lane every fourth byte. The centred inputs
/// d = x - zero are laid out likewise in X0 … X3, but with the lanes in the opposite order, so that
/// the top lane of Wi * Xi is the sum of eight products:
///
///     sum w * d = top lane of (W0*X0 + W1*X1 + W2*X2 + W3*X3) - 128 * sum d
///
/// A row of at most 16 weights fills half a word. Two rows then share one word: with only the four
/// lower lanes of X in use, the first row's sum is in lane 7 and the second's in lane 3.
///
/// d may be negative: X is the plain sum of d * 2^(32 * lane), so a negative lane borrows from the
/// one above it. Adding `LIFT`, 2^24 in every lane whose sum is not looked at, pays that back: a
/// lane's sum has at most 256 products of at most 255^2, which is below 2^24 in size. The
/// multiplier that lies beside the bias is below 2^31: adding both at once carries nothing either.
/// Places behind the end of a row have d = 0: whatever weights lie there count nothing.
/// @dev Takes the memory from 0x80 on for itself: a caller has nothing there. The lines that make
/// an output of a sum are written out three times and those that multiply a word twice, because
/// a call costs 30 gas for each neuron.
library Int8Kernel {
    uint256 private constant INPUT = 0x80; // the model's inputs, as bytes
    uint256 private constant OUTPUT = 0x1a0; // the outputs of the layer that ran last
    uint256 private constant WORDS = 0x2c0; // X words, four for every 32 inputs of a layer
    uint256 private constant BLOB = 0x6c0;

    uint256 private constant SIGNS =
        0x8080808080808080808080808080808080808080808080808080808080808080;
    uint256 private constant BYTES =
        0x0101010101010101010101010101010101010101010101010101010101010101;
    uint256 private constant LANES =
        0x000000ff000000ff000000ff000000ff000000ff000000ff000000ff000000ff;
    uint256 private constant ONES =
        0x0000000100000001000000010000000100000001000000010000000100000001;
    uint256 private constant LIFT =
        0x0000000001000000010000000100000001000000010000000100000001000000;
    uint256 private constant LIFT_FOR_TWO =
        0x0000000001000000010000000100000000000000010000000100000001000000;
    uint256 private constant LOWER_64 =
        0x0000000000000000ffffffffffffffff0000000000000000ffffffffffffffff;
    uint256 private constant LOWER_32 =
        0x00000000ffffffff00000000ffffffff00000000ffffffff00000000ffffffff;

    /// The score of `input` by the model that is `code`'s code. Reverts with WrongInput unless
    /// there are as many bytes as the model has inputs.
    function score(address code, bytes calldata input) internal view returns (uint256) {
        (uint256 inputs, uint256 layers, uint256 zero) = _load(code);
        if (inputs != input.length) revert IInt8Model.WrongInput(inputs, input.length);
        assembly {
            calldatacopy(INPUT, input.offset, inputs)
            mstore(add(INPUT, inputs), mul(zero, BYTES))
        }
        return layers == 0 ? _farthest(inputs, zero) : _run(inputs, layers);
    }

    /// Copies the blob to memory; gives what its header says, the zero point as a byte.
    function _load(address code)
        private
        view
        returns (uint256 inputs, uint256 layers, uint256 zero)
    {
        assembly {
            extcodecopy(code, BLOB, 0, extcodesize(code))
            let head := mload(BLOB)
            inputs := and(shr(192, head), 0xffff)
            layers := byte(8, head)
            zero := byte(9, head)
        }
    }

    /// A baseline's score: the largest squared distance from the zero point.
    function _farthest(uint256 count, uint256 zero) private pure returns (uint256 result) {
        assembly {
            zero := signextend(0, zero)
            let end := add(INPUT, count)
            for { let at := INPUT } lt(at, end) { at := add(at, 1) } {
                let off := sub(signextend(0, byte(0, mload(at))), zero)
                off := mul(off, off)
                if gt(off, result) { result := off }
            }
        }
    }

    /// Runs all layers; the score of what the last one gives.
    function _run(uint256 inputs, uint256 layers) private pure returns (uint256 result) {
        assembly {
            // Eight lanes in the opposite order.
            function reversed(x) -> y {
                x := or(shl(128, x), shr(128, x))
                x := or(and(shl(64, x), not(LOWER_64)), and(shr(64, x), LOWER_64))
                y := or(and(shl(32, x), not(LOWER_32)), and(shr(32, x), LOWER_32))
            }
            // Lays out `count` bytes at `from` as X words; gives -128 * sum d.
            function spread(from, count, zero) -> sum {
                let to := WORDS
                zero := mul(xor(zero, 0x80), ONES)
                for { let end := add(from, count) } lt(from, end) { from := add(from, 0x20) } {
                    let x := reversed(xor(mload(from), SIGNS))
                    let d := sub(and(shr(24, x), LANES), zero)
                    mstore(to, d)
                    sum := add(sum, d)
                    d := sub(and(shr(16, x), LANES), zero)
                    mstore(add(to, 0x20), d)
                    sum := add(sum, d)
                    d := sub(and(shr(8, x), LANES), zero)
                    mstore(add(to, 0x40), d)
                    sum := add(sum, d)
                    d := sub(and(x, LANES), zero)
                    mstore(add(to, 0x60), d)
                    sum := add(sum, d)
                    to := add(to, 0x80)
                }
                sum := shl(7, sub(0, sar(224, add(mul(sum, ONES), LIFT))))
            }
            // A layer of at most 16 inputs. An odd last row brings one output too many.
            function narrow(weights, neuron, count, end, start, zero, low, span) {
                start := add(or(shl(224, start), shl(96, and(start, 0xffffffff))), LIFT_FOR_TWO)
                for { let to := OUTPUT } lt(to, end) { to := add(to, 2) } {
                    let w := shl(128, shr(128, mload(weights)))
                    w := xor(or(w, shr(128, mload(add(weights, count)))), SIGNS)
                    let sums :=
                        add(
                            add(
                                add(start, mul(and(shr(24, w), LANES), mload(WORDS))),
                                mul(and(shr(16, w), LANES), mload(add(WORDS, 0x20)))
                            ),
                            add(
                                mul(and(shr(8, w), LANES), mload(add(WORDS, 0x40))),
                                mul(and(w, LANES), mload(add(WORDS, 0x60)))
                            )
                        )
                    {
                        let p := mload(neuron) // bias | multiplier | shift | …
                        let t := mul(sar(224, add(sums, p)), and(shr(192, p), 0xffffffff))
                        t := sar(31, add(t, 0x40000000))
                        p := byte(8, p)
                        t := sar(p, add(t, shr(1, sub(shl(p, 1), shr(255, t)))))
                        t := add(t, zero)
                        if gt(t, span) { t := mul(span, sgt(t, 0)) }
                        mstore8(to, add(t, low))
                    }
                    {
                        let p := mload(add(neuron, 9))
                        let t := add(shl(128, sums), p)
                        t := mul(sar(224, t), and(shr(192, p), 0xffffffff))
                        t := sar(31, add(t, 0x40000000))
                        p := byte(8, p)
                        t := sar(p, add(t, shr(1, sub(shl(p, 1), shr(255, t)))))
                        t := add(t, zero)
                        if gt(t, span) { t := mul(span, sgt(t, 0)) }
                        mstore8(add(to, 1), add(t, low))
                    }
                    neuron := add(neuron, 18)
                    weights := add(weights, add(count, count))
                }
            }
            // A layer of more: a row is one word or several.
            function wide(weights, neuron, count, end, start, zero, low, span) {
                start := add(shl(224, start), LIFT)
                for { let to := OUTPUT } lt(to, end) { to := add(to, 1) } {
                    let w := xor(mload(weights), SIGNS)
                    let sum :=
                        add(
                            add(
                                add(start, mul(and(shr(24, w), LANES), mload(WORDS))),
                                mul(and(shr(16, w), LANES), mload(add(WORDS, 0x20)))
                            ),
                            add(
                                mul(and(shr(8, w), LANES), mload(add(WORDS, 0x40))),
                                mul(and(w, LANES), mload(add(WORDS, 0x60)))
                            )
                        )
                    for { let i := 0x20 } lt(i, count) { i := add(i, 0x20) } {
                        w := xor(mload(add(weights, i)), SIGNS)
                        let x := add(WORDS, shl(2, i))
                        sum := add(
                            add(
                                add(sum, mul(and(shr(24, w), LANES), mload(x))),
                                mul(and(shr(16, w), LANES), mload(add(x, 0x20)))
                            ),
                            add(
                                mul(and(shr(8, w), LANES), mload(add(x, 0x40))),
                                mul(and(w, LANES), mload(add(x, 0x60)))
                            )
                        )
                    }
                    {
                        let p := mload(neuron)
                        let t := mul(sar(224, add(sum, p)), and(shr(192, p), 0xffffffff))
                        t := sar(31, add(t, 0x40000000))
                        p := byte(8, p)
                        t := sar(p, add(t, shr(1, sub(shl(p, 1), shr(255, t)))))
                        t := add(t, zero)
                        if gt(t, span) { t := mul(span, sgt(t, 0)) }
                        mstore8(to, add(t, low))
                    }
                    neuron := add(neuron, 9)
                    weights := add(weights, count)
                }
            }
            // Runs the layer at `at` on the bytes at `from`; gives where the next layer begins.
            // An output is clamped as its distance from `low`, in one comparison without sign.
            function layer(at, from) -> next {
                let head := mload(at)
                at := add(at, 8)
                let count := shr(240, head)
                let outputs := and(shr(224, head), 0xffff)
                next := add(at, mul(count, outputs))
                let start := spread(from, count, byte(4, head))
                let low := signextend(0, byte(6, head))
                let zero := sub(signextend(0, byte(5, head)), low)
                let span := sub(signextend(0, byte(7, head)), low)
                switch gt(count, 16)
                case 0 { narrow(at, next, count, add(OUTPUT, outputs), start, zero, low, span) }
                default { wide(at, next, count, add(OUTPUT, outputs), start, zero, low, span) }
                mstore(add(OUTPUT, outputs), mul(byte(5, head), BYTES))
                next := add(next, mul(9, outputs))
            }
            // The sum of squared differences of `count` bytes at INPUT and at OUTPUT: differences
            // in lanes times the same differences with the lanes in the opposite order.
            function distance(count) -> sum {
                sum := LIFT
                for { let i := 0 } lt(i, count) { i := add(i, 0x20) } {
                    let x := xor(mload(add(INPUT, i)), SIGNS)
                    let y := xor(mload(add(OUTPUT, i)), SIGNS)
                    let p := reversed(x)
                    let q := reversed(y)
                    sum := add(
                        sum,
                        mul(sub(and(x, LANES), and(y, LANES)), sub(and(p, LANES), and(q, LANES)))
                    )
                    sum := add(
                        sum,
                        mul(
                            sub(and(shr(8, x), LANES), and(shr(8, y), LANES)),
                            sub(and(shr(8, p), LANES), and(shr(8, q), LANES))
                        )
                    )
                    sum := add(
                        sum,
                        mul(
                            sub(and(shr(16, x), LANES), and(shr(16, y), LANES)),
                            sub(and(shr(16, p), LANES), and(shr(16, q), LANES))
                        )
                    )
                    sum := add(
                        sum,
                        mul(
                            sub(and(shr(24, x), LANES), and(shr(24, y), LANES)),
                            sub(and(shr(24, p), LANES), and(shr(24, q), LANES))
                        )
                    )
                }
                sum := shr(224, sum)
            }

            let at := layer(add(BLOB, shl(4, add(1, inputs))), INPUT)
            for {} gt(layers, 1) { layers := sub(layers, 1) } { at := layer(at, OUTPUT) }
            result := distance(inputs)
        }
    }
}
