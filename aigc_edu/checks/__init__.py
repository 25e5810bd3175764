"""The checks of the exercises (floor 5): a folder a part of the book, a module a chapter.

``chapters/02-building-blocks/03-recurrent-networks.ipynb`` finds its checks in
``blocks/recurrent_networks.py``, and in modules whose names begin so where one would get too long.
Importing this package imports none of them: :func:`load` imports the module of one exercise, so
that a chapter pays for its own checks only.
"""

from __future__ import annotations

import importlib
import re
from functools import cache
from pathlib import Path

from aigc_edu.errors import InvalidValueError

_HERE = Path(__file__).resolve().parent
_DECORATOR = re.compile(r'^@exercise\("([^"]+)"\)', re.MULTILINE)


@cache
def catalogue() -> dict[str, str]:
    """Return which module checks which exercise, read from the sources without importing them.

    Returns
    -------
    dict
        From the name of an exercise, as ``@exercise("name")`` gives it, to a dotted module.

    Raises
    ------
    InvalidValueError
        If two checks have the same name.
    """
    found: dict[str, str] = {}
    for path in sorted(_HERE.rglob("*.py")):
        module = ".".join((__name__, *path.relative_to(_HERE).with_suffix("").parts))
        for name in _DECORATOR.findall(path.read_text(encoding="utf-8")):
            if name in found:
                raise InvalidValueError(f"two checks are called {name!r}")
            found[name] = module
    return found


def load(exercise: str) -> None:
    """Import the module that checks an exercise, if there is an exercise of that name."""
    module = catalogue().get(exercise)
    if module is not None:
        importlib.import_module(module)
