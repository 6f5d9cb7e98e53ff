"""Whether a new model or configuration works on this node, found out before it is used.

Rules
1. A model's folder holds for each `<kind>.blob` a `<kind>.golden`: the node's own kernels must
   give every score in it.
2. A configuration's folder holds `settings.json`: settings that replace those of the enrolment, one
   by one. What names the node, its gateway's key or the release key cannot be replaced.
3. Nothing here writes.
"""

import json

from cargoseal_score import blob, infer
from cargoseal_wire import release as rel
from node.config import Config, ConfigError, ModelSetting

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cargoseal_wire.release import Manifest
    from node.parts import Flash


class SelfTestError(ValueError):
    """Something does not give what it must."""


class Running:
    """What runs on this node: the chip's code, the application's number, the formats of its models'
    blobs, and the settings of the enrolment as decoded from JSON."""

    def __init__(self, arch: str, application: int, formats: list[int], settings: dict) -> None:
        self.arch = arch
        self.application = application
        self.formats = formats
        self.settings = settings


def check(manifest: "Manifest", flash: "Flash", running: Running) -> None:
    """SelfTestError, ScoreError, WireError or ConfigError: all of them ValueErrors."""
    if manifest.component == rel.MODEL:
        read_models(flash)
    elif manifest.component == rel.CONFIGURATION:
        merged(running.settings, flash.read(rel.SETTINGS), manifest.number)


def read_models(flash: "Flash") -> list[ModelSetting]:
    """The models of a folder, each tested against its golden scores."""
    names = [name[: -len(rel.BLOB)] for name in flash.names() if name.endswith(rel.BLOB)]
    if not names:
        raise SelfTestError("a model's release: expected a file *.blob, got none")
    return [_read_model(flash, name) for name in names]


def _read_model(flash: "Flash", name: str) -> ModelSetting:
    data = flash.read(name + rel.BLOB)
    model = blob.load(data)
    where = name + rel.GOLDEN
    if where not in flash.names():
        raise SelfTestError(name + ": expected a file " + where + ", got none")
    threshold, pairs = rel.decode_golden(flash.read(where), where)
    for model_input, expected in pairs:
        got = infer.score(model, model_input)
        if got != expected:
            raise SelfTestError(where + ": expected score " + str(expected) + ", got " + str(got))
    return ModelSetting(data, model.digest, threshold)


def merged(settings: dict, text: bytes, number: int) -> dict:
    """The settings of the enrolment with those of a configuration's release in their place, as
    `Config` takes them. ConfigError for what may not be replaced and for what is no setting."""
    try:
        changes = json.loads(text)
    except ValueError:
        changes = None
    if not isinstance(changes, dict):
        raise ConfigError(rel.SETTINGS, "a JSON object", "something else")
    for key in rel.FIXED_SETTINGS:
        if key in changes:
            raise ConfigError(key, "a setting that a release may change", "one it may not")
    whole = dict(settings)
    whole.update(changes)
    whole["release"] = number
    Config(whole)
    return whole
