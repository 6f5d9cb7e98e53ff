"""Whether the model registry on chain says of a model what its folder says."""

from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from cargoseal.audit.result import Wrong
from cargoseal.model.folder import ModelFolder

if TYPE_CHECKING:
    from cargoseal.chain.registries import ModelRegistry


def check_registered(registry: "ModelRegistry", folder: ModelFolder) -> str:
    """Say since when the registry has this model, with these digests, in use. Raises Wrong."""
    blob = sha256(folder.blob).digest()
    entry = registry.model_of(blob)
    if entry is None:
        raise Wrong(f"the registry {registry.address} does not have the model {blob.hex()}")
    for name, expected, got in (
        (".tflite", folder.tflite_digest, entry.tflite_digest),
        ("lineage", folder.lineage_digest, entry.lineage),
    ):
        if expected != got:
            raise Wrong(f"{name}: expected {expected.hex()} in the registry, got {got.hex()}")
    if not registry.is_active(blob):
        if entry.retired_s:
            raise Wrong(f"retired since {_time(entry.retired_s)}")
        raise Wrong(f"active only from {_time(entry.active_from_s)}")
    until = f", to be retired {_time(entry.retired_s)}" if entry.retired_s else ""
    since = _time(entry.active_from_s) if entry.active_from_s else "the beginning"
    return f"registered with both digests and this lineage, active since {since}{until}"


def _time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
