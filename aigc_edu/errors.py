"""The one family of errors that the course raises on bad input."""

from __future__ import annotations

from collections.abc import Iterable


class CourseError(Exception):
    """Base of every error a user of the course can cause; its text says what to do.

    The command line prints it in one line and exits with status 2, without a traceback.
    """


class InvalidValueError(CourseError, ValueError):
    """A value is outside of what the function accepts."""


class MissingPackageError(CourseError, ImportError):
    """A package that only a part of the course needs is not installed."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ``"did you mean 'near'?"`` for a mistyped word, and nothing if none comes near it."""
    from difflib import get_close_matches  # needed only where something is wrong

    near = get_close_matches(word, list(known), n=1)
    return f"did you mean {near[0]!r}?" if near else ""
