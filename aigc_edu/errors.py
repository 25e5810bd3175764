"""The one family of errors that the course raises on bad input."""

from __future__ import annotations


class CourseError(Exception):
    """Base of every error a user of the course can cause; its text says what to do.

    The command line prints it in one line and exits with status 2, without a traceback.
    """


class InvalidValueError(CourseError, ValueError):
    """A value is outside of what the function accepts."""


class MissingPackageError(CourseError, ImportError):
    """A package that only a part of the course needs is not installed."""
