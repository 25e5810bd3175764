"""Text to phonemes: what is read, how it sounds, and that nothing printable breaks it."""

import lzma
import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigc_edu import corpora, text
from aigc_edu.errors import CourseError, InvalidValueError
from aigc_edu.paths import data_dir
from aigc_edu.text import letter_rules, matching, numbers, pronouncing, recipe

PRINTABLE = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


# ---------------------------------------------------------------- words as they are read


def words(number):
    """A second way to write numbers below a million: by recursion from the front."""
    if number < 20:
        return numbers.SMALL[number]
    if number < 100:
        return " ".join([numbers.TENS[number // 10]] + [words(number % 10)] * (number % 10 > 0))
    unit, name = (100, "hundred") if number < 1000 else (1000, "thousand")
    rest = [words(number % unit)] if number % unit else []
    return " ".join([words(number // unit), name, *rest])


@given(st.integers(0, 999_999))
def test_numbers_are_written_as_one_would(number):
    assert numbers.cardinal(number) == words(number)


def test_ordinals_years_times_and_money():
    assert [numbers.ordinal(n) for n in (1, 2, 3, 8, 12, 20, 21, 100)] == (
        "first,second,third,eighth,twelfth,twentieth,twenty first,one hundredth".split(",")
    )
    assert numbers.year(1984) == "nineteen eighty four" and numbers.year(1900) == "nineteen hundred"
    assert numbers.year(1805) == "eighteen oh five" and numbers.year(2007) == "two thousand seven"
    assert numbers.time_of_day(9, 5) == "nine oh five"
    assert numbers.money("£", "1", "01") == "one pound and one penny"
    assert numbers.money("$", "0", "50") == "fifty cents"
    assert numbers.cardinal(10**16) == " ".join(["one"] + ["zero"] * 16)
    with pytest.raises(InvalidValueError, match="0 or more"):
        numbers.cardinal(-1)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Dr. Smith came at 9:40.", "doctor Smith came at nine forty ."),
        ("St. Paul's, No. 5; no. Well", "saint Paul's , number five ; no . Well"),
        ("$5.50 for 1,250 of them", "five dollars and fifty cents for one thousand two hundred"),
        ("It was the 3rd of May 1984", "It was the third of May nineteen eighty four"),
        ("in the 1990s", "in the nineteen nineties"),
        ("50% of 3.14 & more", "fifty percent of three point one four and more"),
        ("naïve café—“quoted”…", "naive cafe — quoted ."),
        ("the U.S.A. won", "the U S A won"),
        ("x_1 = y/2", "x underscore one equals y slash two"),
        ("-5 degrees", "minus five degrees"),
        ("from −3.5 to (-2), 3-4", "from minus three point five to minus two , three — four"),
        ("a B-52, well-2-do", "a B fifty two , well two do"),
        ("½ cup, 2¾ or 2 ⅓", "one half cup , two and three quarters or two and one third"),
        ("5⁄2, 7⁄64", "five halves , seven over sixty four"),
        ("123⁄4", "one hundred twenty three over four"),
        ("at 3:00pm or 3:05 p.m. I", "at three P M or three oh five P M I"),
        ("at 3:00, 5pm, 6 AM", "at three o'clock , five P M , six A M"),
        ("$1.5 million and £2 billion", "one point five million dollars and two billion pounds"),
        ("$1.50 millionaire", "one dollar and fifty cents millionaire"),
        ("the 2000s, the 2010s", "the two thousands , the twenty tens"),
        ("the 1980's and 1900’s", "the nineteen eighties and nineteen hundreds"),
        ("Łódź, łąka, Đorđe, þorn", "Lodz , laka , Dorde , thorn"),
        ("eð, Ørsted, Ǿ", "ed , Orsted , O"),
        ("5 a.m. sharp", "five A M sharp"),
    ],
)
def test_what_is_printed_is_read_out(written, read):
    assert " ".join(text.tokens_of(written)).startswith(read)


# ---------------------------------------------------------------- sounds


def test_neighbours_change_small_words():
    assert text.phonemes_of("the egg, the pen") == "ði ˈɛɡ, ðə pˈɛn"
    assert text.phonemes_of("I used to eat a pear.") == "ˌI jˈust tʊ ˈit ɐ pˈɛɹ."
    assert text.phonemes_of("I used two.").startswith("ˌI jˈuzd ")


def test_an_a_among_initials_is_a_letter():
    letter = letter_rules.spell("a")
    assert text.phonemes_of("5 a.m.").split()[1] == letter
    assert text.phonemes_of("the U.S.A. won").split()[3] == letter
    assert text.phonemes_of("A.I. and A.A.").split().count(letter) == 3
    for article in ("A man came.", "A a", "So A cat", "A. I came"):
        assert letter not in text.phonemes_of(article).split(), article


def test_endings_take_their_voice_from_the_stem():
    """Words that the dictionary lacks, by stems that it has."""
    known = pronouncing.dictionary()
    for word, end in (("wombats", "s"), ("boffins", "z"), ("quiche's", "ᵻz"), ("trellises", "ᵻz")):
        stem = re.sub("('s|es|s)$", "", word)
        assert word not in known and stem in known, "the test needs other words"
        assert pronouncing.pronounce(word) == known[stem] + end, word
    assert (
        pronouncing._joined("kˈæt", "s") == "kˈæts" and pronouncing._joined("dˈɔɡ", "s")[-1] == "z"
    )
    assert pronouncing._joined("ʤˈʌʤ", "s").endswith("ᵻz")
    assert (
        pronouncing._joined("wˈAt", "d") == "wˈATᵻd" and pronouncing._joined("lˈIk", "d")[-1] == "t"
    )


def test_unknown_words_are_sounded_out_or_spelled():
    assert letter_rules.sound_out("blorp") == "blˈɔɹp"
    assert letter_rules.sound_out("thrane") == "θɹˈAn"
    assert text.pronounce("zqx") == text.pronounce("ZQX") == letter_rules.spell("zqx")
    assert text.pronounce("NASA") == pronouncing.dictionary()["nasa"]


@given(st.text(string.ascii_lowercase, min_size=1, max_size=14))
def test_every_row_of_letters_has_a_sound(word):
    sounds = letter_rules.sound_out(word)
    assert sum(text.is_phoneme(s) for s in text.split_symbols(sounds)) >= 1


@given(PRINTABLE)
def test_any_text_gives_phonemes_or_one_clear_line(written):
    try:
        symbols = text.symbols_of(text.phonemes_of(written))
    except InvalidValueError as error:
        assert "nothing to say" in str(error) or "no text" in str(error)
        assert "\n" not in str(error)
        assert not re.search("[A-Za-z0-9]", written)
        return
    assert len(text.numbers_of(symbols)) == len(symbols) >= 3
    assert symbols[0] == symbols[-1] == text.PAUSE


def test_no_text_is_said_to_be_none():
    for nothing in ("", "  \n", "...", "!?"):
        with pytest.raises(InvalidValueError, match="nothing to say in"):
            text.phonemes_of(nothing)


@given(PRINTABLE, st.integers(20, 50))
def test_sentences_lose_nothing_and_are_short(written, longest):
    pieces = text.sentences_of(written, longest)
    assert "".join("".join(pieces).split()) == "".join(written.split())
    assert all(0 < len(piece) <= longest for piece in pieces)


def test_sentences_end_where_one_would_say():
    told = "Mr. J. Smith came. Did he? “Yes!” It cost 3.5 dollars\n\nAnd then"
    assert text.sentences_of(told) == [
        *("Mr. J. Smith came.", "Did he?", "“Yes!”", "It cost 3.5 dollars", "And then")
    ]


# ---------------------------------------------------------------- symbols


def test_the_table_has_each_symbol_once_and_stresses_belong_to_vowels():
    assert len(set(text.SYMBOLS)) == len(text.SYMBOLS)
    assert text.split_symbols("həlˈO, wˈɜɹld.") == tuple(*["h ə l ˈO , w ˈɜ ɹ l d .".split()])
    assert text.split_symbols("ˈstɹit") == ("s", "t", "ɹ", "ˈi", "t")
    assert text.split_symbols("tʃeɪndʒ  —  ɡ") == ("ʧ", "A", "n", "ʤ", "—", "ɡ")
    with pytest.raises(InvalidValueError, match="no phoneme of the table"):
        text.split_symbols("ж")
    with pytest.raises(InvalidValueError, match="no symbol"):
        text.numbers_of(["ж"])


def test_blanks_stand_between_phonemes_alone():
    assert text.with_blanks(["", "a", "b", " ", "a", ""]) == ["", "a", "_", "b", " ", "a", ""]


# ---------------------------------------------------------------- what a voice has spoken


def test_what_was_spoken_is_cut_into_the_words_of_the_text():
    spoken = ["", "ð", "ə", "k", "ˈæ", "t", "", "s", "ˈæ", "t", "s", ""]
    match = text.match_spoken("The cat, sat.", spoken)
    assert match.symbols == ("", "ð", "ə", " ", "k", "ˈæ", "t", ",", "s", "ˈæ", "t", "s", ".", "")
    assert match.sources == (0, 1, 2, -1, 3, 4, 5, 6, 7, 8, 9, 10, -1, 11)
    assert (match.words, match.equal) == (3, 2)
    alone = text.match_spoken("The cat.", [])
    assert alone.symbols == text.symbols_of("ðə kˈæt.") and set(alone.sources) == {-1}


@given(st.lists(st.sampled_from(["ə", "t", "s", "ˈæ", "", "n"]), max_size=12))
def test_all_that_was_spoken_is_kept_in_order(spoken):
    match = text.match_spoken("An ant sat.", spoken)
    sources = [i for i in match.sources if i >= 0]
    assert sources == sorted(sources)
    if any(spoken):
        assert [s for s in match.symbols if text.is_phoneme(s)] == [s for s in spoken if s]


def test_the_pairing_is_the_cheapest_of_all():
    first, second = ("", "k", "ˈæ", "t", " ", "s", ""), ("", "k", "æ", "s", "", "s", "")

    def cheapest(i, j):
        if i == len(first) and j == len(second):
            return 0.0
        ways = []
        if i < len(first):
            ways.append(matching._alone(first[i]) + cheapest(i + 1, j))
        if j < len(second):
            ways.append(matching._alone(second[j], matching.NO_REST) + cheapest(i, j + 1))
        if i < len(first) and j < len(second):
            ways.append(matching._cost(first[i], second[j]) + cheapest(i + 1, j + 1))
        return min(ways)

    assert matching._cheapest(first, second)[-1, -1] == pytest.approx(cheapest(0, 0))


def test_the_built_in_sentences_can_be_matched():
    clips = corpora.load("sentences")[:40]
    found = [text.match_spoken(c.text, [p.symbol for p in c.phonemes]) for c in clips]
    words, equal = (sum(getattr(m, name) for m in found) for name in ("words", "equal"))
    assert words == sum(len(clip.text.replace("-", " ").split()) for clip in clips)
    assert equal / words > 0.98, "the voice reads by the same dictionary"


# ---------------------------------------------------------------- the dictionary


def test_the_dictionary_is_whole_and_in_the_table():
    known = pronouncing.dictionary()
    assert len(known) == 174_921 and known["hello"] == "həlˈO"
    assert list(known) == sorted(known)
    for spoken in list(known.values())[::37]:
        assert all(text.is_phoneme(s) for s in text.split_symbols(spoken))
    assert (data_dir() / "pronunciations" / "LICENSE").read_text().strip().startswith("Apache")


def test_the_recipe_merges_by_rank_and_refuses_another_wheel(tmp_path):
    silver, gold = {"Polish": "pˈOlɪʃ", "cat": "kˈɑt", "a b": "x"}, {"cat": "kˈæɾ", "'": "x"}
    gold |= {"polish": {"DEFAULT": "pˈɑlɪʃ", "NOUN": None}, "none": {"DEFAULT": None}}
    assert recipe.merged([silver, gold]) == {"polish": "pˈɑlɪʃ", "cat": "kˈæT"}
    (tmp_path / "other.whl").write_bytes(b"no wheel")
    with pytest.raises(CourseError, match="misaki==0.9.4"):
        recipe.build(tmp_path / "other.whl", tmp_path)
    assert not (tmp_path / "english.txt.xz").exists()


def test_a_damaged_dictionary_is_named(tmp_path, monkeypatch):
    (tmp_path / "pronunciations").mkdir()
    (tmp_path / "pronunciations" / "english.txt.xz").write_bytes(lzma.compress(b"a\n")[:-3])
    monkeypatch.setattr(pronouncing, "data_dir", lambda: tmp_path)
    pronouncing.dictionary.cache_clear()
    try:
        with pytest.raises(CourseError, match="cannot be read"):
            pronouncing.dictionary()
    finally:
        pronouncing.dictionary.cache_clear()
