"""What the chapters show and ask with (floor 5): exercises, players, figures, source.

Importing this package sets the course's matplotlib style.
"""

from aigc_edu.teaching.exercises import Verdict, check, exercise, exercises, written
from aigc_edu.teaching.figures import PALETTE, new_figure, show, use_style
from aigc_edu.teaching.players import listen
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
    "listen",
    "new_figure",
    "plot_spectrogram",
    "plot_spectrum",
    "plot_waveform",
    "show",
    "show_source",
    "use_style",
    "written",
]

use_style()
