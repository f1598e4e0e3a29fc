"""Connections between members, and to them: HTTPS with certificates of etcd's CA on both sides."""

import http.client
import json
import os
import ssl
import threading
import urllib.parse

from practice.dial import Connection


class LinkDown(Exception):
    """No answer. `sent` tells that the other side may have had the request."""

    def __init__(self, why: str, sent: bool) -> None:
        super().__init__(why)
        self.sent = sent


class LinkRefused(Exception):
    """An answer that is an error: its HTTP code and its words."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def server_context(folder: str, name: str) -> ssl.SSLContext:
    """Of a server that demands a certificate of etcd's CA; `folder` is kubeadm's pki/etcd."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(os.path.join(folder, name + ".crt"), os.path.join(folder, name + ".key"))
    context.load_verify_locations(os.path.join(folder, "ca.crt"))
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def client_context(authority: str, certificate: str, key: str) -> ssl.SSLContext:
    """Of a client; OSError when a file is missing or of no use."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(authority)
    context.load_cert_chain(certificate, key)
    return context


class Link:
    """Requests to one URL, from any number of threads; connections are kept for the next one."""

    def __init__(self, url: str, context: ssl.SSLContext) -> None:
        self.url, self.context = url, context
        self.lock = threading.Lock()
        self.idle: list[Connection] = []

    def exchange(self, method: str, path: str, body: bytes | None, headers: dict[str, str], seconds: float) -> tuple[http.client.HTTPResponse, bytes]:
        """The answer and its body; LinkDown."""
        with self.lock:
            kept = self.idle.pop() if self.idle else None
        if kept is not None:
            try:
                return self._once(kept, method, path, body, headers, seconds)
            except (ConnectionError, http.client.HTTPException, ssl.SSLError):
                # The other side closed it while it lay here.
                kept.close()
            except OSError as error:
                kept.close()
                raise LinkDown(str(error), True) from None
        parts = urllib.parse.urlsplit(self.url)
        fresh = Connection(parts.hostname or "", parts.port or 443, seconds, self.context)
        try:
            fresh.connect()
        except (OSError, ValueError) as error:
            fresh.close()
            raise LinkDown(str(error), False) from None
        try:
            return self._once(fresh, method, path, body, headers, seconds)
        except (OSError, ValueError, http.client.HTTPException) as error:
            fresh.close()
            raise LinkDown(str(error), True) from None

    def _once(self, connection: Connection, method: str, path: str, body: bytes | None, headers: dict[str, str], seconds: float) -> tuple[http.client.HTTPResponse, bytes]:
        connection.sock.settimeout(seconds)
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        content = answer.read()
        if not answer.will_close:
            with self.lock:
                self.idle.append(connection)
        return answer, content

    def call(self, path: str, message: dict, seconds: float) -> dict:
        """POSTs JSON, returns JSON; LinkDown, LinkRefused."""
        answer, content = self.exchange("POST", path, json.dumps(message).encode(), {"Content-Type": "application/json"}, seconds)
        try:
            found = json.loads(content)
        except ValueError:
            found = {"message": content.decode(errors="replace").strip()}
        if answer.status != 200:
            raise LinkRefused(answer.status, str(found.get("message", f"HTTP {answer.status}")))
        return dict(found)
