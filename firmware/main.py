"""What a board starts: cargoseal_boot chooses the application and runs the port's main.py."""

import micropython

micropython.kbd_intr(-1)  # nobody interrupts a start

from cargoseal_boot import board  # noqa: E402

board.run()
