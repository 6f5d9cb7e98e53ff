// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title The name of a deployment that nodes seal for
/// @notice SHA-256 of the CBOR array ["cargoseal", chain id, token contract bstr20, deployment text],
/// as in cargoseal_wire/identity.py.
library AudienceBytes {
    error DeploymentTooLong(uint256 most, uint256 got);

    uint256 internal constant MAX_DEPLOYMENT_BYTES = 64;

    function digest(uint256 chainId, address token, string memory deployment)
        internal
        pure
        returns (bytes32)
    {
        uint256 length = bytes(deployment).length;
        if (length > MAX_DEPLOYMENT_BYTES) {
            revert DeploymentTooLong(MAX_DEPLOYMENT_BYTES, length);
        }
        return sha256(
            abi.encodePacked(
                hex"8469",
                "cargoseal",
                _head(0x00, chainId),
                hex"54",
                token,
                _head(0x60, length),
                deployment
            )
        );
    }

    /// The head of a CBOR item in its shortest form: of a major type and a number below 2^64.
    function _head(uint8 major, uint256 number) private pure returns (bytes memory) {
        if (number < 24) return abi.encodePacked(major | uint8(number));
        if (number < 1 << 8) return abi.encodePacked(major | 24, uint8(number));
        if (number < 1 << 16) return abi.encodePacked(major | 25, uint16(number));
        if (number < 1 << 32) return abi.encodePacked(major | 26, uint32(number));
        return abi.encodePacked(major | 27, uint64(number));
    }
}
