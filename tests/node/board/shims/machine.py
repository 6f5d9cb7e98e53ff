"""machine.reset: the end of this board's process."""

import js


def reset():
    js.cargosealReset()
