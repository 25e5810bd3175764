"""The voice of the sentences: its places in pure numbers; the recipe; and, where it is installed,
its sound.
"""

import importlib.util
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigc_edu import corpora
from aigc_edu.cli import main
from aigc_edu.corpora import CorpusError
from aigc_edu.corpora.recipes import sentences, voice
from aigc_edu.corpora.recipes import voice_places as places
from aigc_edu.corpora.recipes.voice_places import LEAD, Mark
from aigc_edu.errors import InvalidValueError

TEXT = "The kettle sings before the water is hot."
SLICE = ("S016",)


@pytest.fixture(scope="module")
def speaker():
    if importlib.util.find_spec("hibari") is None:
        pytest.skip('the natural voice is not installed (pip install "hibari-tts==0.2.1")')
    return voice.Voice()


# Places, in frames; the voice's units are two


def test_a_stress_mark_s_time_belongs_to_its_vowel():
    found = places.marks("kˈæt", [5, 1, 2, 3, 1, 4])
    assert found == [
        Mark("k", 10 - LEAD),
        Mark("ˈæ", 12 - LEAD),
        Mark("t", 22 - LEAD),
        Mark("", 24 - LEAD),
    ]


def test_the_words_on_both_sides_share_a_space():
    found = places.marks("a b", [5, 1, 3, 1, 4])
    assert found[:2] == [Mark("a", 10 - LEAD), Mark("b", 15 - LEAD)]  # the space: 12 to 18
    stressed = places.marks("b ˈa", [5, 1, 3, 1, 1, 4])
    assert stressed[1] == Mark("ˈa", 15 - LEAD)


def test_punctuation_is_a_pause():
    found = places.marks("a, b.", [5, 1, 4, 2, 1, 3, 1])
    assert found == [
        Mark("a", 10 - LEAD),
        Mark("", 12 - LEAD),
        Mark("b", 24 - LEAD),
        Mark("", 26 - LEAD),
    ]


def test_a_stress_mark_without_a_vowel_counts_for_nothing():
    found = places.marks("aˈ. b", [5, 1, 1, 4, 2, 1, 3])
    assert found[1:3] == [Mark("", 14 - LEAD), Mark("b", 26 - LEAD)]


def test_symbols_are_of_the_international_alphabet():
    found = places.marks("AIOWYʧʤTᵊ", [1] * 11)
    assert [m.symbol for m in found] == [*"eɪ aɪ oʊ aʊ ɔɪ tʃ dʒ ɾ ə".split(), ""]


@pytest.mark.parametrize("symbols", ["", " ", "ˈ", "?!", ", ."])
def test_nothing_to_say(symbols):
    with pytest.raises(CorpusError, match="nothing to say"):
        places.marks(symbols, [1] * (len(symbols) + 2))


def test_lengths_that_are_too_few():
    with pytest.raises(CorpusError, match="2 lengths for 3 symbols"):
        places.marks("abc", [1, 1])


def test_pauses_move_to_the_sound():
    found = [Mark("a", 10), Mark("", 20), Mark("b", 26), Mark("", 40)]
    levels = np.zeros(50)
    levels[8:18] = levels[23:34] = 1.0  # the first sound is early, both end early
    assert places.settle(found, levels) == [
        Mark("a", 8),
        Mark("", 18),
        Mark("b", 23),
        Mark("", 34),
    ]


def test_a_comma_that_is_read_over_leaves_no_pause():
    found = [Mark("a", 10), Mark("", 20), Mark("b", 26), Mark("", 40)]
    settled = places.settle(found, np.where(np.arange(50) < 40, 1.0, 0))
    assert settled == [Mark("a", 0), Mark("b", 23), Mark("", 40)]


def test_silence_has_no_places():
    with pytest.raises(CorpusError, match="silence"):
        places.settle([Mark("a", 1), Mark("", 3)], np.zeros(9))
    with pytest.raises(CorpusError, match="no time"):
        places.settle([Mark("a", 1), Mark("b", 5), Mark("c", 5), Mark("", 9)], np.ones(9))


@given(st.lists(st.booleans(), max_size=30), st.integers(-3, 12), st.integers(0, 40))
def test_the_quietest_run_is_that_of_brute_force(loud, start, stop):
    begin, end = places.quietest(np.array(loud, bool), start, stop)
    first, last = max(0, start), min(stop, len(loud))
    runs = [j - i for i in range(first, last) for j in range(i + 1, last + 1) if not any(loud[i:j])]
    assert end - begin == max(runs, default=0)
    assert not any(loud[begin:end])


@given(
    st.text("abAˈ ,ˌ.", min_size=1, max_size=12).filter(lambda s: any(map(places.sounds, s))),
    st.data(),
)
def test_places_go_forward_and_cover_the_clip(symbols, data):
    each = st.lists(st.integers(1, 9), min_size=len(symbols) + 2, max_size=len(symbols) + 2)
    units = data.draw(each)
    frames = 2 * sum(units)
    random = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    levels = np.repeat(random.random(frames) < random.random(), 3)[:frames].astype(float)
    levels[random.integers(frames)] = 1.0
    settled = places.settle(places.marks(symbols, units), levels)
    rows = places.rows(settled, 8, 200)
    spoken = [places.IPA.get(s, s) for s in symbols if places.sounds(s)]
    assert [row[0].lstrip("ˈˌ") for row in rows if row[0]] == spoken
    assert rows[0][:2] == ["", 0] and rows[-1][0] == ""
    assert all(one[2] == other[1] for one, other in zip(rows, rows[1:], strict=False))
    assert all(start < stop for _, start, stop in rows)


# The network, and the package


def test_an_output_is_added_by_appending():
    # ModelProto{7: GraphProto{12: ValueInfoProto{1: "abc"}}}
    assert voice.with_output(b"model", "abc") == b"model\x3a\x07\x62\x05\x0a\x03abc"


def test_without_the_voice(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(voice, "find_spec", lambda name: None)
    out = tmp_path / "out"
    with pytest.raises(CorpusError, match="pip install hibari-tts==0.2.1"):
        corpora.build("sentences", out=out)
    assert main(["corpora", "build", "sentences", "--out", str(out)]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and "aigc_edu[voice]" in told and not out.exists()


@pytest.mark.parametrize(("version", "files"), [("0.2.2", voice.FILES), ("0.2.1", "0" * 64)])
def test_another_package(monkeypatch, version, files):
    monkeypatch.setattr(voice, "find_spec", lambda name: object())
    monkeypatch.setattr(voice.metadata, "version", lambda name: version)
    monkeypatch.setattr(voice, "fingerprint", lambda: files)
    with pytest.raises(CorpusError, match="and here is another"):
        voice.check_installed()


def test_the_very_package_passes(monkeypatch):
    monkeypatch.setattr(voice, "find_spec", lambda name: object())
    monkeypatch.setattr(voice.metadata, "version", lambda name: voice.VERSION)
    monkeypatch.setattr(voice, "fingerprint", lambda: voice.FILES)
    voice.check_installed()


@pytest.mark.parametrize("sets", [["S999"], []])
def test_unknown_sets(tmp_path, sets):
    with pytest.raises(CorpusError, match="the recipe has no set"):
        corpora.build("sentences", out=tmp_path / "out", sets=sets)
    with pytest.raises(InvalidValueError, match="no option 'voices' to build it with; it has sets"):
        corpora.build("sentences", out=tmp_path / "out", voices=["en"])
    assert not (tmp_path / "out").exists()


def test_the_parts_go_by_the_place_in_the_set():
    for rows in sentences.texts().values():
        parts = [sentence.part for sentence in rows]
        assert len(rows) == 15 and parts.count("train") == 13
        assert (parts[4], parts[9]) == ("validation", "test")


class Hum:
    """A voice that hums for a tenth of a second, whatever is to be said."""

    def say(self, text, seed):
        tone = np.sin(np.arange(voice.FRAME * 8) * (1 + seed % 7) / 9) / 2
        return voice.Spoken(tone, [["", 0, len(tone)]])


def test_a_making_is_loaded_replaced_and_refused_where_others_are(monkeypatch, tmp_path):
    monkeypatch.setattr(sentences, "Voice", Hum)
    monkeypatch.setattr(sentences, "made_with", dict)
    for _ in range(2):  # the second replaces the first
        made = sentences.build(tmp_path / "out", SLICE)
    loaded = corpora.load("sentences", root=made)
    assert [clip.key for clip in loaded if clip.split == "test"] == ["S016-0010"]
    assert {len(clip.samples) for clip in loaded} == {voice.FRAME * 8}
    assert len({clip.samples.tobytes() for clip in loaded}) > 1, "a seed for each sentence"
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CorpusError, match="cannot be written"):
        sentences.build(tmp_path / "file", SLICE)
    with pytest.raises(CorpusError, match="holds other files"):
        sentences.build(tmp_path, SLICE)


# With the voice itself


def test_the_same_seed_gives_the_same_samples(speaker):
    one, two = speaker.say(TEXT, 7), voice.Voice().say(TEXT, 7)
    assert np.array_equal(one.samples, two.samples) and one.phonemes == two.phonemes
    other = speaker.say(TEXT, 8)
    assert other.phonemes == one.phonemes and not np.array_equal(other.samples, one.samples)


def test_a_clip_is_what_ships(speaker):
    shipped = next(clip for clip in corpora.load("sentences") if clip.text == TEXT)
    (again,) = sentences.speak([sentences.texts()["S001"][0]], speaker)
    assert [row[0] for row in again["phonemes"]] == [p.symbol for p in shipped.phonemes]
    # Elsewhere onnxruntime rounds otherwise, and a phoneme may get a unit of 25 ms more or less.
    assert abs(len(again["samples"]) - len(shipped.samples)) <= 4 * 400
    ratio = np.mean(again["samples"].astype(float) ** 2) / np.mean(shipped.samples**2) / 32768**2
    assert 0.8 < ratio < 1.25


@pytest.fixture(scope="module")
def index():
    folder = corpora.describe("sentences").folder
    return json.loads((folder / "index.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def made(speaker, index, tmp_path_factory):
    if sentences.made_with() != index["made_with"]:
        pytest.skip(f"made with {index['made_with']}, here is {sentences.made_with()}")
    made = sentences.build(tmp_path_factory.mktemp("made"), SLICE)
    again = json.loads((made / "index.json").read_text(encoding="utf-8"))["clips"][0]
    (shipped,) = (row for row in index["clips"] if row["key"] == again["key"])
    if again["length"] != shipped["length"]:
        pytest.skip("onnxruntime rounds otherwise on this processor")
    return made


def test_a_slice_comes_out_equal(made):
    again = corpora.load("sentences", root=made)
    shipped = {clip.key: clip for clip in corpora.load("sentences")}
    assert len(again) == 15 * len(SLICE)
    for clip in again:
        assert clip.text == shipped[clip.key].text and clip.split == shipped[clip.key].split
        assert clip.phonemes == shipped[clip.key].phonemes, clip.key
        assert np.abs(clip.samples - shipped[clip.key].samples).max() < 0.05, clip.key


def test_the_index_of_a_slice_is_that_of_the_whole(made, index):
    again = json.loads((made / "index.json").read_text(encoding="utf-8"))
    assert {k: v for k, v in again.items() if k != "clips"} == {
        k: v for k, v in index.items() if k != "clips"
    }
    where = {"start"}  # in a slice, a clip lies elsewhere in its file
    rows = [{k: v for k, v in row.items() if k not in where} for row in index["clips"]]
    for row in again["clips"]:
        assert {k: v for k, v in row.items() if k not in where} in rows


def test_several_sentences_in_one_text(speaker):
    one, two = speaker.say("Yes.", 0), speaker.say("Yes. No! It is three.", 0)
    assert len(two.samples) == two.phonemes[-1][2]
    assert np.array_equal(two.samples[: len(one.samples)], one.samples)
    assert [row[0] for row in two.phonemes].count("") == 4  # before, twice between, after
    assert all(a[2] == b[1] for a, b in zip(two.phonemes, two.phonemes[1:], strict=False))


@pytest.mark.parametrize("text", ["", " ", "...", "?!", "\n", "漢字"])
def test_no_words(speaker, text):
    assert speaker.read(text) == []
    with pytest.raises(CorpusError, match="nothing to say"):
        speaker.say(text, 0)
