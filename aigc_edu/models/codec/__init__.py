"""A neural codec: its network, and sounds as tokens."""

from aigc_edu.models.codec.config import CodecConfig
from aigc_edu.models.codec.generation import (
    Tokens,
    decode,
    encode,
    load_codec,
    load_tokens,
    save_tokens,
)
from aigc_edu.models.codec.network import Codec, Coded, Encoder, TransposedDecoder

__all__ = [
    "Codec",
    "CodecConfig",
    "Coded",
    "Encoder",
    "Tokens",
    "TransposedDecoder",
    "decode",
    "encode",
    "load_codec",
    "load_tokens",
    "save_tokens",
]
