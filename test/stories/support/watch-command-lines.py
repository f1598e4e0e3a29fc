"""Looks for patterns in the command lines of all processes, every 100 ms, as long as the file FOLDER/patterns is there.

Afterwards FOLDER/found has the command lines with a match, and FOLDER/samples the number of samples. It is not a shell loop,
which would need most of a processor for this.
"""

import os
import sys
import time

folder = sys.argv[1]
with open(f"{folder}/patterns", "rb") as file:
    patterns = file.read().split()
assert patterns
# Kernel threads and zombies, which have no command line.
silent: set[str] = set()
found: set[bytes] = set()
samples = 0


def command_line(pid: str) -> bytes:
    """The command line of a process, or nothing when it has ended."""
    try:
        file = os.open(f"/proc/{pid}/cmdline", os.O_RDONLY)
    except OSError:
        return b""
    try:
        parts = []
        while part := os.read(file, 65536):
            parts.append(part)
        return b"".join(parts)
    except OSError:
        return b""
    finally:
        os.close(file)


def has_program(pid: str) -> bool:
    """A process in the middle of execve has a program, but no command line for a moment."""
    try:
        return bool(os.readlink(f"/proc/{pid}/exe"))
    except OSError:
        return False


while os.path.exists(f"{folder}/patterns"):
    begun = time.monotonic()
    pids = {name for name in os.listdir("/proc") if name.isdigit()}
    silent &= pids
    for pid in pids - silent:
        line = command_line(pid)
        if any(pattern in line for pattern in patterns):
            found.add(line)
        elif not line and not has_program(pid):
            silent.add(pid)
    samples += 1
    time.sleep(max(0.0, 0.1 - (time.monotonic() - begun)))

with open(f"{folder}/found", "wb") as file:
    file.write(b"".join(line.replace(b"\0", b" ") + b"\n" for line in found))
with open(f"{folder}/samples", "w", encoding="ascii") as file:
    file.write(f"{samples}\n")
