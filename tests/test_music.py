"""Written music: scores, their tokens, MIDI files, keys, and playing them."""

from __future__ import annotations

import mido
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aigc_edu.errors import InvalidValueError
from aigc_edu.music import (
    ANY,
    BASS,
    END,
    MELODY,
    STYLES,
    TOKENS,
    WORDS,
    Event,
    Grammar,
    Key,
    MidiFileError,
    MidiWarning,
    Score,
    cut_to,
    find_key,
    folded,
    from_tokens,
    key_fits,
    midi_files,
    moved,
    perform,
    read_midi,
    room,
    skyline,
    to_tokens,
    write_midi,
)
from aigc_edu.music.keys import PROFILES, SCALES
from aigc_edu.music.tokens import LONGEST, LOWEST, PITCHES

TUNE = Score(
    (
        Event(0, 60, 4),
        Event(4, 62, 4),
        Event(8, 64, 8),
        Event(0, 48, 16, BASS),
        Event(18, 67, 20),  # over the bar line and longer than a note can be
        Event(16, 43, 8, BASS),
    ),
    tempo=90,
    style="air",
)


@st.composite
def scores(draw):
    """Return any score that can be written down: voices that take their turns, rests between."""
    bar, events = draw(st.sampled_from((12, 16))), []
    for voice in (MELODY, BASS):
        now, low = 0, LOWEST[voice]
        for _ in range(draw(st.integers(1 - voice, 12))):
            now += draw(st.integers(0, 20))
            length = draw(st.integers(1, LONGEST))
            pitch = draw(st.integers(low, low + PITCHES[voice] - 1))
            events.append(Event(now, pitch, length, voice))
            now += length
    return Score(tuple(events), bar, 100, draw(st.sampled_from((None, *STYLES))))


# ---------------------------------------------------------------- scores


def test_a_score_is_in_order_and_knows_its_length():
    assert [e.start for e in TUNE.events] == [0, 0, 4, 8, 16, 18]
    assert [e.voice for e in TUNE.events][:2] == [MELODY, BASS]
    assert (TUNE.steps, TUNE.bars, len(TUNE)) == (38, 3, 6)
    assert TUNE.seconds == pytest.approx(38 / 4 * 60 / 90)
    assert TUNE.transposed(-3).events[0].pitch == 57


def test_bars_are_cut_out_and_put_behind_each_other():
    first, second = TUNE.cut(0, 1), TUNE.cut(1, 3)
    assert first.bars == 1 and [e.start for e in second.events] == [0, 2]
    assert first.then(second).events == TUNE.cut(0, 3).events == TUNE.events
    assert TUNE.cut(1, 2).steps == 16, "cut off at the bar's end"
    with pytest.raises(InvalidValueError, match="first < last"):
        TUNE.cut(2, 2)


@pytest.mark.parametrize(
    ("events", "told", "says"),
    [
        ((Event(0, 60, 0),), {}, "lasts a step or more"),
        ((Event(-1, 60, 1),), {}, "starts at 0"),
        ((Event(0, 128, 1),), {}, "0 ... 127"),
        ((Event(0, 60, 1, 2),), {}, "voices 0 and 1"),
        ((Event(0, 60, 5), Event(4, 62, 1)), {}, "one note at a time"),
        ((Event(0, 60, 5),), {"bar": 15}, "12 or 16"),
        ((Event(0, 60, 5),), {"tempo": 500}, "20 to 400"),
    ],
)
def test_what_is_no_score_is_refused(events, told, says):
    with pytest.raises(InvalidValueError, match=says):
        Score(events, **told)


def test_pitches_are_folded_by_octaves():
    assert [folded(p, 60, 71) for p in (59, 60, 71, 72, 24, 127)] == [71, 60, 71, 60, 60, 67]
    with pytest.raises(InvalidValueError, match="not every tone"):
        folded(60, 60, 70)


def test_the_lines_through_chords():
    chords = [(0, 60, 8), (0, 64, 8), (0, 67, 8), (4, 72, 4), (8, 62, 4), (8, 65, 4)]
    assert [(e.start, e.pitch, e.length) for e in skyline(chords)] == [
        (0, 67, 4),
        (4, 72, 4),
        (8, 65, 4),
    ]
    assert [e.pitch for e in skyline(chords, top=False)] == [60, 62]
    assert skyline([(0, 72, 8), (4, 60, 2)]) == [Event(0, 72, 8)], "what lies below is left out"


# ---------------------------------------------------------------- tokens


def test_every_word_has_one_number():
    assert len(set(WORDS)) == len(WORDS) == 108 and TOKENS["end"] == END == 0


@settings(max_examples=60, deadline=None)
@given(scores())
def test_what_is_written_down_is_read_back(score):
    tokens = to_tokens(score)
    again = from_tokens(tokens, score.tempo)
    assert again == score
    assert len(tokens) == 3 + 3 * len(score) + tokens.count(TOKENS["bar"])


@settings(max_examples=60, deadline=None)
@given(scores(), st.integers(0, 10**9))
def test_each_token_is_allowed_where_it_stands_and_another_kind_is_not(score, seed):
    reader, tokens = Grammar(), to_tokens(score)
    for token in tokens:
        may = reader.allowed()
        assert may[token] and not may.all()
        reader.push(token)
    assert reader.ended and not reader.allowed().any()


def test_whatever_the_grammar_allows_is_a_score():
    rng = np.random.default_rng(0)
    for _ in range(30):
        reader, tokens = Grammar(), []
        while not reader.ended and len(tokens) < 300:
            tokens.append(int(rng.choice(np.flatnonzero(reader.allowed()))))
            reader.push(tokens[-1])
        assert tuple(reader.events) == tuple(
            sorted(reader.events, key=lambda e: (e.start, e.voice))
        )
        assert from_tokens(tokens).events == tuple(reader.events)


def test_what_cannot_be_written_is_moved_or_cut():
    again = from_tokens(to_tokens(TUNE.transposed(24)))
    high = LOWEST[MELODY] + PITCHES[MELODY] - 1
    assert all(e.pitch <= high for e in again.voice(MELODY))
    assert again.events[-1].length == LONGEST
    assert [e.pitch % 12 for e in again.events] == [e.pitch % 12 for e in TUNE.events]
    assert from_tokens(to_tokens(Score(TUNE.events, style="opera"))).style is None
    with pytest.raises(InvalidValueError, match="without notes"):
        to_tokens(Score(()))


@settings(max_examples=40, deadline=None)
@given(scores())
def test_a_row_of_tokens_is_moved_within_its_room(score):
    tokens = to_tokens(score)
    down, up = room(tokens)
    assert down <= 0 <= up
    for semitones in {down, up}:
        assert moved(tokens, semitones) == to_tokens(score.transposed(semitones))
    with pytest.raises(InvalidValueError, match="room"):
        moved(tokens, up + 1)


def test_a_row_of_tokens_may_be_unfinished_but_not_wrong():
    tokens = to_tokens(TUNE)
    assert from_tokens(tokens[:6]).events == TUNE.events[:1]  # style, metre, bar, and a note
    assert from_tokens(tokens[:8]).events == TUNE.events[:1]  # half a note more
    assert WORDS[tokens[0]] == "style air" and from_tokens(tokens[:1]).style == "air"
    for wrong, place in ((tokens[1:], 0), ([*tokens[:4], END], 4), ([*tokens, END], len(tokens))):
        with pytest.raises(InvalidValueError, match=f"token {place}, "):
            from_tokens(wrong)
    with pytest.raises(InvalidValueError, match="token 0, 999"):
        from_tokens([999])
    assert f"style {ANY}" in WORDS


# ---------------------------------------------------------------- keys


@pytest.mark.parametrize("mode", SCALES)
@pytest.mark.parametrize("tonic", [0, 5, 11])
def test_a_profile_fits_its_own_key_best(mode, tonic):
    fits = key_fits(np.roll(PROFILES[mode], tonic))
    assert max(fits, key=fits.get) == Key(tonic, mode)
    assert fits[Key(tonic, mode)] == pytest.approx(1)


def test_a_scale_with_its_tonic_held_is_in_its_key():
    notes = [Event(2 * n, 62 + step, 2) for n, step in enumerate((0, 2, 4, 5, 7, 9, 11, 12))]
    score = Score((*notes, Event(16, 62, 8)))
    assert str(find_key(score)) == "D major"
    assert find_key(score.transposed(1)) == Key(3, "major")
    assert Key(2, "major").scale == {2, 4, 6, 7, 9, 11, 1}
    with pytest.raises(InvalidValueError, match="don't all sound alike"):
        key_fits(np.ones(12))


# ---------------------------------------------------------------- MIDI files


@settings(max_examples=30, deadline=None)
@given(score=scores())
def test_a_midi_file_holds_the_score(score, tmp_path_factory):
    path = tmp_path_factory.mktemp("midi") / "a.mid"
    again = read_midi(write_midi(path, score))
    shift = score.events[0].start // score.bar * score.bar
    assert (again.bar, round(again.tempo, 3)) == (score.bar, 100)
    lines = [[(e.start - shift, e.pitch, e.length) for e in score.voice(v)] for v in (0, 1)]
    if np.mean([p for _, p, _ in lines[0]]) > np.mean([p for _, p, _ in lines[1]] or [0]):
        assert [[e[:3] for e in again.voice(v)] for v in (0, 1)] == lines


def test_two_hands_and_four_voices(tmp_path):
    piano = [
        mido.Message("note_on", note=64, velocity=80),
        mido.Message("note_on", note=48, velocity=80),
        mido.Message("note_off", note=64, time=480),
        mido.Message("note_off", note=48),
        mido.Message("note_on", note=43, velocity=80),
        mido.Message("note_on", note=67, velocity=80, time=240),
        mido.Message("note_off", note=67, time=240),
        mido.Message("note_off", note=43),
    ]
    score = read_midi(save(tmp_path / "piano.mid", *piano))
    assert [e[:3] for e in score.voice(MELODY)] == [(0, 64, 4), (6, 67, 2)]
    assert [e[:3] for e in score.voice(BASS)] == [(0, 48, 4), (4, 43, 4)]
    low = read_midi(save(tmp_path / "cello.mid", *note(43, 0, 480), *note(60, 0, 480)))
    assert [e.pitch for e in low.voice(MELODY)] == [43, 60] and not low.voice(BASS)
    tracks = [mido.MidiTrack(note(pitch, 0, 480)) for pitch in (60, 72, 45, 65)]
    mido.MidiFile(tracks=tracks).save(tmp_path / "chorale.mid")
    assert [(e.pitch, e.voice) for e in read_midi(tmp_path / "chorale.mid").events] == [
        (72, MELODY),
        (45, BASS),
    ]


def test_a_tune_comes_back_note_for_note(tmp_path):
    again = read_midi(write_midi(tmp_path / "tune.mid", TUNE, ("flute", "organ")))
    assert again.events == TUNE.events and again.tempo == pytest.approx(90)
    first = (tmp_path / "tune.mid").read_bytes()
    assert write_midi(tmp_path / "tune.mid", TUNE, ("flute", "organ")).read_bytes() == first
    assert [p.name for p in tmp_path.iterdir()] == ["tune.mid"], "nothing half written stays"
    file = mido.MidiFile(tmp_path / "tune.mid")
    programs = [m.program for track in file.tracks for m in track if m.type == "program_change"]
    assert programs == [73, 19] and file.length == pytest.approx(TUNE.seconds)


def save(path, *messages, ticks=480, **told):
    track = mido.MidiTrack(messages)
    mido.MidiFile(ticks_per_beat=ticks, tracks=[track], **told).save(path)
    return path


def note(pitch, start, stop, **more):
    yield mido.Message("note_on", note=pitch, velocity=80, time=start, **more)
    yield mido.Message("note_off", note=pitch, time=stop, **more)


def test_drums_empty_bars_and_notes_that_never_end(tmp_path):
    path = save(
        tmp_path / "a.mid",
        *note(38, 0, 100, channel=9),
        *note(60, 1820, 480),  # 1920 ticks after the start: a bar of silence
        mido.Message("note_on", note=62, velocity=64),
        mido.Message("note_on", note=62, velocity=0, time=240),  # that is a note_off, too
        mido.Message("note_on", note=64, velocity=64),
        mido.MetaMessage("end_of_track", time=480),
    )
    score = read_midi(path)
    assert [(e.start, e.pitch, e.length) for e in score.events] == [
        (0, 60, 4),
        (4, 62, 2),
        (6, 64, 4),
    ]
    assert score.tempo == pytest.approx(120), "a file that says nothing has 120 quarters a minute"


@pytest.mark.parametrize(("metre", "bar"), [((3, 4), 12), ((6, 8), 12), ((2, 4), 16), ((4, 4), 16)])
def test_metres_that_can_be_written(tmp_path, metre, bar):
    head = mido.MetaMessage("time_signature", numerator=metre[0], denominator=metre[1])
    assert read_midi(save(tmp_path / "a.mid", head, *note(60, 0, 480))).bar == bar


def test_a_broken_file_gets_one_line_that_names_it(tmp_path):
    head = mido.MetaMessage("time_signature", numerator=5, denominator=4)
    whole = save(tmp_path / "whole.mid", *note(60, 0, 480)).read_bytes()
    (tmp_path / "cut.mid").write_bytes(whole[:-6])
    (tmp_path / "text.mid").write_text("do re mi")
    save(tmp_path / "five.mid", head, *note(60, 0, 480))
    save(tmp_path / "empty.mid")
    (tmp_path / "film.mid").write_bytes(whole[:12] + b"\xe7\x28" + whole[14:])
    slow = mido.MetaMessage("set_tempo", tempo=2**24 - 1)
    save(tmp_path / "slow.mid", slow, *note(60, 0, 480))
    save(tmp_path / "late.mid", *note(60, 2**27, 480))
    signed = save(tmp_path / "key.mid", mido.MetaMessage("key_signature", key="C"))
    signed.write_bytes(
        signed.read_bytes().replace(b"\xff\x59\x02\x00\x00", b"\xff\x59\x02\x00\x07")
    )
    for name, says in (
        ("cut", "no whole MIDI file"),
        ("text", "no whole MIDI file"),
        ("five", "5/4"),
        ("empty", "no notes"),
        ("film", "SMPTE"),
        ("slow", "tempo lies from"),
        ("late", "waiting time"),
        ("key", "no whole MIDI file"),
        ("missing", "no such file"),
    ):
        with pytest.raises(MidiFileError, match=says) as caught:
            read_midi(tmp_path / f"{name}.mid")
        assert f"{name}.mid" in str(caught.value) and "\n" not in str(caught.value)


def test_what_was_not_played_to_the_beat_is_warned_of(tmp_path):
    with pytest.warns(MidiWarning, match="off the grid"):
        read_midi(save(tmp_path / "a.mid", *note(60, 55, 400), *note(62, 210, 333)))


def test_where_a_file_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(MidiFileError, match="cannot be written"):
        write_midi(tmp_path / "file" / "a.mid", TUNE)
    with pytest.raises(MidiFileError, match="ends with"):
        write_midi(tmp_path / "a.wav", TUNE)
    with pytest.raises(InvalidValueError, match="families"):
        write_midi(tmp_path / "a.mid", TUNE, ("kazoo", "bass"))


def test_a_folder_of_files(tmp_path):
    for name in ("b.MID", "in/a.midi", "c.wav"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    assert [p.name for p in midi_files(tmp_path)] == ["b.MID", "a.midi"]
    for wrong in (tmp_path / "none", tmp_path / "in" / "deeper"):
        with pytest.raises(MidiFileError, match="no such folder"):
            midi_files(wrong)
    (tmp_path / "bare").mkdir()
    with pytest.raises(MidiFileError, match="no files"):
        midi_files(tmp_path / "bare")


# ---------------------------------------------------------------- playing


def clicks(pitch, seconds, force):
    return np.full(10, force * pitch / 1000)


def test_each_note_sounds_where_it_is_written():
    score = Score((Event(0, 60, 4), Event(8, 72, 4), Event(8, 48, 4, BASS)), tempo=60)
    x = perform(score, [clicks], 100)
    assert len(x) == 210 and np.flatnonzero(x).tolist() == [*range(10), *range(200, 210)]
    assert np.abs(x).max() == pytest.approx(0.9)
    alone = perform(score, [clicks, lambda *_: np.zeros(10)], 100)
    assert alone[200] < x[200] / x[0] * alone[0], "the bass was another player's"
    for players, what in (([], "player"), ([clicks] * 3, "player")):
        with pytest.raises(InvalidValueError, match=what):
            perform(score, players, 100)
    with pytest.raises(InvalidValueError, match="no notes"):
        perform(Score(()), [clicks], 100)


def test_a_note_is_cut_with_a_fade():
    x = cut_to(np.ones(1000), 0.5, 1000, fade=0.1)
    assert len(x) == 600 and (x[:500] == 1).all() and (np.diff(x[499:]) < 0).all() and x[-1] < 1e-9
    assert np.array_equal(cut_to(np.ones(100), 0.5, 1000), np.ones(100))
