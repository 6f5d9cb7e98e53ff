"""How an address of a chain node is written in messages: without what may be secret in it."""

from urllib.parse import urlsplit


def shown(url: str) -> str:
    """`scheme://host:port` of an address. User, path and query may hold an API key: never shown."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "an address that cannot be read"
    if not parts.scheme or not host:
        return "an address without scheme or host"
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}" if port is None else f"{parts.scheme}://{host}:{port}"
