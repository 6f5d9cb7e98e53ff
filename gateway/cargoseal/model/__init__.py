"""Models as files: what a .tflite becomes, what belongs to a model, and whether it holds together.

From a file to a blob: `tflite_reader` and `flatbuffer` (the container), `lowering` with `kernels`,
`dense`, `shapes` and `quantization` (operators to dense int8 layers), `features_file` (what goes
in), `compile` (the blob), `comparison` (the interpreter beside it), `importer` (a user's own file).

A model's folder (`folder`): `model.blob` is what executes, `model.tflite` what it was compiled from
(a baseline has none), `golden.json` the vectors that every start replays (`golden`), `metrics.json`
the evaluation with the operating points, `reference.json` what its inputs normally look like,
`card.md` all of it for people (`card`), `lineage.json` where it comes from (`lineage`). `verify`
checks a folder and its entry on chain (`registration`). `shipped` holds the models that come with
the gateway; `shelf` those and a gateway's own, and which of them nodes get; `normal` finds a
threshold for one's own.
"""
