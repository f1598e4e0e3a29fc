"""crictl: info, version, ps, pods, images."""

import json
import sys

from practice import cri, files, images
from practice.env import Env, from_environment
from practice.flags import FlagError, Parsed, parse

GLOBAL = {name: "string" for name in ("runtime-endpoint", "image-endpoint", "timeout", "config", "profile-cpu", "profile-mem")} | {"debug": "bool", "version": "bool"}
SHORT = {"r": "runtime-endpoint", "i": "image-endpoint", "t": "timeout", "c": "config", "D": "debug", "o": "output", "q": "quiet", "a": "all", "v": "version", "h": "help"}
LIST = GLOBAL | {"output": "string", "quiet": "bool", "all": "bool", "name": "string", "state": "string", "pod": "string", "no-trunc": "bool", "namespace": "string"}


def _endpoint(env: Env, parsed: Parsed) -> str:
    if parsed.given("runtime-endpoint"):
        return parsed.text("runtime-endpoint")
    for line in files.read_or(env.path(parsed.text("config") or "/etc/crictl.yaml"), "").splitlines():
        key, _, value = line.partition(":")
        if key.strip() == "runtime-endpoint":
            return value.strip().strip("\"'")
    return "unix:///run/containerd/containerd.sock"


def _containers(env: Env) -> list[dict]:
    try:
        found = json.loads(files.read_or(env.path("/run/practice/containers.json"), "[]"))
    except ValueError:
        return []
    return found if isinstance(found, list) else []


def _show_containers(env: Env, parsed: Parsed) -> None:
    rows = [("CONTAINER", "IMAGE", "STATE", "NAME", "POD", "NAMESPACE")]
    for one in _containers(env):
        if parsed.text("name") in one["name"]:
            rows.append((one["id"][:13], one["image"], "Running", one["name"], one["pod"], one["namespace"]))
    _table(rows, parsed)


def _show_pods(env: Env, parsed: Parsed) -> None:
    rows = [("POD ID", "STATE", "NAME", "NAMESPACE")]
    pods = {(one["pod"], one["namespace"]): one["id"] for one in _containers(env)}
    rows += [(identifier[::-1][:13], "Ready", name, namespace) for (name, namespace), identifier in sorted(pods.items())]
    _table(rows, parsed)


def _table(rows: list[tuple[str, ...]], parsed: Parsed) -> None:
    if parsed.on("quiet"):
        print("\n".join(row[0] for row in rows[1:]))
        return
    widths = [max(len(row[index]) for row in rows) + 3 for index in range(len(rows[0]))]
    for row in rows:
        print("".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


def _show_images(env: Env, parsed: Parsed) -> None:
    rows = [("IMAGE", "TAG", "IMAGE ID", "SIZE")]
    for name in images.every(env.version, images.DEFAULT_REPOSITORY):
        repository, _, tag = name.rpartition(":")
        rows.append((repository, tag, "0000000000000", "0B"))
    _table(rows, parsed)


def main(argv: list[str]) -> int:
    """0, or 1 when the runtime does not answer or the command is unknown."""
    try:
        parsed = parse(LIST, argv, SHORT)
    except FlagError as error:
        sys.stderr.write(f"Incorrect Usage: {error}\n")
        return 1
    env = from_environment()
    if parsed.on("version"):
        print(f"crictl version {env.version}")
        return 0
    command = parsed.args[0] if parsed.args else "help"
    try:
        found = cri.ask(env, _endpoint(env, parsed), "version" if command == "version" else "status")
    except cri.RuntimeDown as error:
        sys.stderr.write(f"FATA[0000] {error}\n")
        return 1
    if command == "version":
        print(f"Version:  {found['version']}\nRuntimeName:  {found['runtimeName']}\nRuntimeVersion:  {found['runtimeVersion']}\nRuntimeApiVersion:  {found['runtimeApiVersion']}")
    elif command == "info":
        print(json.dumps({"config": found["config"], "status": found["status"]}, indent=2))
    elif command == "ps":
        _show_containers(env, parsed)
    elif command in ("pods", "p"):
        _show_pods(env, parsed)
    elif command in ("images", "image", "img"):
        _show_images(env, parsed)
    elif command in ("pull", "rmi", "stopp", "rmp"):
        print(f"practice: {command} {' '.join(parsed.args[1:])}")
    else:
        sys.stderr.write(f'No help topic for "{command}"\n')
        return 1
    return 0
