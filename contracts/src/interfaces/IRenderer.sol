// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Status} from "./ICargoToken.sol";

/// @notice Turns a token's state into what wallets and marketplaces show. It decides nothing:
/// `statusOf` is the truth, this is a picture of it.
interface IRenderer {
    /// `stale`: the token's gateway has been silent for too long, see `ICargoToken.isStale`.
    function tokenURI(
        uint256 tokenId,
        Status calldata status,
        bool stale,
        string calldata deployment
    ) external view returns (string memory);

    function contractURI(string calldata deployment) external view returns (string memory);
}
