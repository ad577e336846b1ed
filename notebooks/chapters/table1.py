"""Table 1: what a picture costs by OST, FST, CIN and ZM-Net, timed in one run on one machine; and a style never seen.

The time of a network does not depend on its weights, so FST and CIN are timed with random ones. How many iterations
OST takes does depend on its loss network: `chapters.ost_reference` counts them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from chapters.measures import alike, text
from chapters.pairing import Pairing
from chapters.storage import storage
from chapters.timing import fastest, interleaved
from zmlib.affine import Affine
from zmlib.baselines.objective import Relative
from zmlib.data.images import centre_square, to_tensor
from zmlib.evaluate.judge import Judge
from zmlib.evaluate.statistics import paired, ratio_of_ratios, summary
from zmlib.experiments.run import Run
from zmlib.perceptual import LossNetwork, Measured
from zmlib.perceptual.vgg import Chain, vgg_plan
from zmlib.pnet import SerialImagePNet
from zmlib.tnet import MIN_SIDE
from zmlib.zmnet import ZMNet

if TYPE_CHECKING:
    from matplotlib.figure import Figure

OST = ("OST, one iteration", "OST, one iteration in bfloat16")
Paint = Callable[[int, Tensor, Tensor], Tensor]  # number of the pair, photograph and style (1, 3, H, W) -> a picture


def untrained(net: ZMNet) -> tuple[ZMNet, ZMNet]:
    """FST, and CIN of ten styles, with the TNet of a network and random weights: as fast as trained ones."""
    fst, cin = ZMNet(net.config, "constant"), ZMNet(net.config, "table", styles=10)
    fst, cin = (new.to(net.device).eval().requires_grad_(False) for new in (fst, cin))
    return fst, cin


@torch.no_grad()
def eager(net: ZMNet, content: Tensor, affine: Affine) -> Tensor:
    """What `net.stylize` gives, in float32 by torch's modules as they stand: the kind of path that OST is on."""
    return net.tnet(content, affine).clamp(0, 1)


def vgg16_shape() -> LossNetwork:
    """VGG-16 up to relu4_3 with random weights, for timing alone."""
    plan = vgg_plan([str(i) for i in range(10)], (64, 128, 256, 512), (2, 2, 3, 3))
    layers = ("relu1_2", "relu2_2", "relu3_3", "relu4_3")
    shape = LossNetwork("vgg16-random", {"": Chain(plan)}, style_layers=layers, content_layer="relu3_3")
    return shape.freeze()


def full_size(network: LossNetwork) -> LossNetwork:
    """The loss network to time OST with: the one at hand, or for `slim`, which is small, the structure of VGG-16."""
    return vgg16_shape().to(next(network.parameters()).device) if network.name == "slim" else network


class InBfloat16(Relative):
    """The objective of J with the loss network's convolutions in bfloat16, where a processor may be faster in it."""

    def _look(self, pictures: Tensor) -> Measured:
        with torch.autocast(pictures.device.type, torch.bfloat16):
            seen = self.network.measure(pictures.float())
        return Measured(seen.grams, seen.content.float())


def timings(seconds: Mapping[str, Sequence[float]], iterations: Tensor, seed: int = 0) -> dict[str, object]:
    """Medians, spread and the ratios that the claims read, with intervals over the rounds in which all took turns.

    Args:
        seconds: method -> what `chapters.timing.interleaved` measured.
        iterations: of OST, (S, C); the two ratios of OST have these pairs in their intervals too.

    Returns:
        "ratio_known", "ratio_new", and "ratio_ost": "eager", OST over TNet, both by torch's modules in float32, and
        "best", the faster form of OST's iteration over the fast path of TNet.
    """
    median = {name: float(np.median(s)) for name, s in seconds.items()}
    known, new = seconds["ZM-Net, known style"], seconds["ZM-Net, new style"]
    fast = np.mean([seconds["FST"], seconds["CIN"]], 0)
    best = fastest(seconds, OST)

    def over(ost: str, tnet: str) -> dict[str, Any]:
        # as (iterations / 1) / (seconds of TNet / seconds of OST): the two are drawn independently
        below, above = (np.repeat(np.asarray(seconds[name])[:, None], iterations.shape[1], 1) for name in (tnet, ost))
        found = ratio_of_ratios(iterations, torch.ones_like(iterations), below, above, seed)
        counts = {"n": iterations.numel(), "photos": iterations.shape[1], "styles": iterations.shape[0]}
        return found | counts

    return {
        "seconds": median,
        "spread": {name: [float(q) for q in np.percentile(s, [25, 75])] for name, s in seconds.items()},
        "tnet_seconds": median["ZM-Net, known style"],
        "pnet_seconds": median["ZM-Net, new style"] - median["ZM-Net, known style"],
        "fst_seconds": median["FST"],
        "cin_seconds": median["CIN"],
        "ost_seconds": median[best] * float(iterations.quantile(0.5)),
        "ost_best": best,
        "ratio_known": paired(known, fast, seed),
        "ratio_new": paired(new, known, seed),
        "ratio_ost": {"eager": over(OST[0], "ZM-Net, known style, eager"), "best": over(best, "ZM-Net, known style")},
    }


def new_over_known(
    net: ZMNet,
    content: Tensor,
    painting: Image.Image,
    repeats: int,
    shares: Sequence[float] = (0.5, 0.75, 1, 1.5, 2),
    seed: int = 0,
) -> dict[str, dict[str, Any]]:
    """The time for a new style over that for a known one, with interval, by the side of the style picture in pixels.

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
        seconds = interleaved(jobs, repeats)
    return {side: paired(seconds[side], seconds["known"], seed) for side in styles}


def describe(run: Run, net: ZMNet, ost: Mapping[str, Any], timed: LossNetwork) -> dict[str, Any]:
    """What the table's numbers belong to: sizes, repeats, how OST ran and what it was timed with; and what is stored.

    ost: what `chapters.ost_reference.describe` returned.
    """
    return {
        "size": run.size,
        "style_size": run.size,
        "full_pnet": isinstance(net.source, SerialImagePNet),
        "repeats": run.repeats,
        "ost": {**ost, "timed_with": timed.name},
        **storage(net.config),
    }


def layout(times: Mapping[str, Any], ost: Mapping[str, Any]) -> list[dict[str, str]]:
    """The rows of the paper's table, with its numbers and those of `timings` and `chapters.ost_reference.describe`."""
    second = times["seconds"]
    known, new = second["ZM-Net, known style"], second["ZM-Net, new style"]
    fast = (second["FST"] + second["CIN"]) / 2
    iterations = f"{times['ost_seconds']:.3g} s ({ost['iterations']['median']:.0f} iterations)"
    over = [f"{times['ratio_ost'][how]['ratio']:,.0f} ({how})" for how in ("best", "eager")]
    ratios = ", ".join(over), f"{1 / times['ratio_known']['ratio']:.2f}", f"1 ~ {times['ratio_new']['ratio']:.2f}"
    rows = (
        ("Speed, paper", "15.86 s", "0.015 s", "0.015 s ~ 0.038 s"),
        ("Speed, here", iterations, f"{fast:.3f} s", f"{known:.3f} s ~ {new:.3f} s"),
        ("ZM-Net known = 1, paper", "1,057", "1", "1 ~ 2.53"),
        ("ZM-Net known = 1, here", *ratios),
        ("Zero-shot", "yes", "no", "yes"),
    )
    return [dict(zip(("", "OST", "FST, CIN", "ZM-Net"), row, strict=True)) for row in rows]


def plot(times: Mapping[str, Any]) -> Figure:
    """A bar for each method, with the quartiles, from what `timings` returned."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 3), layout="constrained")
    for row, (name, seconds) in enumerate(times["seconds"].items()):
        axes.barh(row, seconds, color="#0072B2" if "ZM" in name else "0.6")
        axes.plot(times["spread"][name], [row, row], color="black", linewidth=2)
    axes.set(yticks=range(len(times["seconds"])), yticklabels=list(times["seconds"]), xlabel="seconds", xscale="log")
    axes.invert_yaxis()
    axes.spines[["top", "right"]].set_visible(False)
    return figure


@torch.no_grad()
def judged(judge: Judge, pairs: Pairing, paint: Paint) -> Tensor:
    """The parts of J of one output for each pair of a style and a photograph, (2, S, C), or (2, N) of a table."""
    outputs = [paint(i, *one) for i, one in enumerate(_each(pairs))]
    found = [torch.cat(judge.parts(output, *one)) for output, one in zip(outputs, _each(pairs), strict=True)]
    flat = torch.stack(found, 1).cpu()
    return flat if pairs.of is not None else flat.view(2, len(pairs.styles), len(pairs.photos))


def _each(pairs: Pairing) -> list[tuple[Tensor, Tensor]]:
    """Photograph and style of each pair, (1, 3, H, W) each."""
    photos, styles = pairs.photos.split(1), pairs.styles.split(1)
    if pairs.of is not None:
        return list(zip(photos, styles, strict=True))
    return [(photo, style) for style in styles for photo in photos]


def zero_shot(parts: Mapping[str, Tensor], pairs: Pairing, nets: Sequence[ZMNet], seed: int = 0) -> dict[str, Any]:
    """The values of the claim on styles that no network has seen.

    Args:
        parts: of J, by `judged`: "zmnet", "fst", "cin", and "nothing" for the photographs as they are.
        nets: those compared.

    Returns:
        Medians of J, and "content" of ZM-Net's content part; "over_fst", "over_cin" and "over_nothing", ZM-Net's J over
        theirs; all with intervals. "pairs", "photos" and "styles": how many; and whether the networks were trained
        alike, `chapters.measures.alike`.
    """
    j = {name: one.sum(0) for name, one in parts.items()}
    others = ("fst", "cin", "nothing")
    return {
        **{name: summary(one, seed, of=pairs.of) for name, one in j.items()},
        **{f"over_{name}": paired(j["zmnet"], j[name], seed, of=pairs.of) for name in others},
        "content": summary(parts["zmnet"][1], seed, of=pairs.of),
        **pairs.counts(),
        **alike(nets),
    }


def zero_shot_table(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What `zero_shot` returned, a row a method."""
    names = {
        "zmnet": "ZM-Net",
        "fst": "FST of another style",
        "cin": "CIN, its ten in turn",
        "nothing": "the photograph",
    }
    return [
        {
            "method": label,
            "J": text(found[name]),
            "ZM-Net's J over it": text(found[f"over_{name}"], "ratio") if f"over_{name}" in found else None,
        }
        for name, label in names.items()
    ]
