"""Scripts and audiobooks: order, pauses, marks, levels, and what a broken file is told."""

from __future__ import annotations

import numpy as np
import pytest
from speakers import RATE, WORD, Humming

from aigc_edu.audio import loudness, read, write
from aigc_edu.audio.formats import Coding
from aigc_edu.errors import InvalidValueError, MissingPackageError
from aigc_edu.saving import read_marks, read_tags
from aigc_edu.saving.by_av import import_av
from aigc_edu.speaking import (
    SPOKEN,
    Line,
    Pause,
    ScriptError,
    Sound,
    Voice,
    marks_between,
    publish,
    read_script,
    render_chapter,
    script_from,
)
from aigc_edu.speaking.script import NARRATOR
from aigc_edu.speaking.sounds import looped, sound_of

PLAY = """\
// a note
title: Two doors
author: Nobody
loudness: -19
pause: 0.5
chapter pause: 2
voice narrator: pitch -1
voice Ada: pitch 3, level 3

# The first
It was late,
and nobody was there.

Ada: Who is it?
Ada (softly, pitch 1): Only one thing: the wind.
[pause 1.5]
He said it twice: no answer.

# The second
\\Ada: is read aloud.
"""


def test_a_script_is_read_in_the_order_of_its_lines():
    script = script_from(PLAY)
    assert (script.title, script.author, script.loudness) == ("Two doors", "Nobody", -19)
    first, second = script.chapters
    assert [c.title for c in script.chapters] == ["The first", "The second"]
    told, ada, soft, pause, prose = first.items
    assert told == Line(11, NARRATOR, "It was late, and nobody was there.", Voice(pitch=-1))
    assert ada == Line(14, "Ada", "Who is it?", Voice(pitch=3, level=3))
    assert soft.text == "Only one thing: the wind." and soft.voice.pitch == 1
    assert soft.voice.level == 3 - 8 and pause == Pause(16, 1.5)
    assert prose.text == "He said it twice: no answer."
    assert second.items[0].text == "Ada: is read aloud."


@pytest.mark.parametrize(
    ("change", "line", "hint"),
    [
        (("Ada: Who", "Ava: Who"), 14, "did you mean 'Ada'"),
        (("voice Ada: pitch 3", "voice Ada: pitsch 3"), 8, "did you mean 'pitch'"),
        (("(softly, pitch 1)", "(sofly)"), 15, "did you mean 'softly'"),
        (("[pause 1.5]", "[pause long]"), 16, "a pause is a number"),
        (("[pause 1.5]", "[pause 1.5"), 16, r"ends with '\]'"),
        (("[pause 1.5]", "[paus 1.5]"), 16, "did you mean 'pause'"),
        (("[pause 1.5]", "[sound rian 2 s]"), 16, "did you mean 'rain'"),
        (("[pause 1.5]", "[sound rain]"), 16, "say how long"),
        (("[pause 1.5]", "[sound door.wav]"), 16, "no file"),
        (("[pause 1.5]", "[under rain 3 s]"), 16, "until the next"),
        (("title:", "titles:"), 2, "did you mean 'title'"),
        (("title: Two doors", "Two doors"), 2, "before the first chapter"),
        (("loudness: -19", "loudness: -5"), 4, "lies from -40 to -10"),
        (("Ada: Who is it?", "Ada:"), 14, "says nothing"),
        (("# The second", "#"), 19, "needs a title"),
        (("\\Ada: is read aloud.", ""), 19, "is empty"),
        (("voice narrator:", "voice Ada:"), 8, "already"),
    ],
)
def test_a_broken_script_is_told_in_one_line_with_the_place(change, line, hint):
    assert change[0] in PLAY
    with pytest.raises(ScriptError, match=hint) as error:
        script_from(PLAY.replace(*change, 1), "play.txt")
    assert str(error.value).startswith(f"play.txt: line {line}: ")
    assert "\n" not in str(error.value)


def test_files_that_cannot_be_read_are_told_in_one_line(tmp_path):
    with pytest.raises(ScriptError, match="no such file"):
        read_script(tmp_path / "none.txt")
    (tmp_path / "latin.txt").write_bytes(b"title: a\n# One\nCaf\xe9.\n")
    with pytest.raises(ScriptError, match=r"line 3: save the file as UTF-8"):
        read_script(tmp_path / "latin.txt")
    with pytest.raises(ScriptError, match="no chapter"):
        script_from("title: a\n")


# ---------------------------------------------------------------- sound


def test_lines_come_in_their_order_with_the_pauses_that_were_asked_for():
    speaker = Humming()
    placed = render_chapter(script_from(PLAY), 0, speaker).placed
    assert [type(one.item).__name__ for one in placed] == ["Line", "Line", "Line", "Pause", "Line"]
    assert [text for text, _ in speaker.said] == [
        p.item.text for p in placed if type(p.item) is Line
    ]
    told, ada, soft, pause, prose = placed
    assert told.start == 0
    assert ada.start - told.stop == soft.start - ada.stop == 0.5 * RATE
    assert pause.start == soft.stop and pause.stop - pause.start == 1.5 * RATE
    assert prose.start == pause.stop  # a pause stands in the place of the usual one
    assert (told.stop - told.start) / RATE == pytest.approx(7 * WORD, abs=0.06)


def test_each_line_is_as_loud_as_its_voice_says():
    rendered = render_chapter(script_from(PLAY), 0, Humming())
    levels = [SPOKEN, SPOKEN + 3, SPOKEN + 3 - 8]
    for one, level in zip(rendered.placed, levels, strict=False):
        x = rendered.samples[0, one.start : one.stop]
        assert loudness(x, RATE, short="whole") == pytest.approx(level, abs=0.1)


def test_a_chapter_can_be_announced():
    script = script_from(PLAY.replace("pause: 0.5", "pause: 0.5\nannounce: yes", 1))
    speaker = Humming()
    placed = render_chapter(script, 1, speaker).placed
    assert speaker.said[0][0] == "The second." and placed[0].item.who == NARRATOR


def test_in_stereo_voices_stand_on_their_sides():
    text = "stereo: yes\nvoice A: side -1\nvoice B: side 1\n# One\nA: one two\nB: one two\n"
    rendered = render_chapter(script_from(text), 0, Humming())
    a, b = (rendered.samples[:, p.start : p.stop] for p in rendered.placed)
    assert np.abs(a[1]).max() < 1e-9 < np.abs(a[0]).max()
    assert np.abs(b[0]).max() < 1e-9 < np.abs(b[1]).max()
    assert np.sum(a**2) == pytest.approx(np.sum(b**2), rel=0.01)


def test_what_lies_under_a_scene_begins_and_ends_where_it_is_told(tmp_path):
    write(tmp_path / "hum.wav", 0.3 * np.sin(0.4 * np.arange(RATE)), RATE)
    text = (
        "# One\none two\n\n[under hum.wav, -10]\nthree four five\n\n[under nothing]\n[pause 1]\nsix"
    )
    rendered = render_chapter(script_from(text, folder=tmp_path), 0, Humming())
    first, second, pause, _ = rendered.placed
    bare = render_chapter(
        script_from(text.replace("[under hum.wav, -10]\n", ""), folder=tmp_path), 0, Humming()
    )
    bed = rendered.samples[0] - bare.samples[0]
    assert np.abs(bed[: first.stop]).max() < 1e-9
    assert np.abs(bed[second.stop :]).max() < 1e-9
    assert np.abs(bed[first.stop : second.stop]).max() > 0.01


def test_sounds_have_the_length_that_was_asked_for_and_no_seam():
    x = sound_of("rain", RATE, 7.3)
    assert len(x) == round(7.3 * RATE) and x[0] < 1e-3
    noise = np.random.default_rng(0).normal(size=4000)
    y = looped(noise, 15000, 800)
    powers = [np.mean(y[k : k + 800] ** 2) for k in range(0, 14400, 800)]
    assert max(powers) / min(powers) < 1.6  # equal power: no round is softer where two meet


def test_a_chime_is_played_by_gansynth():
    x = sound_of("chime", RATE, None)
    assert np.isfinite(x).all() and np.abs(x).max() > 0.1 and len(x) > RATE


# ---------------------------------------------------------------- files


def test_marks_stand_in_the_middle_of_the_pauses():
    starts, marks = marks_between([1000, 500, 2000], 400, RATE)
    assert starts == [0, 1400, 2300]
    assert [m.seconds * RATE for m in marks] == [0, 1200, 2100]


@pytest.mark.parametrize("ending", [".mp3", ".m4b", ".flac", ".wav"])
def test_a_file_has_marks_tags_and_the_loudness_that_was_asked_for(tmp_path, ending):
    if ending == ".m4b":
        try:
            import_av()
        except MissingPackageError:
            pytest.skip("PyAV is not installed")
    script, told = script_from(PLAY), []
    made = publish(script, Humming(), tmp_path / f"play{ending}", tell=told.append)
    assert len(told) == 2 and "The first" in told[0]
    first = render_chapter(script, 0, Humming()).samples.shape[1]
    assert [m.title for m in made.marks] == ["The first", "The second"]
    assert made.marks[1].seconds == first / RATE + 1.0  # the middle of two seconds
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"play{ending}"]
    if ending in (".mp3", ".m4b"):
        stored = read_marks(made.path)
        assert [m.title for m in stored] == ["The first", "The second"]
        assert abs(stored[1].seconds - made.marks[1].seconds) <= 1e-3
    if ending != ".m4b":
        x, rate = read(made.path)
        assert loudness(x, rate) == pytest.approx(-19, abs=0.1)
        assert read_tags(made.path).title == "Two doors"
        quiet = round((made.marks[1].seconds) * rate)
        assert np.abs(x[quiet - 400 : quiet + 400]).max() < 0.003  # no word is cut


def test_what_cannot_be_written_is_told_before_the_work(tmp_path):
    script, speaker = script_from(PLAY), Humming()
    with pytest.raises(InvalidValueError, match="endings"):
        publish(script, speaker, tmp_path / "play.doc")
    (tmp_path / "there.wav").write_bytes(b"mine")
    with pytest.raises(InvalidValueError, match="such a file already"):
        publish(script, speaker, tmp_path / "there.wav")
    with pytest.raises(InvalidValueError):
        publish(script, speaker, tmp_path / "play.flac", coding=Coding(kbps=64))
    assert not speaker.said and (tmp_path / "there.wav").read_bytes() == b"mine"


def test_a_line_that_cannot_be_spoken_is_named(tmp_path):
    class Refuses(Humming):
        def say(self, text, voice):
            raise InvalidValueError("there is nothing to say in this text")

    with pytest.raises(ScriptError, match="line 11: there is nothing"):
        publish(script_from(PLAY), Refuses(), tmp_path / "play.wav")
    assert not list(tmp_path.iterdir())


def test_sound_items_are_read():
    script = script_from("# One\n[sound rain 2.5 s, -6]\n[under wind, -12]\nIt rains.\n")
    assert script.chapters[0].items[:2] == (
        Sound(2, "rain", 2.5, -6.0, False),
        Sound(3, "wind", None, -12.0, True),
    )
