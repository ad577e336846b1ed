"""The trainings of Figures 8 and 9: every method on every unseen style, on the same photographs in the same order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from chapters.adapt import Ground, ground
from chapters.common import load_judge, squares
from chapters.matrix import signals
from chapters.measures import TRAINING_CONTENT, alike
from chapters.show import counted
from zmlib.data.images import open_image
from zmlib.errors import UserError
from zmlib.evaluate.judge import Judge
from zmlib.experiments.run import Run
from zmlib.perceptual import Measured, scale_free
from zmlib.weights import load
from zmlib.zmnet import ZMNet

ZMNET, TEN = "styles", "cin-10"
OTHERS = ("fst-rhone", "fst-anthill")  # networks of one other style each: a CIN of one style is an FST
HEADLINE = {"zmnet": "all", "cin": "cin", "cin10": "cin10", "fst": "fst"}  # name in results -> way of chapters.adapt
CROP, BATCH = 64, 4  # pixels, crops for each step
VIEW = 2 * CROP  # the side of styles and test photographs, at which the strokes have the scale of the crops
PHOTOS = 100  # photographs to train on, at most: a training takes a few hundred crops of them
SHELF = 12  # photographs that a run without a folder of its own divides into those to train on and those for tests
SIDE = 3  # styles of the readings beside the headline


@dataclass(frozen=True, repr=False)
class Training:
    """One training of a study.

    Attributes:
        name: of the method in results. way: how it is trained, see `chapters.adapt`.
        start: the network that it begins with. row: of its table, where it has one.
        style: (1, 3, VIEW, VIEW). number: which of the study's styles it is.
        ground: the photographs, in the order of one seed. turn: which of the seeds it is. seed: of random weights.
    """

    name: str
    way: str
    start: ZMNet
    row: int
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
        nets: by name. judge: for J; its loss network is that of every other loss, too.
        names: "styles" and "tests" -> the pictures' names.
        photos: pictures to train on.
        seeds: how many orders of them. steps: of each training. seed: of the chapter.
        validation: the style on which rates are tuned: its name, and (1, 3, VIEW, VIEW).
        styles: those that no network has seen, (S, 3, VIEW, VIEW).
        tests: photographs that no training sees, (T, 3, VIEW, VIEW).
        unseen, contents: the same styles and photographs at the chapter's size, (S, 3, size, size), (T, 3, size, size).
    """

    nets: Mapping[str, ZMNet]
    judge: Judge
    names: Mapping[str, list[str]]
    photos: Sequence[Image.Image]
    seeds: int
    steps: int
    validation: tuple[str, Tensor]
    styles: Tensor
    tests: Tensor
    unseen: Tensor
    contents: Tensor
    seed: int = 0

    def seeds_of(self, name: str) -> int:
        """How many seeds a method has: the readings beside the headline, which the plot does not show, have one."""
        return self.seeds if name in HEADLINE else 1

    def styles_of(self, name: str) -> int:
        """How many styles a method has: the readings beside the headline have the first few."""
        return len(self.styles) if name in HEADLINE else min(SIDE, len(self.styles))

    def ground(self, seed: int, steps: int | None = None) -> Ground:
        """The photographs in the order of one seed, the same for every method."""
        return ground(self.judge.network, self.photos, steps or self.steps, CROP, BATCH, self.seed + seed)

    def start(self, way: str, style: int) -> tuple[ZMNet, int]:
        """The network that a way begins with on the style of this number, and a row: other styles' take turns."""
        if way == "cin10":
            net = self.nets[TEN]
            return net, style % len(next(net.source.parameters()))  # each parameter has a row for each style
        return self.nets[OTHERS[style % len(OTHERS)] if way in ("cin", "fst") else ZMNET], 0

    def trainings(self, ways: Mapping[str, str]) -> Iterator[Training]:
        """Every method on every style, with every seed; a line below the cell counts them.

        ways: name in results -> way.
        """
        jobs = [
            (turn, name, number)
            for turn in range(self.seeds)
            for name in ways
            for number in range(self.styles_of(name))
            if turn < self.seeds_of(name)
        ]
        grounds: dict[int, Ground] = {}
        for turn, name, number in counted(jobs, "trainings"):
            if turn not in grounds:
                grounds = {turn: self.ground(turn)}  # one at a time: they are large
            start, row = self.start(ways[name], number)
            yield Training(
                name=name,
                way=ways[name],
                start=start,
                row=row,
                style=self.styles[number : number + 1],
                number=number,
                ground=grounds[turn],
                turn=turn,
                seed=self.seed + turn,
            )

    def described(self) -> dict[str, Any]:
        """What a result says of the study: the pictures, how many trainings, and what the networks had cost before.

        "same": whether the networks that ZM-Net, CIN and FST begin with were trained alike, "differ": in what not;
        "same_10": whether ZM-Net's was trained like the CIN of ten styles.
        """
        return {
            **self.names,
            "styles_adapted": len(self.styles),
            "seeds": self.seeds,
            "steps": self.steps,
            "budgets": budgets(self.nets),
            **alike([net for name, net in self.nets.items() if name != TEN]),
            "same_10": alike([self.nets[ZMNET], self.nets[TEN]])["same"],
            "loss_network": self.judge.network.name,
        }

    @cached_property
    def _measured(self) -> Measured:
        """The test photographs as the loss network sees them."""
        with torch.no_grad():
            return self.judge.network.measure(self.tests)

    @torch.no_grad()
    def test_losses(self, net: ZMNet, style: Tensor) -> Tensor:
        """The training loss (content and style) on each test photograph, (T,), on the CPU."""
        network, affine = self.judge.network, net.encode(signals(net, style))
        outputs = torch.cat([net.stylize(photo[None], affine) for photo in self.tests])
        return scale_free(network.measure(outputs), network.measure(style), self._measured, TRAINING_CONTENT).cpu()


def prepare(run: Run) -> Study:
    """The study that a notebook's parameters describe: `photos`, `validation` and `judge`.

    Without a folder of photographs, every second of the run's own is trained on, and the others are for tests.

    Raises:
        UserError: a folder or picture that cannot be read, or a single style picture.
    """
    nets = {name: run.used(load(name, run.device), name) for name in (ZMNET, *OTHERS, TEN)}
    paintings = run.paintings()
    if run.parameters["photos"]:
        photos = [open_image(file) for file in run.read_folder(run.parameters["photos"], PHOTOS)]
        shelf = run.photos()
    else:
        every = run.photos(SHELF)
        photos = list(every.values())[::2]
        shelf = dict(list(every.items())[1::2][: run.contents])
    if run.parameters["validation"]:
        (file,) = run.read_folder(run.parameters["validation"], 1)
        name, picture = file.name, open_image(file)
    else:  # the last of the run's own, which is then no style of the study
        if len(paintings) < 2:
            raise UserError("Give two style pictures or more, or a folder `validation`: the rates are tuned on one.")
        *_, name = paintings
        picture = paintings.pop(name)

    def at(side: int, images: Mapping[str, Image.Image]) -> Tensor:
        return squares(list(images.values()), side).to(run.device)

    return Study(
        nets=nets,
        judge=load_judge(run),
        names={"styles": list(paintings), "tests": list(shelf)},
        photos=photos,
        seeds=run.seeds,
        steps=run.iterations,
        validation=(name, squares([picture], VIEW).to(run.device)),
        styles=at(VIEW, paintings),
        tests=at(VIEW, shelf),
        unseen=at(run.size, paintings),
        contents=at(run.size, shelf),
        seed=run.seed,
    )


def budgets(nets: Mapping[str, ZMNet]) -> dict[str, dict[str, Any]]:
    """How long each network was trained before the study, as its model card says: name -> "steps", "minutes", "styles".

    Where a card does not say it, as that of a network of a test, the number is None.
    """
    return {
        name: {
            "steps": net.card.get("steps"),
            "minutes": round(net.card["seconds"] / 60) if "seconds" in net.card else None,
            "styles": net.card.get("styles"),
        }
        for name, net in nets.items()
    }


def budgets_table(nets: Mapping[str, ZMNet]) -> list[dict[str, Any]]:
    """What `budgets` returns, a row for each network, with its steps over those of ZM-Net."""
    found = budgets(nets)
    most = found[ZMNET]["steps"] or 1
    rows = [{"network": f"`{name}`", **one} for name, one in found.items()]
    return [row | {"steps over ZM-Net's": (row["steps"] or 0) / most} for row in rows]
