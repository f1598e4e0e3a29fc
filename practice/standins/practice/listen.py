"""Ports that a stand-in keeps busy because the real program would."""

import socket
import threading


def hold_ports(places: list[tuple[str, int]]) -> list[socket.socket]:
    """Listens on every place that is free; whoever connects is let go at once."""
    held: list[socket.socket] = []
    for place in places:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(place)
            listener.listen(8)
        except OSError:
            listener.close()
            continue
        threading.Thread(target=_dismiss, args=(listener,), daemon=True).start()
        held.append(listener)
    return held


def _dismiss(listener: socket.socket) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        connection.close()


def port_free(port: int) -> bool:
    """Whether a listener could be opened on all addresses."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
            probe.listen(1)
        except OSError:
            return False
    return True
