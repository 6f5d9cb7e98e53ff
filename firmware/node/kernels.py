"""Which of the node's hot loops run as this chip's machine code (`cargoseal_native`)."""

from cargoseal_score import infer
from node import ed25519, sha512


def native() -> list[str]:
    """Their names, sorted; none where MicroPython could not load them and bytecode runs."""
    kernels = {
        "dense": infer.native_layer,
        "ed25519": ed25519.native_multiple,
        "sha512": sha512.native_sha512,
    }
    return sorted([name for name, kernel in kernels.items() if kernel is not None])
