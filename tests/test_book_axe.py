"""axe-core looks at every page: light, dark and on a phone. Nothing serious or critical is left.

axe-core lies in ``node_modules`` and is given to the browser by these tests; no page loads it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from conftest import ROOT, missing
from test_book_browser import NARROW, PATIENCE, SETTLE, WIDE, page_names

pytestmark = pytest.mark.site

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
# Moderate, and held all the same: what lies outside of all landmarks is skipped by who jumps.
HELD = {"region", "landmark-one-main", "page-has-heading-one", "heading-order"}
# Each answer: the rule, how bad it is, and the first elements that break it.
RUN = """async (only) => {
  const options = {resultTypes: ['violations'], ...(only ? {runOnly: only} : {})};
  const {violations} = await axe.run(document, options);
  return violations.map(({id, impact, nodes}) =>
    ({id, impact, count: nodes.length, nodes: nodes.slice(0, 4).map((n) => n.html.slice(0, 140))}));
}"""
# Until the scripts have seen which boxes scroll now; they wait for the window to stand still.
AFTER_RESIZING = 800  # milliseconds
# The colours of the theme change over some tenths of a second.
STILL = "*, *::before, *::after { transition: none !important; animation: none !important }"


@pytest.fixture(scope="module")
def axe() -> str:
    """The text of axe-core."""
    if not AXE.is_file():
        missing("axe-core is missing; run: python tools/front_end.py")
    return AXE.read_text(encoding="utf-8")


def grave(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the violations that may not be left."""
    return [v for v in found if v["impact"] in ("serious", "critical") or v["id"] in HELD]


def looked_at(page: Any) -> dict[str, list[dict[str, Any]]]:
    """Return what axe-core finds on an open page, in three states."""
    paint = "(theme) => { document.documentElement.dataset.theme = theme }"
    page.add_style_tag(content=STILL)
    found = {"light": grave(page.evaluate(RUN))}
    page.evaluate(paint, "dark")  # nothing but colours differs
    found["dark"] = grave(page.evaluate(RUN, ["color-contrast"]))
    page.evaluate(paint, "light")
    page.set_viewport_size(NARROW)
    page.wait_for_timeout(AFTER_RESIZING)
    found["phone"] = grave(page.evaluate(RUN))
    return found


def test_axe_finds_nothing_serious_on_any_page(
    browser: Any, site: Path, server: str, axe: str
) -> None:
    wrong = []
    context = browser.new_context(color_scheme="light", viewport=WIDE)
    context.set_default_timeout(PATIENCE)
    context.add_init_script(axe)
    for name in page_names(site):
        page = context.new_page()
        page.goto(f"{server}/{quote(name)}")
        assert page.evaluate(SETTLE), f"{name}: a player has not come to life"
        wrong += [
            f"{name}, {state}: {v['impact']} {v['id']} × {v['count']}: {v['nodes']}"
            for state, found in looked_at(page).items()
            for v in found
        ]
        page.close()
    context.close()
    assert not wrong, "\n".join(wrong)


BAD = """<!doctype html><html lang=en><head><title>Bad</title>
<meta name=viewport content="width=device-width"></head><body><main><h1>Bad</h1>
<button aria-label="Stop it">Play</button> <input type=range>
<p style="color:#999;background:#fff">faint</p></main></body></html>"""


def test_axe_sees_what_is_wrong(browser: Any, axe: str) -> None:
    page = browser.new_page(viewport=WIDE)
    page.set_content(BAD)
    page.evaluate(axe)
    found = looked_at(page)
    page.close()
    assert {"color-contrast", "label"} <= {v["id"] for v in found["light"]}
    assert [v["id"] for v in found["dark"]] == ["color-contrast"]
