"""Where the shipped data lie and where downloaded data sets are put."""

from __future__ import annotations

import os
import tempfile
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
    """Return the user's cache folder of the course (it need not exist yet).

    A user without a home, as in many containers, has it among the temporary files;
    ``XDG_CACHE_HOME`` names another place.
    """
    try:
        return Path(pooch.os_cache("aigc_edu"))
    except RuntimeError:  # platformdirs found no home
        user = os.getuid() if hasattr(os, "getuid") else "user"
        return Path(tempfile.gettempdir()) / f"aigc_edu-{user}"


def datasets_dir() -> Path:
    """Return the folder in which data sets lie or are put.

    It is ``$AIGC_EDU_DATA`` where that is set, otherwise ``datasets`` in the user's cache.

    Raises
    ------
    CourseError
        If the variable holds a relative path. A notebook runs in its own folder, so that the same
        words would mean one folder in the shell and another one in the notebook.
    """
    chosen = os.environ.get("AIGC_EDU_DATA")
    if not chosen:
        return cache_dir() / "datasets"
    folder = home_expanded(chosen)
    if not folder.is_absolute():
        raise CourseError(
            f"AIGC_EDU_DATA is {chosen!r}, which means another folder in each program; give it "
            f'whole: export AIGC_EDU_DATA="$PWD/{chosen}"'
        )
    return folder


def home_expanded(path: str | os.PathLike) -> Path:
    """Return a path with ``~`` and ``~name`` resolved.

    Raises
    ------
    CourseError
        If there is no such user, or the user has no home.
    """
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise CourseError(f"{path}: {error}; write the folder out") from error
