"""Figure 9: an unseen style after 1 to 50 iterations of finetuning ZM-Net and CIN."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from chapters import common
from chapters.finetune import HEADLINE, LABELS, Study, trainings
from chapters.frames import Shelf
from zmlib.data.images import resize_short, to_image
from zmlib.zmnet import ZMNet

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WAYS = {name: HEADLINE[name] for name in ("zmnet", "cin")}
LOOKS = (0, 1, 10, 20, 30, 40, 50)  # the paper's columns, and ZM-Net before any finetuning
STOPS = (0, 1, 2, 3, 5, 7, 10, 15, 20, 25, 30, 35, 40, 45, 50)  # of the page that a reader moves
FRAME = 224  # pixels: the short side of its pictures

Stops = dict[str, dict[str, list[Any]]]


def measure(
    study: Study, rates: Mapping[str, float], photo: Tensor, stops: Stops | None = None
) -> tuple[dict[str, Any], list[list[Any]]]:
    """Finetune both, and judge them on the way.

    Args:
        rates: by way. photo: (1, 3, H, W), for the pictures.
        stops: is filled, where it is given, with what `shelve` shows, of the same photo and the first style and seed:
            name -> "steps", "pictures", "loss" and "j", a member for each of `STOPS`.

    Returns:
        "loss" and "j" -> name -> iterations -> mean loss and median J over seeds, styles and photos, with the lowest
        and highest seed under "bands"; and the rows of the paper's figure, of the first style and seed.
    """
    looks = [step for step in LOOKS if step <= study.steps]
    bench, shape = study.bench, (study.seeds, len(study.styles), len(looks), len(study.bench.photos))
    loss, j = ({name: np.zeros(shape) for name in WAYS} for _ in range(2))
    pictures: dict[str, list[Tensor]] = {name: [] for name in WAYS}
    if stops is not None:
        stops |= {name: {part: [] for part in ("steps", "pictures", "loss", "j")} for name in WAYS}

    def watch(name: str, style: int, seed: int) -> Any:
        painting = bench.unseen[style : style + 1]

        def look(step: int, net: ZMNet) -> None:
            if stops is not None and step in STOPS and (style, seed) == (0, 0):
                _stop(stops[name], step, net, study, photo, painting)
            if step not in looks:
                return
            found = common.losses(net, bench.judge, bench.photos, painting)
            at = (seed, style, looks.index(step))
            loss[name][at] = found["training"][0].numpy()
            j[name][at] = found["J"].sum(0)[0].numpy()
            if (style, seed) == (0, 0) and step:
                with torch.no_grad():
                    pictures[name].append(net.stylize(photo, net.encode(painting)))

        return look

    trainings(study, WAYS, rates, watch)
    rows = [[photo, *pictures["zmnet"]], [bench.unseen[:1], *pictures["cin"]]]
    return describe(loss, j, looks), rows


@torch.no_grad()
def _stop(row: dict[str, list[Any]], step: int, net: ZMNet, study: Study, photo: Tensor, painting: Tensor) -> None:
    found = common.losses(net, study.bench.judge, photo, painting)
    row["steps"].append(step)
    row["pictures"].append(resize_short(to_image(net.stylize(photo, net.encode(painting)).cpu()), FRAME))
    row["loss"].append(float(found["training"][0, 0]))
    row["j"].append(float(found["J"].sum(0)[0, 0]))


def shelve(shelf: Shelf, stops: Stops, photo: Tensor, painting: Tensor) -> None:
    """For the page: what `measure` filled, and the photo and the painting, (1, 3, H, W) each."""
    for name, one in (("photo", photo), ("style", painting)):
        shelf.data[name] = shelf.picture(name, resize_short(to_image(one.cpu()), FRAME))
    shelf.data["steps"] = next(iter(stops.values()))["steps"]
    shelf.data["ways"] = [
        {"name": LABELS[name], "loss": row["loss"], "j": row["j"], "frames": shelf.strip(name, row["pictures"])}
        for name, row in stops.items()
    ]


def describe(loss: Mapping[str, np.ndarray], j: Mapping[str, np.ndarray], looks: Sequence[int]) -> dict[str, Any]:
    """What `measure` returns, of arrays (seeds, styles, looks, photos)."""
    found: dict[str, Any] = {"loss": {}, "j": {}, "bands": {"loss": {}, "j": {}}}
    for key, of, take in (("loss", loss, np.mean), ("j", j, np.median)):
        for name, values in of.items():
            steps = {str(step): values[:, :, i] for i, step in enumerate(looks)}
            found[key][name] = {step: float(take(x)) for step, x in steps.items()}
            seeds = {step: [float(take(one)) for one in x] for step, x in steps.items()}
            found["bands"][key][name] = {step: [min(x), max(x)] for step, x in seeds.items()}
    return found


def table(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row a number of iterations; none for none."""
    if not found:
        return []
    return [
        {
            "iterations": int(step),
            **{f"loss, {LABELS[name].split(',')[0]}": found["loss"][name][step] for name in WAYS},
            **{f"J, {LABELS[name].split(',')[0]}": found["j"][name][step] for name in WAYS},
        }
        for step in found["loss"]["zmnet"]
    ]


def plot(found: Mapping[str, Any]) -> Figure:
    """Loss and J against iterations; bands from the lowest to the highest seed."""
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
    style = {"zmnet": ("#D55E00", "-", "o"), "cin": ("#0072B2", "--", "s")}
    for axes, key, title in zip(panels, ("loss", "j"), ("content and style loss", "J"), strict=True):
        for name, (colour, line, mark) in style.items():
            one, band = found[key][name], found["bands"][key][name]
            steps = [int(step) for step in one]
            axes.plot(steps, list(one.values()), line, marker=mark, color=colour, label=LABELS[name])
            low, high = zip(*band.values(), strict=True)
            axes.fill_between(steps, low, high, color=colour, alpha=0.2, linewidth=0)
        axes.set(xlabel="iterations of finetuning", title=title)
        axes.set_ylim(bottom=0)
        axes.spines[["top", "right"]].set_visible(False)
    panels[0].legend(frameon=False, fontsize="small")
    return figure
