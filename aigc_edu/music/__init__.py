"""Written music (floor 1): notes on a grid, their tokens, MIDI files, keys, players."""

from aigc_edu.music.keys import Key, find_key, key_fits
from aigc_edu.music.midi import (
    PROGRAMS,
    MidiFileError,
    MidiWarning,
    midi_files,
    read_midi,
    write_midi,
)
from aigc_edu.music.performing import Player, cut_to, perform
from aigc_edu.music.score import BASS, MELODY, STEPS, VOICES, Event, Score, folded, skyline
from aigc_edu.music.tokens import (
    ANY,
    BAR,
    END,
    STYLES,
    TOKENS,
    WORDS,
    Grammar,
    from_tokens,
    moved,
    room,
    to_tokens,
)

__all__ = [
    "ANY",
    "BAR",
    "BASS",
    "END",
    "MELODY",
    "PROGRAMS",
    "STEPS",
    "STYLES",
    "TOKENS",
    "VOICES",
    "WORDS",
    "Event",
    "Grammar",
    "Key",
    "MidiFileError",
    "MidiWarning",
    "Player",
    "Score",
    "cut_to",
    "find_key",
    "folded",
    "from_tokens",
    "key_fits",
    "midi_files",
    "moved",
    "perform",
    "read_midi",
    "room",
    "skyline",
    "to_tokens",
    "write_midi",
]
