"""Every way a segment can fail, one by one, by name; nothing else leaves `verify`."""

import random
from collections.abc import Callable

import pytest
from nacl.signing import SigningKey

from cargoseal import errors
from cargoseal.errors import REFUSALS, Refused
from cargoseal.verify import NodeKey, Offered, VerifiedSegment, verify, verify_many
from cargoseal_wire import cbor
from cargoseal_wire import constants as c
from cargoseal_wire.sections import Claim, Location, Readings, section_digest
from cargoseal_wire.segment import (
    Segment,
    decode_segment,
    seal_digest,
    seal_statement,
    withhold,
)
from cargoseal_wire.statement import NODE_AT, decode_statement
from tests.gateway.sealing import AUDIENCE, MODEL, MODELS, START_MS, SealingNode, small_model

NOW_MS = START_MS + 1


def key_of(node: SealingNode, valid_from_ms: int = 0, revoked_ms: int | None = None) -> NodeKey:
    return NodeKey(node.node, node.public_key, valid_from_ms, revoked_ms)


@pytest.fixture
def node() -> SealingNode:
    return SealingNode(1)


def check(node: SealingNode, raw: bytes, key: NodeKey | None = None, **more) -> VerifiedSegment:
    arguments = {
        "topic_node": node.node,
        "registry": {node.node: key or key_of(node)},
        "models": MODELS,
        "audience": AUDIENCE,
        "received_ms": NOW_MS,
    }
    return verify(raw, **{**arguments, **more})


def refusal(node: SealingNode, raw: bytes, kind: type[Refused], **more) -> Refused:
    with pytest.raises(Refused) as caught:
        check(node, raw, **more)
    assert type(caught.value) is kind, caught.value
    assert caught.value.expected
    assert caught.value.got
    return caught.value


def parts(raw: bytes) -> list:
    value = cbor.decode(raw)
    assert isinstance(value, list)
    return value


def with_part(raw: bytes, at: int, change: Callable[[bytes], bytes]) -> bytes:
    value = parts(raw)
    value[at] = change(value[at])
    return cbor.encode(value)


def flip(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


# What is accepted


def test_accepts_an_honest_segment_and_says_what_is_in_it(node: SealingNode) -> None:
    raw = node.seal()
    verified = check(node, raw)
    assert verified.raw == raw
    assert verified.statement.counter == 1
    assert verified.seal_digest == seal_digest(decode_segment(raw).seal)
    assert verified.received_ms == NOW_MS
    assert len(verified.readings.offsets_ms) == verified.statement.count == node.readings


def test_accepts_a_segment_that_came_without_a_topic(node: SealingNode) -> None:
    assert check(node, node.seal(), topic_node=None).statement.node == node.node


def test_accepts_a_gap_in_the_chain_since_segments_come_in_any_order(node: SealingNode) -> None:
    assert check(node, node.altered(7, dropped=3)).statement.counter == 7


def test_accepts_what_a_key_sealed_the_moment_before_it_was_revoked(node: SealingNode) -> None:
    check(node, node.seal(), key=key_of(node, revoked_ms=NOW_MS + 1))


def test_accepts_a_segment_whose_own_clock_is_wrong(node: SealingNode) -> None:
    raw = node.altered(start_ms=0, clock_source=c.CLOCK_NONE, clock_error_ms=c.CLOCK_ERROR_UNKNOWN)
    assert check(node, raw).statement.start_ms == 0
    assert check(node, node.altered(start_ms=2**47)).statement.start_ms == 2**47


def test_accepts_the_compact_form_as_the_same_segment(node: SealingNode) -> None:
    segment, digest = node.make(1, c.NO_SEGMENT)
    full, compact = check(node, segment.encode()), check(node, segment.compact())
    assert full.seal_digest == compact.seal_digest == digest
    assert full.statement == compact.statement
    assert len(compact.raw) < len(full.raw)


@pytest.mark.parametrize("at", [3, 4, 5], ids=["claim", "readings", "location"])
def test_refuses_the_compact_form_with_an_altered_section(node: SealingNode, at: int) -> None:
    segment, _ = node.make(1, c.NO_SEGMENT)
    raw = with_part(segment.compact(), at, lambda section: flip(section, 5))
    assert refusal(node, raw, errors.BadSignature).authentic is None


def test_refuses_the_compact_form_without_a_section(node: SealingNode) -> None:
    value = parts(node.make(1, c.NO_SEGMENT)[0].compact())
    for at in (3, 4, 5):
        refusal(node, cbor.encode([*value[:at], None, *value[at + 1 :]]), errors.Malformed)


# Steps 1 and 2


def test_refuses_an_oversized_segment(node: SealingNode) -> None:
    refusal(node, bytes(c.MAX_SEGMENT_BYTES + 1), errors.Oversized)


def test_refuses_an_oversized_section_inside_a_segment_of_allowed_size(node: SealingNode) -> None:
    raw = with_part(node.seal(), 3, lambda _: bytes(c.MAX_CLAIM_BYTES + 1))
    refusal(node, raw, errors.Oversized)


@pytest.mark.parametrize("cut", [1, 2, 60, 200])
def test_refuses_a_truncated_segment(node: SealingNode, cut: int) -> None:
    refusal(node, node.seal()[:-cut], errors.Truncated)


def test_refuses_nothing_at_all(node: SealingNode) -> None:
    refusal(node, b"", errors.Truncated)


@pytest.mark.parametrize(
    "raw",
    [b"\x00", b"\xf6", cbor.encode([]), cbor.encode({1: 2}), cbor.encode([1, 2]), b"\x1c"],
    ids=["number", "null", "empty", "map", "short", "reserved head"],
)
def test_refuses_what_is_not_a_segment(node: SealingNode, raw: bytes) -> None:
    refusal(node, raw, errors.Malformed)


def test_refuses_trailing_bytes(node: SealingNode) -> None:
    refusal(node, node.seal() + b"\x00", errors.Malformed)


def test_refuses_a_seal_of_another_shape(node: SealingNode) -> None:
    refusal(node, with_part(node.seal(), 1, lambda _: cbor.encode([1])), errors.Malformed)


def test_refuses_a_seal_with_another_algorithm(node: SealingNode) -> None:
    def other(seal: bytes) -> bytes:
        tag = cbor.decode(seal)
        tag.value[0] = cbor.encode({1: -7})
        return cbor.encode(tag)

    refusal(node, with_part(node.seal(), 1, other), errors.Malformed)


def test_refuses_a_longer_head_than_needed(node: SealingNode) -> None:
    raw = node.seal()
    refusal(node, raw[:1] + b"\x18\x01" + raw[2:], errors.NonDeterministic)


def test_refuses_an_indefinite_length(node: SealingNode) -> None:
    refusal(node, b"\x9f" + node.seal()[1:] + b"\xff", errors.NonDeterministic)


def test_refuses_a_statement_that_is_encoded_otherwise_even_when_signed(node: SealingNode) -> None:
    segment, _ = node.make(1, c.NO_SEGMENT)
    statement = segment.statement
    odd = statement[:1] + b"\x18\x01" + statement[2:]
    segment.statement = odd
    segment.seal = seal_statement(odd, node.node, node.sign)
    refusal(node, segment.encode(), errors.NonDeterministic)


@pytest.mark.parametrize("version", [0, 3, 1000])
def test_refuses_a_segment_of_another_version(node: SealingNode, version: int) -> None:
    value = parts(node.seal())
    refusal(node, cbor.encode([version, *value[1:]]), errors.WrongVersion)


def test_refuses_a_statement_of_another_version(node: SealingNode) -> None:
    segment, _ = node.make(1, c.NO_SEGMENT)
    value = parts(segment.statement)
    segment.statement = cbor.encode([2, *value[1:]])
    segment.seal = seal_statement(segment.statement, node.node, node.sign)
    refusal(node, segment.encode(), errors.WrongVersion)


@pytest.mark.parametrize(
    ("field", "value"),
    [(8, 2), (10, 0), (16, 0), (16, 1025), (18, 1 << 14), (13, -1), (14, 5), (11, 2**48)],
    ids=["kind", "counter", "no reading", "readings", "flags", "negative", "clock", "time"],
)
def test_refuses_a_statement_with_a_field_out_of_range(
    node: SealingNode, field: int, value: int
) -> None:
    segment, _ = node.make(1, c.NO_SEGMENT)
    items = parts(segment.statement)
    items[field] = value
    segment.statement = cbor.encode(items)
    segment.seal = seal_statement(segment.statement, node.node, node.sign)
    refusal(node, segment.encode(), errors.Malformed)


# Step 3


def test_refuses_a_statement_that_the_seal_did_not_sign(node: SealingNode) -> None:
    first, second = node.seal(), node.seal()
    raw = with_part(first, 2, lambda _: parts(second)[2])
    assert refusal(node, raw, errors.DigestMismatch).where == "seal.payload"


def test_refuses_a_seal_that_names_another_node_than_the_statement(node: SealingNode) -> None:
    segment, _ = node.make(1, c.NO_SEGMENT)
    segment.seal = seal_statement(segment.statement, SealingNode(2).node, node.sign)
    assert refusal(node, segment.encode(), errors.DigestMismatch).where == "seal.node"


def test_refuses_a_segment_under_another_nodes_topic(node: SealingNode) -> None:
    refusal(node, node.seal(), errors.WrongTopic, topic_node=SealingNode(2).node)


def test_refuses_a_segment_under_a_topic_of_no_node(node: SealingNode) -> None:
    refused = refusal(node, node.seal(), errors.WrongTopic, topic_node=b"")
    assert refused.got == "a topic of no node"


# Steps 4 and 5


def test_refuses_an_unknown_node(node: SealingNode) -> None:
    refusal(node, node.seal(), errors.UnknownNode, registry={})


def test_refuses_a_key_that_is_not_valid_yet(node: SealingNode) -> None:
    refusal(node, node.seal(), errors.UnknownNode, key=key_of(node, valid_from_ms=NOW_MS + 1))


def test_refuses_a_revoked_node_from_that_millisecond_on(node: SealingNode) -> None:
    refused = refusal(node, node.seal(), errors.RevokedNode, key=key_of(node, revoked_ms=NOW_MS))
    assert refused.authentic is None


def test_refuses_a_date_before_the_revocation_from_a_revoked_node(node: SealingNode) -> None:
    raw = node.altered(start_ms=1)
    refusal(node, raw, errors.RevokedNode, key=key_of(node, revoked_ms=NOW_MS))


def test_refuses_a_forged_signature(node: SealingNode) -> None:
    forger = SigningKey(b"f" * 32)
    segment, _ = node.make(1, c.NO_SEGMENT)
    segment.seal = seal_statement(
        segment.statement, node.node, lambda m: bytes(forger.sign(m).signature)
    )
    refusal(node, segment.encode(), errors.BadSignature)


@pytest.mark.parametrize("at", [-1, -32, -33, -64])
def test_refuses_a_signature_with_one_bit_changed(node: SealingNode, at: int) -> None:
    raw = with_part(node.seal(), 1, lambda seal: flip(seal, len(seal) + at))
    refusal(node, raw, errors.BadSignature)


def test_refuses_a_signature_made_of_a_valid_one_by_adding_the_group_order(
    node: SealingNode,
) -> None:
    order = 2**252 + 27742317777372353535851937790883648493

    def malleable(seal: bytes) -> bytes:
        s = int.from_bytes(seal[-32:], "little") + order
        return seal[:-32] + s.to_bytes(32, "little")

    refusal(node, with_part(node.seal(), 1, malleable), errors.BadSignature)


@pytest.mark.parametrize(
    "point", [bytes(32), b"\x01" + bytes(31), b"\xff" * 32], ids=["zero", "identity", "no point"]
)
def test_refuses_every_signature_under_a_degenerate_key(node: SealingNode, point: bytes) -> None:
    segment, _ = node.make(1, c.NO_SEGMENT)
    segment.seal = seal_statement(segment.statement, node.node, lambda _: point + bytes(32))
    key = NodeKey(node.node, point, 0, None)
    refusal(node, segment.encode(), errors.BadSignature, key=key)


def test_refuses_another_nodes_statement_renamed(node: SealingNode) -> None:
    """The statement's node id replaced by a registered one: the digest no longer follows."""
    other = SealingNode(2)
    value = parts(other.seal())
    value[2] = value[2][:NODE_AT] + node.node + value[2][NODE_AT + 8 :]
    refusal(node, cbor.encode(value), errors.DigestMismatch)


# Step 6


@pytest.mark.parametrize("name", ["claim", "readings", "location"])
def test_refuses_a_withheld_section_and_does_not_let_the_node_forget(
    node: SealingNode, name: str
) -> None:
    raw = withhold(decode_segment(node.seal()), **{name: True}).encode()
    assert refusal(node, raw, errors.MissingSection).authentic is None


@pytest.mark.parametrize("at", [3, 4, 5], ids=["claim", "readings", "location"])
def test_refuses_an_altered_section_and_does_not_let_the_node_forget(
    node: SealingNode, at: int
) -> None:
    raw = with_part(node.seal(), at, lambda section: flip(section, 5))
    assert refusal(node, raw, errors.DigestMismatch).authentic is None


def test_refuses_sections_of_another_segment(node: SealingNode) -> None:
    first, second = node.seal(), node.seal()
    raw = with_part(first, 4, lambda _: parts(second)[4])
    refusal(node, raw, errors.DigestMismatch)


# Steps 7 and 8: from here on the node did say it


def said(refused: Refused, node: SealingNode, counter: int) -> None:
    assert refused.authentic is not None
    assert refused.authentic[:2] == (node.node, counter)


def test_refuses_a_segment_for_another_deployment(node: SealingNode) -> None:
    raw = SealingNode(1, audience=b"a" * 32).seal()
    said(refusal(node, raw, errors.WrongAudience), node, 1)


def signed_section(node: SealingNode, **sections: bytes) -> bytes:
    return node.altered(**sections)


@pytest.mark.parametrize("name", ["claim", "readings", "location"])
@pytest.mark.parametrize(
    ("section", "kind"),
    [
        (b"\x80", errors.Malformed),
        (b"\x82\x40", errors.Truncated),
        (b"\x98\x00", errors.NonDeterministic),
        (b"\xa0", errors.Malformed),
    ],
    ids=["empty", "cut", "long head", "map"],
)
def test_refuses_a_section_that_does_not_decode_although_sealed(
    node: SealingNode, name: str, section: bytes, kind: type[Refused]
) -> None:
    said(refusal(node, signed_section(node, **{name: section}), kind), node, 1)


def test_refuses_more_readings_than_the_statement_says(node: SealingNode) -> None:
    said(refusal(node, node.altered(count=node.readings - 1), errors.Malformed), node, 1)


def test_refuses_a_position_outside_of_the_earth(node: SealingNode) -> None:
    raw = node.altered(location=cbor.encode([bytes(16), [[0, 910000000, 0, 5, 1]]]))
    said(refusal(node, raw, errors.Malformed), node, 1)


# Steps 9 to 11


def test_refuses_an_unknown_model(node: SealingNode) -> None:
    raw = SealingNode(1, model=small_model(weight=41)).seal()
    said(refusal(node, raw, errors.WrongModel), node, 1)


def test_refuses_a_model_for_another_kind_of_window(node: SealingNode) -> None:
    said(refusal(node, node.altered(kind=c.HANDLING), errors.WrongModel), node, 1)


def test_refuses_features_that_do_not_follow_from_the_readings(node: SealingNode) -> None:
    said(refusal(node, node.altered(input_off=1), errors.WrongFeatures), node, 1)


@pytest.mark.parametrize("model_input", [b"", bytes(MODEL.inputs - 1), bytes(MODEL.inputs + 1)])
def test_refuses_a_model_input_of_another_length(node: SealingNode, model_input: bytes) -> None:
    raw = node.altered(claim=Claim(bytes(16), model_input, 0).encode())
    refusal(node, raw, errors.WrongFeatures)


def test_refuses_readings_smoothed_after_scoring(node: SealingNode) -> None:
    """Sections that are well sealed, but the readings are not those the claim was made from."""
    smooth = Readings(
        bytes(16),
        bytes(8),
        0,
        [i * 60_000 for i in range(node.readings)],
        {c.TEMPERATURE: [500] * node.readings, c.HUMIDITY: [600] * node.readings},
    )
    raw = node.altered(readings=smooth.encode())
    refusal(node, raw, errors.WrongFeatures)


@pytest.mark.parametrize("off", [1, 1000])
def test_refuses_a_score_that_does_not_follow(node: SealingNode, off: int) -> None:
    refused = refusal(node, node.altered(score_off=off), errors.WrongScore)
    said(refused, node, 1)
    assert int(refused.got) == int(refused.expected) + off


# All together


def test_the_order_of_steps_decides_which_name_a_segment_with_several_faults_gets(
    node: SealingNode,
) -> None:
    """The cheaper and more basic fault is named: size, shape, topic, key, signature, contents."""
    raw = SealingNode(1, audience=b"a" * 32).altered(score_off=1)
    refusal(node, raw, errors.WrongAudience)
    refusal(node, raw, errors.UnknownNode, registry={})
    refusal(node, raw, errors.WrongTopic, registry={}, topic_node=b"")
    refusal(node, raw[:-1], errors.Truncated, registry={}, topic_node=b"")


def test_a_batch_gives_each_the_outcome_it_would_have_alone(node: SealingNode) -> None:
    other = SealingNode(2)
    raws = [
        node.seal(),
        node.altered(score_off=1),
        b"junk",
        other.seal(),
        node.seal()[:-1],
        SealingNode(1, model=small_model(weight=41)).altered(9),
        node.altered(claim=Claim(bytes(16), b"", 0).encode()),
        node.seal(),
    ]
    registry = {n.node: key_of(n) for n in (node, other)}
    offered = [Offered(raw, None, NOW_MS) for raw in raws]
    together = verify_many(offered, registry, MODELS, AUDIENCE)
    for raw, outcome in zip(raws, together, strict=True):
        try:
            alone = verify(raw, None, registry, MODELS, AUDIENCE, NOW_MS)
        except Refused as refused:
            assert isinstance(outcome, Refused)
            assert (outcome.name, str(outcome)) == (refused.name, str(refused))
            assert (outcome.node, outcome.authentic) == (refused.node, refused.authentic)
        else:
            assert isinstance(outcome, VerifiedSegment)
            assert outcome.statement == alone.statement
    assert [type(o).__name__ for o in together] == [
        "VerifiedSegment",
        "WrongScore",
        "Malformed",
        "VerifiedSegment",
        "Truncated",
        "WrongModel",
        "WrongFeatures",
        "VerifiedSegment",
    ]


def test_every_refusal_names_itself_and_says_expected_and_got() -> None:
    names = [kind("one thing", "another", "somewhere").name for kind in REFUSALS]
    assert len(set(names)) == len(names) == 17
    for kind in REFUSALS:
        assert str(kind("a", "b", "w")) == f"{kind.__name__}: w: expected a, got b"


# Fuzz, with a fixed seed


def outcome_of(node: SealingNode, raw: bytes) -> str:
    try:
        check(node, raw)
    except Refused as refused:
        return refused.name
    return "accepted"


@pytest.mark.parametrize("seed", range(8))
def test_a_segment_changed_anywhere_is_refused_and_only_refused(
    node: SealingNode, seed: int
) -> None:
    chance = random.Random(seed)
    segment, _ = node.make(1, c.NO_SEGMENT)
    raw = segment.compact() if seed % 2 else segment.encode()
    for _ in range(250):
        changed = bytearray(raw)
        for _ in range(chance.randint(1, 3)):
            act = chance.randrange(4)
            at = chance.randrange(len(changed))
            if act == 0:
                changed[at] ^= 1 << chance.randrange(8)
            elif act == 1:
                changed[at] = chance.randrange(256)
            elif act == 2:
                del changed[at : at + chance.randint(1, 40)]
            else:
                changed[at:at] = chance.randbytes(chance.randint(1, 20))
        if bytes(changed) != raw:
            assert outcome_of(node, bytes(changed)) != "accepted"


@pytest.mark.parametrize("seed", range(4))
def test_random_bytes_are_refused_and_only_refused(node: SealingNode, seed: int) -> None:
    chance = random.Random(1000 + seed)
    for _ in range(400):
        raw = chance.randbytes(chance.choice((0, 1, 5, 30, 200, 900)))
        assert outcome_of(node, raw) != "accepted"


@pytest.mark.parametrize("seed", range(6))
def test_signed_sections_of_any_content_are_refused_or_follow(node: SealingNode, seed: int) -> None:
    """A dishonest node signs whatever it likes: the decoders and the scoring meet it in full."""
    chance = random.Random(2000 + seed)
    honest, _ = node.make(1, c.NO_SEGMENT)
    for _ in range(120):
        sections = [bytearray(s or b"") for s in (honest.claim, honest.readings, honest.location)]
        section = sections[chance.randrange(3)]
        for _ in range(chance.randint(1, 4)):
            section[chance.randrange(len(section))] = chance.randrange(256)
        raw = reseal(node, honest, [bytes(s) for s in sections])
        outcome_of(node, raw)


def reseal(node: SealingNode, segment: Segment, sections: list[bytes]) -> bytes:
    statement = decode_statement(segment.statement)
    statement.claim_digest, statement.readings_digest, statement.location_digest = map(
        section_digest, sections
    )
    encoded = statement.encode()
    return Segment(seal_statement(encoded, node.node, node.sign), encoded, *sections).encode()


@pytest.mark.parametrize("seed", range(4))
def test_extreme_values_are_scored_or_refused_never_an_error(node: SealingNode, seed: int) -> None:
    chance = random.Random(3000 + seed)
    extremes = [-(2**31), 2**31 - 1, 0, None, 1, -1, 2**24 + 1]
    for _ in range(15):
        count = chance.choice((1, 2, 60))
        columns = {
            channel: [chance.choice(extremes) for _ in range(count)]
            for channel in [*chance.sample(range(32), 4), c.TEMPERATURE, c.HUMIDITY]
        }
        offsets = [i * chance.randint(0, 10**9) for i in range(count)]
        offsets = sorted(offsets)
        readings = Readings(bytes(16), bytes(8), 2**32 - 1, offsets, columns).encode()
        raw = node.altered(readings=readings, count=count)
        assert outcome_of(node, raw) in ("WrongFeatures", "WrongScore", "accepted")


def test_a_location_with_every_field_at_its_limit_is_accepted(node: SealingNode) -> None:
    fixes = [(0, 900000000, -1800000000, 2**32 - 1, 2)] * c.MAX_FIXES
    check(node, node.altered(location=Location(bytes(16), fixes).encode()))
