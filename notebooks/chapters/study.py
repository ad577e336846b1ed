"""The trainings of Figures 8 and 9: every method on every unseen style, on the same photographs in the same order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from chapters import common
from chapters.adapt import Ground, ground
from chapters.common import Bench, squares
from chapters.measures import FST, TRAINING_CONTENT
from chapters.show import counted
from zmlib.data.folders import list_images
from zmlib.data.images import open_image
from zmlib.errors import UserError
from zmlib.evaluate.matrix import signals
from zmlib.experiments.run import Run
from zmlib.perceptual import Measured, scale_free
from zmlib.zmnet import ZMNet

ZMNET = "styles"
HEADLINE = {"zmnet": "all", "cin": "cin", "fst": "fst"}  # name in results -> way of chapters.adapt
CROP, BATCH = 64, 4  # pixels, crops for each step
VIEW = 2 * CROP  # the side of styles and test photographs, at which the strokes have the scale of the crops
TESTS = 4  # photographs for the test loss, never trained on


@dataclass(frozen=True, repr=False)
class Training:
    """One training of a study.

    Attributes:
        name: of the method in results. way: how it is trained, see `chapters.adapt`.
        start: the network that it begins with.
        style: (1, 3, VIEW, VIEW). number: which of the study's styles it is.
        ground: the photographs, in the order of one seed. turn: which of the seeds it is. seed: of random weights.
    """

    name: str
    way: str
    start: ZMNet
    style: Tensor
    number: int
    ground: Ground
    turn: int
    seed: int

    @property
    def first(self) -> bool:
        """Whether it is of the first style and the first seed."""
        return self.number == self.turn == 0


@dataclass(repr=False)
class Study:
    """What every training of a chapter has in common.

    Attributes:
        bench: networks, judge, the photographs for tests and the unseen styles, at the chapter's size.
        photos: pictures to train on.
        seeds: how many orders of them. steps: of each training.
        validation: the style on which rates are tuned: its name, and (1, 3, VIEW, VIEW).
        styles: the unseen ones, (S, 3, VIEW, VIEW).
        tests: photographs that no training sees, (T, 3, VIEW, VIEW).
        many: more unseen styles at the chapter's size, for the standing rule on the signal: of three styles that are
            alike, the mean is nearly as good as the right one.
    """

    bench: Bench
    photos: Sequence[Image.Image]
    seeds: int
    steps: int
    validation: tuple[str, Tensor]
    styles: Tensor
    tests: Tensor
    many: Tensor

    def seeds_of(self, name: str) -> int:
        """How many seeds a method has: the readings beside the headline, which the plot does not show, have one."""
        return self.seeds if name in HEADLINE else 1

    def ground(self, seed: int, steps: int | None = None) -> Ground:
        """The photographs in the order of one seed, the same for every method."""
        network = self.bench.judge.network
        return ground(network, self.photos, steps or self.steps, CROP, BATCH, self.bench.seed + seed)

    def network(self, way: str, style: int) -> ZMNet:
        """The network that a way begins with on the style of this number; of CIN that of another style, in turns."""
        names = list(FST)
        return self.bench.nets[names[style % len(names)] if way in ("cin", "fst") else ZMNET]

    def trainings(self, ways: Mapping[str, str]) -> Iterator[Training]:
        """Every method on every style, with every seed; a line below the cell counts them.

        ways: name in results -> way.
        """
        jobs = [
            (turn, name, number)
            for turn in range(self.seeds)
            for name in ways
            for number in range(len(self.styles))
            if turn < self.seeds_of(name)
        ]
        grounds: dict[int, Ground] = {}
        for turn, name, number in counted(jobs, "trainings"):
            if turn not in grounds:
                grounds = {turn: self.ground(turn)}  # one at a time: they are large
            yield Training(
                name=name,
                way=ways[name],
                start=self.network(ways[name], number),
                style=self.styles[number : number + 1],
                number=number,
                ground=grounds[turn],
                turn=turn,
                seed=self.bench.seed + turn,
            )

    @cached_property
    def _measured(self) -> Measured:
        """The test photographs as the loss network sees them."""
        with torch.no_grad():
            return self.bench.judge.network.measure(self.tests)

    @torch.no_grad()
    def test_loss(self, net: ZMNet, style: Tensor) -> float:
        """The training loss (content and style) on the test photographs, the mean over them."""
        network, affine = self.bench.judge.network, net.encode(signals(net, style))
        outputs = torch.cat([net.stylize(photo[None], affine) for photo in self.tests])
        loss = scale_free(network.measure(outputs), network.measure(style), self._measured, TRAINING_CONTENT)
        return float(loss.mean())


def prepare(run: Run) -> Study:
    """The study that a notebook's parameters describe: `photos` and `validation` besides those of `common.prepare`.

    Without a folder of photographs, every second of the run's own is trained on, and the others are for tests.

    Raises:
        UserError: a folder or picture that cannot be read, or a single style picture.
    """
    bench = common.prepare(run, [ZMNET, *FST])
    shelf, paintings = run.photos(common.STANDING), run.paintings()
    if run.parameters["photos"]:
        photos = [open_image(file) for file in list_images(Path(run.parameters["photos"]))]
        tests = list(shelf.values())[:TESTS]
    else:
        photos, tests = list(shelf.values())[::2], list(shelf.values())[1::2][:TESTS]
        bench.photos = squares(tests[: run.contents], run.size).to(bench.unseen.device)
        bench.names["photos"] = list(shelf)[1::2][: len(bench.photos)]
    if run.parameters["validation"]:
        file = list_images(Path(run.parameters["validation"]))[0]
        name, picture = file.name, open_image(file)
    else:  # the last of the run's own, which is then no style of the study
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
