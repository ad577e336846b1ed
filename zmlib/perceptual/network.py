"""What every loss network is: named layers of a fixed CNN, and one call that measures a picture's style and content."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from zmlib.errors import UserError
from zmlib.perceptual.gram import gram
from zmlib.perceptual.vgg import Chain


@dataclass(frozen=True)
class Measured:
    """One batch as a loss network sees it: all that the losses need.

    grams: layer -> (N, C_l, C_l), the Gram matrix divided by H_l W_l, float32. content: (N, C, h, w), phi of the
    content layer, in the precision it was computed in.
    """

    grams: dict[str, Tensor]
    content: Tensor

    def __getitem__(self, index: slice | Tensor) -> Measured:
        """The images ``index`` of the batch."""
        return Measured({name: value[index] for name, value in self.grams.items()}, self.content[index])


class LossNetwork(nn.Module):
    """phi of eqs. 1 and 2: a fixed CNN. In evaluation mode, no gradient for its parameters, gradient for the picture.

    Attributes:
        name: as in ``NAMES``.
        style_layers: the set S of eq. 2.
        content_layer: the one layer of the set C.
        layers: every layer that can be asked for.
        weights_hash: SHA-256 of the weights file(s), hex.
        scale: layer -> the constant by which this layer is smaller than in a network that reads pixels of 0-255. The
            weights are divided so that bfloat16 is comfortable (see ``Chain.rescale``); ratios such as J or the
            scale-free loss do not notice; eq. 2 in the paper's units needs the factor back
            (``paper_style_loss(..., scale=...)``).
    """

    mean: Tensor
    std: Tensor

    def __init__(
        self,
        name: str,
        chains: dict[str, Chain],
        *,
        style_layers: Sequence[str],
        content_layer: str,
        mean: Sequence[float] = (0.0, 0.0, 0.0),
        std: Sequence[float] = (1.0, 1.0, 1.0),
        scale: dict[str, float] | None = None,
        weights_hash: str = "",
    ) -> None:
        """chains: prefix of the layer names -> chain; the prefix "" sees the picture normalised, any other as it is."""
        super().__init__()
        self.name = name
        self.chains = nn.ModuleDict({prefix or "main": chain for prefix, chain in chains.items()})
        self._prefixes = tuple(chains)
        self.style_layers = tuple(style_layers)
        self.content_layer = content_layer
        self.layers = tuple(prefix + tap for prefix, chain in chains.items() for tap in chain.taps)
        self.scale = {layer: (scale or {}).get(layer, 1.0) for layer in self.layers}
        self.weights_hash = weights_hash
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).view(1, 3, 1, 1), persistent=False)

    def freeze(self) -> LossNetwork:
        """Evaluation mode, no parameter wants a gradient, weights laid out channels_last."""
        self.eval().requires_grad_(False)
        return self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stubs lack it

    def forward(self, x: Tensor, layers: Sequence[str] | None = None) -> dict[str, Tensor]:
        """Features of a picture, each layer computed once and none beyond the deepest that was asked for.

        x: (N, 3, H, W), RGB in [0, 1], H and W at least 16. layers: names out of ``self.layers``; by default the style
        layers and the content layer. Returns layer -> (N, C_l, H_l, W_l). UserError: unknown layer,
        wrong shape or range.
        """
        wanted = self._wanted(layers)
        check(x)
        found: dict[str, Tensor] = {}
        for prefix in self._prefixes:
            taps = [name.removeprefix(prefix) for name in wanted if self._owner(name) == prefix]
            if taps:
                start = x if prefix else (x - self.mean) / self.std
                chain = self.chains[prefix or "main"]
                for tap, value in chain(start.contiguous(memory_format=torch.channels_last), taps).items():
                    found[prefix + tap] = value
        return {name: found[name] for name in wanted}

    def measure(
        self, x: Tensor, style_layers: Sequence[str] | None = None, content_layer: str | None = None
    ) -> Measured:
        """Grams of the style layers and features of the content layer in one pass: the cheap path to every loss.

        x: (N, 3, H, W) in [0, 1]. Same errors as calling the network.
        """
        styles = tuple(style_layers) if style_layers is not None else self.style_layers
        content = content_layer or self.content_layer
        features = self(x, (*styles, content))
        return Measured({name: gram(features[name]) for name in styles}, features[content])

    def _wanted(self, layers: Sequence[str] | None) -> tuple[str, ...]:
        names = tuple(layers) if layers is not None else (*self.style_layers, self.content_layer)
        for name in names:
            if name not in self.layers:
                raise UserError(f"the loss network '{self.name}' has no layer '{name}', only {', '.join(self.layers)}.")
        return tuple(dict.fromkeys(names))

    def _owner(self, name: str) -> str:
        """The longest prefix that fits: "" fits all."""
        return max((prefix for prefix in self._prefixes if name.startswith(prefix)), key=len)


def check(x: Tensor) -> None:
    """UserError unless x is (N, 3, H, W), floating, H and W at least 16, and roughly within [0, 1].

    An optimiser may overshoot the range a little; a picture in 0-255 or 0-1000 is the mistake that this is for.
    """
    if x.ndim != 4 or x.shape[1] != 3 or min(x.shape[2:]) < 16 or not x.is_floating_point():
        raise UserError(
            f"a loss network needs floating (N, 3, H, W) with H and W at least 16, and got {x.dtype} {tuple(x.shape)}."
        )
    if x.device.type == "cpu" and not torch.compiler.is_compiling():  # on a GPU the check would wait for the device
        low, high = (float(value) for value in torch.aminmax(x.detach()))
        if low < -4 or high > 5:
            raise UserError(f"a loss network needs values in [0, 1], and got values from {low:.3g} to {high:.3g}.")
