"""Ed25519Verifier against libsodium, case by case, in a real EVM.

    python -m tests.contracts.differential [--cases N] [--seed N] [--record]

Exit code 1 at the first case of which something else was found. Progress goes to standard error.
`--record` writes contracts/differential.json: how many cases of each kind, and of which bytecode.
A test holds that file against the bytecode that ships.
"""

import argparse
import hashlib
import itertools
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from importlib import metadata
from typing import Any

from cargoseal.chain.artifacts import load_artifact
from tests.contracts.ed25519_cases import INVALID, UNPROVEN, VALID, Case, cases
from tests.contracts.evm import AT_ONCE, Evm, evm
from tests.shared_data import ROOT

RECORD = ROOT / "contracts" / "differential.json"
CASES = 100_000
WORDS = {UNPROVEN: "unproven", VALID: "valid", INVALID: "invalid"}


class DifferenceError(AssertionError):
    """The contract found something else."""


def verifier_digest() -> str:
    """The SHA-256 of the shipped verifier's creation code."""
    return hashlib.sha256(load_artifact("Ed25519Verifier").bytecode).hexdigest()


def compare(chain: Evm, verifier: str, batch: list[Case]) -> Counter[str]:
    """What was found of which kind how often; DifferenceError at the first that does not fit."""
    found: Counter[str] = Counter()
    answers = chain.call_many(verifier, [one.call() for one in batch])
    for one, answer in zip(batch, answers, strict=True):
        if answer is None or not one.accepts(answer):
            raise DifferenceError(
                f"{one.kind}: expected {WORDS[one.truth]}, got {answer}: message "
                f"{one.message.hex()}, key {one.key.hex()}, signature {one.signature.hex()}, "
                f"hints {one.hints}"
            )
        found[f"{one.kind}: {WORDS[answer]}"] += 1
    return found


def batches(count: int, seed: int) -> Iterator[list[Case]]:
    made = cases(count, seed)
    while batch := list(itertools.islice(made, AT_ONCE)):
        yield batch


def run(count: int, seed: int) -> Counter[str]:
    """All cases; prints how far it is."""
    began = time.monotonic()
    found: Counter[str] = Counter()
    with evm() as chain:
        verifier = chain.deploy("Ed25519Verifier")
        done = 0
        for batch in batches(count, seed):
            found += compare(chain, verifier, batch)
            done += len(batch)
            print(f"{done} of {count}, {time.monotonic() - began:.0f} s", file=sys.stderr)
    return found


def record(count: int, seed: int, found: Counter[str]) -> None:
    said: dict[str, Any] = {
        "made_by": "python -m tests.contracts.differential --record",
        "verifier": verifier_digest(),
        "pynacl": metadata.version("pynacl"),
        "cases": count,
        "seed": seed,
        "differences": 0,
        "found": dict(sorted(found.items())),
    }
    RECORD.write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.contracts.differential", description=__doc__
    )
    parser.add_argument("--cases", type=int, default=CASES)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--record", action="store_true", help="write contracts/differential.json")
    options = parser.parse_args()
    try:
        found = run(options.cases, options.seed)
    except DifferenceError as difference:
        print(difference, file=sys.stderr)
        return 1
    for name, count in sorted(found.items()):
        print(f"{count:9,} {name}")
    print(f"{options.cases:,} cases, no difference")
    if options.record:
        record(options.cases, options.seed, found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
