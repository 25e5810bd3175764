"""Checkpoints draw the same codes from a seed as ever, whatever moves in the library."""

import torch
from conftest import ROOT

from aigc_edu.models.wavenet import WaveNet, WaveNetConfig, load_vocoder, load_wavenet

# Recorded when all of WaveNet stood in one module each of models and training, as bytes in hex;
# those of the vocoder when it was trained anew.
DRAWN = {
    "wavenet-digits": [
        "827c7d7d7c848082847f7e7d837c7a7d7e7e837f827e787d847c7b7a808583867c7f87787e827d80"
        "8180838380807877807a827a817b7c807a84807d7b8384787b867e82867f837e7f7d7d787e7f7581",
        "84867b7a7e8081867e7883807f857d7c827e827e7e858386777b7e7e7e86807a7f7f7e7b7f807978"
        "82857d7f7c7a7c8786857a7f86798685777d7e838380857a80797f8782847f837d877c777b8a7d7a",
    ],
    "vocoder-sentences": [
        "94999a9b9da6a7a8aba9aaadaeadabababa9aaa8a4a29b9595816f67626764615e5b5f5f5d5e5d5e"
        "636264686a6d6b6a74737373737171736e72716e6e70716d6d726f7177717475777979777a7d777e",
    ],
    "seeded": [
        "ab385e4e40dba3bcd878615ad53722595a75bc91a268075ad53c272394d1b6e2407ef10c5aa748a3"
        "aba3ced6a39414119127bd24b43749a623ce8c5a37cfdb122def75b4ef8cb678944e5d1b688c02bd"
        "5fbda5ae7b2d2d5ad259b79aabc429bc5dc8bd979f3d8f20a49f0d372707ed405a7abc78dda7cda6"
        "29c4818c5f22c8a5ab9114175f27dddd3749b7145f7e137694535aa5147a5a23c459d64ecd9fed91",
        "c4752db094ed417af11c07c38ebb13a430d62d302d4581aaf2a44ec3c49f82304911aa1c414e0cef"
        "235241a3bc5dd63e840861416a286a80c3c4a2a54e53d54e92a0d0cfe9abcea5fff5bc84bc13d5e3"
        "ef2878ed0ba75e24c992bee3e35fde9437f1e552071482e524cdffc4c4b4b77aed49d5299fa58e5a"
        "f1b7ed4b290b68fe1d7561f1d6a6edbd37204ea7bee392ae416a1dc82d5987f19f80c4f1ef232737",
    ],
}


def codes_of(generated):
    return [bytes(row).hex() for row in generated.tolist()]


def test_a_wavenet_of_before_the_moves_draws_the_same_codes():
    """The file is the checkpoint wavenet-digits as it shipped then: old files load as ever."""
    model, _ = load_wavenet(ROOT / "tests" / "data" / "wavenet-digits-of-november.safetensors")
    start, told = torch.full((2, 1), 128), torch.tensor([[3, 1], [7, 4]])
    random = torch.Generator().manual_seed(5)
    drawn = model.generate(start, 400, told, 0.9, random, top_k=50, top_p=0.95)
    assert codes_of(drawn[:, :80]) == DRAWN["wavenet-digits"]


def test_the_vocoder_draws_the_same_codes():
    model, _ = load_vocoder("vocoder-sentences")
    local = 0.5 * torch.randn(1, 64, 4, generator=torch.Generator().manual_seed(1))
    random = torch.Generator().manual_seed(5)
    drawn = model.generate(torch.full((1, 1), 128), 400, generator=random, local=local)
    assert codes_of(drawn[:, :80]) == DRAWN["vocoder-sentences"]


def test_a_network_from_a_seed_draws_the_same_codes():
    torch.manual_seed(7)
    config = WaveNetConfig(
        channels=12,
        skip_channels=20,
        layers_per_block=5,
        kernel_size=3,
        conditions=(4, 3),
        clock_frames=5,
        clock_hop=20,
    )
    model = WaveNet(config).eval()
    torch.nn.init.normal_(model.clock.weight)
    torch.nn.init.normal_(model.head.outer.weight, std=0.5)
    start, told = torch.full((2, 3), 128), torch.tensor([[3, 1], [0, 2]])
    random = torch.Generator().manual_seed(5)
    drawn = model.generate(start, 160, told, 0.9, random, top_k=100, top_p=0.9)
    assert codes_of(drawn) == DRAWN["seeded"]
