"""What the card of an AudioLM says: digits heard after a prompt, the voice kept, bits a token.

Chapter: chapters/05-tokens/03-audiolm.ipynb
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import torch

from aigc_edu.audio import sounding_parts
from aigc_edu.checkpoints import Trained
from aigc_edu.corpora import Corpus, Split
from aigc_edu.corpora.choosing import by_known_voices
from aigc_edu.evaluation import NOTHING, Judge
from aigc_edu.evaluation.digits import is_silent
from aigc_edu.evaluation.voices import Voices
from aigc_edu.kinds.audiolm_strings import GAPS, strings_of
from aigc_edu.kinds.audiolm_training import HELD, HELD_SEED, bits_of
from aigc_edu.kinds.base import Measured, Sound, Table
from aigc_edu.kinds.heard_scores import MINE, share_text
from aigc_edu.models.audiolm import Sampling, acoustic_tokens, codec_of, continue_sound
from aigc_edu.models.audiolm.sampling import OPTIONAL, TEMPERATURES

PROMPTS = 60
PROMPT = 1.5  # seconds at least; it ends where a clip ends
WRITTEN = 2.0  # seconds that are written behind it
LEARNED, LEAST = 240, 8  # strings by which all voices are known, and each
MARGIN = 0.04  # seconds on either side of a part that is heard
REAL = "real test strings, as they go on"
CODED = "the same through the codec"
_HEARD = (
    "How many of the words in the continuations are heard as some digit, with 95 % intervals; a "
    "silent continuation counts as a word that nobody hears. Words: their number in each. "
)
_VOICE = (
    "Voice: how many continuations are nearest to the prompt's voice, of {count}, which are known "
    "by strings through the codec (for the first row by real ones); own, others: the "
    "mean Mahalanobis distance from that voice and from the others, by the means and deviations of "
    "19 cepstral coefficients."
)
UNIT = "bits per token, sum of the three stages"


class Prompt(NamedTuple):
    """A prompt (N,), what really comes after it (M,), and whose voice they are."""

    samples: np.ndarray
    after: np.ndarray
    speaker: str


class Row(NamedTuple):
    """What is found in one set of continuations.

    Attributes
    ----------
    heard
        By judge: for each part that sounds, whether a digit is heard in it.
    both
        Likewise, by all judges at once.
    kept
        For each continuation whether its nearest voice is the prompt's.
    own, others
        Its mean distance from the prompt's voice, and from the other ones.
    """

    heard: dict[str, np.ndarray]
    both: np.ndarray
    kept: np.ndarray
    own: float
    others: float


def sampling_of(trained: Trained, **told: Any) -> Sampling:
    """Return how a checkpoint's tokens are drawn: by its own temperatures, if it has some."""
    return Sampling(tuple(trained.description.get("temperatures", TEMPERATURES)), **told)


def audiolm_scores(trained: Trained, split: Split) -> dict[str, float]:
    """Return each stage's bits per token on held-out strings; nothing where there are no clips."""
    held = by_known_voices(split.validation, trained.description["speakers"])
    if len(held) == 0:
        return {}
    codec = codec_of(trained, device=str(trained.model.tokens.mean.device))
    seconds = 1.5 * trained.model.config.window
    clips = [s.samples for s in strings_of(held, HELD, seconds, HELD_SEED)]
    return {f"{stage}_bits": x for stage, x in bits_of(trained.model, codec, clips).items()}


def measure_strings(
    trained: Trained, split: Split, told: dict[str, Any], anchors: dict[str, Trained]
) -> Measured:
    """Continue prompts of unheard clips; let judges hear digits, and compare voices.

    Parameters
    ----------
    trained
        The AudioLM.
    split
        Its corpus's parts.
    told
        ``judges``: names of judges, the last of which has chosen nothing, none for notes;
        ``prompts``: how many; ``seconds``: how much is written; ``seed``.
    anchors
        Networks to compare with.
    """
    judges = {name: Judge.load(name) for name in told.get("judges", [])}
    seed, written = told.get("seed", 0), told.get("seconds", WRITTEN)
    test = split.test
    prompts = prompts_of(test, told.get("prompts", PROMPTS), written, seed)
    voices, coded = voices_of(split, written), voices_of(split, written, _through(trained))
    rows = {
        name: _row(clips, prompts, voices if name == REAL else coded, judges, test.rate)
        for name, clips in _sets(trained, prompts, anchors, written, seed).items()
    }
    bits = audiolm_scores(trained, split)
    values = {name: sum(audiolm_scores(net, split).values()) for name, net in anchors.items()}
    scores = {**_numbers(rows[MINE]), **bits, "prompts": len(prompts)}
    return Measured(scores, [_table(rows, voices), _bits_table(bits)], values, _says(rows), UNIT)


def prompts_of(corpus: Corpus, count: int, written: float, seed: int) -> list[Prompt]:
    """Return prompts by all voices in turn; each ends in the silence behind a clip."""
    found = []
    longest = max((len(clip.samples) for clip in corpus), default=0) / corpus.rate
    seconds = PROMPT + longest + GAPS[1] + written  # a clip may begin just before the prompt's end
    for string in strings_of(corpus, count, seconds, seed):
        cut = next(s for s in string.starts if s >= PROMPT * corpus.rate)
        after = string.samples[cut : cut + round(written * corpus.rate)]
        found.append(Prompt(string.samples[:cut], after, string.speaker))
    return found


def voices_of(
    split: Split, seconds: float, through: Callable[[np.ndarray], np.ndarray] = np.asarray
) -> Voices:
    """Return all voices of a corpus, each known by some strings.

    They are of training clips; of a voice that has none, because the model isn't to know it, of
    test clips. ``through`` is what the strings go through first: a codec colours all voices alike,
    and what it does to them isn't the language model's fault.
    """
    own = set(split.test.speakers) - set(split.train.speakers)
    corpus = split.train + by_known_voices(split.test, sorted(own))
    each = max(LEAST, LEARNED // len(corpus.speakers))
    strings = strings_of(corpus, each * len(corpus.speakers), seconds, HELD_SEED)
    groups: dict[str, list[np.ndarray]] = {name: [] for name in corpus.speakers}
    for string in strings:
        groups[string.speaker].append(through(string.samples))
    return Voices(groups, corpus.rate)


def _sets(
    trained: Trained,
    prompts: Sequence[Prompt],
    anchors: dict[str, Trained],
    seconds: float,
    seed: int,
) -> dict[str, list[np.ndarray]]:
    """Return the sets of continuations that are compared."""
    rules, through = sampling_of(trained, seed=seed), _through(trained)

    def written(who: Trained, how: Sampling) -> list[np.ndarray]:
        clips, codec = [], codec_of(who, device=str(who.model.tokens.mean.device))
        for i, prompt in enumerate(prompts):
            own = replace(how, seed=seed + i)
            clips.append(continue_sound(who.model, codec.model, prompt.samples, seconds, own).new)
        return clips

    sets = {
        REAL: [p.after for p in prompts],
        CODED: [through(p.after) for p in prompts],
    }
    sets[MINE] = written(trained, rules)
    for stage in OPTIONAL:
        sets[f"without the {stage} stage"] = written(trained, replace(rules, without=(stage,)))
    return sets | {name: written(net, rules) for name, net in anchors.items()}


def _through(trained: Trained) -> Callable[[np.ndarray], np.ndarray]:
    """Return what makes waveforms (N,) into what they sound like through an AudioLM's codec."""
    device = trained.model.tokens.mean.device
    codec, books = codec_of(trained, device=str(device)).model, trained.model.config.books

    @torch.inference_mode()
    def copy(x: np.ndarray) -> np.ndarray:
        tokens = acoustic_tokens(codec, torch.tensor(x, device=device)[None], books)
        return codec.decode(tokens)[0, : len(x)].cpu().numpy()

    return copy


def _row(
    clips: Sequence[np.ndarray],
    prompts: Sequence[Prompt],
    voices: Voices,
    judges: dict[str, Judge],
    rate: int,
) -> Row:
    parts = [part for clip in clips for part in parts_to_hear(clip, rate)]
    heard = {name: heard_in(parts, judge, rate) for name, judge in judges.items()}
    both = np.all(list(heard.values()), axis=0) if heard else np.zeros(0, bool)
    pairs = [(_far(voices, clip), p) for clip, p in zip(clips, prompts, strict=True)]
    own = [f[p.speaker] for f, p in pairs if f]
    others = [np.mean([x for name, x in f.items() if name != p.speaker]) for f, p in pairs if f]
    kept = [bool(f) and min(f, key=f.__getitem__) == p.speaker for f, p in pairs]
    means = [float(np.mean(x)) if x else float("nan") for x in (own, others)]
    return Row(heard, both, np.array(kept), *means)


def _far(voices: Voices, clip: np.ndarray) -> dict[str, float]:
    """Return a clip's distances from all voices; none if it is silent, which is nobody's voice."""
    return {} if is_silent(clip) else voices.distances(clip)


def parts_to_hear(clip: np.ndarray, rate: int) -> list[np.ndarray]:
    """Return the parts (N,) of a continuation that sound; an empty one where none does.

    A last part that reaches the end was cut off by it, and is left out if there are others.
    """
    if is_silent(clip):
        return [clip[:0]]
    places = sounding_parts(clip, rate)
    if len(places) > 1 and places[-1][1] >= len(clip) - round(0.03 * rate):
        places = places[:-1]
    margin = round(MARGIN * rate)  # weak consonants live there
    return [clip[max(0, a - margin) : b + margin] for a, b in places] or [clip[:0]]


def heard_in(parts: Sequence[np.ndarray], judge: Judge, rate: int) -> np.ndarray:
    """Return for each part (N,) whether a judge hears any digit in it; never in an empty one."""
    whole = [part if len(part) else np.zeros(rate) for part in parts]
    labels = judge.recognise(whole, rate).labels
    return (labels != NOTHING) & np.array([len(part) > 0 for part in parts])


def _numbers(row: Row) -> dict[str, float]:
    scores = {f"heard_by_{name}": float(x.mean()) for name, x in reversed(row.heard.items())}
    if len(row.both):
        scores |= {"heard_by_both": float(row.both.mean()), "parts": len(row.both)}
    return {**scores, "speaker_kept": float(row.kept.mean()), "own": row.own, "others": row.others}


def _says(rows: dict[str, Row]) -> str:
    row = rows[MINE]
    kept = f"{row.kept.mean():.0%} of {len(row.kept)} continuations keep the prompt's voice"
    if not len(row.both):
        return kept
    return (
        f"{row.both.mean():.0%} of {len(row.both)} words are heard as digits by both judges; {kept}"
    )


def _table(rows: dict[str, Row], voices: Voices) -> Table:
    judges = list(rows[MINE].heard)
    heads = [*(f"`{name}`" for name in judges), "both", "words"] if judges else []
    texts = []
    for name, row in rows.items():
        sets = [*row.heard.values(), row.both] if judges else []
        cells = [share_text(int(x.sum()), len(x)) for x in sets]
        cells += [f"{len(row.both) / len(row.kept):.1f}"] if judges else []
        kept = share_text(int(row.kept.sum()), len(row.kept))
        texts.append([name, *cells, kept, f"{row.own:.1f}", f"{row.others:.1f}"])
    caption = (_HEARD if judges else "") + _VOICE.format(count=len(voices.names))
    return Table(caption, ["", *heads, "voice", "own", "others"], texts)


def _bits_table(bits: dict[str, float]) -> Table:
    rows = [[name.removesuffix("_bits"), f"{value:.2f}"] for name, value in bits.items()]
    return Table("Bits per token on held-out strings:", ["stage", "bits"], rows)


def one_continued(trained: Trained, split: Split, told: dict[str, Any]) -> Sound:
    """Return a prompt of an unheard string and what is written behind it."""
    prompt = prompts_of(split.test, 1, WRITTEN, told.get("seed", 0))[0]
    codec = codec_of(trained, device=str(trained.model.tokens.mean.device))
    rules = sampling_of(trained, seed=told.get("seed", 0))
    made = continue_sound(trained.model, codec.model, prompt.samples, 3.0, rules)
    return Sound("continued", np.clip(made.samples, -1, 1), trained.description["rate"])
