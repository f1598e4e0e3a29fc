"""Files written whole or not at all."""

import os


def read(path: str) -> str:
    """The whole text of a file."""
    with open(path, encoding="utf-8") as file:
        return file.read()


def read_or(path: str, otherwise: str) -> str:
    """The whole text of a file, or the given text when it cannot be read."""
    try:
        return read(path)
    except OSError:
        return otherwise


def write(path: str, text: str, mode: int = 0o600) -> None:
    """Replaces a file atomically; makes its folder."""
    import tempfile  # slow to load, and most programs only read

    folder = os.path.dirname(path)
    os.makedirs(folder, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=".new-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, mode)
        os.rename(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def remove(path: str) -> None:
    """Removes a file; no error when there is none."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass
