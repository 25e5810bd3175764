"""AudioLM: tokens of what is said and of how it sounds, and three Transformers over them."""

from aigc_edu.models.audiolm.acoustic import (
    AcousticCodec,
    acoustic_tokens,
    check_codec,
    codec_of,
    fingerprint,
)
from aigc_edu.models.audiolm.config import AudioLMConfig
from aigc_edu.models.audiolm.generation import Continued, continue_sound, load_audiolm
from aigc_edu.models.audiolm.network import AudioLM
from aigc_edu.models.audiolm.sampling import Sampling
from aigc_edu.models.audiolm.semantic import Chroma, SemanticTokens
from aigc_edu.models.audiolm.vocabulary import START, Part, Vocabulary, collapse, expand

__all__ = [
    "START",
    "AcousticCodec",
    "AudioLM",
    "AudioLMConfig",
    "Chroma",
    "Continued",
    "Part",
    "Sampling",
    "SemanticTokens",
    "Vocabulary",
    "acoustic_tokens",
    "check_codec",
    "codec_of",
    "collapse",
    "continue_sound",
    "expand",
    "fingerprint",
    "load_audiolm",
]
