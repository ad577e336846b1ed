"""What the small loss network costs, as a share of `vgg16-caffe`. In `notebooks/`: `python -m bench.loss_networks`.

It needs the weights of `vgg16-caffe`, in the folder that ZMLIB_DATA names.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import median

import torch
from chapters.timing import interleaved
from torch import Tensor, nn

from zmlib.perceptual.network import LossNetwork
from zmlib.perceptual.registry import loss_network
from zmlib.perceptual.slim import Slim


def multiplications(network: LossNetwork, side: int = 128) -> float:
    """Multiply-adds per pixel of `network.measure`: its convolutions and Gram products, for a square picture."""
    total = 0.0

    def count(conv: nn.Module, _: tuple[Tensor, ...], output: Tensor) -> None:
        assert isinstance(conv, nn.Conv2d)
        nonlocal total
        total += output[0].numel() * conv.weight[0].numel()

    hooks = [module.register_forward_hook(count) for module in network.modules() if isinstance(module, nn.Conv2d)]
    x = torch.rand(1, 3, side, side)
    with torch.no_grad():
        network.measure(x)
        for hook in hooks:
            hook.remove()
        styles = network.style_layers  # slim's Grams are taken of its few channels, not of the many predicted ones
        features = network.raw(x, styles) if isinstance(network, Slim) else network(x, styles)
    return (total + sum(value[0].numel() * value.shape[1] for value in features.values())) / side**2


def loss_step(network: LossNetwork, batch: int = 4, side: int = 128) -> Callable[[], None]:
    """A loss and its gradient on random pictures, in bfloat16 autocast and channels last."""
    x = torch.rand(batch, 3, side, side).contiguous(memory_format=torch.channels_last).requires_grad_()

    def step() -> None:
        with torch.autocast("cpu", torch.bfloat16):
            measured = network.measure(x)
        loss = sum(value.square().sum() for value in measured.grams.values()) + measured.content.float().square().sum()
        torch.autograd.grad(loss, x)

    return step


def main() -> None:
    """Print both costs of vgg16-caffe and of slim, and the share."""
    networks = {name: loss_network(name) for name in ("vgg16-caffe", "slim")}
    counted = [multiplications(network) for network in networks.values()]
    times = interleaved({name: loss_step(network) for name, network in networks.items()}, repeats=7, warmup=2)
    timed = [median(seconds) for seconds in times.values()]
    rows = {"multiply-adds per pixel": counted, "seconds, 4 x 128 px, with gradient": timed}
    for name, (full, small) in rows.items():
        print(f"{name}: vgg16-caffe {full:.4g}, slim {small:.4g}, or 1/{full / small:.1f} of it")


if __name__ == "__main__":
    main()
