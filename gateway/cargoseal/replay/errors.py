"""What can be wrong with a recording: one error that says where, what was expected, what came."""

from cargoseal.errors import InputError


class RecordingError(InputError):
    """A logger's file or an option for it is not what it must be."""

    def __init__(self, where: str, expected: str, got: str) -> None:
        super().__init__(f"{where}: expected {expected}, got {got}")
        self.where, self.expected, self.got = where, expected, got
