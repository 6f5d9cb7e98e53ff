// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Signatures on the curve P-256, by the chain's own precompile (EIP-7951)
/// @notice The precompile answers a good signature with 1 and everything else with nothing; an
/// address without a precompile answers nothing too. `isThere` tells the two apart, with a signature
/// that is known to be good. Where it is not there nothing is checked by other means.
library P256 {
    address internal constant PRECOMPILE = address(0x100);

    /// Whether (r, s) is an ECDSA signature of a message with this SHA-256 by the key (x, y).
    function isSigned(bytes32 digest, bytes32 r, bytes32 s, bytes32 x, bytes32 y)
        internal
        view
        returns (bool)
    {
        (bool done, bytes memory answer) =
            PRECOMPILE.staticcall(abi.encodePacked(digest, r, s, x, y));
        return done && answer.length == 32 && uint256(bytes32(answer)) == 1;
    }

    /// RFC 6979, appendix A.2.5: the signature of "sample" with SHA-256.
    function isThere() internal view returns (bool) {
        return isSigned(
            sha256("sample"),
            0xefd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716,
            0xf7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8,
            0x60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6,
            0x7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299
        );
    }
}
