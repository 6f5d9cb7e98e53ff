"""One module per board family: everything that touches a chip, and nothing that decides."""
