"""The figures of drawing, of a word at its temperatures, and of ring buffers."""

from __future__ import annotations

import base64
import json
import re

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from test_interactive_browser import (  # noqa: F401
    assert_equal_to_numpy,
    assert_fits_a_phone,
    opened,
)

from aigc_edu.dsp import mu_law_decode, mu_law_encode
from aigc_edu.errors import InvalidValueError
from aigc_edu.nn.drawing import draw
from aigc_edu.teaching import interactive
from aigc_edu.teaching.interactive import FIGURES, Shown, live, ring_buffers, sources
from aigc_edu.teaching.interactive.drawn_codes import bent, drawing_of
from aigc_edu.teaching.interactive.said_words import said_of

CODES = np.arange(256)
MOMENTS = {
    "least sure": -(((CODES - 128) / 45) ** 2) + 0.3 * np.sin(CODES),
    "loudest": -(((CODES - 214) / 3) ** 2) / 2 + 0.1 * np.cos(3 * CODES),
}


def drawing(shaped=True):
    return drawing_of(MOMENTS, shaped)


def some_clips():
    random, n = np.random.default_rng(0), np.arange(2600)
    clips = {}
    for word, pitch in (("seven", 0.11), ("three", 0.17)):
        for tau in (0.5, 0.85, 1.0):
            for kept in ("all codes", "10 codes (top-k)"):
                x = 0.4 * np.sin(pitch * n) + 0.1 * tau * random.standard_normal(len(n))
                clips[word, tau, kept] = mu_law_decode(mu_law_encode(np.clip(x, -1, 1)))
    true = {word: 0.3 * np.sin(0.2 * np.arange(2000)) for word in ("seven", "three")}
    return clips, true


def said():
    return said_of(*some_clips(), 8000)


each_fed = pytest.mark.parametrize("figure", [drawing(), said()], ids=lambda figure: figure.name)
each = pytest.mark.parametrize(
    "figure",
    [drawing(), drawing(False), said(), FIGURES["rings"]],
    ids=["shaped", "plain", "said", "rings"],
)

# ---------------------------------------------------------------- drawing


@settings(deadline=None, max_examples=40)
@given(
    moment=st.sampled_from(list(MOMENTS)),
    tau=st.sampled_from([0.3, 0.8, 1.0, 1.5]),
    top_k=st.sampled_from([1, 3, 20, 256]),
    top_p=st.sampled_from([0.3, 0.9, 1.0]),
)
def test_what_is_drawn_is_what_the_library_draws(moment, tau, top_k, top_p):
    values = {"moment": moment, "temperature": tau, "top_k": top_k, "top_p": top_p}
    logits = torch.from_numpy(np.round(MOMENTS[moment], 3))
    chances = torch.from_numpy(sources.uniform(4000, 0) + 0.5)
    codes = draw(logits.expand(4000, -1), chances, tau, top_k, top_p)
    x = mu_law_decode(codes.numpy()).astype(float)
    assert np.allclose(drawing().samples(**values), np.clip(x - x.mean(), -1, 1), atol=1e-12)
    one = draw(logits[None], torch.tensor([0.37], dtype=torch.float64), tau, top_k, top_p)
    assert drawing().curves(**values, u=0.37)["code"] == float(one[0])


def test_bending_keeps_as_many_codes_as_asked_for():
    p = bent(MOMENTS["least sure"], 1.0, 256, 1.0)
    assert p.sum() == pytest.approx(1) and np.count_nonzero(p) == 256
    assert np.count_nonzero(bent(MOMENTS["least sure"], 1.0, 7, 1.0)) == 7
    nucleus = bent(MOMENTS["least sure"], 1.0, 256, 0.6)
    kept = np.sort(p[nucleus > 0])
    assert kept.sum() >= 0.6 > kept[1:].sum()


def test_without_the_sliders_it_draws_as_trained():
    plain = drawing(False).settings(u=0.2)
    assert set(plain) == {"moment", "u"}
    full = drawing().settings(u=0.2)
    assert np.array_equal(drawing(False).samples(**plain), drawing().samples(**full))


@pytest.mark.parametrize("wrong", [{}, {"short": np.zeros(255)}])
def test_logits_of_another_shape_are_refused(wrong):
    with pytest.raises(InvalidValueError, match="256"):
        drawing_of(wrong, True)


# ---------------------------------------------------------------- a word at its temperatures


def test_the_clip_of_the_setting_is_heard_and_measured():
    clips, true = some_clips()
    values = {"word": "three", "temperature": 0.85, "kept": "10 codes (top-k)"}
    heard = said().samples(**values, heard="network")
    assert np.array_equal(heard, clips["three", 0.85, "10 codes (top-k)"])
    recorded = said().samples(**values, heard="recording")
    assert np.abs(recorded - true["three"]).max() < 0.02  # 8 bits
    hiss = [said().curves(**values | {"temperature": t}, heard="network") for t in (0.5, 1.0)]
    assert hiss[0]["hiss"] < hiss[1]["hiss"] - 4
    level = 10 * np.log10(np.mean(heard**2))
    assert said().curves(**values, heard="network")["level"] == pytest.approx(level)


def test_a_missing_clip_or_recording_is_refused():
    clips, true = some_clips()
    with pytest.raises(InvalidValueError, match="every combination"):
        said_of(dict(list(clips.items())[:-1]), true, 8000)
    with pytest.raises(InvalidValueError, match="every combination"):
        said_of(clips, {"seven": true["seven"]}, 8000)


def test_the_page_gets_a_byte_a_sample():
    data = said().data()
    clips, _ = some_clips()
    packed = base64.b64decode(data["clips"]["seven|0.85|all codes"])
    codes = np.frombuffer(packed, np.uint8).astype(int)
    assert np.array_equal(mu_law_decode(codes), clips["seven", 0.85, "all codes"])


# ---------------------------------------------------------------- rings


@pytest.mark.parametrize("d", ring_buffers.DILATIONS)
def test_a_ring_holds_what_a_list_with_one_slot_a_step_would_hold(d):
    ring = [-1.0] * d
    for t in range(24):
        assert ring_buffers.contents(d, t).tolist() == ring, t
        assert ring[t % d] == (t - d if t >= d else -1)
        ring[t % d] = t


def test_a_ring_gives_each_note_d_steps_later():
    figure, note = FIGURES["rings"], 4000
    whole = figure.samples(time=4, heard=0)
    for d in ring_buffers.DILATIONS:
        late = figure.samples(time=4, heard=d) - whole
        assert np.allclose(late[d * note :], whole[: len(whole) - d * note])
    begins = figure.samples(time=0, heard=8) - figure.samples(time=0, heard=0)
    assert not begins.any(), "nothing comes out before something went in"


def test_the_sentence_says_what_is_read():
    said = FIGURES["rings"].describe(time=5, heard=0)
    assert "give x[4], x[3], x[1] and 0; then each takes x[5]" in said


# ---------------------------------------------------------------- the two forms


@each_fed
def test_sound_and_words_at_all_settings(figure):
    words = set()
    for control in figure.controls:
        for value in control.values:
            values = figure.settings(**{control.name: value})
            x = figure.samples(**values)
            assert np.isfinite(x).all() and np.abs(x).max() <= 1
            words.add(figure.describe(**values))
    assert len(words) > 5 and all(text.endswith(".") for text in words)


@each
def test_one_call_makes_a_widget_and_a_page(figure):
    bundle = Shown(figure, figure.settings())._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html", live.VIEW}
    spec = re.search(r'<script type="application/json">(.*?)</script>', bundle["text/html"], re.S)
    assert json.loads(spec[1])["rate"] == figure.rate


def test_the_calls_put_them_on_the_page(monkeypatch):
    shown = []
    monkeypatch.setattr("aigc_edu.teaching.interactive.shown.display", shown.append)
    interactive.drawing(MOMENTS, top_k=20)
    interactive.drawing(MOMENTS, shaped=False, u=0.5)
    interactive.said(*some_clips(), 8000, temperature=0.5)
    assert [one.figure.name for one in shown] == ["drawing", "drawing", "said"]
    assert shown[0].values["top_k"] == 20 and "top_k" not in shown[1].values
    assert set(interactive.FED) >= {one.figure.name for one in shown}


# ---------------------------------------------------------------- in a browser


@each
def test_samples_and_curves_equal_numpys_over_all_controls(figure, opened):  # noqa: F811
    assert_equal_to_numpy(opened(figure), figure)


@each
def test_it_fits_a_phone_in_light_and_dark(figure, opened):  # noqa: F811
    assert_fits_a_phone(opened, figure)


PICTURE = "() => document.querySelector('canvas').toDataURL()"


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_while_it_plays_the_rings_turn_unless_that_is_unwanted(motion, opened):  # noqa: F811
    here = opened(FIGURES["rings"], reduced_motion=motion)
    before = here.page.evaluate(PICTURE)
    here.page.get_by_role("button", name="Play").click()
    here.page.wait_for_function("() => aigcFigures.sound.context.currentTime > 0.7")
    assert (here.page.evaluate(PICTURE) != before) == (motion == "no-preference")
    here.page.get_by_role("button", name="Stop").click()
    here.page.wait_for_function(f"(before) => ({PICTURE})() === before", arg=before)
    assert not here.errors
