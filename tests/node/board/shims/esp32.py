"""esp32.NVS in memory, with its error codes."""

_stored = {}


class NVS:
    def __init__(self, namespace):
        self._namespace = namespace

    def get_blob(self, key, buffer):
        if (self._namespace, key) not in _stored:
            raise OSError(-0x1102, "ESP_ERR_NVS_NOT_FOUND")
        data = _stored[self._namespace, key]
        buffer[: len(data)] = data
        return len(data)

    def set_blob(self, key, value):
        _stored[self._namespace, key] = bytes(value)

    def erase_key(self, key):
        del _stored[self._namespace, key]

    def commit(self):
        pass
