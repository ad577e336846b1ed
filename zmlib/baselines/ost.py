"""OST: optimisation-based style transfer, the picture itself as the unknown (Gatys et al., CVPR 2016).

Slow and good: the paper's own baseline, the way it expands its set of styles, and here also the yardstick of the
judge (how many iterations of it is a network worth?).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import torch
from rich.progress import track
from torch import Tensor

from zmlib.baselines.objective import Objective, Reference, Relative
from zmlib.errors import UserError
from zmlib.perceptual import LossNetwork

Optimiser = Literal["adam", "lbfgs"]
Start = Literal["content", "noise"]
Callback = Callable[[int, Tensor], "bool | None"]
LEARNING_RATE = {"adam": 0.02, "lbfgs": 1.0}  # Adam's is in units of the picture's range


class Optimisation:
    """A batch of pictures under optimisation, each independent of the others.

    Adam works entry by entry, so one optimiser on the sum over the batch treats every picture as if it were alone;
    after each iteration the pictures are clamped to [0, 1]. L-BFGS does not (its products and its line search run over
    all its unknowns), so every picture has its own, and minimises the objective of the picture clamped to [0, 1]. One
    iteration of L-BFGS is one step along its direction with a strong Wolfe line search: mostly one evaluation, for the
    next iteration begins where the search has just been.
    """

    def __init__(
        self,
        content: Tensor,
        style: Tensor,
        objective: Objective,
        *,
        optimiser: Optimiser = "adam",
        lr: float | None = None,
        start: Start = "content",
        seed: int = 0,
    ) -> None:
        """Begin with content, (N, 3, H, W) in [0, 1], or with uniform noise.

        Args:
            style: (N or 1, 3, h, w) in [0, 1].
            optimiser: "adam" or "lbfgs". lr: None = 0.02 for Adam, 1 for L-BFGS.
            start: "content" or "noise". seed: of the noise.
        """
        if optimiser not in LEARNING_RATE:
            raise UserError(f"OST's optimiser must be one of {', '.join(LEARNING_RATE)}, got {optimiser!r}.")
        if start not in ("content", "noise"):
            raise UserError(f"OST starts from 'content' or 'noise', got {start!r}.")
        self.objective = objective
        self.reference = objective.reference(content, style)
        if start == "noise":
            noise = torch.rand(content.shape, generator=torch.Generator().manual_seed(seed))
            unknown = noise.to(content.device)
        else:
            unknown = content.detach().float().clone()
        lr = LEARNING_RATE[optimiser] if lr is None else lr
        self._seen: dict[int, tuple[Tensor, Tensor, Tensor]] = {}  # number of a picture -> its last evaluation
        if optimiser == "adam":
            self._unknowns = [unknown.requires_grad_()]
            self._optimisers: list[torch.optim.Optimizer] = [torch.optim.Adam(self._unknowns, lr=lr)]
            self._scales = [1.0]
        else:
            self._unknowns = [picture[None].clone().requires_grad_() for picture in unknown]
            self._optimisers = [_lbfgs(picture, lr) for picture in self._unknowns]
            # torch's L-BFGS has absolute thresholds, so every objective is scaled to begin at 1 for each pixel.
            self._scales = [
                picture[0].numel() / max(float(first), 1e-30)
                for picture, first in zip(unknown, self.parts().sum(0), strict=True)
            ]

    @property
    def images(self) -> Tensor:
        """The pictures as they are now, (N, 3, H, W) in [0, 1]."""
        return torch.cat([u.detach() for u in self._unknowns]).clamp(0, 1)

    @torch.no_grad()
    def parts(self) -> Tensor:
        """The style and content parts of the pictures as they are now, (2, N)."""
        return torch.stack(self.objective.measure(self.images, self.reference))

    def step(self) -> Tensor:
        """One iteration; returns the style and content parts of the pictures as they were *before* it, (2, N)."""
        before, at = [], 0
        for i, unknown in enumerate(self._unknowns):
            before.append(self._advance(i, self.reference[at : at + len(unknown)]))
            at += len(unknown)
        return torch.cat(before, 1)

    def _advance(self, i: int, reference: Reference) -> Tensor:
        unknown, optimiser = self._unknowns[i], self._optimisers[i]
        seen: list[Tensor] = []

        def loss() -> float:
            seen.append(self._evaluate(i, reference))
            return float(seen[-1].sum()) * self._scales[i]

        with torch.enable_grad():
            optimiser.step(loss)
        if isinstance(optimiser, torch.optim.Adam):
            with torch.no_grad():
                unknown.clamp_(0, 1)
        return seen[0]

    def _evaluate(self, i: int, reference: Reference) -> Tensor:
        """The parts of the pictures of an optimiser, (2, N); their gradient is left in the unknown."""
        unknown = self._unknowns[i]
        if i in self._seen and torch.equal(self._seen[i][0], unknown):
            _, parts, unknown.grad = self._seen[i]
            return parts
        unknown.grad = None
        parts = torch.stack(self.objective.measure(unknown.clamp(0, 1), reference))
        (parts.sum() * self._scales[i]).backward()
        parts = parts.detach()
        if unknown.grad is not None and isinstance(self._optimisers[i], torch.optim.LBFGS):
            self._seen[i] = unknown.detach().clone(), parts, unknown.grad
        return parts


def _lbfgs(picture: Tensor, lr: float) -> torch.optim.LBFGS:
    # One iteration per call and no tolerance: the gradient of a pixel is small, and the caller decides when to end.
    return torch.optim.LBFGS(
        [picture],
        lr=lr,
        max_iter=1,
        max_eval=25,  # 1 by default, which allows the line search a single look
        history_size=10,
        tolerance_grad=0,
        tolerance_change=0,
        line_search_fn="strong_wolfe",
    )


def ost(
    content: Tensor,
    style: Tensor,
    objective: Objective | LossNetwork,
    *,
    steps: int = 50,
    optimiser: Optimiser = "adam",
    lr: float | None = None,
    start: Start = "content",
    seed: int = 0,
    progress: bool = False,
    callback: Callback | None = None,
) -> Tensor:
    """Stylize photos by optimising their pixels (Gatys et al. 2016), each picture of the batch independently.

    Args:
        content: photos, (N, 3, H, W) in [0, 1], on the loss network's device.
        style: (N, 3, h, w) or (1, 3, h, w) in [0, 1]; its size may differ from the photos'.
        objective: `Relative` or `Paper`; a loss network stands for `Relative` with it, the objective of J.
        steps: iterations; 0 returns the start.
        optimiser, lr, start, seed: as for `Optimisation`.
        progress: show a progress bar.
        callback: called after each iteration with its number, from 1, and the pictures (N, 3, H, W); returning True
            stops.

    Returns:
        The pictures, (N, 3, H, W) in [0, 1].

    Raises:
        UserError: for pictures of the wrong shape, an unknown option, or a negative number of steps.

    Example:
        >>> import torch
        >>> from zmlib.baselines.ost import ost
        >>> from zmlib.perceptual import loss_network
        >>> photos, style = torch.rand(2, 3, 48, 64), torch.rand(1, 3, 40, 40)
        >>> ost(photos, style, loss_network("slim"), steps=2).shape
        torch.Size([2, 3, 48, 64])
    """
    if steps < 0:
        raise UserError(f"OST's number of steps must be at least 0, got {steps}.")
    chosen = objective if isinstance(objective, Objective) else Relative(objective)
    run = Optimisation(content, style, chosen, optimiser=optimiser, lr=lr, start=start, seed=seed)
    for step in track(range(1, steps + 1), description="OST", disable=not progress):
        run.step()
        if callback is not None and callback(step, run.images):
            break
    return run.images
