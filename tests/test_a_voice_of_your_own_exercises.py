"""The checks of the chapter A voice of your own name the mistake that was made."""

import re

import numpy as np
import pytest

from aigc_edu.checks.product.a_voice_of_your_own import CHANGES, PATIENTS, RATE, changed_vowel
from aigc_edu.dsp import pitch_track
from aigc_edu.teaching import check


def factors(semitones, formants):
    return 2 ** (semitones / 12) / formants, formants, formants


def p(s):
    return 2 ** (s / 12)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda s, q: (p(s), q, q), "PSOLA has to leave that out"),
        (lambda s, q: (p(s) * q, q, q), "not p q"),
        (lambda s, q: (p(s) / q, 1, q), "stretch it by q before"),
        (lambda s, q: (p(s) / q, 1 / q, q), "not 1 / q"),
        (lambda s, q: (p(s) / q, q, 1 / q), "played q times faster"),
        (lambda s, q: (2**s / q, q, q), "12 semitones"),
        (lambda s, q: (s / 12 / q, q, q), "a factor, not a sum"),
        (lambda s, q: (2 ** (s / 1200) / q, q, q), "base of cents"),
        (lambda s, q: (q, q, p(s) / q), "the order is"),
        (lambda s, q: (3, 3, 3), "it should be"),
        (lambda s, q: ..., "not written yet"),
    ],
)
def test_factors_name_the_mistake(answer, hint):
    assert check("voice-factors", factors).passed
    assert hint in check("voice-factors", answer).hint


def envelope_peak(x):
    spectrum = np.log(np.abs(np.fft.rfft(x * np.hanning(len(x)))) + 1e-9)
    cepstrum = np.fft.irfft(spectrum)
    cepstrum[50:-50] = 0
    smooth = np.fft.rfft(cepstrum).real
    f = np.fft.rfftfreq(len(x), 1 / RATE)
    inside = (f > 1700) & (f < 3600)
    return f[inside][smooth[inside].argmax()]


def changed(x, y):
    length = len(x) / len(y)
    pitch = np.nanmedian(pitch_track(y, RATE)) / np.nanmedian(pitch_track(x, RATE))
    formants = envelope_peak(y) / envelope_peak(x)
    if abs(length - 1) > 0.1:
        return "tape" if abs(pitch - 1) > 0.1 else "tempo"
    if abs(pitch - 1) > 0.1:
        return "pitch"
    return "formants" if abs(formants - 1) > 0.1 else "nothing"


@pytest.mark.parametrize("kind", CHANGES)
def test_changed_names_the_mistake(kind):
    def wrong(x, y):
        found = changed(x, y)
        return next(c for c in CHANGES if c != kind) if found == kind else found

    hint = check("voice-changed", wrong).hint
    assert f"where it was {kind!r}" in hint


def test_changes_are_found_by_measuring():
    assert check("voice-changed", changed).passed
    assert {name: changed(*pair) for name, pair in PATIENTS.items()} == {
        "A": "formants",
        "B": "tape",
        "C": "tempo",
        "D": "pitch",
    }
    assert "return one of" in check("voice-changed", lambda x, y: "faster").hint
    assert "not written yet" in check("voice-changed", lambda x, y: ...).hint
    assert len(changed_vowel("tape", 1.25)[1]) == round(0.6 * RATE / 1.25)


def as_they_come(parts):
    text = ""
    for part in parts:
        text += part
        *whole, text = re.split(r"(?<=[.!?])\s+(?=\S)", text)
        yield from whole
    if text.strip():
        yield text


def all_at_once(parts):
    return iter(re.split(r"(?<=[.!?])\s+", "".join(parts)))


def split_with(pattern):
    def answer(parts):
        text = ""
        for part in parts:
            text += part
            *whole, text = re.split(pattern, text)
            yield from whole
        if text.strip():
            yield text

    return answer


def without_the_last(parts):
    *whole, _ = as_they_come(parts)
    yield from whole


def with_empty_ones(parts):
    for one in as_they_come(parts):
        yield one
        yield ""


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (all_at_once, "only when the whole text"),
        (split_with(r"(?<=[.!?])"), "3.50 was cut"),
        (without_the_last, "the last sentence is lost"),
        (split_with(r"[.!?]\s+(?=\S)"), "marks are part"),
        (with_empty_ones, "an empty sentence"),
        (lambda parts: iter(["".join(parts)]), "in one piece"),
        (lambda parts: iter(["a", "b"]), "expected"),
        (lambda parts: ..., "not written yet"),
    ],
)
def test_sentences_name_the_mistake(answer, hint):
    assert check("voice-sentences", as_they_come).passed
    assert hint in check("voice-sentences", answer).hint


def needs(r, d):
    return np.array(r) - (np.cumsum(d) - d)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda r, d: r[0], "wait for a later piece"),
        (lambda r, d: max(r), "that late all is ready"),
        (lambda r, d: max(np.array(r) - np.cumsum(d)), "leave its own d out"),
        (lambda r, d: max(np.array(r) - np.append(0, d[:-1])), "all of them"),
        (lambda r, d: max(needs(r, d)) - r[0], "how long it would wait"),
        (lambda r, d: sum(np.maximum(0, needs(r, d))), "not the sum"),
        (lambda r, d: needs(r, d)[-1], "not only the last"),
        (lambda r, d: needs(r, d).mean(), "not the mean"),
        (lambda r, d: 77, "not 77"),
        (lambda r, d: ..., "not written yet"),
    ],
)
def test_start_names_the_mistake(answer, hint):
    assert check("voice-start", lambda r, d: max(needs(r, d))).passed
    assert hint in check("voice-start", answer).hint
