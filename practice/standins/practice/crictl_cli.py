"""crictl: info, version, ps, pods, images, stop, exec (cri-tools docs/crictl.md; flags of each command from cmd/crictl)."""

import json
import re
import sys

from practice import cri, crictl_exec, files
from practice.env import Env, from_environment
from practice.flags import FlagError, Parsed, parse

GLOBAL = {name: "string" for name in ("runtime-endpoint", "image-endpoint", "timeout", "config", "profile-cpu", "profile-mem")} | {"debug": "bool", "version": "bool"}
SHORT = {"r": "runtime-endpoint", "i": "image-endpoint", "t": "timeout", "c": "config", "D": "debug", "o": "output", "q": "quiet", "a": "all", "v": "version", "h": "help"}
LIST = GLOBAL | {"output": "string", "quiet": "bool", "all": "bool", "name": "string", "state": "string", "pod": "string", "no-trunc": "bool", "namespace": "string", "label": "strings"}
STOP = GLOBAL | {"timeout": "int"}


def _endpoint(env: Env, parsed: Parsed) -> str:
    if parsed.given("runtime-endpoint"):
        return parsed.text("runtime-endpoint")
    for line in files.read_or(env.path(parsed.text("config") or "/etc/crictl.yaml"), "").splitlines():
        key, _, value = line.partition(":")
        if key.strip() == "runtime-endpoint":
            return value.strip().strip("\"'")
    return "unix:///run/containerd/containerd.sock"


def _selected(one: dict, parsed: Parsed) -> bool:
    from practice import containers

    labels = containers.labels(one)
    wanted = [label.partition("=") for label in parsed.many("label")]
    # A container that has ended is not listed at all: the kubelet has started another one.
    state = parsed.text("state").lower() in ("", "running")
    return state and re.search(parsed.text("name"), one["name"]) is not None and all(labels.get(name) == value for name, _, value in wanted)


def _show_containers(env: Env, parsed: Parsed) -> int:
    if parsed.text("state").lower() not in ("", "created", "running", "exited", "unknown"):
        sys.stderr.write("FATA[0000] listing containers: --state should be one of created, running, exited or unknown\n")
        return 1
    try:
        re.compile(parsed.text("name"))
    except re.error as error:
        sys.stderr.write(f"FATA[0000] listing containers: error parsing regexp: {error}\n")
        return 1
    from practice import containers

    found = [one for one in containers.running(env) if _selected(one, parsed)]
    if parsed.on("quiet"):
        for one in found:
            print(one["id"])
        return 0
    rows = [("CONTAINER", "IMAGE", "STATE", "NAME", "ATTEMPT", "POD", "NAMESPACE")]
    rows += [(one["id"][:13], one["image"], "Running", one["name"], str(one.get("attempt", 0)), one["pod"], one["namespace"]) for one in found]
    _table(rows, parsed)
    return 0


def _stop(env: Env, identifiers: list[str]) -> int:
    if not identifiers:
        sys.stderr.write("FATA[0000] ID cannot be empty\n")
        return 1
    from practice import containers, process

    for identifier in identifiers:
        found = [one for one in containers.running(env) if one["id"].startswith(identifier)]
        if len(found) != 1:
            why = f'an error occurred when try to find container "{identifier}": not found'
            sys.stderr.write(f'FATA[0000] stopping the container "{identifier}": rpc error: code = NotFound desc = {why}\n')
            return 1
        # The one container behind which there is a process.
        if (found[0]["name"], found[0]["namespace"]) == ("kube-apiserver", "kube-system"):
            process.stop_api(env)
        containers.mark_stopped(env, found[0]["id"])
        print(identifier)
    return 0


def _show_pods(env: Env, parsed: Parsed) -> None:
    from practice import containers

    rows = [("POD ID", "STATE", "NAME", "NAMESPACE")]
    pods = {(one["pod"], one["namespace"]): one["id"] for one in containers.running(env)}
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
    from practice import images

    rows = [("IMAGE", "TAG", "IMAGE ID", "SIZE")]
    for name in images.every(env.version, images.DEFAULT_REPOSITORY):
        repository, _, tag = name.rpartition(":")
        rows.append((repository, tag, "0000000000000", "0B"))
    _table(rows, parsed)


def _without_global_timeout(argv: list[str]) -> list[str]:
    """`stop` has a --timeout of its own, in whole seconds; the one before the command is a duration."""
    place = argv.index("stop") if "stop" in argv else 0
    before = argv[:place]
    for flag in ("--timeout", "-t"):
        if flag in before:
            at = before.index(flag)
            before = before[:at] + before[at + 2 :]
    return before + argv[place:]


def main(argv: list[str]) -> int:
    """0, or 1 when the runtime does not answer or the command is unknown."""
    try:
        argv, within = crictl_exec.split(argv)
        parsed = parse(STOP if "stop" in argv else LIST, _without_global_timeout(argv), SHORT)
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
        return _show_containers(env, parsed)
    elif command in ("pods", "p"):
        _show_pods(env, parsed)
    elif command == "exec":
        return crictl_exec.run(env, within)
    elif command == "stop":
        return _stop(env, parsed.args[1:])
    elif command in ("images", "image", "img"):
        _show_images(env, parsed)
    elif command in ("pull", "rmi", "stopp", "rmp"):
        print(f"practice: {command} {' '.join(parsed.args[1:])}")
    else:
        sys.stderr.write(f'No help topic for "{command}"\n')
        return 1
    return 0
