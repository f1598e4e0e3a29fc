"""The part of YAML that Kubernetes files use: python's standard library has no YAML."""

import re

from practice.yamlscalars import Flow, More, Value, resolve


class YamlError(Exception):
    """Text that is not YAML; the message carries the line."""


_KEY = re.compile(r"""^("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s\[\]{},#&*!|>'"%@`-][^#]*?|-[^\s#][^#]*?|[^\s\[\]{},#&*!|>'"%@`-](?:[^:#]|:(?=\S)|(?<=\S)#)*?)\s*:(?:\s+|$)""")


def load_all(text: str) -> list[Value]:
    """Every document of a stream; empty documents are left out."""
    documents: list[list[tuple[int, str]]] = [[]]
    for number, line in enumerate(text.split("\n"), 1):
        line = line.rstrip("\r")
        if line == "---" or line.startswith("--- "):
            documents.append([])
            line = line[4:]
            if not line.strip() or line.strip().startswith("#"):
                continue
        if line == "...":
            documents.append([])
            continue
        documents[-1].append((number, line))
    loaded = [_Parser(lines).document() for lines in documents if any(text.strip() and not text.lstrip().startswith(("#", "%")) for _, text in lines)]
    return [document for document in loaded if document is not None]


def load(text: str) -> Value:
    """The only document of a text (None when there is none)."""
    documents = load_all(text)
    if len(documents) > 1:
        raise YamlError("expected one document")
    return documents[0] if documents else None


def without_comment(text: str) -> str:
    """The text before a comment; a # inside a quoted scalar is kept."""
    quote = ""
    for index, char in enumerate(text):
        if quote:
            if char == quote:
                quote = ""
        elif char in "\"'" and (index == 0 or text[index - 1] in " [{,:"):
            quote = char
        elif char == "#" and (index == 0 or text[index - 1] in " \t"):
            return text[:index].rstrip()
    return text.rstrip()


class _Parser:
    def __init__(self, lines: list[tuple[int, str]]) -> None:
        self.lines = lines
        self.at = 0
        self.anchors: dict[str, Value] = {}

    def fail(self, what: str) -> YamlError:
        number = self.lines[min(self.at, len(self.lines) - 1)][0]
        return YamlError(f"yaml: line {number}: {what}")

    def document(self) -> Value:
        value = self.block(0)
        if self.peek() is not None:
            raise self.fail("did not find expected key or the end of the document")
        return value

    def peek(self) -> tuple[int, str] | None:
        """Indent and text of the next line that says something."""
        while self.at < len(self.lines):
            raw = self.lines[self.at][1]
            body = raw.lstrip(" ")
            if body and not body.startswith("#"):
                if body.startswith("\t"):
                    raise self.fail("found character that cannot start any token")
                return len(raw) - len(body), body
            self.at += 1
        return None

    def block(self, least: int) -> Value:
        found = self.peek()
        if found is None or found[0] < least:
            return None
        indent, body = found
        if body.startswith("- ") or body == "-":
            return self.sequence(indent)
        if _KEY.match(body) and not body.startswith(("{", "[")):
            return self.mapping(indent)
        self.at += 1
        return self.value(body, indent - 1)

    def sequence(self, indent: int) -> Value:
        items: list[Value] = []
        while True:
            found = self.peek()
            if found is None or found[0] != indent or not (found[1].startswith("- ") or found[1] == "-"):
                if found is not None and found[0] > indent:
                    raise self.fail("did not find expected '-' indicator")
                return items
            number, raw = self.lines[self.at]
            rest = raw[indent + 1 :]
            body = rest.lstrip(" ")
            if not body or body.startswith("#"):
                self.at += 1
                items.append(self.block(indent + 1))
                continue
            inner = indent + 1 + len(rest) - len(body)
            if body.startswith("- ") or body == "-" or (_KEY.match(body) and body[0] not in "{["):
                # The item's first line is read as a line of its own, at the column where its text starts.
                self.lines[self.at] = (number, " " * inner + body)
                items.append(self.block(inner))
            else:
                self.at += 1
                items.append(self.value(body, indent))

    def mapping(self, indent: int) -> Value:
        result: dict[str, Value] = {}
        while True:
            found = self.peek()
            if found is None or found[0] < indent:
                return result
            if found[0] > indent:
                raise self.fail("did not find expected key")
            match = _KEY.match(found[1])
            if match is None:
                if found[1].startswith("- "):
                    return result
                raise self.fail("could not find expected ':'")
            key = self.key(match.group(1))
            if key in result:
                raise self.fail(f'key "{key}" already set in map')
            rest = found[1][match.end() :].strip()
            self.at += 1
            result[key] = self.after_key(rest, indent)

    def after_key(self, rest: str, indent: int) -> Value:
        if rest and not rest.startswith("#"):
            return self.value(rest, indent)
        found = self.peek()
        if found is None or found[0] < indent:
            return None
        if found[0] == indent:
            return self.sequence(indent) if found[1].startswith("- ") or found[1] == "-" else None
        return self.block(indent + 1)

    def key(self, text: str) -> str:
        if text[0] in "\"'":
            value, _ = Flow(text).quoted(0)
            return value
        return text.strip()

    def value(self, text: str, indent: int) -> Value:
        """A value whose first line is given (already consumed); `indent` is its parent's."""
        first = text[0]
        if first == "&":
            name, _, remainder = text[1:].partition(" ")
            value = self.after_key(remainder.strip(), indent)
            self.anchors[name] = value
            return value
        if first == "*":
            name = without_comment(text)[1:].strip()
            if name not in self.anchors:
                raise self.fail(f"unknown anchor '{name}' referenced")
            return self.anchors[name]
        if first == "!":
            tag, _, remainder = text.partition(" ")
            value = self.after_key(remainder.strip(), indent)
            return ("" if value is None else without_comment(remainder).strip("\"'")) if tag == "!!str" else value
        if first in "|>":
            return self.scalar_block(text, indent)
        if first in "{[\"'":
            return self.flow(text, indent)
        if first in "%@`":
            raise self.fail("found character that cannot start any token")
        words = [without_comment(text)]
        while words[-1] == without_comment(words[-1]):
            found = self.peek()
            if found is None or found[0] <= indent:
                break
            if _KEY.match(found[1]):
                raise self.fail("mapping values are not allowed in this context")
            words.append(without_comment(found[1]))
            self.at += 1
        if len(words) == 1 and re.search(r":(\s|$)", words[0]):
            self.at -= 1
            raise self.fail("mapping values are not allowed in this context")
        return resolve(" ".join(words))

    def flow(self, text: str, indent: int) -> Value:
        gathered = text
        while True:
            try:
                value, end = Flow(gathered).value(0)
            except More:
                if self.at >= len(self.lines):
                    raise self.fail("found unexpected end of stream") from None
                gathered += "\n" + self.lines[self.at][1].strip()
                self.at += 1
                continue
            except ValueError as error:
                raise self.fail(str(error)) from None
            tail = gathered[end:].strip()
            if tail and not tail.startswith("#"):
                raise self.fail("did not find expected key")
            return value

    def scalar_block(self, header: str, indent: int) -> Value:
        marks = without_comment(header)
        explicit = re.search(r"[1-9]", marks)
        body: list[str] = []
        width = max(indent, 0) + int(explicit.group()) if explicit else 0
        while self.at < len(self.lines):
            raw = self.lines[self.at][1]
            spaces = len(raw) - len(raw.lstrip(" "))
            if raw.strip():
                if not width:
                    width = spaces
                if spaces < width or spaces <= indent:
                    break
            body.append(raw[width:] if raw.strip() or len(raw) > width else "")
            self.at += 1
        trailing = 0
        while body and not body[-1]:
            body.pop()
            trailing += 1
        text = "\n".join(body) if marks[0] == "|" else _folded(body)
        if "-" in marks or not body:
            return text
        return text + "\n" * (1 + trailing if "+" in marks else 1)


def _folded(lines: list[str]) -> str:
    text = ""
    for index, line in enumerate(lines):
        if index == 0:
            text = line
        elif not line or line.startswith(" ") or not lines[index - 1] or lines[index - 1].startswith(" "):
            text += ("" if not lines[index - 1] and line and not line.startswith(" ") else "\n") + line
        else:
            text += " " + line
    return text
