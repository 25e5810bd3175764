"""Recipes: all that makes a checkpoint, in a file that people can read.

A recipe ``NAME.toml`` stands in ``data/checkpoints`` beside the checkpoint that it makes. It names
the kind of model, and for each stage of the training the options of ``train``; a later stage begins
with the weights of the one before, and none with a file that the recipe does not make.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aigc_edu.errors import CourseError
from aigc_edu.paths import data_dir

try:
    import tomllib
except ModuleNotFoundError:  # Python 3.10
    import tomli as tomllib

_KNOWN = {"kind", "about", "share", "stages", "use", "anchors", "score"}
_NOT_FOR_A_STAGE = {"out", "init", "device", "processes"}  # what the command itself decides


class RecipeError(CourseError):
    """A recipe is missing, or says what it cannot."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a checkpoint is made.

    Attributes
    ----------
    name
        Of the checkpoint.
    kind
        Of the model, as in the catalogue.
    about
        One sentence on what it is.
    stages
        For each stage the options of ``train``, by name without dashes: ``{"steps": 900}``.
    use
        What the checkpoint's description tells those who use it, such as a temperature.
    anchors
        Small runs to compare with, by name: options of ``train`` like a stage's.
    score
        What the kind's measurements are told.
    share
        Its part of the minutes where several checkpoints are made within a time.
    """

    name: str
    kind: str
    about: str = ""
    stages: tuple[dict[str, Any], ...]
    use: dict[str, Any] = field(default_factory=dict)
    anchors: dict[str, dict[str, Any]] = field(default_factory=dict)
    score: dict[str, Any] = field(default_factory=dict)
    share: float = 1.0

    @property
    def fingerprint(self) -> str:
        """A short hash of what decides the weights: the kind and the stages."""
        return _hash([self.kind, self.stages])

    @property
    def use_fingerprint(self) -> str:
        """A short hash of what does not decide the weights: their use, scores and anchors."""
        return _hash([self.use, self.score, self.anchors])

    @property
    def steps(self) -> int:
        """Number of steps of all stages together."""
        return sum(stage["steps"] for stage in self.stages)


def _hash(told: Any) -> str:
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:12]


def recipes_dir() -> Path:
    """Return the folder in which recipes and shipped checkpoints lie."""
    return data_dir() / "checkpoints"


def recipe_names() -> tuple[str, ...]:
    """Return the names of all recipes of the course, sorted."""
    return tuple(sorted(path.stem for path in recipes_dir().glob("*.toml")))


def read_recipe(name: str) -> Recipe:
    """Read a recipe of the course by its name, or any by the path of its file.

    Raises
    ------
    RecipeError
        If there is none, or it cannot be understood; the text says what is wrong with it.
    """
    path = Path(name) if name.endswith(".toml") else recipes_dir() / f"{name}.toml"
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise RecipeError(
            f"there is no recipe {name!r}; there are: {', '.join(recipe_names())}"
        ) from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RecipeError(f"{path}: not a recipe ({error})") from error
    return _checked(path, told)


def _checked(path: Path, told: dict[str, Any]) -> Recipe:
    unknown = sorted(set(told) - _KNOWN)
    stages = told.get("stages", [])
    if unknown or not isinstance(told.get("kind"), str) or not stages:
        wrong = f"unknown: {', '.join(unknown)}" if unknown else "kind and stages are needed"
        raise RecipeError(f"{path}: {wrong}; a recipe may say {', '.join(sorted(_KNOWN))}")
    for number, stage in enumerate([*stages, *told.get("anchors", {}).values()], start=1):
        told_too_much = sorted(_NOT_FOR_A_STAGE & set(stage))
        if told_too_much or not isinstance(stage.get("steps"), int):
            wrong = f"{', '.join(told_too_much)} is not for a recipe to say"
            raise RecipeError(
                f"{path}: stage {number}: {wrong if told_too_much else 'steps are needed'}"
            )
    if not told.get("share", 1) > 0:
        raise RecipeError(f"{path}: share must be above 0")
    return Recipe(name=path.stem, **{**told, "stages": tuple(stages)})


def arguments_of(stage: dict[str, Any]) -> list[str]:
    """Return a stage's options as a command line: ``{"batch_size": 4}`` is ``--batch-size 4``."""
    line: list[str] = []
    for name, value in stage.items():
        flag = f"--{name.replace('_', '-')}"
        if isinstance(value, bool):
            line += [flag] if value else []
        else:
            line += [flag, ",".join(value) if isinstance(value, list) else str(value)]
    return line
