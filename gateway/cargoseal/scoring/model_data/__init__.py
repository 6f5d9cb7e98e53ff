"""The models this gateway ships: copies of models/anomaly-v1, compared by the tests.

NAME.blob is what executes, NAME.tflite what it was compiled from, NAME.golden.json the vectors
that `cargoseal.scoring.self_test` replays at every start, NAME.metrics.json the evaluation with the
recommended threshold.
"""
