"""Table 1: what a picture costs by OST, FST, CIN and ZM-Net, timed in one run on one machine.

The time of a network does not depend on its weights, so FST and CIN are timed with random ones, and so is OST, whose
loss network has the structure of VGG-16. How many iterations OST takes does depend on the loss network: they are
counted with a trained one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from chapters import common
from chapters.measures import FST
from chapters.storage import storage
from chapters.timing import interleaved
from zmlib.baselines.objective import Relative
from zmlib.baselines.ost import Optimisation
from zmlib.data.images import centre_square, open_image, to_tensor
from zmlib.evaluate.judge import Judge
from zmlib.evaluate.matrix import judge_all
from zmlib.evaluate.statistics import summary
from zmlib.experiments.run import Run
from zmlib.perceptual.network import LossNetwork
from zmlib.perceptual.vgg import Chain, vgg_plan
from zmlib.pnet import SerialImagePNet
from zmlib.tnet import MIN_SIDE
from zmlib.zmnet import ZMNet

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PLATEAU, WINDOW = 0.01, 20  # OST has arrived when its loss falls by less than 1 % in 20 iterations


def untrained(net: ZMNet) -> tuple[ZMNet, ZMNet]:
    """FST, and CIN of ten styles, with the TNet of a network and random weights: as fast as trained ones."""
    fst, cin = ZMNet(net.config, "constant"), ZMNet(net.config, "table", styles=10)
    fst, cin = (new.to(net.device).eval().requires_grad_(False) for new in (fst, cin))
    return fst, cin


def vgg16_shape() -> LossNetwork:
    """VGG-16 up to relu4_3 with random weights, for timing alone."""
    plan = vgg_plan([str(i) for i in range(10)], (64, 128, 256, 512), (2, 2, 3, 3))
    layers = ("relu1_2", "relu2_2", "relu3_3", "relu4_3")
    network = LossNetwork("vgg16-random", {"": Chain(plan)}, style_layers=layers, content_layer="relu3_3")
    return network.freeze()


def plateau(losses: Sequence[float], window: int = WINDOW, share: float = PLATEAU) -> int | None:
    """The first iteration before which the loss fell by less than `share` in `window` iterations, None for none.

    >>> plateau([8, 4, 2, 1, 1, 1], window=2)
    5
    """
    for i in range(window, len(losses)):
        if losses[i - window] - losses[i] < share * losses[i - window]:
            return i
    return None


def ost_iterations(content: Tensor, style: Tensor, network: LossNetwork, limit: int) -> tuple[int, bool]:
    """Iterations of OST (Adam from the photograph, the objective J) up to its plateau, and whether it arrived.

    content, style: (1, 3, H, W) in [0, 1]. limit: iterations at most.
    """
    run, losses = Optimisation(content, style, Relative(network)), []
    for _ in range(limit):
        losses.append(float(run.step().sum()))
        arrived = plateau(losses[-WINDOW - 1 :])
        if arrived is not None:
            return len(losses), True
    return limit, False


def timings(seconds: Mapping[str, Sequence[float]], iterations: int) -> dict[str, object]:
    """Medians, spread and the ratios that the claims read.

    seconds: method -> what `chapters.timing.interleaved` measured. iterations: of OST.
    """
    median = {name: float(np.median(s)) for name, s in seconds.items()}
    known, new = median["ZM-Net, known style"], median["ZM-Net, new style"]
    ost = median["OST, one iteration"] * iterations
    return {
        "seconds": median,
        "spread": {name: [float(q) for q in np.percentile(s, [25, 75])] for name, s in seconds.items()},
        "tnet_seconds": known,
        "pnet_seconds": new - known,
        "fst_seconds": median["FST"],
        "cin_seconds": median["CIN"],
        "ost_seconds": ost,
        "ratio_known": known / float(np.mean([median["FST"], median["CIN"]])),
        "ratio_new": new / known,
        "ratio_ost": ost / known,
    }


def new_over_known(
    net: ZMNet, content: Tensor, painting: Image.Image, repeats: int, shares: Sequence[float] = (0.5, 0.75, 1, 1.5, 2)
) -> dict[str, float]:
    """The time for a new style over that for a known one, by the side of the style picture in pixels.

    The paper does not say how large its style pictures were. The sizes take turns.

    Args:
        content: (1, 3, H, H) in [0, 1].
        painting: is enlarged where it is smaller than the largest size.
        shares: sides of the style picture over that of the photograph.
    """
    sides = [max(MIN_SIDE, round(share * content.shape[-1])) for share in shares]
    styles = {f"{side}": to_tensor(centre_square(painting, side)).to(net.device) for side in sides}

    def new(style: Tensor) -> Tensor:
        return net.stylize(content, net.encode(style))

    affine = net.encode(next(iter(styles.values())))
    jobs: dict[str, Callable[[], object]] = {"known": partial(net.stylize, content, affine)}
    jobs |= {side: partial(new, style) for side, style in styles.items()}
    with torch.no_grad():
        median = {name: float(np.median(seconds)) for name, seconds in interleaved(jobs, repeats).items()}
    return {side: median[side] / median["known"] for side in styles}


def describe(run: Run, net: ZMNet, iterations: int, arrived: bool) -> dict[str, Any]:
    """What the table's numbers belong to: sizes, repeats, the iterations of OST; and what is stored."""
    return {
        "size": run.size,
        "style_size": run.size,
        "full_pnet": isinstance(net.source, SerialImagePNet),
        "repeats": run.repeats,
        "ost_iterations": iterations,
        "ost_arrived": arrived,
        **storage(net.config),
    }


def layout(times: Mapping[str, Any], iterations: int) -> list[dict[str, str]]:
    """The rows of the paper's table, with its numbers and those of `timings`."""
    second = times["seconds"]
    known, new = second["ZM-Net, known style"], second["ZM-Net, new style"]
    fast = (second["FST"] + second["CIN"]) / 2
    ost = f"{times['ost_seconds']:.3g} s ({iterations} iterations)"
    ratios = f"{times['ratio_ost']:,.0f}", f"{fast / known:.2f}", f"1 ~ {times['ratio_new']:.2f}"
    rows = (
        ("Speed, paper", "15.86 s", "0.015 s", "0.015 s ~ 0.038 s"),
        ("Speed, here", ost, f"{fast:.3f} s", f"{known:.3f} s ~ {new:.3f} s"),
        ("ZM-Net known = 1, paper", "1,057", "1", "1 ~ 2.53"),
        ("ZM-Net known = 1, here", *ratios),
        ("Zero-shot", "yes", "no", "yes"),
    )
    return [dict(zip(("", "OST", "FST, CIN", "ZM-Net"), row, strict=True)) for row in rows]


def plot(times: Mapping[str, Any]) -> Figure:
    """A bar for each method, with the quartiles, from what `timings` returned."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 2.6), layout="constrained")
    for row, (name, seconds) in enumerate(times["seconds"].items()):
        axes.barh(row, seconds, color="#0072B2" if "ZM" in name else "0.6")
        axes.plot(times["spread"][name], [row, row], color="black", linewidth=2)
    axes.set(yticks=range(len(times["seconds"])), yticklabels=list(times["seconds"]), xlabel="seconds", xscale="log")
    axes.invert_yaxis()
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def untouched(judge: Judge, contents: Tensor, styles: Tensor) -> Tensor:
    """The parts of J of the photographs as they are, (2, S, C); contents, styles: (C or S, 3, H, W) in [0, 1]."""
    return torch.stack([torch.stack(judge.parts(contents, contents, style[None])) for style in styles], 1).cpu()


def zero_shot(parts: Mapping[str, Tensor], seed: int = 0) -> dict[str, Any]:
    """The values of the claim on styles that no network has seen.

    Args:
        parts: of J, (2, S, C) each: "zmnet", "fst-rhone", "fst-anthill", "cin-10", and "nothing" for the photographs
            as they are.

    Returns:
        "zero_shot": medians over pairs, and ZM-Net's content part; "interval": of ZM-Net's J, over pairs.
    """
    found = summary(parts["zmnet"].sum(0).flatten().tolist(), seed)
    return {
        "zero_shot": {
            "zmnet": found["median"],
            "content": float(parts["zmnet"][1].median()),
            "fst": _median([parts[name] for name in FST]),
            "cin": _median([parts["cin-10"]]),
            "nothing": _median([parts["nothing"]]),
        },
        "interval": [found["low"], found["high"]],
    }


def fst_own_j(run: Run, nets: Mapping[str, ZMNet], judge: Judge) -> float:
    """Median J of the FST networks on their own styles: whether training converged enough to compare (standing rule).

    nets: "fst-rhone" and "fst-anthill". Their paintings are those of the run's parameter `seen`.
    """
    files = common.seen_styles(run.parameters["seen"])
    contents = common.squares(list(run.photos(common.STANDING).values()), run.size).to(run.device)
    own = []
    for name, number in FST.items():
        style = common.squares([open_image(files[number])], run.size).to(run.device)
        own.append(judge_all(nets[name], judge, contents, style))
    return _median(own)


def _median(found: Sequence[Tensor]) -> float:
    """Of J over all pairs of all networks, each (2, S, C)."""
    return float(np.median(torch.cat([one.sum(0).flatten() for one in found]).numpy()))
