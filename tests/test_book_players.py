"""No player of the built book is empty or silent, unless the page says so beside it."""

from __future__ import annotations

import base64
import io
import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from aigc_edu.teaching.players import FAINTEST, SHORTEST

pytestmark = pytest.mark.site

SAYS_SO = re.compile(r"silen|faint|nothing|quiet|inaudible|barely|empty", re.IGNORECASE)


class Players(HTMLParser):
    """Every audio element of a page: its address, its own label, and the caption of its row."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.found: list[dict[str, object]] = []
        self.caption: list[str] = []
        self.inside = False
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        values = {name: value or "" for name, value in attributes}
        if tag == "figure":
            self.caption = []
        if tag == "figcaption":
            self.inside = True
        if tag == "audio":
            label = values.get("aria-label", "")
            self.found.append(
                {"src": values.get("src", ""), "label": label, "caption": self.caption}
            )

    def handle_data(self, data):
        if self.inside:
            self.caption.append(data)

    def handle_endtag(self, tag):
        if tag == "figcaption":
            self.inside = False
        if tag == "figure":
            self.caption = []


def heard(path: Path, address: str) -> tuple[float, float]:
    """Return a player's duration in seconds and its peak."""
    if address.startswith("data:"):
        content = base64.b64decode(unescape(address).partition(",")[2])
    else:
        content = (path.parent / address).read_bytes()
    x, rate = sf.read(io.BytesIO(content))
    return len(x) / rate, float(np.max(np.abs(x), initial=0.0))


def silent_players(path: Path) -> list[str]:
    """Return what is wrong with the players of a page: one line for each that nobody hears."""
    wrong = []
    for number, player in enumerate(Players(path).found, start=1):
        if not player["src"]:
            continue  # a script of an interactive figure fills it
        seconds, peak = heard(path, player["src"])
        unheard = seconds < SHORTEST or peak < FAINTEST
        words = " ".join([player["label"], *player["caption"]])
        if unheard and not SAYS_SO.search(words):
            wrong.append(
                f"{path.name}: player {number}: {seconds:.3f} s, peak {peak:.4f} ({words[:80]})"
            )
    return wrong


def test_no_player_is_silent_unless_it_says_so(site: Path) -> None:
    pages = [path for path in sorted(site.rglob("*.html")) if "_static" not in path.parts]
    count = sum(len(Players(path).found) for path in pages)
    assert count > 300, "the book is full of players"
    wrong = [line for path in pages for line in silent_players(path)]
    assert not wrong, "\n".join(wrong)
