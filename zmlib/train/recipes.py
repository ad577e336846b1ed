"""The named ways to train, all in one place."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Literal

from zmlib.tnet import TNetConfig

PAPER = TNetConfig()
QUARTER = TNetConfig(width=(16, 32, 64))


@dataclass(frozen=True)
class Phase:
    """A stretch of training: `steps` optimiser steps on crops of `size` pixels, `batch` of them at a time."""

    steps: int
    size: int = 256
    batch: int = 4


@dataclass(frozen=True)
class Recipe:
    """Everything that decides what a training gives, apart from the pictures and the seed.

    Attributes:
        about: one line for people.
        config: TNet's (and a serial image PNet's) settings.
        source: the name of the source of gamma and beta, see `zmlib.zmnet.make_source`.
        loss_network: see `zmlib.perceptual.loss_network`.
        content_layer: such as "relu2_2"; None is the loss network's own, relu3_3.
        objective: "paper" (eq. 2), "scale-free" (each layer's Gram difference over |G(S)|^2 + |G(C)|^2) or "relative"
            (over |G(C)-G(S)|^2, as in J).
        style_weight, content_weight: lambda_s and lambda_c of eq. 2; the style terms are averaged over the layers
            except in "paper".
        lattice_weight: of the share of the output's fine detail that repeats on a lattice of four pixels
            (`zmlib.perceptual.lattice`), an addition of ours; 0 leaves it out.
        phases: what is done when; the learning rate and the averaging run over all of them together.
        rate, warmup, schedule: Adam's learning rate, the steps of its linear warm-up, and its decay: "cosine" to 1 %
            of it, or "steps" (by 0.1
            at each quarter, the paper's for 160,000 iterations), or "constant" (the paper's for 40,000).
        clip: the largest norm of the gradient, or None.
        averaging: decay of the exponential average of the weights that is exported (0: the last weights).
        one_style: all photos of a batch share one style image, as in the paper; otherwise each has its own.
        augment: vary the style crops (scale, flip, sometimes colours). Crops of photos are flipped and scaled always.
        recolour: share of the augmented style crops that get another palette.
        photo_styles: share of style crops that are taken from photos, for variety.
        contents, styles: how many different crops are drawn from the pictures; their features are measured once and
            kept.
        typical: what to expect, measured.
    """

    about: str
    config: TNetConfig = PAPER
    source: str = "serial-image"
    options: dict[str, Any] = field(default_factory=dict)
    loss_network: str = "vgg16-caffe"
    content_layer: str | None = None
    objective: Literal["paper", "scale-free", "relative"] = "relative"
    style_weight: float = 1.0
    content_weight: float = 0.2
    lattice_weight: float = 0.0
    phases: tuple[Phase, ...] = (Phase(40_000),)
    rate: float = 1e-3
    warmup: int = 100
    schedule: Literal["cosine", "steps", "constant"] = "cosine"
    clip: float | None = 5.0
    averaging: float = 0.999
    one_style: bool = False
    augment: bool = True
    recolour: float = 0.5
    photo_styles: float = 0.2
    contents: int = 4_000
    styles: int = 12_000
    typical: str = ""

    @property
    def steps(self) -> int:
        """Optimiser steps of all phases together."""
        return sum(phase.steps for phase in self.phases)

    def shortened(self, steps: int) -> Recipe:
        """The same shape in fewer (or more) steps: each phase keeps its share."""
        total, done, phases = self.steps, 0, []
        for i, phase in enumerate(self.phases):
            left = steps - done
            share = left if i == len(self.phases) - 1 else min(left, round(phase.steps * steps / total))
            phases.append(replace(phase, steps=share))
            done += share
        return replace(self, phases=tuple(p for p in phases if p.steps), warmup=min(self.warmup, max(1, steps // 10)))

    def phase_at(self, step: int) -> Phase:
        """The phase that step (0-based) belongs to."""
        for phase in self.phases:
            if step < phase.steps:
                return phase
            step -= phase.steps
        return self.phases[-1]


FST = Recipe(
    "fast style transfer: one network for the one picture in the styles folder",
    source="constant",
    schedule="constant",
    averaging=0.0,
    augment=False,
    photo_styles=0.0,
    contents=80_000,
)

RECIPES: dict[str, Recipe] = {
    "styles": Recipe(
        "many styles at the paper's width, sized for an evening on two CPU cores",
        config=replace(PAPER, upsampling="bilinear"),
        objective="scale-free",
        content_weight=0.1,
        lattice_weight=0.2,
        # Small crops first: for the same time four times as many styles, and the heads learn from many styles a step.
        phases=(Phase(6_500, size=64, batch=8), Phase(5_500, size=128, batch=4), Phase(1_200, size=192, batch=2)),
        rate=2.5e-4,  # 1e-3 never settles, and 2e-4 was ahead of 4e-4 after three minutes
        recolour=0.25,
        photo_styles=0.05,
        contents=3_000,
        styles=6_000,
        typical="32 pictures a second at 64 px, 8 at 128, 4 at 192 on two cores with bfloat16: an hour and a half",
    ),
    "paper": Recipe(
        "faithful: equation 2, one style a batch, 160,000 iterations, the rate divided by 10 every 40,000",
        objective="paper",
        # Johnson's code has 5, 5, 5 with Gram differences averaged over C^2; in eq. 2's own form that is about 3e-4.
        style_weight=3e-4,
        content_weight=1.0,
        phases=(Phase(160_000),),
        schedule="steps",
        warmup=0,
        clip=None,
        averaging=0.0,
        one_style=True,
        augment=False,
        photo_styles=0.0,
        contents=80_000,
        styles=20_938,
    ),
    "fst": FST,
    "cin": replace(
        FST,
        about="conditional instance normalisation: a learned gamma and beta for each picture in the styles folder",
        source="table",
    ),
    "smoke": Recipe(
        "proves that training runs: a quarter of the cost a picture, a few steps on the slim loss network",
        config=QUARTER,
        loss_network="slim",
        phases=(Phase(20, size=64, batch=2),),
        warmup=5,
        averaging=0.9,
        contents=16,
        styles=16,
    ),
}
