"""Who judges an attacked shipment: a profile with every plausibility rule on, and each detector."""

import re
from collections.abc import Sequence

from cargoseal.policy.profile import Profile, load_profile, parse_profile
from models.data.recording import Recording
from models.evaluate.detectors import Detector, Detectors
from models.evaluate.watched import Sending, noticed, sent_by
from models.evaluate.windows import cut

ONLY_TRIED = "(does not ship)"  # ends the word of a detector that no gateway has
ROOM = """
schema = 1
name = "room"
version = 1
title = "Goods in a room"
[[limit]]
name = "hot"
channel = "temperature"
kind = "single"
above = 30
minutes = 5
[[limit]]
name = "cold"
channel = "temperature"
kind = "single"
below = 15
minutes = 5
[gap]
hold_minutes = 10
hole_minutes = 30
[silence]
minutes = 90
"""
PLAUSIBILITY = """
[plausibility.alone]
kelvin = 3
[plausibility.vapour]
kelvin = 5
[plausibility.shaded]
dark_lux = 2
light_lux = 50
[plausibility.stuck]
hours = 2
moved = 0.2
[plausibility.replay]
readings = 24
"""


class Judge:
    """A profile and the detectors that look at one kind of shipment.

    Called with its recordings, one per node, it returns by what the gateway noticed something.
    """

    def __init__(self, detectors: Detectors, text: str, use: str) -> None:
        self._detectors = detectors
        self._text = text
        self._use = use

    def __call__(self, shipment: Sequence[Recording], sending: Sending | None = None) -> set[str]:
        found: set[str] = set()
        for detector in self._detectors.climate:
            sent = [
                one
                for number, recording in enumerate(shipment, 1)
                for one in sent_by(number, cut(recording), detector, self._detectors)
            ]
            words = noticed(self._profile(detector), sending(sent) if sending else sent)
            found |= {_score_of(detector) if word == "score" else word for word in words}
        return found

    def _profile(self, detector: Detector) -> Profile:
        point = detector.point(self._use)
        anomaly = (
            f"[anomaly]\nthreshold = {max(1, int(point.threshold))}\n"
            f"windows = {point.windows}\nof = {point.of}\n"
        )
        return parse_profile(self._text + anomaly, "attacks")


def _score_of(detector: Detector) -> str:
    return f"score of the {detector.name}{'' if detector.ships else f' {ONLY_TRIED}'}"


def shipped_with(name: str) -> str:
    """Return a shipped profile's text with every plausibility rule, and not its model's rule."""
    own = r"(?m)^\[(?:anomaly|plausibility\.\w+)\]\n(?:(?!\[).*\n)*"
    return re.sub(own, "", load_profile(name).text) + PLAUSIBILITY
