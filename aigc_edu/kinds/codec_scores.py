"""What the card of a codec says: how near and how clear a copy is, for each number of books."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
import torch

from aigc_edu.checkpoints import Trained
from aigc_edu.corpora import Corpus, Split
from aigc_edu.corpora.choosing import spread_evenly
from aigc_edu.errors import InvalidValueError
from aigc_edu.evaluation.fidelity import log_mel_distance, si_sdr
from aigc_edu.evaluation.intelligibility import stoi
from aigc_edu.kinds.base import Measured, Sound, Table
from aigc_edu.kinds.codec_training import check_corpus, codec_distance, distance_at, pieces_for
from aigc_edu.models.codec import Codec, Tokens, decode, encode
from aigc_edu.nn.codebook import share_alive

CLIPS = 40  # held-out clips that are copied
QUICK = 10  # the same at the end of a training
FRAMES = 40  # of training clips for each entry, by which it is told which are alive


class Copies(NamedTuple):
    """How held-out clips come out of a codec by its first books.

    Attributes
    ----------
    books
        How many.
    kilobits
        In a second.
    log_mel
        Mean distance of mel spectrograms in dB.
    stoi
        Intelligibility of all clips in a row; None where there is too little sound for it.
    si_sdr
        Mean ratio in dB. It says little: phases are free.
    """

    books: int
    kilobits: float
    log_mel: float
    stoi: float | None
    si_sdr: float


def copies(model: Codec, held: Corpus, counts: Iterable[int]) -> list[Copies]:
    """Return how clips come out, for each number of books that is asked for."""
    check_corpus(held, model.config)
    real = [np.asarray(clip.samples, np.float64) for clip in held]
    written = [encode(model, x, held.rate) for x in real]
    return [_copies(model, real, written, count) for count in counts]


def _copies(model: Codec, real: list[np.ndarray], written: list[Tokens], books: int) -> Copies:
    made = [decode(model, tokens, books).astype(np.float64) for tokens in written]
    pairs, rate = list(zip(real, made, strict=True)), model.rate
    return Copies(
        books,
        model.config.bits_per_second * books / model.books / 1000,
        float(np.mean([log_mel_distance(*pair, rate) for pair in pairs])),
        _stoi(np.concatenate(real), np.concatenate(made), rate),
        float(np.mean([si_sdr(*pair) for pair in pairs if pair[0].any()])),
    )


def _stoi(real: np.ndarray, made: np.ndarray, rate: int) -> float | None:
    try:
        return stoi(real, made, rate)
    except InvalidValueError:  # a few short clips
        return None


def alive(model: Codec, corpus: Corpus) -> list[float]:
    """Return the share of each book's entries that occur in clips of a corpus, in [0, 1].

    So many of them are looked at that there are 40 frames for each entry, if there are so many.
    """
    length = sum(clip.duration for clip in corpus) * corpus.rate / model.hop  # frames
    share = min(1.0, FRAMES * model.entries / max(length, 1))
    chosen = spread_evenly(corpus, max(1, round(share * len(corpus))))
    codes = [encode(model, clip.samples, corpus.rate).codes for clip in chosen]
    of_books = torch.from_numpy(np.concatenate(codes, axis=1))
    return [share_alive(row, model.entries) for row in of_books]


def codec_scores(trained: Trained, split: Split) -> dict[str, float]:
    """Return the distance, the intelligibility and the bits of some held-out clips, by all books.

    Nothing where no clips are held out.
    """
    model, held = trained.model, spread_evenly(split.test, QUICK)
    if not len(held):
        return {}
    whole = copies(model, held, [model.books])[0]
    clear = {} if whole.stoi is None else {"stoi": whole.stoi}
    return {"log_mel_db": whole.log_mel, **clear, "kilobits": whole.kilobits}


def measure_codec(
    trained: Trained, split: Split, told: dict[str, Any], anchors: dict[str, Trained]
) -> Measured:
    """Measure a codec with each number of its books on held-out clips.

    Parameters
    ----------
    trained
        The codec.
    split
        Its corpus's parts.
    told
        ``clips``: how many held-out clips.
    anchors
        Codecs to compare with: by their spectral distance.
    """
    model, held = trained.model, spread_evenly(split.test, told.get("clips", CLIPS))
    rows = copies(model, held, range(1, model.books + 1))
    living = alive(model, split.train)
    scores = {"alive": min(living), "helping": helping(rows)}
    for row in rows:
        scores |= {f"log_mel_db_{row.books}": row.log_mel, f"si_sdr_{row.books}": row.si_sdr}
        scores |= {} if row.stoi is None else {f"stoi_{row.books}": row.stoi}
    distance = distance_at(model.rate)
    near = spread_evenly(split.validation, CLIPS)
    values = {
        name: codec_distance(net.model, pieces_for(near, net.model.config), distance)
        for name, net in anchors.items()
    }
    return Measured(scores, [_table(rows, living, len(held))], values, _says(rows), "nepers")


def helping(rows: list[Copies]) -> float:
    """Return the share of books whose addition betters every measure that is a bar, in [0, 1].

    These are the distance, and intelligibility where it was measured; the first book adds to
    nothing and isn't counted.
    """
    better = [
        after.log_mel < before.log_mel
        and (after.stoi is None or before.stoi is None or after.stoi > before.stoi)
        for before, after in zip(rows, rows[1:], strict=False)
    ]
    return sum(better) / len(better) if better else 1.0


def _says(rows: list[Copies]) -> str:
    first, last = rows[0], rows[-1]
    told = f"with {last.books} books a copy is {last.log_mel:.1f} dB away from a held-out clip"
    books = f"{first.books} book{'s'[: first.books > 1]}"
    return f"{told}, with {books} {first.log_mel:.1f} dB, in mel bands"


def _table(rows: list[Copies], living: list[float], count: int) -> Table:
    columns = ["books", "kbit/s", "log-mel distance", "STOI", "SI-SDR", "entries alive"]
    texts = [
        [
            str(row.books),
            f"{row.kilobits:.2f}",
            f"{row.log_mel:.2f} dB",
            "" if row.stoi is None else f"{row.stoi:.3f}",
            f"{row.si_sdr:.1f} dB",
            f"{share:.0%}",
        ]
        for row, share in zip(rows, living, strict=True)
    ]
    caption = (
        f"{count} held-out clips, decoded from the first books of all. The distance is between "
        "levels in 40 mel bands. STOI foretells how well speech is understood, and means nothing "
        "for other sounds. SI-SDR compares samples: below 0 dB the error is larger than the sound, "
        "and that is so with good copies, too, because phases are free. Alive: the share of the "
        f"last book's entries that occur at all, in up to {FRAMES} training frames for each."
    )
    return Table(caption, columns, texts)


def a_copy(trained: Trained, split: Split, told: dict[str, Any]) -> Sound:
    """Return a held-out clip, ``told["clip"]``, as it comes out of all books."""
    model, clip = trained.model, split.test[told.get("clip", 0)]
    return Sound("copy", decode(model, encode(model, clip.samples, model.rate)), model.rate)
