"""What a board starts: cargoseal_boot chooses the application and runs the port's main.py."""

from cargoseal_boot import board

board.run()
