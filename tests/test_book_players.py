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

pytestmark = pytest.mark.site

SHORTEST, FAINTEST = 0.02, 0.003  # seconds; peak, 50 dB below full scale
SAYS_SO = re.compile(r"silen|faint|nothing|quiet|inaudible|barely|empty", re.IGNORECASE)
VOID = {"img", "br", "hr", "input", "meta", "link", "source", "wbr", "area", "base", "col", "embed"}


class Players(HTMLParser):
    """Every audio element of a page, with the words of the player's own group around it."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.found: list[dict[str, str]] = []
        self.group: dict[str, str] | None = None
        self.depth = 0
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        values = {name: value or "" for name, value in attributes}
        if self.group is None and "aigc-listen" in values.get("class", ""):
            self.group, self.depth = {"words": values.get("aria-label", "")}, 0
        if tag == "audio":
            group = self.group if self.group is not None else {"words": ""}
            self.found.append({"src": values.get("src", ""), "group": group})
            group["words"] += " " + values.get("aria-label", "") + " " + values.get("title", "")
        if self.group is not None and tag not in VOID:
            self.depth += 1

    def handle_data(self, data):
        if self.group is not None:
            self.group["words"] += " " + data

    def handle_endtag(self, tag):
        if self.group is not None and tag not in VOID:
            self.depth -= 1
            if self.depth <= 0:
                self.group = None


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
        if unheard and not SAYS_SO.search(player["group"]["words"]):
            words = " ".join(player["group"]["words"].split())[:80]
            wrong.append(
                f"{path.name}: player {number}: {seconds:.3f} s, peak {peak:.4f} ({words})"
            )
    return wrong


def test_no_player_is_silent_unless_it_says_so(site: Path) -> None:
    pages = [path for path in sorted(site.rglob("*.html")) if "_static" not in path.parts]
    count = sum(len(Players(path).found) for path in pages)
    assert count > 300, "the book is full of players"
    wrong = [line for path in pages for line in silent_players(path)]
    assert not wrong, "\n".join(wrong)
