"""One style sheet and one script for a page of the built book, in the place of some twenty files.

Of the theme's fonts of icons only the icons that the book uses are kept, inside the style sheet.
"""

from __future__ import annotations

import base64
import hashlib
import io
import os
import re
from functools import cache
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

SHEET = re.compile(r'[ \t]*<link\b[^>]*\bhref="(?P<href>[^"]+\.css)(?:\?[^"]*)?"[^>]*>\n?')
SCRIPT = re.compile(r'[ \t]*<script\b[^>]*\bsrc="(?P<src>[^"]+\.js)(?:\?[^"]*)?"[^>]*></script>\n?')
PRELOAD = re.compile(r'[ \t]*<link rel="preload" as="script"[^>]*>\n?')
ADDRESS = re.compile(r"url\(\s*(['\"]?)(?!data:|#|https?:)([^'\")]+)\1\s*\)")
IMPORT = re.compile(r"@import\s+(?:url\()?['\"]?([^'\")]+)['\"]?\)?\s*;")
FACE = re.compile(r"@font-face\{[^}]*?url\([^)]*/(fa-[\w-]+)\.woff2[\"']?\)[^}]*\}")
ICON_RULE = re.compile(r"((?:\.fa-[\w-]+:{1,2}before,?)+)\{(?:--fa:|content:)\"[^\"]*\"[^}]*\}")
ICON_NAME = re.compile(r"\bfa-[a-z0-9-]+")
ICON = re.compile(r"\\(f[0-9a-f]{3})\b|([\ue000-\uf8ff])")
# What the theme loads on every page, and what a page must hold to need it.
NEEDED = {
    "sphinx-design.min.css": 'class="sd-',
    "design-tabs.js": 'class="sd-tab',
    "sphinx-thebe.css": "thebe-launch-button",
    "searchtools.js": 'id="search-results"',
    "language_data.js": 'id="search-results"',
    "searchindex.js": 'id="search-results"',
    "searching.js": 'id="search-results"',
    "fontawesome.js": "never: it draws the icons that the fonts have drawn already",
}
APART = {"searchindex.js", "searchtools.js", "language_data.js"}  # by name, other scripts ask
INLINE = "documentation_options.js"  # so short, and wanted before all others


class Bundler:
    """Writes the bundles of a built book, each once.

    Parameters
    ----------
    site
        The folder of the built book.
    icons
        The names of the icons, ``fa-...``, that its pages and scripts use.
    """

    def __init__(self, site: Path, icons: set[str]) -> None:
        self.site, self.icons = site, icons
        self.text = cache(lambda path: path.read_text(encoding="utf-8"))
        self.sheet, self.script = cache(self._sheet), cache(self._script)

    def page(self, path: Path, text: str) -> str:
        """Return a page that loads bundles."""
        text = PRELOAD.sub("", text)
        sheets = self._local(path, text, SHEET, "href")
        text = _replaced(text, SHEET, self._link(path, self.sheet(sheets)))
        scripts = self._local(path, text, SCRIPT, "src")
        together = tuple(s for s in scripts if s.name not in {*APART, INLINE})
        tag = f'<script defer src="{_from(path, self.script(together))}"></script>\n'
        return SCRIPT.sub(lambda m: self._placed(path, m, scripts, tag), text)

    def _local(self, path: Path, text: str, pattern: re.Pattern, group: str) -> tuple[Path, ...]:
        """Return the files that a page loads, without those that it doesn't need."""
        files = [(path.parent / m[group]).resolve() for m in pattern.finditer(text)]
        return tuple(dict.fromkeys(f for f in files if NEEDED.get(f.name, "") in text))

    def _link(self, path: Path, sheet: Path) -> str:
        return f'<link rel="stylesheet" href="{_from(path, sheet)}" />\n'

    def _placed(self, path: Path, match: re.Match, scripts: tuple[Path, ...], tag: str) -> str:
        """Return what stands in a script's place: itself, the whole bundle, or nothing."""
        file = (path.parent / match["src"]).resolve()
        if file not in scripts:
            return ""
        if file.name == INLINE:
            return f"<script>{self.text(file).strip()}</script>\n{tag}"
        if file.name not in APART:
            return ""
        return match[0].replace("<script", "<script defer", 1)  # like the bundle, and after it

    def _sheet(self, files: tuple[Path, ...]) -> Path:
        text = ICON_RULE.sub(self._kept, "\n".join(map(self._rules, files)))
        codes = {int(a, 16) if a else ord(b) for a, b in ICON.findall(text)}
        text = FACE.sub(lambda m: self._face(m, codes), text)
        return self._write(re.sub(r"\n?/\*# sourceMappingURL=.*?\*/", "", text), "css")

    def _rules(self, sheet: Path) -> str:
        """Return a style sheet with those that it imports, all addresses as from the bundle."""
        text = IMPORT.sub(lambda m: self._rules((sheet.parent / m[1]).resolve()), self.text(sheet))
        return ADDRESS.sub(lambda m: self._moved(sheet, m), text)

    def _moved(self, sheet: Path, match: re.Match) -> str:
        """Return an address of a style sheet as it is from the bundle's folder."""
        if (self.site / "_static" / match[2]).is_file():  # moved already, with an import
            return match[0]
        target = (sheet.parent / match[2].partition("?")[0].partition("#")[0]).resolve()
        return f'url("{os.path.relpath(target, self.site / "_static").replace(os.sep, "/")}")'

    def _kept(self, match: re.Match) -> str:
        return match[0] if self.icons & set(ICON_NAME.findall(match[1])) else ""

    def _face(self, match: re.Match, codes: set[int]) -> str:
        """Return the rule for a font of icons, with the few that are used inside."""
        fonts = sorted(self.site.rglob(f"{match[1]}.ttf"))
        if not fonts:
            return match[0]
        face = re.sub(r"src:[^;}]*", "", match[0])
        return face.replace("{", f"{{src:url({_subset(fonts[0], frozenset(codes))});", 1)

    def _script(self, files: tuple[Path, ...]) -> Path:
        """Join scripts. The first line keeps one's "use strict" from being everybody's."""
        text = ";\n".join(["/* the scripts of the book's pages */", *map(self.text, files)])
        return self._write(re.sub(r"\n?//# sourceMappingURL=.*", "", text), "js")

    def _write(self, text: str, ending: str) -> Path:
        name = hashlib.sha256(text.encode()).hexdigest()[:12]
        path = self.site / "_static" / f"bundle-{name}.{ending}"
        path.write_text(text, encoding="utf-8")
        return path


def icons_used(texts: list[str]) -> set[str]:
    """Return the names of icons in pages and scripts."""
    return {name for text in texts for name in ICON_NAME.findall(text)}


def _replaced(text: str, pattern: re.Pattern, new: str) -> str:
    """Put one text in the place of the first match, and nothing in that of the others."""
    places = iter([new])
    return pattern.sub(lambda _: next(places, ""), text)


def _from(page: Path, file: Path) -> str:
    return os.path.relpath(file, page.parent).replace(os.sep, "/")


@cache
def _subset(font: Path, codes: frozenset[int]) -> str:
    """Return a font with a few characters only, as an address that holds it."""
    options = subset.Options(flavor="woff", layout_features=[], name_IDs=[], notdef_outline=True)
    with TTFont(font, recalcTimestamp=False) as whole:
        there = codes & whole.getBestCmap().keys()
        reducer = subset.Subsetter(options)
        reducer.populate(unicodes=there)
        reducer.subset(whole)
        whole.flavor, buffer = "woff", io.BytesIO()
        whole.save(buffer)
    return "data:font/woff;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
