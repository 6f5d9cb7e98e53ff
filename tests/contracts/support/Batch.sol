// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @notice Makes many calls of one contract in one call. Input: the contract (32 bytes), then for
/// each call its length (2 bytes) and its bytes. Output: for each 32 bytes, what it answered, or all
/// ones when it reverted.
contract Batch {
    fallback() external {
        assembly {
            let target := calldataload(0)
            let to := 0x10000 // a call has fewer bytes than lie below
            let at := 0x20
            for {} lt(at, calldatasize()) { to := add(to, 0x20) } {
                let length := shr(240, calldataload(at))
                calldatacopy(0, add(at, 2), length)
                at := add(at, add(2, length))
                if iszero(staticcall(gas(), target, 0, length, to, 0x20)) {
                    mstore(to, not(0))
                }
            }
            return(0x10000, sub(to, 0x10000))
        }
    }
}
