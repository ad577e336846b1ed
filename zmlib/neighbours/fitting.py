"""Networks that are fitted by one loss, in the house's training loop: what is left of it for a neighbour to say."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from zmlib.neighbours.weights import save_network
from zmlib.train.running import Running, alone, make_fabric
from zmlib.train.settings import Settings
from zmlib.train.state import WEIGHTS, read_resume

if TYPE_CHECKING:
    from lightning.fabric import Fabric

#: the network and this step's chances -> (k,), of which the first is the loss to make small and the rest are its parts
Losses = Callable[[nn.Module, np.random.Generator], Tensor]


def cosine(step: int, steps: int, rate: float, least: float = 0.02) -> float:
    """A learning rate that falls from `rate` to `least` of it on half a wave."""
    return rate * (least + (1 - least) * 0.5 * (1 + math.cos(math.pi * step / steps)))


def settings_hash(*parts: Any) -> str:
    """A hash of whatever decides a result and can be written as JSON."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


class Fitting(Running):
    """One network and Adam; the average of the weights is what is exported.

    Args:
        net: its class is known by `zmlib.neighbours.weights.network`.
        losses: see `Losses`; parts: the names of the loss and of what else it returns.
        key: `settings_hash` of all that decides the result but the seed and the machine.
        out, fabric, settings: as in `Running`.
        steps, rate, batch: of Adam; the rate falls to a fiftieth on a cosine. batch: pictures in a step.
        card: what the exported file says about itself, besides steps and seconds.
        name: of the network in the exported file.
        beside: networks that are exported into the same file as they are.
    """

    AVERAGING = 0.998

    def __init__(
        self,
        net: nn.Module,
        losses: Losses,
        parts: tuple[str, ...],
        key: str,
        out: Path,
        fabric: Fabric,
        settings: Settings,
        *,
        steps: int,
        rate: float,
        batch: int,
        card: Mapping[str, Any],
        name: str = "net",
        beside: Mapping[str, nn.Module] | None = None,
    ) -> None:
        super().__init__(out, steps, fabric, settings, str(card["what"]))
        self.LOSSES = parts  # type: ignore[misc]
        self._losses, self._card, self._batch, self._rate = losses, card, batch, rate
        self._name, self._beside = name, beside or {}
        net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.net, self.adam = fabric.setup(net, torch.optim.Adam(net.parameters(), lr=rate))
        self.net.train()
        averaging = get_ema_multi_avg_fn(self.AVERAGING)
        self.mean = AveragedModel(self.net.module, multi_avg_fn=averaging, use_buffers=True)
        self.key = settings_hash(key, settings.seed, str(fabric.strategy.precision.precision), fabric.device.type)
        self.pictures = {}

    def parts(self) -> dict[str, Any]:
        """Network, optimiser, average."""
        return {"net": self.net.module.state_dict(), "adam": self.adam.state_dict(), "mean": self.mean.state_dict()}

    def put_back(self, parts: dict[str, Any]) -> None:
        """Continue from what `parts` gave."""
        self.net.module.load_state_dict(parts["net"])
        self.adam.load_state_dict(parts["adam"])
        self.mean.load_state_dict(parts["mean"])

    @property
    def batch_size(self) -> int:
        """Pictures in a step."""
        return self._batch

    @property
    def rate(self) -> float:
        """The learning rate of the last step."""
        return cosine(self.step - 1, self.steps, self._rate)

    def train_step(self) -> Tensor:
        """One update. Returns what the loss and its parts were."""
        for group in self.adam.param_groups:
            group["lr"] = cosine(self.step, self.steps, self._rate)
        rng = np.random.default_rng([self.settings.seed, 6, self.step, self.fabric.global_rank])
        self.adam.zero_grad(set_to_none=True)
        with self.fabric.autocast():
            losses = self._losses(self.net, rng)
        self.fabric.backward(losses[0])
        with self.stepping():
            self.adam.step()
            self.mean.update_parameters(self.net.module)
        return losses.detach().float()

    def snapshot(self) -> None:
        """Nothing: no curve of the book needs these networks along the way."""

    def export(self, file: Path | None = None) -> Path:
        """Write the averaged network and what stands beside it."""
        file = file or self.out / WEIGHTS
        card = {**self._card, "steps": self.step, "seconds": round(self.seconds), "seed": self.settings.seed}
        return save_network({self._name: self.mean.module, **self._beside}, file, card)


def fit(
    net: nn.Module, losses: Losses, parts: tuple[str, ...], key: str, out: Path, settings: Settings, **plan: Any
) -> Path:
    """Fit a network; resumes where it stopped. `plan`: what `Fitting` has by name.

    Returns:
        The file of the weights.

    Raises:
        UserError: a resume file of other settings, or too little memory.
    """
    return carried_out(Fitting(net, losses, parts, key, out, make_fabric(settings), settings, **plan))


def carried_out(training: Running) -> Path:
    """Take a training up where its folder says that it stopped, and run it to its end.

    Returns:
        The file of the weights.

    Raises:
        UserError: a resume file of other settings or pictures, or too little memory.
    """
    out, settings = training.out, training.settings
    out.mkdir(parents=True, exist_ok=True)
    with alone(out):
        state = read_resume(out, training.key, training.pictures) if settings.resume else None
        if state is not None:
            training.restore(state)
        return training.run(settings.progress)


def with_options(settings: Settings | None, options: Mapping[str, Any]) -> Settings:
    """The settings of a training, single ones replaced."""
    return replace(settings or Settings(), **options)
