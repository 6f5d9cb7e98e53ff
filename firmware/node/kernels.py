"""Which of the node's hot loops run as this chip's machine code (`cargoseal_native`)."""

from cargoseal_score import features, infer
from cargoseal_wire import columns
from node import ed25519, sha512


def native() -> list[str]:
    """Their names, sorted; none where MicroPython could not load them and bytecode runs."""
    kernels = {
        "columns": columns.native_loops,
        "dense": infer.native_layer,
        "ed25519": ed25519.native_multiple,
        "sha512": sha512.native_sha512,
        "statistics": features.native_summary,
    }
    return sorted([name for name, kernel in kernels.items() if kernel is not None])
