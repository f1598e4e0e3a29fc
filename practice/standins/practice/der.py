"""The little of DER that is needed of a certificate."""

import base64
import calendar


def from_pem(text: str) -> bytes:
    """The first certificate of a PEM text; ValueError when there is none."""
    begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
    if begin not in text or end not in text:
        raise ValueError("no certificate found")
    return base64.b64decode(text.split(begin, 1)[1].split(end, 1)[0])


def _next(data: bytes, at: int) -> tuple[int, int, int]:
    """Where the contents of the value at a position begin and end, and where the value itself begins."""
    length, start = data[at + 1], at + 2
    if length & 0x80:
        count = length & 0x7F
        length, start = int.from_bytes(data[start : start + count], "big"), start + count
    return start, start + length, at


def _fields(certificate: bytes) -> list[tuple[int, int, int]]:
    outer, _, _ = _next(certificate, 0)
    at, end, _ = _next(certificate, outer)
    found = []
    while at < end:
        value = _next(certificate, at)
        found.append(value)
        at = value[1]
    # An explicit version comes first unless the certificate is of version 1.
    return found[1:] if certificate[found[0][2]] == 0xA0 else found


def public_key_info(certificate: bytes) -> bytes:
    """The SubjectPublicKeyInfo, whole."""
    _, end, begin = _fields(certificate)[5]
    return certificate[begin:end]


def not_after(certificate: bytes) -> float:
    """When the certificate ends, in seconds since the epoch."""
    start, _, _ = _fields(certificate)[3]
    _, first_end, _ = _next(certificate, start)
    begin, end, tag_at = _next(certificate, first_end)
    text = certificate[begin:end].decode().rstrip("Z")
    year = int(text[:2]) if certificate[tag_at] == 0x17 else int(text[:4])
    rest = text[2:] if certificate[tag_at] == 0x17 else text[4:]
    full = (2000 + year if year < 50 else 1900 + year) if certificate[tag_at] == 0x17 else year
    numbers = [int(rest[index : index + 2]) for index in range(0, 10, 2)]
    return float(calendar.timegm((full, *numbers, 0, 0, 0)))
