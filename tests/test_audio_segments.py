"""Cutting and joining: nothing is lost, nothing is doubled, and levels are what theory says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aigc_edu import audio
from aigc_edu.errors import InvalidValueError

RATE = 16_000


def noise(size: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-0.5, 0.5, size)


# ---------------------------------------------------------------- silence at the ends


def spoken(lead: int, tail: int) -> np.ndarray:
    """A tone between two stretches of faint noise, 60 dB below it."""
    faint = 1e-3 * noise(lead + 8000 + tail, seed=1)
    tone = np.sin(2 * np.pi * 200 * np.arange(8000) / RATE)
    return faint + np.pad(tone, (lead, tail))


@given(st.integers(0, 5000), st.integers(0, 5000), st.sampled_from([0.0, 0.05]))
@settings(max_examples=40, deadline=None)
def test_three_parts_make_the_whole_and_the_tone_is_kept(lead, tail, margin):
    x = spoken(lead, tail)
    parts = audio.trim_silence(x, RATE, -40, margin=margin)
    assert np.array_equal(np.concatenate(parts), x)
    frame, extra = 160, round(margin * RATE)
    assert max(0, lead - extra - frame) <= len(parts.before) <= max(0, lead - extra + 3)
    assert max(0, tail - extra - frame) <= len(parts.after) <= max(0, tail - extra + 3)


def test_the_threshold_is_relative_or_not():
    x = 0.01 * spoken(3000, 3000)
    assert len(audio.trim_silence(x, RATE, -30).before) > 2800
    with pytest.raises(InvalidValueError, match="nothing in this waveform passes -30"):
        audio.trim_silence(x, RATE, -30, relative=False)
    assert len(audio.trim_silence(x, RATE, -50, relative=False).before) > 2800
    soft = audio.trim_silence(x, RATE, -80)
    assert len(soft.before) == len(soft.after) == 0


def test_a_pause_within_stays():
    x = np.concatenate([spoken(1600, 0), np.zeros(4000), spoken(0, 1600)])
    assert len(audio.trim_silence(x, RATE).kept) == len(x) - 3200


@pytest.mark.parametrize(
    ("x", "options", "message"),
    [
        (np.zeros(500), {}, "nothing"),
        (np.zeros(0), {}, "N >= 1"),
        (np.ones(5), {"frame": 0}, "frame"),
        (np.ones(5), {"margin": -1}, "margin"),
        (np.array([np.inf, 0]), {}, "NaN or infinite"),
    ],
)
def test_what_cannot_be_trimmed(x, options, message):
    with pytest.raises(InvalidValueError, match=message):
        audio.trim_silence(x, RATE, **options)


# ---------------------------------------------------------------- windows


@given(st.integers(1, 300), st.integers(1, 60), st.data())
@settings(max_examples=150, deadline=None)
def test_windows_hold_everything_and_join_again(size, length, data):
    hop = data.draw(st.integers(1, length))
    x = noise(size)
    windows = audio.split_windows(x, length, hop)
    count = 1 + max(0, -(-(size - length) // hop))
    assert windows.shape == (count, length)
    for m, window in enumerate(windows):
        part = x[m * hop : m * hop + length]
        assert np.array_equal(window[: len(part)], part) and not window[len(part) :].any()
    assert np.allclose(audio.join_windows(windows, hop, size), x, atol=1e-15)
    if hop == length:
        assert np.array_equal(audio.join_windows(windows, size=size), x)


@given(st.integers(1, 300), st.integers(1, 60), st.data())
@settings(max_examples=100, deadline=None)
def test_without_padding_the_rest_is_left_out(size, length, data):
    hop = data.draw(st.integers(1, length))
    x = noise(size)
    if size < length:
        with pytest.raises(InvalidValueError, match="hold no window"):
            audio.split_windows(x, length, hop, pad=False)
        return
    windows = audio.split_windows(x, length, hop, pad=False)
    kept = (len(windows) - 1) * hop + length
    assert kept <= size < kept + hop
    assert np.allclose(audio.join_windows(windows, hop), x[:kept], atol=1e-15)


def test_windows_are_a_copy():
    x = noise(100)
    audio.split_windows(x, 40, 20)[:] = 0
    assert x.any()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: audio.split_windows(np.ones(9), 4, 5), "would skip samples"),
        (lambda: audio.split_windows(np.ones(9), 0), "length must be a whole number"),
        (lambda: audio.split_windows(np.ones(9), 4, 0), "hop must be a whole number"),
        (lambda: audio.split_windows(np.ones((2, 9)), 4), r"shape \(N,\)"),
        (lambda: audio.join_windows(np.ones(9)), r"\(M, length\)"),
        (lambda: audio.join_windows(np.ones((3, 4)), 5), "without gaps"),
        (lambda: audio.join_windows(np.ones((3, 4)), 4, 13), "without gaps"),
    ],
)
def test_windows_that_cannot_be(call, message):
    with pytest.raises(InvalidValueError, match=message):
        call()


# ---------------------------------------------------------------- crossfades


@given(st.integers(1, 80), st.integers(1, 80), st.data())
@settings(max_examples=80, deadline=None)
def test_a_crossfade_changes_nothing_outside_of_the_overlap(n, m, data):
    overlap = data.draw(st.integers(0, min(n, m)))
    law = data.draw(st.sampled_from(["gain", "power"]))
    a, b = noise(n, 1), noise(m, 2)
    y = audio.crossfade(a, b, overlap, law)
    assert len(y) == n + m - overlap
    assert np.array_equal(y[: n - overlap], a[: n - overlap])
    assert np.array_equal(y[n:], b[overlap:])


def test_equal_gain_keeps_what_is_the_same_and_equal_power_what_is_unrelated():
    x = noise(400)
    y = audio.crossfade(x, x[200:], 200)
    assert np.allclose(y, x)  # the same signal: gains that sum to 1
    size, overlap = 60_000, 20_000
    a, b = noise(size, 1), noise(size, 2)
    middle = slice(size - overlap // 2 - 1000, size - overlap // 2 + 1000)
    level = {law: audio.rms_db(audio.crossfade(a, b, overlap, law)[middle]) for law in LAWS}
    assert abs(level["power"] - audio.rms_db(a)) < 0.3
    assert abs(level["gain"] - audio.rms_db(a) + 3.01) < 0.3
    same = audio.crossfade(a, a[size - overlap :], overlap, "power")
    assert abs(audio.rms_db(same[middle]) - audio.rms_db(a[middle]) - 3.01) < 0.1


LAWS = ("gain", "power")


@pytest.mark.parametrize("law", LAWS)
def test_the_laws_sum_to_one_and_are_mirror_images(law):
    ones, zeros = np.ones(101), np.zeros(101)
    out, into = audio.crossfade(ones, zeros, 101, law), audio.crossfade(zeros, ones, 101, law)
    assert np.allclose(out, into[::-1])
    assert np.allclose(out + into if law == "gain" else out**2 + into**2, 1)


@given(st.lists(st.integers(20, 60), min_size=1, max_size=6), st.integers(0, 10))
@settings(max_examples=60, deadline=None)
def test_joined_pieces_of_one_signal_are_the_signal(lengths, overlap):
    stops = np.cumsum(lengths) - overlap * np.arange(len(lengths))
    x = noise(int(stops[-1]))
    pieces = [x[stop - n : stop] for stop, n in zip(stops, lengths, strict=True)]
    assert np.allclose(audio.join(pieces, overlap), x)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: audio.crossfade(np.ones(5), np.ones(3), 4), r"0 \.\.\. 3"),
        (lambda: audio.crossfade(np.ones(5), np.ones(3), -1), r"0 \.\.\. 3"),
        (lambda: audio.crossfade(np.ones(5), np.ones(3), 2, "cubic"), "'gain' or 'power'"),
        (lambda: audio.crossfade(np.ones(5), np.ones((2, 3)), 2), "b must have shape"),
        (lambda: audio.join([]), "nothing to join"),
        (lambda: audio.join([np.ones(9), np.ones(5), np.ones(9)], 3), "piece 1 has 5 samples"),
        (lambda: audio.join([np.ones(9), np.zeros(0)], 3), "piece 1 must have shape"),
    ],
)
def test_joins_that_cannot_be(call, message):
    with pytest.raises(InvalidValueError, match=message):
        call()


# ---------------------------------------------------------------- batches


@given(st.lists(st.integers(1, 50), min_size=1, max_size=8), st.integers(0, 9))
@settings(max_examples=60, deadline=None)
def test_a_batch_and_its_mask_give_the_clips_back(lengths, more):
    clips = [noise(n, seed).astype(np.float32) for seed, n in enumerate(lengths)]
    batch, mask = audio.pad_batch(clips, max(lengths) + more)
    assert batch.shape == mask.shape == (len(clips), max(lengths) + more)
    assert batch.dtype == np.float32 and mask.dtype == bool
    assert not batch[~mask].any() and mask.sum() == sum(lengths)
    for clip, row, real in zip(clips, batch, mask, strict=True):
        assert np.array_equal(row[real], clip) and real[: len(clip)].all()


@pytest.mark.parametrize(
    ("clips", "length", "message"),
    [
        ([], None, "no clip"),
        ([np.ones(5)], 4, "has 5 samples, not 4"),
        ([np.ones(5), np.ones((1, 5))], None, "clip 1 must have shape"),
        ([np.ones(5), np.array([np.nan])], None, "clip 1 holds NaN"),
    ],
)
def test_batches_that_cannot_be(clips, length, message):
    with pytest.raises(InvalidValueError, match=message):
        audio.pad_batch(clips, length)
