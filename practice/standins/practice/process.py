"""The API process: started by the kubelet as a static pod would be, outliving a restart of the kubelet."""

import os
import signal
import subprocess
import sys
import time

from practice import files
from practice.env import Env

PID_FILE = "/run/practice/kube-apiserver.pid"
LOG_FILE = "/var/log/practice/kube-apiserver.log"


def _is_ours(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return b"kube-apiserver" in file.read() or b"practice.api_main" in file.read()
    except OSError:
        return False


def api_pid(env: Env) -> int | None:
    """The process id of the living API, or None."""
    text = files.read_or(env.path(PID_FILE), "").strip()
    return int(text) if text.isdigit() and _is_ours(int(text)) else None


def start_api(env: Env) -> None:
    """Starts the API in a session of its own."""
    log = env.path(LOG_FILE)
    os.makedirs(os.path.dirname(log), exist_ok=True)
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    program = "import sys; sys.path.insert(0, sys.argv[1]); from practice.api_main import main; sys.exit(main())"
    with open(log, "ab") as output:
        child = subprocess.Popen(
            [sys.executable, "-S", "-E", "-c", program, here, "kube-apiserver"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            cwd="/",
        )
    files.write(env.path(PID_FILE), f"{child.pid}\n", 0o644)


def stop_api(env: Env) -> None:
    """Ends the API and waits for it."""
    pid = api_pid(env)
    if pid is not None:
        os.kill(pid, signal.SIGTERM)
        for _ in range(50):
            if not _is_ours(pid) or _is_zombie(pid):
                break
            time.sleep(0.1)
    # The kubelet may have started another meanwhile.
    if api_pid(env) in (None, pid):
        files.remove(env.path(PID_FILE))


def _is_zombie(pid: int) -> bool:
    return ") Z " in files.read_or(f"/proc/{pid}/stat", "")
