"""The receipt: which counters of a node the gateway keeps durably.

Rules
1. Only a receipt lets a node forget a segment; an acknowledgement by a broker does not.
2. It is a COSE_Mac0 (RFC 9052) with HMAC 256/256 under a key that node and gateway share.
3. `contiguous` is the highest counter up to which, from 1, all is kept (0 for none); `ranges` are
   what is kept beyond it: ascending, apart from each other and from `contiguous`.
"""

from cargoseal_wire import cbor, fields
from cargoseal_wire.constants import MAX_COUNTER, MAX_TIME_MS, NODE_BYTES, VERSION
from cargoseal_wire.errors import OversizedError, WireError
from cargoseal_wire.mac import equal, hmac_sha256

MAX_RECEIPT_RANGES = 32
MAX_RECEIPT_BYTES = 768
COSE_MAC0 = 17
HMAC_256 = 5
RECEIPT_KEY_BYTES = 32
_PROTECTED = cbor.encode({1: HMAC_256})
_TAG_BYTES = 32


class Receipt:
    """Counters of `node` that are kept, as the gateway said at its time `time_ms`."""

    def __init__(
        self, node: bytes, contiguous: int, ranges: list[tuple[int, int]], time_ms: int
    ) -> None:
        self.node = node
        self.contiguous = contiguous
        self.ranges = ranges
        self.time_ms = time_ms

    def covers(self, counter: int) -> bool:
        """Whether the segment with this counter is kept."""
        if 1 <= counter <= self.contiguous:
            return True
        for low, high in self.ranges:
            if low <= counter <= high:
                return True
        return False


def encode_receipt(
    key: bytes, node: bytes, contiguous: int, ranges: list[tuple[int, int]], time_ms: int
) -> bytes:
    """A receipt under a 32-byte key. WireError when the counters break rule 3 or are too many."""
    fields.bstr(key, RECEIPT_KEY_BYTES, "receipt key")
    receipt = Receipt(node, contiguous, ranges, time_ms)
    _check(receipt)
    payload = cbor.encode([VERSION, node, contiguous, [list(pair) for pair in ranges], time_ms])
    tag = hmac_sha256(key, _mac_input(payload))
    return cbor.encode(cbor.Tag(COSE_MAC0, [_PROTECTED, {}, payload, tag]))


def decode_receipt(key: bytes, data: bytes) -> Receipt:
    """The receipt in `data` after its tag is checked, else WireError."""
    fields.bstr(key, RECEIPT_KEY_BYTES, "receipt key")
    value = fields.decode_within(data, MAX_RECEIPT_BYTES, "receipt")
    if not isinstance(value, cbor.Tag) or value.tag != COSE_MAC0:
        raise WireError("receipt", "tag 17 (COSE_Mac0)", value)
    items = fields.array(value.value, 4, "receipt")
    if items[0] != _PROTECTED or items[1] != {}:
        raise WireError("receipt.header", "HMAC 256/256 and nothing else", items[0])
    payload = fields.bstr_up_to(items[2], MAX_RECEIPT_BYTES, "receipt.payload")
    tag = fields.bstr(items[3], _TAG_BYTES, "receipt.tag")
    if not equal(tag, hmac_sha256(key, _mac_input(payload))):
        raise WireError("receipt.tag", "the tag under this node's key", "another")
    return _decode_payload(payload)


def _mac_input(payload: bytes) -> bytes:
    """The MAC_structure of RFC 9052 section 6.3."""
    return cbor.encode(["MAC0", _PROTECTED, b"", payload])


def _decode_payload(payload: bytes) -> Receipt:
    items = fields.versioned(cbor.decode(payload, "receipt"), VERSION, 5, "receipt")
    ranges = []
    for item in fields.array_up_to(items[3], MAX_RECEIPT_RANGES, "receipt.ranges"):
        low, high = fields.array(item, 2, "receipt.range")
        ranges.append((low, high))
    receipt = Receipt(items[1], items[2], ranges, items[4])  # type: ignore[arg-type]  # checked below
    _check(receipt)
    return receipt


def _check(receipt: Receipt) -> None:
    fields.bstr(receipt.node, NODE_BYTES, "receipt.node")
    fields.uint(receipt.contiguous, MAX_COUNTER, "receipt.contiguous")
    fields.uint(receipt.time_ms, MAX_TIME_MS, "receipt.time_ms")
    if len(receipt.ranges) > MAX_RECEIPT_RANGES:
        raise OversizedError(
            "receipt.ranges", "at most " + str(MAX_RECEIPT_RANGES), str(len(receipt.ranges))
        )
    last = receipt.contiguous
    for low, high in receipt.ranges:
        fields.integer(low, last + 2, MAX_COUNTER - 1, "receipt.range")
        fields.integer(high, low, MAX_COUNTER - 1, "receipt.range")
        last = high
