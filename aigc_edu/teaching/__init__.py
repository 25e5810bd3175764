"""What the chapters show and ask with (floor 4): exercises, players, figures, source.

Importing this package sets the course's matplotlib style.
"""

from aigc_edu.teaching.exercises import Verdict, check, exercise, exercises, written
from aigc_edu.teaching.figures import PALETTE, new_figure, picture, show, use_style
from aigc_edu.teaching.flipbook import flip_through
from aigc_edu.teaching.players import listen, player
from aigc_edu.teaching.plots import (
    draw_waveform,
    plot_spectrogram,
    plot_spectrum,
    plot_waveform,
)
from aigc_edu.teaching.source import show_source

__all__ = [
    "PALETTE",
    "Verdict",
    "check",
    "draw_waveform",
    "exercise",
    "exercises",
    "flip_through",
    "listen",
    "new_figure",
    "picture",
    "player",
    "plot_spectrogram",
    "plot_spectrum",
    "plot_waveform",
    "show",
    "show_source",
    "use_style",
    "written",
]

use_style()
