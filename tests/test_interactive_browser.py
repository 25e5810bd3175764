"""The interactive figures in a real browser: their scripts against NumPy, picture, sound, keys."""

from __future__ import annotations

import base64
import itertools
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
from conftest import CHAPTERS
from test_book_browser import NARROW, WIDE, visits
from test_interactive import SEEN_ONLY

from aigc_edu.teaching.interactive import FED, FIGURES, InteractiveFigure, Shown

PATIENCE = 60_000  # milliseconds; a machine that also does other work needs some
TOLERANCE = 1e-3  # of the samples, of full scale; of the curves, in their own units
VOLUME, LOUDEST = 0.6**2, 0.2  # what a figure begins with, and the guard's limit

each_figure = pytest.mark.parametrize("figure", FIGURES.values(), ids=lambda figure: figure.name)

PAGE = """<!doctype html><html lang="en" {attributes}><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>figures</title><style>
html {{ background: #ffffff; color: #323232; font-family: sans-serif; }}
html[data-theme="dark"] {{ background: #121212; color: #ced6dd; }}
</style></head><body>{figures}</body></html>"""

# Moves controls to settings (name and number of each), then tells what is heard and seen.
MOVE = """([settings, look]) => {
  const pack = (numbers) => {
    const bytes = new Uint8Array(Float64Array.from(numbers).buffer);
    let text = '';
    for (let n = 0; n < bytes.length; n += 8192) {
      text += String.fromCharCode(...bytes.subarray(n, n + 8192));
    }
    return btoa(text);
  };
  const element = document.querySelector('[data-aigc-figure]'), figure = element.aigc;
  for (const [name, number] of Object.entries(settings)) {
    const control = element.querySelector(`[name="${name}"]`);
    if (control.tagName === 'SELECT') control.selectedIndex = number;
    else control.value = number;
  }
  const last = element.querySelector('.aigc-controls [name]');
  if (Object.keys(settings).length) last.dispatchEvent(new Event('input'));
  return {
    values: figure.values(),
    samples: pack(figure.heard),
    curves: Object.entries(figure.seen).map(([name, curve]) => [name, pack(curve)]),
    reading: element.querySelector('.aigc-reading').textContent,
    alt: element.querySelector('canvas').getAttribute('aria-label'),
    picture: look ? element.querySelector('canvas').toDataURL() : '',
  };
}"""

# Listens for a while: the largest RMS and the largest sample of what goes to the loudspeakers.
LISTEN = """async (seconds) => {
  const {sound} = window.aigcFigures, figure = sound.owner, now = () => figure.output();
  let rms = 0, peak = 0;
  const begin = sound.context.currentTime;
  for (let k = 0; k < 600 && sound.context.currentTime < begin + seconds; k++) {
    const x = now();
    rms = Math.max(rms, Math.sqrt(x.reduce((sum, v) => sum + v * v, 0) / x.length));
    peak = Math.max(peak, ...x.map(Math.abs));
    await new Promise((done) => setTimeout(done, 20));
  }
  return {rms, peak, state: sound.context.state, ran: sound.context.currentTime - begin};
}"""

# The frequency that is strongest in what goes to the loudspeakers.
PITCH = """() => {
  const {meter, context} = window.aigcFigures.sound;
  const levels = new Float32Array(meter.frequencyBinCount);
  meter.getFloatFrequencyData(levels);
  return levels.indexOf(Math.max(...levels)) * context.sampleRate / meter.fftSize;
}"""


class Opened:
    """A page of figures, opened from a folder, and what went wrong on it."""

    def __init__(self, page: Any) -> None:
        self.page, self.errors, self.requests = page, [], []
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda message: self.errors.append(message.text))
        page.on("request", lambda request: self.requests.append(request.url))

    def move(self, look: bool = False, **numbers: int) -> dict[str, Any]:
        """Set controls of the first figure to their settings' numbers; return what comes of it."""
        return self.page.evaluate(MOVE, [numbers, look])


Opener = Callable[..., Opened]


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Opener]:
    """A function that opens figures, or any HTML, on a page of their own."""
    pages = []

    def open_(*figures: InteractiveFigure | str, theme: str = "", **options: Any) -> Opened:
        forms = [f if isinstance(f, str) else Shown(f, f.settings())._repr_html_() for f in figures]
        file = tmp_path / f"figures{len(pages)}.html"
        attributes = f'data-theme="{theme}"' if theme else ""
        file.write_text(PAGE.format(figures="\n".join(forms), attributes=attributes), "utf-8")
        pages.append(Opened(browser.new_page(**options)))
        pages[-1].page.goto(file.as_uri())
        return pages[-1]

    yield open_
    for one in pages:
        one.page.close()


def unpacked(text: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), np.float64)


# ---------------------------------------------------------------- the script against NumPy


def grid(figure: InteractiveFigure) -> Iterator[dict[str, int]]:
    """Yield settings' numbers: each control along its range, all ends with all, some others."""
    last = {control.name: len(control.values) - 1 for control in figure.controls}
    start = {control.name: control.index(control.start) for control in figure.controls}
    for name, end in last.items():
        for number in {round(end * share) for share in (0, 0.23, 0.61, 1)}:
            yield start | {name: number}
    for ends in itertools.product((0, 1), repeat=len(last)):
        yield {name: end * which for (name, end), which in zip(last.items(), ends, strict=True)}
    random = np.random.default_rng(0)
    for _ in range(8):
        yield {name: int(random.integers(end + 1)) for name, end in last.items()}


def largest_difference(figure: InteractiveFigure, got: dict[str, Any]) -> float:
    """Return how far samples and curves in the page are from NumPy's, at their settings."""
    wanted = {"samples": figure.samples(**got["values"]), **figure.curves(**got["values"])}
    found = {"samples": got["samples"], **dict(got["curves"])}
    assert found.keys() == wanted.keys()
    differences = []
    for name, numbers in wanted.items():
        there = unpacked(found[name])
        assert there.size == numbers.size and np.isfinite(there).all(), name
        differences.append(np.abs(there - numbers.ravel()).max())
    return float(max(differences))


@each_figure
def test_samples_and_curves_equal_numpys_over_all_controls(figure, opened):
    here = opened(figure)
    for numbers in grid(figure):
        got = here.move(**numbers)
        chosen = {c.name: c.values[numbers[c.name]] for c in figure.controls}
        assert got["values"] == chosen
        assert largest_difference(figure, got) < TOLERANCE, chosen
        assert got["reading"] == figure.reading(chosen, figure.curves(**chosen))
        assert got["alt"] == figure.describe(**chosen)
    assert not here.errors and len(here.requests) == 1, "nothing but the page itself is loaded"


def test_the_comparison_sees_a_wrong_constant(opened):
    figure = FIGURES["aliasing"]
    markup = Shown(figure, figure.settings())._repr_html_()
    wrong = markup.replace("0.25 * Math.cos", "0.252 * Math.cos")
    assert wrong != markup
    assert largest_difference(figure, opened(wrong).move()) > TOLERANCE


# ---------------------------------------------------------------- moving the sliders


@each_figure
def test_each_slider_moves_the_picture_and_the_sound(figure, opened):
    here = opened(figure)
    for control in figure.controls:
        start, end = control.index(control.start), len(control.values) - 1
        before = here.move(look=True, **{control.name: start})
        after = here.move(look=True, **{control.name: 0 if start == end else end})
        here.move(**{control.name: start})
        heard = before["samples"] != after["samples"]
        seen = before["picture"] != after["picture"]
        assert heard == ((figure.name, control.name) not in SEEN_ONLY), control.name
        assert seen or control.name == "heard", control.name


@each_figure
def test_all_controls_are_reached_and_moved_by_the_keyboard(figure, opened):
    here = opened(figure)
    keyboard = here.page.keyboard
    for control in figure.controls:
        keyboard.press("Tab")
        focused = "() => document.activeElement.name"
        assert here.page.evaluate(focused) == control.name
        outline = "() => getComputedStyle(document.activeElement).outlineWidth"
        assert here.page.evaluate(outline) == "2px"
        before = here.move()
        last = control.index(control.start) == len(control.values) - 1
        back = last or control.kind == "choice" and last
        keyboard.press(
            {"slider": ("ArrowLeft", "ArrowRight"), "choice": ("ArrowUp", "ArrowDown")}[
                control.kind
            ][not back]
        )
        after = here.move()
        step = -1 if back else 1
        expected = control.values[control.index(control.start) + step]
        assert after["values"] == before["values"] | {control.name: expected}
    keyboard.press("Tab")
    keyboard.press("Space")
    here.page.wait_for_function("() => aigcFigures.sound.owner", timeout=PATIENCE)
    keyboard.press("Enter")
    assert here.page.evaluate("() => aigcFigures.sound.owner") is None
    keyboard.press("Tab")
    keyboard.press("ArrowLeft")
    assert here.page.evaluate("() => aigcFigures.sound.volume") == pytest.approx(0.55)
    assert not here.errors


@each_figure
def test_controls_have_names_and_their_values_are_said(figure, opened):
    here = opened(figure)
    for control in figure.controls:
        role = {"slider": "slider", "choice": "combobox"}[control.kind]
        found = here.page.get_by_role(role, name=control.label, exact=True)
        assert found.count() == 1
        if control.kind == "slider":
            here.move(**{control.name: 1})
            assert found.get_attribute("aria-valuetext") == control.texts[1]
            row = found.locator("xpath=ancestor::div[1]")
            assert row.locator("output").text_content() == control.texts[1]
    assert here.page.get_by_label("Volume").count() == 1
    assert here.page.locator(".aigc-reading").get_attribute("aria-live") == "polite"
    assert here.page.locator("canvas").get_attribute("role") == "img"


def test_without_scripts_the_page_says_so(browser, tmp_path):
    figure = FIGURES["fm"]
    file = tmp_path / "figure.html"
    markup = Shown(figure, figure.settings())._repr_html_()
    file.write_text(PAGE.format(figures=markup, attributes=""), "utf-8")
    page = browser.new_page(java_script_enabled=False)
    page.goto(file.as_uri())
    assert "runs none" in page.locator("noscript").inner_text()
    page.close()


# ---------------------------------------------------------------- sound


@each_figure
def test_it_sounds_at_a_click_and_stays_within_the_guard(figure, opened):
    here = opened(figure)
    assert here.page.evaluate("() => aigcFigures.sound.context") is None, "not before a click"
    here.page.get_by_role("button", name="Play").click()
    heard = here.page.evaluate(LISTEN, 0.3)
    assert heard["state"] == "running" and heard["ran"] > 0
    assert 1e-3 < heard["rms"] <= 1.6 * LOUDEST * VOLUME  # over a shorter while
    loudest = figure.samples(**figure.settings())
    assert heard["peak"] <= np.abs(loudest).max() * VOLUME * 1.2
    here.page.get_by_role("button", name="Stop").click()
    assert here.page.evaluate("() => aigcFigures.sound.voice") is None
    assert not here.errors


def test_moving_a_slider_while_it_sounds_changes_the_sound(opened):
    here = opened(FIGURES["aliasing"])
    figure = FIGURES["aliasing"]
    here.page.get_by_role("button", name="Play").click()
    here.page.wait_for_timeout(300)
    for frequency, alias in ((5000, 3000), (7000, 1000), (2000, 2000)):
        here.move(frequency=figure.controls[0].index(frequency))
        here.page.wait_for_timeout(400)
        assert here.page.evaluate(PITCH) == pytest.approx(alias, abs=50)


def test_one_figure_at_a_time_and_one_volume(opened):
    here = opened(FIGURES["beats"], FIGURES["harmonics"])
    first, second = here.page.locator("figure button").all()
    first.click()
    assert [b.text_content() for b in (first, second)] == ["Stop", "Play"]
    second.click()
    assert [b.text_content() for b in (first, second)] == ["Play", "Stop"]
    volumes = here.page.get_by_label("Volume")
    assert [v.input_value() for v in volumes.all()] == ["60", "60"]
    volumes.first.fill("0")
    assert volumes.last.input_value() == "0"
    here.page.wait_for_timeout(300)
    assert here.page.evaluate(LISTEN, 0.2)["rms"] < 1e-5
    assert not here.errors


def cheating(samples: str) -> str:
    """Return the figure of beats, whose script computes other samples."""
    figure = FIGURES["beats"]
    script = (
        f"aigcFigures.define('beats', () => ({{ samples: () => {samples}, curves: () => ({{}}),"
    )
    script += " reading: () => '', draw() {} }));\nwindow.aigcFigures.start();"
    markup = Shown(figure, figure.settings())._repr_html_()
    return markup.replace("window.aigcFigures.start();", script)


def test_a_loud_sound_is_turned_down(opened):
    square = "Float64Array.from({length: 32000}, (_, n) => n % 80 < 40 ? 1 : -1)"
    here = opened(cheating(square))
    here.page.get_by_role("button", name="Play").click()
    here.page.wait_for_timeout(300)
    assert here.page.evaluate(LISTEN, 0.4)["rms"] == pytest.approx(LOUDEST * VOLUME, rel=0.1)
    assert "14.0 dB softer" in here.page.locator(".aigc-warning").text_content()


@pytest.mark.parametrize("wrong", ["1.01", "NaN", "Infinity"])
def test_what_is_no_sound_is_not_played(opened, wrong):
    here = opened(
        cheating(f"Float64Array.from({{length: 32000}}, (_, n) => n % 9 ? 0.1 : {wrong})")
    )
    here.page.get_by_role("button", name="Play").click()
    here.page.wait_for_timeout(200)
    assert here.page.evaluate(LISTEN, 0.2)["peak"] == 0
    assert "Not played" in here.page.locator(".aigc-warning").text_content()
    assert not here.errors


# ---------------------------------------------------------------- looks


def luminance(colour: str) -> float:
    parts = np.array([float(v) for v in re.findall(r"[\d.]+", colour)[:3]]) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


COLOURS = """() => {
  const canvas = document.querySelector('canvas'), figure = canvas.closest('figure').aigc;
  const ink = figure.plot.ink.match(/\\d+/g).map(Number);
  const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let pixels = 0;
  for (let n = 0; n < data.length; n += 4) {
    pixels += data[n + 3] > 200 && ink.every((v, i) => Math.abs(v - data[n + i]) < 12);
  }
  return {ink: figure.plot.ink, pixels, scheme: figure.element.style.colorScheme,
    page: getComputedStyle(document.documentElement).backgroundColor};
}"""


def test_the_systems_colours_are_followed_too(opened):
    media = "<style>@media (prefers-color-scheme: dark) { html { color: #eee } }</style>"
    here = opened(media, FIGURES["beats"], color_scheme="light")
    here.page.emulate_media(color_scheme="dark")
    dark = "() => document.querySelector('figure').style.colorScheme === 'dark'"
    here.page.wait_for_function(dark, timeout=PATIENCE)


SHARP = """() => {
  const canvas = document.querySelector('canvas');
  const {width, clientWidth} = canvas;
  return width === 2 * clientWidth && clientWidth > 0.9 * Math.min(660, innerWidth);
}"""


@each_figure
def test_it_fits_the_window_is_sharp_and_can_be_read(figure, opened):
    here = opened(figure, viewport=NARROW, device_scale_factor=2)
    for theme, size in (("light", NARROW), ("dark", WIDE), ("light", NARROW)):
        here.page.set_viewport_size(size)
        here.page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
        scheme = f"() => document.querySelector('figure').style.colorScheme === '{theme}'"
        here.page.wait_for_function(scheme, timeout=PATIENCE)
        here.page.wait_for_function(SHARP, timeout=PATIENCE)
        assert here.page.evaluate("() => document.documentElement.scrollWidth") <= size["width"]
        seen = here.page.evaluate(COLOURS)
        low, high = sorted((luminance(seen["ink"]), luminance(seen["page"])))
        assert (high + 0.05) / (low + 0.05) >= 4.5, seen
        assert seen["pixels"] > 300, "axes and words are drawn in the page's colour"


def test_running_the_scripts_twice_changes_nothing(opened):
    figure = FIGURES["aliasing"]
    here = opened(figure, figure)
    assert here.page.locator("figure[data-alive=true]").count() == 2
    assert not here.errors


def assert_equal_to_numpy(here, figure):
    """Hold samples, curves, alternative text and picture over the grid of a figure's controls."""
    for numbers in grid(figure):
        got = here.move(look=True, **numbers)
        assert largest_difference(figure, got) < TOLERANCE
        assert got["alt"] == figure.describe(**got["values"])
        assert len(got["picture"]) > 1000
    assert not here.errors


def assert_fits_a_phone(opened, figure):
    """Hold that a figure is alive and no wider than a phone, in light and dark."""
    for theme in ("light", "dark"):
        here = opened(figure, theme=theme, viewport={"width": 390, "height": 800})
        assert here.page.evaluate("() => document.documentElement.scrollWidth") <= 390
        assert here.page.locator("figure[data-alive=true]").count() == 1
        assert not here.errors


# ---------------------------------------------------------------- in the built book


# What a call puts on the page, where that has another name.
PUTS = {
    "books_heard": "clips",
    "codecs_heard": "clips",
    "designed_voice": "clips",
    "how_far": "clips",
    "cleaned": "clips",
    "in_pieces": "clips",
    "in_steps": "clips",
    "manners": "clips",
    "must_fit": "clips",
    "one_of": "clips",
    "say_a_digit": "clips",
    "side_by_side": "clips",
    "show_stages": "stages",
    "stage_temperatures": "clips",
    "spoiled": "clips",
}


def calls(path: Path) -> list[str]:
    """Return the figures that a chapter's code puts on its page, in order."""
    cells = nbformat.read(path, as_version=4).cells
    code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    return [
        PUTS.get(name, name) for name in re.findall(r"^ *interactive\.([a-z]\w*)\(", code, re.M)
    ]


ON_PAGE = """() => [...document.querySelectorAll('[data-aigc-figure]')].map((e) => ({
  name: e.dataset.aigcFigure, alive: e.dataset.alive, size: e.aigc ? e.aigc.samples().length : 0,
  drawn: e.querySelector('canvas').width }))"""


@pytest.mark.site
@pytest.mark.parametrize("way", ["server", "folder"])
def test_the_figures_of_the_book_are_alive(browser, site, server, way):
    wanted = {path.stem: names for path in CHAPTERS if (names := calls(path))}
    assert wanted, "no chapter has a figure"
    wanted["welcome"] = ["clips"]  # a digit to press, on the front page
    origin = server if way == "server" else site.as_uri()
    found = {}
    for visit in visits(browser, site, origin, "light", WIDE, holding="data-aigc-figure="):
        on_page = visit.page.evaluate(ON_PAGE)
        found[Path(visit.name).stem] = [one["name"] for one in on_page]
        assert all(one["alive"] == "true" and one["drawn"] for one in on_page), visit.name
        for one in on_page:
            assert one["size"] > 0 and one["name"] in (*FIGURES, *FED, "clips", "stages")
        assert not visit.errors and not visit.left_the_site(), visit.name
    assert found == wanted


@pytest.mark.site
def test_pages_carry_no_widgets_that_they_do_not_show(site):
    """Where pages are built, AIGC_EDU_STATIC is set, and the figures make no widgets."""
    labels = {control.label for figure in FIGURES.values() for control in figure.controls}
    pages = [page.read_text(encoding="utf-8") for page in site.rglob("*.html")]
    with_figures = [text for text in pages if "data-aigc-figure=" in text]
    assert with_figures
    for text in with_figures:
        state = text.partition("application/vnd.jupyter.widget-state+json")[2]
        assert not [label for label in labels if f'"description": "{label}"' in state]
        assert not state or "application/vnd.jupyter.widget-view+json" in text
