"""What the loaders of the synthesised corpora share: making a clip when it is wanted, keeping it.

Each clip is a function of its key alone, so there is nothing that has to be made first: a clip
that is asked for is made in some milliseconds, and then kept as a FLAC file in the user's cache, in
a folder that is named by a fingerprint of the recipe. Whatever changes the sound (the recipe's own
source, a parameter) changes the folder, so that nothing stale is served. A file appears whole or
not at all, and two processes that make the same clip write the same bytes. A file that is
damaged is made again. Where nothing can be kept, all works without, and a warning says so.
"""

from __future__ import annotations

import hashlib
import importlib
import io
import json
import os
import secrets
import time
import warnings
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import soundfile as sf

from aigc_edu.audio import AudioFileError, read, resample
from aigc_edu.corpora.base import CorpusError
from aigc_edu.corpora.clips import Clip
from aigc_edu.corpora.places import place_for
from aigc_edu.paths import cache_dir, home_expanded

RATE = 16_000  # Hz, of all synthesised corpora
STEPS = 2**20  # to which 1 is divided: a last bit that differs between machines is below 1e-6
_ABANDONED = 24 * 3600  # seconds after which a half-written file belongs to nobody any more
_DSP = tuple(f"aigc_edu.dsp.{name}" for name in ("filters", "strings", "synthesis", "voice"))
_warned: set[Path] = set()


@dataclass(frozen=True)
class Recipe:
    """How the clips of a corpus are made.

    Attributes
    ----------
    name
        The corpus's.
    modules
        Dotted names of the modules whose source decides on the sound, besides those of ``dsp``.
    parameters
        What else it depends on; JSON must be able to hold it.
    make
        Makes a clip of its key: float64, shape (N,), at 16 kHz, within [-1, 1].
    """

    name: str
    modules: tuple[str, ...]
    parameters: Mapping[str, Any]
    make: Callable[[str], np.ndarray]

    @cached_property
    def fingerprint(self) -> str:
        """Twelve hexadecimal digits that change with whatever changes the sound."""
        digest = hashlib.sha256(json.dumps([self.name, STEPS, dict(self.parameters)]).encode())
        for module in (*self.modules, *_DSP):
            source = importlib.import_module(module).__file__ or ""
            digest.update(Path(source).read_text(encoding="utf-8").encode())
        return digest.hexdigest()[:12]

    def folder(self, root: str | Path | None = None) -> Path:
        """Return the folder in which clips are kept; it need not exist.

        Parameters
        ----------
        root
            A folder that :meth:`build` made, or the one above; the user's cache by default.

        Raises
        ------
        CorpusError
            If ``root`` is no such folder, or another recipe or other parameters made it.
        """
        if root is None:
            return cache_dir() / "synthesised" / f"{self.name}-{self.fingerprint}"
        above = home_expanded(root)
        for folder in (above / self.name, above):
            if (folder / "index.json").is_file():
                self._check(folder / "index.json")
                return folder
        raise CorpusError(
            f"there are no {self.name} in {above}; leave root out, or make them there with "
            f"'python -m aigc_edu corpora build {self.name} --out {above}'"
        )

    def _check(self, path: Path) -> None:
        try:
            made_by = json.loads(path.read_text(encoding="utf-8"))["fingerprint"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CorpusError(f"{path} cannot be read ({error}); build the folder again") from error
        if made_by != self.fingerprint:
            raise CorpusError(
                f"{path.parent} was made by another version of the recipe, or with other options; "
                "build it again, or leave root out"
            )

    def clips(
        self, root: str | Path | None, rate: int, rows: Iterable[tuple[str, int, str, str]]
    ) -> tuple[Clip, ...]:
        """Return a clip for each row: its key, its label, its speaker and its part.

        Raises
        ------
        CorpusError
            As :meth:`folder` does.
        """
        folder = self.folder(root)
        tidy(folder)
        return tuple(
            Clip(key, label, speaker, rate, part, self.loader(folder, key, rate))
            for key, label, speaker, part in rows
        )

    def loader(self, folder: Path, key: str, rate: int) -> Callable[[], np.ndarray]:
        """Return a function that gives a clip's samples at a rate, made or read."""
        return partial(self._load, folder, key, rate)

    def _load(self, folder: Path, key: str, rate: int) -> np.ndarray:
        path = folder / f"{key}.flac"
        x = _kept(path)
        if x is None:
            codes = _codes(self.make(key), key)
            _keep(path, codes)
            x = (codes / STEPS).astype(np.float32)
        return x if rate == RATE else np.clip(resample(x, RATE, rate), -1, 1)

    def build(self, out: str | Path | None, rows: Iterable[Mapping[str, Any]]) -> Path:
        """Make all clips.

        Parameters
        ----------
        out
            The folder, which also gets an ``index.json``; the cache by default. New, empty, or
            one that this recipe has filled.
        rows
            What the index says of each clip, ``"key"`` first of all.

        Returns
        -------
        Path
            The folder.

        Raises
        ------
        CorpusError
            If the folder cannot be written, or holds other files.
        """
        folder = self.folder() if out is None else place_for(self.name, out)
        rows = list(rows)
        head = {"name": self.name, "rate": RATE, "fingerprint": self.fingerprint}
        head |= {"parameters": dict(self.parameters)}
        lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
        text = json.dumps(head)[:-1] + ', "clips": [\n' + lines + "\n]}\n"
        try:
            for row in rows:
                path = folder / f"{row['key']}.flac"
                if out is not None or _kept(path) is None:
                    _put(path, _flac(_codes(self.make(row["key"]), row["key"])))
            _put(folder / "index.json", text.encode())
        except OSError as error:
            raise CorpusError(f"the {self.name} cannot be written to {folder} ({error})") from error
        return folder


def tidy(folder: Path) -> None:
    """Remove what processes that were killed left half written, a day later."""
    with suppress(OSError):
        for path in folder.glob(".*.part"):
            if time.time() - path.stat().st_mtime > _ABANDONED:
                path.unlink(missing_ok=True)


def _codes(x: np.ndarray, key: str) -> np.ndarray:
    """Round samples to whole numbers of which :data:`STEPS` make 1."""
    codes = np.round(x * STEPS)
    if not np.isfinite(codes).all() or np.abs(codes).max() >= STEPS:
        raise CorpusError(f"the recipe makes {key} louder than full scale; please report this")
    return codes.astype(np.int32)


def _flac(codes: np.ndarray) -> bytes:
    """Return a FLAC file, encoded in memory: what is written to the disk is written by Python."""
    file = io.BytesIO()
    scaled = codes * (2**31 // STEPS)  # libsndfile takes the upper 24 bits of these 32
    sf.write(file, scaled, RATE, format="FLAC", subtype="PCM_24")
    return file.getvalue()


def _kept(path: Path) -> np.ndarray | None:
    """Return what the cache holds of a clip; None where it holds nothing, or nothing whole."""
    if not os.path.exists(path):  # unlike Path.exists, False also where one may not look
        return None
    try:
        x, rate = read(path)  # compares the samples with their checksum
    except AudioFileError:
        return None
    return x if rate == RATE else None


def _keep(path: Path, codes: np.ndarray) -> None:
    try:
        _put(path, _flac(codes))
    except OSError as error:
        if path.parent not in _warned:
            _warned.add(path.parent)
            warnings.warn(
                f"sounds cannot be kept in {path.parent} ({error}); they are made again each time; "
                "set XDG_CACHE_HOME to a folder in which you may write",
                stacklevel=2,
            )


def _put(path: Path, data: bytes) -> None:
    """Write a file beside its place, and move it there whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{secrets.token_hex(6)}.part")
    try:
        part.write_bytes(data)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
