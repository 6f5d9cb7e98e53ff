// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @notice One model; all zero when it is not registered. Times are Unix seconds; `retiredAt` is 0
/// while the model is in use.
struct Model {
    bytes32 tfliteDigest;
    bytes32 lineage;
    uint40 activeFrom;
    uint40 retiredAt;
}

/// @notice The model that a profile is judged with, and from which score on a single window is worth
/// a flag; 0: none is.
struct Pointer {
    bytes32 blobDigest;
    uint64 threshold;
}

/// @notice Which models nodes may score with. See ModelRegistry for the invariants.
interface IModelRegistry {
    event ModelRegistered(
        bytes32 indexed blobDigest, bytes32 tfliteDigest, bytes32 lineage, uint40 activeFrom
    );
    event ModelRetired(bytes32 indexed blobDigest, uint40 time);

    event ProfilePointed(
        bytes32 indexed profile,
        uint8 indexed kind,
        bytes32 before,
        bytes32 blobDigest,
        uint64 threshold
    );

    error EmptyDigest();
    error UnknownModel(bytes32 blobDigest);
    error ModelNotActive(bytes32 blobDigest);
    error ModelKnown(bytes32 blobDigest);
    error RetirementCannotMoveLater(bytes32 blobDigest, uint40 current, uint40 got);
    error RetiredBeforeActive(bytes32 blobDigest, uint40 activeFrom, uint40 got);

    function register(bytes32 blobDigest, bytes32 tfliteDigest, bytes32 lineage, uint40 activeFrom)
        external;
    function retire(bytes32 blobDigest, uint40 time) external;
    function point(bytes32 profile, uint8 kind, bytes32 blobDigest, uint64 threshold) external;

    function modelOf(bytes32 blobDigest) external view returns (Model memory);
    function currentOf(bytes32 profile, uint8 kind) external view returns (bytes32 blobDigest);
    function pointerAt(bytes32 profile, uint8 kind, uint40 time)
        external
        view
        returns (Pointer memory);
    function isActive(bytes32 blobDigest) external view returns (bool);
    function isActiveAt(bytes32 blobDigest, uint40 time) external view returns (bool);
    function modelCount() external view returns (uint256);
    function modelAt(uint256 index) external view returns (bytes32 blobDigest);
}
