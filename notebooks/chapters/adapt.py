"""Finetuning a network on one style that it has not seen: the trainings of Figures 8 and 9.

| way | begins with | what is trained |
| --- | --- | --- |
| `fst` | random weights | everything |
| `cin` | a network of another style | gamma and beta ("finetune only the scaling/shifting factors") |
| `cin10` | a row of a network of ten other styles | gamma and beta |
| `value` | ZM-Net | gamma and beta, which PNet gives once at the beginning |
| `pnet` | ZM-Net | PNet |
| `all` | ZM-Net | everything |

The paper "first" trains CIN "on another style image", which is `cin`; `cin10` is the kinder reading, a CIN of several
styles. It does not say which of the last three its "finetuning ZM-Net" is. (`value`, an old name of gamma and beta, is
a key of the kept results.)
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from zmlib.data.images import PHOTO_SCALES, window
from zmlib.device import pick_precision
from zmlib.perceptual import LossNetwork, Measured, scale_free
from zmlib.zmnet import ZMNet

WAYS = ("fst", "cin", "cin10", "value", "pnet", "all")


def begin(way: str, net: ZMNet, style: Tensor, seed: int = 0, row: int = 0) -> tuple[ZMNet, list[nn.Parameter]]:
    """A copy of a network that is ready to be trained on a style, and the parameters to train.

    Args:
        way: one of `WAYS`.
        net: for "cin" and "cin10" a network of other styles (constant, or a table); for "value", "pnet" and "all" a
            ZM-Net guided by images; for "fst" any of this structure.
        style: (1, 3, h, w) in [0, 1]; "value" begins with its gamma and beta.
        seed: of the random weights of "fst".
        row: of a table, with which "cin" and "cin10" begin.

    >>> from zmlib import ZMNet
    >>> net, parameters = begin("value", ZMNet(), torch.rand(1, 3, 64, 64))
    >>> parameters[0].shape  # gamma of the first normalisation
    torch.Size([1, 32])
    """
    if way not in WAYS:
        raise ValueError(f"way must be one of {', '.join(WAYS)}, not {way!r}")
    if way in ("pnet", "all"):
        made = copy.deepcopy(net).eval()  # PNet's running statistics stay those of its training
        part: nn.Module = made if way == "all" else made.source
    else:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            made = ZMNet(net.config, "constant").to(net.device).eval()
        if way != "fst":
            made.tnet.load_state_dict(net.tnet.state_dict())
            signal = style if way == "value" else torch.tensor([row], device=net.device)
            with torch.no_grad():
                affine = net.encode(signal)
                for name in ("gamma", "beta"):
                    for own, given in zip(getattr(made.source, name), getattr(affine, name), strict=True):
                        own.copy_(given)
        part = made if way == "fst" else made.source
    made.requires_grad_(False)
    part.requires_grad_(True)
    return made, list(part.parameters())


@dataclass
class Ground:
    """What all trainings of a comparison have in common: the loss network, and the same photographs in the same order.

    Attributes:
        network: the loss network.
        batches: for each step its crops (N, 3, S, S) in [0, 1], and what the loss network measured of them.
    """

    network: LossNetwork
    batches: Sequence[tuple[Tensor, Measured]]


@torch.no_grad()
def ground(
    network: LossNetwork, photos: Sequence[Image.Image], steps: int, size: int = 64, batch: int = 4, seed: int = 0
) -> Ground:
    """Draw crops of `size` pixels, randomly placed, scaled and flipped, and measure them once for all trainings."""
    device, batches = next(network.parameters()).device, []
    for step in range(steps):
        crops = []
        for n in range(batch):
            rng = np.random.default_rng([seed, step, n])
            crops.append(window(photos[int(rng.integers(len(photos)))], size, PHOTO_SCALES, rng).transpose(2, 0, 1))
        images = torch.from_numpy(np.stack(crops)).to(device, torch.float32) / 255
        with autocast(device):
            batches.append((images.contiguous(memory_format=torch.channels_last), network.measure(images)))
    return Ground(network, batches)


def autocast(device: torch.device) -> torch.autocast:
    """bfloat16 where the device computes in it, as in training."""
    return torch.autocast(device.type, torch.bfloat16, enabled=pick_precision("auto", device.type) != "32-true")


def adapt(
    net: ZMNet,
    parameters: Sequence[nn.Parameter],
    style: Tensor,
    ground: Ground,
    rate: float,
    watch: Callable[[int, ZMNet], None] = lambda step, net: None,
) -> list[float]:
    """Train on one style, one step of Adam for each batch of the ground.

    Args:
        net, parameters: what `begin` returned; the network is changed.
        style: (1, 3, h, w) in [0, 1]: the guiding signal, and the target of the style loss.
        rate: Adam's learning rate, constant.
        watch: called before the first step with 0 and after each step with its number, for test losses and pictures;
            no gradient is recorded meanwhile.

    Returns:
        The loss at each step, on that step's batch before the step: the scale-free style loss plus 0.1 times the
        content loss (`zmlib.perceptual.scale_free`), mean over the batch.
    """
    optimiser = torch.optim.Adam(parameters, lr=rate)
    net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    with torch.no_grad():
        target = ground.network.measure(style)
        watch(0, net)
    lost = []
    for step, (content, measured) in enumerate(ground.batches, 1):
        optimiser.zero_grad(set_to_none=True)
        with autocast(content.device):
            output = net(content, style)
            seen = ground.network.measure(output)
        loss = scale_free(seen, target, measured).mean()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 5.0)
        optimiser.step()
        lost.append(loss.detach())
        with torch.no_grad():
            watch(step, net)
    return torch.stack(lost).tolist() if lost else []
