"""The independent check: an honest bundle passes, and every alteration is found at its step."""

import hashlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer

import cbor2
import pytest

from cargoseal.audit import Result, State, audit_bundle, fetch_bundle
from cargoseal.audit.chain import TokenView
from cargoseal.audit.view import PostedBatch, ReviewedToken
from cargoseal.chain.updates import Update
from cargoseal.errors import InputError, LinkError
from cargoseal.evidence.bundle import Bundle, without
from cargoseal.evidence.entries import (
    Closed,
    Gap,
    Opening,
    Review,
    SegmentEntry,
    Silence,
    Verdict,
    decode,
    encode,
)
from cargoseal.policy.terms import Condition, Doubt, Lifecycle, Reason
from cargoseal_wire.segment import Segment, decode_segment
from tests.gateway.audit.fakechain import FakeChain, bundle_of, run_chain
from tests.gateway.policy.world import HOUR, START_MS, WARM, Box, Story, profile, steady

RULES = profile(
    WARM + "[corroboration]\nnodes = 2\nwindow_minutes = 30\n", hold=30, grace=10, silence=240
)
OPENING = Opening(bytes(16), "A. Person", "looked at it")


def make_story() -> Story:
    """Two nodes; a warm hour both saw, a lost segment, a silence, a review."""
    first, second = Box(1), Box(2)
    story = Story(RULES, first, second)
    story.receive(first.seal(steady(0, 59, 500)), second.seal(steady(0, 59, 510)))
    story.receive(first.seal(steady(60, 119, 950)))
    story.receive(second.seal(steady(60, 119, 960)))
    first.seal(steady(120, 179, 500))  # lost on its way
    story.receive(first.seal(steady(180, 239, 500)), second.seal(steady(120, 239, 500, step=2)))
    opening = hashlib.sha256(OPENING.encode()).digest()
    story.fact(
        Review(
            Condition.FLAGGED,
            Reason.GOODS_INSPECTED,
            opening,
            bytes(32),
            story.log.last_verdict,
            START_MS + 5 * HOUR,
        )
    )
    story.receive(second.seal(steady(300, 320, 500)))
    story.until(START_MS + 12 * HOUR)
    story.receive(first.seal(steady(780, 800, 500)))
    return story


@pytest.fixture
def story() -> Story:
    return make_story()


@pytest.fixture
def chain(story: Story) -> FakeChain:
    return run_chain(story)


@pytest.fixture
def bundle(story: Story, chain: FakeChain) -> Bundle:
    return bundle_of(story, chain)


def check(bundle: Bundle, chain: FakeChain) -> Result:
    return audit_bundle(bundle.encode(), chain, 7)


def assert_wrong(result: Result, step: str, *words: str) -> None:
    wrong = result.first_wrong
    assert wrong is not None, result.verdict
    assert wrong.name == step, result.verdict
    for word in words:
        assert word in wrong.detail, wrong.detail
    assert result.exit_code == 1


def position(bundle: Bundle, kind: type, skip: int = 0) -> int:
    found = [at for at, data in enumerate(bundle.entries) if isinstance(decode(data), kind)]
    return found[skip]


def with_entry(bundle: Bundle, at: int, data: bytes) -> Bundle:
    entries = list(bundle.entries)
    entries[at] = data
    return replace(bundle, entries=entries)


def with_segment(bundle: Bundle, at: int, **parts: bytes | None) -> Bundle:
    segment = decode_segment(bundle.segments[at])
    fields = {
        name: parts.get(name, getattr(segment, name))
        for name in ("seal", "statement", "claim", "readings", "location")
    }
    segments = list(bundle.segments)
    segments[at] = Segment(**fields).encode()
    return replace(bundle, segments=segments)


def flip(data: bytes, at: int = -1) -> bytes:
    changed = bytearray(data)
    changed[at] ^= 1
    return bytes(changed)


# ----- an honest gateway -------------------------------------------------------------------------


def test_an_honest_bundle_passes_every_step(bundle: Bundle, chain: FakeChain) -> None:
    result = check(bundle, chain)
    assert [step.state for step in result.steps] == [State.OK] * 18, result.as_dict()
    assert result.exit_code == 0
    assert [step.number for step in result.steps] == list(range(1, 19))
    assert json.loads(json.dumps(result.as_dict()))["exit_code"] == 0


def test_the_story_has_what_the_steps_are_about(story: Story) -> None:
    kinds = {type(entry).__name__ for entry in story.entries}
    assert {"Gap", "Silence", "HeardAgain", "Review", "Verdict", "SegmentEntry"} <= kinds
    assert Condition.COMPROMISED in {verdict.condition for verdict in story.verdicts}


def test_withheld_readings_are_told_and_everything_else_is_checked(
    bundle: Bundle, chain: FakeChain
) -> None:
    kept = replace(bundle, segments=[without(raw, ["readings"]) for raw in bundle.segments])
    result = check(kept, chain)
    assert result.first_wrong is None
    assert {s.name for s in result.unchecked} == {"sections", "model inputs", "verdicts"}
    assert result.exit_code == 3


def test_withheld_places_leave_every_rule_checked(bundle: Bundle, chain: FakeChain) -> None:
    kept = replace(bundle, segments=[without(raw, ["location"]) for raw in bundle.segments])
    result = check(kept, chain)
    assert {step.name for step in result.unchecked} == {"sections"}
    assert result.exit_code == 3


def test_a_log_that_is_not_anchored_yet_is_not_called_right(
    bundle: Bundle, chain: FakeChain
) -> None:
    chain.events.clear()
    chain.status = replace(
        chain.status,
        condition=Condition.SOUND,
        doubts=Doubt(0),
        health=100,
        rule=chain.status.rule.__class__(0),
        score=0,
    )
    result = check(replace(bundle, anchors=[]), chain)
    assert result.first_wrong is None
    assert {"anchors", "tree", "status"} <= {step.name for step in result.unchecked}


def test_a_batch_that_is_not_mined_yet_is_told(bundle: Bundle, chain: FakeChain) -> None:
    chain.events.pop()
    result = check(bundle, chain)
    assert result.exit_code == 0
    assert "1 not mined yet" in result.steps[4].detail


def test_an_opened_review_is_compared_with_its_digest(bundle: Bundle, chain: FakeChain) -> None:
    assert check(replace(bundle, openings=[OPENING.encode()]), chain).exit_code == 0
    other = replace(OPENING, person="B. Person").encode()
    assert_wrong(check(replace(bundle, openings=[other]), chain), "openings", "commits to")


def test_a_silent_gateway_is_no_proof_that_all_is_well(bundle: Bundle, chain: FakeChain) -> None:
    chain.status = replace(chain.status, stale=True)
    result = check(bundle, chain)
    assert [step.name for step in result.unchecked] == ["freshness"]
    assert result.exit_code == 3


def test_a_shipment_that_is_closed_on_chain_may_be_silent(story: Story) -> None:
    story.fact(Closed(START_MS + 14 * HOUR))
    chain = run_chain(story)
    chain.status = replace(chain.status, stale=True, lifecycle=Lifecycle.CLOSED)
    assert check(bundle_of(story, chain), chain).exit_code == 0


def test_a_silent_gateway_cannot_excuse_itself_by_a_closed_log(story: Story) -> None:
    story.fact(Closed(START_MS + 14 * HOUR))
    chain = run_chain(story)
    chain.status = replace(chain.status, stale=True)
    result = check(bundle_of(story, chain), chain)
    assert [step.name for step in result.unchecked] == ["freshness"]
    assert "only the log says" in result.unchecked[0].detail
    assert result.exit_code == 3


def test_a_log_that_is_closed_by_a_gateway_that_posts_is_fresh(story: Story) -> None:
    story.fact(Closed(START_MS + 14 * HOUR))
    chain = run_chain(story)
    result = check(bundle_of(story, chain), chain)
    assert result.exit_code == 0
    assert "posted lately" in result.steps[17].detail


# ----- the registry of models --------------------------------------------------------------------


def digests(bundle: Bundle) -> set[bytes]:
    return {hashlib.sha256(blob).digest() for blob in bundle.models}


def test_models_that_the_registry_lists_pass(bundle: Bundle, chain: FakeChain) -> None:
    chain.models = digests(bundle)
    result = check(bundle, chain)
    assert result.exit_code == 0
    assert "not asked" not in result.steps[10].detail


def test_without_a_registry_of_models_the_step_says_so(bundle: Bundle, chain: FakeChain) -> None:
    step = check(bundle, chain).steps[10]
    assert step.state is State.OK
    assert "the model registry was not asked" in step.detail


def test_a_model_that_the_registry_does_not_list_is_told(bundle: Bundle, chain: FakeChain) -> None:
    strange = min(digests(bundle))
    chain.models = digests(bundle) - {strange}
    result = check(bundle, chain)
    assert [step.name for step in result.unchecked] == ["models"]
    assert strange.hex() in result.unchecked[0].detail
    assert result.exit_code == 3


def test_a_model_that_is_withheld_and_not_listed_is_told_as_both(
    bundle: Bundle, chain: FakeChain
) -> None:
    chain.models = set()
    step = check(replace(bundle, models=[]), chain).steps[10]
    assert step.state is State.NOT_CHECKED
    assert "not in the bundle" in step.detail
    assert "retired" in step.detail


def test_the_view_of_a_deployment_asks_its_registry_of_models() -> None:
    class Registry:
        def is_active(self, digest: bytes) -> bool:
            return digest == b"\x01" * 32

    view = TokenView(None, None, 0, Registry())  # type: ignore[arg-type]
    assert view.model_active(b"\x01" * 32) is True
    assert view.model_active(b"\x02" * 32) is False
    assert TokenView(None, None).model_active(b"\x01" * 32) is None  # type: ignore[arg-type]


# ----- altered bundles, part by part -------------------------------------------------------------

Alter = Callable[[Bundle], Bundle]


def _segment_entry(bundle: Bundle, **changes: object) -> Bundle:
    at = position(bundle, SegmentEntry, 2)
    return with_entry(bundle, at, encode(replace(decode(bundle.entries[at]), **changes)))


ALTERED: dict[str, tuple[Alter, str]] = {
    "an entry's last byte": (lambda b: with_entry(b, 4, flip(b.entries[4])), "tree"),
    "an entry that is no entry": (lambda b: with_entry(b, 4, b"\x81\x18\x63"), "log"),
    "an entry left out": (lambda b: replace(b, entries=b.entries[:4] + b.entries[5:]), "tree"),
    "an entry put in": (lambda b: replace(b, entries=[*b.entries[:4], *b.entries[3:]]), "tree"),
    "two entries swapped": (
        lambda b: replace(b, entries=[*b.entries[:3], b.entries[4], b.entries[3], *b.entries[5:]]),
        "tree",
    ),
    "the opening's token": (
        lambda b: with_entry(b, 0, encode(replace(decode(b.entries[0]), token=8))),
        "log",
    ),
    "the log's end cut off": (lambda b: replace(b, entries=b.entries[:-3]), "tree"),
    "the profile": (
        lambda b: with_entry(
            b, 0, encode(replace(decode(b.entries[0]), profile=flip(decode(b.entries[0]).profile)))
        ),
        "profile",
    ),
    "the audience": (
        lambda b: with_entry(b, 0, encode(replace(decode(b.entries[0]), audience=bytes(32)))),
        "deployment",
    ),
    "a score in the log": (lambda b: _segment_entry(b, score=5), "tree"),
    "a time of receipt": (lambda b: _segment_entry(b, received_ms=START_MS), "tree"),
    "a seal's signature": (
        lambda b: with_segment(b, 1, seal=flip(decode_segment(b.segments[1]).seal)),
        "seals",
    ),
    "a statement": (
        lambda b: with_segment(b, 1, statement=flip(decode_segment(b.segments[1]).statement, -11)),
        "seals",
    ),
    "readings": (
        lambda b: with_segment(b, 1, readings=flip(decode_segment(b.segments[1]).readings, 5)),
        "sections",
    ),
    "a claim": (
        lambda b: with_segment(b, 1, claim=flip(decode_segment(b.segments[1]).claim, 30)),
        "sections",
    ),
    "a location": (
        lambda b: with_segment(b, 1, location=flip(decode_segment(b.segments[1]).location, 5)),
        "sections",
    ),
    "a segment left out": (lambda b: replace(b, segments=b.segments[:-1]), "seals"),
    "segments swapped": (
        lambda b: replace(b, segments=[b.segments[1], b.segments[0], *b.segments[2:]]),
        "seals",
    ),
    "a model": (lambda b: replace(b, models=[flip(b.models[0], 100)]), "models"),
    "an anchored root": (
        lambda b: replace(
            b,
            anchors=[
                replace(b.anchors[0], head=b.anchors[0].head._replace(root=bytes(32))),
                *b.anchors[1:],
            ],
        ),
        "anchors",
    ),
    "an anchored size": (
        lambda b: replace(
            b,
            anchors=[
                *b.anchors[:-1],
                replace(b.anchors[-1], head=b.anchors[-1].head._replace(size=3)),
            ],
        ),
        "anchors",
    ),
    "an inclusion path": (
        lambda b: replace(b, anchors=[replace(b.anchors[0], path=[bytes(32)] * 2), *b.anchors[1:]]),
        "anchors",
    ),
    "a batch's root": (
        lambda b: replace(b, anchors=[replace(b.anchors[0], batch_root=bytes(32)), *b.anchors[1:]]),
        "anchors",
    ),
    "a batch's number": (
        lambda b: replace(b, anchors=[replace(b.anchors[0], seq=1), *b.anchors[1:]]),
        "anchors",
    ),
    "the token": (lambda b: replace(b, token=8), "bundle"),
    "a strange opening": (lambda b: replace(b, openings=[OPENING.encode() + b"\x00"]), "openings"),
}


@pytest.mark.parametrize("name", ALTERED)
def test_refuses_a_bundle_in_which_was_altered(name: str, bundle: Bundle, chain: FakeChain) -> None:
    alter, step = ALTERED[name]
    assert_wrong(check(alter(bundle), chain), step)


@pytest.mark.parametrize("at", [0, 5, 20, 300, -1])
def test_refuses_a_bundle_whose_bytes_are_damaged(
    at: int, bundle: Bundle, chain: FakeChain
) -> None:
    result = audit_bundle(flip(bundle.encode(), at), chain, 7)
    assert result.exit_code == 1


def test_refuses_an_encoding_that_only_a_lenient_decoder_reads(
    bundle: Bundle, chain: FakeChain
) -> None:
    loose = cbor2.dumps(cbor2.loads(bundle.encode()))[1:]
    assert_wrong(audit_bundle(b"\x98\x08" + loose, chain, 7), "bundle")


def test_refuses_an_empty_file(chain: FakeChain) -> None:
    assert_wrong(audit_bundle(b"", chain, 7), "bundle")


# ----- a gateway that anchors what is not so -----------------------------------------------------


def rewrite(story: Story, change: Callable[[list[bytes]], list[bytes]]) -> tuple[Bundle, FakeChain]:
    """A bundle whose gateway lied from the start: the chain anchors the altered log."""
    chain = run_chain(story)
    entries = change(bundle_of(story, chain).entries)
    liar = FakeChain(chain.status, chain.keys)
    for event in chain.events[:-1]:
        if isinstance(event, PostedBatch):
            liar.post(entries, None)
            posted = liar.events[-1]
            assert isinstance(posted, PostedBatch)
            liar.events[-1] = replace(posted, updates=event.updates)
        else:
            liar.events.append(event)
    return replace(bundle_of(story, chain), entries=entries, anchors=liar.anchors), liar


def drop(kind: type, skip: int = 0) -> Callable[[list[bytes]], list[bytes]]:
    def change(entries: list[bytes]) -> list[bytes]:
        found = [at for at, data in enumerate(entries) if isinstance(decode(data), kind)]
        return entries[: found[skip]] + entries[found[skip] + 1 :]

    return change


def edit(kind: type, skip: int = 0, **changes: object) -> Callable[[list[bytes]], list[bytes]]:
    def change(entries: list[bytes]) -> list[bytes]:
        found = [at for at, data in enumerate(entries) if isinstance(decode(data), kind)]
        edited = encode(replace(decode(entries[found[skip]]), **changes))
        return [*entries[: found[skip]], edited, *entries[found[skip] + 1 :]]

    return change


LIES: dict[str, tuple[Callable[[list[bytes]], list[bytes]], str, str]] = {
    "a gap was hidden": (drop(Gap), "facts", "a gap of node"),
    "a gap was invented": (edit(Gap, after=1), "facts", "a gap of node"),
    "a silence was hidden": (drop(Silence), "facts", "a silence of node"),
    "a silence was moved": (edit(Silence, since_ms=START_MS), "facts", "a silence"),
    "a verdict was left out": (drop(Verdict), "verdicts", "expected the verdict"),
    "a verdict was made milder": (
        edit(Verdict, 2, condition=Condition.FLAGGED),
        "verdicts",
        "compromised",
    ),
    "a verdict's rule was exchanged": (
        edit(Verdict, snapshot={"limit": {"above": "40"}}),
        "verdicts",
        "expected the verdict",
    ),
    "a doubt was kept back": (edit(Verdict, 3, doubts=Doubt(0)), "verdicts", "doubts"),
    "a score was lowered": (edit(SegmentEntry, 2, score=1), "scores", "score"),
}


@pytest.mark.parametrize("lie", LIES)
def test_finds_that_by_an_anchored_log(lie: str, story: Story) -> None:
    change, step, words = LIES[lie]
    bundle, chain = rewrite(story, change)
    assert_wrong(check(bundle, chain), step, words)


# ----- a chain that does not say what the log says -----------------------------------------------


def test_finds_a_condition_on_chain_that_is_not_the_logs(bundle: Bundle, chain: FakeChain) -> None:
    chain.status = replace(chain.status, condition=Condition.SOUND)
    assert_wrong(check(bundle, chain), "status", "condition")


@pytest.mark.parametrize(
    ("field", "value"),
    [("doubts", Doubt.CLOCK_UNSOUND), ("health", 1), ("score", 1), ("since_s", 5)],
)
def test_finds_a_figure_on_chain_that_is_not_the_logs(
    field: str, value: int, bundle: Bundle, chain: FakeChain
) -> None:
    chain.status = replace(chain.status, **{field: value})
    assert_wrong(check(bundle, chain), "status", field.removesuffix("_s"))


def test_finds_an_update_on_chain_that_no_verdict_says(bundle: Bundle, chain: FakeChain) -> None:
    last = chain.events[-1]
    assert isinstance(last, PostedBatch)
    forged = Update(7, 3, 0, 0, 4, 0, 1).pack()
    chain.events[-1] = replace(last, updates=forged)
    assert_wrong(check(bundle, chain), "status", "no")


def test_finds_a_verdict_that_was_anchored_but_never_posted(story: Story) -> None:
    chain = run_chain(story)
    quiet = FakeChain(replace(chain.status, condition=Condition.SOUND, doubts=Doubt(0)), chain.keys)
    quiet.status = replace(quiet.status, health=100, score=0)
    entries = bundle_of(story, chain).entries
    for _ in range(12):
        quiet.post(entries, None)
    result = check(replace(bundle_of(story, chain), anchors=quiet.anchors), quiet)
    assert_wrong(result, "status", "under 12 posted roots")


def test_finds_another_profile_on_chain(bundle: Bundle, chain: FakeChain) -> None:
    chain.status = replace(chain.status, profile=bytes(32))
    assert_wrong(check(bundle, chain), "profile", "as on chain")


def test_finds_another_deployment(bundle: Bundle, chain: FakeChain) -> None:
    chain.name = "another"
    assert_wrong(check(bundle, chain), "deployment", "audience")


def test_finds_another_key_on_chain(bundle: Bundle, chain: FakeChain) -> None:
    chain.keys[next(iter(chain.keys))] = bytes(32)
    assert_wrong(check(bundle, chain), "node keys", "the key on chain")


def test_an_unregistered_node_cannot_be_checked(bundle: Bundle, chain: FakeChain) -> None:
    chain.keys.clear()
    result = check(bundle, chain)
    assert [step.name for step in result.unchecked] == ["node keys"]


def test_finds_a_review_that_the_log_tells_otherwise(bundle: Bundle, chain: FakeChain) -> None:
    chain.events = [
        replace(event, reason=5) if not isinstance(event, PostedBatch) else event
        for event in chain.events
    ]
    assert_wrong(check(bundle, chain), "reviews", "reason")


def test_finds_a_review_that_the_log_commits_to_otherwise(bundle: Bundle, chain: FakeChain) -> None:
    chain.events = [
        replace(event, evidence=b"\x09" * 32) if not isinstance(event, PostedBatch) else event
        for event in chain.events
    ]
    assert_wrong(check(bundle, chain), "reviews", "commit")


def test_a_review_that_only_the_chain_knows_is_told(bundle: Bundle, chain: FakeChain) -> None:
    chain.events.append(ReviewedToken(chain.status.condition, 1, bytes(32)))
    result = check(bundle, chain)
    assert [step.name for step in result.unchecked] == ["reviews"]


def invent_review(story: Story, chain: FakeChain, roots: int) -> Bundle:
    """A review that the gateway wrote and nobody sent, under so many roots."""
    verdict = story.log.last_verdict
    story.fact(
        Review(
            Condition.SOUND,
            Reason.GOODS_INSPECTED,
            bytes(32),
            bytes(32),
            verdict,
            START_MS + 14 * HOUR,
        )
    )
    for _ in range(roots):
        chain.post([encode(entry) for entry in story.entries], None)
    return bundle_of(story, chain)


@pytest.mark.parametrize("roots", [0, 1])
def test_a_review_that_may_still_come_on_chain_is_told(
    roots: int, story: Story, chain: FakeChain
) -> None:
    result = check(invent_review(story, chain, roots), chain)
    assert [step.name for step in result.unchecked] == ["reviews"], result.as_dict()
    assert result.exit_code == 3


def test_finds_a_review_that_the_gateway_invented(story: Story, chain: FakeChain) -> None:
    result = check(invent_review(story, chain, 2), chain)
    assert_wrong(result, "reviews", "under 2 posted roots", "review to sound")


def test_a_token_that_is_not_on_chain_is_wrong(bundle: Bundle, chain: FakeChain) -> None:
    result = audit_bundle(replace(bundle, token=9).encode(), chain, 9)
    assert_wrong(result, "log", "token 9")


# ----- where bundles come from -------------------------------------------------------------------


@pytest.fixture
def server(bundle: Bundle) -> Iterator[str]:
    data = bundle.encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = self.path == "/token/7/bundle"
            self.send_response(200 if found else 404)
            self.end_headers()
            self.wfile.write(data if found else b"no")

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()
        thread.join()


def test_fetches_a_bundle_from_a_gateway_and_from_a_file(
    server: str, bundle: Bundle, tmp_path: object
) -> None:
    assert fetch_bundle(server, 7) == bundle.encode()
    assert fetch_bundle(f"{server}/token/7/bundle", 7) == bundle.encode()
    path = tmp_path / "7.cargoseal"  # type: ignore[operator]
    path.write_bytes(bundle.encode())
    assert fetch_bundle(str(path), 7) == bundle.encode()


def test_a_gateway_without_the_bundle_is_a_link_error(server: str) -> None:
    with pytest.raises(LinkError, match="token/9/bundle"):
        fetch_bundle(server, 9)


@pytest.mark.parametrize(
    "answer",
    [
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nshort",
    ],
    ids=["no status line", "a chunk cut off"],
)
def test_a_gateway_that_does_not_speak_http_is_a_link_error(answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            peer, _ = listener.accept()
            with peer:
                peer.recv(65536)
                peer.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        with pytest.raises(LinkError, match="expected a bundle"):
            fetch_bundle(f"http://127.0.0.1:{listener.getsockname()[1]}", 7)
        thread.join()


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(InputError, match="nowhere"):
        fetch_bundle("/nowhere.cargoseal", 7)


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match="expected a file or an address"):
        fetch_bundle("http://[gateway/", 7)
