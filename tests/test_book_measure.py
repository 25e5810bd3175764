"""What every page costs on the first visit, and whether everything on it fits its column.

The equations' widths hold for every reader: formulas are set in em, not in the font's own measure.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import page_measure
import pytest
from conftest import missing

pytestmark = pytest.mark.site

MAX_BYTES = 3_000_000
MAX_REQUESTS = 5  # the page, a style sheet, a script, the logo, the icon; and pictures of its own
# The page that searches loads the index, and what reads it.
SEARCHING = 3


@pytest.fixture(scope="module")
def measures(browser: Any, site: Path, server: str) -> list[page_measure.Measure]:
    names = page_measure.pages_of(site)
    if not names:
        missing("the book has no pages")
    return [page_measure.measure(browser, server, name) for name in names]


def test_every_page_is_light(measures: list[page_measure.Measure]) -> None:
    heavy = [str(m) for m in measures if m.bytes > MAX_BYTES]
    assert not heavy, "\n".join(heavy)
    assert all(m.bytes > 100_000 for m in measures), "nothing was measured"


def test_every_page_asks_for_few_files(measures: list[page_measure.Measure]) -> None:
    for m in measures:
        pictures = sum("/_images/" in path for _, path in m.requests)
        most = MAX_REQUESTS + pictures + SEARCHING * (m.name == "search.html")
        assert len(m.requests) <= most, f"{m.name}: {[path for _, path in m.requests]}"


def test_everything_fits_its_column_or_shows_that_it_scrolls(
    measures: list[page_measure.Measure],
) -> None:
    wrong = [str(m) for m in measures if any(m.misfits.values())]
    assert not wrong, "\n".join(wrong)


BAD = """<!doctype html><html><head><meta name=viewport content="width=device-width"></head><main>
<div class="math" id="long" style="width:300px"><mjx-container display="true"
 style="display:block;overflow-x:auto"><svg width="500" height="20"></svg></mjx-container></div>
<p style="width:100px">x <span class="math" id="inline"><mjx-container><svg width="200"
 height="20"></svg></mjx-container></span></p>
<pre style="overflow-x:auto;width:200px">a line of code that is longer than its box, by far</pre>
<div style="width:2000px">wide</div></main></html>"""


def test_the_measure_finds_what_does_not_fit(browser: Any, tmp_path: Path) -> None:
    (tmp_path / "bad.html").write_text(BAD, "utf-8")
    with page_measure.serving(tmp_path) as origin:
        found = page_measure.measure(browser, origin, "bad.html").misfits[1280]
    kinds = [line.split(" ")[0] for line in found]
    assert kinds == ["the", "equation", "formula", "scrolls"], found
