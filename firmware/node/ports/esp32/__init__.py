"""MicroPython's ESP32 port, one module per part: everything that touches the chip, and nothing that
decides about readings or segments. What is handed to the app is described in `node.parts`.
"""
