"""The node: what a reading goes through on the ESP32, from a sensor to a receipt.

`app` knows all other modules; they know only what they need. Nothing here opens a socket, reads a
clock or draws a random number by itself: `parts` says what is handed in, `ports/` wires a board.
"""
