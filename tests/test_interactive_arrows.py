"""The figures of the chapter on flow matching: arrows in a plane, and notes in few steps."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from test_interactive_browser import (  # noqa: F401
    assert_equal_to_numpy,
    assert_fits_a_phone,
    opened,
)

from aigc_edu.errors import InvalidValueError
from aigc_edu.models.flowmatching import follow, guided
from aigc_edu.teaching import interactive
from aigc_edu.teaching.interactive.arrows import (
    ARROWS,
    CLUMPS,
    SPREAD,
    rings,
    roads,
    sing,
    velocity,
)
from aigc_edu.teaching.interactive.in_steps import in_steps_of

EVERY = np.concatenate(list(CLUMPS.values()))


# ---------------------------------------------------------------- arrows in a plane


def test_the_velocity_is_the_mean_of_all_lines_through_a_place():
    random = np.random.default_rng(0)
    data = EVERY[random.integers(6, size=400_000)] + SPREAD * random.normal(size=(400_000, 2))
    noise, tau = random.normal(size=data.shape), 0.5
    mixed = (1 - tau) * data + tau * noise
    for place in ((0.0, 0.0), (-0.6, 0.4), (0.5, -0.5)):
        near = ((mixed - place) ** 2).sum(axis=1) < 0.1**2
        wanted = (noise - data)[near].mean(axis=0)
        got = velocity(np.array([place]), tau, EVERY)[0]
        assert np.abs(got - wanted).max() < 0.1, place


@pytest.mark.parametrize("method", ["euler", "midpoint"])
def test_the_roads_are_those_of_the_library(method):
    own, every = torch.tensor(CLUMPS["reed"]).numpy(), EVERY
    start = roads("reed", 4, method, 2.5)[0]

    def field(x, tau):
        told, untold = (velocity(x.numpy(), float(tau[0]), places) for places in (own, every))
        return guided(torch.tensor(told), torch.tensor(untold), 2.5)

    wanted = follow(field, torch.tensor(start), 4, method)
    assert np.allclose(roads("reed", 4, method, 2.5)[-1], wanted.numpy(), atol=1e-6)


def test_many_steps_give_the_clumps_and_one_step_their_mean():
    crowd = roads("any", 64, "midpoint", 1.0)[-1]
    nearest = ((crowd[:, None] - EVERY) ** 2).sum(axis=2).argmin(axis=1)
    assert np.bincount(nearest).min() > 600 / 6 * 0.7
    off = crowd - EVERY[nearest]
    assert (
        np.allclose(off.std(axis=0), SPREAD, atol=0.015) and np.abs(off.mean(axis=0)).max() < 0.02
    )
    once = roads("bell", 1, "euler", 1.0)[-1]
    assert np.allclose(once, np.mean(CLUMPS["bell"], axis=0))
    assert ARROWS.curves(**ARROWS.settings(told="bell", steps=1))["hits"].tolist() == [0, 0, 1, 0]


def test_too_much_guidance_loses_a_clump_and_the_right_places():
    few = ARROWS.curves(**ARROWS.settings(told="reed", steps=64, guidance=6.0))["hits"]
    right = ARROWS.curves(**ARROWS.settings(told="reed", steps=64))["hits"]
    assert min(right[:2]) > 0.45 and min(few[:2]) < 0.1 and max(few[:2]) > 0.8
    end, place = roads("reed", 64, "euler", 6.0)[-1], np.array(CLUMPS["reed"][0])
    crowd = end[np.linalg.norm(end - place, axis=1) < 0.5]  # at the higher of the two
    assert np.linalg.norm(crowd.mean(axis=0) - place) > SPREAD
    others = np.concatenate([CLUMPS["horn"], CLUMPS["bell"]])
    assert ((crowd.mean(axis=0) - place) * (place - others.mean(axis=0))).sum() > 0  # away
    assert "at the two clumps of the reed" in ARROWS.describe(told="reed")


def test_high_points_are_bright_and_right_ones_high():
    spectra = [np.abs(np.fft.rfft(sing(np.array([p])))) for p in ((0, -1), (0, 1), (1, -1))]
    hertz = np.fft.rfftfreq(1500, 1 / 8000)
    middle = [(hertz * s).sum() / s.sum() for s in spectra]
    assert middle[0] < middle[1] and middle[0] < middle[2]
    assert [round(hertz[s.argmax()], -1) for s in spectra] == [330, 330, 660]


def test_the_figure_of_arrows_is_drawn():
    v = ARROWS.settings(told="bell", guidance=3.0)
    drawn = ARROWS.draw(v, ARROWS.curves(**v))
    assert drawn.axes[0].get_ylabel() == "brightness" and len(rings()) == 6
    assert "1 step and 1 look " in ARROWS.describe(steps=1)
    assert "2 steps and 4 looks " in ARROWS.describe(steps=2, method="midpoint", told="any")


# ---------------------------------------------------------------- notes in few steps


def some_notes():
    clips, sentences = {}, {}
    for m, family in enumerate(("organ", "mallet")):
        for n, steps in enumerate((16, 1)):
            for k, weight in enumerate((1.0, 4.0)):
                pace = 0.1 * (1 + m + 0.5 * n + 0.25 * k)
                clips[family, steps, weight] = 0.4 * np.sin(pace * np.arange(2000))
                sentences[family, steps, weight] = f"{family} in {steps}, guided by {weight:g}."
    return clips, sentences


def notes():
    clips, sentences = some_notes()
    return in_steps_of(clips, 8000, sentences)


def test_each_setting_has_its_clip_and_sentence():
    (clips, sentences), figure = some_notes(), notes()
    for (family, steps, guidance), x in clips.items():
        v = {"family": family, "steps": steps, "guidance": guidance}
        assert np.abs(figure.samples(**v) - x).max() < 0.02  # 8 bits
        assert figure.describe(**v).endswith(sentences[family, steps, guidance])
    family, steps, guidance = figure.controls
    assert family.values == ("organ", "mallet") and steps.texts == ("1 step", "16 steps")
    assert guidance.texts == ("1.0", "4.0") and steps.start == 16


def test_a_missing_clip_or_sentence_is_refused():
    clips, sentences = some_notes()
    for lost in (clips, sentences):
        kept = lost.pop(("mallet", 1, 4.0))
        with pytest.raises(InvalidValueError, match="each family"):
            in_steps_of(clips, 8000, sentences)
        lost["mallet", 1, 4.0] = kept


def test_the_call_puts_it_on_the_page(monkeypatch):
    shown = []
    monkeypatch.setattr("aigc_edu.teaching.interactive.shown.display", shown.append)
    interactive.in_steps(some_notes()[0], 8000, some_notes()[1], steps=1)
    assert shown[0].values == {"family": "organ", "steps": 1, "guidance": 1.0}
    assert shown[0].figure.once


def test_samples_and_curves_equal_numpys_over_all_controls(opened):  # noqa: F811
    assert_equal_to_numpy(opened(notes()), notes())


def test_it_fits_a_phone_in_light_and_dark(opened):  # noqa: F811
    assert_fits_a_phone(opened, notes())
