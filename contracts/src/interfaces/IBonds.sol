// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @notice What gateways leave behind as a pledge. See Bonds for the rules.
interface IBonds {
    event Bonded(uint16 indexed gateway, address indexed owner, uint256 added);
    event Unbonded(uint16 indexed gateway, address indexed owner, uint256 amount);
    event Collected(address indexed account, uint256 amount);

    error NotGateway(address account);
    error OtherOwner(uint16 gateway, address owner);
    error NothingThere();
    error BondLocked(uint16 gateway, uint256 until);
    error PaymentFailed(address to);

    function deposit() external payable;
    function withdraw(uint16 gateway) external;
    function collect() external;

    function bondOf(uint16 gateway)
        external
        view
        returns (address owner, uint256 amount, uint256 lockedUntil);
    function owedTo(address account) external view returns (uint256);
    function burnt() external view returns (uint256);
}
