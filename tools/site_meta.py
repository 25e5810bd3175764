"""What a page tells of itself to search engines, and to those who share it.

Also the files that only the site as a whole has: ``sitemap.xml``, ``404.html``, and ``index.html``,
which leads on to the first page.
"""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

CARD = "_static/card.png"
CARD_SIZE = (1200, 630)
LONGEST = 180  # characters of a description; search engines cut longer ones
ABOUT = (
    "A course on generating audio with deep learning: executable chapters, sounds and figures "
    "that move, exercises that answer back."
)


def description_of(doctree: nodes.document | None) -> str:
    """Return the first paragraph of the text, cut at the end of a sentence if it is long."""
    paragraphs = [] if doctree is None else doctree.findall(nodes.paragraph)
    found = [p.astext() for p in paragraphs if _is_told(p)]
    text = re.sub(r"\s+", " ", found[0]).strip() if found else ABOUT
    if len(text) <= LONGEST:
        return text
    whole = re.match(rf".{{40,{LONGEST}}}[.?!](?= )", text)
    return whole[0] if whole else text[: text.rindex(" ", 0, LONGEST)] + " …"


def _is_told(paragraph: nodes.paragraph) -> bool:
    """Return whether a paragraph is of the running text, and can be read without its formulas."""
    inside = isinstance(paragraph.parent, nodes.section)
    return inside and len(paragraph.astext()) >= 40 and not list(paragraph.findall(nodes.math))


def add_tags(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Put description and Open Graph data into a page's head."""
    site = app.config.html_baseurl
    title = re.sub("<[^>]+>", "", context.get("title", "") or app.config.html_title)
    described = description_of(doctree)
    named = {"description": described, "twitter:card": "summary_large_image"}
    properties = {
        "og:type": "website" if page == app.config.root_doc else "article",
        "og:site_name": app.config.html_title,
        "og:title": html.unescape(title),
        "og:description": described,
        "og:url": f"{site}{page}.html",
        "og:image": f"{site}{CARD}",
        "og:image:width": str(CARD_SIZE[0]),
        "og:image:height": str(CARD_SIZE[1]),
        "og:image:alt": app.config.html_title,
        "og:locale": "en_GB",
    }
    tags = [_tag("name", *pair) for pair in named.items()]
    tags += [_tag("property", *pair) for pair in properties.items()]
    context["metatags"] = "\n".join([context.get("metatags", ""), *tags])


def _tag(kind: str, name: str, content: str) -> str:
    return f'<meta {kind}="{name}" content="{html.escape(content, quote=True)}" />'


def write_site_files(app: Sphinx) -> None:
    """Write the files that the site has once."""
    out, site = Path(app.outdir), app.config.html_baseurl
    pages = sorted({*app.env.found_docs})
    places = "".join(f"<url><loc>{html.escape(f'{site}{p}.html')}</loc></url>\n" for p in pages)
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    namespace = "http://www.sitemaps.org/schemas/sitemap/0.9"
    sitemap = f'{head}<urlset xmlns="{namespace}">\n{places}</urlset>\n'
    (out / "sitemap.xml").write_text(sitemap, encoding="utf-8")
    (out / "404.html").write_text(not_found(site, app.config.html_title), encoding="utf-8")
    start = f"{app.config.root_doc}.html"
    (out / "index.html").write_text(leading_on(start, site, app.config.html_title), "utf-8")


def leading_on(start: str, site: str, title: str) -> str:
    """Return the page that leads to the book's first page."""
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8" />'
        f"<title>{html.escape(title)}</title>"
        f'<meta name="description" content="{html.escape(ABOUT, quote=True)}" />'
        f'<link rel="canonical" href="{site}{start}" />'
        f'<meta http-equiv="Refresh" content="0; url={start}" /></head>'
        f'<body><main><p><a href="{start}">{html.escape(title)}</a></p></main></body></html>\n'
    )


def not_found(site: str, title: str) -> str:
    """Return the page for addresses that are none. It is shown at any depth: nothing is loaded."""
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<title>Page not found — {html.escape(title)}</title>
<meta name="description" content="There is no page at this address." />
<meta name="robots" content="noindex" />
<style>
:root {{ color-scheme: light dark }}
body {{ font: 1.1rem/1.6 system-ui, sans-serif; margin: 15vh auto; max-width: 34rem }}
main {{ padding: 0 1rem }}
input, button {{ font: inherit; padding: 0.3rem 0.6rem }}
</style></head><body><main>
<h1>There is no page here</h1>
<p>It may have been renamed: chapters are split when they grow too long. Begin at the
<a href="{site}">start of the book</a>, or search it.</p>
<form action="{site}search.html"><label>Search for <input type="search" name="q" /></label>
<button type="submit">Search</button></form>
</main></body></html>
"""
