"""The way to the broker, as the board and the settings have it: Wi-Fi or a modem below, TCP or TLS
above. To the app it is one transport."""

from node.ports.esp32.cellular import Cellular
from node.ports.esp32.chipclock import set_chip
from node.ports.esp32.sockets import SocketTransport
from node.ports.esp32.tls import TlsTransport
from node.ports.esp32.wifi import StoredNoise, Wifi, random_bytes
from node.tlstime import TlsTime

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from node.app import App
    from node.board import Board
    from node.clock import WallClock
    from node.config import Config
    from node.parts import Nvs, Random


def network_of(board: "Board", nvs: "Nvs") -> "tuple[Wifi | Cellular, Random]":
    """(the modem when the board has one, else Wi-Fi; the random source that goes with it)"""
    if board.has("modem"):
        noise = StoredNoise()
        return Cellular(board, nvs, noise), noise
    return Wifi(board.texts["wifi"], board.texts["password"]), random_bytes


class Link:
    """Transport and the clocks that learn from receipts."""

    def __init__(
        self, config: "Config", nvs: "Nvs", clock: "WallClock", uptime: "Callable[[], int]"
    ) -> None:
        self._clock = clock
        self._tls_time: TlsTime | None = None
        self.transport = SocketTransport(config.host, config.port)
        if config.tls is not None:
            time = TlsTime(nvs, clock, config.tls.since_ms, set_chip)
            self._tls_time = time
            self.transport = TlsTransport(
                config.host, config.port, config.tls.server_name, lambda: time.ready(uptime())
            )

    def listen(self, app: "App") -> None:
        """Hands the gateway's time to the clocks."""
        app.uplink.listeners.append(self._clock)
        if self._tls_time is not None:
            app.uplink.listeners.append(self._tls_time)
