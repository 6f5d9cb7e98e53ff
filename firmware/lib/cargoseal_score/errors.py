"""The one error this package raises: a model or an input that must not be scored."""


class ScoreError(ValueError):
    """Says where the fault is, what was expected there and what came."""

    def __init__(self, where: str, expected: object, got: object) -> None:
        super().__init__(f"{where}: expected {expected}, got {got}")
        self.where = where
        self.expected = expected
        self.got = got
