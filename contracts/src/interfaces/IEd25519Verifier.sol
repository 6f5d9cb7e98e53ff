// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Finding} from "../types/Finding.sol";

/// @notice Examines Ed25519 signatures. See Ed25519Verifier for the equation and what the hints
/// are; cargoseal.chain.ed25519_hints makes them.
interface IEd25519Verifier {
    /// @param r The first 32 bytes of the signature, @param s the last 32.
    /// @param hints x of the key's point, x of R's point, and the scalars: a sign in bit 255, u in
    /// the 127 bits below it, v in the lower 128.
    function examine(
        bytes calldata message,
        bytes32 publicKey,
        bytes32 r,
        bytes32 s,
        uint256[3] calldata hints
    ) external view returns (Finding);
}
