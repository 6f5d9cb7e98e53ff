"""A `parts.Nvs` in the chip's non-volatile storage.

It is not beside the other parts of the port because the start needs it before it knows where the
application lies.
"""

import esp32

_NOT_FOUND = -0x1102  # ESP_ERR_NVS_NOT_FOUND


class BoardNvs:
    """One namespace."""

    def __init__(self, namespace: str = "cargoseal") -> None:
        self._nvs = esp32.NVS(namespace)

    def get(self, key: str) -> bytes | None:
        buffer = bytearray(256)
        try:
            size = self._nvs.get_blob(key, buffer)
        except OSError as error:
            if error.errno == _NOT_FOUND:
                return None
            raise
        return bytes(buffer[:size])

    def put(self, key: str, value: bytes) -> None:
        self._nvs.set_blob(key, value)
        self._nvs.commit()

    def remove(self, key: str) -> None:
        """OSError when there is no such value."""
        self._nvs.erase_key(key)
        self._nvs.commit()
