"""The players in a real browser: from a folder and from a server without ranges, by keyboard and
by mouse, with a script and without."""

from __future__ import annotations

import base64
import io
import re
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf
from conftest import _QuietHandler

from aigc_edu.teaching import player
from aigc_edu.teaching.flipbook import flipbook
from aigc_edu.teaching.players import INLINE, compact

RATE = 8000
T = np.arange(2 * RATE) / RATE
CLIPS = {
    "a word": 0.4 * np.sin(2 * np.pi * 200 * T) * np.exp(-T),
    "half as loud": 0.2 * np.sin(2 * np.pi * 200 * T) * np.exp(-T),
    "a click, short": 0.3 * np.sin(2 * np.pi * 900 * T[:4000]),
}
PAGE = (
    "<!doctype html><html lang=en><meta charset=utf-8>"
    "<meta name=viewport content='width=device-width, initial-scale=1'><link rel=icon href=data:,>"
    "<title>players</title>"
    "<body style='margin:16px;font:16px/1.65 sans-serif'><main>{}</main></body></html>"
)
PATIENCE = 10_000
NOW = "() => document.querySelectorAll('audio')[{}].currentTime"
RUNNING = "() => [...document.querySelectorAll('audio')].map((a) => !a.paused)"
Opener = Callable[..., Any]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two pages: one with its sounds inside, one with them in files beside it."""
    markup = player(CLIPS, RATE, "Three clips").markup
    (tmp_path / "inside.html").write_text(PAGE.format(markup), "utf-8")
    for number, code in enumerate(INLINE.findall(markup)):
        (tmp_path / f"{number}.wav").write_bytes(base64.b64decode(code.partition(",")[2]))
        markup = markup.replace(code, f"{number}.wav")
    (tmp_path / "beside.html").write_text(PAGE.format(markup), "utf-8")
    return tmp_path


@pytest.fixture(params=["file inside", "file beside", "http beside"])
def opened(request: Any, browser: Any, folder: Path) -> Iterator[Opener]:
    """A function that opens the page in each of the ways in which readers have it."""
    pages, (scheme, name) = [], request.param.split()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_QuietHandler, directory=folder)) as httpd:
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        origin = folder.as_uri() if scheme == "file" else f"http://127.0.0.1:{httpd.server_port}"

        def open_(**options: Any) -> Any:
            page = browser.new_page(**{"viewport": {"width": 720, "height": 800}, **options})
            page.set_default_timeout(PATIENCE)
            page.errors = []
            page.on("pageerror", lambda error: page.errors.append(str(error)))
            page.on("console", lambda message: page.errors.append(message.text))
            page.goto(f"{origin}/{name}.html")
            pages.append(page)
            return page

        yield open_
        for page in pages:
            assert not page.errors
            page.close()
        httpd.shutdown()


def button(page: Any, name: str, **more: Any) -> Any:
    return page.get_by_role("button", name=name, exact=True, **more)


def until(page: Any, condition: str) -> None:
    page.wait_for_function(condition, timeout=PATIENCE)


def test_it_plays_and_pauses_by_keyboard_and_one_at_a_time(opened: Opener) -> None:
    page = opened()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.ariaLabel") == "Play a word"
    page.keyboard.press("Enter")
    until(page, f"({NOW.format(0)})() > 0.02")
    assert page.evaluate("document.activeElement.ariaLabel") == "Pause a word"
    button(page, "Play half as loud").press(" ")
    until(page, f"({NOW.format(1)})() > 0.02")
    assert page.evaluate(RUNNING) == [False, True, False]
    button(page, "Pause half as loud").press(" ")
    assert page.evaluate(RUNNING) == [False, False, False]


def test_when_it_has_ended_it_stands_at_the_beginning(opened: Opener) -> None:
    page = opened()
    page.evaluate("""() => document.querySelectorAll('audio')[2]
      .addEventListener('ended', () => { window.heard = true; })""")
    button(page, "Play a click, short").click()
    until(page, "window.heard")
    until(page, "document.querySelectorAll('audio')[2].paused")
    until(page, f"({NOW.format(2)})() === 0")
    assert button(page, "Play a click, short").count() == 1


@pytest.mark.parametrize("heard_before", [False, True])
def test_the_waveform_is_where_one_seeks(opened: Opener, heard_before: bool) -> None:
    page = opened()
    if heard_before:
        button(page, "Play a word").click()
        until(page, f"({NOW.format(0)})() > 0.02")
        button(page, "Pause a word").click()
    seek = page.get_by_role("slider", name="Position in a word")
    box = seek.bounding_box()
    page.mouse.click(box["x"] + 0.75 * box["width"], box["y"] + box["height"] / 2)
    until(page, f"Math.abs(({NOW.format(0)})() - 1.5) < 0.04")
    for key, expected in (("ArrowLeft", 1.48), ("Home", 0), ("ArrowRight", 0.02), ("PageUp", 0.22)):
        seek.press(key)
        until(page, f"Math.abs(({NOW.format(0)})() - {expected}) < 0.041")
    assert seek.get_attribute("aria-valuetext") == "0.2 of 2.0 seconds"
    seek.press(" ")
    until(page, f"({NOW.format(0)})() > 0.3")
    assert page.evaluate(NOW.format(0)) < 1.0, "it plays from where one has gone"


def test_every_control_has_a_name_and_can_be_reached(opened: Opener) -> None:
    page = opened()
    button(page, "Loop, speed and download of a word").click()
    names = []
    for _ in range(12):
        page.keyboard.press("Tab")
        names.append(page.evaluate(
            "(() => { const e = document.activeElement;"
            " return e.ariaLabel || e.labels?.[0]?.textContent.trim() || e.textContent; })()"
        ))  # fmt: skip
    assert names[0] == "Loop" and names[1].startswith("Speed") and names[2] == "Download"
    assert names[3:6] == ["Play half as loud", "Position in half as loud",
                          "Loop, speed and download of half as loud"]  # fmt: skip
    groups = page.get_by_role("group").evaluate_all("(all) => all.map((e) => e.ariaLabel)")
    assert groups == ["Three clips", *CLIPS]
    page.keyboard.press("Escape")
    more = button(page, "Loop, speed and download of a word")
    more.press("Escape")
    assert more.get_attribute("aria-expanded") == "false"


def test_loop_and_speed(opened: Opener) -> None:
    page = opened()
    button(page, "Loop, speed and download of a click, short").click()
    page.get_by_role("checkbox", name="Loop").check()
    page.get_by_role("combobox", name="Speed").select_option("2")
    page.evaluate("""() => { window.rounds = 0; let last = 0;
      const audio = document.querySelectorAll('audio')[2];
      setInterval(() => { if (audio.currentTime < last) window.rounds++;
        last = audio.currentTime; }, 5); }""")
    button(page, "Play a click, short").click()
    until(page, "window.rounds >= 2")
    state = page.evaluate(
        "(() => { const a = document.querySelectorAll('audio')[2];"
        " return [a.loop, a.playbackRate, a.preservesPitch]; })()"
    )
    assert state == [True, 2, False]
    page.get_by_role("checkbox", name="Loop").uncheck()
    until(page, "document.querySelectorAll('audio')[2].paused")


def test_the_download_is_the_sound_to_the_sample(opened: Opener) -> None:
    page = opened()
    for number, (name, x) in enumerate(CLIPS.items()):
        button(page, f"Loop, speed and download of {name}").click()
        link = page.get_by_role("link", name="Download").nth(number)
        assert re.fullmatch(r"[a-z-]+\.wav", link.get_attribute("download"))
        address = link.evaluate("(e) => e.href")
        if address.startswith("data:"):
            content = base64.b64decode(address.partition(",")[2])
        else:
            content = page.request.get(address).body() if "http" in address else Path(
                address.removeprefix("file://")).read_bytes()  # fmt: skip
        heard, rate = sf.read(io.BytesIO(content), dtype="int16")
        assert rate == RATE and np.array_equal(heard, np.round(x * 32768).astype(np.int16))
        played = page.evaluate("(n) => document.querySelectorAll('audio')[n].currentSrc", number)
        assert played in ("", address), "what is played is what is downloaded"


def test_without_a_script_the_browsers_own_players_stand_there(opened: Opener) -> None:
    page = opened(java_script_enabled=False)
    players = page.locator("audio[controls]")
    assert players.count() == len(CLIPS)
    assert players.evaluate_all("(all) => all.map((e) => e.ariaLabel)") == list(CLIPS)
    assert all(players.nth(n).bounding_box()["height"] > 30 for n in range(len(CLIPS)))
    assert page.locator(".aigc-wave svg").count() == len(CLIPS)
    assert page.get_by_role("button").count() == 0


def test_a_phone_shows_two_in_the_height_of_one_of_the_browsers(opened: Opener) -> None:
    page = opened(viewport={"width": 390, "height": 844})
    clips = page.locator(".aigc-clip")
    boxes = [clips.nth(n).bounding_box() for n in range(2)]
    bottom = max(box["y"] + box["height"] for box in boxes) - min(box["y"] for box in boxes)
    assert bottom <= 78, "a line of text, and 2.6 rem for the browser's own player"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_one_row_has_one_scale_and_one_axis(opened: Opener) -> None:
    page = opened()
    sizes = page.evaluate("""() => [...document.querySelectorAll('.aigc-wave')].map((e) => {
      const path = e.querySelector('path').getBoundingClientRect();
      return [path.width, path.height, e.getBoundingClientRect().height]; })""")
    (word, half, click) = sizes
    assert half[1] / word[1] == pytest.approx(0.5, abs=0.06)
    assert word[1] / word[2] == pytest.approx(0.4 / 0.5, abs=0.06), "drawn to 0.5"
    assert click[0] / word[0] == pytest.approx(len(CLIPS["a click, short"]) / len(T), abs=0.05)


def test_what_comes_later_is_brought_to_life_and_the_script_runs_once(opened: Opener) -> None:
    page = opened()
    page.evaluate("(html) => document.querySelector('main').insertAdjacentHTML('beforeend', html)",
                  player(CLIPS["a word"], RATE, "later").markup)  # fmt: skip
    until(page, "document.querySelectorAll('.aigc-play').length === 4")
    page.add_script_tag(content=compact("players.js"))
    assert page.locator(".aigc-play").count() == 4 == page.locator(".aigc-more").count()


def test_a_sound_that_is_gone_gives_way_to_the_browsers_player(
    browser: Any, tmp_path: Path
) -> None:
    markup = INLINE.sub("gone.wav", player(CLIPS["a word"], RATE, "gone").markup)
    (tmp_path / "gone.html").write_text(PAGE.format(markup), "utf-8")
    page = browser.new_page()
    page.goto((tmp_path / "gone.html").as_uri())
    button(page, "Play gone").click()
    page.locator("audio[controls]").wait_for(state="visible")
    page.close()


@pytest.mark.parametrize("script", [True, False])
def test_a_slider_flips_through_frames(browser: Any, tmp_path: Path, script: bool) -> None:
    frames = {f"{n} bits": [player(x, RATE)] for n, x in enumerate(CLIPS.values())}
    (tmp_path / "book.html").write_text(PAGE.format(flipbook(frames, "Depth").markup), "utf-8")
    page = browser.new_page(java_script_enabled=script)
    page.goto((tmp_path / "book.html").as_uri())
    shown = "(all) => all.filter((e) => e.getClientRects().length).length"
    if script:
        slider = page.get_by_role("slider", name="Depth", exact=True)
        slider.press("End")
        assert slider.get_attribute("aria-valuetext") == "2 bits" == page.inner_text("output")
        assert page.locator(".aigc-frame:visible").get_attribute("data-text") == "2 bits"
        slider.press("ArrowLeft")
        assert page.locator(".aigc-frame:visible").get_attribute("data-text") == "1 bits"
    else:
        assert page.locator(".aigc-frame-name").evaluate_all(shown) == len(frames)
    page.close()
