"""HTTPS connections that try every address of a name, as Go's dialer does, so that one dead machine hangs nobody."""

import http.client
import socket
import ssl

CONNECT_SECONDS = 3.0


class Connection(http.client.HTTPSConnection):
    """`timeout` is for what follows the connection; each address has CONNECT_SECONDS to take it."""

    def __init__(self, host: str, port: int, timeout: float, context: ssl.SSLContext) -> None:
        super().__init__(host, port, timeout=timeout, context=context)
        self.tls = context

    def connect(self) -> None:
        """Connects to the first address that answers; the last one's OSError when none does."""
        last: OSError = socket.gaierror(f"lookup {self.host}: no such host")
        for family, kind, protocol, _, address in socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM):
            raw = socket.socket(family, kind, protocol)
            try:
                raw.settimeout(CONNECT_SECONDS)
                raw.connect(address)
                raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except OSError as error:
                raw.close()
                last = error
                continue
            raw.settimeout(self.timeout)
            self.sock = self.tls.wrap_socket(raw, server_hostname=self.host)
            return
        raise last
