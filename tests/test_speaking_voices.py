"""Voices by design: what is asked for is measured in the sound."""

from __future__ import annotations

import numpy as np
import pytest
from speakers import PITCH, RATE, WORD, Humming

from aigc_edu import dsp
from aigc_edu.audio import loudness
from aigc_edu.dsp import pitch_track
from aigc_edu.errors import InvalidValueError
from aigc_edu.speaking import (
    MOODS,
    SPOKEN,
    Voice,
    panned,
    placed,
    revoiced,
    speak,
    told,
    voice_from,
)
from aigc_edu.speaking.rooms import ROOMS, response

WIDE = (150.0, 180.0, 250.0)  # bandwidths in Hz: no harmonic stands out


def formant(x, low, high):
    """Return the frequency of the spectral envelope's peak between two, in Hz, by the cepstrum."""
    spectrum = np.abs(np.fft.rfft(x * np.hanning(len(x))))
    cepstrum = np.fft.irfft(np.log(spectrum + 1e-9))
    cepstrum[55:-55] = 0
    frequency = np.fft.rfftfreq(len(x), 1 / RATE)
    inside = (frequency >= low) & (frequency <= high)
    return frequency[inside][np.argmax(np.fft.rfft(cepstrum).real[inside])]


@pytest.mark.parametrize(
    ("semitones", "formants"), [(4, 1.0), (-4, 1.0), (0, 1.2), (3, 1.15), (-5, 0.85)]
)
def test_pitch_and_formants_move_apart_from_each_other(semitones, formants):
    x = dsp.vowel((600, 1200, 2500), PITCH, 0.7, RATE, WIDE)
    y = revoiced(x, RATE, semitones, formants)
    assert len(y) == len(x)
    found = np.nanmedian(pitch_track(y, RATE))
    assert abs(12 * np.log2(found / PITCH) - semitones) < 0.3
    before, after = formant(x, 2000, 3200), formant(y, 2000 * formants, 3200 * formants)
    assert after / before == pytest.approx(formants, rel=0.06)


def test_nothing_to_change_changes_nothing():
    x = dsp.vowel((600, 1200, 2500), PITCH, 0.3, RATE, WIDE)
    assert np.array_equal(revoiced(x, RATE), x)


@pytest.mark.parametrize("melody", [0.0, 0.5, 2.0])
def test_the_melody_is_the_exponent_of_the_pitch_around_its_median(melody):
    glide = PITCH * 2 ** np.linspace(-0.25, 0.25, RATE)
    x = dsp.vowel((600, 1200, 2500), glide, 1.0, RATE, WIDE)
    f0 = pitch_track(revoiced(x, RATE, melody=melody), RATE)
    low, high = np.nanmedian(f0[2000:4000]), np.nanmedian(f0[-4000:-2000])
    before = pitch_track(x, RATE)
    was = np.log2(np.nanmedian(before[-4000:-2000]) / np.nanmedian(before[2000:4000]))
    assert np.log2(high / low) == pytest.approx(melody * was, abs=0.05)


def test_every_line_has_one_loudness_and_its_voices_level():
    for voice in (Voice(), Voice(pitch=5, formants=1.2), Voice(level=-6), Voice(speed=1.5)):
        for text in ("one two three", "one two three four five six"):
            x = speak(Humming(), text, voice)
            assert loudness(x, RATE, short="whole") == pytest.approx(SPOKEN + voice.level, abs=0.05)


def test_a_line_has_no_silence_around_it_and_its_speed_is_the_networks():
    x = speak(Humming(silence=0.5), "one two three four", Voice(speed=0.8))
    assert len(x) / RATE == pytest.approx(4 * WORD / 0.8, abs=0.06)
    with pytest.raises(InvalidValueError, match="silent"):

        class Silent(Humming):
            def say(self, text, voice):
                return np.zeros(1000)

        speak(Silent(), "hm")


def test_a_voice_is_read_and_told_again():
    voice = voice_from("pitch -3, formants 0.9, room hall, distance 4, seed 2")
    assert voice == Voice(pitch=-3, formants=0.9, room="hall", distance=4, seed=2)
    assert voice_from(told(voice)) == voice and told(Voice()) == ""
    assert voice_from("sad", voice).speed == pytest.approx(0.85)
    assert voice_from("") == Voice()


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("pitsch 3", "did you mean 'pitch'"),
        ("pitch", "pitch needs a value, as in pitch 0"),
        ("pitch high", "is a number, not 'high'"),
        ("pitch 40", "lies from -12 to 12"),
        ("room hal", "did you mean 'hall'"),
        ("seed -1", "0 or more"),
        ("hapy", "did you mean 'happy'"),
    ],
)
def test_a_wrong_voice_is_told_in_one_line(text, hint):
    with pytest.raises(InvalidValueError, match=hint) as error:
        voice_from(text)
    assert "\n" not in str(error.value)


def test_moods_stay_within_what_a_voice_can_do():
    for mood in MOODS:
        for voice in (Voice(pitch=12, speed=2, level=12), Voice(pitch=-12, speed=0.5, level=-30)):
            voice.in_mood(mood)
    with pytest.raises(InvalidValueError, match="no mood 'joyful'"):
        Voice().in_mood("joyful")


# ---------------------------------------------------------------- places


def test_at_one_metre_in_a_dry_room_nothing_happens_and_twice_as_far_is_half():
    x = np.random.default_rng(0).normal(size=500)
    assert np.array_equal(placed(x, RATE), x)
    assert np.allclose(placed(x, RATE, "dry", 4.0), x / 4)


@pytest.mark.parametrize("room", [name for name, box in ROOMS.items() if box])
def test_the_way_straight_to_the_ear_falls_with_the_distance_and_the_walls_hardly_do(room):
    near, far = response(room, 0.5, RATE), response(room, 1.5, RATE)
    assert near[0] == 2 and far[0] == pytest.approx(1 / 1.5)
    walls = [10 * np.log10(np.sum(h[1:] ** 2)) for h in (near, far)]
    assert abs(walls[0] - walls[1]) < 20 * np.log10(3)  # the straight way falls by 9.5 dB


def test_a_hall_rings_longer_than_a_room():
    times = [dsp.reverberation_time(response(room, 1.5, RATE), RATE) for room in ("room", "hall")]
    assert 0.15 < times[0] < times[1] < 2


def test_a_phone_takes_lows_and_highs_away():
    tones = {f: dsp.sine(f, 0.5, RATE) for f in (100, 1000, 5000)}
    power = {f: np.mean(placed(x, RATE, "phone")[1000:-1000] ** 2) for f, x in tones.items()}
    assert power[1000] == pytest.approx(0.5, rel=0.05)
    assert power[100] < 0.01 * power[1000] and power[5000] < 0.001 * power[1000]
    assert len(placed(tones[100], RATE, "phone")) == len(tones[100])


def test_a_voice_has_one_power_wherever_it_stands():
    x = np.random.default_rng(0).normal(size=400)
    for side in np.linspace(-1, 1, 9):
        assert np.sum(panned(x, side) ** 2) == pytest.approx(np.sum(x**2))
    assert np.allclose(panned(x, -1)[1], 0) and np.allclose(panned(x, 0)[0], panned(x, 0)[1])


def test_places_that_are_none_are_refused():
    for wrong in ({"distance": 0.1}, {"distance": 50}):
        with pytest.raises(InvalidValueError, match=r"0\.3 to 20"):
            placed(np.ones(9), RATE, **wrong)
    with pytest.raises(InvalidValueError, match="another room"):
        placed(np.ones(9), RATE, "booth", 5)
    with pytest.raises(InvalidValueError, match="side"):
        panned(np.ones(9), 2)
