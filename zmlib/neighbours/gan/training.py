"""The game of generator and discriminator, in the house's training loop.

The loss is the non-saturating logistic one (Goodfellow et al., 2014) with the R1 penalty of Mescheder et al. (2018),
the squared gradient of D at pictures of the data. We take R1 rather than a hinge loss with spectral norms since later
D is asked for its gradient: in min U(G(z)) + l1 |z - z0|^2 - l2 D(G(z)) it pulls a picture towards the data, and R1 is
what keeps that gradient small and smooth there.
"""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from zmlib.neighbours.fitting import carried_out
from zmlib.neighbours.gan.networks import Critic, Generator
from zmlib.neighbours.gan.sets import Labelled, read
from zmlib.neighbours.weights import save_network
from zmlib.train.running import Running, make_fabric
from zmlib.train.settings import Settings
from zmlib.train.state import WEIGHTS, final_loss

if TYPE_CHECKING:
    from lightning.fabric import Fabric


@dataclass(frozen=True)
class Game:
    """Settings of the game.

    Example:
        >>> Game(steps=100).batch
        32
    """

    domain: str = "faces"  # "faces", "shoes", or a folder that holds CelebA
    steps: int = 20_000
    pictures: int = 30_000  # of the training part, at most
    batch: int = 32
    rate: float = 8e-4  # of Adam, for both; falls to a tenth on a cosine over the last half
    penalty: float = 0.5  # gamma of R1: gamma / 2 of the squared gradient
    every: int = 8  # steps from one penalty to the next, which is then that many times as large
    averaging: float = 0.998  # of G's weights; the average is what is used
    generator: tuple[int, ...] = (160, 128, 96, 48, 24)  # widths, see `Generator` and `Critic`
    critic: tuple[int, ...] = (24, 48, 96, 192)

    @classmethod
    def of(cls, domain: str, **given: Any) -> Game:
        """The settings of a domain: of shoes a smaller game than of faces, which vary more. given: others by name."""
        small = {"steps": 8_000, "generator": (96, 80, 64, 32, 16), "critic": (16, 32, 64, 128)}
        return cls(domain, **{**(small if domain == "shoes" else {}), **given})

    def rate_at(self, step: int) -> float:
        """The learning rate of a step, counted from 0."""
        late = max(0.0, 2 * step / self.steps - 1)
        return self.rate * (0.1 + 0.9 * 0.5 * (1 + torch.cos(torch.tensor(late * torch.pi)).item()))


class GanTraining(Running):
    """Generator and discriminator in training, and the average of the generators.

    Args:
        game: its settings.
        data: the pictures.
        out: the folder for resume file, log and weights.
        fabric: device and precision.
        settings: `seed`, `snapshots` and `save_every`.
    """

    LOSSES = ("discriminator", "generator", "penalty")

    def __init__(self, game: Game, data: Labelled, out: Path, fabric: Fabric, settings: Settings) -> None:
        super().__init__(out, game.steps, fabric, settings, f"GAN of {Path(game.domain).name}")
        self.game, self.data, self.seed = game, data, settings.seed
        torch.manual_seed(self.seed)
        generator, critic = Generator(width=game.generator), Critic(width=game.critic)
        for net in (generator, critic):
            net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        adam = {"lr": game.rate, "betas": (0.5, 0.99)}
        self.generator, self.adam_g = fabric.setup(generator, torch.optim.Adam(generator.parameters(), **adam))  # type: ignore[arg-type]
        self.critic, self.adam_d = fabric.setup(critic, torch.optim.Adam(critic.parameters(), **adam))  # type: ignore[arg-type]
        averaging = get_ema_multi_avg_fn(game.averaging)
        self.mean = AveragedModel(self.generator.module, multi_avg_fn=averaging, use_buffers=True)
        self._penalty = torch.zeros((), device=fabric.device)
        self.pictures = {"pictures": hashlib.sha256(data.pictures.numpy().tobytes()).hexdigest()}
        rules = {**asdict(game), "domain": Path(game.domain).name}
        precision = fabric.strategy.precision.precision
        text = json.dumps([rules, self.seed, f"{precision} on {fabric.world_size} {fabric.device.type}"])
        self.key = hashlib.sha256(text.encode()).hexdigest()

    def parts(self) -> dict[str, Any]:
        """Both networks, both optimisers, the average."""
        return {name: part.state_dict() for name, part in self._parts().items()}

    def put_back(self, parts: dict[str, Any]) -> None:
        """Continue from what `parts` gave."""
        for name, part in self._parts().items():
            part.load_state_dict(parts[name])

    def _parts(self) -> dict[str, Any]:
        nets = {"generator": self.generator.module, "critic": self.critic.module, "mean": self.mean}
        return nets | {"adam_g": self.adam_g, "adam_d": self.adam_d}

    @property
    def batch_size(self) -> int:
        """Pictures of the data in a step."""
        return self.game.batch

    @property
    def rate(self) -> float:
        """The learning rate of the last step."""
        return self.game.rate_at(self.step - 1)

    def draw(self) -> tuple[Tensor, Tensor]:
        """This step's pictures, (batch, 3, 64, 64) in [0, 1], and codes, (batch, 64): functions of seed and step."""
        rng = np.random.default_rng([self.seed, 5, self.step, self.fabric.global_rank])
        which = torch.from_numpy(rng.integers(len(self.data.pictures), size=self.game.batch))
        z = rng.standard_normal((self.game.batch, self.generator.module.code), dtype=np.float32)
        real = self.data.pictures[which].to(self.fabric.device, torch.float32) / 255
        return real, torch.from_numpy(z).to(self.fabric.device)

    def train_step(self) -> Tensor:
        """One update of D, then one of G on the same codes. Returns (3,): their losses, and |grad D|^2."""
        real, z = self.draw()
        for group in (*self.adam_g.param_groups, *self.adam_d.param_groups):
            group["lr"] = self.game.rate_at(self.step)
        with self.stepping():
            fake = self.generator(z)
            self.adam_d.zero_grad(set_to_none=True)
            scores = self.critic(torch.cat([real, fake.detach()])).float().chunk(2)
            loss_d = F.softplus(-scores[0]).mean() + F.softplus(scores[1]).mean()
            self.fabric.backward(loss_d)
            if self.step % self.game.every == 0:
                self._penalise(real)
            self.adam_d.step()
            self.adam_g.zero_grad(set_to_none=True)
            self.critic.requires_grad_(False)
            loss_g = F.softplus(-self.critic(fake).float()).mean()
            self.fabric.backward(loss_g)
            self.critic.requires_grad_(True)
            self.adam_g.step()
            self.mean.update_parameters(self.generator.module)
        return torch.stack([loss_d, loss_g, self._penalty]).detach()

    def _penalise(self, real: Tensor) -> None:
        """Add the gradient of R1, which is a second one and so in 32 bits, and note |grad D|^2 at the data."""
        real = real.detach().requires_grad_(True)
        with torch.autocast(real.device.type, enabled=False):
            (slope,) = torch.autograd.grad(self.critic.module(real).sum(), real, create_graph=True)
        squared = slope.square().sum((1, 2, 3)).mean()
        self.fabric.backward(self.game.penalty / 2 * self.game.every * squared)
        self._penalty = squared.detach()

    def snapshot(self) -> None:
        """Nothing: no curve of the book needs generators along the way."""

    def export(self, file: Path | None = None) -> Path:
        """Write the averaged generator and the discriminator into one file."""
        file = file or self.out / WEIGHTS
        nets = {"generator": self.mean.module, "critic": self.critic.module}
        return save_network(nets, file, self.card()) if self.fabric.is_global_zero else file

    def card(self) -> dict[str, Any]:
        """What the exported file says about itself."""
        return {
            "what": "gan",
            "domain": Path(self.game.domain).name,
            "pictures": len(self.data.pictures),
            "attributes": list(self.data.attributes),
            "steps": self.step,
            "seconds": round(self.seconds),
            "final_loss": final_loss(self.out, column=self.LOSSES[1]),
            "device": self.fabric.device.type,
            "seed": self.seed,
            "settings": self.key,
        }


def train_gan(game: Game, out: Path, settings: Settings | None = None, **options: Any) -> Path:
    """Train generator and discriminator; resumes where it stopped.

    Args:
        game: its settings.
        out: a folder for the resume file, the log of the losses and `weights.safetensors`.
        settings: device, precision, seed; options: single ones by name.

    Raises:
        UserError: pictures that are not there, a resume file of other settings, or too little memory.
    """
    settings = replace(settings or Settings(), **options)
    if settings.progress:
        print(f"drawing or reading {game.pictures:,} pictures of {game.domain}", file=sys.stderr)
    data = read(game.domain, "train", game.pictures)
    return carried_out(GanTraining(game, data, out, make_fabric(settings), settings))
