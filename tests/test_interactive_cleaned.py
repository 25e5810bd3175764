"""The figure of noisy speech, cleaned in several ways."""

from __future__ import annotations

import numpy as np
import pytest

from aigc_edu.errors import InvalidValueError
from aigc_edu.teaching import interactive
from aigc_edu.teaching.interactive.cleaned import cleaned_of


def parts():
    clips, sentences = {}, {}
    for n, noise in enumerate(("street", "keys")):
        for r, ratio in enumerate((15, -5, 5)):
            for w, way in enumerate(("as it is", "network")):
                pace = 0.05 * (1 + n + 0.3 * r + 0.1 * w)
                clips[noise, ratio, way] = 0.4 * np.sin(pace * np.arange(1500))
                sentences[noise, ratio, way] = f"{noise} at {ratio} dB, {way}."
    return clips, sentences


def test_each_setting_has_its_clip_and_sentence():
    clips, sentences = parts()
    figure = cleaned_of(clips, 8000, sentences)
    for (noise, ratio, way), x in clips.items():
        v = {"noise": noise, "ratio": ratio, "way": way}
        assert np.abs(figure.samples(**v) - x).max() < 0.02  # 8 bits
        assert figure.describe(**v).endswith(sentences[noise, ratio, way])
    noise, ratio, way = figure.controls
    assert noise.values == ("street", "keys") and ratio.values == (-5, 5, 15)
    assert ratio.texts[0] == "\u22125 dB" and ratio.start == 5 and way.start == "as it is"


def test_a_missing_clip_or_sentence_is_refused():
    clips, sentences = parts()
    for lost in (clips, sentences):
        kept = lost.pop(("keys", -5, "network"))
        with pytest.raises(InvalidValueError, match="each noise, ratio and way"):
            cleaned_of(clips, 8000, sentences)
        lost["keys", -5, "network"] = kept


def test_the_call_puts_it_on_the_page(monkeypatch):
    shown = []
    monkeypatch.setattr("aigc_edu.teaching.interactive.shown.display", shown.append)
    interactive.cleaned(parts()[0], 8000, parts()[1], way="network")
    assert shown[0].values == {"noise": "street", "ratio": 5, "way": "network"}
    assert shown[0].figure.once and shown[0].figure.name == "clips"
