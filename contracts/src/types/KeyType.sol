// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @notice The signature scheme of a node's key.
type KeyType is uint8;

using {eqKeyType as ==} for KeyType global;

library KeyTypes {
    KeyType internal constant NONE = KeyType.wrap(0);
    KeyType internal constant ED25519 = KeyType.wrap(1);
    /// ECDSA on NIST P-256, as secure elements have it.
    KeyType internal constant P256 = KeyType.wrap(2);
}

function eqKeyType(KeyType a, KeyType b) pure returns (bool) {
    return KeyType.unwrap(a) == KeyType.unwrap(b);
}
