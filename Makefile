# What one does with a checkout. Each target sets up what it needs; a second run does not again.
# .ci/run calls these same targets.

PYTHON ?= python3
RUN    := .venv/bin/python
SHELL  := /bin/bash
export PATH := $(PATH):$(CURDIR)/.venv/bin
export PYTHONPATH :=

.PHONY: help setup demo test check bench bits native evaluate report vectors contracts gas prove energy readme clean

help:       ## this list
	@grep -hE '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## */  make \1\t/' | expand -t 18

setup:      ## virtual environment and packages, from the lock files
	@$(PYTHON) tools/setup.py

demo: setup ## the whole way, on this machine: nodes, gateway, chain, tokens
	$(RUN) tools/demo.py --out build/demo.json

test: setup ## every quick test, against the real parts
	$(RUN) -m pytest -n 2 --dist loadgroup tests

build/demo.json:
	$(MAKE) demo

check: setup build/demo.json ## style, types, and that generated files equal their sources
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	$(RUN) tools/check_firmware_types.py
	$(RUN) tools/vectors.py --check
	$(RUN) -m models.provenance.vectors --check
	$(RUN) -m models.provenance.check
	$(RUN) -m models.provenance.profiles --check
	$(RUN) -m tests.bits --check models/evaluation/bits.json
	$(RUN) tools/contracts.py --check
	$(RUN) tests/contracts/make_vectors.py --check
	$(RUN) tools/readme.py --check

bench: setup ## figures, apart from the tests: sizes, gas, ratios
	$(RUN) -m tests.bench --out build/bench.json

bits: setup ## 100,000 windows per model through every machine, bit by bit
	$(RUN) -m tests.bits --json models/evaluation/bits.json

# The committed report is that of the public sets; a report on any other folder goes to build/.
PUBLIC := ../shared/data/public
DATA   ?= $(PUBLIC)
REPORT ?= $(if $(filter $(PUBLIC),$(DATA:/=)),models/evaluation,build/evaluation)

evaluate: setup ## every detector on the recordings in DATA=folder (and JSON=file): a report
	$(RUN) -m models.evaluate $(DATA) --out $(REPORT) $(if $(JSON),--json $(JSON))

report: setup ## that the committed reports on the recordings say what the evaluation says
	$(RUN) -m models.evaluate $(PUBLIC) --check
	$(RUN) -m models.evaluate $(PUBLIC)/../train --only containers --check --out models/evaluation/train

vectors: setup ## write the golden vectors again
	$(RUN) tools/vectors.py
	$(RUN) -m models.provenance.vectors

native: setup ## the node's kernels as machine code, for each family of chips
	$(RUN) tools/native.py

gas: setup ## that the committed gas figures are what a chain node measures
	$(RUN) tests/bench/bench_gas.py --check

prove: setup ## the contracts' proofs, by halmos (pip install halmos)
	$(RUN) tools/prove.py

energy: setup ## how many days a node's battery lasts, by interval and link
	$(RUN) tools/energy.py --png build/energy.png

contracts: setup ## compile the contracts and write the files that the gateway reads
	$(RUN) tools/contracts.py

readme: setup ## write the generated parts of README.md again
	$(RUN) tools/readme.py

clean:      ## remove what the targets made, packages excepted
	rm -rf build contracts/out contracts/cache
