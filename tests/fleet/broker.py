"""A small gateway behind a broker."""

import threading
from typing import Any

import paho.mqtt.client as paho

from cargoseal_wire import mqtt
from tests.node.both.gateway_side import Kept


class Subscriber:
    """Keeps every segment and answers with retained receipts."""

    def __init__(self, port: int, key: bytes) -> None:
        self.kept: dict[bytes, Kept] = {}
        self._key = key
        self.subscribed = threading.Event()
        self._client = paho.Client(paho.CallbackAPIVersion.VERSION2, clean_session=True)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = self._connected
        self._client.on_subscribe = lambda *_: self.subscribed.set()
        self._client.on_message = self._message
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _connected(self, client: paho.Client, *_: object) -> None:
        client.subscribe("cargoseal/v1/+/segment", 1)

    def _message(self, client: paho.Client, _: Any, message: paho.MQTTMessage) -> None:
        node, _name = mqtt.parse_topic(message.topic)
        kept = self.kept.setdefault(node, Kept(self._key))
        kept.take(mqtt.Publish(message.topic, message.payload, 1, 1, message.dup, False))
        client.publish(mqtt.topic(node, "receipt"), kept.receipt(node), 1, retain=True)
