"""Hours of the natural voice, for models that the shipped sentences are too few for.

Nothing of it ships: ``python -m aigc_edu corpora build sentences-large --texts LIST`` renders a
list of texts (:mod:`aigc_edu.corpora.recipes.large`), for instance LJSpeech's ``metadata.csv``.
Eighty hours of speech take an hour of one processor core, and an hour of speech takes 65 MB.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from aigc_edu.corpora.base import LARGE, Corpus, CorpusError, CorpusInfo, part_of_key
from aigc_edu.corpora.clips import Clip
from aigc_edu.corpora.recorded import samples
from aigc_edu.corpora.rendered import Rendering
from aigc_edu.corpora.shipped import phonemes_at
from aigc_edu.paths import datasets_dir, home_expanded

RATE = 16_000
SPEAKER = "heart"
LICENCE = "that of the texts (the voice is under Apache 2.0)"
CITATION = "hibari2026"
HOMEPAGE = "https://github.com/MMWilliams/hibari"
COMMAND = f"python -m aigc_edu corpora build {LARGE}"
HOW_TO_GET = f"render a list of texts, such as LJSpeech's metadata.csv: '{COMMAND} --texts FILE'"


def find(root: str | Path | None = None) -> Path:
    """Return the folder of the rendering, ``root`` or one below, or raise CorpusError."""
    above = home_expanded(root) if root is not None else datasets_dir()
    for folder in (above / LARGE, above):
        if (folder / "index.json").is_file() and (folder / "chunks").is_dir():
            return folder
    raise CorpusError(f"there are no {LARGE} in {above}; {HOW_TO_GET}")


def load(root: str | Path | None = None, rate: int = RATE) -> Corpus:
    """Load what was rendered, once all of it is there.

    Parameters
    ----------
    root
        The folder with ``index.json``, or the one above; ``$AIGC_EDU_DATA`` by default.
    rate
        Sampling rate in Hz to resample to; the files' own is 16000.

    Returns
    -------
    Corpus
        Its clips have no labels, but a text, and phonemes without a gap, with "" for pauses. There
        is one speaker; a twentieth of the clips each is for validation and test, by the CRC-32 of
        their names.

    Raises
    ------
    CorpusError
        If it is missing, damaged, or not complete; the text says how to go on.
    """
    place = Rendering(find(root))
    wanted = place.wanted()
    done = place.done(wanted)
    if len(done) < len(wanted):
        own = "" if place.folder == datasets_dir() / LARGE else f" --out {place.folder}"
        raise CorpusError(
            f"{LARGE}: {len(done):,} of {len(wanted):,} clips are in {place.folder}; go on with "
            f"'{COMMAND}{own}', or make do with fewer: '{COMMAND}{own} --count N'"
        )
    clips = tuple(
        Clip(
            *(text.key, None, SPEAKER, rate, part_of_key(text.key)),
            load=partial(samples, place.wavs, f"{text.key}.flac", rate),
            phonemes=phonemes_at(done[text.key], RATE, rate),
            text=text.text,
        )
        for text in wanted
    )
    return Corpus(LARGE, rate, (), clips, LICENCE, CITATION, HOMEPAGE)


def info() -> CorpusInfo:
    """Say what the corpus is and whether it is at hand."""
    try:
        folder = find()
    except CorpusError:
        folder = None
    return CorpusInfo(
        name=LARGE,
        title="Sentences in a natural voice, large",
        contents="any list of texts by one neural voice, with phonemes, 16 kHz",
        licence=LICENCE,
        citation=CITATION,
        homepage=HOMEPAGE,
        folder=folder,
        how_to_get=HOW_TO_GET,
        clips=5000,
        hours=7.9,
        rate=RATE,
        speakers=1,
        who="voices",
        purpose="text to speech with hours of one voice, rendered at home",
    )


def fetch(root: str | Path | None = None) -> Path:
    """Return the folder: there is nothing to fetch, the corpus is rendered."""
    return find(root)


def build(
    out: str | Path | None = None, texts: str | Path | None = None, count: int | None = None
) -> Path:
    """Render texts, or go on with it; see :func:`aigc_edu.corpora.recipes.large.build`."""
    from aigc_edu.corpora.recipes import large as recipe

    return recipe.build(datasets_dir() / LARGE if out is None else out, texts, count)
