"""The scores of written tunes: each knows the fault that it is made for."""

from __future__ import annotations

import numpy as np
import pytest

from aigc_edu.corpora.recipes.tunes import make
from aigc_edu.errors import InvalidValueError
from aigc_edu.evaluation.tunes import (
    copied,
    mean_scores,
    notes_right,
    runs_of,
    score_tune,
    shape_of,
)
from aigc_edu.music import BASS, MELODY, Event, Score


def a_tune(last=60, bass=48):
    notes = [Event(4 * n, p, 4) for n, p in enumerate((60, 64, 67, 64, 62, 65, 69, 65))]
    return Score((*notes, Event(32, last, 16), *(Event(16 * b, bass, 16, BASS) for b in range(3))))


def test_what_keeps_the_rules_is_told_so():
    scores = score_tune(a_tune())
    assert scores == (1.0, 1.0, pytest.approx(2 / 3), 1.0), "a D over a C is a dissonance"
    assert score_tune(a_tune(last=62)).closes == 0
    assert score_tune(a_tune(bass=49)).in_key < 1


def test_bars_with_one_motif():
    line = a_tune().voice(MELODY)
    assert (
        shape_of(line[:4], 0)
        == shape_of(line[4:8], 16)
        == (
            (0, 4, 0),
            (4, 4, 1),
            (8, 4, 1),
            (12, 4, -1),
        )
    )
    other = [*line[:7], line[7]._replace(pitch=71), line[8]]
    assert score_tune(Score(tuple(other))).repeats == 0
    assert np.isnan(score_tune(Score(line[-1:])).repeats), "no bar has two notes"
    assert np.isnan(score_tune(Score(line)).consonant), "there is no bass"


def test_one_note_is_in_its_own_key():
    assert score_tune(Score((Event(0, 61, 4),)))[:2] == (1.0, 1.0)
    with pytest.raises(InvalidValueError, match="no melody"):
        score_tune(Score((Event(0, 48, 4, BASS),)))


def test_a_copy_in_another_key_is_found_out():
    tunes = [make(f"waltz-{n:04d}") for n in range(30)]
    new = [make(f"waltz-{n:04d}") for n in range(30, 60)]
    assert copied(tunes, [t.transposed(1) for t in tunes]) == 1.0
    by_chance = copied(new, tunes)
    assert 0 < by_chance < 0.5
    assert copied(new, tunes, run=10) < by_chance, "longer runs are rarer"
    assert copied(new, []) == 0.0
    assert len(runs_of(tunes[0], 3)) > 0 and not runs_of(tunes[0], 1000)
    assert np.isnan(copied(tunes, tunes, run=1000)), "no melody is so long"


def test_rules_score_above_shuffled_notes():
    tunes = [make(f"air-{n:04d}") for n in range(30)]
    rng, mixed = np.random.default_rng(0), []
    for tune in tunes:
        pitches = rng.permutation([e.pitch for e in tune.voice(MELODY)])
        line = [
            e._replace(pitch=int(p) + int(rng.integers(-1, 2)))
            for e, p in zip(tune.voice(MELODY), pitches, strict=True)
        ]
        mixed.append(Score((*line, *tune.voice(BASS))))
    good, bad = mean_scores(tunes), mean_scores(mixed)
    for name, (mean, half) in good.items():
        assert mean - half > bad[name][0] + bad[name][1], name
    assert np.isnan(mean_scores(tunes[:1])["in_key"][1])
    mute = Score((Event(0, 48, 4, BASS),))
    assert mean_scores([tunes[0], mute])["in_key"][0] == pytest.approx(0.5)


def test_what_a_listener_wrote_down_is_compared():
    played = [(0.0, 60), (0.5, 62), (0.5, 48), (1.0, 64)]
    assert notes_right(played, played) == pytest.approx((1, 1, 1))
    late = [(start + 0.2, pitch) for start, pitch in played]
    assert notes_right(late, played)[0] == 0
    assert notes_right([*played, (0.0, 60), (0.02, 61)], played) == pytest.approx((4 / 6, 1, 0.8))
    assert notes_right([(0.0, 72)], played)[1] == 0, "an octave is another note"
    assert notes_right([], played) == (0, 0, 0)
