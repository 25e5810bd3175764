"""Mends of what the theme and its extensions write, for readers who hear or tab through a page.

Each is a text and what stands in its place. What they are for is tested on the built pages, with
axe-core (``tests/test_book_axe.py``) and by name (``tests/test_book_access.py``).
"""

from __future__ import annotations

import re

MENDS = (
    # The box says what it folds; a label would hide its words from screen readers.
    ('<summary aria-label="Toggle hidden content">', "<summary>"),
    # The field that opens the search shows its name and its keys itself.
    (
        'search-button-field search-button__button pst-js-only" title="Search" aria-label="Search"',
        'search-button-field search-button__button pst-js-only" title="Search"',
    ),
    # The side bar, with the logo in it, is a landmark.
    (
        '<div id="pst-primary-sidebar" class',
        '<div id="pst-primary-sidebar" role="navigation" aria-label="Book" class',
    ),
    ('title="Toggle primary sidebar"', 'title="The book\'s contents"'),
    ('title="Toggle secondary sidebar"', 'title="Contents of this page"'),
)
# A list of citations, whose children were no items of it.
ROLE = re.compile(r'<div class="citation" id="([^"]*)" role="doc-biblioentry">')


def accessible(text: str) -> str:
    """Return a page with everything mended."""
    for wrong, right in MENDS:
        text = text.replace(wrong, right)
    return ROLE.sub(r'<div class="citation" id="\1" role="listitem">', text)
