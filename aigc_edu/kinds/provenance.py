"""When something was made, and by which state of the code."""

from __future__ import annotations

import hashlib
import subprocess
from datetime import datetime, timezone
from pathlib import Path

import aigc_edu

_PACKAGE = Path(aigc_edu.__file__).resolve().parent


def now() -> str:
    """Return the time in UTC, to the minute: ``2026-11-29 10:30``."""
    return datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M")


def code_state() -> str:
    """Return the library's version, a hash of its sources, and the commit where git knows it.

    The hash alone tells two states apart; the commit says where to find them.
    """
    hashed = hashlib.sha256()
    for path in sorted(_PACKAGE.rglob("*.py")):
        hashed.update(path.relative_to(_PACKAGE).as_posix().encode())
        hashed.update(path.read_bytes())
    return f"{aigc_edu.__version__}+{hashed.hexdigest()[:12]}{_commit()}"


def _commit() -> str:
    try:
        done = subprocess.run(
            ["git", "describe", "--always", "--dirty"],
            cwd=_PACKAGE,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return ""  # an installed package
    return f" ({done.stdout.strip()})"
