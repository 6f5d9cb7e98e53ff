"""Does a model's folder hold together, and does the chain know it? In numbered steps.

 1. files        every file is in lineage.json with its SHA-256, and no other
 2. blob         it is well formed, and of the stated kind
 3. .tflite      the blob compiled from it is model.blob, byte for byte
 4. golden       the golden vectors follow from the blob, by the reference kernels
 5. fast kernels they give the same scores
 6. interpreter  TensorFlow Lite gives the same layers in reference mode
 7. card         figures and card are about this blob
 8. registry     the model registry on chain has the same digests, and the model is in use

A step that needs one that failed is not checked. Nothing but the folder and the chain is believed;
who made the folder is what the registry's entry says.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from cargoseal.audit.result import GOOD, INCOMPLETE, WRONG, State, Step, Unchecked, Wrong
from cargoseal.errors import InputError
from cargoseal.model.bounded import parse_json
from cargoseal.model.comparison import compare
from cargoseal.model.compile import Compiled, compiled
from cargoseal.model.features_file import KINDS
from cargoseal.model.flatbuffer import TfliteError
from cargoseal.model.folder import ModelFolder
from cargoseal.model.lineage import FILE, digest_of, digests_of
from cargoseal.model.lowering import FLOATING_RUNTIMES, FULLY_CONNECTED_WARNING
from cargoseal.model.registration import check_registered
from cargoseal.scoring import score_input
from cargoseal.scoring.tflite import runtime_names
from cargoseal_score.blob import load
from cargoseal_score.errors import ScoreError
from cargoseal_score.infer import run_layers, score
from cargoseal_score.model import Model

if TYPE_CHECKING:
    from cargoseal.chain.registries import ModelRegistry


CONSTANTS = (0, 127, 128)  # int8 0, 127 and -128: golden vectors have all inputs of each


@dataclass
class Result:
    """All steps of one folder, in order. Exit codes as `cargoseal verify` has them."""

    name: str
    digest: str
    steps: list[Step] = field(default_factory=list)

    @property
    def first_wrong(self) -> Step | None:
        return next((step for step in self.steps if step.state is State.FAILED), None)

    @property
    def exit_code(self) -> int:
        if self.first_wrong:
            return WRONG
        unchecked = any(step.state is State.NOT_CHECKED for step in self.steps)
        return INCOMPLETE if unchecked else GOOD

    @property
    def verdict(self) -> str:
        """The whole in a sentence."""
        if self.first_wrong:
            step = self.first_wrong
            return f"WRONG: step {step.number}, {step.name}: {step.detail}"
        left = [step.name for step in self.steps if step.state is State.NOT_CHECKED]
        if left:
            return f"nothing wrong was found; not everything could be checked: {', '.join(left)}."
        return "the folder holds together, and the chain knows it."

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return {
            "name": self.name,
            "digest": self.digest,
            "verdict": self.verdict,
            "exit_code": self.exit_code,
            "steps": [
                {"number": s.number, "name": s.name, "state": s.state.value, "detail": s.detail}
                for s in self.steps
            ],
        }


class _Case:
    """A folder on the table, and what the steps have made of it."""

    def __init__(self, folder: ModelFolder, registry: "ModelRegistry | None") -> None:
        self.folder = folder
        self.registry = registry

    @cached_property
    def model(self) -> Model:
        return load(self.folder.blob)

    @cached_property
    def compiled(self) -> Compiled:
        features = self.folder.features(self.folder.lineage.kind)
        return compiled(self.folder.tflite or b"", features)

    @cached_property
    def golden(self) -> dict[str, Any]:
        golden: dict[str, Any] = parse_json(self.folder.file("golden.json"))
        return golden

    @property
    def vectors(self) -> list[dict[str, Any]]:
        vectors: list[dict[str, Any]] = self.golden["vectors"]
        return vectors


def verify_folder(folder: ModelFolder, registry: "ModelRegistry | None" = None) -> Result:
    """Check a folder; without a registry step 8 is not checked. Raises ChainError only."""
    case = _Case(folder, registry)
    result = Result(folder.name, digest_of(folder.files.get("model.blob", b"")))
    failed: set[int] = set()
    for number, step in enumerate(_STEPS, start=1):
        missing = failed.intersection(step.needs)
        if missing:
            state, detail = State.NOT_CHECKED, f"step {min(missing)} failed"
        else:
            state, detail = _run(step, case)
        if state is State.FAILED:
            failed.add(number)
        result.steps.append(Step(number, step.name, state, detail))
    return result


class _Check(NamedTuple):
    """A step's name, what it does, and the numbers of the steps that must not have failed."""

    name: str
    run: Callable[[_Case], str]
    needs: tuple[int, ...] = ()


def _run(step: _Check, case: _Case) -> tuple[State, str]:
    try:
        return State.OK, step.run(case)
    except Unchecked as left:
        return State.NOT_CHECKED, str(left)
    except (Wrong, InputError, TfliteError, ScoreError) as error:
        return State.FAILED, str(error)
    except (ValueError, KeyError, TypeError) as error:
        return State.FAILED, f"a JSON file is not what it should be: {error!r}"


def _files(case: _Case) -> str:
    lineage = case.folder.lineage
    got = digests_of(case.folder.files)
    for name in sorted({*lineage.files, *got}):
        if name not in got:
            raise Wrong(f"{name}: in {FILE}, expected in the folder, got none")
        if name not in lineage.files:
            raise Wrong(f"{name}: in the folder, expected in {FILE}, got none")
        if got[name] != lineage.files[name]:
            raise Wrong(f"{name}: expected SHA-256 {lineage.files[name]}, got {got[name]}")
    stated = (lineage.blob, lineage.tflite)
    if stated != (got.get("model.blob"), got.get("model.tflite")):
        raise Wrong(f"expected {FILE} to name blob and .tflite of the folder, got {stated}")
    return f"{len(got)} files as in {FILE}, {case.folder.lineage_digest.hex()}"


def _blob(case: _Case) -> str:
    model, kind = case.model, case.folder.lineage.kind
    if model.kind != KINDS[kind]:
        raise Wrong(f"expected a model of kind {KINDS[kind]} ({kind}), got kind {model.kind}")
    what = f"{len(model.layers)} layers" if model.layers else "a baseline"
    return f"{what}, {model.inputs} inputs, {len(case.folder.blob)} bytes"


def _compiles(case: _Case) -> str:
    if case.folder.tflite is None:
        if case.model.layers:
            raise Wrong("expected model.tflite beside a blob with layers, got none")
        return "a baseline is compiled from no .tflite"
    if case.compiled.blob != case.folder.blob:
        raise Wrong(f"expected the blob {digest_of(case.compiled.blob)}, got model.blob")
    return "compiled again: the same bytes"


def _golden(case: _Case) -> str:
    golden = case.golden
    stated = (golden["blob_sha256"], golden["tflite_sha256"])
    expected = (case.model.digest.hex(), case.folder.tflite_digest.hex())
    if stated != expected:
        raise Wrong(f"golden.json: expected vectors of {expected}, got of {stated}")
    rows = [bytes.fromhex(vector["input"]) for vector in case.vectors]
    missing = {bytes([value]) * case.model.inputs for value in CONSTANTS}.difference(rows)
    if missing:
        raise Wrong(
            f"golden.json: expected the constant inputs too, got none of {min(missing)[:1]!r}"
        )
    for i, (row, vector) in enumerate(zip(rows, case.vectors, strict=True)):
        layers = [out.tobytes().hex() for out in run_layers(case.model, row)]
        got = score(case.model, row)
        if (layers, got) != (vector["layers"], vector["score"]):
            raise Wrong(f"vector {i}: expected score {vector['score']}, the kernels give {got}")
    return f"{len(rows)} vectors by the reference kernels"


def _fast(case: _Case) -> str:
    for i, vector in enumerate(case.vectors):
        got = score_input(case.model, bytes.fromhex(vector["input"]))
        if got != vector["score"]:
            raise Wrong(f"vector {i}: expected score {vector['score']}, got {got}")
    return f"{len(case.vectors)} vectors"


def _interpreter(case: _Case) -> str:
    if case.folder.tflite is None:
        return "a baseline has no .tflite"
    agree, left = [], []
    for runtime in runtime_names():
        difference = _difference(case, case.folder.tflite, runtime)
        if difference is None:
            agree.append(runtime)
        elif _computes_otherwise(case, runtime):
            left.append(f"{runtime} computes FULLY_CONNECTED in floating point: {difference}")
        else:
            raise Wrong(f"{runtime}: {difference}")
    if not agree:
        raise Unchecked("; ".join(left) or "no TensorFlow Lite runtime on this machine")
    return f"{len(case.vectors)} vectors by {' and '.join(agree)} in reference mode"


def _difference(case: _Case, tflite: bytes, runtime: str) -> str | None:
    rows = [bytes.fromhex(vector["input"]) for vector in case.vectors]
    try:
        return compare(tflite, case.compiled.lowering, rows, runtime)
    except (ValueError, RuntimeError) as error:
        raise Wrong(f"{runtime} does not run it: {error}") from error


def _computes_otherwise(case: _Case, runtime: str) -> bool:
    warned = FULLY_CONNECTED_WARNING in case.compiled.lowering.warnings
    return warned and runtime in FLOATING_RUNTIMES


def _card(case: _Case) -> str:
    digest = case.model.digest.hex()
    about = parse_json(case.folder.file("metrics.json"))["model"]
    if about != digest:
        raise Wrong(f"metrics.json: expected figures of {digest}, got of {about}")
    if digest.encode() not in case.folder.file("card.md"):
        raise Wrong(f"card.md: expected it to name {digest}, it does not")
    return "figures and card are about this blob"


def _registry(case: _Case) -> str:
    if case.registry is None:
        raise Unchecked("no chain was named: --rpc and --contract, or a configuration")
    return check_registered(case.registry, case.folder)


_STEPS = (
    _Check("files", _files),
    _Check("blob", _blob),
    _Check(".tflite", _compiles, (2,)),
    _Check("golden vectors", _golden, (2,)),
    _Check("fast kernels", _fast, (2, 4)),
    _Check("interpreter", _interpreter, (2, 3, 4)),
    _Check("card", _card, (2,)),
    _Check("registry", _registry, (1,)),
)
