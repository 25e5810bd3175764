"""Style transfer by optimising a spectrogram, with a small network of random weights.

Chapter: chapters/06-product/14-style-and-timbre.ipynb

References
----------
- Gatys, Ecker and Bethge 2016: content by features, style by their Gram matrix.
- Ulyanov and Lebedev 2016, "Audio texture synthesis and style transfer": one convolution with
  random weights over a spectrogram whose bins are the channels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from aigc_edu.dsp import griffin_lim, stft
from aigc_edu.errors import InvalidValueError

FRAME, HOP = 1024, 256


@dataclass(frozen=True)
class StyleSettings:
    """How a spectrogram is optimised.

    Attributes
    ----------
    filters, width
        Random filters of the network, and frames that each of them sees.
    style
        Weight of the style's loss against the content's.
    steps, rate
        Of Adam, and its step size.
    seed
        Of the filters, of the noise to begin with, and of the phases.
    from_noise
        Whether to begin with noise, and not with the content.
    """

    filters: int = 256
    width: int = 9
    style: float = 10.0
    steps: int = 150
    rate: float = 0.05
    seed: int = 0
    from_noise: bool = False


def log_image(x: np.ndarray) -> Tensor:
    """Return ln(1 + magnitude) of a sound's STFT, float32 (bins, frames); x has shape (N,)."""
    return torch.from_numpy(np.log1p(np.abs(stft(x, FRAME, HOP)))).float()


def random_filters(settings: StyleSettings) -> Tensor:
    """Return the network's weights, (filters, bins, width): normal, of the variance 2 / inputs."""
    bins = FRAME // 2 + 1
    random = torch.Generator().manual_seed(settings.seed)
    weights = torch.randn(settings.filters, bins, settings.width, generator=random)
    return weights * (2 / (bins * settings.width)) ** 0.5


def features(image: Tensor, filters: Tensor) -> Tensor:
    """Return what the network sees in an image (bins, T): (filters, T - width + 1), 0 or more."""
    return F.relu(F.conv1d(image[None], filters)[0])


def gram(seen: Tensor) -> Tensor:
    """Return how often features occur together: of (filters, T) the (filters, filters) mean.

    ``G[i, j] = sum_t seen[i, t] seen[j, t] / T``. When they occur is lost.
    """
    return seen @ seen.T / seen.shape[1]


def restyled(
    content: np.ndarray,
    style: np.ndarray,
    settings: StyleSettings = StyleSettings(),  # noqa: B008
) -> tuple[np.ndarray, list[tuple[float, float]]]:
    """Return a sound with the features of one sound, which occur together as another one's do.

    Parameters
    ----------
    content, style
        Shape (N,) and (M,), of one sampling rate, each of several frames; they are brought to one
        level.
    settings
        How.

    Returns
    -------
    tuple
        The sound, float64 (N,) within [-1, 1] at the content's level, and after each step what
        content and style cost, before they are weighted.
    """
    size = (settings.width + 1) * HOP
    for x in (content, style):
        if np.ndim(x) != 1 or len(x) < size or not np.abs(x).max() > 0:
            raise InvalidValueError(f"expected sounds of {size} samples or more, not silent")
    level = float(np.sqrt(np.mean(np.square(content))))
    other = np.asarray(style, float) * level / float(np.sqrt(np.mean(np.square(style))))
    target, filters = log_image(content), random_filters(settings)
    wanted, textures = features(target, filters), gram(features(log_image(other), filters))
    image, costs = _optimised(target, filters, wanted, textures, settings)
    magnitude = np.expm1(image.clamp(min=0).double().numpy())
    x = griffin_lim(magnitude, HOP, 60, seed=settings.seed, length=len(content))
    x = x * level / max(1e-9, float(np.sqrt(np.mean(np.square(x)))))
    return np.clip(x, -1, 1), costs


def _optimised(
    target: Tensor, filters: Tensor, wanted: Tensor, textures: Tensor, settings: StyleSettings
) -> tuple[Tensor, list[tuple[float, float]]]:
    """Return the image at which content and style together cost least, and the costs on the way."""
    random = torch.Generator().manual_seed(settings.seed)
    noise = 0.1 * torch.rand(target.shape, generator=random)
    image = (noise if settings.from_noise else target.clone()).requires_grad_()
    adam, costs = torch.optim.Adam([image], lr=settings.rate), []
    for _ in range(settings.steps):
        seen = features(image, filters)
        content = F.mse_loss(seen, wanted)
        style = F.mse_loss(gram(seen), textures)
        adam.zero_grad()
        (content + settings.style * style).backward()
        adam.step()
        costs.append((content.item(), style.item()))
    return image.detach(), costs
