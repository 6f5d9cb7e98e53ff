// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {CborReader} from "./CborReader.sol";

/// @notice What a node signed about one window of readings.
struct SealedStatement {
    bytes32 audience;
    bytes8 node;
    bytes32 previous;
    bytes32 model;
    bytes32 claimDigest;
    bytes32 readingsDigest;
    bytes32 locationDigest;
    uint64 kind;
    uint64 boot;
    uint64 counter;
    uint64 startMs;
    uint64 uptimeMs;
    uint64 durationMs;
    uint64 clockSource;
    uint64 clockErrorMs;
    uint64 count;
    uint64 dropped;
    uint64 flags;
    uint64 application;
    uint64 configuration;
}

/// @title The bytes of a statement
/// @notice A deterministic CBOR array of 21 whose byte strings come first, so that each is at the
/// same place in every statement; see cargoseal_wire/statement.py, which has the same offsets.
library StatementBytes {
    uint8 internal constant ARRAY_OF_21 = 0x95;
    uint8 internal constant VERSION = 1;
    uint256 internal constant AUDIENCE_AT = 4;
    uint256 internal constant NODE_AT = 37;
    uint256 internal constant PREVIOUS_AT = 47;
    uint256 internal constant MODEL_AT = 81;
    uint256 internal constant CLAIM_AT = 115;
    uint256 internal constant READINGS_AT = 149;
    uint256 internal constant LOCATION_AT = 183;
    uint256 internal constant NUMBERS_AT = 215;

    /// Reverts with an error of CborReader unless `data` is exactly one statement.
    function parse(bytes calldata data) internal pure returns (SealedStatement memory statement) {
        CborReader.expectLength(data, NUMBERS_AT + 13);
        CborReader.expectByte(data, 0, ARRAY_OF_21);
        CborReader.expectByte(data, 1, VERSION);
        statement.audience = CborReader.readBytes32(data, AUDIENCE_AT);
        statement.node = CborReader.readBytes8(data, NODE_AT);
        statement.previous = CborReader.readBytes32(data, PREVIOUS_AT);
        statement.model = CborReader.readBytes32(data, MODEL_AT);
        statement.claimDigest = CborReader.readBytes32(data, CLAIM_AT);
        statement.readingsDigest = CborReader.readBytes32(data, READINGS_AT);
        statement.locationDigest = CborReader.readBytes32(data, LOCATION_AT);
        _parseNumbers(data, statement);
    }

    function _parseNumbers(bytes calldata data, SealedStatement memory statement) private pure {
        uint256 next = NUMBERS_AT;
        (statement.kind, next) = CborReader.readUint(data, next);
        (statement.boot, next) = CborReader.readUint(data, next);
        (statement.counter, next) = CborReader.readUint(data, next);
        (statement.startMs, next) = CborReader.readUint(data, next);
        (statement.uptimeMs, next) = CborReader.readUint(data, next);
        (statement.durationMs, next) = CborReader.readUint(data, next);
        (statement.clockSource, next) = CborReader.readUint(data, next);
        (statement.clockErrorMs, next) = CborReader.readUint(data, next);
        (statement.count, next) = CborReader.readUint(data, next);
        (statement.dropped, next) = CborReader.readUint(data, next);
        (statement.flags, next) = CborReader.readUint(data, next);
        (statement.application, next) = CborReader.readUint(data, next);
        (statement.configuration, next) = CborReader.readUint(data, next);
        CborReader.expectEnd(data, next);
    }
}
