"""What nodes and the chain are told of this deployment: a node's settings, the models it may use.

A node gets for each kind of window the model that this gateway has chosen (`cargoseal model use`),
else the newest shipped one, with the digest it must have and the score from which the node itself
calls a window urgent. The registry on chain gets every shipped model: what older nodes sealed must
stay checkable. A gateway's own models are registered one by one (`cargoseal model register`).
"""

from collections.abc import Mapping
from hashlib import sha256

from cargoseal.chain.keys import Signer
from cargoseal.chain.registries import ModelRegistry
from cargoseal.model.folder import ModelFolder, shipped_folder
from cargoseal.model.shelf import Shelf
from cargoseal.scoring import shipped_names

SHIPPED = Shelf(None)


def model_settings(shelf: Shelf = SHIPPED) -> list[dict[str, object]]:
    """The `models` of a node's settings, one for each kind of window that has a model. A model for
    which nobody has found a threshold has none, and the node calls no window urgent by it."""
    return [
        {"blob": one.blob.hex(), "digest": sha256(one.blob).hexdigest()}
        | ({} if one.threshold is None else {"threshold": one.threshold})
        for one in shelf.chosen().values()
    ]


def node_settings(
    audience: bytes, receipt_key: bytes, host: str, port: int, shelf: Shelf = SHIPPED
) -> dict[str, object]:
    """What a node has in its config.json; it holds a secret, the key of its receipts."""
    broker: Mapping[str, object] = {"host": host, "port": port}
    return {
        "audience": audience.hex(),
        "receipt_key": receipt_key.hex(),
        "models": model_settings(shelf),
        "broker": broker,
    }


def register_models(models: ModelRegistry, admin: Signer) -> None:
    """Enters every shipped model into the registry on chain. Raises InputError for an incomplete
    folder."""
    for name in shipped_names():
        register_model(models, admin, shipped_folder(name))


def register_model(models: ModelRegistry, admin: Signer, folder: ModelFolder) -> bool:
    """Enters a model into the registry on chain: its blob, the .tflite that it was made from (none:
    a baseline), and its lineage. False when it is there so already; reverts (ModelKnown) when it is
    there otherwise: an entry never changes."""
    blob = sha256(folder.blob).digest()
    done = models.register(
        admin, blob, folder.tflite_digest, lineage=folder.lineage_digest, active_from_ms=0
    )
    return done is not None
