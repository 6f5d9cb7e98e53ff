// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Shipped} from "../../contracts/script/Shipped.sol";
import {Test} from "./support/Vm.sol";

/// The other tests run the committed bytecode: it must be that of the sources beside them.
contract ShippedTest is Test {
    function _sameAsBuilt(string memory name) private view {
        _sameAsBuilt(name, name);
    }

    /// `maker`: the contract whose creation code is shipped.
    function _sameAsBuilt(string memory name, string memory maker) private view {
        string memory path = string.concat("out/", name, ".sol/", maker, ".json");
        bytes memory built = vm.parseJsonBytes(vm.readFile(path), ".bytecode.object");
        vm.assertTrue(
            keccak256(built) == keccak256(Shipped.code(name)),
            string.concat(name, ": run tools/contracts.py")
        );
    }

    function test_the_committed_bytecode_is_what_the_sources_give() public view {
        _sameAsBuilt("CargoToken");
        _sameAsBuilt("DeviceRegistry");
        _sameAsBuilt("ModelRegistry");
        _sameAsBuilt("Renderer");
        _sameAsBuilt("EvidenceVerifier");
        _sameAsBuilt("Ed25519Verifier", "Ed25519VerifierCreation");
        _sameAsBuilt("Int8Model");
        _sameAsBuilt("Dispute");
    }
}
