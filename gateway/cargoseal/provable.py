"""What must be on chain so that anybody can prove something about a shipment.

Rules
1. A model that nodes score with is kept as code: any account may put it there, and its name is its
   SHA-256, so nobody is trusted for it.
2. A profile points at the model of each kind of window, with the score from which one window of
   itself is worth a flag. That is the threshold of the profile's own rule where the rule asks for
   one window only. Where it asks for several, or there is no such rule, nothing can be proved by
   one: the threshold is 0.
3. Doing it again changes nothing. With a delay of the administrator what points is scheduled first.
"""

from collections.abc import Iterable

from web3 import Web3

from cargoseal.chain.addresses import Addresses
from cargoseal.chain.delays import Scheduled, act
from cargoseal.chain.deploy import manager_of
from cargoseal.chain.kernels import Int8Model
from cargoseal.chain.keys import Signer
from cargoseal.chain.registries import ModelRegistry, Pointer
from cargoseal.model.shelf import Shelf
from cargoseal.policy.profile import Profile
from cargoseal_score.blob import load
from cargoseal_score.model import KIND_CLIMATE


def single_window_threshold(profile: Profile, kind: int) -> int:
    """The score from which one window is worth a flag; 0: none is (rule 2)."""
    if kind == KIND_CLIMATE:
        climate = profile.anomaly
        return climate.threshold if climate and climate.windows == 1 else 0
    handling = profile.handling
    return handling.threshold if handling and handling.count == 1 else 0


def make_provable(
    w3: Web3, admin: Signer, addresses: Addresses, profiles: Iterable[Profile], shelf: Shelf
) -> list[Scheduled]:
    """Stores the models of the shelf as code and points the profiles at the chosen ones that are in
    use. Returns what waits for the administrator's delay."""
    executor = Int8Model(w3, addresses.executor)
    for blob in shelf.blobs().values():
        executor.store(admin, blob)
    models = ModelRegistry(w3, addresses.models)
    manager = manager_of(w3, addresses)
    waiting = []
    for profile in profiles:
        for chosen in shelf.chosen().values():
            model = load(chosen.blob)
            wanted = Pointer(model.digest, single_window_threshold(profile, model.kind))
            there = models.pointer_now(profile.digest, model.kind)
            if there == wanted or not models.is_active(model.digest):
                continue
            arguments = (profile.digest, model.kind, wanted.model, wanted.threshold)
            waiting.append(act(manager, admin, models, "point", *arguments))
    return [item for item in waiting if item is not None]
