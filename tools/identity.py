"""Put your own repository, site, hub and name everywhere, with one command.

For instance::

    python tools/identity.py --repository https://github.com/me/course --author "Me"

``tools/identity.toml`` holds what stands in the files today; it is rewritten last, so that a run
that was cut short can be given again.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

try:
    import tomllib
except ModuleNotFoundError:  # Python 3.10
    import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent
NAMES = ("repository", "site", "hub", "author", "tag")
_ADDRESSES = ("repository", "site", "hub")


def identity(root: Path = ROOT) -> dict[str, str]:
    """Return what ``tools/identity.toml`` says."""
    return tomllib.loads((root / "tools" / "identity.toml").read_text(encoding="utf-8"))


def committed(root: Path) -> list[Path]:
    """Return the text files of the repository that may hold a name."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, check=True)
    paths = [root / name for name in listed.stdout.decode().split("\0") if name]
    return [p for p in paths if p.is_file() and not p.is_symlink() and b"\0" not in p.read_bytes()]


def pairs(old: dict[str, str], new: dict[str, str]) -> list[tuple[str, str]]:
    """Return what becomes what, the longest first: one may be a part of another."""
    found = [(old[name], new[name]) for name in NAMES[:-1] if old[name] and old[name] != new[name]]
    for before, after in list(found):
        if before == old["repository"]:
            short = tuple(
                address.removeprefix("https://github.com/") for address in (before, after)
            )
            found.append(short)  # as in "github/OWNER/NAME", which Binder and Colab want
            found.append((f"git+{before}", f"git+{after}"))
    return sorted(found, key=lambda pair: -len(pair[0]))


def replace(root: Path, new: dict[str, str]) -> list[Path]:
    """Replace the names in all files, and return those that were changed."""
    old = identity(root)
    told = pairs(old, new)
    changed = []
    for path in committed(root):
        if path.name == "identity.toml":
            continue
        text = path.read_bytes().decode()
        mended = _in_cells(_replaced(text, told), path, old, new)
        if mended != text:
            path.write_bytes(mended.encode())
            changed.append(path)
    _write(root / "tools" / "identity.toml", new)
    return changed


def _replaced(text: str, told: list[tuple[str, str]]) -> str:
    for before, after in told:
        text = text.replace(before, after)
    return text


def _in_cells(text: str, path: Path, old: dict[str, str], new: dict[str, str]) -> str:
    """Let the chapters' first cell install the release ``tag``."""
    if path.suffix != ".ipynb" and path.name != "test_notebooks.py" or old["tag"] == new["tag"]:
        return text
    source = f"git+{new['repository']}"
    before, after = (f"@{told['tag']}" if told["tag"] else "" for told in (old, new))
    return re.sub(rf"{re.escape(source + before)}(?=[\\\"])", source + after, text)


def _write(path: Path, new: dict[str, str]) -> None:
    text = path.read_text(encoding="utf-8")
    for name in NAMES:
        line = rf'^{name} = "[^"]*"'
        text = re.sub(line, lambda _, name=name: f'{name} = "{new[name]}"', text, flags=re.M)
    path.write_text(text, encoding="utf-8")


def main() -> int:
    """Read the command line, replace, and say what was changed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in NAMES:
        parser.add_argument(f"--{name}", help=f"today: {identity()[name] or 'not set'}")
    given = {k: v for k, v in vars(parser.parse_args()).items() if v is not None}
    for name in _ADDRESSES:
        if given.get(name) and not re.fullmatch(r"https://[\w.-]+(/[\w./~-]*)?", given[name]):
            parser.error(f"--{name}: expected an address such as https://example.org/course")
    if any('"' in value or "\n" in value for value in given.values()):
        parser.error("a quotation mark or a line's end can't stand in a name")
    new = {**identity(), **given}
    new["repository"] = new["repository"].rstrip("/")
    new["site"] = new["site"].rstrip("/") + "/"
    changed = replace(ROOT, new)
    print(f"{len(changed)} files were changed; look at them with: git diff --stat")
    return 0


if __name__ == "__main__":
    sys.exit(main())
