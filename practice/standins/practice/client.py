"""A client of the API: kubeconfig files and JSON requests over one kept connection."""

import base64
import json
import os
import urllib.parse

from practice import files
from practice.env import Env
from practice.yamlish import load
from practice.yamlout import dump


class Refused(Exception):
    """The API answered with an error; `code` and `reason` are those of its Status."""

    def __init__(self, code: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.code, self.reason, self.message = code, reason, message


class Unreachable(Exception):
    """The API did not answer; the text is in the words of Go's HTTP client."""


class Credentials:
    """Where the API is, whom to trust (PEM, "" = nobody is checked), and who we are."""

    def __init__(self, server: str, ca: str = "", certificate: str = "", key: str = "", token: str = "") -> None:
        self.server, self.ca, self.certificate, self.key, self.token = server, ca, certificate, key, token


def kubeconfig(cluster: str, user: str, credentials: Credentials) -> str:
    """A kubeconfig with one context; an empty user name leaves the user out, as in cluster-info."""

    def encoded(text: str) -> str:
        return base64.b64encode(text.encode()).decode()

    place = {"server": credentials.server}
    if credentials.ca:
        place["certificate-authority-data"] = encoded(credentials.ca)
    base = {"apiVersion": "v1", "kind": "Config", "preferences": {}, "clusters": [{"cluster": place, "name": cluster}]}
    if not user:
        return dump(base | {"contexts": None, "current-context": "", "users": None})
    who: dict = {"token": credentials.token} if credentials.token else {}
    if credentials.certificate:
        who = {"client-certificate-data": encoded(credentials.certificate), "client-key-data": encoded(credentials.key)}
    name = f"{user}@{cluster}"
    contexts = [{"context": {"cluster": cluster, "user": user}, "name": name}]
    return dump(base | {"contexts": contexts, "current-context": name, "users": [{"name": user, "user": who}]})


def read_kubeconfig(env: Env, path: str) -> Credentials:
    """Credentials of a kubeconfig file of the node; OSError or ValueError when it cannot be used."""
    document = load(files.read(env.path(path)))
    if not isinstance(document, dict) or not document.get("clusters"):
        raise ValueError(f"{path} is no kubeconfig")
    place = document["clusters"][0]["cluster"]  # type: ignore[index,call-overload]
    users = document.get("users") or [{"user": {}}]
    who = users[0]["user"]  # type: ignore[index,call-overload]

    def content(source: dict, name: str) -> str:
        if source.get(name + "-data"):
            return base64.b64decode(source[name + "-data"]).decode()
        return files.read(env.path(source[name])) if source.get(name) else ""

    return Credentials(place["server"], content(place, "certificate-authority"), content(who, "client-certificate"), content(who, "client-key"), who.get("token", ""))


class Client:
    """Requests with JSON bodies; the connection is opened when needed and kept."""

    def __init__(self, credentials: Credentials, timeout: float = 20.0) -> None:
        self.credentials, self.timeout = credentials, timeout
        self.connection: object = None

    def _connect(self) -> object:
        import ssl
        import tempfile

        from practice.dial import Connection

        url = urllib.parse.urlsplit(self.credentials.server)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if self.credentials.ca:
            context.load_verify_locations(cadata=self.credentials.ca)
        else:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if self.credentials.certificate:
            with tempfile.TemporaryDirectory() as folder:
                pair = [os.path.join(folder, name) for name in ("crt", "key")]
                files.write(pair[0], self.credentials.certificate)
                files.write(pair[1], self.credentials.key)
                context.load_cert_chain(*pair)
        return Connection(url.hostname or "", url.port or 443, self.timeout, context)

    def _send(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> tuple[int, bytes]:
        import http.client

        for attempt in (1, 2):
            kept = self.connection is not None
            try:
                if self.connection is None:
                    self.connection = self._connect()
                connection = self.connection
                assert isinstance(connection, http.client.HTTPSConnection)
                connection.request(method, path, body, headers)
                response = connection.getresponse()
                return response.status, response.read()
            except (OSError, ValueError, http.client.HTTPException) as error:
                self.connection = None
                if kept and attempt == 1:
                    continue
                verb = {"GET": "Get", "POST": "Post", "PUT": "Put", "PATCH": "Patch", "DELETE": "Delete"}[method]
                raise Unreachable(f'{verb} "{self.credentials.server}{path}": {_words(error)}') from None
        raise AssertionError("unreachable")

    def request(self, method: str, path: str, body: object = None, kind: str = "application/json") -> dict:
        """The decoded answer; Refused or Unreachable."""
        headers = {"Accept": "application/json", "User-Agent": "practice/1", "Content-Type": kind}
        if self.credentials.token:
            headers["Authorization"] = f"Bearer {self.credentials.token}"
        status, answer = self._send(method, path, None if body is None else json.dumps(body).encode(), headers)
        try:
            document = json.loads(answer)
        except ValueError:
            document = {"message": answer.decode(errors="replace").strip()}
        if status >= 400:
            raise Refused(status, document.get("reason", ""), document.get("message", f"HTTP {status}"))
        return document

    def get(self, path: str) -> dict:
        """GET."""
        return self.request("GET", path)

    def put_in(self, collection: str, obj: dict) -> dict:
        """Creates an object or replaces the one of that name, as kubeadm's CreateOrUpdate."""
        try:
            return self.request("POST", collection, obj)
        except Refused as error:
            if error.reason != "AlreadyExists":
                raise
        return self.request("PUT", f"{collection}/{obj['metadata']['name']}", obj)

    def merge(self, path: str, patch: dict) -> dict:
        """A merge patch."""
        return self.request("PATCH", path, patch, "application/merge-patch+json")


def _words(error: Exception) -> str:
    import socket
    import ssl

    if isinstance(error, ConnectionRefusedError):
        return "dial tcp: connect: connection refused"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"tls: failed to verify certificate: x509: {error.verify_message}"
    if isinstance(error, socket.gaierror):
        return "dial tcp: lookup: no such host"
    if isinstance(error, TimeoutError):
        return "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
    return str(error) or type(error).__name__
