"""Dubbing: lengths as asked for, one level, and a report of what doesn't fit."""

from __future__ import annotations

import csv
import math

import numpy as np
import pytest
from speakers import RATE, WORD, Humming

from aigc_edu.audio import loudness, peak_db, read
from aigc_edu.errors import InvalidValueError
from aigc_edu.saving import read_tags
from aigc_edu.speaking import MOODS, SPOKEN, ScriptError, Voice
from aigc_edu.speaking.commands import shipped_or
from aigc_edu.speaking.dubbing import common_gain, dub, summary, write_all
from aigc_edu.speaking.fitting import Limits, fit, words_to_cut
from aigc_edu.speaking.table import Slot, read_table, slot_from, table_from

TABLE = """\
# a note, with a comma
# voice Ada: pitch 4, formants 1.1
# voice Brand: pitch -4
key,who,says,mood,seconds
a_1,Ada,"One, two three four",calm,2
a_2,Brand,one two three four five,angry,0.9
a_3,Ada,one two three,,=0.7
a_4,Brand,one two three four five six seven eight,,0.8
"""


def test_a_table_is_read():
    cues = table_from(TABLE)
    assert [c.key for c in cues] == ["a_1", "a_2", "a_3", "a_4"]
    assert [c.number for c in cues] == [5, 6, 7, 8]
    assert cues[0].says == "One, two three four" and cues[0].slot == Slot(0, 2)
    assert cues[1].voice == Voice(pitch=-4).in_mood("angry")
    assert cues[2].mood == "calm" and cues[2].slot == Slot(0.7, 0.7)


@pytest.mark.parametrize("mark", [";", "\t"])
def test_spreadsheets_of_other_countries_are_read(mark):
    other = TABLE.replace('"One, two three four"', "One two three four")
    head, rest = other.split("key,", 1)
    assert len(table_from(head + ("key," + rest).replace(",", mark))) == 4


@pytest.mark.parametrize(
    ("text", "slot"),
    [
        ("1.2", Slot(0, 1.2)),
        ("=1.2", Slot(1.2, 1.2)),
        ("0.8-1.2", Slot(0.8, 1.2)),
        ("", Slot()),
        ("2 s", Slot(0, 2)),
    ],
)
def test_slots_are_read(text, slot):
    assert slot_from(text) == slot and slot_from(str(slot)) == slot


@pytest.mark.parametrize(
    ("change", "line", "hint"),
    [
        (("angry", "angri"), 6, "did you mean 'angry'"),
        (("a_2,Brand", "a_2,Bran"), 6, "did you mean 'Brand'"),
        (("a_3,", "a_1,"), 7, "line 5 has the key"),
        (("a_3,", "a/3,"), 7, "name of a file"),
        (("=0.7", "soon"), 7, "seconds is a number"),
        (("=0.7", "2-1"), 7, "is not below"),
        (('"One, two three four"', "One, two three four"), 5, "between quotes"),
        (("one two three,,", ",,"), 7, "nothing is said"),
        (("says", "say"), 4, "no column 'says'"),
        (("mood", "feeling"), 4, "no column 'feeling'"),
        (("pitch -4", "pitch low"), 3, "is a number"),
        (("pitch -4", "room hall"), 3, "dubbed dry"),
    ],
)
def test_a_broken_table_is_told_in_one_line_with_the_place(change, line, hint):
    assert change[0] in TABLE
    with pytest.raises(ScriptError, match=hint) as error:
        table_from(TABLE.replace(*change, 1), "gate.csv")
    assert str(error.value).startswith(f"gate.csv: line {line}: ") and "\n" not in str(error.value)


def test_a_table_without_lines_is_refused_and_the_one_that_ships_is_whole():
    with pytest.raises(ScriptError, match="no line"):
        table_from("key,who,says\n")
    cues = read_table(shipped_or("gate"))
    assert len(cues) >= 10 and len({c.mood for c in cues}) >= 5
    assert {c.mood for c in cues} <= set(MOODS)


# ---------------------------------------------------------------- fitting


def fitted(words, slot, limits=None):
    return fit(Humming(), " ".join(["one"] * words), Voice(), slot, limits)


@pytest.mark.parametrize(
    ("words", "slot", "verdict"),
    [
        (5, Slot(0, 1.5), "fits"),
        (5, Slot(), "fits"),
        (5, Slot(0, 0.9), "faster"),
        (5, Slot(1.2, 1.4), "slower"),
        (5, Slot(0, 0.75), "stretched"),
        (5, Slot(1.35, 1.35), "stretched"),
        (5, Slot(0, 0.5), "too long"),
        (5, Slot(3, 3), "padded"),
    ],
)
def test_a_line_is_changed_no_more_than_it_must_be(words, slot, verdict):
    one = fitted(words, slot)
    assert one.verdict == verdict
    assert one.natural == pytest.approx(words * WORD, abs=0.06)
    assert len(one.samples) / RATE == one.seconds
    limits = Limits()
    assert limits.slower <= one.speed <= limits.faster
    assert 1 / limits.stretch - 1e-3 <= one.stretch <= limits.stretch + 1e-3
    if verdict != "too long":
        assert slot.least - 1 / RATE <= one.seconds <= slot.most
    else:
        assert one.over == pytest.approx(one.seconds - slot.most, abs=2 / RATE)


@pytest.mark.parametrize("exact", [0.75, 0.83, 1.0, 1.31])
def test_an_exact_length_is_met_to_the_sample(exact):
    one = fitted(5, Slot(exact, exact))
    assert len(one.samples) == round(exact * RATE)


def test_what_may_not_be_changed_is_not_changed():
    one = fitted(5, Slot(0, 0.9), Limits(1, 1, 1))
    assert (one.speed, one.stretch, one.verdict) == (1, 1, "too long")
    assert math.isclose(one.natural, one.seconds)


def test_the_words_to_cut_are_the_share_that_is_too_long():
    one = fitted(10, Slot(0, 0.7))
    assert words_to_cut(" ".join(["one"] * 10), one) == math.ceil(10 * one.over / one.seconds)
    after = fitted(10 - words_to_cut(" ".join(["one"] * 10), one), Slot(0, 0.7))
    assert after.over < 0.1


# ---------------------------------------------------------------- the whole table


def test_every_line_has_its_file_and_the_report_says_what_was_done(tmp_path):
    lines = list(dub(table_from(TABLE), Humming()))
    report = write_all(lines, tmp_path, RATE)
    names = {"a_1.wav", "a_2.wav", "a_3.wav", "a_4.wav", "report.csv"}
    assert {path.name for path in tmp_path.iterdir()} == names
    rows = list(csv.DictReader(report.open(encoding="utf-8")))
    assert [row["key"] for row in rows] == ["a_1", "a_2", "a_3", "a_4"]
    assert [row["verdict"] for row in rows] == [one.fitted.verdict for one in lines]
    assert rows[3]["verdict"] == "too long" and "cut about" in rows[3]["note"]
    for one in lines:
        x, rate = read(tmp_path / f"{one.cue.key}.wav")
        assert rate == RATE and len(x) == len(one.fitted.samples)
    assert read_tags(tmp_path / "a_1.wav").artist == "Ada"
    assert summary(lines).startswith("4 lines: ") and "1 too long" in summary(lines)


def test_moods_keep_their_levels_and_calm_lines_have_the_loudness_that_was_asked_for(tmp_path):
    lines = list(dub(table_from(TABLE), Humming()))
    write_all(lines, tmp_path, RATE, lufs=-24)
    levels = [loudness(read(tmp_path / f"a_{k}.wav")[0], RATE, short="whole") for k in (1, 2, 3)]
    assert levels[0] == pytest.approx(-24, abs=0.1) and levels[2] == pytest.approx(-24, abs=0.3)
    assert levels[1] - levels[0] == pytest.approx(MOODS["angry"].level, abs=0.3)


def test_no_file_passes_the_ceiling_and_all_give_way_together():
    lines = list(dub(table_from(TABLE), Humming()))
    gain = common_gain(lines, -1)
    assert max(peak_db(gain * one.fitted.samples) for one in lines) == pytest.approx(-1)
    assert 20 * np.log10(common_gain(lines, -40)) == pytest.approx(-40 - SPOKEN)


def test_what_cannot_be_done_is_told(tmp_path):
    class Refuses(Humming):
        def say(self, text, voice):
            raise InvalidValueError("there is nothing to say in this text")

    with pytest.raises(ScriptError, match="line 5: a_1: there is nothing"):
        list(dub(table_from(TABLE), Refuses()))
    with pytest.raises(InvalidValueError, match="no format"):
        write_all(list(dub(table_from(TABLE), Humming())), tmp_path, RATE, ".doc")
