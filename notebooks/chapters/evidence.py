"""The evidence that claims on quality stand on: the shipped network on sixty pairs of a photo and an unseen painting.

`evidence_signals` asks whether each network uses its signal, `evidence_curves` whether its training had converged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from chapters.measures import text
from zmlib.baselines.ost import ost
from zmlib.data.folders import at_most
from zmlib.evaluate import metrics, speckle
from zmlib.evaluate.judge import Judge
from zmlib.evaluate.pairs import Pair, load_pairs, read_batch, read_square
from zmlib.evaluate.statistics import summary
from zmlib.experiments.run import Run
from zmlib.perceptual import loss_network
from zmlib.zmnet import ZMNet

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SECOND = "vgg19-normalised"  # the judge on which nothing was trained
KNOWN = ("ssim", "gatys", "retrieval", "halo")  # of `zmlib.evaluate.metrics`
LABELS = {
    "style": "style part",
    "content": "content part",
    "speckle": "speckle",
    "halo": "halo",
    "ssim": "SSIM",
    "gatys_content": "Gatys' content loss",
    "gatys_style": "Gatys' style loss",
    "retrieved": "right painting nearest",
}


def pairs_of(run: Run) -> list[Pair]:
    """The pairs that the parameter `pairs` names, a table; empty: each of the run's photos with one of its paintings.

    At most as many as the setting `contents`, at equal steps. Names and hashes of files enter the provenance.

    Raises:
        UserError: the table or a picture that it names cannot be read.
    """
    table = run.parameters["pairs"]
    if not table:
        photos, paintings = run.photos(), run.paintings()
        return [Pair(*names, photos[names[0]], paintings[names[1]]) for names in zip(photos, cycle(paintings))]
    pairs = at_most(load_pairs(table=run.read(table)), run.contents)
    for file in dict.fromkeys(source for pair in pairs for source in (pair.photo, pair.painting)):
        assert isinstance(file, Path)
        run.read(file)
    return pairs


def judges_of(run: Run) -> list[Judge]:
    """The judge that the parameter `judge` names with `SECOND` beside it; the preset's alone where it names none."""
    names = [run.parameters["judge"], SECOND] if run.parameters["judge"] else [run.loss_network]
    return [run.used(Judge(loss_network(name).to(run.device))) for name in dict.fromkeys(names)]


def headline(found: Mapping[str, Any]) -> dict[str, Any]:
    """What `zmlib.evaluate.evaluation.evaluate` found, by the names that the claims and the model card read.

    Returns:
        J under each judge's name; of the first one "style" and "content"; "speckle" with its "largest_tenth"; the
        columns of `KNOWN`; "chance" for "retrieved"; "gain"; "signal", judge -> the signal test; "ost_equivalent" in
        iterations of "optimiser"; "pairs", a row for each.
    """
    judges, paintings = found["judges"], found["settings"]["styles"]
    values: dict[str, Any] = {name: judge["value"] for name, judge in judges.items()}
    values |= {part: judges[found["main"]][part] for part in ("style", "content")}
    values["speckle"] = {key: own for key, own in found["speckle"].items() if key not in ("octaves", "channels")}
    against = found["ost"]
    return values | {
        **found["metrics"],
        "chance": 1 / paintings,
        "gain": found["gain"],
        "signal": {name: _signal(judge["signal"], found["settings"]) for name, judge in judges.items()},
        "ost_equivalent": against["equivalent"] | {"cap": against["cap"]},
        "optimiser": f"Adam at {against['lr']:g} from the photo, minimising {against['judge']}",
        "main": found["main"],
        "judges": {name: judge["network"] for name, judge in judges.items()},
        "photos": found["settings"]["pairs"],
        "paintings": paintings,
        "size": found["settings"]["size"],
        "pairs": found["pairs"],
    }


def _signal(test: Mapping[str, Any] | None, settings: Mapping[str, Any]) -> dict[str, Any] | None:
    if test is None:
        return None
    counts = {"pairs": settings["pairs"], "styles": settings["styles"]}
    return {"rate": test["right_below_other"], "mean_over_right": test["mean_over_right"], **counts}


@torch.no_grad()
def measures(outputs: Tensor, pairs: Sequence[Pair], judges: Sequence[Judge], seed: int = 0) -> dict[str, Any]:
    """The medians of `headline` for any outputs of these pairs: (N, 3, S, S) in [0, 1], on the judges' device."""
    photos, paintings = (pictures.to(outputs.device) for pictures in read_batch(pairs, outputs.shape[-1]))
    of = [pair.photo_name for pair in pairs], [pair.painting_name for pair in pairs]
    found: dict[str, Any] = {}
    for judge in judges:
        parts = [judge.parts(*each) for each in zip(*(x.split(1) for x in (outputs, photos, paintings)), strict=True)]
        style, content = (torch.cat(part).tolist() for part in zip(*parts, strict=True))
        found[judge.name] = summary(np.add(style, content), seed, of=of)
        if judge is judges[0]:
            found |= {"style": summary(style, seed, of=of), "content": summary(content, seed, of=of)}
    found["speckle"] = summary(speckle.ratios(outputs, paintings)[:, 0].tolist(), seed, of=of)
    shown = metrics.Shown(outputs, photos, paintings, of[1], judges[-1].network)
    return found | metrics.measure(KNOWN, shown, seed, of)[0]


def references(
    net: ZMNet, pairs: Sequence[Pair], judges: Sequence[Judge], size: int, iterations: int, most: int, seed: int = 0
) -> dict[str, Any]:
    """What the measures say of pictures that need no network.

    Args:
        size: of the pictures, in pixels.
        iterations: of OST (J as objective, Adam from the photo). most: pairs for it, at equal steps: it is slow.

    Returns:
        "photo": `measures` of the untouched photos of all pairs. "few": of "ost" and of "net" on the few pairs alone,
        with "iterations" and "pairs".
    """
    few = at_most(pairs, most)
    device = judges[0].device
    photos = read_batch(pairs, size)[0].to(device)
    painted, optimised = [], []
    for pair in few:
        photo, painting = (picture.to(device) for picture in read_batch([pair], size))
        with torch.no_grad():
            painted.append(net.stylize(photo, net.encode(read_square(pair.painting, size))))
        optimised.append(ost(photo, painting, judges[0], steps=iterations))
    made = {"ost": optimised, "net": painted}
    known = {key: measures(torch.cat(outputs), few, judges, seed) for key, outputs in made.items()}
    return {
        "photo": measures(photos, pairs, judges, seed),
        "few": known | {"iterations": iterations, "pairs": len(few)},
    }


def sentences(values: Mapping[str, Any]) -> list[str]:
    """What chance would retrieve, and the OST-equivalent with what bounds it; none of an empty result."""
    if not values:
        return []
    reached = values["ost_equivalent"]
    return [
        f"By chance the right painting is the nearest on {values['chance']:.0%} of the pairs.",
        f"The OST-equivalent is {reached['text']} iterations ({values['optimiser']}),",
        f"the median of {reached['n']} pairs; {reached['capped']} of them would need more than the {reached['cap']} "
        "iterations that were run.",
    ]


def rows(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The headline with its references as a table: a row for each measure, as `common.table` takes it.

    values: what a run kept; no rows of an empty one.
    """
    if not values:
        return []
    few = values["references"]["few"]
    count = f"{few['pairs']} pairs"
    columns = {
        f"`styles`, {values['photos']} pairs": values,
        "the untouched photo": values["references"]["photo"],
        f"`styles`, {count}": few["net"],
        f"OST, {few['iterations']} iterations, {count}": few["ost"],
    }
    labels = {name: name for name in values["judges"]} | LABELS
    return [
        {"median [95 %]": label} | {heading: _cell(own[key]) for heading, own in columns.items()}
        for key, label in labels.items()
    ]


def _cell(found: Mapping[str, Any]) -> str:
    what = "share" if "share" in found else "median"
    if what == "median" and abs(found["median"]) >= 100:  # a loss without a scale
        ends = "" if found["low"] is None else f" [{found['low']:.3g}, {found['high']:.3g}]"
        return f"{found['median']:.3g}{ends}"
    return text(found, what)


def plot(values: Mapping[str, Any]) -> Figure:
    """J of each pair, a row for each painting, the best first; a stroke is the painting's mean, the line the median."""
    import matplotlib.pyplot as plt

    each: dict[str, list[float]] = {}
    for row in values["pairs"]:
        each.setdefault(Path(row["painting"]).stem, []).append(row[values["main"]]["value"])
    order = sorted(each, key=lambda name: np.mean(each[name]))
    figure, axes = plt.subplots(figsize=(7, 1.1 + 0.19 * len(order)), layout="constrained")
    axes.axvline(values[values["main"]]["median"], color="0.75", linewidth=1, zorder=0)
    for y, name in enumerate(order):
        axes.plot(each[name], [y] * len(each[name]), "o", color="#0072B2", markersize=4)
        axes.plot(np.mean(each[name]), y, "|", color="#D55E00", markersize=9, markeredgewidth=2)
    axes.set(yticks=range(len(order)), xlabel=f"{values['main']} of each pair (the photo itself: 1)")
    axes.set_yticklabels(order, fontsize=7)
    axes.set_xlim(left=0)
    axes.invert_yaxis()
    axes.spines[["top", "right"]].set_visible(False)
    return figure
