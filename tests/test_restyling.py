"""Another timbre for a recording: note by note, by an envelope, and by one command."""

from __future__ import annotations

import numpy as np
import pytest

from aigc_edu import audio
from aigc_edu.cli import main
from aigc_edu.corpora.recipes.playing import RATE, instrument_player
from aigc_edu.corpora.recipes.tunes import make
from aigc_edu.dsp.cepstrum import mean_envelope
from aigc_edu.errors import InvalidValueError
from aigc_edu.evaluation.transcribing import HeardNote, transcribe
from aigc_edu.music import Score, perform, read_midi
from aigc_edu.restyling import in_notes, like_another, replayed, score_of, tempo_of


def a_line():
    tune = make("march-0007").cut(0, 2)
    return Score(tune.voice(0), tune.bar, tune.tempo)


@pytest.fixture(scope="module")
def recording():
    return perform(a_line(), [instrument_player("guitar")], RATE)


def test_a_tempo_is_found_again():
    for tempo in (72, 100, 133):
        starts = np.cumsum([0, 4, 2, 2, 3, 1, 4, 6, 2]) * 15 / tempo
        assert tempo_of(starts + 0.3) == tempo


def test_heard_notes_are_written_down(recording):
    line = a_line()
    score = score_of(transcribe(recording, RATE), line.tempo)
    assert [(e.start, e.pitch) for e in score.events] == [(e.start, e.pitch) for e in line.events]
    close = [HeardNote(0.0, 0.3, 60), HeardNote(0.01, 0.2, 62), HeardNote(0.25, 0.5, 64)]
    assert [e.pitch for e in score_of(close, 120).events] == [60, 64]
    with pytest.raises(InvalidValueError, match="no notes were heard"):
        score_of([])


def test_another_player_plays_the_same_notes(recording):
    notes = transcribe(recording, RATE)
    y = replayed(recording, RATE, notes, instrument_player("organ"))
    again = transcribe(y, RATE)
    assert [n.pitch for n in again] == [n.pitch for n in notes]
    assert max(abs(a.start - b.start) for a, b in zip(again, notes, strict=True)) < 0.08
    assert len(y) >= len(recording) and np.abs(y).max() <= 1


def test_each_note_is_converted_by_itself(recording):
    notes = transcribe(recording, RATE)
    asked = []

    def convert(pieces, pitches):
        asked.extend(pitches)
        return [np.ones(len(piece)) for piece in pieces]

    y = in_notes(recording, RATE, notes, convert)
    assert asked == [n.pitch for n in notes] and len(y) == len(recording)
    middle = round((notes[0].start + notes[0].stop) / 2 * RATE)
    assert y[middle] == 1 and y[0] == 0


def test_a_recording_gets_anothers_envelope(recording):
    other = instrument_player("reed")(60, 0.8, 0.8)
    y = like_another(recording, RATE, audio.resample(other, RATE, 22_050), 22_050)
    tones = [[n.pitch % 12 for n in transcribe(z, RATE)][:4] for z in (y, recording)]
    assert tones[0] == tones[1], "but for octaves, which YIN takes for each other here"

    def far(a):
        ends = (mean_envelope(x, 1024, 256, 24)[2:200] for x in (a, other))
        return np.abs(np.log(next(ends) / next(ends))).mean()

    assert far(y) < 0.6 * far(recording)
    assert np.allclose(like_another(recording, RATE, other, RATE, 0.0), recording, atol=1e-5)


def test_one_command_for_both_ways(recording, tmp_path, capsys):
    mine = audio.write(tmp_path / "mine.wav", recording, RATE)
    other = audio.write(tmp_path / "other.flac", instrument_player("brass")(55, 0.6, 0.8), RATE)
    out = tmp_path / "out"
    assert main(["timbre", str(mine), "--like", str(other), "--out", str(out / "a.flac")]) == 0
    assert audio.read(out / "a.flac")[0].shape == recording.shape
    assert main(["timbre", str(mine), "--by", "flute", "--out", str(out / "b.wav")]) == 0
    pitches = [e.pitch for e in a_line().events]
    assert [e.pitch for e in read_midi(out / "b.mid").events] == pitches
    (out / "b.wav").unlink()
    again = ["timbre", str(mine), "--by", "flute", "--out", str(out / "b.wav")]
    assert main(again) == 2 and not (out / "b.wav").exists(), "its notes are there already"
    assert "b.mid: there is such a file already" in capsys.readouterr().err
    assert main([*again, "--replace"]) == 0 and (out / "b.wav").exists()
    over = ["timbre", str(mine), "--like", str(other), "--out", str(mine)]
    assert main(over) == 2, "not in the recording's own place"
    capsys.readouterr()
    silent = audio.write(tmp_path / "silent.wav", np.zeros(RATE), RATE)
    for told, says in (
        ([str(mine)], "either --like"),
        ([str(mine), "--like", str(other), "--amount", "2"], "--amount"),
        ([str(silent), "--by", "flute"], "silent.wav: is silent"),
        ([str(mine), "--by", "kazoo"], "no instrument"),
        ([str(mine), "--by", "flut"], "did you mean 'flute'"),
        ([str(tmp_path / "none.wav"), "--by", "flute"], "none.wav"),
    ):
        assert main(["timbre", *told, "--out", str(out / "c.wav")]) == 2
        error = capsys.readouterr().err
        assert says in error and error.count("\n") == 1
