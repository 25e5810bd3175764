"""The WaveNet with switches: all on is the library's; bits that don't depend on the coding."""

import math
import sys

import numpy as np
import pytest
import torch
from conftest import ROOT

from aigc_edu.dsp import mu_law_encode
from aigc_edu.errors import InvalidValueError
from aigc_edu.evaluation import multiplications
from aigc_edu.models.wavenet import WaveNet, WaveNetConfig

sys.path.insert(0, str(ROOT / "benchmarks"))
from wavenet_variants import (  # noqa: E402
    FINE,
    Switches,
    WaveNetVariant,
    amplitudes,
    bits_on,
    encode,
    fine_bits,
    train_within,
)


def test_with_all_switches_on_it_is_the_librarys_wavenet():
    torch.manual_seed(0)
    config = WaveNetConfig(channels=6, skip_channels=10, blocks=1, layers_per_block=4)
    library, variant = WaveNet(config), WaveNetVariant(Switches(), 6, 10, 4)
    state = {"first.weight": library.input.weight, "amplitudes": variant.amplitudes}
    for number, layer in enumerate(library.layers):
        pairs = {
            "filters": layer.filter,
            "gates": layer.gate,
            "mix": layer.residual,
            "skips": layer.skip,
        }
        for name, part in pairs.items():
            state |= {f"{name}.{number}.{k}": v for k, v in part.state_dict().items()}
    state |= {f"head.{k}": v for k, v in library.head.state_dict().items()}
    variant.load_state_dict(state)
    codes = torch.randint(0, 256, (2, 40))
    torch.testing.assert_close(variant(codes), library(codes))
    assert variant.receptive_field == config.receptive_field
    torch.testing.assert_close(variant.loss(codes), library.loss(codes))


@pytest.mark.parametrize(("name", "switches"), Switches.one_off_each().items())
def test_each_variant_sees_its_receptive_field_and_not_the_future(name, switches):
    torch.manual_seed(0)
    variant = WaveNetVariant(switches, 8, 32, 3)
    assert variant.receptive_field == (9 if switches.dilation else 5)
    codes = torch.randint(0, 256, (1, 30))
    with torch.no_grad():
        whole = variant(codes)[0]  # (256, 30)
        for back in range(20):
            other = codes.clone()
            other[0, 20 - back] = (other[0, 20 - back] + 128) % 256
            changed = variant(other)[0]
            moved = not torch.equal(changed[:, 20], whole[:, 20])
            assert moved == (back < variant.receptive_field), (name, back)
            assert torch.equal(changed[:, : 20 - back], whole[:, : 20 - back])


def test_one_switch_is_off_in_each_and_every_switch_once():
    variants = Switches.one_off_each()
    all_on = vars(variants.pop("all on"))
    assert all(all_on.values())
    off = [[k for k, on in vars(v).items() if not on] for v in variants.values()]
    assert sorted(sum(off, [])) == sorted(all_on) and all(len(one) == 1 for one in off)
    assert [f"without {one[0].replace('_', '-')}" for one in off] == list(variants)


@pytest.mark.parametrize("mu_law", [True, False])
def test_fine_bits_of_even_chances_for_fine_samples_are_sixteen(mu_law):
    middles = amplitudes(mu_law)
    edges = np.concatenate([[-1.0], (middles[1:] + middles[:-1]) / 2, [1.0]])
    p = torch.from_numpy(np.diff(edges) / 2)  # of a sample anywhere in [-1, 1] with even chances
    assert float(p.sum()) == pytest.approx(1)
    codes = torch.arange(256)
    bits = fine_bits(p.log(), codes, mu_law)
    torch.testing.assert_close(bits, torch.full_like(bits, math.log2(2 / FINE)))


def test_codes_are_cells_around_their_amplitudes():
    x = np.random.default_rng(0).uniform(-1, 1, 1000)
    assert np.array_equal(encode(x, True).numpy(), mu_law_encode(x))
    even = encode(x, False).numpy()
    assert np.abs(amplitudes(False)[even] - x).max() <= 1 / 256 + 1e-12
    assert np.array_equal(encode(amplitudes(False), False).numpy(), np.arange(256))
    assert encode(np.array([-1.0, 1.0]), False).tolist() == [0, 255]


def test_training_keeps_to_its_budget_and_learns():
    torch.manual_seed(0)
    codes = encode(0.5 * np.sin(np.arange(3000) * 0.3), True)
    variant = WaveNetVariant(Switches(), 8, 8, 3)
    before, _ = bits_on(variant, codes[:500])
    step = multiplications(lambda: variant.loss(codes[:101].expand(2, -1)).backward())
    seen = []
    budget = 60 * step + step // 2
    steps = train_within(variant, codes, budget, 2, 100, report=lambda n, of: seen.append((n, of)))
    assert steps == 60 and seen[0] == (1, 60) and seen[-1] == (60, 60)
    after, fine = bits_on(variant, codes[:500])
    assert after < before - 2 and fine > after
    with pytest.raises(InvalidValueError, match="more than 1025"):
        train_within(variant, codes[:1000], budget)
