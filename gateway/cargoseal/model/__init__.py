"""Models as files: what a .tflite becomes, what belongs to a model, and whether it holds together.

`shipped` holds the models that come with the gateway, a folder each: `model.blob` is what executes,
`model.tflite` what it was compiled from, `golden.json` the vectors that every start replays,
`metrics.json` the evaluation with the operating points, `card.md` the same for people.
"""
