"""Checks of *Data sets*: layouts, licences, divisions."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from aigc_edu.teaching.exercises import exercise, written

# ---------------------------------------------------------------- a line of LJSpeech

_LINES = {
    "LJ009-0001|printed in 1455,|printed in fourteen fifty-five,\n": "third",
    'LJ009-0002|called "lower-case" here|called "lower-case" here\n': "quotes",
    'LJ009-0003|"which was begun|"which was begun\n': "quotes",
    "LJ009-0004|nothing to spell out\n": "two",
    "LJ009-0005|an empty third column|\n": "empty",
}


@exercise("datasets-ljspeech")
def ljspeech_row(parse: Callable[[str], tuple[str, str]]) -> str | None:
    """``parse(line)`` returns the name of the clip and what is said in it."""
    for line, trap in _LINES.items():
        columns = line.rstrip("\n").split("|")
        right = (columns[0], columns[2] if len(columns) == 3 and columns[2] else columns[1])
        try:
            got = written(parse(line))
        except (IndexError, ValueError) as error:
            if trap != "two":
                raise
            return (
                f"{line!r} has two columns, and there your code stops with {type(error).__name__}: "
                "some lines have no third column, and then the second holds."
            )
        if not isinstance(got, (tuple, list)) or len(got) != 2:
            return f"Return two things, the name and the text; {line!r} gives {got!r}."
        if tuple(got) != right:
            return _wrong_row(line, columns, trap, tuple(got), right)
    return None


def _wrong_row(line: str, columns: list[str], trap: str, got: tuple, right: tuple) -> str:
    name, text = got
    if name != right[0]:
        return f"The name is what stands before the first |, {right[0]!r}, not {name!r}."
    if isinstance(text, str) and text.rstrip("\n") == right[1]:
        return "The line end is still in the text: take it off first, with line.rstrip('\\n')."
    if text == right[1].replace('"', ""):
        return (
            "The quotation marks are lost. In this file they belong to the text and mean nothing "
            "to the format: use line.split('|'), or csv with quoting=csv.QUOTE_NONE."
        )
    if trap == "third" and isinstance(text, str) and text.startswith(columns[1]):
        return (
            "You return the text as printed, with digits in it; the third column has it as it is "
            "read aloud, 'fourteen fifty-five'."
        )
    if trap == "empty" and not text:
        return f"In {line!r} the third column is there but empty: then the second holds."
    return f"{line!r} should give {right!r}, and you return {got!r}."


# ---------------------------------------------------------------- a name of NSynth

_NOTES = {
    "guitar_acoustic_015-060-100": ("guitar", "acoustic", 60, 100),
    "organ_electronic_104-021-025": ("organ", "electronic", 21, 25),
    "synth_lead_synthetic_011-108-127": ("synth_lead", "synthetic", 108, 127),
}


@exercise("datasets-nsynth")
def nsynth_name(parse: Callable[[str], tuple[str, str, int, int]]) -> str | None:
    """``parse(name)`` returns family, source, pitch and velocity."""
    for name, right in _NOTES.items():
        try:
            got = written(parse(name))
        except ValueError as error:
            if not name.startswith("synth_lead"):
                raise
            return (
                f"{name} stops your code ({error}): the family synth_lead has an underscore of its "
                "own. Cut from the right, with rsplit, or ask for the three known sources."
            )
        if not isinstance(got, (tuple, list)) or len(got) != 4:
            return f"Return family, source, pitch and velocity; {name} gives {got!r}."
        if tuple(got) != right:
            return _wrong_note(name, tuple(got), right)
    return None


def _wrong_note(name: str, got: tuple, right: tuple) -> str:
    if tuple(map(str, got)) == (*right[:2], f"{right[2]:03d}", f"{right[3]:03d}"):
        return f"Pitch and velocity are text yet, {got[2]!r} and {got[3]!r}: turn them into int."
    if got == (*right[:2], right[3], right[2]):
        return f"Pitch and velocity are swapped: in {name} the pitch, {right[2]}, comes first."
    if name.startswith("synth_lead") and got[0] == "synth":
        return "The family is synth_lead, with an underscore of its own: cut from the right."
    if got[0] == f"{right[0]}_{right[1]}":
        return f"Your family, {got[0]!r}, has the source in it."
    return f"{name} should give {right}, and you return {got}."


# ---------------------------------------------------------------- a split that doesn't leak


@exercise("datasets-split")
def split_by_source(answer: Callable[[list[str]], Sequence[bool]]) -> str | None:
    """``answer(sources)`` says of each clip whether it is for the test."""
    shuffle = random.Random(7).shuffle
    sources = [f"recording-{i:03d}" for i in range(120) for _ in range(1 + i % 5)]
    shuffle(sources)
    mask = _mask(answer, sources)
    if isinstance(mask, str):
        return mask
    chosen = dict(zip(sources, mask, strict=True))
    for source, in_test in zip(sources, mask, strict=True):
        if chosen[source] != in_test:
            return (
                f"{source} is on both sides: some of its clips are for the test and others are "
                "not. Decide by the source, not by the clip."
            )
    if all(side == (hash(source) % 5 == 0) for source, side in chosen.items()):
        return (
            "Python's hash of a text is another one each time that Python starts, so tomorrow your "
            "split is another one. zlib.crc32(text.encode()) stays."
        )
    return _wrong_share(sum(chosen.values()), len(chosen)) or _unstable(answer, sources, chosen)


def _mask(answer: Callable[[list[str]], Any], sources: list[str]) -> list[bool] | str:
    mask = np.asarray(answer(list(sources)))
    if mask.shape != (len(sources),):
        return (
            f"Return one True or False for each clip: {len(sources)} of them, not an array of the "
            f"shape {mask.shape}."
        )
    if mask.dtype != bool and not np.isin(mask, (0, 1)).all():
        return f"Return True or False for each clip, not {mask[:3].tolist()} and so on."
    return [bool(value) for value in mask]


def _wrong_share(held: int, of: int) -> str | None:
    if 0.1 * of <= held <= 0.3 * of:
        return None
    return f"A fifth of the sources is wanted for the test, and {held} of {of} are yours."


def _unstable(
    answer: Callable[[list[str]], Any], sources: list[str], chosen: dict[str, bool]
) -> str | None:
    """Say when a source changes sides: from call to call, with the order, with new clips."""

    def moved(again: list[str]) -> int:
        now = dict(zip(again, _mask(answer, again), strict=True))
        return sum(now[source] != side for source, side in chosen.items())

    more = [f"later-{i:03d}" for i in range(60)]
    trials = [
        (sources, "Called twice with the same clips, your function gives two answers. Draw nothing "
         "by chance, or from a generator with a fixed seed."),
        (sorted(sources), "With the clips in another order, {n} sources change sides; a listing of "
         "a folder comes in any order. Decide by the name."),
        (more + sources, "When new recordings are added, {n} of the old ones change sides, and "
         "what a model has learned from comes into its test. Decide by the name alone."),
    ]  # fmt: skip
    for again, hint in trials:
        if number := moved(again):
            return hint.format(n=number)
    return None


# ---------------------------------------------------------------- may it be published?

LICENCES = (
    *("CC0", "public domain", "CC BY", "CC BY-SA"),
    *("CC BY-NC", "CC BY-NC-SA", "CC BY-ND"),
)


def _allowed(
    licences: Sequence[str],
    commercial: bool,
    nd: bool = True,
    nc: bool = True,
    one_sa: bool = True,
    sa_nc: bool = True,
) -> bool:
    """Apply the chapter's four rules, or those of them that are not switched off."""
    kinds = set(licences)
    alike = {kind for kind in kinds if "SA" in kind}
    forbids_trade = any("NC" in kind for kind in kinds)
    if nd and any("ND" in kind for kind in kinds):
        return False
    if nc and commercial and forbids_trade:
        return False
    if one_sa and len(alike) > 1:
        return False
    return not (sa_nc and forbids_trade and any("NC" not in kind for kind in alike))


_LICENCE_MISTAKES: dict[str, Callable[[Sequence[str], bool], bool]] = {
    "A clip with ND, no derivatives, may not be mixed with others at all.": lambda k, c: _allowed(
        k, c, nd=False
    ),
    "A clip with NC forbids selling the mix; your function ignores whether it is sold.": (
        lambda k, c: _allowed(k, c, nc=False)
    ),
    "NC forbids trade only: given away, such a mix may be published.": lambda k, c: (
        _allowed(k, c) and not any("NC" in kind for kind in k)
    ),
    "CC BY-SA wants the mix under CC BY-SA, which allows trade, and CC BY-NC forbids it: the two "
    "cannot be mixed, sold or not.": lambda k, c: _allowed(k, c, sa_nc=False),
    "CC BY-SA and CC BY-NC-SA each want the mix under their own licence; it can't be under both.": (
        lambda k, c: _allowed(k, c, one_sa=False, sa_nc=False)
    ),
    "Share-alike goes with the licences that ask for less: CC BY and CC BY-SA make CC BY-SA.": (
        lambda k, c: _allowed(k, c) and not (any("SA" in i for i in k) and len(set(k)) > 1)
    ),
}


@exercise("datasets-licence")
def licence(answer: Callable[[list[str], bool], bool]) -> str | None:
    """``answer(licences, commercial)`` says whether a mix of such clips may be published."""
    cases = [
        (list(kinds), commercial)
        for size in (1, 2, 3)
        for kinds in itertools.combinations(LICENCES, size)
        for commercial in (False, True)
    ]
    got = [bool(written(answer(list(kinds), commercial))) for kinds, commercial in cases]
    right = [_allowed(kinds, commercial) for kinds, commercial in cases]
    if got == right:
        return None
    for hint, mistaken in _LICENCE_MISTAKES.items():
        if got == [bool(mistaken(kinds, commercial)) for kinds, commercial in cases]:
            return hint
    kinds, commercial = cases[int(np.argmax(np.array(got) != np.array(right)))]
    may = "may" if _allowed(kinds, commercial) else "may not"
    doing = "sold" if commercial else "given away"
    return f"A mix of {' and '.join(kinds)} {may} be {doing}, and your function says otherwise."
