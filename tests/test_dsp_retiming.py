"""A recording gets other durations, and keeps its pitch."""

import numpy as np
import pytest

from aigc_edu import corpora, dsp
from aigc_edu.errors import InvalidValueError

RATE = 16_000


def test_with_its_own_durations_it_stays_as_it_is():
    clip = corpora.load("sentences")[0]
    own = [p.stop - p.start for p in clip.phonemes]
    y = dsp.retime(clip.samples, own, own)
    assert np.allclose(y, clip.samples, atol=1e-12)


@pytest.mark.parametrize("factor", [0.5, 1.7, 3.0])
def test_a_tone_lasts_longer_and_keeps_its_pitch(factor):
    x = dsp.sine(220, 0.5, RATE)
    y = dsp.retime(x, [3000, 5000], [round(3000 * factor), round(5000 * factor)])
    assert len(y) == round(8000 * factor)
    inner = y[400:-800]  # the wave has no hole and no bump: frames meet in phase
    period = RATE / 220
    peaks = [np.abs(inner[n : n + 146]).max() for n in range(0, len(inner) - 146, 73)]
    assert min(peaks) > 0.9 * np.abs(x).max() and max(peaks) < 1.02
    crossings = np.count_nonzero(np.diff(np.sign(inner)) > 0)
    assert crossings == pytest.approx(len(inner) / period, abs=2)


def test_each_piece_gets_its_own_time():
    x = np.concatenate([dsp.sine(200, 0.2, RATE), dsp.sine(800, 0.2, RATE)])
    y = dsp.retime(x, [3200, 3200], [6400, 1600])
    power = [
        np.abs(np.fft.rfft(y[a:b] * np.hanning(b - a))) for a, b in ((400, 6000), (6800, 7800))
    ]
    found = [np.fft.rfftfreq(2 * len(p) - 2, 1 / RATE)[p.argmax()] for p in power]
    assert found == pytest.approx([200, 800], abs=20)


def test_a_short_recording_is_filled_up_with_silence():
    y = dsp.retime(np.ones(100), [300], [600])
    assert len(y) == 600 and not y[500:].any()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ([10, 20], [10], "2 pieces"),
        ([10, 0], [10, 10], "1 sample or more"),
        ([10, 20], [10, 0.5], "whole numbers"),
        ([], [], "whole numbers"),
    ],
)
def test_durations_that_cannot_be_are_refused(old, new, said):
    with pytest.raises(InvalidValueError, match=said):
        dsp.retime(np.zeros(30), old, new)
    with pytest.raises(InvalidValueError, match="even"):
        dsp.retime(np.zeros(30), [30], [30], frame=3)
