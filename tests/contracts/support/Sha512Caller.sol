// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Sha512} from "cargoseal/libraries/Sha512.sol";

/// @notice The digest of its calldata.
contract Sha512Caller {
    fallback() external {
        uint256 buffer = Sha512.BUFFER;
        assembly {
            calldatacopy(buffer, 0, calldatasize())
        }
        (uint256 first, uint256 last) = Sha512.digest(msg.data.length);
        assembly {
            mstore(0x00, first)
            mstore(0x20, last)
            return(0x00, 0x40)
        }
    }
}
