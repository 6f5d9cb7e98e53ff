"""Windows with what is known of them: which shipment each belongs to, and which fault it shows.

Inputs are made by the gateway's feature code, which gives the integers of `cargoseal_score`: so
training sees exactly what the node will compute.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cargoseal.scoring import rescore_many
from cargoseal_score.blob import load, pack
from cargoseal_score.model import Feature, Model

NORMAL = ""
ABSENT = -(1 << 31)
BATCH = 4096

Column = list[int | None]
Inputs = NDArray[np.int8]
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Window:
    """One window as a segment carries it: offsets in ms, one column of counts per channel."""

    offsets_ms: list[int]
    columns: dict[int, Column]


@dataclass(frozen=True)
class Dataset:
    """windows[i] belongs to shipments[i] and shows faults[i], `NORMAL` for none.

    starts_ms[i] is when the window begins, from the begin of its shipment. groups[i] names what is
    true of a shipment with or without a fault (where it is, how it samples): normal and faulty
    windows of a group weigh the same in training, lest the model learn the group for the fault.
    """

    windows: list[Window]
    shipments: NDArray[np.int64]
    faults: list[str]
    starts_ms: NDArray[np.int64]
    groups: NDArray[np.int64] | None = None

    @property
    def grouped(self) -> NDArray[np.int64]:
        """The groups, all 0 where the data set knows none."""
        return np.zeros(len(self.windows), np.int64) if self.groups is None else self.groups

    def where(self, fault: str) -> NDArray[np.int64]:
        """Return the numbers of the windows that show the fault, or `NORMAL`."""
        return np.array([i for i, f in enumerate(self.faults) if f == fault], np.int64)

    def pick(self, rows: Sequence[int] | NDArray[np.int64]) -> "Dataset":
        """Return the windows with these numbers."""
        at = np.asarray(rows, np.int64)
        return Dataset(
            [self.windows[i] for i in at],
            self.shipments[at],
            [self.faults[i] for i in at],
            self.starts_ms[at],
            self.grouped[at],
        )


def joined(parts: Sequence[Dataset]) -> Dataset:
    """Return the windows of all parts, whose shipments must have different numbers."""
    return Dataset(
        [w for p in parts for w in p.windows],
        np.concatenate([p.shipments for p in parts]),
        [f for p in parts for f in p.faults],
        np.concatenate([p.starts_ms for p in parts]),
        np.concatenate([p.grouped for p in parts]),
    )


def inputs(kind: int, zero_point: int, features: list[Feature], windows: list[Window]) -> Inputs:
    """Return the model inputs of the windows, [windows, features]."""
    table = load(pack(Model(b"", kind, zero_point, features, [])))
    out = np.empty((len(windows), len(features)), np.int8)
    for first in range(0, len(windows), BATCH):
        rows = rescore_many(table, windows[first : first + BATCH])
        flat = b"".join(row for row, _ in rows)
        out[first : first + len(rows)] = np.frombuffer(flat, np.int8).reshape(len(rows), -1)
    return out


def save(path: Path, data: Dataset) -> None:
    """Write a data set: flat arrays of offsets and counts, `ABSENT` where a reading has none."""
    channels = sorted({c for w in data.windows for c in w.columns})
    lengths = np.array([len(w.offsets_ms) for w in data.windows], np.int64)
    columns = {f"channel_{c}": _flat(data.windows, c) for c in channels}
    names = sorted(set(data.faults))
    np.savez(
        path,
        lengths=lengths,
        offsets=np.concatenate([np.array(w.offsets_ms, np.int32) for w in data.windows]),
        shipments=data.shipments,
        starts=data.starts_ms,
        groups=data.grouped,
        names=np.array(names),
        faults=np.array([names.index(f) for f in data.faults], np.int64),
        **columns,
    )


def _flat(windows: list[Window], channel: int) -> NDArray[np.int32]:
    out: list[int] = []
    for w in windows:
        column = w.columns.get(channel)
        if column is None:
            out += [ABSENT] * len(w.offsets_ms)
        else:
            out += [ABSENT if v is None else v for v in column]
    return np.array(out, np.int32)


def read(path: Path) -> Dataset:
    """Return a data set as it was saved; a channel without any value in a window is left out."""
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files}
    ends = np.cumsum(arrays["lengths"]).tolist()
    offsets = arrays["offsets"].tolist()
    channels = {int(n[8:]): arrays[n].tolist() for n in arrays if n.startswith("channel_")}
    windows = []
    first = 0
    for end in ends:
        columns = {}
        for channel, flat in channels.items():
            column = [None if v == ABSENT else v for v in flat[first:end]]
            if any(v is not None for v in column):
                columns[channel] = column
        windows.append(Window(offsets[first:end], columns))
        first = end
    names = [str(n) for n in arrays["names"]]
    faults = [names[i] for i in arrays["faults"].tolist()]
    return Dataset(windows, arrays["shipments"], faults, arrays["starts"], arrays["groups"])
