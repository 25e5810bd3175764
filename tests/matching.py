"""What the exercises have in common in which a reader says which clip is which."""

from __future__ import annotations

from aigc_edu.teaching import check


def assert_told_what_speaks_against(
    name: str, right: dict[str, str], clip: str, guess: str, named: str
) -> None:
    """Hold the hint on one wrong guess among right ones."""
    hint = check(name, right | {clip: guess}).hint
    assert f"{clip} is not {guess!r}" in hint and named in hint


def assert_no_diagnosis_is_refused(name: str, right: dict[str, str]) -> None:
    """Hold the hints on stubs, other types, missing names and unknown words."""
    assert "not written yet" in check(name, dict.fromkeys(right, ...)).hint
    assert "dictionary" in check(name, list(right)).hint
    assert "should have the names" in check(name, {"A": "good"}).hint
    assert "none of the words" in check(name, right | {"A": "odd"}).hint
