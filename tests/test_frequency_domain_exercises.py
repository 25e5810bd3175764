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


# ---------------------------------------------------------------- convolution


def convolver(size=lambda n, m: n + m - 1, keep=lambda n, m: n + m - 1, part=np.real, form=None):
    form = form or (lambda X, H: X * H)

    def convolve(x, h):
        n, m = len(x), len(h)
        points = size(n, m)
        Y = form(np.fft.fft(x, points), np.fft.fft(h, points))
        return part(np.fft.ifft(Y))[: keep(n, m)]

    return convolve


def without_length(x, h):
    size = len(x) + len(h) - 1
    return np.fft.irfft(np.fft.rfft(x, size) * np.fft.rfft(h, size))


# ---------------------------------------------------------------- notches


def notch(
    frequency, bandwidth, rate, *, inside=1.0, poles=True, sign=-1, scale=1.0, half=1, turn=2
):
    theta, r = turn * np.pi * frequency / rate, np.exp(-np.pi * bandwidth / rate * half)
    b = np.array([1, 2 * sign * inside * np.cos(theta), inside**2])
    a = np.array([1, -2 * r * np.cos(theta), r**2]) if poles else np.array([1.0, 0, 0])
    return scale * b, a


def cut(**mistake):
    return lambda f, bandwidth, rate: notch(f, bandwidth, rate, **mistake)


def unity_at_zero(f, bandwidth, rate):
    b, a = notch(f, bandwidth, rate)
    return b * a.sum() / b.sum(), a


def poles_elsewhere(f, bandwidth, rate):
    b, _ = notch(f, bandwidth, rate)
    r = np.exp(-np.pi * bandwidth / rate)
    return b, [1, -2 * np.cos(2 * np.pi * f / rate) * r**6, r**2]


def scipys(f, bandwidth, rate):
    from scipy.signal import iirnotch

    return iirnotch(f, f / bandwidth, fs=rate)


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
    "frequency-convolve": [
        convolver(),
        convolver(size=lambda n, m: 2 ** int(np.ceil(np.log2(n + m)))),
        np.convolve,
        dsp.fft_convolve,
        lambda x, h: list(np.convolve(x, h)),
        lambda x, h: np.convolve(np.float32(x), np.float32(h)),
    ],
    "frequency-notch": [notch, unity_at_zero, scipys, lambda *v: [list(c) for c in notch(*v)]],
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
    ("frequency-three", three(repeat=lambda v: v), "np.tile(A, 3)"),
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
    ("frequency-convolve", convolver(size=lambda n, m: n), "wraps round"),
    ("frequency-convolve", convolver(size=max), "wraps round"),
    ("frequency-convolve", convolver(size=lambda n, m: n + m - 2), "wraps round"),
    (
        "frequency-convolve",
        convolver(size=lambda n, m: n + m, keep=lambda n, m: None),
        "padding is",
    ),
    ("frequency-convolve", convolver(part=lambda y: y), "but complex"),
    ("frequency-convolve", convolver(keep=lambda n, m: n), "len(x) + len(h) - 1 = "),
    ("frequency-convolve", without_length, "irfft(Y, size)"),
    ("frequency-convolve", convolver(form=lambda X, H: X + H), "not added"),
    ("frequency-convolve", convolver(form=lambda X, H: X * H.conj()), "a correlation"),
    ("frequency-convolve", convolver(form=lambda X, H: X.conj() * H), "a correlation"),
    ("frequency-convolve", convolver(form=lambda X, H: np.abs(X * H)), "phases are lost"),
    ("frequency-convolve", lambda x, h: 2 * np.convolve(x, h), "the first samples should be"),
    ("frequency-notch", lambda *v: notch(*v)[::-1], "belong in a"),
    ("frequency-notch", cut(inside=0.999), "b has no r in it"),
    ("frequency-notch", cut(sign=1), "is -2 cos(theta)"),
    ("frequency-notch", cut(turn=1), "at the angle theta"),
    ("frequency-notch", cut(poles=False), "no poles beside the zeros"),
    ("frequency-notch", cut(half=0.5), "too narrow"),
    ("frequency-notch", cut(half=2), "too wide"),
    ("frequency-notch", cut(scale=2), "should be about 1"),
    ("frequency-notch", cut(half=-1), "outside of the unit circle"),
    ("frequency-notch", cut(half=0), "on the unit circle"),
    ("frequency-notch", poles_elsewhere, "the poles are not beside"),
    ("frequency-notch", lambda *v: notch(*v)[0], "two arrays"),
    ("frequency-notch", lambda *v: (notch(*v)[0][:2], notch(*v)[1]), "three coefficients"),
    ("frequency-notch", lambda *v: (np.full(3, np.nan), notch(*v)[1]), "finite numbers"),
    ("frequency-notch", dsp.resonator, "three coefficients"),
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


def test_an_answer_may_not_change_what_it_is_given():
    """The checks hand out copies, so an answer that works in place is judged like any other."""

    def in_place(x, h):
        y = np.convolve(x, h)
        x[:] = 0
        h[:] = 0
        return y

    assert check("frequency-convolve", in_place).passed
