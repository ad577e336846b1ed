"""What Figures 8 and 9 share: styles that no network has seen, photos to learn them on, and tuned learning rates."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from chapters import common
from chapters.adapt import Ground, adapt, begin, ground
from chapters.common import FST, Bench, squares
from chapters.show import counted
from zmlib.data.folders import list_images
from zmlib.data.images import open_image
from zmlib.errors import UserError
from zmlib.evaluate.matrix import signals
from zmlib.experiments.run import Run
from zmlib.perceptual import Measured, scale_free
from zmlib.zmnet import ZMNet

ZMNET = "styles"
NETS = (ZMNET, *FST)
HEADLINE = {"zmnet": "all", "cin": "cin", "fst": "fst"}  # name in results -> way of chapters.adapt
OTHERS = {"zmnet_value": "value", "zmnet_pnet": "pnet"}
LABELS = {
    "zmnet": "ZM-Net, everything trained",
    "zmnet_value": "ZM-Net, its gamma and beta",
    "zmnet_pnet": "ZM-Net, its PNet",
    "cin": "CIN, its gamma and beta",
    "fst": "FST from scratch",
}
RATES = {  # the grid, three to four times apart; at either end the loss on the validation style no longer falls
    "fst": (3e-5, 1e-4, 3e-4, 1e-3),
    "cin": (1e-2, 3e-2, 1e-1, 3e-1),
    "value": (3e-3, 1e-2, 3e-2, 1e-1),
    "pnet": (3e-5, 1e-4, 3e-4, 1e-3),
    "all": (1e-5, 3e-5, 1e-4, 3e-4),
}
CROP, BATCH = 64, 4  # pixels, crops a step
VIEW = 2 * CROP  # the side of styles and test photos: at it the strokes are to the crops' scale
UNLIKE = 1_000  # a seed that no training of the study has
TESTS = 4  # photos for the test loss, never trained on


@dataclass(repr=False)
class Study:
    """What every training of a chapter has in common.

    Attributes:
        bench: networks, judge, the photos for tests and the unseen styles, at the chapter's size.
        photos: files or pictures to train on. seeds: how many. steps: of each training.
        validation: the style on which rates are tuned, (1, 3, VIEW, VIEW), and its name.
        styles: the unseen ones, (S, 3, VIEW, VIEW). tests: (T, 3, VIEW, VIEW).
        many: more unseen styles at the chapter's size, for the standing rule on the signal: of three that are alike the
            mean is nearly as good as the right one.
    """

    bench: Bench
    photos: Sequence[Any]
    seeds: int
    steps: int
    validation: tuple[str, Tensor]
    styles: Tensor
    tests: Tensor
    many: Tensor

    def seeds_of(self, name: str) -> int:
        """Of the readings beside the headline one is enough: they are for the table, which has no bands."""
        return self.seeds if name in HEADLINE else 1

    def ground(self, seed: int, steps: int | None = None) -> Ground:
        """The photos in the order of one seed, the same for every method."""
        network = self.bench.judge.network
        return ground(network, self.photos, steps or self.steps, CROP, BATCH, self.bench.seed + seed)

    def network(self, way: str, style: int) -> ZMNet:
        """What a way begins with: CIN's is trained on another style, the one or the other in turn."""
        names = list(FST)
        return self.bench.nets[names[style % len(names)] if way in ("cin", "fst") else ZMNET]

    def train(self, way: str, which: int, style: Tensor, on: Ground, rate: float, seed: int, watch: Any) -> list[float]:
        """One training; see `chapters.adapt.adapt`. which: the style's number, for `network`."""
        net, parameters = begin(way, self.network(way, which), style, self.bench.seed + seed)
        return adapt(net, parameters, style, on, rate, watch)

    @cached_property
    def _measured(self) -> Measured:
        """The test photos as the loss network sees them."""
        with torch.no_grad():
            return self.bench.judge.network.measure(self.tests)

    @torch.no_grad()
    def test_loss(self, net: ZMNet, style: Tensor) -> float:
        """The training loss (content and style) on the test photos, the mean over them."""
        network, affine = self.bench.judge.network, net.encode(signals(net, style))
        outputs = torch.cat([net.stylize(photo[None], affine) for photo in self.tests])
        loss = scale_free(network.measure(outputs), network.measure(style), self._measured, common.TRAINING_CONTENT)
        return float(loss.mean())


def prepare(run: Run) -> Study:
    """As the notebook's parameters say: `photos` and `validation` beside those of `common.prepare`.

    Without a folder of photos every second of the run's own is trained on and the others are for tests.
    """
    bench = common.prepare(run, NETS)
    shelf, paintings = run.photos(common.STANDING), run.paintings()
    if run.parameters["photos"]:
        photos: list[Any] = [open_image(file) for file in list_images(Path(run.parameters["photos"]))]
        tests = list(shelf.values())[:TESTS]
    else:
        photos, tests = list(shelf.values())[::2], list(shelf.values())[1::2][:TESTS]
        bench.photos = squares(tests[: run.contents], run.size).to(bench.unseen.device)
        bench.names["photos"] = list(shelf)[1::2][: len(bench.photos)]
    if run.parameters["validation"]:
        file = list_images(Path(run.parameters["validation"]))[0]
        name, picture = file.name, open_image(file)
    else:  # the last of the shelf, which is then no style of the study
        if len(paintings) < 2:
            raise UserError("Give two style pictures or more, or a folder `validation`: the rates are tuned on one.")
        *_, name = paintings
        picture = paintings.pop(name)
    styles = list(paintings.values())
    bench.unseen, bench.names["unseen"] = bench.unseen[: len(styles)], list(paintings)
    return Study(
        bench=bench,
        photos=photos,
        seeds=run.seeds,
        steps=run.iterations,
        validation=(name, squares([picture], VIEW).to(bench.unseen.device)),
        styles=squares(styles, VIEW).to(bench.unseen.device),
        tests=squares(tests, VIEW).to(bench.unseen.device),
        many=squares(list(run.paintings(common.STANDING).values()), run.size).to(bench.unseen.device),
    )


def tune(study: Study, ways: Sequence[str], share: float = 0.5) -> dict[str, dict[str, float]]:
    """The test loss on the validation style at the end of a shorter training, for each rate of the grid.

    share: of the study's steps. Returns way -> {"0.001": loss, ...}; infinite where the loss is not a number.
    """
    on = study.ground(UNLIKE, max(1, round(share * study.steps)))
    _, style = study.validation
    found: dict[str, dict[str, float]] = {}
    for way, rate in counted([(name, one) for name in ways for one in RATES[name]], "rates tuned"):
        seen: list[float] = []

        def watch(step: int, net: ZMNet, seen: list[float] = seen) -> None:
            if step == len(on.batches):
                seen.append(study.test_loss(net, style))

        study.train(way, 0, style, on, rate, UNLIKE, watch)
        found.setdefault(way, {})[f"{rate:g}"] = seen[0] if np.isfinite(seen[0]) else float("inf")
    return found


def best(grid: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """Way -> the rate with the lowest test loss."""
    return {way: float(min(losses, key=lambda rate: losses[rate])) for way, losses in grid.items()}


def grid_table(grid: Mapping[str, Mapping[str, float]]) -> list[dict[str, Any]]:
    """A row a way and rate, the chosen one marked."""
    chosen = best(grid)
    names = {way: name for name, way in (HEADLINE | OTHERS).items()}
    return [
        {
            "method": LABELS[names[way]],
            "rate": rate,
            "test loss, validation style": loss,
            "chosen": "yes" if float(rate) == chosen[way] else "",
        }
        for way, losses in grid.items()
        for rate, loss in losses.items()
    ]


def trainings(
    study: Study,
    ways: Mapping[str, str],
    rates: Mapping[str, float],
    watch: Callable[[str, int, int], Callable[[int, ZMNet], None]],
) -> dict[str, np.ndarray]:
    """Every way on every style, with every seed those of the headline and with the first one the others.

    Args:
        ways: name in results -> way. rates: by way.
        watch: (name, style, seed) -> what `chapters.adapt.adapt` shall call.

    Returns:
        name -> training loss, (seeds, styles, steps).
    """
    found = {name: np.zeros((study.seeds_of(name), len(study.styles), study.steps)) for name in ways}
    jobs = [
        (seed, name, i)
        for seed in range(study.seeds)
        for name in ways
        for i in range(len(study.styles))
        if seed < study.seeds_of(name)
    ]
    grounds: dict[int, Ground] = {}
    for seed, name, i in counted(jobs, "trainings"):
        if seed not in grounds:
            grounds = {seed: study.ground(seed)}  # one at a time: they are large
        way, style = ways[name], study.styles[i : i + 1]
        found[name][seed, i] = study.train(way, i, style, grounds[seed], rates[way], seed, watch(name, i, seed))
    return found


def standing(study: Study) -> dict[str, Any]:
    """The values of the standing rules; FST's own J where the ten seen styles are given."""
    bench = study.bench
    found: dict[str, Any] = {"signal": common.signal(bench, ZMNET, study.many), "seeds": study.seeds}
    found["signal_styles"] = len(study.many)
    return found | ({"fst_own_j": common.fst_own_j(bench)} if bench.ten is not None else {})
