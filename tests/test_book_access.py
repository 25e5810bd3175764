"""What readers by ear, by keyboard, on paper and by search get from the built book."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from conftest import ROOT, missing
from identity import identity
from site_cells import code_words
from test_book_browser import NARROW, PATIENCE, SETTLE, WIDE, new_page, page_names

pytestmark = pytest.mark.site

SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}loc"
NAMED = """() => {
  const name = (e) => (e.getAttribute('aria-label') || e.title || e.dataset.bsOriginalTitle ||
    e.labels?.[0]?.textContent || e.textContent || '').trim();
  return [...document.querySelectorAll('button, select, summary, input:not([type=hidden])')]
    .filter((e) => !name(e)).map((e) => e.outerHTML.slice(0, 120));
}"""
ON_PAPER = """() => {
  const seen = (e) => e.checkVisibility({visibilityProperty: true}) && e.getClientRects().length;
  const main = document.querySelector('article');
  const controls = [...main.querySelectorAll('button, audio, input, select, .aigc-time')];
  const boxes = [...main.querySelectorAll('.cell, .cell_input, details, pre')];
  return {
    controls: controls.filter(seen).map((e) => e.outerHTML.slice(0, 90)),
    empty: boxes.filter((e) => seen(e) && e.getBoundingClientRect().height > 4)
      .filter((e) => !e.innerText.trim() && !e.querySelector('svg, img, canvas'))
      .map((e) => e.outerHTML.slice(0, 90)),
    words: main.innerText.length,
  };
}"""


@pytest.fixture(scope="module")
def texts(site: Path) -> dict[str, str]:
    """The pages' names and texts."""
    return {name: (site / name).read_text(encoding="utf-8") for name in page_names(site)}


def a_chapter(texts: dict[str, str]) -> str:
    """Return the name of the first chapter that has an exercise, a sound and a folded cell."""
    wanted = ('class="exercise', "aigc-clip", "<summary")
    found = [
        n for n, t in texts.items() if n.startswith("chapters/") and all(w in t for w in wanted)
    ]
    if not found:
        missing("no chapter of the book has an exercise, a sound and a folded cell")
    return found[0]


def test_folded_cells_are_named_by_what_they_fold(texts: dict[str, str]) -> None:
    shown = [
        (name, unescape(words))
        for name, text in texts.items()
        for words in re.findall(r'<p class="collapsed admonition-title">(.*?)</p>', text)
    ]
    vague = [pair for pair in shown if not re.match(r"Show (the|this|what) \w+", pair[1])]
    assert shown and not vague
    assert not [name for name, text in texts.items() if "Toggle hidden content" in text]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (
            "figure, ax = new_figure()\nshow(figure, alt='a line')",
            "the code that draws this figure",
        ),
        ("print(1)", "the code that computes these numbers"),
        ("listen(x, 8000)\nprint(1)", "the code that makes these sounds and these numbers"),
        ("x = 1", "the code"),
    ],
)
def test_code_is_named_by_what_it_puts_on_the_page(source: str, words: str) -> None:
    assert code_words(source) == words


def test_every_control_has_a_name(browser: Any, site: Path, server: str) -> None:
    context = browser.new_context(viewport=WIDE)
    context.set_default_timeout(PATIENCE)
    for name in page_names(site):
        page = context.new_page()
        page.goto(f"{server}/{name}")
        page.evaluate(SETTLE)
        assert not (bare := page.evaluate(NAMED)), f"{name}: {bare}"
        page.close()
    context.close()


def test_next_is_said_once(texts: dict[str, str]) -> None:
    assert not [name for name, text in texts.items() if re.search(r"<p>Next: ", text)]
    chapters = [text for name, text in texts.items() if name.startswith("chapters/")]
    assert chapters and all(text.count('class="right-next"') == 1 for text in chapters)


def test_every_page_tells_what_it_is(texts: dict[str, str], site: Path) -> None:
    home, described = identity()["site"], {}
    for name, text in texts.items():
        head = text[: text.index("</head>")]
        meta = dict(re.findall(r'<meta (?:name|property)="([^"]+)" content="([^"]*)"', head))
        assert re.search(r'<html[^>]* lang="en"', text), name
        assert re.search(r"<title>[^<]{5,}</title>", head), name
        assert 40 <= len(unescape(meta["description"])) <= 200, f"{name}: {meta['description']}"
        assert meta["og:title"] and meta["og:description"] == meta["description"], name
        assert meta["og:url"] == f"{home}{name}", name
        assert f'<link rel="canonical" href="{home}{name}"' in head, name
        assert (site / meta["og:image"].removeprefix(home)).is_file(), name
        described.setdefault(meta["description"], []).append(name)
    alike = {d: names for d, names in described.items() if len(names) > 1}
    assert all(set(names) <= {"search.html", "genindex.html"} for names in alike.values()), alike


def test_the_site_has_a_map_and_a_page_for_what_is_not_there(site: Path, texts: dict) -> None:
    home = identity()["site"]
    places = [e.text or "" for e in ElementTree.parse(site / "sitemap.xml").iter(SITEMAP)]
    own = {name for name in texts if name not in ("search.html", "genindex.html")}
    assert set(places) == {home + name for name in own}
    lost = (site / "404.html").read_text(encoding="utf-8")
    assert 'lang="en"' in lost and f'href="{home}"' in lost
    assert not re.search(r"<(?:link|script|img)\b", lost), "it is shown at any depth"
    index = (site / "index.html").read_text(encoding="utf-8")
    assert 'lang="en"' in index and "<title>" in index and 'rel="canonical"' in index


def test_the_front_page_speaks_without_a_server(browser: Any, site: Path) -> None:
    page = new_page(browser, viewport=NARROW)
    page.goto(f"{site.as_uri()}/book/welcome.html")
    figure = page.locator("figure.aigc-interactive")
    figure.get_by_role("button", name="3", exact=True).click()
    assert "three" in figure.locator("output.aigc-reading").inner_text()
    drawing = page.locator("svg.course-drawing")
    assert drawing.locator("title").text_content() and drawing.locator("desc").text_content()
    assert drawing.bounding_box()["width"] <= 358
    assert re.search(r"\d+ hours of reading", page.locator("article").inner_text())
    page.close()


@pytest.mark.parametrize("way", ["server", "folder"])
def test_ticks_are_kept(browser: Any, site: Path, server: str, texts: dict, way: str) -> None:
    name = a_chapter(texts)
    context = browser.new_context(viewport=WIDE)
    page = context.new_page()
    address = f"{server if way == 'server' else site.as_uri()}/{name}"
    page.goto(address)
    page.get_by_label(re.compile("I have finished this chapter")).check()
    page.get_by_label(re.compile(r"Exercise [\d.]+ is done")).first.check()
    finished = page.get_by_label(re.compile("I have finished this chapter"))
    for _ in range(20):  # a new process may ask before the browser has the old one's last write
        page.goto(address)
        if finished.is_checked():
            break
        page.wait_for_timeout(250)
    assert finished.is_checked()
    kept = json.loads(page.evaluate("localStorage.getItem('aigc-edu-done')"))
    assert name.removesuffix(".html") in kept and len(kept) == 2
    page.goto(address.replace(name, "book/welcome.html"))
    done = page.locator(".bd-sidebar-primary a", has=page.locator(".course-tick"))
    assert done.count() == 1 and "(done)" in done.inner_text()
    context.close()


def test_a_browser_that_keeps_nothing_shows_no_ticks(
    browser: Any, server: str, texts: dict
) -> None:
    page = new_page(browser, viewport=WIDE)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.add_init_script(
        "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError') }"
    )
    page.goto(f"{server}/{a_chapter(texts)}")
    page.evaluate(SETTLE)
    assert page.locator(".course-done").count() == 0
    assert not [e for e in errors if "full" not in e]
    page.close()


def test_paper_gets_no_empty_box(browser: Any, server: str, texts: dict) -> None:
    page = new_page(browser, viewport=WIDE)
    page.goto(f"{server}/{a_chapter(texts)}")
    page.evaluate(SETTLE)
    screen = page.evaluate(ON_PAPER)
    page.emulate_media(media="print")
    paper = page.evaluate(ON_PAPER)
    page.close()
    assert screen["controls"], "nothing would be seen to be left"
    assert not paper["controls"] and not paper["empty"]
    assert paper["words"] > 5_000


def test_search_leads_to_the_section(browser: Any, server: str) -> None:
    page = new_page(browser, viewport=WIDE)
    page.goto(f"{server}/search.html?q=frequency")
    page.wait_for_selector("#search-results li p.context", timeout=PATIENCE)
    page.wait_for_timeout(1500)
    found = page.evaluate(
        "[...document.querySelectorAll('#search-results li')].filter((e) => "
        "e.querySelector('p.context')?.textContent).map((e) => "
        "[e.querySelector('a').getAttribute('href'), e.querySelector('p.context').textContent])"
    )
    page.close()
    assert len(found) >= 3
    assert all("#" in link for link, _ in found), found
    assert not [words for _, words in found if "\n" in words], "the theme's own excerpts"
    chrome = re.compile(r"Binder|Colab|\.ipynb|Contents|\\[a-z]+[{(]|\\\(|Download")
    assert not [words for _, words in found if chrome.search(words)]
    assert sum("frequency" in words.lower() for _, words in found) >= len(found) / 2


def test_a_hub_has_a_button_only_where_it_has_an_address(texts: dict[str, str]) -> None:
    assert "jupyterhub_url" not in (ROOT / "_config.yml").read_text(encoding="utf-8")
    hub = identity()["hub"]
    for name, text in texts.items():
        assert "hub.example" not in text, name
        assert ("git-pull" in text) == bool(hub and name.startswith("chapters/")), name
