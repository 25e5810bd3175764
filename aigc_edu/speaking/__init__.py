"""Products of speech: designed voices, an assistant, audiobooks, radio plays, dubbing (floor 4)."""

from aigc_edu.speaking.assistant import Card, card_from, read_card
from aigc_edu.speaking.lines import SPOKEN, Network, Speaker, levelled, speak
from aigc_edu.speaking.publishing import Published, marks_between, publish
from aigc_edu.speaking.rendering import Rendered, render_chapter
from aigc_edu.speaking.rooms import ROOMS, panned, placed
from aigc_edu.speaking.script import (
    Line,
    Pause,
    Script,
    ScriptError,
    Sound,
    read_script,
    script_from,
)
from aigc_edu.speaking.streaming import (
    Piece,
    first_start,
    sentences_as_they_come,
    stream,
    typed,
    waiting,
)
from aigc_edu.speaking.voices import MOODS, Mood, Voice, revoiced, told, voice_from

__all__ = [
    "MOODS",
    "ROOMS",
    "SPOKEN",
    "Card",
    "Line",
    "Mood",
    "Network",
    "Pause",
    "Piece",
    "Published",
    "Rendered",
    "Script",
    "ScriptError",
    "Sound",
    "Speaker",
    "Voice",
    "card_from",
    "first_start",
    "levelled",
    "marks_between",
    "panned",
    "placed",
    "publish",
    "read_card",
    "read_script",
    "render_chapter",
    "revoiced",
    "script_from",
    "sentences_as_they_come",
    "speak",
    "stream",
    "told",
    "typed",
    "voice_from",
    "waiting",
]
