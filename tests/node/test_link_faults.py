"""The faults of tests/node/both/test_link_faults.py at many more places; a cut at every byte."""

import os

import pytest

from tests.node.both.test_link_faults import survive

SEEDS = range(1, 11)
STEPS = {"truncate": 1, "drop": 5, "duplicate": 5, "reorder": 5, "stall": 11, "half-open": 11}


@pytest.mark.parametrize("fault", STEPS)
def test_each_fault_anywhere_loses_no_segment(fault: str) -> None:
    step = 1 if os.environ.get("CARGOSEAL_THOROUGH") else STEPS[fault]
    assert survive(fault, step, SEEDS) > 400
