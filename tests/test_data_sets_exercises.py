"""The checks of *Data sets* accept right answers and name the typical mistakes."""

import csv
import random
import re
import zlib

import numpy as np
import pytest
import scipy.signal

from aigc_edu import dsp
from aigc_edu.checks.sound import data_sets as checks
from aigc_edu.teaching import check

# ---------------------------------------------------------------- a line of LJSpeech


def row(line, column=2, fall_back=True, strip=True, quotes=True):
    name, *texts = line.rstrip("\n").split("|") if strip else line.split("|")
    text = texts[min(column - 1, len(texts) - 1)] if fall_back else texts[column - 1]
    text = text or (texts[0] if fall_back else "")
    return name, text if quotes else text.replace('"', "")


def by_csv(line):
    name, *texts = next(csv.reader([line], delimiter="|", quoting=csv.QUOTE_NONE))
    return [name, texts[-1] or texts[0]]


def test_ljspeech_accepts_what_is_right():
    assert check("datasets-ljspeech", row).passed
    assert check("datasets-ljspeech", by_csv).passed  # another way, and a list


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda line: row(line, column=1), "as printed, with digits"),
        (lambda line: row(line, quotes=False), "quotation marks are lost"),
        (lambda line: row(line, strip=False), "line end is still"),
        (lambda line: row(line, fall_back=False), "two columns, and there your code stops"),
        (lambda line: tuple(line.rstrip("\n").split("|")), "Return two things"),
        (lambda line: row(line)[::-1], "what stands before the first |"),
        (lambda line: (row(line)[0], line.rstrip("\n").split("|")[-1]), "there but empty"),
        (lambda line: (row(line)[0], "something"), "should give"),
    ],
)
def test_ljspeech_names_the_mistake(answer, hint):
    assert hint in check("datasets-ljspeech", answer).hint


def test_ljspeech_by_the_default_of_csv_is_not_passed():
    def default(line):
        name, *texts = next(csv.reader([line], delimiter="|"))
        return name, texts[-1] or texts[0]

    assert not check("datasets-ljspeech", default).passed


# ---------------------------------------------------------------- a name of NSynth


def note(name):
    instrument, pitch, velocity = name.rsplit("-", 2)
    family, source, _ = instrument.rsplit("_", 2)
    return family, source, int(pitch), int(velocity)


def by_pattern(name):
    match = re.fullmatch(r"(.+)_(acoustic|electronic|synthetic)_\d+-(\d+)-(\d+)", name)
    return [match[1], match[2], int(match[3]), int(match[4])]


def naive(name):
    instrument, pitch, velocity = name.split("-")
    family, source, _ = instrument.split("_")
    return family, source, int(pitch), int(velocity)


def by_parts(name):
    parts = name.replace("-", "_").split("_")
    return parts[0], parts[1], int(parts[-2]), int(parts[-1])


def test_nsynth_accepts_what_is_right():
    assert check("datasets-nsynth", note).passed and check("datasets-nsynth", by_pattern).passed
    as_numpy = check("datasets-nsynth", lambda n: (*note(n)[:2], *np.array(note(n)[2:])))
    assert as_numpy.passed


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (naive, "an underscore of its own. Cut from the right, with rsplit"),
        (by_parts, "The family is synth_lead"),
        (lambda n: (*note(n)[:2], *n.split("-")[1:]), "are text yet"),
        (lambda n: (*note(n)[:2], *note(n)[:1:-1]), "swapped"),
        (lambda n: ("_".join(note(n)[:2]), *note(n)[1:]), "has the source in it"),
        (lambda n: note(n)[:3], "Return family, source, pitch and velocity"),
        (lambda n: (*note(n)[:3], 0), "should give"),
    ],
)
def test_nsynth_names_the_mistake(answer, hint):
    assert hint in check("datasets-nsynth", answer).hint


# ---------------------------------------------------------------- a split that doesn't leak


def by_crc(sources, parts=5):
    return [zlib.crc32(source.encode()) % parts == 0 for source in sources]


def by_clip(sources):
    return [zlib.crc32(f"{i}{source}".encode()) % 5 == 0 for i, source in enumerate(sources)]


def by_chance(sources):
    chosen = {source for source in sources if random.random() < 0.2}
    return [source in chosen for source in sources]


def chosen_by_seed(sources):
    names = list(dict.fromkeys(sources))
    random.Random(0).shuffle(names)
    return np.isin(sources, names[: len(names) // 5])


def first_of_the_sorted(sources):
    names = sorted(set(sources))
    return np.isin(sources, names[: len(names) // 5])


def test_split_accepts_what_is_right():
    assert check("datasets-split", by_crc).passed
    assert check("datasets-split", lambda s: np.array(by_crc(s), int)).passed


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (by_clip, "is on both sides"),
        (lambda s: by_crc(s, 2), "A fifth of the sources is wanted"),
        (lambda s: [False] * len(s), "and 0 of 120 are yours"),
        (lambda s: sorted(set(s))[:20], "one True or False for each clip"),
        (lambda s: s, "True or False for each clip, not"),
        (chosen_by_seed, "in another order"),
        (lambda s: [hash(source) % 5 == 0 for source in s], "each time that Python starts"),
    ],
)
def test_split_names_the_mistake(answer, hint):
    assert hint in check("datasets-split", answer).hint


def test_split_names_what_moves_when_clips_are_added():
    # "later-..." sorts behind "recording-..." backwards, so the last of the old ones move
    def last_of_the_sorted(sources):
        names = sorted(set(sources))[::-1]
        return np.isin(sources, names[: len(names) // 5])

    assert "new recordings are added" in check("datasets-split", last_of_the_sorted).hint
    assert "new recordings are added" in check("datasets-split", first_of_the_sorted).hint


def test_split_names_a_draw_by_chance(monkeypatch):
    calls = iter(range(100))

    def another_each_time(sources):
        number = next(calls)
        return [zlib.crc32(f"{number}{source}".encode()) % 5 == 0 for source in sources]

    assert "gives two answers" in check("datasets-split", another_each_time).hint
    assert not check("datasets-split", by_chance).passed


# ---------------------------------------------------------------- how far up?


def bandwidth(x, rate, *, share=1e-6, power_of=None, frame=1024):
    power = np.mean(np.abs(dsp.stft(x, frame, frame // 2)) ** 2, axis=1)
    power = power if power_of is None else power_of(np.abs(dsp.stft(x, frame, frame // 2)) ** 2)
    return dsp.bin_frequencies(frame, rate)[power >= share * power.max()].max()


def by_scipy(x, rate):
    f, power = scipy.signal.welch(x, rate, nperseg=1024)
    return f[10 * np.log10(power / power.max() + 1e-30) >= -60].max()


def test_bandwidth_accepts_what_is_right():
    assert check("datasets-bandwidth", bandwidth).passed
    assert check("datasets-bandwidth", by_scipy).passed
    assert check("datasets-bandwidth", lambda x, rate: bandwidth(x, rate, frame=2048)).passed


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda x, rate: rate / 2, "half of the rate"),
        (lambda x, rate: bandwidth(x, rate, share=1e-3), "60 dB are a factor of 10^6"),
        (lambda x, rate: bandwidth(x, rate, share=1e-12), "with 10^-12"),
        (lambda x, rate: bandwidth(x, rate) / rate * 1024, "the number of the bin"),
        (lambda x, rate: bandwidth(x, rate, share=1.0), "the strongest frequency"),
        (lambda x, rate: bandwidth(x, rate, power_of=lambda p: p[:, 0]), "first frame alone"),
        (lambda x, rate: [1.0, 2.0], "One number is asked for"),
        (lambda x, rate: 5.0, "it should be about"),
    ],
)
def test_bandwidth_names_the_mistake(answer, hint):
    assert hint in check("datasets-bandwidth", answer).hint


# ---------------------------------------------------------------- may it be published?


def may(licences, commercial):
    """The rules in other words than the check's."""
    if "CC BY-ND" in licences or (commercial and any("NC" in k for k in licences)):
        return False
    alike = {k for k in licences if k.endswith("SA")}
    if alike == {"CC BY-SA"}:
        return not any("NC" in k for k in licences)
    return len(alike) <= 1


def test_licence_accepts_what_is_right():
    assert check("datasets-licence", may).passed
    assert check("datasets-licence", lambda k, c: int(may(k, c))).passed


@pytest.mark.parametrize("hint", list(checks._LICENCE_MISTAKES))
def test_licence_names_the_mistake(hint):
    mistaken = checks._LICENCE_MISTAKES[hint]
    assert check("datasets-licence", lambda k, c: mistaken(k, c)).hint == hint


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda k, c: True, "A mix of CC BY-NC may not be sold"),
        (lambda k, c: False, "A mix of CC0 may be given away"),
        (lambda k, c: may(k, not c), "A mix of CC BY-NC may be given away"),
    ],
)
def test_licence_shows_the_first_wrong_case(answer, hint):
    assert hint in check("datasets-licence", answer).hint
