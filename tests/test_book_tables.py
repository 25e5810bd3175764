"""The book's tables of hours, parts and checkpoints, held against what they tell of."""

from __future__ import annotations

import re
import sys
from itertools import pairwise

import pytest
import yaml
from conftest import CHAPTERS, ROOT

sys.path.insert(0, str(ROOT / "tools"))
import contents
from contents import rows_of, title_of

from aigc_edu.checkpoints import load_checkpoint, shipped_checkpoints
from aigc_edu.kinds.recipes import recipe_names

BOOK = ROOT / "book"
PARTS = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))["parts"]
# The caption of a part stands above its opening page, which has no number; the chapters follow.
CAPTIONS = [part["caption"] for part in PARTS if "caption" in part]
ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII")


HOURS = rows_of((BOOK / "how-to-use.md").read_text(encoding="utf-8"), "| Chapter | Read |")


def test_every_chapter_has_its_row_of_hours_in_the_books_order():
    linked = [re.fullmatch(r"\[(.+)\]\(\.\./(.+)\)", row[0]).groups() for row in HOURS]
    files = [ROOT / f"{c['file']}.ipynb" for part in PARTS for c in part["chapters"]]
    chapters = [path for path in files if path in CHAPTERS]
    assert [path for _, path in linked] == [c.relative_to(ROOT).as_posix() for c in chapters]
    assert [title for title, _ in linked] == [title_of(c) for c in chapters]


def test_the_tables_are_those_that_the_tool_writes():
    """Minutes to read and of the exercises, titles, addresses: python tools/contents.py."""
    for path, text in contents.pages().items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name} is not up to date"


def test_the_hours_of_a_term_are_those_of_the_chapters():
    text = (BOOK / "teaching.md").read_text(encoding="utf-8")
    stated = re.search(r"reads about (\d+) hours in all and works about (\d+) hours", text)
    minutes = [contents.minutes_of(path) for part in contents.parts() for path in part]
    for hours, measured in zip(stated.groups(), map(sum, zip(*minutes, strict=True)), strict=True):
        assert abs(60 * int(hours) - measured) <= 90, f"{measured / 60:.1f} hours"


def test_the_table_of_parts_lists_the_chapters_that_are_there():
    rows = rows_of((BOOK / "welcome.md").read_text(encoding="utf-8"), "| Part | What it is about |")
    parts = [p for p in PARTS if p.get("numbered")]
    linked = [re.findall(r"\[([^]]+)\]\(\.\./(chapters/[^)]+)\)", row[2]) for row in rows]
    for part, links in zip(parts, linked, strict=False):
        files = [ROOT / f"{chapter['file']}.ipynb" for chapter in part["chapters"]]
        files = [path for path in files if path in CHAPTERS]  # a part opens with a page of prose
        assert links == [(title_of(f), f.relative_to(ROOT).as_posix()) for f in files]
    assert [row[2] for row in rows[len(parts) :]] == ["planned"] * (len(rows) - len(parts))
    assert [row[0].split()[0] for row in rows[1:]] == list(ROMAN)
    for caption, row in zip(CAPTIONS[1:-1], rows[1:], strict=False):
        assert row[0].endswith(caption)


def test_every_part_opens_with_a_page_of_its_own():
    folders = sorted({path.parent.name for path in CHAPTERS})[1:]  # the start has no page
    before = [PARTS[i - 1] for i, part in enumerate(PARTS) if part.get("numbered")][1:]
    pages = [[entry["file"] for entry in part["chapters"]] for part in before]
    expected = [[f"book/parts/{folder.removeprefix('0')}"] for folder in folders]
    assert pages == expected
    for (page,), folder, part in zip(pages, folders, before, strict=True):
        text = (ROOT / f"{page}.md").read_text(encoding="utf-8")
        assert text.splitlines()[0].endswith(part["caption"])
        assert f"```{{chapters-of}} {folder}\n" in text and "```{sounds}" in text
        assert len(text.split()) <= 220, "200 words, and what the directives take"


def test_the_table_of_checkpoints_is_that_of_the_files():
    text = (BOOK / "checkpoints.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\* - `(.+)`$", text, re.MULTILINE)
    included = re.findall(r"^```\{include\} \.\./data/checkpoints/(.+)\.md$", text, re.MULTILINE)
    assert sorted(listed) == sorted(included) == list(shipped_checkpoints())
    assert list(recipe_names()) == list(shipped_checkpoints())


# Moving averages, codebooks, and what scales frames: no gradient moves them.
NO_WEIGHTS = ("running_", "num_batches", "quantiser.books.", "model.mean", "model.deviation")


@pytest.mark.parametrize("name", shipped_checkpoints())
def test_a_card_tells_the_number_of_weights(name):
    tensors, _ = load_checkpoint(name)
    count = sum(t.numel() for key, t in tensors.items() if key.startswith("model."))
    floats = sum(
        t.numel()
        for key, t in tensors.items()
        if key.startswith("model.") and not any(part in key for part in NO_WEIGHTS)
    )
    card = (ROOT / "data" / "checkpoints" / f"{name}.md").read_text(encoding="utf-8")
    told = {int(n.replace(",", "")) for n in re.findall(r"(\d[\d,]+) weights", card)}
    assert {count, floats} & told, f"{name}: {count} or {floats}, not {told}"


def test_headings_of_cards_do_not_repeat():
    names = [
        (ROOT / "data" / "checkpoints" / f"{n}.md").read_text(encoding="utf-8").splitlines()[0]
        for n in shipped_checkpoints()
    ]
    assert names == [f"# {name}" for name in shipped_checkpoints()]
    assert all(a != b for a, b in pairwise(names))
