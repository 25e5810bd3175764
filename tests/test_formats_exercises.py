"""The checks of the chapter Formats and saving name the mistake that was made."""

import numpy as np
import pytest

from aigc_edu.checks.product.formats import FAULTS, PATIENTS, RATE, Saver
from aigc_edu.dsp.noise_shaping import keenness, shaping_filter
from aigc_edu.teaching import check


def taps(keen, order, first=1, sign=-1):
    r = np.fft.irfft(keen)
    lags = np.arange(order)
    return np.linalg.solve(r[np.abs(lags[:, None] - lags)], sign * r[lags + first])


def of_correlation(keen, order):
    r = np.correlate(keen, keen, "full")[len(keen) - 1 :]
    lags = np.arange(order)
    return np.linalg.solve(r[np.abs(lags[:, None] - lags)], -r[lags + 1])


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda k, n: taps(k, n, sign=1), "the sign"),
        (lambda k, n: taps(k, n, first=0), "begins with lag 1"),
        (lambda k, n: np.append(1, taps(k, n)), "but for the 1"),
        (lambda k, n: taps(np.sqrt(k), n), "no root"),
        (lambda k, n: taps(k**2, n), "no square"),
        (lambda k, n: taps(1 / k, n), "less keen"),
        (lambda k, n: taps(k[:-1], n), "leave none out"),
        (lambda k, n: taps(k, n)[::-1], "wrong way round"),
        (of_correlation, "inverse DFT"),
        (lambda k, n: -np.fft.irfft(k)[1 : n + 1] / np.fft.irfft(k)[0], "divided by R"),
        (lambda k, n: np.zeros(n), "they should be"),
        (lambda k, n: ..., "not written yet"),
    ],
)
def test_taps_names_the_mistake(answer, hint):
    assert check("formats-taps", taps).passed
    assert hint in check("formats-taps", answer).hint


def test_the_solution_is_the_librarys_filter():
    keen = keenness(np.linspace(0, 22_050, 2049))
    assert np.allclose(taps(keen, 9), shaping_filter(44_100))


def delay(x, y):
    both = np.correlate(y, x, "full")
    return int(both.argmax()) - (len(x) - 1)


def circular(x, y):
    size = 2 ** int(np.ceil(np.log2(len(x) + len(y))))
    return np.fft.irfft(np.conj(np.fft.rfft(x, size)) * np.fft.rfft(y, size)).argmax()


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda x, y: -delay(x, y), "the sign"),
        (lambda x, y: delay(x, y) + len(x) - 1, "begins at -(len(x) - 1)"),
        (lambda x, y: np.correlate(x, y, "full").argmax(), "begins at -(len(y) - 1)"),
        (circular, "end of a circular"),
        (lambda x, y: abs(delay(x, y)), "keep the sign"),
        (lambda x, y: len(y) - len(x), "lengths don't tell"),
        (lambda x, y: 0, "more than one lag"),
        (lambda x, y: 5, "not 5"),
        (lambda x, y: None, "not written yet"),
    ],
)
def test_delay_names_the_mistake(answer, hint):
    assert check("formats-delay", delay).passed
    assert hint in check("formats-delay", answer).hint


class Filter:
    def __init__(self, h):
        self.h, self.past = h, np.zeros(len(h) - 1)

    def __call__(self, x):
        both = np.concatenate([self.past, x])
        self.past = both[len(both) - len(self.past) :]
        return np.convolve(both, self.h, "valid")


class Longer(Filter):
    keep = 1

    def __init__(self, h):
        self.h, self.past = h, np.zeros(len(h) - 1 + self.keep)

    def __call__(self, x):
        both = np.concatenate([self.past, x])
        self.past = both[len(both) - len(self.past) :]
        y = np.convolve(both, self.h)[len(self.h) - 1 :][: len(x)]
        return np.pad(y, (0, len(x) - len(y)))


class Shorter(Longer):
    keep = -1


class Forgetful(Filter):
    def __call__(self, x):
        y = np.convolve(np.concatenate([self.past, x]), self.h, "valid")
        last = x[-len(self.past) :]
        self.past = np.pad(last, (len(self.past) - len(last), 0))
        return y


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda h: lambda x: np.convolve(x, h)[: len(x)], "as if silence came before"),
        (lambda h: lambda x: np.convolve(x, h, "same")[: len(x)], "looks ahead"),
        (lambda h: lambda x: np.convolve(x, h), "tail belongs to the next"),
        (lambda h: lambda x: x[1:], "not (500,)"),
        (lambda h: Filter(h[::-1]), "wrong way round"),
        (Longer, "one more shifts"),
        (Shorter, "one sample of the past is missing"),
        (Forgetful, "must not empty it"),
        (lambda h: lambda x: x, "sample 0 should be"),
        (lambda h: lambda x: None, "not written yet"),
        (lambda h: None, "not written yet"),
    ],
)
def test_blocks_names_the_mistake(answer, hint):
    assert check("formats-blocks", Filter).passed
    assert hint in check("formats-blocks", answer).hint


def test_a_shared_memory_is_found():
    class Both:
        past = np.zeros(7)

        def __init__(self, h):
            self.h = h
            Both.past[:] = 0

        def __call__(self, x):
            both = np.concatenate([Both.past, x])
            Both.past[:] = both[len(both) - 7 :]
            return np.convolve(both, self.h, "valid")

    assert "share one memory" in check("formats-blocks", Both).hint


def fault(source, saved):
    best = int(circular(source, saved))
    if best:
        return "late"
    if len(np.unique(saved)) < 200:
        return "rounded"
    top = np.abs(saved) == np.abs(saved).max()
    if top.sum() > 100:
        return "clipped"
    error = saved - source
    return "blocks" if np.abs(error).max() > 10 * error.std() else "none"


@pytest.mark.parametrize(
    ("found", "instead", "hint"),
    [
        ("late", "blocks", "fits it after a shift"),
        ("clipped", "none", "very same largest value"),
        ("rounded", "clipped", "Count its different values"),
        ("blocks", "none", "at equal distances"),
        ("none", "blocks", "as any lossy format leaves"),
        ("none", "fine", "return one of"),
        ("none", None, "not written yet"),
    ],
)
def test_fault_names_the_mistake(found, instead, hint):
    def wrong(source, saved):
        right = fault(source, saved)
        return instead if right == found else right

    assert check("formats-fault", fault).passed
    assert hint in check("formats-fault", wrong).hint


def test_each_patient_has_a_fault_of_its_own():
    x = 0.5 * np.sin(np.arange(RATE) / 9) * np.linspace(0.1, 1, RATE)
    x += 0.01 * np.random.default_rng(0).normal(size=RATE)
    assert sorted(one.fault for one in PATIENTS.values()) == sorted(FAULTS)
    for one in PATIENTS.values():
        assert fault(x, one(x)) == one.fault and np.abs(one(x)).max() <= 1
    assert np.array_equal(Saver("none", 3)(x), Saver("none", 3)(x))
