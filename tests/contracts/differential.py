"""Ed25519Verifier against libsodium, case by case, in a real EVM.

    python -m tests.contracts.differential [--cases N] [--seed N] [--json FILE]

Exit code 1 at the first case of which something else was found. Progress goes to standard error.
"""

import argparse
import itertools
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.contracts.ed25519_cases import INVALID, UNPROVEN, VALID, Case, cases
from tests.contracts.evm import AT_ONCE, Evm, evm

WORDS = {UNPROVEN: "unproven", VALID: "valid", INVALID: "invalid"}


class DifferenceError(AssertionError):
    """The contract found something else."""


def compare(chain: Evm, verifier: str, batch: list[Case]) -> Counter[str]:
    """What was found how often; DifferenceError at the first case that does not fit."""
    found: Counter[str] = Counter()
    answers = chain.call_many(verifier, [one.call() for one in batch])
    for one, answer in zip(batch, answers, strict=True):
        if answer is None or not one.accepts(answer):
            raise DifferenceError(
                f"{one.kind}: expected {WORDS[one.truth]}, got {answer}: message "
                f"{one.message.hex()}, key {one.key.hex()}, signature {one.signature.hex()}, "
                f"hints {one.hints}"
            )
        found[f"{'exact' if one.exact else 'other'} hints: {WORDS[answer]}"] += 1
        found[one.kind] += 1
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


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.contracts.differential", description=__doc__
    )
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help="write the figures there too")
    options = parser.parse_args()
    began = time.monotonic()
    try:
        found = run(options.cases, options.seed)
    except DifferenceError as difference:
        print(difference, file=sys.stderr)
        return 1
    figures = {"cases": options.cases, "seed": options.seed, "found": dict(found)}
    figures["seconds"] = round(time.monotonic() - began)
    for name, count in sorted(found.items()):
        print(f"{count:9,} {name}")
    print(f"{options.cases:,} cases, no difference, {figures['seconds']} s")
    if options.json is not None:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
