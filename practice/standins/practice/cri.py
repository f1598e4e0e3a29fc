"""Talking to the container runtime's socket. The stand-in speaks one line of JSON instead of gRPC."""

import json
import socket

from practice.env import Env


class RuntimeDown(Exception):
    """The socket is not there or nobody answers; the text is in gRPC's words."""


def socket_path(env: Env, endpoint: str) -> str:
    """The socket of an endpoint such as unix:///run/containerd/containerd.sock; /var/run is /run."""
    path = endpoint.removeprefix("unix://")
    if path.startswith("/var/run/"):
        path = path[len("/var") :]
    return env.path(path)


def ask(env: Env, endpoint: str, call: str) -> dict:
    """The runtime's answer to a call; RuntimeDown."""
    path = socket_path(env, endpoint)
    shown = endpoint.removeprefix("unix://")
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(5)
            connection.connect(path)
            connection.sendall(json.dumps({"call": call}).encode() + b"\n")
            with connection.makefile("rb") as stream:
                answer = json.loads(stream.readline() or b"null")
    except FileNotFoundError:
        raise RuntimeDown(_unavailable(shown, "no such file or directory")) from None
    except ConnectionRefusedError:
        raise RuntimeDown(_unavailable(shown, "connection refused")) from None
    except (OSError, ValueError) as error:
        raise RuntimeDown(_unavailable(shown, str(error))) from None
    if not isinstance(answer, dict):
        raise RuntimeDown(_unavailable(shown, "connection closed"))
    if "error" in answer:
        raise RuntimeDown(f'validate service connection: validate CRI v1 runtime API for endpoint "unix://{shown}": {answer["error"]}')
    return answer


def _unavailable(path: str, why: str) -> str:
    problem = f'rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial unix {path}: connect: {why}"'
    return f'validate service connection: validate CRI v1 runtime API for endpoint "unix://{path}": {problem}'
