"""The checks of *The frequency domain* accept right answers and name the typical mistakes."""

from __future__ import annotations

import numpy as np
import pytest

from aigc_edu import dsp
from aigc_edu.teaching import check

ROWS, COLUMNS = [697, 770, 852, 941], [1209, 1336, 1477]
KEYPAD = ["123", "456", "789", "*0#"]


# ---------------------------------------------------------------- keys


def decoder(part=np.abs, step=2, clock=None, swap=False, as_list=False):
    """Build a decoder that looks at a part of the correlations."""

    def decode(x, rate):
        length, keys = round(0.1 * rate), []
        t = np.arange(length) / (clock or rate)
        for start in range(0, len(x) - length + 1, step * length):
            piece = x[start : start + length]
            row, column = (
                int(np.argmax([part(np.sum(piece * np.exp(-2j * np.pi * f * t))) for f in group]))
                for group in (ROWS, COLUMNS)
            )
            keys.append(KEYPAD[column][row] if swap else KEYPAD[row][column])
        return keys if as_list else "".join(keys)

    return decode


def by_fft(x, rate):
    """Decode by the bins of a padded spectrum."""
    length = round(0.1 * rate)
    keys = ""
    for piece in x.reshape(-1, length)[::2]:
        A = np.abs(np.fft.rfft(piece, 10 * rate))
        row, column = (np.argmax([A[10 * f] for f in group]) for group in (ROWS, COLUMNS))
        keys += KEYPAD[row][column]
    return keys


# ---------------------------------------------------------------- amplitudes


def amplitude(
    x, rate, frequency, *, part=np.abs, both=1, double=2, divide=True, shift=0, own=False
):
    size = len(x)
    k = round(frequency) if own else round(frequency * size / rate) + shift
    X = part(np.fft.fft(x)[k % size]) / (size if divide else 1)
    return X * (both if frequency in (0, rate / 2) else double)


def amp(**mistake):
    return lambda x, rate, frequency: amplitude(x, rate, frequency, **mistake)


# ---------------------------------------------------------------- three parts


def three(b=lambda q: q, c=lambda q: q * q, repeat=lambda v: np.tile(v, 3), sign=-1, part=None):
    part = part or (lambda x, i: x[i::3])

    def transform(x):
        if len(x) == 1:
            return x
        A, B, C = (repeat(transform(part(x, i))) for i in range(3))
        q = np.exp(sign * 2j * np.pi * np.arange(len(A)) / len(x))
        return A + b(q) * B + c(q) * C

    return transform


def loops(x):
    """The transform by its definition, as a list."""
    n = len(x)
    return [sum(x[t] * np.exp(-2j * np.pi * k * t / n) for t in range(n)) for k in range(n)]


# ---------------------------------------------------------------- between the bins


def between(curve=np.log, sign=1, half=0.5, window="hann", hertz=True):
    def frequency_of(x, rate):
        X = np.abs(np.fft.rfft(x * dsp.window(window, len(x))))
        k = np.argmax(X)
        a, b, c = curve(X[k - 1 : k + 2])
        place = k + sign * half * (a - c) / (a - 2 * b + c)
        return place * rate / len(x) if hertz else place

    return frequency_of


def by_padding(x, rate):
    """Another method: the highest point of a finely padded spectrum."""
    size = 64 * len(x)
    return np.argmax(np.abs(np.fft.rfft(x * np.hanning(len(x)), size))) * rate / size


RIGHT = {
    "frequency-dial": [decoder(), decoder(lambda X: abs(X) ** 2), by_fft, decoder(as_list=True)],
    "frequency-amplitude": [
        amplitude,
        lambda x, rate, f: np.float32(amplitude(x, rate, f)) * np.float64(1),
        lambda x, rate, f: (
            abs(np.sum(x * np.exp(-2j * np.pi * f / rate * np.arange(len(x)))))
            / len(x)
            * (1 if f in (0, rate / 2) else 2)
        ),
    ],
    "frequency-three": [
        three(),
        lambda x: np.complex64(three()(x)),
        loops,
        np.fft.fft,
        lambda x: dsp.dft(x),
    ],
    "frequency-between": [between(), between(np.log10), between(window="blackman"), by_padding],
}

MISTAKES = [
    ("frequency-dial", decoder(lambda X: np.abs(X.imag)), "against sines alone"),
    ("frequency-dial", decoder(lambda X: -X.imag), "against sines alone"),
    ("frequency-dial", decoder(lambda X: np.abs(X.real)), "against cosines alone"),
    ("frequency-dial", decoder(lambda X: X.real), "against cosines alone"),
    ("frequency-dial", decoder(clock=8000), "use the rate that you are given"),
    ("frequency-dial", decoder(step=1), "from the rests as well"),
    ("frequency-dial", decoder(step=4), "one begins every 0.2 seconds"),
    ("frequency-dial", decoder(swap=True), "Rows and columns are swapped"),
    ("frequency-dial", lambda x, rate: "0000", "each by itself"),
    ("frequency-amplitude", amp(both=2), "doubled at 0 Hz and at half the rate"),
    ("frequency-amplitude", amp(double=1), "Double the others"),
    ("frequency-amplitude", amp(divide=False), "Divide by the number of samples"),
    ("frequency-amplitude", amp(divide=False, double=1), "Divide by the number of samples"),
    ("frequency-amplitude", amp(divide=False, both=2), "Divide by the number of samples"),
    ("frequency-amplitude", amp(part=np.real), "depends on the phase"),
    ("frequency-amplitude", amp(part=lambda X: np.abs(X / 20) ** 2), "your function returns"),
    ("frequency-amplitude", amp(own=True), "Bins are rate / len(x) apart"),
    ("frequency-amplitude", amp(shift=1), "one too high"),
    (
        "frequency-amplitude",
        lambda x, rate, f: (1 if f in (0, rate / 2) else 2) * amplitude(x, rate, f, double=1) ** 2,
        "square the magnitude",
    ),
    ("frequency-three", three(sign=1), "the sign of the exponent"),
    ("frequency-three", lambda x: np.fft.ifft(x) * len(x), "the sign of the exponent"),
    ("frequency-three", three(c=lambda q: q), "its factor is the square"),
    ("frequency-three", three(c=lambda q: -q), "its factor is no minus sign"),
    ("frequency-three", three(lambda q: 1, lambda q: 1), "without their factors"),
    ("frequency-three", three(lambda q: q * q, lambda q: q), "swapped"),
    ("frequency-three", three(repeat=lambda v: np.repeat(v, 3)), "np.repeat"),
    ("frequency-three", three(repeat=lambda v: v), "np.tile(T0, 3)"),
    ("frequency-three", three(part=lambda x, i: np.split(x, 3)[i]), "must interleave"),
    ("frequency-three", lambda x: np.fft.fft(x) + 1, "yours is"),
    ("frequency-between", between(half=0), "nearest bin"),
    ("frequency-between", between(sign=-1), "wrong sign"),
    ("frequency-between", between(half=1), "factor 1/2"),
    ("frequency-between", between(lambda v: v), "the magnitudes themselves"),
    ("frequency-between", between(lambda v: v**2), "the squares"),
    ("frequency-between", between(window="rectangular"), "Without a window"),
    ("frequency-between", between(lambda v: v, window="rectangular"), "Without a window"),
    ("frequency-between", between(hertz=False), "times rate / len(x)"),
    ("frequency-between", lambda x, rate: 1.01 * between()(x, rate), "bins beside it"),
    ("frequency-between", lambda x, rate: float("nan"), "no number at all"),
]


@pytest.mark.parametrize(("name", "answer"), [(k, a) for k, rows in RIGHT.items() for a in rows])
def test_right_answers_pass(name, answer):
    verdict = check(name, answer)
    assert verdict.passed, verdict.hint


@pytest.mark.parametrize(("name", "answer", "named"), MISTAKES)
def test_each_mistake_is_named(name, answer, named):
    verdict = check(name, answer)
    assert not verdict.passed
    assert named in verdict.hint, verdict.hint


@pytest.mark.parametrize("name", RIGHT)
def test_stubs_are_not_written_yet(name):
    assert "not written yet" in check(name, lambda *arguments: ...).hint


# ---------------------------------------------------------------- which window shows both tones?

SEEN = {"A": {"hann", "blackman"}, "B": {"rectangular"}, "C": {"hamming", "blackman"}}


def test_the_right_prediction_passes():
    assert check("frequency-predict", SEEN).passed
    assert check(
        "frequency-predict", {name: list(windows) for name, windows in SEEN.items()}
    ).passed


@pytest.mark.parametrize(
    ("name", "said", "named"),
    [
        ("A", {"hann", "blackman", "hamming"}, "under hamming only one tone stands out"),
        ("A", {"rectangular", "hann", "blackman"}, "even 20 bins away"),
        ("A", {"blackman"}, "under hann both tones stand out"),
        ("B", {"rectangular", "hann"}, "main lobe is too wide"),
        ("B", set(), "under rectangular both tones"),
        ("C", {"hann", "hamming", "blackman"}, "a side lobe is as strong"),
        ("C", "hann", "give a set"),
        ("C", {"hanning"}, "is none of"),
        ("C", ..., "not written yet"),
    ],
)
def test_each_wrong_prediction_is_named(name, said, named):
    assert named in check("frequency-predict", SEEN | {name: said}).hint


def test_a_prediction_is_a_dictionary_of_all_three():
    assert "dictionary" in check("frequency-predict", SEEN["A"]).hint
    assert "names A, B and C" in check("frequency-predict", {"A": {"hann"}}).hint
