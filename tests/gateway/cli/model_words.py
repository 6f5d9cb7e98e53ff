"""What the tests of `cargoseal model` share: a small network's files, and words to import them."""

from collections.abc import Callable
from pathlib import Path

from cargoseal.chain.addresses import read_addresses
from cargoseal.chain.backend import ChainProcess, connect
from cargoseal.chain.registries import ModelRegistry
from cargoseal.config import load_config
from tests.models.tflite_files import File

Run = Callable[..., tuple[int, str, str]]
FEATURES = """
[[input]]
parts = 8
each = [{ channel = "temperature", range = [-6000, 12000] },
        { channel = "humidity", range = [0, 10000] }]
"""


def write(path: Path, file: File) -> Path:
    path.write_bytes(file.write())
    return path


def import_words(net: Path, out: str = "made") -> list[object]:
    return ["model", "import", net, "--features", net.with_name("features.toml"),
            "--kind", "climate", "--name", "pallet-v1", "--out", out]  # fmt: skip


def registry_of(folder: Path, chain: ChainProcess) -> ModelRegistry:
    config = load_config(folder / "cargoseal.toml").chain
    return ModelRegistry(
        connect(chain.url), read_addresses(config.addresses, config.chain_id).models
    )
