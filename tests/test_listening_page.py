"""A page with a listening test, made of a folder: by Python, by the command, in a browser."""

from __future__ import annotations

import re

import numpy as np
import pytest
from test_interactive_browser import opened  # noqa: F401

from aigc_edu import dsp
from aigc_edu.audio import loudness, write
from aigc_edu.cli import main
from aigc_edu.teaching.listening_page import ListeningPageError, write_listening_page

RATE = 16_000


@pytest.fixture
def folder(tmp_path):
    """A folder with two items in three versions, of several levels, rates and formats."""
    random = np.random.default_rng(0)
    for n, item in enumerate(("one", "two")):
        tone = dsp.sine(300 + 100 * n, 0.5, RATE)
        write(tmp_path / "My sounds" / "reference" / f"{item}.wav", 0.5 * tone, RATE)
        noisy = np.clip(0.05 * tone + 0.01 * random.normal(size=len(tone)), -1, 1)
        write(tmp_path / "My sounds" / "noisy" / f"{item}.flac", noisy, RATE)
        write(tmp_path / "My sounds" / "slow" / f"{item}.wav", 0.3 * tone[::2], RATE // 2)
    (tmp_path / "My sounds" / "notes.txt").write_text("not a version")
    return tmp_path / "My sounds"


def test_all_come_out_equally_loud_at_one_rate_with_an_anchor(folder, tmp_path):
    test = write_listening_page(folder, tmp_path / "page.html", seed=3)
    assert test.name == "My-sounds" and test.items == ["one", "two"] and test.rate == RATE
    assert sorted(test.versions) == ["anchor", "noisy", "reference", "slow"]
    levels = [loudness(x, RATE) for own in test.sounds.values() for x in own.values()]
    assert np.ptp(levels) < 0.1
    text = (tmp_path / "page.html").read_text("utf-8")
    assert "http" not in re.sub(r"<script type=\"application/json\">.*?</script>", "", text)
    assert not list(tmp_path.glob(".*"))


def test_no_version_loses_its_highs_to_a_slower_one(folder, tmp_path):
    for path in (folder / "noisy").iterdir():  # the first of all by its name
        write(path, 0.3 * dsp.sine(300, 0.5, RATE // 2), RATE // 2)
    (folder / "noisy" / "._one.flac").write_bytes(b"what macOS leaves")
    test = write_listening_page(folder, tmp_path / "page.html")
    assert test.rate == RATE and len(test.sounds["one"]["noisy"]) == RATE // 2


def test_the_anchor_is_the_reference_without_what_lies_above(folder, tmp_path):
    high = 0.3 * dsp.sine(6000, 0.5, RATE) + 0.3 * dsp.sine(500, 0.5, RATE)
    for item in ("one", "two"):
        write(folder / "reference" / f"{item}.wav", high, RATE)
    test = write_listening_page(folder, tmp_path / "page.html")

    def power(x, f):
        return np.abs(np.fft.rfft(x)[round(f * len(x) / RATE)]) ** 2

    real, anchor = (test.sounds["one"][name] for name in ("reference", "anchor"))
    assert len(anchor) == len(real)
    assert power(real, 6000) / power(real, 500) == pytest.approx(1, rel=0.01)
    assert power(anchor, 6000) / power(anchor, 500) < 1e-4


def test_the_command_makes_a_page_and_says_what_it_holds(folder, tmp_path, capsys):
    out = tmp_path / "new" / "page.html"
    assert main(["listening", str(folder), "--out", str(out), "--rounds", "2"]) == 0
    assert "4 trials of" in capsys.readouterr().out and out.is_file()
    assert main(["listening", str(folder), "--out", str(out)]) == 2
    told = capsys.readouterr().err
    assert "stays as it is" in told and told.count("\n") == 1
    assert main(["listening", str(folder), "--out", str(tmp_path / "b.html"), "--kind", "ab"]) == 2
    assert "AB test has two versions" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("spoil", "options", "told"),
    [
        (lambda f: (f / "noisy" / "one.flac").unlink(), {}, "and noisy don't match: one"),
        (lambda f: [p.unlink() for p in (f / "noisy").iterdir()], {}, "don't match|no sound files"),
        (
            lambda f: write(f / "noisy" / "one.flac", np.zeros(9000), RATE),
            {},
            "one.flac: is silent",
        ),
        (lambda f: write(f / "slow" / "two.wav", np.ones(9), RATE), {"kind": "mos"}, "kind is"),
        (lambda f: (f / "slow" / "two.wav").write_text("no"), {}, "not a readable sound file"),
        (
            lambda f: write(f / "slow" / "two.flac", np.ones(9), RATE),
            {},
            "two.flac and two.wav have",
        ),
        (lambda f: None, {"reference": "clean"}, "no folder 'clean'"),
        (
            lambda f: write(f / "slow" / "two.wav", np.tile(dsp.sine(300, 1.0, 8000), 40), 8000),
            {},
            "30 s are the most",
        ),
    ],
)
def test_a_broken_folder_gets_one_line_that_names_the_place(folder, tmp_path, spoil, options, told):
    spoil(folder)
    with pytest.raises(Exception, match=told) as caught:
        write_listening_page(folder, tmp_path / "page.html", **options)
    assert "\n" not in str(caught.value) and not (tmp_path / "page.html").exists()


def test_what_is_no_folder_of_folders_is_refused(folder, tmp_path):
    for wrong in (tmp_path / "missing", folder / "noisy"):
        with pytest.raises(ListeningPageError, match="no folder|two or more"):
            write_listening_page(wrong, tmp_path / "page.html")


def test_the_page_works_alone_on_a_phone(browser, folder, tmp_path):
    write_listening_page(folder, tmp_path / "page.html")
    page, errors, requests = browser.new_page(viewport={"width": 390, "height": 800}), [], []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.goto((tmp_path / "page.html").as_uri())
    assert page.get_by_role("heading", name="Listening test").count() == 1
    page.get_by_role("button", name="A", exact=True).click()
    page.wait_for_function("() => aigcFigures.sound.voice")
    page.get_by_role("slider", name="Rating of D").fill("70")
    assert page.get_by_text("70, good").count() == 1
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
    assert not errors and len(requests) == 1
    page.close()
