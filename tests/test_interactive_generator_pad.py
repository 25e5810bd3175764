"""The pad of a generator: in Python, and in the browser where its network runs in a worker."""

from __future__ import annotations

import base64
import re
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
from test_book_axe import AXE, RUN, grave
from test_book_browser import NARROW
from test_interactive_browser import PAGE, PATIENCE, assert_fits_a_phone, opened  # noqa: F401
from torch import nn

from aigc_edu.errors import InvalidValueError
from aigc_edu.models.wavegan.config import WaveGANConfig
from aigc_edu.models.wavegan.in_page import as_sequence
from aigc_edu.models.wavegan.network import Generator
from aigc_edu.teaching import interactive
from aigc_edu.teaching.interactive import Playable, latent
from aigc_edu.teaching.interactive.figure import InteractiveFigure
from aigc_edu.teaching.interactive.generator_pad import LOUDEST, generator_pad_of, named
from aigc_edu.teaching.interactive.shown import OnPage

BOUND = 1e-4  # of samples in [-1, 1], as many as the weights allow
DIGITS = [str(digit) for digit in range(10)]
DRUMS = ("kick", "snare", "clap")

# Sets controls and waits until their sound is there; tells what is heard and read.
MOVE = """async ([settings, number]) => {
  const element = document.querySelectorAll('[data-aigc-figure]')[number], figure = element.aigc;
  for (const [name, at] of Object.entries(settings)) {
    const control = element.querySelector(`[name="${name}"]`);
    if (control.tagName === 'SELECT') control.selectedIndex = at;
    else control.value = at;
  }
  if (Object.keys(settings).length) element.querySelector('[name=x]').dispatchEvent(new Event('input'));
  while (figure.now !== JSON.stringify(figure.values())) await new Promise((go) => setTimeout(go, 5));
  const bytes = new Uint8Array(Float32Array.from(figure.heard).buffer);
  let text = '';
  for (let n = 0; n < bytes.length; n += 8192) text += String.fromCharCode(...bytes.subarray(n, n + 8192));
  return {
    values: figure.values(), samples: btoa(text), length: figure.seen.length[0],
    reading: element.querySelector('.aigc-reading').textContent,
    alt: figure.canvas.getAttribute('aria-label'), away: figure.engine.away,
  };
}"""  # noqa: E501
# The fastest of some clips in the worker, and of as many plain multiplications in the page: in ms.
TIMES = """async () => {
  const {engine} = document.querySelector('figure').aigc, {came} = engine;
  let taken = Infinity, plain = Infinity;
  for (let n = 0; n < 8; n++) {
    const vector = new Float32Array(110).fill(0.3);
    const ms = await new Promise((done) => {
      engine.came = (wish, samples, ms) => wish.timed ? done(ms) : came(wish, samples, ms);
      engine.ask({key: 'timed', timed: true, vector});
    });
    taken = Math.min(taken, ms);
    const x = new Float64Array(8192), begin = performance.now();
    for (let k = 0; k < 3300; k++) for (let m = 0; m < 8192; m++) x[m] += 0.5 * x[8191 - m];
    plain = Math.min(plain, performance.now() - begin);
  }
  return [taken, plain];
}"""
VALUES = "() => document.querySelector('figure').aigc.values()"
COUNT = """() => {
  const {sound} = aigcFigures, {play} = sound;
  sound.plays = 0;
  sound.play = (...all) => { sound.plays++; play(...all); };
}"""
PLAYED = "(count) => aigcFigures.sound.plays >= count && aigcFigures.sound.context"
ALL_KNOWN = "(count) => document.querySelector('figure').aigc.known.size >= count"


@cache
def generator(width: int, labels: int, length: int = 2048, post: int = 0) -> Generator:
    """Return a generator that nobody trained, about as loud as a trained one."""
    torch.manual_seed(1)
    config = WaveGANConfig(length=length, width=width, latent=20, labels=labels, post_filter=post)
    made = Generator(config).eval()
    with torch.no_grad():
        made.layers[-1].weight *= 8
        for layer in made.layers:
            layer.bias.normal_(std=0.1)
    return made


def playable(labels: Any = DIGITS, **more: Any) -> Playable:
    directions = {"Brighter": np.eye(20)[0], "Longer": np.ones(20) / 20**0.5}
    options = {"directions": directions, "what": "Digit", **more}
    return Playable(as_sequence(generator(2, len(labels))), 20, 8000, labels, **options)


@cache
def digits() -> InteractiveFigure:
    return generator_pad_of(playable())


def played(here: Any, count: int = 1) -> None:
    """Wait until so many sounds have been begun since `COUNT`: they are over in no time."""
    here.page.wait_for_function(PLAYED, arg=count, timeout=PATIENCE)


def on_page(figure: InteractiveFigure, **start: Any) -> str:
    return OnPage(figure, figure.settings(**start))._repr_html_()


def moved(here: Any, figure: InteractiveFigure, which: int = 0, **values: Any) -> dict[str, Any]:
    """Move controls of a figure to values; hold all that comes of it against PyTorch."""
    numbers = {c.name: c.index(values[c.name]) for c in figure.controls if c.name in values}
    got = here.page.evaluate(MOVE, [numbers, which])
    assert got["values"].items() >= values.items()
    x = np.frombuffer(base64.b64decode(got["samples"]), np.float32)
    wanted = figure.samples(**got["values"])
    assert x.shape == wanted.shape and np.abs(wanted).max() > 0.05
    assert np.abs(x - wanted).max() < BOUND, got["values"]
    curves = figure.curves(**got["values"])
    assert got["length"] == pytest.approx(curves["length"][0], abs=1e-6)
    assert got["reading"] == figure.reading(got["values"], curves)
    assert got["alt"] == figure.describe(**got["values"])
    return got


# ---------------------------------------------------------------- the latent space


def test_along_the_sphere_z_keeps_its_length_and_in_a_line_it_shrinks():
    a, b = latent.drawn(100, 1), latent.drawn(100, 2)
    b *= np.linalg.norm(a) / np.linalg.norm(b)
    steps = np.linspace(0, 1, 9)
    sphere = [np.linalg.norm(latent.between(a, b, t)) for t in steps]
    assert np.allclose(sphere, np.linalg.norm(a))
    line = [np.linalg.norm(latent.between(a, b, t, "line")) for t in steps]
    assert line[4] < 0.8 * line[0] and line[4] == min(line)
    for way in latent.WAYS:
        assert np.allclose(latent.between(a, b, 0, way), a)
        assert np.allclose(latent.between(a, b, 1, way), b)


def test_the_corners_of_the_pad_are_the_four_draws():
    four = latent.corners(20, 7)
    for k, (x, y) in enumerate([(0, 0), (1, 0), (0, 1), (1, 1)]):
        assert np.allclose(latent.on_pad(four, x, y), four[k])
    assert len({tuple(row) for row in np.vstack([four, latent.corners(20, 8)])}) == 8


@pytest.mark.parametrize(("prior", "variance"), [("normal", 1), ("uniform", 1 / 3)])
def test_the_draws_have_their_priors_mean_and_variance(prior, variance):
    z = latent.drawn(20_000, 5, prior)
    assert abs(z.mean()) < 0.03 and z.var() == pytest.approx(variance, rel=0.05)
    assert prior == "normal" or np.abs(z).max() <= 1


@pytest.mark.parametrize("wrong", [{"prior": "flat"}, {"way": "maze"}])
def test_another_prior_or_way_is_refused(wrong):
    with pytest.raises(InvalidValueError, match="one of"):
        if "prior" in wrong:
            latent.drawn(3, 0, wrong["prior"])
        latent.between(np.eye(3)[0], np.eye(3)[1], 0.5, wrong["way"])


# ---------------------------------------------------------------- what is playable


def test_a_clip_is_the_generators_with_rounded_weights():
    own, figure = playable(), digits()
    v = figure.settings(label=3, x=0.0, y=1.0, direction1=1.5, scale=0.5, draw=4)
    z = 0.5 * latent.corners(20, 4, "uniform")[2] + 1.5 * np.round(np.ones(20) / 20**0.5, 4)
    assert np.allclose(own.z(**v), z)
    with torch.inference_mode():
        x = generator(2, 10)(torch.tensor(z[None]).float(), torch.tensor([3]))[0].numpy()
    assert 0 < np.abs(figure.samples(**v) - x).max() < 0.02  # the weights are rounded


def test_one_gain_keeps_all_sounds_below_the_guard():
    own, loud = playable(), []
    assert own.gain < 1
    for stream in range(200, 260):
        x = own.gain * own.clips(latent.drawn(20, stream, own.prior)[None], stream % 10)[0]
        loud.append(np.convolve(x**2, np.ones(800) / 800, "valid").max() ** 0.5)
    assert 0.5 * LOUDEST < max(loud) < 1.25 * LOUDEST  # these are other draws


def test_what_does_not_fit_together_is_refused():
    network = as_sequence(generator(2, 3))
    with pytest.raises(InvalidValueError, match="22 numbers; the network takes 23"):
        Playable(network, 20, 8000, ["a", "b"])
    with pytest.raises(InvalidValueError, match=r"shape \(20,\).*slow"):
        Playable(network, 20, 8000, DRUMS, {"slow": np.ones(19)})
    with pytest.raises(InvalidValueError, match="more than 2,400,000"):
        Playable(nn.Sequential(nn.Linear(20, 120_000)), 20, 8000)


def test_the_size_that_ships_takes_2_and_a_half_megabytes_at_most():
    torch.manual_seed(0)
    network = as_sequence(Generator(WaveGANConfig.trained(labels=10)))
    figure = generator_pad_of(Playable(network, 100, 8000, DIGITS))
    html = on_page(figure)
    assert 2_000_000 < len(html.encode()) <= 2_500_000
    assert not re.search(r"\beval\b|\bfetch\b|localStorage|https?:|innerHTML|new Function", html)


def test_a_notebook_gets_the_page_and_no_widget(monkeypatch):
    shown = []
    monkeypatch.setattr("aigc_edu.teaching.interactive.shown.display", shown.append)
    interactive.generator_pad(playable(), label=7)
    assert shown[0].values["label"] == 7
    assert set(shown[0]._repr_mimebundle_()) == {"text/plain", "text/html"}


def test_labels_have_the_digit_of_their_key_in_front():
    assert [named(n, name) for n, name in enumerate(DRUMS)] == ["1 kick", "2 snare", "3 clap"]
    assert named(7, "7") == "7" and named(9, "ride") == "ride"
    assert generator_pad_of(playable(("hihat_open", "tom"))).controls[0].texts[0] == "1 hihat open"


def test_the_picture_of_the_notebook_shows_the_clip():
    figure = digits()
    drawn = figure.draw(figure.settings(), figure.curves(**figure.settings()))
    assert len(drawn.axes) == 2 and drawn.axes[0].lines[0].get_ydata().size == 2048


# ---------------------------------------------------------------- in the browser


def test_the_pages_samples_are_pytorchs_over_all_controls(opened):  # noqa: F811
    figure = digits()
    here = opened(figure)
    heard = {moved(here, figure)["samples"]}
    for control in figure.controls:
        for value in (control.values[0], control.values[-1]):
            heard.add(moved(here, figure, **{control.name: value})["samples"])
    random = np.random.default_rng(0)
    for _ in range(6):
        chosen = {c.name: c.values[random.integers(len(c.values))] for c in figure.controls}
        heard.add(moved(here, figure, **chosen | {"scale": 1.0})["samples"])
    assert len(heard) > 15
    assert not here.errors
    assert all(url.startswith(("file:", "blob:")) for url in here.requests), "nothing is loaded"


@pytest.mark.parametrize("more", [{"prior": "normal"}, {"labels": (), "directions": {}}])
def test_other_priors_and_networks_without_labels_are_pytorchs_too(more, opened):  # noqa: F811
    figure = generator_pad_of(playable(**more))
    here = opened(figure)
    for values in ({}, {"x": 0.0, "draw": 9}, {"walk": "line", "y": 1.0}):
        moved(here, figure, **values)
    assert not here.errors


def test_the_comparison_sees_another_walk(opened):  # noqa: F811
    figure = digits()
    html = on_page(figure)
    wrong = html.replace("Math.sin(t * angle) / Math.sin(angle)]", "t]")
    assert wrong != html
    with pytest.raises(AssertionError):
        moved(opened(wrong), figure, x=0.25)


def test_it_computes_in_a_worker_from_a_folder(opened):  # noqa: F811
    figure = digits()
    here = opened(figure)
    assert here.page.url.startswith("file:")
    assert moved(here, figure, draw=2)["away"] is True
    assert len(here.page.workers) == 1 and here.page.workers[0].url.startswith("blob:")
    said = "() => /in a worker, off/.test(document.querySelector('.aigc-made').textContent)"
    here.page.wait_for_function(said, timeout=PATIENCE)


def test_without_workers_it_computes_in_the_page_and_says_so(browser, tmp_path):
    figure, file = digits(), tmp_path / "figure.html"
    file.write_text(PAGE.format(figures=on_page(figure), attributes=""), "utf-8")
    page = browser.new_page()
    page.add_init_script("window.Worker = undefined")
    page.goto(file.as_uri())

    class Here:
        pass

    Here.page = page
    assert moved(Here, figure, draw=2)["away"] is False
    said = "() => /may have no worker/.test(document.querySelector('.aigc-made').textContent)"
    page.wait_for_function(said, timeout=PATIENCE)
    page.close()


def test_a_clip_of_the_size_that_ships_takes_200_milliseconds_at_most(opened):  # noqa: F811
    torch.manual_seed(0)
    network = as_sequence(Generator(WaveGANConfig.trained(labels=10)))
    here = opened(generator_pad_of(Playable(network, 100, 8000, DIGITS)))
    taken, plain = here.page.evaluate(TIMES)
    # Where other work shares the core, 27 million plain multiplications take long as well.
    assert taken < max(200, 4 * plain)


# ---------------------------------------------------------------- playing


def test_nothing_sounds_before_a_gesture(opened):  # noqa: F811
    here = opened(digits())
    here.page.wait_for_function(ALL_KNOWN, arg=20, timeout=PATIENCE)  # 12 places, 10 labels
    assert here.page.evaluate("() => aigcFigures.sound.context") is None
    assert here.page.evaluate("() => document.querySelector('figure').aigc.samples().length")


def test_the_mouse_plays_the_pad(opened):  # noqa: F811
    here = opened(digits(), viewport={"width": 800, "height": 1200})
    here.page.evaluate(COUNT)
    pad = here.page.locator(".aigc-pad")
    box = pad.bounding_box()
    middle = box["width"] / 2, box["height"] / 2, (0.5, 0.5)
    places = [(40, 40, (0, 0)), (box["width"] - 8, 37, (1, 0)), middle]
    for number, (x, y, place) in enumerate(places, start=1):
        pad.click(position={"x": x, "y": y})
        values = here.page.evaluate(VALUES)
        assert (values["x"], values["y"]) == pytest.approx(place, abs=0.03)
        played(here, number)
    here.page.mouse.move(box["x"] + 40, box["y"] + 40)
    here.page.mouse.down()
    here.page.mouse.move(box["x"] + 40, box["y"] + box["height"] - 30, steps=4)
    played(here, 4)
    here.page.mouse.up()
    here.page.mouse.move(box["x"] + 200, box["y"] + 90)
    assert here.page.evaluate(VALUES)["y"] == 1
    assert not here.errors


def test_a_finger_plays_the_pad(opened):  # noqa: F811
    here = opened(digits(), viewport=NARROW, has_touch=True)
    box = here.page.locator(".aigc-pad").bounding_box()
    assert box["height"] > 250 and box["width"] > 250
    here.page.evaluate(COUNT)
    here.page.touchscreen.tap(box["x"] + box["width"] - 30, box["y"] + 30)
    played(here)
    values = here.page.evaluate(VALUES)
    assert (values["x"], values["y"]) == (1, 0)
    style = "() => getComputedStyle(document.querySelector('.aigc-pad')).touchAction"
    assert here.page.evaluate(style) == "none"


def test_keys_play_places_and_labels(opened):  # noqa: F811
    here = opened(generator_pad_of(playable(DRUMS)))
    here.page.evaluate(COUNT)
    keyboard = here.page.keyboard
    for _ in DRUMS:
        keyboard.press("Tab")
    keyboard.press("Tab")
    focus = "() => document.activeElement.className"
    assert here.page.evaluate(focus) == "aigc-pad"
    keyboard.press("Enter")
    played(here)
    keyboard.press("ArrowRight")
    keyboard.press("ArrowUp")
    values = here.page.evaluate(VALUES)
    assert (values["x"], values["y"]) == pytest.approx((26 / 48, 22 / 48))
    keyboard.press("z")
    keyboard.press("3")
    values = here.page.evaluate(VALUES)
    assert (values["label"], values["x"], values["y"]) == (2, 0, 1)
    keyboard.press("Control+d")  # a key of the browser's own is left alone
    assert here.page.evaluate(VALUES) == values
    assert here.page.locator("figure[data-lm-suppress-shortcuts=true]").count() == 1, "JupyterLab's"


def test_moving_a_slider_and_new_sounds_are_heard(opened):  # noqa: F811
    figure = digits()
    here = opened(figure)
    here.page.evaluate(COUNT)
    here.page.get_by_role("slider", name="Brighter").press("ArrowRight")
    played(here)
    assert here.page.evaluate(VALUES)["direction0"] == 0.5
    here.page.get_by_role("button", name="New sounds").click()
    assert here.page.evaluate(VALUES)["draw"] == 2
    moved(here, figure)
    played(here, 2)
    here.page.wait_for_function("() => !aigcFigures.sound.owner", timeout=PATIENCE)


def test_what_is_sent_is_the_clip_by_the_one_gain(opened):  # noqa: F811
    figure = digits()
    here = opened(figure)
    for draw in (2, 3):
        got = moved(here, figure, draw=draw)
        peaks = "() => {const f = document.querySelector('figure').aigc; return f.sent().reduce((m, x) => Math.max(m, Math.abs(x)), 0)}"  # noqa: E501
        wanted = np.abs(figure.samples(**got["values"])).max() * playable().gain
        assert here.page.evaluate(peaks) == pytest.approx(wanted, abs=BOUND)
    assert "dB softer than the network" in here.page.locator(".aigc-made").text_content()


def test_all_controls_have_names(opened):  # noqa: F811
    figure = digits()
    here = opened(figure)
    roles = {"slider": "slider", "choice": "combobox"}
    for control in figure.controls:
        if control.kind in roles:
            role = roles[control.kind]
            assert here.page.get_by_role(role, name=control.label, exact=True).count() == 1
    assert here.page.get_by_role("group", name="Digit").count() == 1
    for name in ("Play", "New sounds", "Pad between"):
        assert here.page.get_by_role("button", name=name).count() == 1


@pytest.mark.skipif(not AXE.is_file(), reason="axe-core is missing; run: python tools/front_end.py")
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_grave(theme, opened):  # noqa: F811
    here = opened("<main><h1>A page</h1>", digits(), "</main>", theme=theme)
    here.page.add_script_tag(content=AXE.read_text(encoding="utf-8"))
    assert grave(here.page.evaluate(RUN)) == []


def test_two_pads_keep_apart(opened):  # noqa: F811
    drums = generator_pad_of(playable(DRUMS))
    here = opened(digits(), drums)
    first, second = moved(here, digits(), 0, draw=5), moved(here, drums, 1, draw=6)
    assert first["samples"] != second["samples"]
    assert first["values"]["draw"] == here.page.evaluate(VALUES)["draw"] == 5
    assert not here.errors


def test_it_fits_a_phone_in_light_and_dark(opened):  # noqa: F811
    assert_fits_a_phone(opened, digits())


def test_a_figure_that_has_left_the_page_ends_its_worker(opened):  # noqa: F811
    here = opened(digits())
    moved(here, digits(), draw=3)
    here.page.evaluate("() => { document.querySelector('figure').remove(); aigcFigures.start(); }")
    for _ in range(100):  # the browser tells of it when it has time
        if not here.page.workers:
            break
        here.page.wait_for_timeout(100)
    assert not here.page.workers
