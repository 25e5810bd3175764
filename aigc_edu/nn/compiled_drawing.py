"""Drawing a code within a compiled loop: what ``drawing.py`` does, for one row at a time.

Chapter: chapters/03-autoregressive/05-wavenet-speed.ipynb
"""

from __future__ import annotations

import numpy as np

from aigc_edu.nn.compiling import jit

_compiled, _inlined = jit(True), jit(True, forceinline=True)


@_inlined
def _exp_double(x):
    """Return exp(x), float64, for x <= 700: a power series times a power of 2; 0 below -700."""
    near = max(x, -700.0)
    whole = np.floor(near * 1.4426950408889634 + 0.5)
    r = near - whole * 0.6931471805599453
    series = 1.0
    for n in range(13, 0, -1):
        series = series * r * (1.0 / n) + 1.0
    power = np.int64((np.int64(whole) + 1023) << 52).view(np.float64)
    return series * power if x >= -700.0 else 0.0


@_compiled
def draw_one(
    logits: np.ndarray,
    b: int,
    p: np.ndarray,
    chance: float,
    temperature: float,
    top_k: int,
    top_p: float,
) -> int:
    """Return the code that ``draw`` of ``drawing.py`` takes from logits[b]; fill p (q,)."""
    best, most, whole, total = 0, logits[b, 0], 0.0, 0.0
    for i in range(len(p)):
        if logits[b, i] > most:
            best, most = i, logits[b, i]
    if temperature == 0.0:
        return best
    for i in range(len(p)):
        p[i] = _exp_double((np.float64(logits[b, i]) - most) / temperature)
    if 0 < top_k < len(p) or top_p < 1.0:
        _keep(p, top_k, top_p)
    for i in range(len(p)):
        whole += p[i]
    for i in range(len(p)):
        total += p[i]
        if total > chance * whole:
            return i
    return best  # only if rounding left the sum below what was wanted


@_compiled
def draw_next(
    codes: np.ndarray,
    t: int,
    chances: np.ndarray,
    sampling: tuple,
    logits: np.ndarray,
    p: np.ndarray,
) -> None:
    """Fill codes[:, t + 1] from the logits, if these are not known; see ``CompiledCodeStream``."""
    temperature, top_k, top_p = sampling
    known = codes.shape[1] - chances.shape[1]
    if known <= t + 1 < codes.shape[1]:
        for b in range(len(codes)):
            chance = chances[b, t + 1 - known]
            codes[b, t + 1] = draw_one(logits, b, p, chance, temperature, top_k, top_p)


@_compiled
def _keep(p, top_k, top_p):
    """Set all of p (q,) to zero but the largest ``top_k``, and of these what ``top_p`` needs."""
    ordered = np.sort(p)[::-1]
    kept = min(top_k, len(p)) if top_k > 0 else len(p)
    enough, total = top_p * ordered[:kept].sum(), 0.0
    for i in range(kept):
        total += ordered[i]
        if total >= enough:
            kept = i + 1
            break
    for i in range(len(p)):
        if p[i] < ordered[kept - 1]:
            p[i] = 0.0
