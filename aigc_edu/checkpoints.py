"""Checkpoints: tensors and a description in one safetensors file, written atomically.

A safetensors file holds numbers and text only, so loading one runs no code, whoever made it.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import safetensors
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from aigc_edu.errors import CourseError
from aigc_edu.paths import data_dir
from aigc_edu.seeds import pick_device

_KEY = "aigc_edu"  # the entry of the file's metadata that holds the description


class CheckpointError(CourseError):
    """A checkpoint is missing, damaged, or made for something else."""


class Trained(NamedTuple):
    """A network with trained weights, and what its checkpoint says of it.

    Attributes
    ----------
    model
        The network.
    description
        What JSON can hold: the kind, the configuration, the corpus, the labels, and the like.
    """

    model: nn.Module
    description: dict[str, Any]


def save_checkpoint(
    path: str | os.PathLike, tensors: dict[str, Tensor], description: dict[str, Any]
) -> Path:
    """Write a checkpoint; the file appears whole or not at all.

    Parameters
    ----------
    path
        Where to; its folder is made if need be.
    tensors
        Named tensors, on any device.
    description
        What JSON can hold: the model's kind and configuration, the corpus, the steps.
    """
    path = Path(path)
    whole = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
        os.close(handle)
    except OSError as error:
        raise CheckpointError(f"{path}: cannot be written ({error})") from error
    try:
        save_file(whole, name, metadata={_KEY: json.dumps(description, sort_keys=True)})
        os.chmod(name, 0o644)  # mkstemp makes files that only their owner can read
        os.replace(name, path)
    except (OSError, safetensors.SafetensorError) as error:
        raise CheckpointError(f"{path}: cannot be written ({error})") from error
    finally:
        Path(name).unlink(missing_ok=True)
    return path


def load_checkpoint(
    name: str | os.PathLike, device: str = "cpu"
) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read a checkpoint: its tensors by name, and its description.

    Parameters
    ----------
    name
        The path of a file, or the name of a checkpoint that ships with the course
        (``"wavenet-fsdd"``).
    device
        Where the tensors go.

    Raises
    ------
    CheckpointError
        If there is no such checkpoint, or the file is not one of the course's.
    """
    path, device = find_checkpoint(name), str(pick_device(device))
    try:
        with safetensors.safe_open(path, framework="pt", device=device) as file:
            description = json.loads(file.metadata()[_KEY])
            # Copies: on Windows a file can't be replaced while tensors still point into it.
            tensors = {key: file.get_tensor(key).clone() for key in file.keys()}  # noqa: SIM118
        if not isinstance(description, dict):
            raise ValueError("its description is no table")
        return tensors, description
    except (safetensors.SafetensorError, TypeError, KeyError, ValueError, OSError) as error:
        raise CheckpointError(f"{path}: not a checkpoint of this course ({error})") from error


def load_model(
    name: str | os.PathLike,
    kind: str,
    build: Callable[[dict[str, Any]], nn.Module],
    device: str,
) -> Trained:
    """Rebuild a model of the kind ``kind`` from a checkpoint, in evaluation mode.

    Its weights have the precision that the network is built with, whatever the file's is.

    Parameters
    ----------
    name, device
        See :func:`load_checkpoint`.
    kind
        What the description's ``kind`` must be.
    build
        Makes the network from the description's ``config``.

    Raises
    ------
    CheckpointError
        Also if the checkpoint holds another kind of model, or not all of this one.
    """
    tensors, description = load_checkpoint(name, device)
    if description.get("kind") != kind:
        raise CheckpointError(f"{name} holds a {description.get('kind')}, not a {kind}")
    try:
        model = build(description["config"])
        model.load_state_dict(without_prefix("model.", tensors))
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise CheckpointError(f"{name} is no whole {kind} of this course") from error
    return Trained(model.to(device).eval(), description)


def with_tuples(config: dict[str, Any]) -> dict[str, Any]:
    """Return hyper-parameters with their lists as tuples: a file's JSON has no tuples."""
    return {key: tuple(x) if isinstance(x, list) else x for key, x in config.items()}


def in_float16(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return tensors with all floating-point numbers in half precision: two bytes each.

    That keeps 11 significant bits, of numbers up to 65,504 in size.

    Raises
    ------
    CheckpointError
        If a number is too large for that.
    """
    rounded = {k: v.half() if v.is_floating_point() else v for k, v in tensors.items()}
    for name, tensor in tensors.items():
        if not torch.equal(rounded[name].isfinite(), tensor.isfinite()):
            raise CheckpointError(f"{name} holds numbers too large for half precision")
    return rounded


def without_prefix(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors whose names begin with a prefix, under their names without it."""
    return {k[len(prefix) :]: v for k, v in tensors.items() if k.startswith(prefix)}


def find_checkpoint(name: str | os.PathLike) -> Path:
    """Return the file behind a path or a shipped checkpoint's name; CheckpointError if none."""
    for path in (Path(name), data_dir() / "checkpoints" / f"{name}.safetensors"):
        if path.is_file():
            return path
    raise CheckpointError(
        f"there is no checkpoint {str(name)!r}; shipped ones: {', '.join(shipped_checkpoints())}"
    )


def shipped_checkpoints() -> tuple[str, ...]:
    """Return the names of the checkpoints that ship with the course, sorted."""
    return tuple(sorted(p.stem for p in (data_dir() / "checkpoints").glob("*.safetensors")))


def what_its_card_says(name: str) -> str:
    """Return a sentence on how good a shipped checkpoint's sounds are, measured for its card.

    Raises
    ------
    CheckpointError
        If nothing was measured.
    """
    path = data_dir() / "checkpoints" / f"{name}.json"
    try:
        says = json.loads(path.read_text(encoding="utf-8"))["says"]
    except (OSError, ValueError, KeyError) as error:
        raise CheckpointError(f"there are no measurements of {name!r}") from error
    return f"{name}: {says}."
