"""The rules about events, asked once per window: falls, shocks, strange windows, strange bursts.

Rules
1. What a node has had is counted in its account: a review that clears begins a new one.
2. A rule with a cool-down finds once per disturbance, one without it once per account. The first
   finding has the rule's name for its key, the n-th has "name n".
3. Climate scores are looked at among climate windows only, whatever bursts were sealed between
   them; a burst that comes late can therefore bring two strange windows together.
4. The scores of the models corroborate nothing: only falls and shocks do.
"""

from collections.abc import Iterator
from typing import NamedTuple

from cargoseal.policy import event_findings as find
from cargoseal.policy.bursts import burst_of
from cargoseal.policy.events import Disturbances, Event, by_counter
from cargoseal.policy.facts import Place, SegmentFacts
from cargoseal.policy.findings import Finding
from cargoseal.policy.happenings import alarming, falls, shocks
from cargoseal.policy.legs import Legs
from cargoseal.policy.node import Account
from cargoseal.policy.profile import Profile
from cargoseal.policy.rules import MINUTE_MS, Anomaly, FreeFall, Handling, Shock
from cargoseal_wire.constants import CLIMATE, HANDLING

HOUR_MS = 3_600_000


class Happened(NamedTuple):
    """A finding with the event that completed it; `group`: what nodes may agree on, or empty."""

    finding: Finding
    event: Event
    group: str = ""


class Window(NamedTuple):
    """A window of one node, as the rules here take it."""

    node: bytes
    account: Account
    place: Place
    facts: SegmentFacts
    score: int


class EventRules:
    """A profile's rules about events."""

    def __init__(self, profile: Profile, legs: Legs) -> None:
        self._profile = profile
        self._legs = legs

    def judge(self, window: Window) -> Iterator[Happened]:
        """What a window brings to light. The burst's score comes first.

        A verdict tells the last of the gravest reasons: of a drop that a model finds strange and
        that the rule finds long enough, it tells the drop.
        """
        profile = self._profile
        if profile.handling and window.facts.statement.kind == HANDLING:
            yield from self._handling(profile.handling, window)
        if profile.free_fall:
            yield from self._falls(profile.free_fall, window)
        for shock in profile.shock:
            yield from self._shocks(shock, window)
        if profile.anomaly:
            yield from self._anomaly(profile.anomaly, window)

    def _on(self, events: list[Event], *rule: str) -> list[Event]:
        return [event for event in events if self._legs.is_on(event.at, *rule)]

    def _falls(self, rule: FreeFall, window: Window) -> Iterator[Happened]:
        hold_ms = self._profile.gap.hold_minutes * MINUTE_MS
        seen = window.account.disturbances("free_fall", _cool_down_ms(rule))
        fallen = falls(window.facts, window.place, rule.min_ms, hold_ms)
        for event in self._on(fallen, "free_fall"):
            finding = find.free_fall(rule, window.node, event, burst_of(window.facts))
            yield Happened(_numbered(finding, seen, event), event, "free_fall")

    def _shocks(self, rule: Shock, window: Window) -> Iterator[Happened]:
        events = window.account.event_list(rule.name)
        peaks = shocks(window.facts, window.place, rule.level_mg)
        for event in self._on(peaks, "shock", rule.name):
            events.add(event)
            for some in events.completed(event, rule.count, rule.hours * HOUR_MS):
                yield Happened(find.shock_rate(rule, window.node, some), event, rule.name)
                break

    def _anomaly(self, rule: Anomaly, window: Window) -> Iterator[Happened]:
        events = window.account.event_list("anomaly", by_counter)
        seen = window.account.disturbances("anomaly", _cool_down_ms(rule))
        bursts, place = window.account.bursts, window.place
        around: Event | None = None
        if window.facts.statement.kind != CLIMATE:
            around = Event(place.start_ms, place.counter, 0, place.start_ms)
        elif self._legs.is_on(place.start_ms, "anomaly"):
            for event in alarming(window.score, place, rule.threshold):
                events.add(event)
                around = event
        if around is None:
            return
        found = events.completed(around, rule.windows, rule.of - 1, distance=bursts.climate_between)
        for some in found:
            since_ms = around.at if around in some else some[-1].at
            finding = find.anomaly(rule, window.node, some, since_ms)
            yield Happened(_numbered(finding, seen, some[-1]), some[-1])

    def _handling(self, rule: Handling, window: Window) -> Iterator[Happened]:
        cool_down_ms = _cool_down_ms(rule)
        events = window.account.event_list("handling")
        seen = window.account.disturbances("handling", cool_down_ms)
        strange = alarming(window.score, window.place, rule.threshold)
        for event in self._on(strange, "handling"):
            events.add(event)
            found = events.completed(
                event, rule.count, rule.hours * HOUR_MS, apart=cool_down_ms or 0
            )
            for some in found:
                burst = burst_of(window.facts) if event in some else None
                finding = find.handling(rule, window.node, some, burst)
                yield Happened(_numbered(finding, seen, some[-1]), some[-1])


def _cool_down_ms(rule: Anomaly | FreeFall | Handling) -> int | None:
    return None if rule.cool_down_minutes is None else rule.cool_down_minutes * MINUTE_MS


def _numbered(finding: Finding, seen: Disturbances, event: Event) -> Finding:
    """The finding under the number of its disturbance, or under a number that was told already."""
    seen.add(event)
    return finding if len(seen) < 2 else finding._replace(key=f"{finding.key} {len(seen)}")
