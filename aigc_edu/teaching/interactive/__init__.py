"""Figures with sliders whose effect is seen and heard, on a page without a server too.

One call puts a figure on the page: ``interactive.aliasing()``. In a running notebook the sliders
are widgets that call Python; on the built site, or in a page opened from a folder, a script of the
page's own computes the same samples. Give settings to begin with others than the usual ones:
``interactive.aliasing(frequency=7000)``.
"""

from __future__ import annotations

from aigc_edu.teaching.interactive.arrows import ARROWS, arrows
from aigc_edu.teaching.interactive.attending import ATTENDING, built_heads
from aigc_edu.teaching.interactive.bird import FLOW_MAP, PARTICLES
from aigc_edu.teaching.interactive.blurring import blurring
from aigc_edu.teaching.interactive.books_heard import books_heard
from aigc_edu.teaching.interactive.causal_flow import CAUSAL_FLOW
from aigc_edu.teaching.interactive.cleaned import cleaned
from aigc_edu.teaching.interactive.clocks import CLOCKS
from aigc_edu.teaching.interactive.cloud import CLOUD
from aigc_edu.teaching.interactive.codecs_heard import codecs_heard
from aigc_edu.teaching.interactive.compressing import compressing
from aigc_edu.teaching.interactive.continuing import CONTINUING, grade
from aigc_edu.teaching.interactive.convolution import RECEPTIVE_FIELD
from aigc_edu.teaching.interactive.envelopes import envelopes
from aigc_edu.teaching.interactive.figure import InteractiveFigure
from aigc_edu.teaching.interactive.five_layers import FIVE_LAYERS
from aigc_edu.teaching.interactive.gate_order import GATE_ORDER
from aigc_edu.teaching.interactive.gated_layer import GATED_LAYER
from aigc_edu.teaching.interactive.gates import GATES
from aigc_edu.teaching.interactive.generator_pad import Playable, generator_pad
from aigc_edu.teaching.interactive.in_steps import in_steps
from aigc_edu.teaching.interactive.leakage import LEAKAGE
from aigc_edu.teaching.interactive.listening import listening
from aigc_edu.teaching.interactive.listening_tests import ListeningTest
from aigc_edu.teaching.interactive.loops import LOOP
from aigc_edu.teaching.interactive.manners import manners
from aigc_edu.teaching.interactive.memory import MEMORY
from aigc_edu.teaching.interactive.mixed_notes import mixed_notes
from aigc_edu.teaching.interactive.neighbours import SoundMap, neighbours
from aigc_edu.teaching.interactive.of_adversarial import (
    five_layers,
    same_padding,
    two_players,
)
from aigc_edu.teaching.interactive.of_models import (
    attending,
    causal_flow,
    clocks,
    continuing,
    drawing,
    flow_map,
    free_run,
    gate_order,
    gated_layer,
    gates,
    in_pieces,
    mel_copies,
    memory,
    one_of,
    particles,
    receptive_field,
    rings,
    said,
    say_a_digit,
    say_a_digit_html,
    truncation,
    upsampling,
)
from aigc_edu.teaching.interactive.of_products import cloud, struck, two_ears
from aigc_edu.teaching.interactive.of_sound import (
    aliasing,
    beats,
    bit_depth,
    fm,
    harmonics,
    leakage,
    loop,
    mu_law,
    poles,
    vowel,
    window_length,
)
from aigc_edu.teaching.interactive.piano_roll import piano_roll
from aigc_edu.teaching.interactive.poles import POLES
from aigc_edu.teaching.interactive.reading_curves import Course, reading_curves
from aigc_edu.teaching.interactive.residual_books import residual_books
from aigc_edu.teaching.interactive.rhythm import rhythm
from aigc_edu.teaching.interactive.ring_buffers import RINGS
from aigc_edu.teaching.interactive.same_padding import SAME_PADDING
from aigc_edu.teaching.interactive.sampling import ALIASING, BIT_DEPTH, MU_LAW
from aigc_edu.teaching.interactive.shown import Shown
from aigc_edu.teaching.interactive.side_by_side import side_by_side
from aigc_edu.teaching.interactive.spoiled import spoiled
from aigc_edu.teaching.interactive.spoken import designed_voice, how_far, must_fit
from aigc_edu.teaching.interactive.stage_temperatures import stage_temperatures
from aigc_edu.teaching.interactive.stages import Stages, show_stages
from aigc_edu.teaching.interactive.struck import STRUCK
from aigc_edu.teaching.interactive.subtracting import subtracting
from aigc_edu.teaching.interactive.tones import BEATS, FM, HARMONICS
from aigc_edu.teaching.interactive.truncation import TRUNCATION
from aigc_edu.teaching.interactive.two_ears import TWO_EARS
from aigc_edu.teaching.interactive.two_players import TWO_PLAYERS
from aigc_edu.teaching.interactive.upsampling import UPSAMPLING
from aigc_edu.teaching.interactive.voices import VOWEL
from aigc_edu.teaching.interactive.ward import Stay, ward
from aigc_edu.teaching.interactive.windows import WINDOW_LENGTH

__all__ = [
    "FED",
    "FIGURES",
    "Course",
    "InteractiveFigure",
    "ListeningTest",
    "Playable",
    "Shown",
    "SoundMap",
    "Stages",
    "Stay",
    "aliasing",
    "arrows",
    "attending",
    "beats",
    "bit_depth",
    "blurring",
    "books_heard",
    "built_heads",
    "causal_flow",
    "cleaned",
    "clocks",
    "codecs_heard",
    "cloud",
    "compressing",
    "continuing",
    "designed_voice",
    "drawing",
    "envelopes",
    "five_layers",
    "flow_map",
    "fm",
    "free_run",
    "gate_order",
    "gated_layer",
    "gates",
    "generator_pad",
    "grade",
    "how_far",
    "harmonics",
    "in_pieces",
    "in_steps",
    "leakage",
    "listening",
    "loop",
    "manners",
    "mel_copies",
    "memory",
    "mixed_notes",
    "mu_law",
    "must_fit",
    "neighbours",
    "one_of",
    "particles",
    "piano_roll",
    "poles",
    "reading_curves",
    "receptive_field",
    "residual_books",
    "rhythm",
    "rings",
    "said",
    "same_padding",
    "say_a_digit",
    "say_a_digit_html",
    "show_stages",
    "side_by_side",
    "stage_temperatures",
    "spoiled",
    "struck",
    "subtracting",
    "truncation",
    "two_ears",
    "two_players",
    "upsampling",
    "vowel",
    "ward",
    "window_length",
]

FIGURES = {
    figure.name: figure
    for figure in (
        ALIASING,
        BIT_DEPTH,
        MU_LAW,
        BEATS,
        HARMONICS,
        FM,
        WINDOW_LENGTH,
        RECEPTIVE_FIELD,
        MEMORY,
        GATES,
        ATTENDING,
        CONTINUING,
        UPSAMPLING,
        CAUSAL_FLOW,
        GATED_LAYER,
        RINGS,
        LOOP,
        VOWEL,
        LEAKAGE,
        POLES,
        FLOW_MAP,
        PARTICLES,
        CLOCKS,
        TRUNCATION,
        GATE_ORDER,
        TWO_PLAYERS,
        FIVE_LAYERS,
        SAME_PADDING,
        ARROWS,
        STRUCK,
        TWO_EARS,
        CLOUD,
    )
}

# These show what a notebook has made, and begin with nothing.
FED = (
    "drawing",
    "said",
    "free_run",
    "mel_copies",
    "blurring",
    "generator_pad",
    "reading_curves",
    "mixed_notes",
    "residual_books",
    "rhythm",
    "listening",
    "ward",
    "subtracting",
    "compressing",
    "piano_roll",
    "neighbours",
    "envelopes",
)
