"""What nodes and the chain are told of this deployment: a node's settings, the models it may use.

A node gets the newest shipped model of each kind of window, with the digest it must have and the
score from which the node itself calls a window urgent. The registry on chain gets every shipped
model: what older nodes sealed must stay checkable.
"""

from collections.abc import Mapping
from hashlib import sha256

from cargoseal.chain.keys import Signer
from cargoseal.chain.registries import ModelRegistry
from cargoseal.model.folder import shipped_folder
from cargoseal.model.lineage import NO_TFLITE
from cargoseal.scoring import recommended_threshold, shipped_models, shipped_names


def model_settings() -> list[dict[str, object]]:
    """The `models` of a node's settings, one for each kind of window that has a shipped model."""
    newest = {one.model.kind: one for one in shipped_models()}
    return [
        {
            "blob": one.blob.hex(),
            "digest": one.model.digest.hex(),
            "threshold": recommended_threshold(one.name),
        }
        for _, one in sorted(newest.items())
    ]


def node_settings(audience: bytes, receipt_key: bytes, host: str, port: int) -> dict[str, object]:
    """What a node has in its config.json; it holds a secret, the key of its receipts."""
    broker: Mapping[str, object] = {"host": host, "port": port}
    return {
        "audience": audience.hex(),
        "receipt_key": receipt_key.hex(),
        "models": model_settings(),
        "broker": broker,
    }


def register_models(models: ModelRegistry, admin: Signer) -> None:
    """Enters every shipped model into the registry on chain: its blob, the .tflite that was made
    from (none: a baseline), and its lineage. Raises InputError for an incomplete folder."""
    for name in shipped_names():
        folder = shipped_folder(name)
        tflite = NO_TFLITE if folder.tflite is None else sha256(folder.tflite).digest()
        blob = sha256(folder.blob).digest()
        models.register(admin, blob, tflite, lineage=folder.lineage_digest, active_from_ms=0)
