"""Small sets of accelerations, made up here: for tests that need no recording."""

from pathlib import Path

from cargoseal_score.blob import load
from cargoseal_score.model import KIND_HANDLING
from models.evaluate.detectors import Detector, Detectors
from models.train.export import rule
from models.train.handling_features import CALM_FLIGHT, LONG_FLIGHT, one_sided
from tests.models.small_sets import pack

G = 9.80665


def detectors() -> Detectors:
    """One rule, at 160 ms of calm free flight."""
    blob = rule(KIND_HANDLING, [one_sided(CALM_FLIGHT), one_sided(LONG_FLIGHT)])
    return Detectors(handling=[Detector("calm or long", "handling", load(blob), 1600, True)])


def phone(data: Path, names: list[str], seconds: float = 5.0, falls: bool = True) -> None:
    """200 Hz: at rest, from 1.5 s on 0.6 s of free flight, an impact of 6 g, at rest."""
    for name in names:
        lines = ["t_s,ax_ms2,ay_ms2,az_ms2"]
        for i in range(round(200 * seconds)):
            flies = falls and 300 <= i < 420
            hits = falls and 420 <= i < 428
            up = 0.1 if flies else 6.0 if hits else 1.0 + 0.01 * (i % 3)
            lines.append(f"{i / 200:.3f},{0.02 * G:.4f},{0.01 * G:.4f},{up * G:.4f}")
        pack(data / "phone_freefall" / f"{name}.csv.gz", lines)


def transit(data: Path) -> None:
    """Ten seconds of a floor at 500 Hz."""
    lines = ["ax_ms2,ay_ms2,az_ms2"]
    lines += [f"0.1,0.2,{G * (1 + 0.02 * (i % 7)):.4f}" for i in range(5000)]
    pack(data / "transit_vibration_500hz" / "L1.csv.gz", lines)


def roads(data: Path) -> None:
    """Six series over one bump each."""
    lines = ["label,series,i,az_ms2"]
    for series in range(6):
        for i in range(120):
            up = 1.6 if 60 <= i < 64 else 1.0
            lines.append(f"asphalt_bumps,s{series},{i},{up * G:.4f}")
    pack(data / "road_anomalies_50hz" / "road.csv.gz", lines)
