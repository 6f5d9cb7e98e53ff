"""The model card: what the model is for, what it was made from, how good it is, where it fails."""

from hashlib import sha256
from typing import Any

from cargoseal_score.blob import load
from cargoseal_score.model import LOG, STATISTIC_NAMES
from models.simulate import climate
from models.simulate import shipment as simulate
from models.train import dataset

CHANNEL_NAMES = {0: "temperature", 1: "humidity", 3: "light", 4: "shock"}


def card(name: str, tflite: bytes, blob: bytes, metrics: dict[str, Any]) -> str:
    """Return the card's text; every figure in it comes from the arguments."""
    model = load(blob)
    widths = "-".join(str(n) for n in [model.inputs, *(layer.outputs for layer in model.layers)])
    macs = sum(layer.inputs * layer.outputs for layer in model.layers)
    parts = [
        f"# {name}\n",
        "An int8 autoencoder over one climate window (at most 60 readings of temperature, humidity,"
        " light and shock). The score is the squared error of its reconstruction: high means"
        " unlike the simulated normal shipments it was trained on.\n",
        "| | |\n|---|---|",
        f"| SHA-256 of the blob (the model's name everywhere) | `{model.digest.hex()}` |",
        f"| SHA-256 of the .tflite | `{sha256(tflite).hexdigest()}` |",
        f"| sizes | {len(blob)} B blob, {len(tflite)} B .tflite |",
        f"| layers | {widths}, 1x1 CONV_2D, {macs} multiplications |",
        "| score | unsigned integer below 2^24 |\n",
        _use(metrics),
        _features(model.features),
        _data(metrics),
        _results(metrics),
        _recordings(metrics),
        _failures(metrics),
    ]
    return "\n".join(parts)


def _use(metrics: dict[str, Any]) -> str:
    return (
        "## Use\n\n"
        "A hint among rules, never a verdict alone: limits, tamper and free fall have their own"
        " rules, and a profile asks the score to persist before it flags. Operating point:"
        f" **{metrics['recommended_threshold']}** (one false alarm in 1000 normal simulated"
        f" windows); {metrics['thresholds']['1_in_100']} for one in 100.\n"
    )


def _features(features: list[Any]) -> str:
    lines = ["## Inputs\n", "| input | channel | statistic | transform |", "|---|---|---|---|"]
    for i, f in enumerate(features):
        transform = f"log, knee {1 << (f.transform - LOG)}" if f.transform >= LOG else "linear"
        channel = CHANNEL_NAMES.get(f.channel, str(f.channel))
        lines.append(f"| {i} | {channel} | {STATISTIC_NAMES[f.statistic]} | {transform} |")
    lines.append(
        "\nKnees in the channel's counts. Scales reach beyond what the sensors can report: nothing"
        " is clipped. A missing channel gives the zero point, the mean of normal windows.\n"
    )
    return "\n".join(lines)


def _data(metrics: dict[str, Any]) -> str:
    t = metrics["training"]
    periods = ", ".join(f"{p:g}" for p in dataset.PERIODS_S)
    return (
        "## Data\n\n"
        f"Trained on {t['windows']} simulated normal windows (seed {t['seed']},"
        f" {t['epochs']} epochs, start {t['kept_start']} of {t['starts']} kept by validation on"
        f" windows of other seeds), sampling periods {periods} s;"
        f" {dataset.SHORT_WINDOWS:.0%} cut short, {dataset.SPARSE_WINDOWS:.0%} with single values"
        " missing, channels missing altogether as trackers have it. The physics and its"
        " parameters are stated in `models/climate.py` and `models/simulate.py`:"
        f" wall {climate.TAU_WALL_H[0]:g}-{climate.TAU_WALL_H[1]:g} h and goods"
        f" {climate.TAU_GOODS_H[0]:g}-{climate.TAU_GOODS_H[1]:g} h thermal time constants,"
        " compressor hysteresis and defrost, daily swing, sun, humidity by the Magnus formula,"
        f" vibration of {simulate.ROAD_RMS_G:g} g median RMS, handling bumps as a Poisson"
        " process.\n\n"
        "No recording is in the training set. Two of the simulation's parameters (noise at rest,"
        " impact of a 2 m drop) were read off phone_freefall (CC0 1.0, Saliby et al.,"
        " arXiv:2410.14172). Recordings without a stated licence were evaluated only.\n"
    )


def _results(metrics: dict[str, Any]) -> str:
    lines = [
        "## Results\n",
        f"{metrics['held_out_normal_windows']} held-out normal windows,"
        f" {metrics['windows_per_anomaly']} windows per anomaly, all simulated. AUC with 95 %"
        " interval; detected = 1 - MAR at a false alarm rate (FAR) of 1 % and 0.1 %. Baseline:"
        " largest |z| of the same inputs.\n",
        "| anomaly | AUC | detected at 1 % | at 0.1 % | baseline AUC | at 1 % | at 0.1 % |",
        "|---|---|---|---|---|---|---|",
    ]
    baseline = metrics["baseline_largest_z"]["anomalies"]
    for kind, m in metrics["anomalies"].items():
        b = baseline[kind]
        low, high = m["auc_95"]
        lines.append(
            f"| {kind.replace('_', ' ')} | {m['auc']:.3f} ({low:.3f}-{high:.3f})"
            f" | {m['detected']['1_in_100']:.2f} | {m['detected']['1_in_1000']:.2f}"
            f" | {b['auc']:.3f} | {b['detected']['1_in_100']:.2f}"
            f" | {b['detected']['1_in_1000']:.2f} |"
        )
    return "\n".join(lines) + "\n"


def _recordings(metrics: dict[str, Any]) -> str:
    if not metrics["recordings"]:
        return "Real recordings were not at hand when this card was made.\n"
    lines = [
        "Share of 60-row windows of real recordings at or above each threshold (mostly normal"
        " transport; no labels, so neither FAR nor detection):\n",
        "| recording | windows | 1 % threshold | 0.1 % threshold |",
        "|---|---|---|---|",
    ]
    for r in metrics["recordings"]:
        s = r["alarm_share"]
        lines.append(
            f"| {r['name']} | {r['windows']} | {s['1_in_100']:.3f} | {s['1_in_1000']:.3f} |"
        )
    return "\n".join(lines) + "\n"


def _failures(metrics: dict[str, Any]) -> str:
    baseline = metrics["baseline_largest_z"]["anomalies"]
    better = [
        kind.replace("_", " ")
        for kind, m in metrics["anomalies"].items()
        if m["auc"] < baseline[kind]["auc"]
    ]
    return (
        "## Known failures\n\n"
        "- Judged on the simulation it was trained on: detection on real faults is not known.\n"
        "- A single drop hides among handling bumps: drops are for the free fall and shock rules.\n"
        "- A slow cooling failure looks like a warm day at first; limits catch it, not the score.\n"
        f"- The baseline ranks better (AUC) on: {', '.join(better) or 'none'}.\n"
        "- One model for sampling periods from 10 s to 1 h: a fixed period would allow a sharper"
        " one.\n"
        "- A lit room is normal when the light is steady; lamps switched on and off are not.\n\n"
        "Rebuild with `python -m models.train.build --out DIR`; prove a folder with"
        " `python -m models.provenance.check DIR`.\n"
    )
