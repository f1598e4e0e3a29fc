"""`crictl exec`: no process is in a container here, but etcd's has a program that can be run."""

import sys

from practice.env import Env
from practice.flags import Parsed, parse

EXEC = {"sync": "bool", "timeout": "int", "tty": "bool", "interactive": "bool", "quiet": "bool"}
SHORT = {"s": "sync", "t": "tty", "i": "interactive", "q": "quiet"}


def split(argv: list[str]) -> tuple[list[str], list[str]]:
    """crictl's own words, and what comes after `exec`: flags up to the container's id, then all is the command's."""
    at = next((index for index, word in enumerate(argv) if word == "exec"), len(argv))
    return argv[: at + 1], argv[at + 1 :]


def run(env: Env, words: list[str]) -> int:
    """Runs the command; 1 when there is no such container or program, or the program failed. FlagError."""
    given: list[str] = []
    while words and words[0].startswith("-"):
        given.append(words[0])
        words = words[1:]
        if given[-1] == "--timeout":
            given.append(words[0] if words else "")
            words = words[1:]
    parsed = parse(EXEC, given, SHORT)
    if len(words) < 2:
        sys.stderr.write("NAME:\n   crictl exec - Run a command in a running container\n\nUSAGE:\n   crictl exec [command options] [CONTAINER-ID] COMMAND [ARG...]\n")
        return 0
    from practice import containers

    identifier, command = words[0], words[1:]
    found = [one for one in containers.running(env) if one["id"].startswith(identifier)]
    if len(found) != 1:
        why = f'an error occurred when try to find container "{identifier}": not found'
        return _failed(parsed, identifier, f"rpc error: code = NotFound desc = {why}")
    if (found[0]["name"], command[0]) != ("etcd", "etcdctl"):
        why = f'exec: "{command[0]}": executable file not found in $PATH'
        return _failed(parsed, identifier, f"rpc error: code = Unknown desc = failed to exec in container: failed to start exec: OCI runtime exec failed: {why}: unknown")
    # Only here: crictl is called often, and what follows is slow to load on a slow machine.
    from practice.etcdctl_cli import main as etcdctl

    code = etcdctl(env, command[1:])
    return _failed(parsed, identifier, f"command terminated with exit code {code}") if code else 0


def _failed(parsed: Parsed, identifier: str, why: str) -> int:
    how = " synchronously" if parsed.on("sync") else ""
    sys.stderr.write(f"FATA[0000] execing command in container {identifier}{how}: {why}\n")
    return 1
