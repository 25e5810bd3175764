"""The archetypes of the built-in notes' instruments: six a family, each with its range.

A row is (what it is like, lowest pitch, highest pitch, numbers). In the numbers a pair is a range
from which an instrument draws its own, and ``("body", low, high, count)`` stands for so many
resonances. What the numbers mean is said by ``sustained`` and ``plucked``, which use them. The
fourth row of a family and those before it are for training, the fifth for validation, the sixth
for the test.
"""

from __future__ import annotations

from typing import Any

Row = tuple[str, int, int, dict[str, Any]]


def _brass(cut: tuple, steep: float, attack: tuple, **more: Any) -> dict[str, Any]:
    own = {"vibrato": (2, 6), "hz": (4.8, 5.8), "scoop": (10, 40), "breath": (1.5, 4)}
    return own | {"cut": cut, "steep": steep, "attack": attack} | more


def _flute(fall: tuple, breath: tuple, **more: Any) -> dict[str, Any]:
    own = {"tremor": (0.05, 0.15), "hz": (4.6, 5.6), "vibrato": (4, 9), "scoop": (5, 20)}
    return own | {"attack": (0.06, 0.11), "fall": fall, "breath": breath} | more


def _reed(cut: tuple, even: float, formants: list[tuple], **more: Any) -> dict[str, Any]:
    own = {"steep": 1.8, "attack": (0.03, 0.07), "vibrato": (1, 5), "hz": (4.8, 5.6)}
    own |= {"scoop": (5, 20), "breath": (0.01, 0.03)}
    return own | {"cut": cut, "even": even, "formants": formants} | more


def _string(cut: tuple, low: float, **more: Any) -> dict[str, Any]:
    own = {"vibrato": (8, 14), "hz": (5.2, 6.4), "scoop": (5, 15), "attack": (0.08, 0.16)}
    own |= {"hair": (0.02, 0.06), "body": ("body", low, 4500, 9), "lowest": low}
    return own | {"cut": cut} | more


def _organ(ranks: list[tuple], pipe: tuple | list, **more: Any) -> dict[str, Any]:
    own = {"ranks": ranks, "pipe": list(pipe), "detune": 0.8, "attack": (0.02, 0.05)}
    own |= {"tremor": 0.0, "hz": (5.0, 6.8), "chiff": (0.02, 0.08)}
    return own | more


def _voice(who: str, vowel: str, **more: Any) -> dict[str, Any]:
    own = {"size": (0.93, 1.07), "vibrato": (8, 16), "hz": (4.8, 6.0), "scoop": (10, 40)}
    own |= {"breath": (0.01, 0.05), "attack": (0.06, 0.12)}
    return {"who": who, "vowel": vowel} | own | more


def _fm(carrier: int, modulator: int, index: tuple, under: float = 0.0) -> dict[str, Any]:
    own = {"kind": "fm", "attack": (0.005, 0.03), "release": (0.1, 0.3), "sustain": (0.5, 0.9)}
    own |= {"fall": (0.3, 1.5), "vibrato": (3, 9), "hz": (4.8, 6.0)}
    return own | {"carrier": carrier, "modulator": modulator, "index": index, "under": under}


def _saw(kind: str, cut: tuple, **more: Any) -> dict[str, Any]:
    own = {"kind": kind, "attack": (0.005, 0.03), "release": (0.1, 0.3), "sustain": (0.5, 0.9)}
    own |= {"fall": (0.4, 2.0), "vibrato": (2, 7), "hz": (4.8, 6.0), "peak": (0.3, 1.5)}
    return own | {"detune": (1.5, 4), "width": (0.2, 0.5), "cut": cut} | more


def _guitar(place: tuple, ring: tuple, **more: Any) -> dict[str, Any]:
    own = {"courses": 1, "smoothing": 0.4, "pickup": 0.5, "soft": 0.6, "cut": (1800, 3000)}
    own |= {"body": [], "dry": 1.0, "nail": (0.3, 0.8), "damping": 0.15}
    return own | {"place": place, "ring": ring} | more


def _wood(*modes: tuple[float, float, float]) -> dict[str, Any]:
    return {"body": list(modes), "dry": 0.7}


def _bass(place: tuple, **more: Any) -> dict[str, Any]:
    own = {"kind": "string", "cut": (500, 1100), "nail": (0.05, 0.2), "slap": 0.0, "soft": 0.5}
    return _guitar(place, (4, 8)) | own | {"smoothing": 0.5} | more


def _synth_bass(numbers: dict[str, Any]) -> dict[str, Any]:
    own = {"vibrato": 0.0, "attack": (0.003, 0.01), "release": 0.12, "fall": (0.3, 0.8)}
    return numbers | own | {"sustain": (0.4, 0.8)}


def _piano(cut: tuple, ring: tuple, **more: Any) -> dict[str, Any]:
    own = {"kind": "piano", "stiffness": (1.2e-4, 2.5e-4), "place": (0.11, 0.14), "wood": 500}
    own |= {"detune": 0.4, "attack": 0.004, "thump": (0.04, 0.09), "damping": 0.18}
    return own | {"cut": cut, "ring": ring} | more


def _tines(bell: int, index: tuple, clang: tuple, tremor: float) -> dict[str, Any]:
    own = {"kind": "tines", "ring": (3, 6), "hz": (4.5, 6), "thump": 0.02, "wood": 700}
    own |= {"damping": 0.15, "tremor": tremor}
    return own | {"bell": bell, "index": index, "clang": clang}


def _keyed(place: tuple, ring: tuple, **more: Any) -> dict[str, Any]:
    own = {"kind": "plucked", "thump": (0.04, 0.08), "wood": 1200, "soft": 0.25}
    return _guitar(place, ring, cut=(3500, 5000)) | own | more


def _mallet(bar: str, ring: tuple, shorter: float, **more: Any) -> dict[str, Any]:
    own = {"hard": (0.5, 1.0), "sharp": (-0.01, 0.01), "head": (900, 2500), "tremor": 0.0}
    own |= {"hz": (4, 6.5), "damping": 0.4, "knock": (0.006, 0.012)}
    return own | {"bar": bar, "ring": ring, "shorter": shorter} | more


_CLARINET = [(1500.0, 600.0, 0.6), (3200.0, 700.0, 0.5)]
_OBOE = [(1150.0, 350.0, 2.0), (2900.0, 600.0, 2.5)]
_SAXOPHONE = [(700.0, 350.0, 1.2), (1900.0, 600.0, 0.8)]
_PRINCIPAL = (1.0, 0.45, 0.3, 0.16, 0.09, 0.05, 0.03)
_STOPPED = (1.0, 0.03, 0.22, 0.02, 0.08)
_TONE_WHEEL = (1.0, 0.015)
_TONGUE = (1.0, 0.8, 0.7, 0.5, 0.5, 0.35, 0.25, 0.2, 0.15, 0.1)

ARCHETYPES: dict[str, tuple[Row, ...]] = {
    "bass": (
        ("electric, fingers", 28, 55, _bass((0.12, 0.2), pickup=0.22)),
        ("upright", 28, 53, _bass((0.25, 0.35), ring=(2, 3), **_wood((105, 40, 0.8)))),
        ("synthesiser, saw", 28, 55, _synth_bass(_saw("saw", (500, 1200)))),
        ("electric, slapped", 28, 55, _bass((0.06, 0.1), cut=(1800, 2600), slap=0.25)),
        ("synthesiser, FM", 28, 55, _synth_bass(_fm(1, 1, (1.2, 2.2)))),
        ("electric, plectrum", 28, 55, _bass((0.08, 0.14), cut=(1300, 1900), pickup=0.15)),
    ),
    "brass": (
        ("trumpet", 55, 82, _brass((1900, 2400), 2.4, (0.03, 0.06))),
        ("trombone", 40, 70, _brass((950, 1300), 2.2, (0.05, 0.08))),
        ("horn", 41, 75, _brass((450, 650), 2.2, (0.06, 0.1))),
        ("trumpet, muted", 55, 80, _brass((1700, 2200), 1.9, (0.03, 0.05))),
        ("flugelhorn", 54, 80, _brass((1000, 1400), 2.0, (0.05, 0.08))),
        ("cornet", 55, 82, _brass((1500, 1900), 2.2, (0.04, 0.06))),
    ),
    "flute": (
        ("concert flute", 60, 88, _flute((5, 7), (0.02, 0.05))),
        ("alto flute", 55, 84, _flute((5, 7), (0.05, 0.1))),
        ("recorder", 65, 88, _flute((12, 16), (0.02, 0.04), tremor=0.02, vibrato=(1, 3))),
        ("pan pipe", 58, 84, _flute((10, 14), (0.08, 0.16), attack=(0.04, 0.07))),
        ("concert flute, airy", 60, 88, _flute((5, 7), (0.08, 0.14))),
        ("ocarina", 62, 86, _flute((15, 20), (0.05, 0.08), tremor=0.04)),
    ),
    "guitar": (
        ("nylon", 40, 79, _guitar((0.15, 0.25), (3, 4), **_wood((110, 30, 1.2), (220, 40, 1.0)))),
        ("steel", 40, 81, _guitar((0.1, 0.16), (4, 6), cut=(3000, 4500), **_wood((100, 30, 0.8)))),
        ("electric, neck", 40, 84, _guitar((0.16, 0.25), (5, 8), pickup=0.25, cut=(2000, 3000))),
        ("muted", 40, 76, _guitar((0.12, 0.2), (0.5, 0.8), smoothing=0.5)),
        ("twelve strings", 40, 74, _guitar((0.1, 0.16), (4, 6), courses=2, cut=(2500, 4000))),
        ("harp", 40, 84, _guitar((0.3, 0.45), (2.5, 4), soft=0.9, **_wood((150, 60, 0.6)))),
    ),
    "keyboard": (
        ("grand piano", 33, 88, _piano((420, 560), (10, 14))),
        ("electric piano, bell", 36, 88, _tines(14, (0.6, 1.1), (0.12, 0.25), 0.0)),
        ("harpsichord", 40, 86, _keyed((0.07, 0.13), (2, 3), smoothing=0.25)),
        ("upright piano", 33, 87, _piano((330, 430), (7, 9), detune=1.0, wood=900)),
        ("electric piano, soft", 36, 88, _tines(7, (0.8, 1.6), (0.03, 0.08), 0.15)),
        ("clavichord", 36, 84, _keyed((0.1, 0.2), (1.5, 2.5), pickup=0.12)),
    ),
    "mallet": (
        ("marimba", 45, 88, _mallet("marimba", (0.9, 1.4), 0.7, knock=(0.012, 0.025))),
        ("vibraphone", 53, 86, _mallet("vibraphone", (4, 6), 0.4, tremor=0.25)),
        ("xylophone", 60, 88, _mallet("xylophone", (0.7, 1.0), 0.6, head=(2500, 4000))),
        ("steel pan", 52, 84, _mallet("pan", (1.5, 2.5), 0.5)),
        ("celesta", 60, 88, _mallet("celesta", (2, 3), 0.4)),
        ("glockenspiel", 67, 88, _mallet("glockenspiel", (3, 5), 0.3, head=(4000, 6000))),
    ),
    "organ": (
        ("principal chorus", 36, 86, _organ([(1, 1), (2, 0.7), (3, 0.3), (4, 0.4)], _PRINCIPAL)),
        ("stopped flute", 36, 88, _organ([(1, 1), (2, 0.25)], _STOPPED, chiff=(0.1, 0.2))),
        (
            "drawbars, 8 and 4 feet",
            36,
            84,
            _organ(
                [(1, 1), (2, 0.8), (3, 0.6), (4, 0.3)],
                _TONE_WHEEL,
                attack=0.004,
                tremor=(0.1, 0.2),
            ),
        ),
        ("reed organ", 41, 84, _organ([(1, 1), (2, 0.3)], _TONGUE, attack=(0.05, 0.09))),
        ("mixture", 36, 84, _organ([(1, 1), (2, 0.5), (4, 0.5), (6, 0.3), (8, 0.25)], _PRINCIPAL)),
        (
            "drawbars, many",
            36,
            84,
            _organ(
                [(1, 1), (2, 0.9), (3, 0.8), (4, 0.7), (5, 0.4), (6, 0.4), (8, 0.5)],
                _TONE_WHEEL,
                attack=0.004,
                tremor=(0.05, 0.12),
            ),
        ),
    ),
    "reed": (
        ("clarinet", 50, 86, _reed((2000, 2800), 0.06, _CLARINET, vibrato=(0.5, 1.5))),
        ("oboe", 58, 88, _reed((1600, 2400), 1.0, _OBOE)),
        ("alto saxophone", 49, 81, _reed((1300, 1900), 0.9, _SAXOPHONE, breath=(0.02, 0.04))),
        ("bassoon", 36, 70, _reed((600, 900), 1.0, [(480.0, 180.0, 2.0), (1200.0, 300.0, 0.8)])),
        ("clarinet, dark", 50, 84, _reed((800, 1200), 0.04, _CLARINET, vibrato=(0.5, 1.5))),
        ("tenor saxophone", 44, 76, _reed((1000, 1600), 0.9, _SAXOPHONE, breath=(0.02, 0.05))),
    ),
    "string": (
        ("violin", 55, 88, _string((2200, 3200), 270)),
        ("cello", 36, 76, _string((1200, 1800), 100, attack=(0.1, 0.18))),
        ("viola", 48, 86, _string((1600, 2400), 200)),
        ("violin, muted", 55, 86, _string((1100, 1500), 270, hair=(0.01, 0.03))),
        ("violin, bright", 55, 88, _string((3000, 4000), 280)),
        ("cello, soft", 36, 74, _string((800, 1200), 95, attack=(0.12, 0.2))),
    ),
    "synth_lead": (
        ("FM 1:1", 45, 88, _fm(1, 1, (1.5, 3.5))),
        ("saws", 45, 86, _saw("saw", (1500, 3500))),
        ("pulses", 45, 86, _saw("pulse", (1800, 3500))),
        ("FM 1:2", 45, 86, _fm(1, 2, (1.5, 3.5))),
        ("FM 3:1", 45, 84, _fm(3, 1, (1, 2), under=0.6)),
        ("saws, resonant", 45, 84, _saw("saw", (700, 1400), peak=(2, 4))),
    ),
    "vocal": (
        ("man, ah", 43, 67, _voice("man", "ɑ")),
        ("woman, oh", 55, 79, _voice("woman", "ɔ")),
        ("man, oo", 43, 67, _voice("man", "u")),
        ("woman, eh", 55, 79, _voice("woman", "ɛ")),
        ("woman, ah", 55, 81, _voice("woman", "ɑ")),
        ("man, ee", 45, 67, _voice("man", "i")),
    ),
}
