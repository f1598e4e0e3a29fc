"""Go durations and RFC 3339 times."""

import re
import time

_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}


def parse_duration(text: str) -> float:
    """Seconds of a Go duration such as 2h0m0s; ValueError with Go's words otherwise."""
    if text == "0":
        return 0.0
    sign = -1.0 if text.startswith("-") else 1.0
    body = text.lstrip("+-")
    parts = re.findall(r"(\d+(?:\.\d*)?|\.\d+)(ms|us|µs|ns|h|m|s)", body)
    if not parts or "".join(number + unit for number, unit in parts) != body:
        unit = "missing unit in duration" if re.match(r"^\d+$", body) else "invalid duration"
        raise ValueError(f'time: {unit} "{text}"')
    return sign * sum(float(number) * _UNITS[unit] for number, unit in parts)


def short_duration(seconds: float) -> str:
    """The age column of kubectl tables (k8s.io/apimachinery duration.HumanDuration)."""
    whole = int(seconds)
    if whole < 0:
        return "<invalid>" if whole < -1 else "0s"
    minutes, hours, days, years = whole // 60, whole // 3600, whole // 86400, whole // 86400 // 365
    if whole < 120:
        return f"{whole}s"
    if minutes < 10:
        return f"{minutes}m{whole % 60}s" if whole % 60 else f"{minutes}m"
    if minutes < 180:
        return f"{minutes}m"
    if hours < 8:
        return f"{hours}h{minutes % 60}m" if minutes % 60 else f"{hours}h"
    if hours < 48:
        return f"{hours}h"
    if hours < 192:
        return f"{days}d{hours % 24}h" if hours % 24 else f"{days}d"
    if days < 730:
        return f"{days}d"
    return f"{years}y" if years >= 8 or not days % 365 else f"{years}y{days % 365}d"


def rfc3339(seconds: float | None = None) -> str:
    """A time as Kubernetes' metav1.Time writes it; now when none is given."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() if seconds is None else seconds))


def micro_time(seconds: float | None = None) -> str:
    """A time as Kubernetes' metav1.MicroTime writes it."""
    now = time.time() if seconds is None else seconds
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now % 1 * 1e6):06d}Z"


def from_rfc3339(text: str) -> float:
    """Seconds since the epoch of an RFC 3339 time; ValueError when it is none."""
    match = re.match(r"^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(\.\d+)?([Zz]|[-+]\d\d:\d\d)$", text)
    if match is None:
        raise ValueError(f'parsing time "{text}" as RFC 3339')
    year, month, day, hour, minute, second = (int(match.group(index)) for index in range(1, 7))
    zone = match.group(8)
    offset = 0 if zone in "Zz" else (1 if zone[0] == "+" else -1) * (int(zone[1:3]) * 3600 + int(zone[4:6]) * 60)
    import calendar

    return calendar.timegm((year, month, day, hour, minute, second, 0, 0, 0)) - offset + float(match.group(7) or 0)
