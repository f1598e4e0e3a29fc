"""Scalars of YAML: plain, quoted, and the flow collections they stand in."""

import re

Value = None | bool | int | float | str | list["Value"] | dict[str, "Value"]

_NUMBER = re.compile(r"^[-+]?(0|[1-9][0-9_]*)$")
_FLOAT = re.compile(r"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$")
_BOOLS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "a": "\a", "b": "\b", "e": "\x1b", "f": "\f", "v": "\v", "_": "\xa0", "/": "/", '"': '"', "\\": "\\", " ": " "}


def resolve(text: str) -> Value:
    """A plain scalar's value by the YAML 1.1 rules that Kubernetes' decoder uses."""
    if text in ("", "~", "null", "Null", "NULL"):
        return None
    if text.lower() in _BOOLS and text in (text.lower(), text.upper(), text.capitalize()):
        return _BOOLS[text.lower()]
    if _NUMBER.match(text):
        return int(text.replace("_", ""))
    if re.match(r"^0x[0-9a-fA-F]+$", text):
        return int(text, 16)
    if re.match(r"^0o?[0-7]+$", text):
        return int(text.replace("o", ""), 8)
    if _FLOAT.match(text):
        return float(text)
    return text


class More(Exception):
    """The flow collection or quoted scalar goes on in the next line."""


class Flow:
    """Flow collections and quoted scalars in a text; positions count characters."""

    def __init__(self, text: str) -> None:
        self.text = text

    def skip(self, at: int) -> int:
        """The next position that is no space and no comment; More at the end."""
        while at < len(self.text) and self.text[at] in " \t\n":
            at += 1
        if at < len(self.text) and self.text[at] == "#" and at > 0 and self.text[at - 1] in " \n":
            newline = self.text.find("\n", at)
            if newline < 0:
                raise More
            return self.skip(newline)
        if at >= len(self.text):
            raise More
        return at

    def value(self, at: int) -> tuple[Value, int]:
        """The value at a position and where it ends; More or ValueError."""
        at = self.skip(at)
        char = self.text[at]
        if char == "[":
            return self.items(at + 1)
        if char == "{":
            return self.pairs(at + 1)
        if char in "\"'":
            return self.quoted(at)
        end = at
        while end < len(self.text) and self.text[end] not in ",[]{}" and not (self.text[end] == ":" and self.text[end + 1 : end + 2] in ("", " ", ",", "\n")):
            end += 1
        if end == len(self.text):
            raise More
        return resolve(re.sub(r"[ \t]*(\n+)[ \t]*", lambda found: "\n" * (len(found[1]) - 1) or " ", self.text[at:end].strip())), end

    def items(self, at: int) -> tuple[Value, int]:
        """The rest of a [list]."""
        items: list[Value] = []
        while True:
            at = self.skip(at)
            if self.text[at] == "]":
                return items, at + 1
            value, at = self.value(at)
            items.append(value)
            at = self.skip(at)
            if self.text[at] == ",":
                at += 1
            elif self.text[at] != "]":
                raise ValueError("did not find expected ',' or ']'")

    def pairs(self, at: int) -> tuple[Value, int]:
        """The rest of a {map}."""
        pairs: dict[str, Value] = {}
        while True:
            at = self.skip(at)
            if self.text[at] == "}":
                return pairs, at + 1
            key, at = self.value(at)
            at = self.skip(at)
            value: Value = None
            if self.text[at] == ":":
                at = self.skip(at + 1)
                if self.text[at] not in ",}":
                    value, at = self.value(at)
                    at = self.skip(at)
            pairs["null" if key is None else str(key)] = value
            if self.text[at] == ",":
                at += 1
            elif self.text[at] != "}":
                raise ValueError("did not find expected ',' or '}'")

    def quoted(self, at: int) -> tuple[str, int]:
        """A quoted scalar."""
        quote, at, out = self.text[at], at + 1, ""
        while True:
            if at >= len(self.text):
                raise More
            char = self.text[at]
            if char == quote:
                if quote == "'" and self.text[at + 1 : at + 2] == "'":
                    out, at = out + "'", at + 2
                    continue
                return out, at + 1
            if char == "\\" and quote == '"':
                following = self.text[at + 1 : at + 2]
                if not following:
                    raise More
                width = {"x": 2, "u": 4, "U": 8}.get(following)
                if width:
                    out, at = out + chr(int(self.text[at + 2 : at + 2 + width], 16)), at + 2 + width
                elif following == "\n":
                    at += 2
                elif following in _ESCAPES:
                    out, at = out + _ESCAPES[following], at + 2
                else:
                    raise ValueError("found unknown escape character")
                continue
            if char == "\n":
                # One line break is a space; each empty line after it is a line break.
                breaks = 0
                while self.text[at : at + 1] == "\n":
                    breaks, at = breaks + 1, at + 1
                out = out.rstrip(" \t") + (" " if breaks == 1 else "\n" * (breaks - 1))
                continue
            out, at = out + char, at + 1
