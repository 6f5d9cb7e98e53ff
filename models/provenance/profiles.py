"""The thresholds in the shipped profiles, as the shipped models' metrics have them.

    python -m models.provenance.profiles [--check]

A profile's [anomaly] is of the climate detector and its [handling] of the handling detector. Which
operating point it gets is told by its name: that of the use with the longest name that the
profile's begins with, else that of how such goods are handled (`WAYS`), else that for any place.
Only the values of keys that are there are written; which tables a profile has is for people.
"""

import argparse
import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cargoseal.model.features_file import KINDS
from cargoseal.scoring import shipped, shipped_file

PROFILES = Path(__file__).resolve().parents[2] / "gateway" / "cargoseal" / "profiles"
TABLES = {"anomaly": "climate", "handling": "handling"}
KEYS = ("threshold", "windows", "of", "count", "hours", "cool_down_minutes")
WAYS = {"vaccine": "parcel", "who": "parcel"}
ANY = "any"

Points = Mapping[str, Mapping[str, Any]]


class NoPointError(Exception):
    """A profile has a table for which its model has no operating point."""


def operating_points(kind: str) -> Points:
    """Return use -> operating point of the shipped model of a kind."""
    metrics = json.loads(shipped_file(shipped(KINDS[kind]).name, "metrics.json"))
    return {point["use"]: point for point in metrics["operating_points"]}


def point_for(profile: str, points: Points) -> Mapping[str, Any]:
    """Return a profile's operating point. NoPointError where none fits, or it has no threshold."""
    fitting = [use for use in points if profile.startswith(use)]
    ways = [way for goods, way in WAYS.items() if profile.startswith(goods) and way in points]
    use = max(fitting, key=len, default=(ways or [ANY])[0])
    if use not in points or points[use]["threshold"] is None:
        raise NoPointError(f"{profile}: expected a threshold for {use} of {', '.join(points)}")
    return points[use]


def written(profile: str, text: str, points: Mapping[str, Points]) -> str:
    """Return a profile's text with its operating points. `points`: by table's name."""
    for table, by_use in points.items():
        found = re.search(rf"(?m)^\[{table}\]\n(?:(?!\[).*\n)*", text)
        if found is None:
            continue
        point = point_for(profile, by_use)
        made = found[0]
        for key in KEYS:
            if key in point:
                made = re.sub(rf"(?m)^{key} = \d+", f"{key} = {point[key]}", made)
        text = text[: found.start()] + made + text[found.end() :]
    return text


def main() -> int:
    """Write the profiles, or compare them; exit code 1 where one differs."""
    parser = argparse.ArgumentParser(
        prog="python -m models.provenance.profiles", description=__doc__
    )
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    check = parser.parse_args().check
    points = {table: operating_points(kind) for table, kind in TABLES.items()}
    wrong = 0
    for path in sorted(PROFILES.glob("*.toml")):
        text = path.read_text(encoding="utf-8")
        try:
            made = written(path.stem, text, points)
        except NoPointError as error:
            sys.stderr.write(f"{error}\n")
            wrong += 1
            continue
        if check and made != text:
            sys.stderr.write(f"{path}: its thresholds are not those of the models' metrics\n")
            wrong += 1
        elif made != text:
            path.write_text(made, encoding="utf-8")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
