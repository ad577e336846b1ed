"""What is trained: a recipe, and the phases that it goes through."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from zmlib.errors import UserError, at_least
from zmlib.perceptual import TERMS
from zmlib.signals.reading import Reading
from zmlib.sources import reading
from zmlib.tnet import TNetConfig

VIEW = 256  # pixels
DECAY = 0.2  # of the steps: the falling side of the schedule "trapezoid"


@dataclass(frozen=True)
class Phase:
    """A stretch of training: `steps` optimiser steps on crops of `size` pixels, `batch` of them at a time."""

    steps: int
    size: int = 256
    batch: int = 4


@dataclass(frozen=True)
class Recipe:
    """Everything that decides the result of a training, apart from the pictures and the seed.

    Attributes:
        about: one line for people.
        config: TNet's (and a serial image PNet's) settings.
        source: the name of the source of gamma and beta, see `zmlib.sources`.
        options: that source's own settings.
        start: shipped weights to begin from, of which a network with another source takes the TNet; None: random ones.
        trains: "all", or "pnet": TNet stays what it was in `start`, and the weights name it and hold PNet alone.
        loss_network: see `zmlib.perceptual.loss_network`; "auto" is the best that the machine has.
        content_layer: such as "relu2_2"; None is the loss network's own, relu3_3.
        reads: what guides a source that reads vectors: the "word" that a style picture is tagged with, or its
            "colours", as a histogram. None: what the source itself reads.
        objective: "paper" (eq. 2), "scale-free" (each layer's Gram difference over |G(S)|^2 + |G(C)|^2), "relative"
            (over |G(C)-G(S)|^2, as in J), or "colours" (the style term is `zmlib.perceptual.palette_distance`, the
            content term that of "scale-free").
        style_weight, content_weight: lambda_s and lambda_c of eq. 2; the style terms are averaged over the layers
            except in "paper".
        terms: further terms of the loss by name, with their weights, see `zmlib.perceptual.TERMS`; an addition of ours.
        phases: one after another; the learning rate and the averaging run over all of them together.
        rate, warmup, schedule: Adam's learning rate, the steps of its linear warm-up, and its decay: "cosine" to 1 %
            of it, "trapezoid" (constant, and over the last fifth of the steps straight down to 1 %), "steps" (by 0.1
            at each quarter, the paper's for 160,000 iterations), or "constant" (the paper's for 40,000).
        clip: the largest norm of the gradient, or None.
        averaging: decay of the exponential average of the weights that is exported (0: the last weights).
        one_style: all photos of a batch share one style picture, as in the paper; otherwise each has its own.
        style_crops: "varied" (scale, place, flip, sometimes colours), "window" (the same scale and colours always: what
            a crop shows of the picture when its short side is `VIEW` pixels, the size at which styles are read later),
            "fixed" (one such window a picture, always the same one: no augmentation at all) or "whole" (the centre
            square). Crops of photos are always scaled and flipped.
        style_size: side of the style crops in pixels; None: the phase's.
        pictures: how many of the style pictures are used, evenly spread over the sorted list, or how many of each word
            where the network reads words; None: all.
        recolour: share of the varied style crops that get another palette.
        photo_styles: share of style crops that are taken from photos, for variety.
        contents, styles: how many different crops are drawn from the pictures; each is measured once.
        typical: what to expect, measured.

    Raises:
        UserError: a term that is not in `TERMS`.

    Example:
        >>> from zmlib.train import RECIPES, Phase, Recipe
        >>> recipe = Recipe("mine", terms={"halo": 0.5}, phases=(Phase(500, size=64), Phase(100)))
        >>> recipe.steps, recipe.shortened(60).phases
        (600, (Phase(steps=50, size=64, batch=4), Phase(steps=10, size=256, batch=4)))
        >>> RECIPES["styles"].steps
        13200
    """

    about: str
    config: TNetConfig = field(default_factory=TNetConfig)
    source: str = "serial-image"
    options: dict[str, Any] = field(default_factory=dict)
    start: str | None = None
    trains: Literal["all", "pnet"] = "all"
    loss_network: str = "vgg16-caffe"
    content_layer: str | None = None
    reads: Literal["word", "colours"] | None = None
    objective: Literal["paper", "scale-free", "relative", "colours"] = "relative"
    style_weight: float = 1.0
    content_weight: float = 0.2
    terms: dict[str, float] = field(default_factory=dict)
    phases: tuple[Phase, ...] = (Phase(40_000),)
    rate: float = 1e-3
    warmup: int = 100
    schedule: Literal["cosine", "trapezoid", "steps", "constant"] = "cosine"
    clip: float | None = 5.0
    averaging: float = 0.999
    one_style: bool = False
    style_crops: Literal["varied", "window", "fixed", "whole"] = "varied"
    style_size: int | None = None
    pictures: int | None = None
    recolour: float = 0.5
    photo_styles: float = 0.2
    contents: int = 4_000
    styles: int = 12_000
    typical: str = ""

    def __post_init__(self) -> None:
        for name in self.terms:
            if name not in TERMS:
                raise UserError(f'There is no loss term "{name}": take some of {", ".join(TERMS)}.')

    @property
    def reading(self) -> Reading:
        """How the network will read its signal."""
        return reading(self.source, self.options, {"reads": self.reads})

    @property
    def single(self) -> bool:
        """Whether the network has one style, and nothing guides it."""
        return self.reading.one

    @property
    def numbered(self) -> bool:
        """Whether the network learns its styles by number, with gamma and beta for each style picture."""
        return self.reading.numbered and not self.single

    @property
    def style_layers(self) -> tuple[str, ...] | None:
        """Layers on which the loss network measures styles: none where colours are compared. None: its own."""
        return () if self.objective == "colours" else None

    @property
    def steps(self) -> int:
        """Optimiser steps of all phases together."""
        return sum(phase.steps for phase in self.phases)

    def changed(
        self,
        *,
        batch: int | None = None,
        size: int | None = None,
        loss_network: str | None = None,
        pictures: int | None = None,
    ) -> Recipe:
        """The recipe with what is given in place of its own; `batch` and `size` are every phase's."""
        at_least(1, batch=batch, pictures=pictures)
        at_least(32, size=size)
        phases = tuple(replace(phase, batch=batch or phase.batch, size=size or phase.size) for phase in self.phases)
        loss_network, pictures = loss_network or self.loss_network, pictures or self.pictures
        return replace(self, phases=phases, loss_network=loss_network, pictures=pictures)

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

    def rate_at(self, step: int) -> float:
        """Adam's rate at a step (0-based): a function of the step alone, so that there is no scheduler to resume."""
        warm = min(1.0, (step + 1) / self.warmup) if self.warmup else 1.0
        done = step / max(1, self.steps)
        if self.schedule == "trapezoid":
            return self.rate * warm * min(1.0, max(0.01, (1 - done) / DECAY))
        if self.schedule == "cosine":
            return self.rate * warm * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * done)))
        return self.rate * warm * (0.1 ** int(4 * done) if self.schedule == "steps" else 1.0)
