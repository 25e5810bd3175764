"""Exercises that answer back: a registry of checks, and the verdict that a reader sees.

A check is a function in ``aigc_edu/checks/``. It gets the reader's answer, tries it, and
returns ``None`` when it is right, otherwise a hint (or a list of hints) that names the mistake::

    @exercise("half-of-it")
    def half_of_it(halve):
        if halve(3.0) == 1.0:
            return "3 / 2 is 1.5: you divide whole numbers, with //"
        if halve(3.0) != 1.5:
            return f"half of 3 is 1.5, but your function returns {halve(3.0)}"

Whatever the reader's code raises becomes a hint as well, and a function that still returns
``None`` or ``...``, or raises ``NotImplementedError``, is answered with "not written yet".
"""

from __future__ import annotations

import functools
import html
import importlib
import traceback
import types
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aigc_edu.errors import CourseError, InvalidValueError, did_you_mean

Check = Callable[..., "str | Iterable[str] | None"]

_CHECKS: dict[str, Check] = {}
_NOT_WRITTEN = "This is not written yet: replace the placeholder by your own answer."
_LIBRARY = Path(__file__).resolve().parents[1]

_COLOURS = {True: "#00855f", False: "#c25100"}  # both at least 3:1 on white and on near-black
_BOX = (
    "border:1px solid {c};border-left:0.4rem solid {c};border-radius:0.25rem;"
    "padding:0.5rem 0.9rem;margin:0.4rem 0;max-width:48rem;color:inherit;background:transparent"
)


class NotWrittenError(CourseError):
    """The answer is still the stub's placeholder."""


class ExerciseNotPassedError(CourseError):
    """:meth:`Verdict.require` was called on an answer that is not right yet."""


@dataclass(frozen=True)
class Verdict:
    """What a check found.

    Attributes
    ----------
    exercise
        Name of the exercise.
    hints
        What is still wrong, one sentence or more each; empty when the answer is right.
    """

    exercise: str
    hints: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the answer is right."""
        return not self.hints

    @property
    def hint(self) -> str:
        """All hints as one text, one a line; empty when the answer is right."""
        return "\n".join(self.hints)

    def require(self) -> Verdict:
        """Return the verdict if the answer is right, otherwise raise."""
        if not self.passed:
            raise ExerciseNotPassedError(f"{self.exercise}: {self.hint}")
        return self

    def __str__(self) -> str:
        return f"Right: {self.exercise}" if self.passed else f"Not yet: {self.hint}"

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        word = "Right" if self.passed else "Not yet"
        items = [html.escape(hint) for hint in self.hints]
        body = items[0] if len(items) == 1 else "".join(f"<li>{item}</li>" for item in items)
        body = f"<ul style='margin:0.2rem 0'>{body}</ul>" if len(items) > 1 else body
        mark, style = (
            ("&#10003;" if self.passed else "&#9888;"),
            _BOX.format(c=_COLOURS[self.passed]),
        )
        return (
            f'<div class="aigc-verdict" role="status" style="{style}">'
            f'<strong><span aria-hidden="true">{mark}</span> {word}</strong>'
            f"{': ' if items else ''}{body}</div>"
        )


def exercise(name: str) -> Callable[[Check], Check]:
    """Register the decorated function as the check of the exercise ``name``."""

    def register(function: Check) -> Check:
        known = _CHECKS.get(name)
        if known is not None and known.__module__ != function.__module__:
            raise InvalidValueError(f"two checks are called {name!r}")
        _CHECKS[name] = function
        return function

    return register


def exercises() -> tuple[str, ...]:
    """Return the names of all exercises that have a check, sorted."""
    return tuple(sorted({*_CHECKS, *_shelf().catalogue()}))


def check(name: str, *answers: Any, **named_answers: Any) -> Verdict:
    """Try an answer to an exercise and say whether it is right.

    Parameters
    ----------
    name
        The exercise, as its cell gives it.
    answers, named_answers
        What the exercise asks for: functions, classes, arrays, numbers.

    Returns
    -------
    Verdict
        Never raises because of the answer; what the answer's code raises becomes a hint.

    Raises
    ------
    InvalidValueError
        If there is no exercise of that name.
    """
    function = load_check(name)
    try:
        answers = tuple(_guard(answer) for answer in answers)
        named = {key: _guard(answer) for key, answer in named_answers.items()}
        hints = function(*answers, **named)
    except (NotImplementedError, NotWrittenError):
        hints = _NOT_WRITTEN
    except Exception as error:  # the reader's code may raise anything
        hints = _explain(error)
    if hints is None:
        hints = ()
    return Verdict(name, (hints,) if isinstance(hints, str) else tuple(hints))


def written(value: Any) -> Any:
    """Return ``value``; if it is ``None`` or ``...``, end the check with "not written yet"."""
    if value is None or value is Ellipsis:
        raise NotWrittenError(_NOT_WRITTEN)
    return value


def _guard(answer: Any) -> Any:
    """Let plain functions be watched for placeholders; pass everything else through."""
    written(answer)
    if not isinstance(answer, types.FunctionType):
        return answer

    @functools.wraps(answer)
    def watched(*args: Any, **kwargs: Any) -> Any:
        return written(answer(*args, **kwargs))

    return watched


def _explain(error: Exception) -> str:
    """Put an exception into a sentence, with the line of the reader's code where there is one."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not _foreign(frame.filename)]
    where = f" at `{own[-1].line}`" if own and own[-1].line else ""
    return f"Your code stops with {type(error).__name__}{where}: {error}"


def _foreign(filename: str) -> bool:
    return str(_LIBRARY) in filename or "site-packages" in filename


def load_check(name: str) -> Check:
    """Return the check of an exercise; its module is imported if need be.

    Raises
    ------
    InvalidValueError
        If there is no exercise of that name.
    """
    if name not in _CHECKS:
        _shelf().load(name)
    if name in _CHECKS:
        return _CHECKS[name]
    advice = did_you_mean(name, exercises()) or f"there are {', '.join(exercises())}"
    raise InvalidValueError(f"no exercise is called {name!r}; {advice}")


def _shelf() -> types.ModuleType:
    """Return the package of the checks, which stands above this one and imports it."""
    return importlib.import_module("aigc_edu.checks")
