"""OST run to its plateau by L-BFGS: the reference of Figures 4, 5 and 6, and the iterations of Table 1.

A run takes more than a hundred iterations of the full loss network, so it is made once, in the chapter of Figure 4,
which keeps a row for each pair as "ost"; the other chapters read these rows and run nothing.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from chapters.measures import TRAINING_CONTENT, text
from zmlib.baselines.ost import Optimisation
from zmlib.data.folders import at_most
from zmlib.evaluate.judge import Judge
from zmlib.evaluate.statistics import summary
from zmlib.experiments.results import read_result
from zmlib.experiments.run import Run
from zmlib.perceptual import LossNetwork, scale_free

if TYPE_CHECKING:
    from chapters.common import Bench

Row = dict[str, Any]

PLATEAU, WINDOW = 0.01, 20  # OST has arrived when its loss falls by less than 1 % in 20 iterations
KEPT_BY, FIGURE = "fig4", "ost"


def plateau(losses: Sequence[float], window: int = WINDOW, share: float = PLATEAU) -> int | None:
    """The first iteration before which the loss fell by less than `share` in `window` iterations, None for none.

    >>> plateau([8, 4, 2, 1, 1, 1], window=2)
    5
    """
    for i in range(window, len(losses)):
        if losses[i - window] - losses[i] < share * losses[i - window]:
            return i
    return None


def run_ost(content: Tensor, style: Tensor, judge: Judge, limit: int) -> tuple[Tensor, int, bool]:
    """One picture by OST: L-BFGS from the photograph, J as objective, up to the plateau or to `limit` iterations.

    content, style: (1, 3, H, W) and (1, 3, h, w) in [0, 1]. Returns the picture, (1, 3, H, W); the iterations; and
    whether it arrived.
    """
    run = Optimisation(content, style, judge, optimiser="lbfgs")
    losses: list[float] = []
    arrived = False
    while len(losses) < limit and not arrived:
        losses.append(float(run.step().sum()))
        arrived = plateau(losses[-WINDOW - 1 :]) is not None
    return run.images, len(losses), arrived


def pictures(bench: Bench, photos: int, styles: int | None = None) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """What to run OST on, by name: `photos` of the bench's, evenly spread; and unseen styles, then the ten seen ones.

    photos: at most. styles: of the unseen ones at most; None: all.
    """
    shelves = [(bench.names["unseen"], bench.unseen), (bench.names.get("ten", []), bench.ten)]
    named = [dict(zip(names, some.split(1), strict=True)) for names, some in shelves if some is not None]
    unseen = at_most(list(named[0].items()), styles or len(named[0]))
    few = at_most(list(zip(bench.names["photos"], bench.photos.split(1), strict=True)), photos)
    return dict(few), dict(unseen) | (named[1] if len(named) > 1 else {})


def measure(judge: Judge, photos: Mapping[str, Tensor], styles: Mapping[str, Tensor], limit: int) -> list[Row]:
    """`run_ost` for every style on every photograph.

    Args:
        photos, styles: by name, (1, 3, H, W) in [0, 1], on the judge's device.
        limit: iterations at most.

    Returns:
        A row for each pair: "style", "photo", "style_part" and "content_part" of J at the end, "training" (the loss
        that the shipped networks were trained with, see `chapters.measures.losses`), "iterations", "arrived" and
        "seconds".
    """
    pairs = [(style, photo) for style in styles for photo in photos]
    rows = []
    for style, photo in pairs:
        content, wanted, began = photos[photo], styles[style], time.perf_counter()
        picture, iterations, arrived = run_ost(content, wanted, judge, limit)
        with torch.no_grad():
            j = judge.parts(picture, content, wanted)
            seen_as = judge.network.measure
            training = scale_free(seen_as(picture), seen_as(wanted), seen_as(content), TRAINING_CONTENT)
        parts = {"style_part": float(j[0]), "content_part": float(j[1]), "training": float(training)}
        ran = {"iterations": iterations, "arrived": arrived, "seconds": time.perf_counter() - began}
        rows.append({"style": style, "photo": photo, **parts, **ran})
    return rows


def table(rows: Sequence[Mapping[str, Any]], what: str) -> Tensor:
    """One number of the rows of `measure`, (S, C)."""
    return torch.tensor([float(row[what]) for row in rows]).view(len({row["style"] for row in rows}), -1)


def describe(rows: Sequence[Mapping[str, Any]], network: LossNetwork, seed: int = 0) -> dict[str, Any]:
    """What the rows come to: the iterations to the plateau and J there, with intervals; and how OST was run."""
    j = table(rows, "style_part") + table(rows, "content_part")
    return {
        "iterations": summary(table(rows, "iterations"), seed),
        "arrived": all(row["arrived"] for row in rows),
        "stopped": sum(not row["arrived"] for row in rows),
        "J": summary(j, seed),
        "optimiser": "lbfgs",
        "pairs": len(rows),
        "loss_network": network.name,
    }


def keep(run: Run, bench: Bench, rows: Sequence[Row]) -> None:
    """Keep the rows for the other chapters, with what `read` asks for; their seconds are among the timings."""
    network = bench.judge.network
    about = {"size": bench.size, "weights_hash": network.weights_hash}
    seconds = {"seconds": summary(table(rows, "seconds"), bench.seed)}
    values = [{name: value for name, value in row.items() if name not in seconds} for row in rows]
    run.keep(FIGURE, None, describe(rows, network, bench.seed) | about | {"rows": values}, seconds)


def summary_table(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What `keep` has kept, in one row; none for no values."""
    if not found:
        return []
    return [
        {
            "pairs": found["pairs"],
            "iterations": text(found["iterations"], digits=0),
            "stopped before the plateau": found["stopped"],
            "J": text(found["J"]),
            "loss network": found["loss_network"],
        }
    ]


@dataclass(frozen=True)
class Reference:
    """OST's rows as another chapter reads them; origin: source hash and commit of the result that they are from."""

    rows: Sequence[Mapping[str, Any]]
    origin: Mapping[str, Any]

    def on(self, styles: Sequence[str], photos: Sequence[str]) -> tuple[dict[str, Tensor], list[int]]:
        """OST on those of the photographs that it was run on in all of these styles.

        Returns:
            "J", (2, S, K), the two parts, and "training", (S, K), as of `chapters.measures.losses`; and the numbers of
            the K photographs among `photos`. K may be 0.
        """
        by_pair = {(row["style"], row["photo"]): row for row in self.rows}
        kept = [i for i, photo in enumerate(photos) if all((style, photo) in by_pair for style in styles)]

        def numbers(what: str) -> Tensor:
            found = [[by_pair[style, photos[i]][what] for i in kept] for style in styles]
            return torch.tensor(found, dtype=torch.float32).view(len(styles), len(kept))

        parts = torch.stack([numbers("style_part"), numbers("content_part")])
        return {"J": parts, "training": numbers("training")}, kept


def read(run: Run, bench: Bench) -> Reference | None:
    """What the chapter of Figure 4 has kept: in this build, or else in the kept run.

    None where there is nothing, or where it was measured by another loss network or at another size.
    """
    folders = [run.place.parent, *([run.root / "figures"] if run.root else [])]
    for file in (folder / KEPT_BY / f"{FIGURE}.json" for folder in folders):
        if file.is_file():
            found = read_result(file)
            about = (found.values["weights_hash"], found.values["size"])
            if about == (bench.judge.network.weights_hash, bench.size):
                run.read(file)  # for the provenance, and only of what is used
                origin = {name: found.provenance.get(name) for name in ("source_hash", "commit")}
                return Reference(found.values["rows"], origin)
    return None


def origin(reference: Reference | None) -> dict[str, Any]:
    """For the values of a result: where OST's numbers in it are from; empty without a reference."""
    return dict(reference.origin) if reference is not None else {}
