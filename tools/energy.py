"""Days of battery of a node, and how they change with its intervals and its link.

    python tools/energy.py [--sample 300] [--upload 3600] [--capacity 3400] [--link wifi]
                           [--json] [--png build/energy.png]

Inputs and assumptions are in tools/energy_model.py; the work of a window is what the firmware's
benchmark counted (tests/bench/firmware.json).
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from energy_model import LINKS, NODE, Battery, Budget, Link, Profile, Value, budget

ROOT = Path(__file__).resolve().parent.parent
COUNTED = ROOT / "tests/bench/firmware.json"
SAMPLES_S = (60, 300, 900, 3600)
UPLOADS_S = (900, 3600, 14400, 86400)
NAMES = {"wifi": LINKS[0], "lte-m": LINKS[1], "2g": LINKS[2]}


def counted_window() -> float:
    """Instructions of a whole window, from the committed figures; a round number without them."""
    if not COUNTED.exists():
        return Profile().window_instructions
    return float(json.loads(COUNTED.read_text())["window"]["climate"]["total"])


def table(profile: Profile, battery: Battery) -> list[dict[str, object]]:
    """Days for every link, sampling and upload interval; windows fill up between uploads."""
    rows: list[dict[str, object]] = []
    for link in LINKS:
        for sample_s in SAMPLES_S:
            for upload_s in UPLOADS_S:
                if upload_s < sample_s:
                    continue
                made = at(profile, sample_s, upload_s)
                days = budget(made, link, battery).days
                rows.append({"link": link.name, "sample_s": sample_s, "upload_s": upload_s,
                             "days": round(days, 1)})  # fmt: skip
    return rows


def at(profile: Profile, sample_s: float, upload_s: float) -> Profile:
    """The profile with other intervals: a window per upload, of at most 60 readings."""
    readings = max(1, min(60, int(upload_s // sample_s)))
    return replace(profile, sample_s=sample_s, upload_s=upload_s, readings_per_window=readings)


def inputs() -> dict[str, Value]:
    """Every stated input by name."""
    found = {name: getattr(NODE, name) for name in asdict(NODE)}
    for link in LINKS:
        for name in asdict(link):
            if name != "name":
                found[f"{link.name}: {name}"] = getattr(link, name)
    return found


def said(profile: Profile, link: Link, battery: Battery, one: Budget) -> list[str]:
    """The report for people."""
    lines = [
        f"A sample every {profile.sample_s:g} s, an upload every {profile.upload_s:g} s over "
        f"{link.name}, {battery.capacity_mah:g} mAh ({battery.usable:.0%} usable):",
        f"  {one.days:.0f} days", "",
        "  mAh a day: " + ", ".join(
            f"{name} {value:.2f}" for name, value in asdict(one).items() if name != "days"
        ) + f"; together {one.total:.2f}", "", "Days by interval and link:",
    ]  # fmt: skip
    rows = table(profile, battery)
    lines.append(f"{'link':14}{'sample':>8}" + "".join(f"{_time(s):>12}" for s in UPLOADS_S))
    for each in LINKS:
        for sample_s in SAMPLES_S:
            days = {
                row["upload_s"]: row["days"]
                for row in rows
                if row["link"] == each.name and row["sample_s"] == sample_s
            }
            cells = "".join(f"{days.get(upload_s, ''):>12}" for upload_s in UPLOADS_S)
            lines.append(f"{each.name:14}{_time(sample_s):>8}{cells}")
    lines += ["", "Inputs:"]
    lines += [f"  {k}: {v.number:g} {v.unit}: {v.source}" for k, v in inputs().items()]
    return lines


def picture(profile: Profile, battery: Battery, path: Path) -> None:
    """Days over the upload interval, a line per link, at the profile's sampling interval."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.2), dpi=100, layout="constrained")
    axes = figure.subplots()
    uploads = [300 * 2 ** (k / 4) for k in range(34)]
    for link, style in zip(LINKS, ("-", "--", ":"), strict=True):
        days = [budget(at(profile, profile.sample_s, u), link, battery).days for u in uploads]
        axes.plot([u / 60 for u in uploads], days, style, label=link.name, linewidth=2)
    axes.axvline(profile.upload_s / 60, color="0.6", linewidth=1)
    axes.set_xscale("log")
    axes.set_xticks([5, 15, 60, 240, 1440], ["5 min", "15 min", "1 h", "4 h", "1 day"])
    axes.set_xlabel("time between uploads")
    axes.set_ylabel(f"days with {battery.capacity_mah:g} mAh")
    axes.set_title(f"Battery life, a sample every {_time(profile.sample_s)}")
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    axes.legend()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Software": None})


def _time(seconds: float) -> str:
    if seconds < 3600:
        return f"{seconds / 60:g} min"
    return f"{seconds / 3600:g} h"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python tools/energy.py", description=__doc__)
    parser.add_argument("--sample", type=float, default=300, help="seconds between samples")
    parser.add_argument("--upload", type=float, default=3600, help="seconds between uploads")
    parser.add_argument("--capacity", type=float, default=3400, help="mAh of the battery")
    parser.add_argument("--link", choices=sorted(NAMES), default="wifi")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--png", type=Path, help="draw days over the upload interval there")
    given = parser.parse_args(arguments)
    if min(given.sample, given.upload, given.capacity) <= 0:
        parser.error("intervals and capacity: expected above 0")
    profile = at(Profile(window_instructions=counted_window()), given.sample, given.upload)
    battery, link = Battery(given.capacity), NAMES[given.link]
    one = budget(profile, link, battery)
    if given.png:
        picture(profile, battery, given.png)
    if given.json:
        made = {
            "profile": asdict(profile), "battery": asdict(battery), "link": link.name,
            "mah_a_day": asdict(one) | {"total": one.total}, "days": one.days,
            "table": table(profile, battery),
            "inputs": {name: asdict(value) for name, value in inputs().items()},
        }  # fmt: skip
        print(json.dumps(made, indent=1, ensure_ascii=False))
    else:
        print("\n".join(said(profile, link, battery, one)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
