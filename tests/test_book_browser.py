"""The built book in a real browser: from a server and from its folder, light and dark, wide and
narrow. Every request is recorded; none may leave the site."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from page_measure import ALONE

pytestmark = pytest.mark.site

WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
PATIENCE = 120_000  # milliseconds; a machine that also does other work needs some
INSIDE = ("data:", "blob:", "about:")

# Waits until everything that draws itself has done so; then says what is on the page.
SETTLE = """async () => {
  const alive = () => [...document.querySelectorAll('.aigc-clip')]
    .every((e) => e.querySelector('.aigc-play'));
  for (let i = 0; i < 600 && !alive(); i++) await new Promise((r) => setTimeout(r, 100));
  await document.fonts.ready;
  await new Promise((r) => setTimeout(r, 100));
  return alive();
}"""

# Formulas that aren't drawn, refer to letters that aren't there, or can't be read out.
MATHS = """() => {
  const all = [...document.querySelectorAll('span.math, div.math')];
  const drawn = (e) => e.querySelector('mjx-container > svg')?.getBoundingClientRect().height > 0;
  return {
    bare: all.filter((e) => !drawn(e)).map((e) => e.textContent.trim()),
    wrong: [...document.querySelectorAll('mjx-container use')].map((e) => e.getAttribute('href'))
      .filter((id) => !document.getElementById(id.slice(1))),
    unsaid: all.filter((e) => !e.querySelector('mjx-assistive-mml math')).length,
    count: all.length,
  };
}"""

# What sticks out of the window, unless something around it scrolls or hides it on purpose.
STICKING_OUT = """() => {
  const scrolls = (e) => {
    for (let a = e; a && a !== document.body; a = a.parentElement) {
      if (['auto', 'scroll', 'hidden', 'clip'].includes(getComputedStyle(a).overflowX)) return true;
    }
    return false;
  };
  const shown = 'main h1, main h2, main h3, main p, main li, main figure, main audio, main svg,' +
    ' main table, main dt, main pre, main .aigc-clip';
  const out = [...document.querySelectorAll(shown)].filter((e) => {
    const box = e.getBoundingClientRect();
    return box.width > 0 && box.right > window.innerWidth + 1 && !scrolls(e);
  });
  const found = out.map((e) => e.tagName + ': ' + e.textContent.trim().slice(0, 40));
  if (document.documentElement.scrollWidth > window.innerWidth) found.push('the page scrolls');
  return found;
}"""

WITHOUT_WORDS = """() => {
  const told = (e) => document.getElementById(e.getAttribute('aria-labelledby')?.split(' ')[0]);
  const named = (e) => (e.getAttribute('alt') || e.getAttribute('aria-label') ||
    told(e)?.textContent || '').trim();
  const pictures = [...document.querySelectorAll('main img, main canvas, main svg')]
    .filter((e) => !e.closest('mjx-container, [aria-hidden="true"], button'));
  const sounds = [...document.querySelectorAll('audio')];
  return [...pictures, ...sounds].filter((e) => !named(e)).map((e) => e.outerHTML.slice(0, 120));
}"""

# Each sound has a button with its name and a slider, and both take the focus.
BEYOND_THE_KEYBOARD = """() => [...document.querySelectorAll('audio')].filter((e) => {
  const clip = e.closest('.aigc-clip'), name = e.getAttribute('aria-label');
  if (!clip) return true;
  const shown = clip.checkVisibility(); // not so in what is folded away
  return ![[clip.querySelector('.aigc-play'), `Play ${name}`],
    [clip.querySelector('input[type=range]'), `Position in ${name}`]].every(([control, said]) => {
      control.focus();
      return control.getAttribute('aria-label') === said &&
        (!shown || document.activeElement === control);
    });
}).map((e) => e.getAttribute('aria-label') || 'a sound')"""

SOUNDS = """async () => {
  const answers = [];
  for (const sound of document.querySelectorAll('audio')) {
    answers.push(await new Promise((resolve) => {
      const name = sound.getAttribute('aria-label');
      sound.addEventListener('loadedmetadata', () => resolve({name, duration: sound.duration}));
      sound.addEventListener('error', () => resolve({name, duration: 0}));
      setTimeout(() => resolve({name, duration: -1}), 30000);
      sound.preload = 'metadata';
      sound.load();
    }));
  }
  return answers;
}"""

PLAYED = """async () => {
  const sound = document.querySelector('audio');
  if (!sound) return null;
  sound.muted = true;
  await sound.play();
  for (let i = 0; i < 200 && !sound.currentTime; i++) await new Promise((r) => setTimeout(r, 50));
  return sound.currentTime;
}"""

# Text that can hardly be read: contrast under 4.5:1 between a text and what really lies behind it.
FAINT = """() => {
  const rgb = (c) => (c.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (e) => {
    const layers = [];
    for (let a = e; a; a = a.parentElement) {
      const c = rgb(getComputedStyle(a).backgroundColor);
      if (c.length && c[3] !== 0) layers.push(c);
      if (c.length === 3) break;
    }
    return layers.reverse().reduce(
      (under, [r, g, b, part = 1]) => [r, g, b].map((v, i) => part * v + (1 - part) * under[i]),
      [255, 255, 255]);
  };
  const texts = [...document.querySelectorAll('main h1, main h2, main p, main li, main summary,' +
    ' main figcaption, main td, main .cell_output div, main .cell_output small,' +
    ' .cell_output svg text, main pre span, .exercise a:not(.headerlink),' +
    ' .aigc-clip :is(button, small, label, a)')];
  return texts.filter((e) => {
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own || !e.getClientRects().length) return false;
    const style = getComputedStyle(e), svg = e instanceof SVGElement;
    const [a, b] = [light(rgb(svg ? style.fill : style.color)), light(behind(e))];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) < 4.5;
  }).map((e) => e.textContent.trim().slice(0, 50) + ' in ' + e.tagName);
}"""


@dataclass
class Visit:
    """One page, opened in one way, and all that went wrong by itself."""

    name: str
    origin: str
    page: Any
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def listen(self) -> None:
        """Begin to record, before the page is opened."""
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("requestfailed", lambda r: self.errors.append(f"failed: {r.url[:200]}"))
        self.page.on("response", self._check_status)
        self.page.on("pageerror", lambda error: self.errors.append(f"script: {error}"))
        self.page.on("console", self._check_console)

    def _check_status(self, response: Any) -> None:
        if response.status >= 400:
            self.errors.append(f"{response.status}: {response.url[:200]}")

    def _check_console(self, message: Any) -> None:
        if message.type == "error":
            self.errors.append(f"console: {message.text[:300]}")

    def left_the_site(self) -> list[str]:
        """Return the addresses outside of the site that the page asked for."""
        inside = (self.origin, *INSIDE)
        return [url[:200] for url in self.requests if not url.startswith(inside)]


def page_names(site: Path) -> list[str]:
    """Return the book's pages; index.html and 404.html load nothing and stand alone."""
    found = (path.relative_to(site).as_posix() for path in sorted(site.rglob("*.html")))
    return [name for name in found if name not in ALONE and not name.startswith("_static/")]


def new_page(browser: Any, **options: Any) -> Any:
    """Return a page of its own, outside of the round through the book."""
    page = browser.new_page(**options)
    page.set_default_timeout(PATIENCE)
    return page


def visits(
    browser: Any, site: Path, origin: str, scheme: str, size: dict, holding: str = ""
) -> Iterator[Visit]:
    """Open the pages that hold a text, one after the other, and wait until each is drawn."""
    context = browser.new_context(color_scheme=scheme, viewport=size)
    context.set_default_timeout(PATIENCE)
    for name in page_names(site):
        if holding not in (site / name).read_text(encoding="utf-8"):
            continue
        visit = Visit(name, origin, context.new_page())
        visit.listen()
        visit.page.goto(f"{origin}/{quote(name)}")
        assert visit.page.evaluate(SETTLE), f"{name}: a player has not come to life"
        yield visit
        visit.page.close()
    context.close()


def assert_whole(visit: Visit) -> None:
    """What must hold for a page in every way of opening it."""
    assert not visit.left_the_site(), f"{visit.name} asks other hosts"
    assert not visit.errors, f"{visit.name}: {visit.errors}"
    maths = visit.page.evaluate(MATHS)
    assert not (maths["bare"] or maths["wrong"] or maths["unsaid"]), f"{visit.name}: {maths}"
    assert_looks(visit)


def assert_looks(visit: Visit) -> None:
    """What depends on the width and on the colours."""
    state = f"{visit.name}, {visit.page.viewport_size['width']} px"
    assert not (out := visit.page.evaluate(STICKING_OUT)), f"{state}: {out}"
    assert not (faint := visit.page.evaluate(FAINT)), f"{state}: hard to read: {faint}"


def test_every_page_from_a_server(browser: Any, site: Path, server: str) -> None:
    for visit in visits(browser, site, server, "light", WIDE):
        assert_whole(visit)
        assert not (bare := visit.page.evaluate(WITHOUT_WORDS)), f"{visit.name}: {bare}"
        assert not (far := visit.page.evaluate(BEYOND_THE_KEYBOARD)), f"{visit.name}: {far}"
        visit.page.set_viewport_size(NARROW)
        assert_looks(visit)


def test_every_page_from_its_folder(browser: Any, site: Path) -> None:
    drawn = {"mjx-container > svg": 0, ".aigc-play": 0, ".aigc-wave svg": 0}
    for visit in visits(browser, site, site.as_uri(), "dark", NARROW):
        assert_whole(visit)
        for selector in drawn:
            drawn[selector] += visit.page.locator(selector).count()
        visit.page.set_viewport_size(WIDE)
        assert_looks(visit)
    assert all(drawn.values()), f"no maths or player in the whole book? {drawn}"


def test_every_sound_can_be_loaded_and_played(browser: Any, site: Path, server: str) -> None:
    heard = 0
    for visit in visits(browser, site, server, "light", WIDE, holding="<audio"):
        # First as a reader plays it: loading a sound on its own changes what a later play() does.
        played = visit.page.evaluate(PLAYED)
        assert played is None or played > 0, f"{visit.name}: the first sound doesn't start"
        for sound in visit.page.evaluate(SOUNDS):
            heard += 1
            assert sound["duration"] > 0, f"{visit.name}: {sound['name']} can't be played"
    assert heard, "the book has no sound"


def test_the_start_page_leads_to_the_book(browser: Any, site: Path) -> None:
    page = new_page(browser)
    page.goto(f"{site.as_uri()}/index.html")
    page.wait_for_url("**/book/welcome.html", timeout=PATIENCE)
    page.close()


@pytest.mark.parametrize("way", ["server", "folder"])
def test_the_search_finds_words(browser: Any, site: Path, server: str, way: str) -> None:
    visit = Visit("search.html", server if way == "server" else site.as_uri(), new_page(browser))
    visit.listen()
    visit.page.goto(f"{visit.origin}/search.html?q=quantisation")
    visit.page.wait_for_selector("#search-results li a", timeout=PATIENCE)
    visit.page.wait_for_timeout(300)
    assert not visit.errors and not visit.left_the_site()
    visit.page.close()


CHEAT = "<img src='http://example.invalid/x.png'>"


def test_the_record_of_requests_sees_one_that_leaves(browser: Any, server: str) -> None:
    page = new_page(browser)
    visit = Visit("a page that cheats", server, page)
    visit.listen()
    page.route("**/*", lambda route: route.fulfill(body=CHEAT, content_type="text/html"))
    page.goto(f"{server}/index.html")
    assert visit.left_the_site() == ["http://example.invalid/x.png"]
    page.close()
