# ruff: noqa: F821  these names are given by MicroPython's build
# What goes into a firmware image when it is built with `FROZEN_MANIFEST=…/firmware/manifest.py`:
# frozen, the code and the 12 kB signing table stay in flash and take no heap. Without a build of
# one's own the same files are copied to /lib (firmware/README.md).
include("$(PORT_DIR)/boards/manifest.py")
package("cargoseal_wire", base_path="lib")
package("cargoseal_score", base_path="lib")
package("cargoseal_boot", base_path=".")
package("node", base_path=".")
package("cargoseal_native", base_path=".")  # viper: compiled for the board's chip
module("main.py", base_path=".")
