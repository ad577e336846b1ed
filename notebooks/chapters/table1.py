"""Table 1: what a picture costs by OST, FST, CIN and ZM-Net, timed in one run on one machine.

A network's time does not depend on its weights, so FST and CIN are timed with new ones, and OST's loss network is
VGG-16 in shape. How many iterations OST needs does depend on a trained loss network: it is counted with one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from chapters.timing import interleaved
from zmlib.baselines.objective import Paper, Relative
from zmlib.baselines.ost import Optimisation
from zmlib.data.images import centre_square, to_tensor
from zmlib.evaluate.judge import Judge
from zmlib.evaluate.matrix import judge_all
from zmlib.evaluate.signal_test import uses_signal
from zmlib.evaluate.statistics import summary
from zmlib.perceptual.network import LossNetwork
from zmlib.perceptual.vgg import Chain, vgg_plan
from zmlib.tnet import MIN_SIDE, TNetConfig
from zmlib.zmnet import ZMNet

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PLATEAU, WINDOW = 0.01, 20  # OST has arrived when its loss falls by less than 1 % in 20 iterations


def untrained(config: TNetConfig) -> dict[str, ZMNet]:
    """FST and CIN (of ten styles) with new weights: in time the same as trained ones."""
    return {"FST": ZMNet(config, "constant").eval(), "CIN": ZMNet(config, "table", styles=10).eval()}


def vgg16_shape() -> LossNetwork:
    """VGG-16 to relu4_3 with random weights, for timing alone."""
    plan = vgg_plan([str(i) for i in range(10)], (64, 128, 256, 512), (2, 2, 3, 3))
    layers = ("relu1_2", "relu2_2", "relu3_3", "relu4_3")
    network = LossNetwork("vgg16-random", {"": Chain(plan)}, style_layers=layers, content_layer="relu3_3")
    return network.freeze()


def tasks(net: ZMNet, content: Tensor, style: Tensor) -> dict[str, Callable[[], object]]:
    """The rows of the table as things to do, each for one photo.

    content, style: (1, 3, H, W) and (1, 3, h, w) in [0, 1], on the network's device.
    """
    others = {name: other.to(net.device) for name, other in untrained(net.config).items()}
    number = torch.zeros(1, dtype=torch.long, device=net.device)
    kept = {name: other.encode(number) for name, other in others.items()}
    known = net.encode(style)
    optimisation = Optimisation(content, style, Paper(vgg16_shape().to(net.device)))
    passes: dict[str, Callable[[], object]] = {
        "FST": lambda: others["FST"].stylize(content, kept["FST"]),
        "CIN": lambda: others["CIN"].stylize(content, kept["CIN"]),
        "ZM-Net, known style": lambda: net.stylize(content, known),
        "ZM-Net, new style": lambda: net.stylize(content, net.encode(style)),
    }
    return {name: torch.no_grad()(one) for name, one in passes.items()} | {"OST, one iteration": optimisation.step}


def plateau(losses: Sequence[float], window: int = WINDOW, share: float = PLATEAU) -> int | None:
    """The first iteration before which the loss fell by less than `share` in `window` iterations, or None.

    >>> plateau([8, 4, 2, 1, 1, 1], window=2)
    5
    """
    for i in range(window, len(losses)):
        if losses[i - window] - losses[i] < share * losses[i - window]:
            return i
    return None


def ost_iterations(content: Tensor, style: Tensor, network: LossNetwork, limit: int) -> tuple[int, bool]:
    """Iterations of OST (Adam from the photo, the relative objective) up to its plateau, and whether it got there.

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
    """Medians, spread and the ratios that the claims are about."""
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
    """A new style's time over a known one's, by the side of the style picture in pixels, measured in turns.

    The paper does not say how large its style pictures were.

    Args:
        content: (1, 3, H, H) in [0, 1]. painting: at least as large as the largest style, or it is enlarged.
        shares: the sides of the style picture, in sides of the photo.
    """
    sides = [max(MIN_SIDE, round(share * content.shape[-1])) for share in shares]
    styles = {f"{side}": to_tensor(centre_square(painting, side)).to(net.device) for side in sides}

    def anew(style: Tensor) -> Tensor:
        return net.stylize(content, net.encode(style))

    known = net.encode(next(iter(styles.values())))
    jobs: dict[str, Callable[[], object]] = {"known": partial(net.stylize, content, known)}
    jobs |= {side: partial(anew, style) for side, style in styles.items()}
    with torch.no_grad():
        median = {name: float(np.median(seconds)) for name, seconds in interleaved(jobs, repeats).items()}
    return {side: median[side] / median["known"] for side in styles}


def storage(config: TNetConfig, counts: Sequence[int] = (1, 10, 100, 1000, 20_938)) -> dict[str, Any]:
    """Bytes of float32 weights for N styles, by method, and from which N on ZM-Net is the smallest.

    Returns {"bytes": {"zmnet": {"1": ...}, "kept": ..., "fst": ..., "cin": ...}, "crossover": {"fst": N, "cin": N}};
    "kept" is ZM-Net with a kept value for each style, in which PNet would not be needed any more.
    """

    def size(module: nn.Module) -> int:
        return sum(p.numel() * p.element_size() for p in (*module.parameters(), *module.buffers()))

    zmnet = ZMNet(config)
    tnet, whole = size(zmnet.tnet), size(zmnet)
    row = 2 * 4 * sum(norm.channels for norm in config.spec)  # gamma and beta
    for_n: dict[str, Callable[[int], int]] = {
        "zmnet": lambda n: whole,
        "kept": lambda n: whole + n * row,
        "fst": lambda n: n * (tnet + row),
        "cin": lambda n: tnet + n * row,
    }
    crossover = {"fst": whole // (tnet + row) + 1, "cin": (whole - tnet) // row + 1}
    return {"bytes": {name: {str(n): f(n) for n in counts} for name, f in for_n.items()}, "crossover": crossover}


def plot(times: Mapping[str, Any]) -> Figure:
    """A bar a method, with the quartiles, from what `timings` returned."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 2.6), layout="constrained")
    for row, (name, seconds) in enumerate(times["seconds"].items()):
        axes.barh(row, seconds, color="#0072B2" if "ZM" in name else "0.6")
        axes.plot(times["spread"][name], [row, row], color="black", linewidth=2)
    axes.set(yticks=range(len(times["seconds"])), yticklabels=list(times["seconds"]), xlabel="seconds", xscale="log")
    axes.invert_yaxis()
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def zero_shot(
    net: ZMNet, fst: Sequence[ZMNet], cin: ZMNet, judge: Judge, contents: Tensor, unseen: Tensor, seed: int = 0
) -> dict[str, Any]:
    """J on unseen styles of ZM-Net, of FST and CIN with the styles that they know, and of the untouched photo.

    FST paints its own style whatever is asked. Of CIN row i is asked for style i: it has no better way to choose.

    Args:
        contents, unseen: (C, 3, H, W) and (S, 3, H, W) in [0, 1], S at least 2; all on one device.

    Returns:
        The values of the claim: "zero_shot" (medians over pairs), "interval" (ZM-Net's, over pairs) and "signal".
    """
    ours = judge_all(net, judge, contents, unseen)
    rows = torch.arange(len(unseen)) % cin.options["styles"]
    known = [_judge_rows(cin, judge, contents, unseen, rows)]
    others = [judge_all(one, judge, contents, unseen) for one in fst]
    untouched = torch.stack([torch.stack(judge.parts(contents, contents, style[None])) for style in unseen], 1).cpu()
    found = summary(ours.sum(0).flatten().tolist(), seed)
    pictures = [[image[None] for image in batch] for batch in (contents, unseen)]
    return {
        "zero_shot": {
            "zmnet": found["median"],
            "content": float(ours[1].median()),
            "fst": _median(others),
            "cin": _median(known),
            "nothing": _median([untouched]),
        },
        "interval": [found["low"], found["high"]],
        "signal": uses_signal(net, judge, *pictures),
    }


def own_j(fst: Mapping[str, ZMNet], styles: Mapping[str, Tensor], judge: Judge, contents: Tensor) -> float:
    """Median J of FST networks on their own styles: whether training converged enough to compare (a standing rule).

    fst, styles: by the same names; a style is (1, 3, H, W) in [0, 1].
    """
    return _median([judge_all(net, judge, contents, styles[name]) for name, net in fst.items()])


@torch.no_grad()
def _judge_rows(cin: ZMNet, judge: Judge, contents: Tensor, styles: Tensor, rows: Tensor) -> Tensor:
    parts = []
    for row, style in zip(rows, styles, strict=True):
        outputs = cin.stylize(contents, cin.encode(row[None]))
        parts.append(torch.stack(judge.parts(outputs, contents, style[None])))
    return torch.stack(parts, 1).cpu()


def _median(found: Sequence[Tensor]) -> float:
    """Of J over all pairs of all networks, each (2, S, C)."""
    return float(np.median(torch.cat([one.sum(0).flatten() for one in found]).numpy()))
