"""Where the shipped data lie and where downloaded data sets are put."""

from __future__ import annotations

import os
from pathlib import Path

import pooch

from aigc_edu.errors import CourseError

# Names the folder in which processes that work together leave what they have to complain of.
COMPLAINTS = "AIGC_EDU_COMPLAINTS"

_PACKAGE = Path(__file__).resolve().parent


def data_dir() -> Path:
    """Return the folder of the data that ship with the course.

    In a checkout that is ``data/`` at the top level; a wheel carries a copy inside the package.

    Raises
    ------
    CourseError
        If neither folder exists, which means that the installation is incomplete.
    """
    for folder in (_PACKAGE.parent / "data", _PACKAGE / "_data"):
        if (folder / "checkpoints").is_dir():
            return folder
    raise CourseError(
        "the course's data folder is missing; install from a complete checkout "
        "(pip install -e . in the repository's root)"
    )


def cache_dir() -> Path:
    """Return the user's cache folder of the course (it need not exist yet)."""
    return Path(pooch.os_cache("aigc_edu"))


def datasets_dir() -> Path:
    """Return the folder in which data sets lie or are put.

    It is ``$AIGC_EDU_DATA`` where that is set, otherwise ``datasets`` in the user's cache.
    """
    chosen = os.environ.get("AIGC_EDU_DATA")
    return Path(chosen).expanduser() if chosen else cache_dir() / "datasets"
