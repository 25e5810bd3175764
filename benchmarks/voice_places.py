"""Hold the places of the built-in sentences' phonemes against those that the sound alone gives.

    python benchmarks/voice_places.py [--corpus sentences] [--clips 255]

A hidden Markov model learns the corpus's phonemes from its sound alone and aligns each clip by it
(Rabiner, 1989: segmental k-means, three states a phoneme, one Gaussian a state). It is told which
phonemes follow one another, and not where they are: it begins with equal shares of the clip. What
it finds is compared with the corpus's own places. The model's own borders are good to about 20 ms.
"""

from __future__ import annotations

import argparse

import numba
import numpy as np

from aigc_edu import corpora, dsp

HOP, FRAME = 200, 400  # samples at 16 kHz: a frame of 25 ms each 12.5 ms
STATES, ROUNDS = 3, 14


def features(x: np.ndarray) -> np.ndarray:
    """Return log-mel energies and their slopes, (frames, 52); frame t is samples t * HOP on."""
    half = (FRAME - HOP) // 2
    wide = np.lib.stride_tricks.sliding_window_view(np.pad(x, half + 1), FRAME)[1::HOP]
    power = np.abs(np.fft.rfft(wide[: len(x) // HOP] * np.hanning(FRAME))) ** 2
    bank = dsp.mel_filterbank(16_000, FRAME, 26, equal_area=False)  # (26, bins)
    logs = np.log(power @ bank.T + 1e-5)
    return np.concatenate([logs, 2 * np.gradient(logs, axis=0)], axis=1)


@numba.njit
def best_path(scores: np.ndarray) -> np.ndarray:
    """Return the state of each frame, from the first to the last state without a jump, (frames,).

    Parameters
    ----------
    scores
        Log-likelihood of each frame in each state of the clip, (frames, states).
    """
    frames, states = scores.shape
    best = np.full((frames, states), -np.inf)
    stayed = np.ones((frames, states), np.bool_)
    best[0, 0] = scores[0, 0]
    for t in range(1, frames):
        for k in range(states):
            stay = best[t - 1, k]
            step = best[t - 1, k - 1] if k else -np.inf
            stayed[t, k] = stay >= step
            best[t, k] = max(stay, step) + scores[t, k]
    path = np.empty(frames, np.int64)
    path[-1] = states - 1
    for t in range(frames - 1, 0, -1):
        path[t - 1] = path[t] - (not stayed[t, path[t]])
    return path


def learn(x: list[np.ndarray], states: list[np.ndarray]) -> list[np.ndarray]:
    """Return the state of each frame within its clip, after some rounds of segmental k-means.

    Parameters
    ----------
    x
        Features of each clip, (frames, D).
    states
        The states that each clip goes through, (states of the clip,), as numbers.
    """
    paths = [np.arange(len(f)) * len(s) // len(f) for f, s in zip(x, states, strict=True)]
    frames = np.concatenate(x)
    for _ in range(ROUNDS):
        of = np.concatenate([s[path] for s, path in zip(states, paths, strict=True)])
        count = np.bincount(of)[:, None]  # (all states, 1)
        mean, square = (_sums(of, frames**power) / np.maximum(count, 1) for power in (1, 2))
        share = count / (count + 5)  # a state that is seldom borrows the variance of all
        variance = share * (square - mean**2) + (1 - share) * frames.var(0)
        paths = []
        for f, s in zip(x, states, strict=True):
            distance = (f[:, None] - mean[s]) ** 2 / variance[s] + np.log(variance[s])
            paths.append(best_path(-0.5 * distance.sum(2)))
    return paths


def _sums(of: np.ndarray, values: np.ndarray) -> np.ndarray:
    sums = np.zeros((of.max() + 1, values.shape[1]))
    np.add.at(sums, of, values)
    return sums


def main() -> None:
    """Print how far the places are from those that the sound alone gives."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpus", default="sentences")
    parser.add_argument("--root", help="folder of the corpus")
    parser.add_argument("--clips", type=int, default=255)
    options = parser.parse_args()
    clips = corpora.load(options.corpus, root=options.root, rate=16_000)[: options.clips]
    names = sorted({p.symbol.strip("ˈˌ") for clip in clips for p in clip.phonemes})
    numbers = [[names.index(p.symbol.strip("ˈˌ")) for p in clip.phonemes] for clip in clips]
    states = [np.add.outer(STATES * np.array(n), np.arange(STATES)).ravel() for n in numbers]
    paths = learn([features(clip.samples.astype(float)) for clip in clips], states)
    found = [np.searchsorted(path, np.arange(0, path[-1], STATES)) * HOP for path in paths]
    told = [np.array([p.start for p in clip.phonemes]) for clip in clips]
    late = [(f - t)[1:] / 16 for f, t in zip(found, told, strict=True)]  # ms
    all_late = np.concatenate(late)
    print(f"{len(all_late):,} places, {len(names) - 1} phonemes; the sound's, minus the corpus's:")
    print(
        "median {:.1f} ms, 5 to 95 %: {:.0f} to {:.0f} ms".format(
            np.median(all_late), *np.quantile(all_late, [0.05, 0.95])
        )
    )
    for limit in (12.5, 25, 37.5, 50):
        print(f"within {limit:4} ms: {np.mean(np.abs(all_late) <= limit + 1e-6):.1%}")


if __name__ == "__main__":
    main()
