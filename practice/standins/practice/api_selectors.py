"""Label selectors and field selectors."""

import re
from collections.abc import Callable

from practice.api_errors import bad_request

Matcher = Callable[[dict], bool]


def by_labels(text: str) -> Matcher:
    """A label selector in the form of a URL; ApiError 400 when it cannot be read."""
    tests: list[Callable[[dict[str, str]], bool]] = []
    for part in re.split(r",(?![^(]*\))", text):
        part = part.strip()
        if not part:
            continue
        group = re.match(r"^([\w./-]+)\s+(in|notin)\s*\(([^)]*)\)$", part)
        pair = re.match(r"^([\w./-]+)\s*(==|=|!=)\s*([\w.-]*)$", part)
        exists = re.match(r"^(!?)\s*([\w./-]+)$", part)
        if group:
            values = [value.strip() for value in group.group(3).split(",")]
            tests.append(_within(group.group(1), values, group.group(2) == "in"))
        elif pair:
            tests.append(_within(pair.group(1), [pair.group(3)], pair.group(2) != "!="))
        elif exists:
            tests.append(_has(exists.group(2), not exists.group(1)))
        else:
            raise bad_request(f'unable to parse requirement: found "{part}"')

    return lambda obj: all(test(obj.get("metadata", {}).get("labels") or {}) for test in tests)


def _within(key: str, values: list[str], wanted: bool) -> Callable[[dict[str, str]], bool]:
    return lambda labels: (labels.get(key) in values) == wanted if key in labels else not wanted


def _has(key: str, wanted: bool) -> Callable[[dict[str, str]], bool]:
    return lambda labels: (key in labels) == wanted


def by_label_selector(selector: dict | None) -> Matcher:
    """A LabelSelector object (matchLabels, matchExpressions); nothing matches None."""
    if selector is None:
        return lambda obj: False
    tests = [_within(key, [value], True) for key, value in (selector.get("matchLabels") or {}).items()]
    for expression in selector.get("matchExpressions") or []:
        key, operator = expression["key"], expression["operator"]
        if operator in ("In", "NotIn"):
            tests.append(_within(key, expression.get("values") or [], operator == "In"))
        else:
            tests.append(_has(key, operator == "Exists"))
    return lambda obj: all(test(obj.get("metadata", {}).get("labels") or {}) for test in tests)


def by_fields(text: str) -> Matcher:
    """A field selector; any dotted path is accepted, an absent field is an empty string."""
    tests: list[tuple[list[str], str, bool]] = []
    for part in text.split(","):
        if not part.strip():
            continue
        match = re.match(r"^([\w.]+)(==|=|!=)(.*)$", part.strip())
        if match is None:
            raise bad_request(f'invalid field selector: "{part}"; can\'t understand it')
        tests.append((match.group(1).split("."), match.group(3), match.group(2) != "!="))

    def matches(obj: dict) -> bool:
        return all((_field(obj, path) == value) == wanted for path, value, wanted in tests)

    return matches


def _field(obj: dict, path: list[str]) -> str:
    value: object = obj
    for part in path:
        value = value.get(part) if isinstance(value, dict) else None
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
