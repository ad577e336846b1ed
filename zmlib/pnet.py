"""PNet, the parameter network: a guiding signal in, gamma and beta out (section 3.2.2).

Serial: one deep network, whose layer l gives the psi_l of TNet's layer l. Parallel: one shallow network a layer. Each
for images or for vectors. In all of them equations 4 and 5 are one linear map of psi_l to (gamma, beta), `Head`.

How the map psi_l becomes a vector is not in the paper. Ours: the mean and the standard deviation over space of each
channel.
There is no instance normalisation inside a PNet: the mean of a normalised map is a constant, so that a PNet that
normalises and then averages is blind to its input.
"""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import Tensor, nn

from zmlib.affine import Affine, Spec
from zmlib.layers import conv, keep_variance, pool, upsample
from zmlib.signals.reading import Pictures, Vectors
from zmlib.sources import source
from zmlib.tnet import TNetConfig, Trunk

MOMENTUM = 0.01  # of the running statistics of psi
LIMIT = 4.0  # standard deviations: beyond them an unusual signal would extrapolate without bound
HEAD_INIT = 0.02  # small, so that a new PNet starts near gamma = 1, beta = 0, yet passes a gradient from the first step


def over_processes(seen: Tensor) -> Tensor:
    """The mean of what each process has seen: the batch is what all of them have together."""
    if dist.is_available() and dist.is_initialized():
        dist.all_reduce(seen)
        seen /= dist.get_world_size()
    return seen


class Level(nn.Module):
    """A map over the root of its mean square over the signals seen in training: one number for all of its channels.

    The loss does not depend on the size of PNet's maps, since psi is standardised. So nothing holds its weights back:
    under Adam they grow with every step, the maps of fifteen layers with their product, and after some thousand steps
    at a high rate the variance of psi is beyond what float32 can hold.
    """

    square: Tensor
    count: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("square", torch.ones(()))
        self.register_buffer("count", torch.zeros(()))

    def times(self) -> Tensor:
        """What it multiplies a map by, ()."""
        return (self.square + 1e-12).rsqrt()

    def forward(self, x: Tensor) -> Tensor:
        """x: maps, (N, C, h, w). Returns the same shape."""
        if self.training:
            with torch.no_grad():
                self.count += 1
                seen = over_processes(x.float().square().mean())
                self.square.lerp_(seen, (1 / self.count).clamp_min(MOMENTUM))  # a plain mean at first
        return x * self.times().to(x.dtype)


class Standardise(nn.Module):
    """Each feature less its mean, over its standard deviation, both over the signals seen in training.

    What differs between two paintings is small beside what all paintings share. A linear map of the raw psi would
    learn the shared part first and find the difference only through its noise.
    The statistics are running averages, so that a signal's gamma and beta never depend on what else is in the batch.

    together: divide all features by one deviation, the root of their mean variance. It is for a network that is trained
        on very few signals and asked for others: of two words, a feature that hardly differs between them would be
        divided by next to nothing, and a third word's would lie far outside.
    """

    mean: Tensor
    square: Tensor
    count: Tensor

    def __init__(self, features: int, together: bool = False) -> None:
        super().__init__()
        self.together = together
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("square", torch.ones(features))
        self.register_buffer("count", torch.zeros(()))

    @torch.no_grad()
    def _update(self, psi: Tensor) -> None:
        self.count += 1
        share = (1 / self.count).clamp_min(MOMENTUM)  # a plain mean at first
        seen = over_processes(torch.stack([psi.mean(0), psi.square().mean(0)]))
        self.mean.lerp_(seen[0], share)
        self.square.lerp_(seen[1], share)

    def forward(self, psi: Tensor) -> Tensor:
        """psi: (N, features). Returns the same shape, within +-LIMIT."""
        if self.training:
            self._update(psi.detach())
        variance = (self.square - self.mean.square()).clamp_min(0) + 1e-6
        if self.together:
            variance = variance.mean()
        return ((psi - self.mean) * variance.rsqrt()).clamp(-LIMIT, LIMIT)


class Head(nn.Module):
    """Equations 4 and 5: gamma = psi W_gamma + b_gamma, beta = psi W_beta + b_beta, of a standardised psi.

    Example:
        >>> import torch
        >>> from zmlib.pnet import Head
        >>> gamma, beta = Head(features=64, channels=32)(torch.rand(5, 64))
        >>> gamma.shape, beta.shape
        (torch.Size([5, 32]), torch.Size([5, 32]))
    """

    def __init__(self, features: int, channels: int, together: bool = False) -> None:
        super().__init__()
        self.norm = Standardise(features, together)
        self.linear = nn.Linear(features, 2 * channels)
        nn.init.normal_(self.linear.weight, std=HEAD_INIT)
        with torch.no_grad():
            self.linear.bias.copy_(torch.cat([torch.ones(channels), torch.zeros(channels)]))

    def forward(self, psi: Tensor) -> tuple[Tensor, Tensor]:
        """psi: (N, features). Returns gamma and beta, (N, C) each, float32."""
        gamma, beta = self.linear(self.norm(psi.float())).float().chunk(2, dim=1)
        return gamma, beta


class PNet(nn.Module):
    """What the four PNets share: a psi a normalisation, and its head."""

    def __init__(self, spec: Spec, features: list[int], together: bool = False) -> None:
        super().__init__()
        self.spec = spec
        self.heads = nn.ModuleList(Head(f, norm.channels, together) for f, norm in zip(features, spec, strict=True))

    def psi(self, signal: Tensor) -> list[Tensor]:
        """The vectors psi_l of a batch of signals, one (N, features) a normalisation, each made by the subclass."""
        raise NotImplementedError(f"{type(self).__name__} must say how it reads its signal")

    def forward(self, signal: Tensor) -> Affine:
        """signal: images (N, 3, h, w) in [0, 1], or vectors (N, D). Returns the affine parameters of N signals."""
        pairs = [head(psi) for head, psi in zip(self.heads, self.psi(signal), strict=True)]
        return Affine(tuple(g for g, _ in pairs), tuple(b for _, b in pairs), self.spec)


@source("serial-image", reads=Pictures())
class SerialImagePNet(PNet):
    """A CNN of TNet's structure, up-sampling included, without its normalisations (Figure 3, left).

    levelled: with a `Level` after each layer and each residual sum, which a long training from random weights needs.
    """

    def __init__(self, config: TNetConfig, levelled: bool = False) -> None:
        super().__init__(config.spec, [2 * norm.channels for norm in config.spec])
        self.config = config
        # Its maps are only pooled, so "valid" (a matter of the output's edges) does not concern it.
        self.trunk = Trunk(replace(config, padding="reflect"))
        keep_variance(self.trunk)
        for _, second in self.trunk.pairs():
            # Without normalisation five full-strength branches would double the variance five times.
            second.weight.data.mul_(0.3)
        self.levels = nn.ModuleList(Level() if levelled else nn.Identity() for _ in config.spec)

    def psi(self, signal: Tensor) -> list[Tensor]:
        """signal: (N, 3, h, w) in [0, 1], 32 px or more a side."""
        net, mode, levels = self.trunk, self.config.upsampling, iter(self.levels)
        x = next(levels)(F.relu(net.conv1(signal * 4 - 2)))  # about unit variance for a picture in [0, 1]
        maps = [pool(x)]
        for layer in (net.conv2, net.conv3):
            x = next(levels)(F.relu(layer(x)))
            maps.append(pool(x))
        for first, second in net.pairs():
            y = next(levels)(F.relu(first(x)))
            maps.append(pool(y))
            x = next(levels)(F.relu(x + second(y)))
            maps.append(pool(x))
        for layer, level in zip((net.up1, net.up2), levels, strict=False):
            x = level(F.relu(layer(upsample(x, mode))))
            maps.append(pool(x))
        return maps


@source("serial-vector", reads=Vectors())
class SerialVectorPNet(PNet):
    """A deep multilayer perceptron with residual connections; layer l's activations are psi_l.

    together: of psi's `Standardise`.
    """

    def __init__(self, config: TNetConfig, inputs: int, hidden: int = 128, together: bool = False) -> None:
        super().__init__(config.spec, [hidden] * len(config.spec), together)
        self.first = nn.Linear(inputs, hidden)
        self.blocks = nn.ModuleList(nn.Linear(hidden, hidden) for _ in config.spec[1:])

    def psi(self, signal: Tensor) -> list[Tensor]:
        """signal: (N, inputs), of about unit size."""
        x = F.relu(self.first(signal))
        out = [x]
        for block in self.blocks:
            x = x + F.relu(block(x))
            out.append(x)
        return out


@source("parallel-image", reads=Pictures())
class ParallelImagePNet(PNet):
    """A shallow CNN for each normalisation: one strided convolution, pooled (Figure 3, right)."""

    def __init__(self, config: TNetConfig, hidden: int = 64) -> None:
        super().__init__(config.spec, [2 * hidden] * len(config.spec))
        self.branches = nn.ModuleList(conv(3, hidden, 9, stride=4) for _ in config.spec)

    def psi(self, signal: Tensor) -> list[Tensor]:
        """signal: (N, 3, h, w) in [0, 1]."""
        return [pool(F.relu(branch(signal * 4 - 2))) for branch in self.branches]


@source("parallel-vector", reads=Vectors())
class ParallelVectorPNet(PNet):
    """One hidden layer for each normalisation. together: of psi's `Standardise`."""

    def __init__(self, config: TNetConfig, inputs: int, hidden: int = 128, together: bool = False) -> None:
        super().__init__(config.spec, [hidden] * len(config.spec), together)
        self.branches = nn.ModuleList(nn.Linear(inputs, hidden) for _ in config.spec)

    def psi(self, signal: Tensor) -> list[Tensor]:
        """signal: (N, inputs)."""
        return [F.relu(branch(signal)) for branch in self.branches]


def start_at_mean(new: PNet, trained: PNet) -> None:
    """Let a new PNet begin at the gamma and beta that a trained one for the same TNet gives on average.

    A head reads a psi of mean zero, so its bias is that average: what TNet's weights are used to.
    """
    with torch.no_grad():
        for own, other in zip(new.heads, trained.heads, strict=True):
            cast(Head, own).linear.bias.copy_(cast(Head, other).linear.bias)
