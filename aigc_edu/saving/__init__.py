"""Saving sound as people keep it: formats, tags, chapter marks, loudness, batches (floor 2)."""

from aigc_edu.audio.formats import FORMATS, Coding
from aigc_edu.saving.batch import convert_all
from aigc_edu.saving.blocks_in import reading
from aigc_edu.saving.blocks_out import export, writing
from aigc_edu.saving.converting import Conversion, convert
from aigc_edu.saving.finishing import read_marks
from aigc_edu.saving.marks import Mark
from aigc_edu.saving.meters import LoudnessMeter, PeakMeter, true_peak_db
from aigc_edu.saving.tags import Tags, read_tags

__all__ = [
    "FORMATS",
    "Coding",
    "Conversion",
    "LoudnessMeter",
    "Mark",
    "PeakMeter",
    "Tags",
    "convert",
    "convert_all",
    "export",
    "read_marks",
    "read_tags",
    "reading",
    "true_peak_db",
    "writing",
]
