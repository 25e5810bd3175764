"""Exercises whose answer says which is which: clips heard and measured, broken things diagnosed."""

from __future__ import annotations

from collections.abc import Mapping

from aigc_edu.teaching.exercises import written


def matching_hint(answer: object, right: Mapping[str, str], hints: Mapping[str, str]) -> str | None:
    """Return None if each clip has got its right name, else what speaks against one that hasn't.

    Parameters
    ----------
    answer
        The reader's dictionary, from clips to words.
    right
        The right one.
    hints
        From a word to what a clip of that name would be like: said when another clip has got it.

    Raises
    ------
    NotWrittenError
        If a placeholder is left.
    """
    if not isinstance(answer, Mapping):
        return f"Answer with a dictionary from clips to words, not with {answer!r}."
    if set(answer) != set(right):
        return f"The dictionary should have the names {', '.join(right)}; yours has {list(answer)}."
    for word in answer.values():
        if written(word) not in right.values():
            listed = ", ".join(repr(known) for known in sorted(set(right.values())))
            return f"{word!r} is none of the words. They are {listed}."
    wrong = [name for name in right if answer[name] != right[name]]
    if not wrong:
        return None
    guess = answer[wrong[0]]
    known = len(right) - len(wrong)
    return f"{known} of {len(right)} are right. {wrong[0]} is not {guess!r}: {hints[guess]}"


def diagnosis_hint(
    answer: object, faults: Mapping[str, str], signs: Mapping[str, str], who: str
) -> str | None:
    """Return None if each letter has got its fault, else what is wrong with the answer.

    Parameters
    ----------
    answer
        The reader's dictionary, from letters to faults.
    faults
        The right one; no two letters have the same fault.
    signs
        From a fault to what tells it: said of the first letter that has got another.
    who
        What has the faults, for the hints: ``"patient"``.

    Raises
    ------
    NotWrittenError
        If a placeholder is left.
    """
    if not isinstance(answer, Mapping) or set(answer) != set(faults):
        return f"give one fault for each of the letters {', '.join(faults)}."
    for name in answer.values():
        written(name)
    strange = [name for name in answer.values() if name not in faults.values()]
    if strange:
        return f"{strange[0]!r} is none of the faults: {', '.join(sorted(faults.values()))}."
    if len(set(answer.values())) < len(faults):
        return f"each {who} has a fault of its own; you have named one twice."
    wrong = [letter for letter in faults if answer[letter] != faults[letter]]
    return f"{wrong[0]} has another fault. {signs[faults[wrong[0]]]}" if wrong else None
