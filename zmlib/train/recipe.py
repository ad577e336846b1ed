"""What a training is told: a recipe, and the phases that it goes through."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Literal

from zmlib.signals.reading import Reading
from zmlib.sources import reading
from zmlib.tnet import TNetConfig

VIEW = 256  # pixels


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
        source: the name of the source of gamma and beta, see `zmlib.sources`.
        start: shipped weights to begin with, of which a network with another source takes the TNet; None: nothing.
        trains: "all", or "pnet": TNet stays what it was in `start`, and the weights name it and hold PNet alone.
        loss_network: see `zmlib.perceptual.loss_network`.
        content_layer: such as "relu2_2"; None is the loss network's own, relu3_3.
        reads: what guides a source that reads vectors: the "word" that a style picture is tagged with, or its
            "colours", as a histogram. None: what the source itself reads.
        objective: "paper" (eq. 2), "scale-free" (each layer's Gram difference over |G(S)|^2 + |G(C)|^2), "relative"
            (over |G(C)-G(S)|^2, as in J), or "colours" (the style term is `zmlib.perceptual.palette_distance`, the
            content term that of "scale-free").
        style_weight, content_weight: lambda_s and lambda_c of eq. 2; the style terms are averaged over the layers
            except in "paper".
        lattice_weight: of the share of the output's fine detail that repeats on a lattice of four pixels
            (`zmlib.perceptual.lattice`), an addition of ours; 0 leaves it out.
        halo_weight: of the share of the output's slow variation that is a glow around the photo's outlines
            (`zmlib.perceptual.halo`), ours too.
        grain_weight: of the share of the output's variation in small windows that is not the photo's
            (`zmlib.perceptual.grain`), for networks that only recolour.
        speckle_weight: of the fine colour that the output has in excess of its style (`zmlib.perceptual.speckle`), ours
            too.
        phases: what is done when; the learning rate and the averaging run over all of them together.
        rate, warmup, schedule: Adam's learning rate, the steps of its linear warm-up, and its decay: "cosine" to 1 %
            of it, "trapezoid" (constant, and over the last fifth of the steps straight down to 1 %), "steps" (by 0.1
            at each quarter, the paper's for 160,000 iterations), or "constant" (the paper's for 40,000).
        clip: the largest norm of the gradient, or None.
        averaging: decay of the exponential average of the weights that is exported (0: the last weights).
        one_style: all photos of a batch share one style image, as in the paper; otherwise each has its own.
        style_crops: "varied" (scale, place, flip, sometimes colours), "window" (the same scale and colours always: what
            a crop shows of the picture when its short side is `VIEW` pixels, the size at which styles are read later),
            "fixed" (one such window a picture, always the same one: no augmentation at all) or "whole" (the centre
            square). Crops of photos are scaled and flipped always.
        style_size: side of the style crops in pixels where it is not the phase's.
        pictures: how many of the style pictures are used, evenly spread over the sorted list, or how many of each word
            where the network reads words; None: all.
        recolour: share of the varied style crops that get another palette.
        photo_styles: share of style crops that are taken from photos, for variety.
        contents, styles: how many different crops are drawn from the pictures; their features are measured once and
            kept.
        typical: what to expect, measured.
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
    lattice_weight: float = 0.0
    halo_weight: float = 0.0
    grain_weight: float = 0.0
    speckle_weight: float = 0.0
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

    @property
    def reading(self) -> Reading:
        """How the network will read its signal."""
        return reading(self.source, self.options, {"reads": self.reads})

    @property
    def style_layers(self) -> tuple[str, ...] | None:
        """Layers on which the loss network measures styles: none where colours are compared. None: its own."""
        return () if self.objective == "colours" else None

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
