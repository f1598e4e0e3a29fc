"""Command-line flags as github.com/spf13/pflag reads them."""


class FlagError(Exception):
    """A flag that the program does not have, or a value that does not fit; the text is pflag's."""


class Parsed:
    """Values by flag name (lists for kind "strings"), positional arguments, and the names that were given."""

    def __init__(self) -> None:
        self.values: dict[str, str | list[str] | bool] = {}
        self.args: list[str] = []

    def text(self, name: str, otherwise: str = "") -> str:
        """Value of a string flag."""
        value = self.values.get(name, otherwise)
        return value if isinstance(value, str) else otherwise

    def many(self, name: str) -> list[str]:
        """Values of a list flag."""
        value = self.values.get(name, [])
        return value if isinstance(value, list) else []

    def on(self, name: str) -> bool:
        """Whether a boolean flag is set."""
        return self.values.get(name) is True

    def given(self, name: str) -> bool:
        """Whether the flag was on the command line."""
        return name in self.values


# Kinds: bool, string, int, duration, strings (comma lists, repeatable).
Table = dict[str, str]
SHORTHANDS = {"h": "help", "v": "v", "f": "force", "o": "output"}


def parse(table: Table, argv: list[str], shorthands: dict[str, str] | None = None) -> Parsed:
    """Reads argv by the table; FlagError with pflag's words for anything unknown."""
    short = SHORTHANDS if shorthands is None else shorthands
    parsed = Parsed()
    rest = list(argv)
    while rest:
        word = rest.pop(0)
        if word == "--":
            parsed.args += rest
            break
        if word.startswith("--"):
            name, has_value, value = word[2:].partition("=")
            if name not in table and name != "help":
                raise FlagError(f"unknown flag: --{name}")
            _take(table, parsed, name, value if has_value else None, rest, f"--{name}")
        elif word.startswith("-") and len(word) > 1:
            letter, remainder = word[1], word[2:]
            known = short.get(letter)
            if known is None or (known not in table and known != "help"):
                raise FlagError(f"unknown shorthand flag: {letter!r} in {word}")
            value_text = remainder[1:] if remainder.startswith("=") else (remainder or None)
            _take(table, parsed, known, value_text, rest, f"-{letter}, --{known}")
        else:
            parsed.args.append(word)
    return parsed


def _take(table: Table, parsed: Parsed, name: str, value: str | None, rest: list[str], shown: str) -> None:
    kind = table.get(name, "bool")
    if kind == "bool":
        if value is not None and value.lower() not in ("true", "false", "1", "0", "t", "f"):
            raise FlagError(f'invalid argument "{value}" for "{shown}" flag: strconv.ParseBool: parsing "{value}": invalid syntax')
        parsed.values[name] = value is None or value.lower() in ("true", "1", "t")
        return
    if value is None:
        if not rest:
            raise FlagError(f"flag needs an argument: --{name}")
        value = rest.pop(0)
    if kind == "int" and not value.lstrip("-").isdigit():
        raise FlagError(f'invalid argument "{value}" for "{shown}" flag: strconv.ParseInt: parsing "{value}": invalid syntax')
    if kind == "strings":
        known = parsed.values.setdefault(name, [])
        assert isinstance(known, list)
        known.extend(part for part in value.split(",") if part)
        return
    parsed.values[name] = value
