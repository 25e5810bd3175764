"""Semantic tokens: what is said or played, about 25 times a second, as the number of a centre.

Chapter: chapters/05-tokens/03-audiolm.ipynb

The features are those of a small network trained in the course, a recogniser of digits, or for
notes the chroma; each is given mean 0 and deviation 1, and k-means finds the centres (Borsos et al.
2022, arXiv:2209.03143, section III.B, who take a layer of w2v-BERT). References for the chroma:
Müller 2015, "Fundamentals of Music Processing", section 3.1.
"""

from __future__ import annotations

from collections.abc import Sequence

import librosa
import numpy as np
import torch
from torch import Tensor, nn

from aigc_edu.errors import InvalidValueError
from aigc_edu.models.audiolm.config import AudioLMConfig
from aigc_edu.models.audiolm.vocabulary import collapse
from aigc_edu.models.recogniser import Recogniser
from aigc_edu.nn import Codebook
from aigc_edu.nn.kmeans import k_means

ROWS = 20_000  # vectors at most that the centres are found from
CHROMA_RATE = 25  # vectors a second


class Chroma(nn.Module):
    """Which of the twelve pitch classes sound, and how loud it is, 25 times a second.

    Parameters
    ----------
    rate
        Sampling rate in Hz.
    """

    channels = 13  # the twelve, and the level
    frame_rate = float(CHROMA_RATE)

    def __init__(self, rate: int) -> None:
        super().__init__()
        self.hop = rate // CHROMA_RATE
        self.frame = self.shortest = 2 ** round(np.log2(rate / 8))  # an eighth of a second
        filters = librosa.filters.chroma(sr=rate, n_fft=self.frame)  # (12, bins)
        self.register_buffer("filters", torch.from_numpy(filters).float(), persistent=False)
        self.register_buffer("hann", torch.hann_window(self.frame), persistent=False)

    def frames(self, x: Tensor) -> Tensor:
        """Map waveforms (B, N) to (B, 13, T): shares of the pitch classes, and the level.

        The shares' sum is 1; in silence they are equal. The level is in units of 10 dB, from -5 to
        0, against the loudest frame, as loud as the recogniser hears a clip: whatever its level.
        """
        if x.dim() != 2 or x.shape[1] < self.shortest:
            wanted = f"(B, N) with N >= {self.shortest}"
            raise InvalidValueError(f"expected waveforms {wanted}, got {tuple(x.shape)}")
        told = {"n_fft": self.frame, "hop_length": self.hop, "window": self.hann}
        power = torch.stft(x, **told, return_complex=True).abs().square()[..., :-1]
        level = power.sum(dim=1, keepdim=True)  # (B, 1, T)
        floor = 1e-5 * level.amax(dim=2, keepdim=True) + 1e-10
        classes = torch.matmul(self.filters, power) + floor / 12
        classes = classes / classes.sum(dim=1, keepdim=True)
        loud = torch.log10((level + floor) / (level.amax(dim=2, keepdim=True) + floor))
        return torch.cat([classes, loud], dim=1)


class SemanticTokens(nn.Module):
    """From waveforms to semantic codes: features, normalised, and the nearest centre's number.

    Nothing in it learns by gradients; all of it is in a checkpoint, the features' network too.

    Parameters
    ----------
    config
        Which features, and how many centres.
    """

    def __init__(self, config: AudioLMConfig) -> None:
        super().__init__()
        hearing = config.hearing
        self.network = Chroma(config.rate) if hearing is None else Recogniser(hearing)
        if hearing is not None and hearing.rate != config.rate:
            raise InvalidValueError(
                f"the recogniser hears {hearing.rate} Hz, the codec makes {config.rate} Hz"
            )
        channels = Chroma.channels
        if hearing is not None:
            channels = hearing.widths[-1] * (hearing.mels // 2 ** len(hearing.widths))
        self.book = Codebook(config.semantic, channels)
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("deviation", torch.ones(channels))
        self.register_buffer("tempo", torch.tensor(0.0))  # tokens a second without repetitions
        self.requires_grad_(False)
        self.train(False)

    def train(self, mode: bool = True) -> SemanticTokens:
        """Stay in evaluation mode: it must hear the same at all times."""
        return super().train(False)

    @property
    def frame_rate(self) -> float:
        """Codes a second, before repetitions are removed."""
        return self.network.frame_rate

    def features(self, x: Tensor) -> Tensor:
        """Map waveforms (B, N) to normalised features (B, C, T)."""
        frames = self.network.frames(x)
        return (frames - self.mean[:, None]) / self.deviation[:, None]

    @torch.no_grad()
    def forward(self, x: Tensor) -> Tensor:
        """Map waveforms (B, N) to semantic codes, int64 (B, T); repetitions are still there."""
        shortest = self.network.shortest
        if x.shape[-1] < shortest:  # a prompt of a few milliseconds
            x = nn.functional.pad(x, (0, shortest - x.shape[-1]))
        return self.book.encode(self.features(x))

    @torch.no_grad()
    def fit(self, clips: Sequence[np.ndarray], seed: int = 0) -> None:
        """Find mean and deviation of the features, the centres and the tempo.

        Parameters
        ----------
        clips
            Waveforms (N,), together with as many vectors as there are centres, at least.
        seed
            Of the start of k-means, and of the choice of vectors where there are many.
        """
        rows = [self.network.frames(torch.tensor(clip)[None].to(self.mean)) for clip in clips]
        every = torch.cat(rows, dim=2)[0].T  # (all T, C)
        self.mean.copy_(every.mean(dim=0))
        self.deviation.copy_(every.std(dim=0).clamp(min=1e-4))
        pick = torch.randperm(len(every), generator=torch.Generator().manual_seed(seed))[:ROWS]
        normal = (every[pick] - self.mean) / self.deviation
        self.book.entries.copy_(k_means(normal, len(self.book.entries), seed=seed))
        changes = [len(collapse(self(torch.tensor(c)[None].to(self.mean))[0])[0]) for c in clips]
        self.tempo.fill_(sum(changes) * self.frame_rate / len(every))
