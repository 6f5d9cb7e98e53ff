"""The model card: what a model is for, what it was made from, how good it is, where it fails.

Generated, and compared with the committed one whenever the folder is checked: every figure comes
from the blob, from metrics.json or from the lineage. What nobody has evaluated is said to be so.

Keys of metrics.json that the card shows, all but `model` optional; other keys are for programs:

    model                  SHA-256 of the blob that all of it is about
    about, use, training   paragraphs
    ships                  {"detector": "model" or "baseline", "why": a sentence with the figure}
    operating_points       [{"threshold": score, "means": what it costs}]; the recommended one first
    tables                 [{"title", "text", "columns", "rows"}]: the model beside its baseline
    failures, attacks      sentences
    cost                   {name: value}: instructions and energy of a window, where measured
"""

import json
from collections.abc import Mapping
from typing import Any

from cargoseal.model.lineage import RECORDINGS, SOURCES, Lineage, digest_of
from cargoseal_score import bursts
from cargoseal_score.blob import load
from cargoseal_score.model import LINEAR, LOG, MAGNITUDE, STATISTIC_NAMES, Feature, Model
from cargoseal_wire.constants import CHANNELS

NOT_EVALUATED = "Not evaluated."
_KIND_WORDS = {
    "climate": "climate windows: slow channels, minutes to hours",
    "handling": "handling windows: bursts of acceleration around an event",
}


def card_text(lineage: Lineage, blob: bytes, tflite: bytes | None, metrics: Any) -> str:
    """Return the card. The lineage's `files` are not looked at: the card is one of them.

    ScoreError for a broken blob.
    """
    told: Mapping[str, Any] = metrics if isinstance(metrics, dict) else {}
    model = load(blob)
    parts = [
        f"# {lineage.name}\n",
        f"{told.get('about') or 'A model for ' + _KIND_WORDS[lineage.kind] + '.'}\n",
        _identity(lineage, model, blob, tflite),
        _section("Which detector ships", _ships(told)),
        _section("Use", _use(told)),
        _section("Inputs", _inputs(model)),
        _section("Data and origin", _origin(lineage, told)),
        _section("Results", _tables(told)),
        _section("Cost of a window", _cost(model, told)),
        _section("Known failures", _sentences(told.get("failures"), "None stated.")),
        _section("Known attacks", _sentences(told.get("attacks"), "None tried.")),
        _section("Check it", _check(lineage)),
    ]
    return "\n".join(parts)


def _section(title: str, text: str) -> str:
    return f"## {title}\n\n{text}\n"


def _table(columns: list[Any], rows: list[list[Any]]) -> str:
    lines = ["| " + " | ".join(map(_cell, columns)) + " |", "|" + "---|" * len(columns)]
    lines += ["| " + " | ".join(map(_cell, row)) + " |" for row in rows]
    return "\n".join(lines)


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    text = value if isinstance(value, str) else json.dumps(value)
    return " ".join(text.split()).replace("|", "\\|")


def _identity(lineage: Lineage, model: Model, blob: bytes, tflite: bytes | None) -> str:
    made_from = "none: a baseline is compiled from no network"
    sizes = f"{len(blob)} B blob"
    if tflite is not None:
        made_from = f"`{digest_of(tflite)}`"
        sizes += f", {len(tflite)} B .tflite"
    widths = "-".join(str(n) for n in [model.inputs, *(layer.outputs for layer in model.layers)])
    score = "sum of squared differences between the last layer and the input, below 2^24"
    if not model.layers:
        widths = f"none; {model.inputs} inputs"
        score = "the largest squared distance of an input from the zero point"
    rows = [
        ["looks at", _KIND_WORDS[lineage.kind]],
        ["SHA-256 of the blob (the model's name everywhere)", f"`{digest_of(blob)}`"],
        ["SHA-256 of the .tflite", made_from],
        ["sizes", sizes],
        ["dense int8 layers", widths],
        ["score", score],
    ]
    return _table(["", ""], [list(row) for row in rows]) + "\n"


def _ships(told: Mapping[str, Any]) -> str:
    ships = told.get("ships")
    if not isinstance(ships, dict):
        return NOT_EVALUATED
    return f"The **{ships.get('detector')}**. {ships.get('why', '')}".strip()


def _use(told: Mapping[str, Any]) -> str:
    use = told.get("use") or (
        "A hint among rules, never a verdict alone: limits, tamper and free fall have their own"
        " rules, and a profile asks the score to persist before it flags."
    )
    points = told.get("operating_points") or []
    rows = [[point.get("threshold"), point.get("means")] for point in points]
    if not rows:
        return f"{use}\n\nOperating point: {NOT_EVALUATED.lower()}"
    return f"{use}\n\n" + _table(["a score of at least", "means"], rows)


def _inputs(model: Model) -> str:
    rows = [[_numbers(at), *words] for at, words in _grouped(model.features)]
    return (
        _table(["input", "channel", "statistic", "transform"], rows)
        + "\n\nKnees in the channel's counts. A channel without a value gives the zero point"
        f" ({model.zero_point})."
    )


def _grouped(features: list[Feature]) -> list[tuple[list[int], list[str]]]:
    """Return inputs that differ only in which part of a window they are as one row."""
    out: dict[tuple[str, ...], list[int]] = {}
    for index, feature in enumerate(features):
        out.setdefault(tuple(_words(feature)), []).append(index)
    return [(at, list(words)) for words, at in out.items()]


def _numbers(at: list[int]) -> str:
    if len(at) == 1:
        return str(at[0])
    step = at[1] - at[0]
    if at != list(range(at[0], at[-1] + 1, step)):
        return ", ".join(map(str, at))
    return f"{at[0]} to {at[-1]}" + ("" if step == 1 else f", every {step}")


def _words(feature: Feature) -> list[str]:
    channel = f"channel {feature.channel}"
    if feature.channel == MAGNITUDE:
        channel = "length of the acceleration"
    elif feature.channel < len(CHANNELS):
        channel = CHANNELS[feature.channel][0].replace("_", " ")
    if feature.statistic < len(STATISTIC_NAMES):
        statistic = STATISTIC_NAMES[feature.statistic]
    else:
        statistic = bursts.STATISTICS[feature.statistic]
    if statistic == "part":
        statistic = f"parts of {feature.second}"
    elif feature.first or feature.second:
        statistic += f" ({feature.first}, {feature.second})"
    transform = "linear"
    if feature.transform != LINEAR:
        transform = f"log, knee {1 << (feature.transform - LOG)}"
    return [channel, statistic.replace("_", " "), transform]


def _origin(lineage: Lineage, told: Mapping[str, Any]) -> str:
    training = told.get("training")
    parts = [training] if isinstance(training, str) else []
    if lineage.data:
        rows = [
            [name, one.licence, one.files, f"`{one.sha256}`"] for name, one in lineage.data.items()
        ]
        parts.append(_table(["set", "licence", "files", "SHA-256 of its manifest"], rows))
    elif lineage.code is not None:
        parts.append("No recording is in the training set.")
    facts: list[list[Any]] = []
    if lineage.judged:
        names = ", ".join(sorted(lineage.judged))
        facts.append(["judged on", f"{names}; each file in `{RECORDINGS}`"])
    if lineage.code is not None:
        facts.append(["code", f"{lineage.code.files} files, each in `{SOURCES}`"])
    facts += [[f"seed: {name}", value] for name, value in sorted(lineage.seeds.items())]
    facts += [[name, value] for name, value in sorted(lineage.parameters.items())]
    facts.append(["follows", f"`{lineage.parent}`" if lineage.parent else "no earlier model"])
    parts.append(_table(["", ""], facts))
    if lineage.code is None:
        parts.append("Trained elsewhere: data, code and seeds are not known here.")
    return "\n\n".join(parts)


def _tables(told: Mapping[str, Any]) -> str:
    parts = []
    for table in told.get("tables") or []:
        parts.append(f"### {table.get('title', '')}")
        if table.get("text"):
            parts.append(str(table["text"]))
        parts.append(_table(table["columns"], table["rows"]))
    return "\n\n".join(parts) or NOT_EVALUATED


def _cost(model: Model, told: Mapping[str, Any]) -> str:
    weights = sum(layer.inputs * layer.outputs for layer in model.layers)
    rows = [["int8 multiplications", weights]]
    rows += [[name, value] for name, value in (told.get("cost") or {}).items()]
    text = _table(["", ""], rows)
    return text if told.get("cost") else f"{text}\n\nInstructions and energy: not measured."


def _sentences(sentences: Any, none: str) -> str:
    return "\n".join(f"- {_cell(one)}" for one in sentences or []) or none


def _check(lineage: Lineage) -> str:
    return (
        f"`cargoseal model verify {lineage.name}` compiles the blob again, replays the golden"
        " vectors, compares every file with lineage.json and that with the registry on chain."
    )
