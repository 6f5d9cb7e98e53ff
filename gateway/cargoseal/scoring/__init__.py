"""Re-computing a segment's score: the gateway believes no score it has not computed itself.

`rescore` derives the model input from the sealed readings and the score from that input, in the
integers of `cargoseal_score`, which is the definition; a numpy twin (`fast_features`,
`fast_infer`) does it at speed and gives the same integers. `folders` finds the models that come
with the gateway. `self_test` replays their golden vectors; a gateway that fails it must not start.
"""

from cargoseal.scoring.folders import (
    ShippedModel,
    load_models,
    recommended_threshold,
    shipped,
    shipped_file,
    shipped_models,
    shipped_names,
)
from cargoseal.scoring.readings import Readings
from cargoseal.scoring.rescoring import rescore, rescore_many, score_input
from cargoseal.scoring.selftest import SelfTestError, self_test

__all__ = [
    "Readings",
    "SelfTestError",
    "ShippedModel",
    "load_models",
    "recommended_threshold",
    "rescore",
    "rescore_many",
    "score_input",
    "self_test",
    "shipped",
    "shipped_file",
    "shipped_models",
    "shipped_names",
]
