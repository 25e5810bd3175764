"""The checks of the chapter on sampling and quantising name the mistake that was made."""

import numpy as np
import pytest

from aigc_edu.teaching import check

RIGHT = {"A": 5, "B": 3, "C": 7}


def bits_of(y, whole=2.0):
    bits = 1
    while not np.array_equal(y * 2**bits / whole, np.round(y * 2**bits / whole)):
        bits += 1
    return bits


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda y: round(np.log2(len(np.unique(y)))), "doesn't use all"),
        (lambda y: bits_of(y) + 0.4, "come whole"),
        (lambda y: bits_of(y, whole=1), "the step is 2 / 2^b"),
        (lambda y: bits_of(y) + 1, "not 1 / 2^b"),
        (lambda y: 16, "the *least* number"),
        (lambda y: 1, "between two levels"),
    ],
)
def test_bits_names_the_mistake_of_the_function(answer, hint):
    assert check("sampling-bits", RIGHT, bits_of).passed
    hints = check("sampling-bits", RIGHT, answer).hints
    assert len(hints) == 1 and hint in hints[0]


@pytest.mark.parametrize(
    ("guess", "hint"),
    [
        ({"A": 7, "B": 3, "C": 5}, "A and C are swapped"),
        ({"A": 3, "B": 5, "C": 7}, "A isn't of 3 bits"),
        ({"A": 5, "B": 5, "C": 7}, "occurs once"),
        ({"A": ..., "B": ..., "C": ...}, "a number of bits"),
    ],
)
def test_bits_names_the_mistake_of_the_guess(guess, hint):
    hints = check("sampling-bits", guess, bits_of).hints
    assert len(hints) == 1 and hint in hints[0]
