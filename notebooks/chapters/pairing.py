"""The pairs of a photograph and a style that networks are compared on.

In a table of pairs each photograph stands once, so that for the same work it has more photographs and styles than every
photograph with every style, which is what a build on the few samples does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from chapters.common import Bench
from chapters.measures import losses
from zmlib.evaluate.judge import Judge
from zmlib.evaluate.pairs import load_pairs, read_batch
from zmlib.evaluate.statistics import Names
from zmlib.experiments.run import Run
from zmlib.zmnet import ZMNet


@dataclass(frozen=True, repr=False)
class Pairing:
    """Photographs and styles, and how they are paired.

    Attributes:
        photos: (C, 3, size, size) in [0, 1].
        styles: (S, 3, size, size); the N-th belongs to the N-th photograph where there is a table.
        of: names of photograph and style of each pair of a table, as the statistics want them; None: every photograph
            with every style.
    """

    photos: Tensor
    styles: Tensor
    of: Names | None = None

    def counts(self) -> dict[str, int]:
        """How many "pairs", "photos" and "styles", for a result."""
        if self.of is None:
            photos, styles = len(self.photos), len(self.styles)
            return {"pairs": photos * styles, "photos": photos, "styles": styles}
        return {"pairs": len(self.photos), "photos": len(set(self.of[0])), "styles": len(set(self.of[1]))}

    def losses(self, net: ZMNet, judge: Judge) -> dict[str, Tensor]:
        """What `chapters.measures.losses` finds: "J" (2, S, C) and "training" (S, C); of a table (2, N) and (N,)."""
        if self.of is None:
            return losses(net, judge, self.photos, self.styles)
        j, training = torch.zeros(2, len(self.photos)), torch.zeros(len(self.photos))
        for which in self._by_style():
            found = losses(net, judge, self.photos[which], self.styles[which[:1]])
            j[:, which], training[which] = found["J"][:, 0], found["training"][0]
        return {"J": j, "training": training}

    @torch.no_grad()
    def painted(self, net: ZMNet) -> Iterator[tuple[Tensor, Tensor]]:
        """Each pair's photograph and the output for it, (1, 3, size, size) each; in the order of the flat losses."""
        if self.of is None:
            for style in self.styles.split(1):
                affine = net.encode(style)
                yield from ((photo, net.stylize(photo, affine)) for photo in self.photos.split(1))
        else:
            for photo, style in zip(self.photos.split(1), self.styles.split(1), strict=True):
                yield photo, net.stylize(photo, net.encode(style))

    def shaped(self, values: list[float]) -> Tensor:
        """A number for each output of `painted`, in the shape of the losses: (S, C), or (N,) of a table."""
        flat = torch.tensor(values)
        return flat if self.of is not None else flat.view(len(self.styles), len(self.photos))

    def _by_style(self) -> list[list[int]]:
        """The numbers of the pairs of each style, so that a style is read once."""
        assert self.of is not None
        found: dict[object, list[int]] = {}
        for i, name in enumerate(self.of[1]):
            found.setdefault(name, []).append(i)
        return list(found.values())


def pairing(run: Run, bench: Bench) -> Pairing:
    """The pairs of the table that the parameter `pairs` names; without one, the bench's photographs and unseen styles.

    Raises:
        UserError: the table, or a picture that it names, cannot be read.
    """
    if not run.parameters["pairs"]:
        return Pairing(bench.photos, bench.unseen)
    pairs = load_pairs(table=run.read(run.parameters["pairs"]))
    for one in pairs:
        for picture in (one.photo, one.painting):
            run.read(picture)  # type: ignore[arg-type]  # a table names files
    photos, styles = (batch.to(bench.photos.device) for batch in read_batch(pairs, run.size))
    return Pairing(photos, styles, ([one.photo_name for one in pairs], [one.painting_name for one in pairs]))
