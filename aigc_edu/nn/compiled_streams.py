"""The side of PyTorch of a compiled loop: checking what it is given, and letting it run.

Chapter: chapters/03-autoregressive/05-wavenet-speed.ipynb
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from aigc_edu.errors import InvalidValueError
from aigc_edu.nn.drawing import check_sampling
from aigc_edu.nn.streaming import CodeStream
from aigc_edu.nn.tiles import rows

PIECE = 4096  # codes that are drawn between two moments at which Ctrl-C is heard


class CompiledCodeStream(CodeStream):
    """A network on the CPU, fed one code at a time or left to run, in compiled code.

    What a network's own stream adds is :meth:`run`, which has to leave the logits of the next
    codes in ``self.logits``. Its weights are copied when it is made: make a new one after
    changing them. The first use in a process compiles the loop or loads it from numba's cache.

    Parameters
    ----------
    batch
        Number B of clips.
    levels
        Number of codes q.
    """

    def __init__(self, batch: int, levels: int) -> None:
        self.batch, self.levels, self.time = batch, levels, 0
        self.logits, self.p = rows(batch, levels), np.zeros(levels)

    @property
    def bytes_per_sample(self) -> float:
        """Bytes of weights that one step reads for one clip, zeros of unfilled tiles included.

        A weight that serves several steps at once counts for each of them in part.
        """
        raise NotImplementedError

    def run(self, codes: np.ndarray, chances: np.ndarray, sampling: tuple) -> None:
        """Call the compiled loop at the time ``self.time``.

        Parameters
        ----------
        codes
            int64, (B, N + T), N >= 1: N known ones and T that are filled. A last one that was
            drawn isn't heard.
        chances
            float64 in [0, 1), (B, T): where in the cumulated probabilities a code is taken.
        sampling
            Temperature, top_k and top_p.
        """
        raise NotImplementedError

    def step(self, codes: Tensor) -> Tensor:
        """Take the codes at the present time, (B,); return the next one's logits, (B, q)."""
        self._go_on(self._checked(codes[:, None]), np.empty((self.batch, 0)), (1.0, 0, 1.0))
        return torch.from_numpy(self.logits[:, : self.levels].copy())

    def generate(
        self,
        start: Tensor,
        chances: Tensor,
        temperature: float = 1.0,
        top_k: int = 0,
        top_p: float = 1.0,
    ) -> Tensor:
        """Hear ``start`` (B, T0 >= 1), then draw one code for each column of ``chances``.

        Parameters
        ----------
        start
            int64 codes.
        chances
            float64 in [0, 1), (B, T): where in the cumulated probabilities each code is taken.
        temperature, top_k, top_p
            See :meth:`CodeModel.generate`; 0 and 1 switch the last two off.

        Returns
        -------
        Tensor
            int64, (B, T).

        Raises
        ------
        InvalidValueError
            If codes or settings are out of range.
        """
        check_sampling(temperature, top_k, top_p)
        sampling = (float(temperature), int(top_k), float(top_p))
        if chances.dim() != 2 or len(chances) != self.batch:
            raise InvalidValueError(
                f"expected chances of {self.batch} clip(s), (B, T), got {tuple(chances.shape)}"
            )
        heard, pieces = self._checked(start), []
        for some in chances.double().split(PIECE, dim=1):
            codes = np.concatenate([heard, np.zeros(tuple(some.shape), np.int64)], axis=1)
            self._go_on(codes, np.ascontiguousarray(some.numpy()), sampling)
            pieces.append(torch.from_numpy(codes[:, heard.shape[1] :]))
            heard = codes[:, -1:]  # drawn, and not heard yet
        return torch.cat(pieces, dim=1)

    def _go_on(self, codes: np.ndarray, chances: np.ndarray, sampling: tuple) -> None:
        self.run(codes, chances, sampling)
        self.time += max(codes.shape[1] - chances.shape[1], codes.shape[1] - 1)

    def _checked(self, codes: Tensor) -> np.ndarray:
        """Return codes (B, T) as an array; compiled code doesn't notice wrong ones itself."""
        if codes.dim() != 2 or len(codes) != self.batch or not codes.shape[1]:
            wanted = f"expected codes of {self.batch} clip(s)"
            raise InvalidValueError(f"{wanted}, one or more for each, got {tuple(codes.shape)}")
        least, most = int(codes.min()), int(codes.max())
        if least < 0 or most >= self.levels:
            raise InvalidValueError(
                f"codes must lie in 0 ... {self.levels - 1}, got {least} ... {most}"
            )
        return np.ascontiguousarray(codes.cpu().numpy(), np.int64)
