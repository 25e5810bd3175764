"""What stands on the closed box of a folded cell: the thing that opens there, by its name."""

from __future__ import annotations

from collections.abc import Iterable

from docutils import nodes

# From a cell's tag to what is folded there.
TAGGED = {
    "exercise-solution": "the solution",
    "exercise-check": "what the check says",
    "colab": "the set-up for Google Colab",
}
# From a call in a cell to what the cell puts on the page.
FIGURES = ("new_figure(", "show(", "show_figure(", "interactive.", "flip_through(", "picture(")
SOUNDS = ("listen(", "player(")
NUMBERS = ("print(",)
VERBS = {"this figure": "draws", "these sounds": "makes", "these numbers": "computes"}


def code_words(source: str) -> str:
    """Return what a cell's code is, from what it puts on the page.

    >>> code_words("show(figure)")
    'the code that draws this figure'
    """
    kinds = zip((FIGURES, SOUNDS, NUMBERS), VERBS, strict=True)
    made = [what for calls, what in kinds if any(call in source for call in calls)]
    if not made:
        return "the code"
    verb = VERBS[made[0]] if len(made) == 1 else "makes"
    return f"the code that {verb} {_listed(made)}"


def _listed(words: list[str]) -> str:
    """Return "a", "a and b" or "a, b and c"."""
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def words_for(classes: Iterable[str], source: str) -> str:
    """Return what a folded cell holds, from its classes and its code."""
    for tag, words in TAGGED.items():
        if f"tag_{tag}" in classes:
            return words
    return "the answer" if "tag_hide-cell" in classes else code_words(source)


def name_folded_cells(doctree: nodes.document) -> None:
    """Say on each closed box what opens there."""
    for cell in doctree.findall(nodes.container):
        if "prompt_show" in cell:
            words = words_for(cell.get("classes", []), cell.astext())
            cell["prompt_show"], cell["prompt_hide"] = f"Show {words}", f"Hide {words}"


def drop_next(doctree: nodes.document) -> None:
    """Take out the line that leads to the next chapter: a page has a button for it below."""
    for paragraph in list(doctree.findall(nodes.paragraph)):
        if paragraph.astext().startswith("Next: "):
            paragraph.parent.remove(paragraph)
