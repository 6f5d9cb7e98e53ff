// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Shipped} from "../../contracts/script/Shipped.sol";
import {IInt8Model} from "cargoseal/interfaces/IInt8Model.sol";
import {ModelBlob} from "cargoseal/libraries/ModelBlob.sol";
import {Test} from "./support/Vm.sol";

/// The kernels against the arithmetic as infer.py has it, written here once more and plainly. Whole
/// networks against cargoseal_score itself are in test_int8.py and tests/bits.
contract Int8ModelTest is Test {
    IInt8Model private _models;

    function setUp() public {
        _models = IInt8Model(Shipped.deploy("Int8Model", ""));
    }

    struct Neuron {
        int256 bias;
        uint256 multiplier;
        uint256 shift;
    }

    struct Shape {
        uint256 width;
        int8 zero;
        int8 low;
        int8 high;
    }

    /// A model of one layer: as many outputs as inputs.
    function _blob(Shape memory shape, bytes memory weights, Neuron[] memory neurons)
        private
        pure
        returns (bytes memory blob)
    {
        uint16 width = uint16(shape.width);
        blob = abi.encodePacked(hex"0043534d0200", width, uint8(1), shape.zero, bytes6(0));
        for (uint256 i = 0; i < width; ++i) {
            blob = abi.encodePacked(blob, uint96(1), uint32(0)); // multiplier 1
        }
        blob = abi.encodePacked(
            blob, width, width, shape.zero, shape.zero, shape.low, shape.high, weights
        );
        for (uint256 i = 0; i < width; ++i) {
            Neuron memory one = neurons[i];
            blob =
                abi.encodePacked(blob, int32(one.bias), uint32(one.multiplier), uint8(one.shift));
        }
    }

    function _score(
        Shape memory shape,
        bytes memory weights,
        Neuron[] memory neurons,
        bytes memory input
    ) private pure returns (uint256 score) {
        for (uint256 i = 0; i < shape.width; ++i) {
            int256 acc = neurons[i].bias;
            for (uint256 j = 0; j < shape.width; ++j) {
                acc += _int8(weights[i * shape.width + j]) * (_int8(input[j]) - shape.zero);
            }
            int256 y = _requantized(acc, neurons[i]) + shape.zero;
            if (y < shape.low) y = shape.low;
            if (y > shape.high) y = shape.high;
            int256 off = y - _int8(input[i]);
            score += uint256(off * off);
        }
    }

    function _requantized(int256 acc, Neuron memory one) private pure returns (int256 t) {
        t = (acc * int256(one.multiplier) + 0x40000000) >> 31;
        if (one.shift == 0) return t;
        return (t + int256(1 << (one.shift - 1)) - (t < 0 ? int256(1) : int256(0))) >> one.shift;
    }

    function _int8(bytes1 value) private pure returns (int256) {
        return int8(uint8(value));
    }

    function _random(uint256 seed, string memory what, uint256 index)
        private
        pure
        returns (uint256)
    {
        return uint256(keccak256(abi.encode(seed, what, index)));
    }

    function _neurons(uint256 seed, uint256 width) private pure returns (Neuron[] memory all) {
        all = new Neuron[](width);
        for (uint256 i = 0; i < width; ++i) {
            all[i].bias = int256(_random(seed, "bias", i) % 4_000_001) - 2_000_000;
            all[i].multiplier = (1 << 30) + _random(seed, "multiplier", i) % (1 << 30);
            all[i].shift = _random(seed, "shift", i) % 32;
        }
    }

    function _bytes(uint256 seed, string memory what, uint256 count)
        private
        pure
        returns (bytes memory made)
    {
        made = new bytes(count);
        for (uint256 i = 0; i < count; ++i) {
            made[i] = bytes1(uint8(_random(seed, what, i)));
        }
    }

    function testFuzz_a_layer_gives_what_the_plain_arithmetic_gives(uint256 seed) public {
        Shape memory shape;
        shape.width = 1 + _random(seed, "width", 0) % 40;
        shape.zero = int8(uint8(_random(seed, "zero", 0)));
        shape.low = -128 + int8(uint8(_random(seed, "low", 0) % 128));
        shape.high = int8(uint8(_random(seed, "high", 0) % 128));
        bytes memory weights = _bytes(seed, "weights", shape.width * shape.width);
        Neuron[] memory neurons = _neurons(seed, shape.width);
        bytes memory input = _bytes(seed, "input", shape.width);
        bytes32 model = _models.store(_blob(shape, weights, neurons));
        vm.assertEq(_models.score(model, input), _score(shape, weights, neurons, input));
    }

    function testFuzz_a_baseline_gives_the_largest_squared_distance(
        bytes32 input,
        uint256 width,
        int8 zero
    ) public {
        width = 1 + width % 32;
        bytes memory blob = abi.encodePacked(hex"0043534d0200", uint16(width), uint8(0), zero);
        blob = abi.encodePacked(blob, bytes6(0), new bytes(16 * width));
        bytes memory row = new bytes(width);
        uint256 most = 0;
        for (uint256 i = 0; i < width; ++i) {
            row[i] = input[i];
            int256 off = _int8(input[i]) - zero;
            if (uint256(off * off) > most) most = uint256(off * off);
        }
        vm.assertEq(_models.score(_models.store(blob), row), most);
    }

    // ---------------------------------------------------------------------------------- storing

    function _small() private pure returns (bytes memory) {
        Neuron[] memory neurons = new Neuron[](1);
        neurons[0] = Neuron(5, 1 << 30, 0);
        return _blob(Shape(1, 0, -128, 127), hex"02", neurons);
    }

    function test_keeps_the_blob_as_code_under_its_sha256_and_says_so() public {
        bytes memory blob = _small();
        vm.expectEmit(true, false, false, false, address(_models));
        emit IInt8Model.Stored(sha256(blob), address(0));
        bytes32 model = _models.store(blob);
        vm.assertEq(model, sha256(blob));
        vm.assertEq(_models.codeOf(model).code, blob);
    }

    function test_an_unknown_model_has_no_code_and_no_score() public {
        vm.assertEq(_models.codeOf("unknown"), address(0));
        vm.expectRevert(abi.encodeWithSelector(IInt8Model.NotStored.selector, bytes32("unknown")));
        _models.score("unknown", "");
    }

    function test_refuses_what_is_no_blob() public {
        bytes memory blob = _small();
        blob[1] = "X";
        vm.expectRevert(
            abi.encodeWithSelector(ModelBlob.NotABlob.selector, 0x0043534d02, 0x0058534d02)
        );
        _models.store(blob);
    }

    function test_refuses_a_blob_that_is_cut_or_has_more() public {
        bytes memory blob = _small();
        bytes4 refusal = ModelBlob.WrongLength.selector;
        vm.expectRevert(abi.encodeWithSelector(refusal, blob.length, blob.length + 1));
        _models.store(abi.encodePacked(blob, bytes1(0)));
        vm.expectRevert(abi.encodeWithSelector(refusal, 16, 0));
        _models.store("");
    }

    function test_refuses_an_input_of_another_length() public {
        bytes32 model = _models.store(_small());
        vm.expectRevert(abi.encodeWithSelector(IInt8Model.WrongInput.selector, 1, 2));
        _models.score(model, hex"0102");
    }
}
