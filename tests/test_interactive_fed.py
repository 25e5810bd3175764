"""The figures that show what a notebook has made: a free run, and copies from mel frames."""

from __future__ import annotations

import base64
import json
import re

import numpy as np
import pytest
from test_interactive_browser import (  # noqa: F401
    assert_equal_to_numpy,
    assert_fits_a_phone,
    opened,
)

from aigc_edu.errors import InvalidValueError
from aigc_edu.teaching import interactive
from aigc_edu.teaching.interactive import Shown, live, packing
from aigc_edu.teaching.interactive.free_run import free_run_of
from aigc_edu.teaching.interactive.mel_copies import coarser, mel_copies_of


def wave(seed: int, count: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    tone = 0.3 * np.sin(2 * np.pi * (0.02 + 0.03 * seed) * np.arange(count))
    return tone + 0.02 * random.standard_normal(count)


def a_free_run():
    true = wave(0, 3000)
    takes = {}
    for start in (0, 100, 250):
        for take in (1, 2):
            takes[start, take] = np.append(true[: start * 8], wave(take, 3000)[start * 8 :])
    said = {pair: f"Start {pair[0]} ms, take {pair[1]}." for pair in takes}
    return takes, true, said


def free_run():
    takes, true, said = a_free_run()
    return free_run_of(takes, true, 8000, said)


def some_copies():
    frames = np.random.default_rng(0).uniform(-1, 1, (16, 20))
    true, makers = wave(0, 20 * 256), ("WaveNet", "Griffin-Lim")
    sounds = {
        (bands, name): wave(n + bands, len(true))
        for bands in (16, 8, 2)
        for n, name in enumerate(makers)
    }
    said = {pair: f"{pair[1]} from {pair[0]} bands." for pair in sounds}
    return frames, sounds, true, said


def mel_copies():
    frames, sounds, true, said = some_copies()
    return mel_copies_of(frames, sounds, true, 16_000, said)


each_fed = pytest.mark.parametrize(
    "figure", [free_run(), mel_copies()], ids=("free_run", "mel_copies")
)


# ---------------------------------------------------------------- the models


def test_up_to_the_cut_it_is_the_recording_and_then_the_take():
    takes, true, _ = a_free_run()
    figure, cut = free_run(), 800
    both = figure.samples(start=100, take=2, heard="both")
    assert np.abs(both[:cut] - true[:cut]).max() <= 2**-16
    assert np.abs(both - takes[100, 2]).max() <= 2**-16
    own = figure.samples(start=100, take=2, heard="own")
    assert not own[:cut].any() and np.array_equal(own[cut:], both[cut:])
    heard = figure.samples(start=100, take=2, heard="recording")
    assert np.abs(heard - true).max() <= 2**-16


def test_levels_and_spectrogram_are_those_of_a_sine():
    x = 0.5 * np.sin(2 * np.pi * 1000 / 8000 * np.arange(3200))  # bin 32 of 256
    assert np.allclose(packing.levels(x, 160), 20 * np.log10(0.5 / np.sqrt(2)))
    middle = packing.spectrogram(x, np.hanning(257)[:-1], 40)[40]
    assert middle.argmax() == 32 and middle[32] == pytest.approx(20 * np.log10(0.5), abs=0.01)


def test_coarser_frames_share_the_mean_of_their_bands():
    frames = np.arange(8.0).reshape(4, 2)
    assert coarser(frames, 2).tolist() == [[1, 2], [1, 2], [5, 6], [5, 6]]
    assert np.array_equal(coarser(frames, 4), frames)
    with pytest.raises(InvalidValueError, match="shared out"):
        coarser(frames, 3)


def test_the_frames_that_are_shown_are_those_that_are_told():
    frames, *_ = some_copies()
    seen = mel_copies().curves(bands=8, made="WaveNet")["frames"]  # (F, B)
    assert seen.shape == frames.T.shape
    assert np.abs(seen - coarser(frames, 8).T).max() < 1 / 127


# ---------------------------------------------------------------- what is refused


def test_a_missing_clip_or_sentence_or_another_length_is_refused():
    takes, true, said = a_free_run()
    for wrong in ({**takes, (100, 3): true}, {**takes, (0, 1): true[:-1]}):
        with pytest.raises(InvalidValueError, match="expected a clip|as long"):
            free_run_of(wrong, true, 8000, {**said, (100, 3): "."})
    with pytest.raises(InvalidValueError, match="sentence"):
        free_run_of(takes, true, 8000, {})
    frames, sounds, true, said = some_copies()
    with pytest.raises(InvalidValueError, match="sentence"):
        mel_copies_of(frames, sounds, true, 16_000, {})
    with pytest.raises(InvalidValueError, match="as long"):
        mel_copies_of(frames, sounds, true[1:], 16_000, said)
    with pytest.raises(InvalidValueError, match="in \\[-1, 1\\]"):
        packing.sixteen_bits(np.array([0.0, 1.5]))


# ---------------------------------------------------------------- the two forms


@each_fed
def test_sound_and_words_at_all_settings(figure):
    said = set()
    for control in figure.controls:
        for value in control.values:
            values = figure.settings(**{control.name: value})
            x = figure.samples(**values)
            assert x.any() and np.array_equal(x * 32768, np.round(x * 32768))
            said.add(figure.describe(**values))
    assert len(said) > 2 and all(words.endswith(".") for words in said)


@each_fed
def test_one_call_makes_a_widget_and_a_page(figure):
    bundle = Shown(figure, figure.settings())._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html", live.VIEW}
    markup = bundle["text/html"]
    spec = re.search(r'<script type="application/json">(.*?)</script>', markup, re.S)[1]
    data = json.loads(spec)["data"]
    sounds = data.get("takes") or data.get("sounds")
    first = np.frombuffer(base64.b64decode(next(iter(sounds.values()))), "<i2") / 32768
    assert len(first) == len(figure.samples(**figure.settings()))


def test_the_calls_put_them_on_the_page(monkeypatch):
    shown = []
    monkeypatch.setattr("aigc_edu.teaching.interactive.shown.display", shown.append)
    takes, true, said = a_free_run()
    interactive.free_run(takes, true, 8000, said, start=250)
    frames, sounds, true, said = some_copies()
    interactive.mel_copies(frames, sounds, true, 16_000, said, bands=2)
    assert [one.figure.name for one in shown] == ["free_run", "mel_copies"]
    assert shown[0].values["start"] == 250 and shown[1].values["bands"] == 2


# ---------------------------------------------------------------- in a browser


@each_fed
def test_samples_and_curves_equal_numpys_over_all_controls(figure, opened):  # noqa: F811
    assert_equal_to_numpy(opened(figure), figure)


@each_fed
def test_two_of_a_kind_keep_their_sentences_apart(figure, opened):  # noqa: F811
    other = {"free_run": free_run, "mel_copies": mel_copies}[figure.name]()
    here = opened(figure, other)
    first, second = here.page.locator("figure .aigc-reading").all_text_contents()
    assert first == second == other.reading(other.settings(), {})


@each_fed
def test_it_fits_a_phone_in_light_and_dark(figure, opened):  # noqa: F811
    assert_fits_a_phone(opened, figure)
