"""ZM-Net beside two published methods for unseen styles: AdaIN, and the style predictor of Ghiasi et al."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from torch import Tensor

from chapters.common import Bench, text
from chapters.daylight import yellow_gained
from chapters.measures import alike
from chapters.pairing import Pairing
from chapters.timing import interleaved
from zmlib.baselines.adain import Statistics
from zmlib.evaluate.statistics import paired, paired_difference, summary
from zmlib.experiments.run import Run, kept_result
from zmlib.zmnet import ZMNet

NETS = {"zmnet": "styles-expanded", "parallel": "parallel", "predictor": "predictor", "adain": "adain"}
LABELS = {
    "zmnet": "ZM-Net, serial",
    "parallel": "ZM-Net, parallel",
    "predictor": "style predictor",
    "adain": "AdaIN, small",
}


def measure(bench: Bench, pairs: Pairing) -> dict[str, Any]:
    """Every network on pairs of a photograph and an unseen style.

    Returns:
        By key of `NETS` each: "J" (medians over the pairs), "content" (medians of its content part), "test_loss"
        (means), "ratio" (of J to the serial ZM-Net's), "parameters" (trained ones), "fixed" (the others) and "trained"
        (see `training`). "serial_parallel": the serial PNet against the parallel one, "ratio" of J, "yellow", the
        difference in the share of pixels that turn yellow, and whether their trainings were the "same"
        (see `chapters.measures.alike`). Besides "counts"
        of pictures and "judge". All statistics have intervals.
    """
    every = {key: pairs.losses(bench.nets[name], bench.judge) for key, name in NETS.items()}
    j = {key: one["J"].sum(0) for key, one in every.items()}
    counts = {key: sum(p.numel() for p in bench.nets[name].parameters()) for key, name in NETS.items()}
    fixed = {key: sum(p.numel() for p in _frozen(bench.nets[name])) for key, name in NETS.items()}
    serial, parallel = (_yellow(bench.nets[NETS[key]], pairs) for key in ("zmnet", "parallel"))
    return {
        "J": {key: summary(one, bench.seed, of=pairs.of) for key, one in j.items()},
        "content": {key: summary(one["J"][1], bench.seed, of=pairs.of) for key, one in every.items()},
        "test_loss": {key: summary(one["training"], bench.seed, "mean", pairs.of) for key, one in every.items()},
        "ratio": {key: paired(one, j["zmnet"], bench.seed, of=pairs.of) for key, one in j.items()},
        "serial_parallel": {
            "ratio": paired(j["zmnet"], j["parallel"], bench.seed, of=pairs.of),
            "yellow": paired_difference(serial, parallel, bench.seed, "mean", pairs.of),
            **alike([bench.nets[NETS[key]] for key in ("zmnet", "parallel")]),
        },
        "parameters": {key: counts[key] - fixed[key] for key in NETS},
        "fixed": fixed,
        "trained": {key: training(bench.nets[name]) for key, name in NETS.items()},
        "counts": pairs.counts(),
        "judge": bench.judge.name,
    }


def training(net: ZMNet) -> dict[str, Any]:
    """What a model card says of the training: "steps", "photos", "styles", "seed" and "final_loss"."""
    return {what: net.card.get(what) for what in ("steps", "photos", "styles", "seed", "final_loss")}


def _yellow(net: ZMNet, pairs: Pairing) -> Tensor:
    """The share of pixels that turn yellow, of every pair."""
    return pairs.shaped([yellow_gained(output, photo) for photo, output in pairs.painted(net)])


def _frozen(net: ZMNet) -> list[Tensor]:
    """Parameters that were not trained: AdaIN's encoder, which it holds twice."""
    return [p for key, p in net.named_parameters() if isinstance(net.source, Statistics) and "encoder" in key]


def times(bench: Bench, content: Tensor, style: Tensor, repeats: int) -> dict[str, dict[str, float]]:
    """Median seconds of one photo in a known style and in a new one, measured in turns.

    Args:
        content, style: (1, 3, H, W) and (1, 3, h, w) in [0, 1].
        repeats: rounds that count.

    Returns:
        key of `NETS` -> "known" and "new" -> seconds.
    """
    jobs: dict[str, Callable[[], object]] = {}
    for key, name in NETS.items():
        net = bench.nets[name]
        jobs[f"{key} known"] = partial(net.stylize, content, net.encode(style))
        jobs[f"{key} new"] = partial(_new, net, content, style)
    taken = interleaved(jobs, repeats)
    return {key: {what: float(np.median(taken[f"{key} {what}"])) for what in ("known", "new")} for key in NETS}


def _new(net: ZMNet, content: Tensor, style: Tensor) -> Tensor:
    return net.stylize(content, net.encode(style))


def table(found: Mapping[str, Any], taken: Mapping[str, Mapping[str, float]]) -> list[dict[str, Any]]:
    """What `measure` and `times` returned, a row for each network; no rows where nothing was found."""
    return [
        {
            "method": LABELS[key],
            "J, unseen styles": text(found["J"][key]),
            "over the serial ZM-Net's": text(found["ratio"][key], "ratio"),
            "content part": text(found["content"][key]),
            "ms, known style": f"{1000 * taken[key]['known']:.0f}",
            "ms, new style": f"{1000 * taken[key]['new']:.0f}",
        }
        for key in NETS
        if found
    ]


def training_table(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """How the networks of `measure` were trained, a row for each, from their model cards."""
    return [
        {
            "method": LABELS[key],
            "trained parameters": found["parameters"][key],
            "steps": found["trained"][key]["steps"],
            "photographs": found["trained"][key]["photos"],
            "style pictures": found["trained"][key]["styles"],
            "training loss, last 100 steps": found["trained"][key]["final_loss"],
        }
        for key in NETS
    ]


def verdict(found: Mapping[str, Any]) -> str:
    """What the intervals say of the paper's sentence on serial and parallel PNets, for pictures as signals."""
    ratio, size = found["serial_parallel"]["ratio"], found["counts"]
    if ratio["low"] is None or ratio["low"] <= 1 <= ratio["high"]:
        said = "no difference that these pairs could show"
    else:
        said = "the serial PNet was better" if ratio["high"] < 1 else "the parallel PNet was better"
    on = f"{size['pairs']} pairs, {size['photos']} photographs, {size['styles']} styles"
    unlike = ", ".join(found["serial_parallel"]["differ"]) or "nothing"
    fewer = found["parameters"]["parallel"] / found["parameters"]["zmnet"]
    return "\n".join(
        [
            f"J, serial over parallel: {text(ratio, 'ratio')} ({on}): {said}",
            f"pixels turned yellow, serial minus parallel: {text(found['serial_parallel']['yellow'], 'difference')}",
            f"not the same in their trainings, or not known: {unlike}",
            f"parameters, parallel over serial: {fewer:.2f}",
        ]
    )


def verdicts(run: Run, found: Mapping[str, Any]) -> str:
    """`verdict` of this build, and of the run that the project keeps where there is one."""
    kept = kept_result(run, "rivals")
    every = {"this build": found} | ({} if kept is None else {"the best kept run": kept.values})
    return "\n\n".join(f"{name}\n{verdict(one)}" for name, one in every.items() if "serial_parallel" in one)
