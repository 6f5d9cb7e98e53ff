// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {
    ERC721URIStorage
} from "@openzeppelin/contracts/token/ERC721/extensions/ERC721URIStorage.sol";

/// @notice What the benchmark compares with: every reading as JSON text in storage.
contract JsonReadings is ERC721("Readings", "READ") {
    address public immutable gateway = msg.sender;
    mapping(uint256 tokenId => string[]) private _readings;

    error NotGateway(address caller);

    function mint(address to, uint256 tokenId) external {
        _mint(to, tokenId);
    }

    function push(uint256 tokenId, string calldata json) external {
        if (msg.sender != gateway) revert NotGateway(msg.sender);
        _readings[tokenId].push(json);
    }
}

/// @notice What the benchmark compares with: a new token URI per update, as tutorials do it.
contract UriPerUpdate is ERC721URIStorage {
    address public immutable gateway = msg.sender;

    error NotGateway(address caller);

    constructor() ERC721("Uri", "URI") {}

    function mint(address to, uint256 tokenId) external {
        _mint(to, tokenId);
    }

    function setTokenURI(uint256 tokenId, string calldata uri) external {
        if (msg.sender != gateway) revert NotGateway(msg.sender);
        _setTokenURI(tokenId, uri);
    }
}
