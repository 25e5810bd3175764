"""Check of the exercise that diagnoses pitch trackers, in the chapter *The time domain*."""

from __future__ import annotations

from aigc_edu.checks._matching import matching_hint
from aigc_edu.teaching.exercises import exercise

_RIGHT = {"A": "good", "B": "no voicing decision", "C": "short frames", "D": "double period"}
_HINTS = {
    "good": (
        "a good tracker is silent in the s and the k, NaN in a good part of the frames, and its "
        "median is near 156 Hz, where the speaker's voice lies."
    ),
    "short frames": (
        "a frame of 10 ms can't hold two periods, so its pitch jumps about within the vowels, too. "
        "Look at the steps from frame to frame in the e of seven."
    ),
    "no voicing decision": (
        "it gives a pitch to every frame, also in the s, and is steady in the vowels. Count the "
        "frames that are NaN."
    ),
    "double period": (
        "its pitch is half of the right one in the vowels: the hum lies an octave below the voice. "
        "Compare the medians."
    ),
}


@exercise("time-diagnose")
def diagnose(answer: object) -> str | None:
    """``answer`` says of each of four trackers what is wrong with it."""
    return matching_hint(answer, _RIGHT, _HINTS)
