"""A TCP relay that cuts one connection after so many bytes."""

import socket
import threading


class Proxy:
    """Listens on `port` and relays to another; a context manager. `cut_after` counts the bytes of
    both directions of the connections from when it was set, and is spent by the cut."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.cut_after: int | None = None
        self.cuts = 0
        self._lock = threading.Lock()

    def __enter__(self) -> "Proxy":
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                return
            for pair in ((near, far), (far, near)):
                threading.Thread(target=self._relay, args=pair, daemon=True).start()

    def _relay(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(4096):
                through = self._through(len(data))
                target.sendall(data[:through])
                if through < len(data):
                    break
        except OSError:
            pass
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def _through(self, size: int) -> int:
        with self._lock:
            if self.cut_after is None:
                return size
            if size < self.cut_after:
                self.cut_after -= size
                return size
            through, self.cut_after = self.cut_after - 1, None
            self.cuts += 1
            return through
