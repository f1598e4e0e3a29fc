"""Log lines in the form of k8s.io/klog, on standard error."""

import os
import sys
import time


def log(severity: str, where: str, text: str) -> None:
    """One klog line; severity is I, W or E, where is FILE:LINE as the real program's would look."""
    now = time.time()
    stamp = time.strftime("%m%d %H:%M:%S", time.localtime(now)) + f".{int(now % 1 * 1e6):06d}"
    sys.stderr.write(f"{severity}{stamp} {os.getpid():7d} {where}] {text}\n")
    sys.stderr.flush()


def warn(where: str, text: str) -> None:
    """A klog warning."""
    log("W", where, text)


def info(where: str, text: str) -> None:
    """A klog information line."""
    log("I", where, text)


def error(where: str, text: str) -> None:
    """A klog error line."""
    log("E", where, text)
