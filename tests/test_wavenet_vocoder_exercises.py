"""The checks of *From mel spectrograms to speech, and judging it* name the mistake."""

import itertools
import math

import numpy as np
import pytest

from aigc_edu.checks.autoregressive.wavenet_vocoder_and_judging import COPIES
from aigc_edu.teaching import check


def frame(t, hop, frames):
    return min(t // hop, frames - 1)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda t, hop, f: t // hop, "after it there is no frame left"),
        (lambda t, hop, f: min(t // hop, f), "one too far at the end"),
        (lambda t, hop, f: (t // hop) % f, "begins again with frame 0"),
        (lambda t, hop, f: t % f, "changes with every sample"),
        (lambda t, hop, f: min(t, f - 1), "divide by hop"),
        (lambda t, hop, f: min(math.ceil(t / hop), f - 1), "rounded up"),
        (lambda t, hop, f: math.ceil(t / hop), "rounded up"),
        (lambda t, hop, f: min((t + hop // 2) // hop, f - 1), "to the nearest"),
        (lambda t, hop, f: min(round(t / hop), f - 1), "half a hop early"),
        (lambda t, hop, f: min((t + 1) // hop, f - 1), "one sample early"),
        (lambda t, hop, f: min(max(t - 1, 0) // hop, f - 1), "one sample late"),
        (lambda t, hop, f: min((t - 1) // hop, f - 1), "not after it"),
        (lambda t, hop, f: min(t // hop + 1, f - 1), "counting begins with frame 0"),
        (lambda t, hop, f: t // hop + 1, "counting begins with frame 0"),
        (lambda t, hop, f: min(t / hop, f - 1), "whole number"),
        (lambda t, hop, f: t % hop, "place within the frame"),
        (lambda t, hop, f: f - 1, "with hop = 4 and 3 frames"),
    ],
)
def test_frame_names_the_mistake(answer, hint):
    assert check("vocoder-frame", frame).passed
    assert hint in check("vocoder-frame", answer).hint


def heard(labels, asked, peaks):
    return np.mean((labels == asked) & (peaks >= 0.01))


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda lab, ask, pk: np.mean(lab == ask), "guesses in silence"),
        (lambda lab, ask, pk: np.mean((lab == ask)[pk >= 0.01]), "that sound"),
        (lambda lab, ask, pk: sum((lab == ask) & (pk >= 0.01)) / sum(lab >= 0), "has named"),
        (
            lambda lab, ask, pk: np.mean((lab == ask)[(pk >= 0.01) & (lab >= 0)]),
            "sound and are named",
        ),
        (lambda lab, ask, pk: sum((lab == ask) & (pk >= 0.01)), "a number of clips"),
        (lambda lab, ask, pk: np.mean((lab == ask) & (pk > 0.01)), "exactly 0.01"),
        (lambda lab, ask, pk: np.mean((lab == ask) & (pk < 0.01)), "the silent ones are kept"),
        (lambda lab, ask, pk: 1 - heard(lab, ask, pk), "that fail"),
        (lambda lab, ask, pk: np.mean(pk >= 0.01), "the digit asked for"),
        (lambda lab, ask, pk: 100 * heard(lab, ask, pk), "per cent"),
        (lambda lab, ask, pk: 0.123, "5 count as heard"),
    ],
)
def test_share_names_the_mistake(answer, hint):
    assert check("judging-share", heard).passed
    assert hint in check("judging-share", answer).hint


def distance(x, y):
    means, spreads = x.mean(0) - y.mean(0), x.std(0, ddof=1) - y.std(0, ddof=1)
    return (means**2).sum() + (spreads**2).sum()


def means_of(x, y):
    return np.square(x.mean(0) - y.mean(0)).sum()


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (means_of, "means only"),
        (lambda x, y: distance(x - x.mean(0), y - y.mean(0)), "spreads only"),
        (
            lambda x, y: means_of(x, y) + np.square(x.var(0, ddof=1) - y.var(0, ddof=1)).sum(),
            "root",
        ),
        (lambda x, y: distance(x, y) ** 0.5, "stays squared"),
        (lambda x, y: distance(x, y) / x.shape[1], "mean over the features"),
        (
            lambda x, y: (x.mean(0) - y.mean(0) + x.std(0, ddof=1) - y.std(0, ddof=1)).sum(),
            "cancel",
        ),
        (
            lambda x, y: means_of(x, y) + np.square(x.std(0, ddof=1) + y.std(0, ddof=1)).sum(),
            "are added",
        ),
        (
            lambda x, y: means_of(x, y) + (x.var(0, ddof=1) + y.var(0, ddof=1)).sum(),
            "are added",
        ),
        (lambda x, y: 0.0, "over all features"),
    ],
)
def test_frechet_names_the_mistake(answer, hint):
    assert check("judging-frechet", distance).passed
    by_n = check(
        "judging-frechet", lambda x, y: means_of(x, y) + np.square(x.std(0) - y.std(0)).sum()
    )
    assert by_n.passed
    assert hint in check("judging-frechet", answer).hint


def test_only_the_right_order_of_the_copies_passes():
    for names in itertools.permutations(COPIES.values()):
        answer = dict(zip("ABC", names, strict=True))
        verdict = check("vocoder-copies", answer)
        assert verdict.passed == (answer == COPIES)
        if answer["B"] != COPIES["B"]:
            assert "recording is not where" in verdict.hint
        elif answer != COPIES:
            assert "swapped" in verdict.hint


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        ({"A": "recording"}, "letters A, B, C"),
        ({"A": ..., "B": ..., "C": ...}, "not written"),
        ({"A": "WaveNet", "B": "vocoder", "C": "recording"}, "none of the names"),
        ({"A": "WaveNet", "B": "WaveNet", "C": "recording"}, "given one twice"),
    ],
)
def test_copies_says_what_is_wrong_with_the_form(answer, hint):
    assert hint in check("vocoder-copies", answer).hint


def test_the_chapter_deals_the_copies_as_the_check_expects():
    names = np.random.default_rng(9).permutation(["recording", "WaveNet", "Griffin-Lim"])
    assert dict(zip("ABC", map(str, names), strict=True)) == COPIES
