"""The built book, read as files: whole, light, and asking no other host for anything."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from identity import identity

pytestmark = pytest.mark.site

# Attributes whose address a browser loads by itself (a link's href it follows only when asked).
LOADED = {
    "audio": ("src",),
    "embed": ("src",),
    "iframe": ("src",),
    "image": ("href", "xlink:href"),
    "img": ("src", "srcset"),
    "input": ("src",),
    "object": ("data",),
    "script": ("src",),
    "source": ("src", "srcset"),
    "track": ("src",),
    "use": ("href", "xlink:href"),
    "video": ("src", "poster"),
}
FOLLOWED_ONLY = {"canonical", "next", "prev", "search", "index", "author", "license", "help"}
REMOTE = re.compile(r"^\s*(?:[a-z]+:)?//", re.IGNORECASE)
REMOTE_IN_STYLE = re.compile(r"(?:url\(|@import)\s*['\"]?\s*(?:https?:)?//", re.IGNORECASE)
REMOTE_IN_SCRIPT = re.compile(
    r"(?:import|fetch|importScripts|src\s*=|open\()\s*\(?\s*['\"`](?:https?:)?//"
)


class Page(HTMLParser):
    """What a page loads, where it leads, and its inline scripts and styles."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path, self.loads, self.links = path, [], []
        self.ids: set[str] = set()
        self.inline = {"script": "", "style": ""}
        self._inside = ""
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attributes}
        self._inside = tag
        self.ids |= {values[name] for name in ("id", "name") if name in values}
        self.inline["style"] += values.get("style", "") + "\n"
        self.loads += [(tag, values[name]) for name in LOADED.get(tag, ()) if name in values]
        if tag == "link" and not set(values.get("rel", "").split()) <= FOLLOWED_ONLY:
            self.loads.append((tag, values.get("href", "")))
        if tag == "a" and "href" in values:
            self.links.append(values["href"])

    def handle_data(self, data: str) -> None:
        if self._inside in self.inline:
            self.inline[self._inside] += data

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def local(self, address: str) -> Path:
        """Return the file of the site that a relative address leads to."""
        return (self.path.parent / unquote(urlsplit(address).path)).resolve()


@pytest.fixture(scope="module")
def pages(site: Path) -> list[Page]:
    found = [Page(path) for path in sorted(site.rglob("*.html")) if "_static" not in path.parts]
    assert len(found) >= 5
    return found


def name(page: Page, site: Path) -> str:
    return page.path.relative_to(site).as_posix()


def test_no_page_asks_another_host_for_anything(pages: list[Page], site: Path) -> None:
    asked = [
        (name(p, site), what, url) for p in pages for what, url in p.loads if REMOTE.match(url)
    ]
    assert not asked
    for page in pages:
        assert not REMOTE_IN_STYLE.search(page.inline["style"]), name(page, site)
        assert not REMOTE_IN_SCRIPT.search(page.inline["script"]), name(page, site)


def test_no_style_sheet_asks_another_host_for_anything(site: Path) -> None:
    sheets = sorted(site.rglob("*.css"))
    assert sheets
    texts = {sheet.name: sheet.read_text(encoding="utf-8") for sheet in sheets}
    assert not [sheet for sheet, text in texts.items() if REMOTE_IN_STYLE.search(text)]


def test_everything_that_a_page_loads_is_there(pages: list[Page], site: Path) -> None:
    lacking = [
        (name(page, site), url)
        for page in pages
        for _, url in page.loads
        if url and not url.startswith(("data:", "#")) and not page.local(url).is_file()
    ]
    assert not lacking


def test_sounds_lie_beside_the_pages_that_play_them(pages: list[Page]) -> None:
    inside = [u[:40] for page in pages for tag, u in page.loads if tag == "audio" and ":" in u]
    assert not inside
    assert sum(tag == "audio" for page in pages for tag, _ in page.loads) > 20


def inner_links(pages: list[Page]) -> Iterator[tuple[Page, str]]:
    for page in pages:
        for link in page.links:
            if link and not urlsplit(link).scheme and not REMOTE.match(link):
                yield page, link


def test_every_link_within_the_book_leads_somewhere(pages: list[Page], site: Path) -> None:
    ids = {page.path.resolve(): page.ids for page in pages}
    broken = []
    for page, link in inner_links(pages):
        target = page.path.resolve() if link.startswith("#") else page.local(link)
        mark = unquote(urlsplit(link).fragment)
        if not target.is_file() or (mark and mark not in ids.get(target, {mark})):
            broken.append((name(page, site), link))
    assert not broken


def test_chapters_can_be_launched_and_downloaded(pages: list[Page], site: Path) -> None:
    chapters = [page for page in pages if "chapters" in page.path.relative_to(site).parts]
    assert chapters
    for page in chapters:
        text = page.path.read_text(encoding="utf-8")
        for service in ("mybinder.org", "colab.research.google.com"):
            assert service in text, f"{name(page, site)} has no button for {service}"
        assert ("git-pull" in text) == bool(identity()["hub"]), f"{name(page, site)}: a hub"
        source = site / "_sources" / f"{page.path.relative_to(site).with_suffix('')}.ipynb"
        assert source.is_file() and source.name in text


def test_no_traceback_was_published(pages: list[Page], site: Path) -> None:
    for page in pages:
        assert "Traceback (most recent call last)" not in page.path.read_text(encoding="utf-8")
