"""The HTTP side of the API stand-in: paths, query, media types, watches."""

import json
import ssl
import sys
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from practice import api_discovery, api_openapi
from practice.api_auth import authenticate
from practice.api_errors import ApiError, bad_request, forbidden
from practice.api_forward import hand_on
from practice.api_rbac import Request, User, allowed, refusal
from practice.api_request import Answer, Api, parse_path
from practice.yamlish import YamlError, load

HEALTH = ("/healthz", "/readyz", "/livez")


class Handler(BaseHTTPRequestHandler):
    """One connection; kubectl keeps it open for many requests."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: "ApiServer"

    def setup(self) -> None:
        """TLS is made in the connection's own thread, so that a slow client delays nobody."""
        self.request.settimeout(30)
        self.request.do_handshake()
        self.request.settimeout(None)
        super().setup()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is logged for each request."""

    def do_GET(self) -> None:
        """Reads and watches."""
        self.started = False
        self.handle_request()

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

    def handle_request(self) -> None:
        """One request."""
        try:
            body = self.received()
            if not hand_on(self, body):
                self._route(body)
        except ApiError as error:
            self.reply(error.code, error.status())
        except (BrokenPipeError, ConnectionResetError, ssl.SSLEOFError):
            self.close_connection = True
        except Exception as error:  # a bug of the stand-in must reach the client with words, not as a cut line
            import traceback

            traceback.print_exc(file=sys.stderr)
            self.reply(500, ApiError(500, "InternalError", f"Internal error occurred: {type(error).__name__}: {error}").status())

    def received(self) -> bytes:
        """The request's body, of known length or in chunks (kubectl create --raw)."""
        if "chunked" not in (self.headers.get("Transfer-Encoding") or "").lower():
            length = int(self.headers.get("Content-Length") or 0)
            return self.rfile.read(length) if length else b""
        body = b""
        while True:
            size = int(self.rfile.readline().split(b";")[0], 16)
            body += self.rfile.read(size)
            self.rfile.readline()
            if size == 0:
                return body

    def user(self) -> User:
        """Who asks; ApiError 401."""
        return self.authenticated(self.request.getpeercert() or None)

    def authenticated(self, certificate: dict | None) -> User:
        """The user of a certificate, else of a token, else nobody in particular; ApiError 401."""
        return authenticate(self.server.api.cluster.store, self.server.api.key, certificate, self.headers.get("Authorization") or "")

    def _route(self, body: bytes) -> None:
        url = urllib.parse.urlsplit(self.path)
        query = {key: values[-1] for key, values in urllib.parse.parse_qs(url.query, keep_blank_values=True).items()}
        path = urllib.parse.unquote(url.path)
        user = self.user()
        api = self.server.api
        verb = {"GET": "get", "POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}[self.command]
        parsed = parse_path(api.cluster, path)
        if parsed is None:
            self._permit(user, Request(verb=verb, path=path))
            self._special(path)
            return
        self._permit(user, api.request(parsed, self.command, query))
        answer = api.answer(parsed, self.command, query, self.headers.get("Accept") or "", self._body(body), self._content_type(), user, self._agent())
        if answer.events is not None:
            self._stream(answer)
        elif answer.text is not None:
            self.send(answer.code, answer.text.encode(), "text/plain")
        else:
            self.reply(answer.code, answer.body)

    def _agent(self) -> str:
        return (self.headers.get("User-Agent") or "unknown").split("/")[0]

    def _content_type(self) -> str:
        return (self.headers.get("Content-Type") or "application/json").split(";")[0].strip()

    def _body(self, body: bytes) -> object:
        if not body:
            return None
        if "protobuf" in self._content_type():
            from practice.protobuf import ProtobufError, decode

            try:
                return decode(body)
            except (ProtobufError, AssertionError, IndexError, ValueError) as error:
                told = f"the body of the request was in an unknown format ({error}) - accepted media types include: application/json, application/yaml"
                raise ApiError(415, "UnsupportedMediaType", told) from None
        try:
            return json.loads(body)
        except ValueError:
            if "yaml" not in self._content_type():
                raise bad_request("the object provided is unrecognized (must be of type JSON)") from None
        try:
            return load(body.decode())
        except YamlError as error:
            raise bad_request(f"error decoding YAML: {error}") from None

    def _permit(self, user: User, request: Request) -> None:
        if not allowed(self.server.api.cluster.store, user, request):
            details = {"name": request.name, "group": request.group, "kind": request.resource} if request.resource else {}
            raise forbidden(refusal(user, request), details)

    def _special(self, path: str) -> None:
        api = self.server.api
        resources = api.cluster.resources()
        parts = path.strip("/").split("/")
        if path in HEALTH or path.rstrip("/") in HEALTH or parts[0] in ("healthz", "readyz", "livez"):
            good = api.quorum.leads() or api.quorum.follows()
            told = "ok" if good else f"[+]ping ok\n[+]log ok\n[-]etcd failed: reason withheld\n{parts[0]} check failed\n"
            self.send(200 if good else 500, told.encode(), "text/plain; charset=utf-8")
        elif path == "/version":
            self.reply(200, api_discovery.version(api.env))
        elif path == "/api":
            self.reply(200, api_discovery.core_versions(f"{api.address}:{api.port}"))
        elif path == "/apis":
            self.reply(200, api_discovery.groups(resources))
        elif path == "/openapi/v2":
            if "proto-openapi" in (self.headers.get("Accept") or ""):
                kind = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"  # the form with @ is only asked for
                self.send(200, api_openapi.as_protobuf(resources, api.env.version), kind)
            else:
                self.send(200, api_openapi.as_json(resources, api.env.version), "application/json")
        elif len(parts) == 2 and parts[0] == "api":
            self.reply(200, api_discovery.resource_list(resources, parts[1]))
        elif len(parts) == 2 and parts[0] == "apis":
            self.reply(200, api_discovery.group(resources, parts[1]))
        elif len(parts) == 3 and parts[0] == "apis":
            self.reply(200, api_discovery.resource_list(resources, f"{parts[1]}/{parts[2]}"))
        elif path == "/":
            self.reply(200, {"paths": ["/api", "/apis", "/healthz", "/livez", "/openapi/v2", "/readyz", "/version"]})
        else:
            self.send(404, b"404 page not found\n", "text/plain; charset=utf-8")

    def reply(self, code: int, body: object) -> None:
        """An answer in JSON; too late once another one has begun."""
        if self.started:
            self.close_connection = True
            return
        details = body.get("details") if code >= 400 and isinstance(body, dict) else None
        self.send(code, json.dumps(body, separators=(",", ":")).encode(), "application/json", (details or {}).get("retryAfterSeconds", 0))

    def send(self, code: int, body: bytes, kind: str, retry_after: int = 0) -> None:
        """An answer of known length."""
        self.started = True
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-cache, private")
        if retry_after:
            self.send_header("Retry-After", str(retry_after))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, answer: Answer) -> None:
        assert answer.events is not None
        self.started = True
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.flush()
        checked = time.monotonic()
        for event in answer.events:
            if event is not None:
                line = json.dumps(event, separators=(",", ":")).encode() + b"\n"
                self.wfile.write(f"{len(line):x}\r\n".encode() + line + b"\r\n")
                self.wfile.flush()
            elif time.monotonic() - checked > 1:
                checked = time.monotonic()
                if self._gone():
                    self.close_connection = True
                    return
        self.wfile.write(b"0\r\n\r\n")

    def _gone(self) -> bool:
        """Whether the client has closed a connection on which only we write."""
        import select

        readable, _, _ = select.select([self.connection], [], [], 0)
        if not readable:
            return False
        try:
            self.connection.settimeout(0.2)
            return self.connection.recv(1) == b""
        except TimeoutError:
            return False
        except OSError:
            return True
        finally:
            self.connection.settimeout(None)


class ApiServer(ThreadingHTTPServer):
    """HTTPS with client certificates asked for but not demanded."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], api: Api, context: object, handler: type[Handler] = Handler) -> None:
        super().__init__(address, handler)
        self.api = api
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)  # type: ignore[attr-defined]

    def server_bind(self) -> None:
        """Without the look-up of the host's name that http.server would do."""
        import socketserver

        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "kube-apiserver", self.server_address[1]

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that break off a handshake are no event."""
