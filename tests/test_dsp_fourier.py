"""The Fourier transform: what the chapter claims, as mathematics, and against NumPy and SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.signal import get_window

from aigc_edu import dsp
from aigc_edu.dsp import fourier
from aigc_edu.errors import InvalidValueError

BAR = 1e-10  # largest error over largest magnitude
SIZES = [2**k for k in range(1, 17)]
SMALL = st.integers(0, 7).map(lambda k: 2**k)
NUMBERS = st.complex_numbers(max_magnitude=1e3, allow_nan=False, allow_infinity=False)


def signals(count=1):
    """Draw so many complex signals of one size, a power of two."""
    return SMALL.flatmap(lambda n: st.tuples(*[arrays(np.complex128, n, elements=NUMBERS)] * count))


def relative_error(got, right):
    scale = np.abs(right).max()
    return np.abs(got - right).max() / scale if scale > 0 else np.abs(got).max()


def hostile(size):
    """Yield signals on which a careless transform loses digits."""
    t, random = np.arange(size), np.random.default_rng(size)
    noise = random.normal(size=size)
    yield "zeros", np.zeros(size)
    yield "constant", np.full(size, 0.1)
    yield "in turn", (-1.0) ** t
    yield "first", (t == 0).astype(float)
    yield "last", (t == size - 1).astype(float)
    yield "a giant", noise + 1e12 * (t == size // 3)
    yield "offset", 1e8 + noise
    yield "huge", 1e290 * noise
    yield "tiny", 1e-290 * noise
    yield "far apart", noise * 10.0 ** random.uniform(-12, 12, size)
    yield "cancelling", np.where(t % 2, 1.0, -1.0 + 1e-9)
    yield "a bin", np.exp(2j * np.pi * (size // 2 - 1) * t / size)
    yield "imaginary", 1j * noise
    yield "counts", t
    yield "booleans", t % 3 == 0
    yield "single", noise.astype(np.float32)
    yield "steps", np.repeat(noise, 2)[::2]
    yield "backwards", noise[::-1]


# ---------------------------------------------------------------- the FFT


@pytest.mark.parametrize("size", SIZES)
def test_fft_equals_numpy(size):
    random = np.random.default_rng(size)
    real = random.normal(size=size)
    for x in (real, real + 1j * random.normal(size=size)):
        assert relative_error(dsp.fft(x), np.fft.fft(x)) < BAR
        assert relative_error(dsp.ifft(x), np.fft.ifft(x)) < BAR


@pytest.mark.parametrize("size", SIZES)
def test_fft_equals_numpy_on_hostile_input(size):
    for name, x in hostile(size):
        X = dsp.fft(x)
        assert X.dtype == np.complex128 and X.shape == (size,), name
        theirs = np.fft.fft(np.asarray(x, np.result_type(x, np.float64)))  # not in float32
        assert relative_error(X, theirs) < BAR, name
        assert relative_error(dsp.ifft(X), x) < BAR, name


def test_transforms_leave_their_input_alone():
    x = np.random.default_rng(0).normal(size=64)
    kept = x.copy()
    x.flags.writeable = False
    for function in (dsp.fft, dsp.ifft, dsp.dft, lambda x: dsp.fft_convolve(x, x)):
        function(x)
    assert np.array_equal(x, kept)
    one = np.ones(1, complex)
    dsp.fft(one)[0] = 5
    assert one[0] == 1, "the result of size 1 is the input itself"


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 12, 97, 256])
def test_the_matrix_is_the_transform_of_any_size(size):
    random = np.random.default_rng(size)
    x = random.normal(size=size) + 1j * random.normal(size=size)
    assert relative_error(dsp.dft(x), np.fft.fft(x)) < BAR
    W = dsp.dft_matrix(size)
    assert np.allclose(W.conj().T @ W, size * np.eye(size), atol=1e-10)
    assert np.array_equal(W, W.T)
    assert len(np.unique(W)) == size, "whole turns must not change an entry, not even its last bit"


@given(signals())
def test_the_inverse_gives_the_signal_back(drawn):
    (x,) = drawn
    assert np.allclose(dsp.ifft(dsp.fft(x)), x, atol=1e-9)
    assert np.allclose(dsp.fft(dsp.ifft(x)), x, atol=1e-9)


@given(signals())
def test_parseval(drawn):
    (x,) = drawn
    X = dsp.fft(x)
    assert np.isclose(np.sum(np.abs(X) ** 2) / len(x), np.sum(np.abs(x) ** 2), atol=1e-9)


@given(signals(2), NUMBERS, NUMBERS)
def test_it_is_linear(drawn, p, q):
    x, y = drawn
    right = p * dsp.fft(x) + q * dsp.fft(y)
    assert np.allclose(dsp.fft(p * x + q * y), right, atol=1e-5, rtol=1e-9)


@given(signals(), st.integers(-200, 200))
def test_a_shift_turns_the_phases(drawn, shift):
    (x,) = drawn
    k = np.arange(len(x))
    turned = dsp.fft(x) * np.exp(-2j * np.pi * (k * shift % len(x)) / len(x))
    assert np.allclose(dsp.fft(np.roll(x, shift)), turned, atol=1e-8)


@given(signals(2))
def test_circular_convolution_is_a_product_of_spectra(drawn):
    x, h = drawn
    n = np.arange(len(x))
    wrapped = np.array([np.sum(h * x[(t - n) % len(x)]) for t in n])
    assert np.allclose(dsp.ifft(dsp.fft(x) * dsp.fft(h)), wrapped, atol=1e-4, rtol=1e-9)


def test_real_signals_have_mirrored_spectra():
    X = dsp.fft(np.random.default_rng(1).normal(size=128))
    assert np.allclose(X[1:], X[1:][::-1].conj())
    assert abs(X[0].imag) < 1e-12 and abs(X[64].imag) < 1e-12


def test_the_work_grows_as_n_log_n(monkeypatch):
    """Count the products of a twiddle factor and a sample: N / 2 at each of log2 N stages."""
    counted = []
    exp = np.exp

    def counting(angle):
        factors = exp(angle)
        counted.append(len(factors))
        return factors

    monkeypatch.setattr(fourier.np, "exp", counting)
    for k in range(1, 15):
        counted.clear()
        dsp.fft(np.ones(2**k))
        assert counted == [2**j for j in range(k)]  # rows; each is used for N / 2 / rows columns


# ---------------------------------------------------------------- windows


@pytest.mark.parametrize("periodic", [True, False])
@pytest.mark.parametrize("size", [1, 2, 3, 4, 7, 8, 400, 1023, 1024])
@pytest.mark.parametrize("name", ["rectangular", "hann", "hamming", "blackman"])
def test_windows_equal_scipys(name, size, periodic):
    theirs = get_window({"rectangular": "boxcar"}.get(name, name), size, fftbins=periodic)
    ours = dsp.window(name, size, periodic)
    assert ours.shape == (size,) and ours.dtype == np.float64
    assert np.allclose(ours, theirs, rtol=0, atol=1e-14)


def test_windows_are_periodic_unless_told_otherwise():
    assert np.array_equal(dsp.window("hann", 8), dsp.window("hann", 8, periodic=True))
    assert np.allclose(dsp.window("hann", 8, periodic=False), dsp.window("hann", 7).tolist() + [0])


# ---------------------------------------------------------------- bins and amplitudes


@pytest.mark.parametrize(("size", "rate"), [(1, 8000), (2, 8000), (7, 44_100.0), (1000, 16_000)])
def test_bin_frequencies_are_those_of_the_real_transform(size, rate):
    assert np.allclose(dsp.bin_frequencies(size, rate), np.fft.rfftfreq(size, 1 / rate))


@pytest.mark.parametrize("name", ["rectangular", "hann", "hamming", "blackman"])
@pytest.mark.parametrize("size", [1000, 1024, 999])
def test_a_tone_on_a_bin_shows_its_amplitude(name, size):
    t = np.arange(size)
    x = 0.3 * np.sin(2 * np.pi * 100 * t / size + 0.4) + 0.05
    x = x + 0.2 * np.cos(np.pi * t) * (size % 2 == 0)
    frequencies, amplitude = dsp.amplitude_spectrum(x, 8000, name)
    assert frequencies[100] == pytest.approx(800_000 / size)
    assert amplitude[100] == pytest.approx(0.3)
    assert amplitude[0] == pytest.approx(0.05)
    assert size % 2 or amplitude[-1] == pytest.approx(0.2)


def test_the_last_bin_of_an_odd_size_is_a_pair_like_all_others():
    x = 0.3 * np.cos(2 * np.pi * 49 * np.arange(99) / 99)
    assert dsp.amplitude_spectrum(x, 8000, "rectangular")[1][-1] == pytest.approx(0.3)


# ---------------------------------------------------------------- convolution


@pytest.mark.parametrize(
    ("n", "m"), [(1, 1), (1, 9), (5, 3), (8, 9), (64, 65), (1000, 77), (333, 4000)]
)
def test_fft_convolve_equals_the_sum(n, m):
    random = np.random.default_rng(n + m)
    x, h = random.normal(size=n), random.normal(size=m)
    y = dsp.fft_convolve(x, h)
    assert y.dtype == np.float64 and y.shape == (n + m - 1,)
    assert relative_error(y, np.convolve(x, h)) < BAR
    assert relative_error(dsp.fft_convolve(x, 1j * h), np.convolve(x, 1j * h)) < BAR


@given(arrays(np.int64, st.integers(1, 40), elements=st.integers(-99, 99)))
def test_fft_convolve_of_whole_numbers_rounds_to_the_exact_result(x):
    assert np.array_equal(np.round(dsp.fft_convolve(x, x[::-1])), np.convolve(x, x[::-1]))


# ---------------------------------------------------------------- bad input

VECTORS = [dsp.dft, dsp.fft, dsp.ifft, lambda x: dsp.amplitude_spectrum(x, 8000)]
VECTORS += [lambda x: dsp.fft_convolve(x, [1.0]), lambda x: dsp.fft_convolve([1.0], x)]


@pytest.mark.parametrize("call", VECTORS)
@pytest.mark.parametrize(
    ("x", "message"),
    [
        ([], "must have shape"),
        (1.0, "must have shape"),
        (np.ones((2, 2)), r"got \(2, 2\)"),
        ([1.0, np.nan], "NaN or infinite"),
        ([1.0, -np.inf], "NaN or infinite"),
        (["1", "2"], "must hold numbers"),
        ([None, 1.0], "must hold numbers"),
    ],
)
def test_bad_signals_are_named(call, x, message):
    with pytest.raises(InvalidValueError, match=message):
        call(x)


@pytest.mark.parametrize("size", [3, 5, 6, 7, 9, 100, 1000, 65_535])
def test_sizes_that_are_no_power_of_two_are_refused_with_advice(size):
    larger = 2 ** int(np.ceil(np.log2(size)))
    for transform in (dsp.fft, dsp.ifft):
        with pytest.raises(InvalidValueError, match=f"got {size}; pad with zeros to {larger}"):
            transform(np.ones(size))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: dsp.dft_matrix(0), "size must be a whole number of at least 1"),
        (lambda: dsp.dft_matrix(2.5), "size must be a whole number"),
        (lambda: dsp.window("hann", 0), "size must be a whole number"),
        (lambda: dsp.window("hann", float("nan")), "size must be a whole number"),
        (lambda: dsp.window("kaiser", 8), "rectangular, hann, hamming, blackman, not 'kaiser'"),
        (lambda: dsp.bin_frequencies(0, 8000), "size must be"),
        (lambda: dsp.bin_frequencies(8, 0), "rate must be"),
        (lambda: dsp.amplitude_spectrum(np.ones(8), -1), "rate must be"),
        (lambda: dsp.amplitude_spectrum(np.ones(8), 8000, "flat"), "not 'flat'"),
        (lambda: dsp.amplitude_spectrum(1j * np.ones(8), 8000), "must be real"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(InvalidValueError, match=message):
        call()
