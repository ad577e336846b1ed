"""Networks that are fitted by a loss of their own and by a discriminator, which is trained beside them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from zmlib.neighbours.fitting import Fitting, carried_out, cosine, settings_hash
from zmlib.neighbours.gan.networks import Critic
from zmlib.train.running import make_fabric
from zmlib.train.settings import Settings

if TYPE_CHECKING:
    from lightning.fabric import Fabric

#: of the discriminator: its rate at the first step, gamma of R1, the steps from one penalty to the next, and the share
#: of the steps over which its weight in the network's loss grows from nothing
RULES = {"rate": 4e-4, "penalty": 0.5, "every": 8, "warm": 0.1}


class Made(NamedTuple):
    """What a network made of a batch.

    Attributes:
        fake: its pictures, (N, 3, 64, 64) in [0, 1], with a gradient.
        real: those of the data, of the same shape.
        loss: what it loses without the discriminator, a scalar.
        parts: scalars to be logged.
    """

    fake: Tensor
    real: Tensor
    loss: Tensor
    parts: tuple[Tensor, ...]


#: the network and this step's chances -> what it made
Makes = Callable[[nn.Module, np.random.Generator], Made]


def squared_slope(critic: nn.Module, real: Tensor) -> Tensor:
    """Mean |grad D|^2 at pictures of the data, a scalar with a gradient, in 32 bits: R1 without its weight."""
    real = real.detach().requires_grad_(True)
    with torch.autocast(real.device.type, enabled=False):
        (slope,) = torch.autograd.grad(critic(real).sum(), real, create_graph=True)
    return slope.square().sum((1, 2, 3)).mean()


class Refining(Fitting):
    """A fitting whose loss is its own plus weight x softplus(-D(fake)), as in `gan.training`.

    Args:
        makes: see `Makes`.
        parts: the names of what `Made.parts` has.
        weight: of the discriminator's part.
        net, key, out, fabric, settings, plan: as in `Fitting`.
    """

    def __init__(
        self,
        net: nn.Module,
        makes: Makes,
        parts: tuple[str, ...],
        key: str,
        out: Path,
        fabric: Fabric,
        settings: Settings,
        *,
        weight: float,
        **plan: Any,
    ) -> None:
        names = ("loss", *parts, "generator", "discriminator", "penalty")
        super().__init__(net, lambda net, rng: makes(net, rng).loss[None], names, key, out, fabric, settings, **plan)
        self._makes, self._weight = makes, weight
        torch.manual_seed(settings.seed)
        critic = Critic()
        critic.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        adam = torch.optim.Adam(critic.parameters(), betas=(0.5, 0.99))
        self.critic, self.adam_d = fabric.setup(critic, adam)
        self._beside = {**self._beside, "critic": self.critic.module}
        self._penalty = torch.zeros((), device=fabric.device)

    def parts(self) -> dict[str, Any]:
        """What `Fitting` has, and the discriminator with its optimiser."""
        judge = {"critic": self.critic.module.state_dict(), "adam_d": self.adam_d.state_dict()}
        return super().parts() | judge | {"penalty": self._penalty}

    def put_back(self, parts: dict[str, Any]) -> None:
        """Continue from what `parts` gave."""
        super().put_back(parts)
        self.critic.module.load_state_dict(parts["critic"])
        self.adam_d.load_state_dict(parts["adam_d"])
        self._penalty = parts["penalty"].to(self.fabric.device)

    def train_step(self) -> Tensor:
        """One update of D, then one of the network on the same pictures. Returns the losses and their parts."""
        for adam, rate in ((self.adam, self._rate), (self.adam_d, RULES["rate"])):
            for group in adam.param_groups:
                group["lr"] = cosine(self.step, self.steps, rate)
        rng = np.random.default_rng([self.settings.seed, 6, self.step, self.fabric.global_rank])
        with self.fabric.autocast():
            made = self._makes(self.net, rng)
        with self.stepping():
            loss_d = self._judge(made)
            self.critic.requires_grad_(False)
            loss_g = F.softplus(-self.critic(made.fake).float()).mean()
            self.critic.requires_grad_(True)
            grown = min(1.0, self.step / max(1.0, RULES["warm"] * self.steps))
            loss = made.loss + grown * self._weight * loss_g
            self.adam.zero_grad(set_to_none=True)
            self.fabric.backward(loss)
            self.adam.step()
            self.mean.update_parameters(self.net.module)
        return torch.stack([loss, *made.parts, loss_g, loss_d, self._penalty]).detach().float()

    def _judge(self, made: Made) -> Tensor:
        """The discriminator's update. Returns its loss."""
        self.adam_d.zero_grad(set_to_none=True)
        real, fake = self.critic(torch.cat([made.real, made.fake.detach()])).float().chunk(2)
        loss = F.softplus(-real).mean() + F.softplus(fake).mean()
        self.fabric.backward(loss)
        if self.step % RULES["every"] == 0:
            squared = squared_slope(self.critic.module, made.real)
            self.fabric.backward(RULES["penalty"] / 2 * RULES["every"] * squared)
            self._penalty = squared.detach()
        self.adam_d.step()
        return loss


def refine(
    net: nn.Module, makes: Makes, parts: tuple[str, ...], key: str, out: Path, settings: Settings, **plan: Any
) -> Path:
    """Fit a network against a discriminator; resumes where it stopped. `plan`: what `Refining` has by name.

    Returns:
        The file of the weights, the discriminator's among them.

    Raises:
        UserError: a resume file of other settings, or too little memory.
    """
    key = settings_hash(key, plan["weight"], RULES)
    return carried_out(Refining(net, makes, parts, key, out, make_fabric(settings), settings, **plan))
