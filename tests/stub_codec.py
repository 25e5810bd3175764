"""A codec that needs no training: what an AudioLM asks of one, for tests."""

import torch
from torch import nn

from aigc_edu.checkpoints import Trained, load_checkpoint, save_checkpoint
from aigc_edu.nn import ResidualCodebook


class StubCodec(nn.Module):
    """Each frame of samples is a vector; books of random vectors, smaller from book to book."""

    def __init__(self, rate=8000, hop=160, books=4, entries=16, seed=0):
        super().__init__()
        self.rate, self.hop, self.books, self.entries = rate, hop, books, entries
        self.residual = ResidualCodebook(books, entries, hop)
        generator = torch.Generator().manual_seed(seed)
        for i, book in enumerate(self.residual.books):
            book.entries.copy_(torch.randn(entries, hop, generator=generator) * 0.3 / 2**i)
            book.total.copy_(book.entries)
        self.eval()

    def encode(self, x):
        return self.residual.encode(x.view(len(x), -1, self.hop).transpose(1, 2))

    def decode(self, tokens):
        return self.residual.decode(tokens).transpose(1, 2).flatten(1)


def save_stub(path, **told):
    codec = StubCodec(**told)
    return save_checkpoint(path, codec.state_dict(), told)


def open_stub(name, device="cpu"):
    weights, told = load_checkpoint(name)
    codec = StubCodec(**told)
    codec.load_state_dict(weights)
    return Trained(codec.to(device), told)
