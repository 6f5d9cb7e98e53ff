"""Whether a model still fits its world: drift of its inputs, as a fact about the model.

Never a verdict about a shipment, and not in any evidence log: goods are not worse because a model
knows them less.

reference.py  what the inputs looked like where the model was trained; comes with the model
making.py     how the pipeline makes that; not needed by the gateway, and slow to import
detector.py   the sequential test, and what it guarantees
counting.py   from sealed windows to the test, durable in the store
report.py     what was found, in plain values and in a sentence
"""

from cargoseal.health.counting import Drift
from cargoseal.health.reference import Reference, load_references
from cargoseal.health.report import ModelWatch, model_watches

__all__ = [
    "Drift",
    "ModelWatch",
    "Reference",
    "load_references",
    "model_watches",
]
