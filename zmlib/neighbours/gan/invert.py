"""Back to z: which code gives a picture? The lecture's three methods.

1. z* = argmin_z L(G(z), x) by gradient, from several random starts, with L of pixels or of another network;
2. z* = En(x);
3. the first, begun at the second's answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from zmlib.errors import UserError
from zmlib.neighbours.gan.distance import LAYERS, by_pixels, to_features
from zmlib.perceptual.slim import load_slim

Distance = Literal["pixels", "network"]
RATE = 0.1  # of Adam, on z; falls to nothing on a cosine
PRIOR = 1e-4  # weight of mean z^2: codes stay where the generator was trained


@dataclass(frozen=True)
class Found:
    """Codes of pictures, and how near each start came.

    Attributes:
        z: (N, code), the best start's.
        loss: (N, starts), L(G(z), x) at the end, without the prior.
        curve: (steps + 1, N, starts), the same along the way.
    """

    z: Tensor
    loss: Tensor
    curve: Tensor

    def stuck(self, times: float = 2.0) -> float:
        """The share of the starts that ended in a poor minimum: at more than `times` the best start's loss."""
        return float((self.loss > times * self.loss.min(1, keepdim=True).values).float().mean())


def distance_to(x: Tensor, by: Distance) -> Callable[[Tensor], Tensor]:
    """L(., x), (N,): by "pixels", or by "network", slim's features, of which those of x are measured once."""
    if by == "pixels":
        return lambda y: by_pixels(y, x)
    network = load_slim()
    with torch.no_grad():
        wanted = network(x, LAYERS)
    return lambda y: to_features(y, wanted, network)


def invert(
    x: Tensor,
    generator: nn.Module,
    *,
    by: Distance = "pixels",
    start: Tensor | None = None,
    starts: int = 4,
    steps: int = 150,
    seed: int = 0,
) -> Found:
    """Find codes by gradient: z* = argmin_z L(G(z), x) + PRIOR |z|^2 / code.

    Args:
        x: pictures, (N, 3, 64, 64) in [0, 1].
        generator: G, whose weights stay as they are.
        by: L.
        start: codes to begin from, (N, code), as an encoder gives them (method 3); None: `starts` random ones (1).
        starts: how many random codes each picture is sought from.
        steps: of Adam. seed: of the random starts; a picture's are the same whatever else is asked.

    Raises:
        UserError: pictures of another size.

    Example:
        >>> from zmlib.neighbours.gan import load_gan
        >>> gan = load_gan("faces")
        >>> found = invert(gan.generator(torch.zeros(1, 64)), gan.generator, starts=2, steps=3)
        >>> found.z.shape, found.loss.shape
        (torch.Size([1, 64]), torch.Size([1, 2]))
    """
    if x.ndim != 4 or x.shape[1:] != (3, 64, 64):
        raise UserError(f"The pictures must be (N, 3, 64, 64), not {tuple(x.shape)}: make them 64 x 64 pixels first.")
    code = int(generator.code)  # type: ignore[arg-type]
    if start is None:
        own = torch.Generator().manual_seed(seed)
        begin = torch.randn(starts, code, generator=own).expand(len(x), starts, code)
    else:
        begin = start[:, None]
    count = begin.shape[1]
    distance = distance_to(x.repeat_interleave(count, 0), by)
    z = begin.reshape(-1, code).clone().requires_grad_(True)
    adam = torch.optim.Adam([z], lr=RATE)
    falling = torch.optim.lr_scheduler.CosineAnnealingLR(adam, max(1, steps))
    curve = []
    for step in range(steps + 1):
        loss = distance(generator(z))
        curve.append(loss.detach().view(len(x), count))
        if step < steps:
            (z.grad,) = torch.autograd.grad((loss + PRIOR * z.square().mean(1)).sum(), z)
            adam.step()
            falling.step()
    best = curve[-1].argmin(1)
    return Found(z.detach().view(len(x), count, code)[torch.arange(len(x)), best], curve[-1], torch.stack(curve))
