"""evaluate(): a network's J, its parts, and whether it uses its signal, over a set of pairs."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import torch
from rich.progress import track
from torch import Tensor

import zmlib
from zmlib.affine import Affine
from zmlib.errors import UserError
from zmlib.evaluate import metrics, speckle
from zmlib.evaluate.judge import Judge, default_judges
from zmlib.evaluate.ost_equivalent import CAP, ost_results
from zmlib.evaluate.pairs import Pair, read_batch, read_square
from zmlib.evaluate.report import SIGNALS, names_of, summarise, tabulate
from zmlib.evaluate.signal_test import average, next_names
from zmlib.weights import weights_hash
from zmlib.zmnet import ZMNet


@dataclass(frozen=True)
class Settings:
    """How pairs are judged.

    Attributes:
        size: side in pixels of the square centre crops that are judged; numbers compare at 256 only.
        style_size: side of the square centre crop of the painting that the network reads.
        seed: of the bootstrap.
        batch: pairs at a time.
    """

    size: int = 256
    style_size: int = 256
    seed: int = 0
    batch: int = 4


@dataclass(frozen=True)
class Ost:
    """OST beside the network; on two CPU cores an iteration takes about 0.5 s.

    Attributes:
        pairs: on how many pairs, the first ones.
        cap: iterations at most for the OST-equivalent.
        steps: iterations after which OST's own J is reported, such as `zmlib.evaluate.ost_equivalent.CURVE`; OST runs
            to the largest.
    """

    pairs: int
    cap: int = CAP
    steps: Sequence[int] = ()


def evaluate(
    model: ZMNet,
    pairs: Sequence[Pair],
    *,
    judges: Sequence[Judge] | None = None,
    settings: Settings | None = None,
    ost: Ost | None = None,
    known: Sequence[str] = (),
    progress: bool = True,
) -> dict[str, Any]:
    """Stylize every pair with its own style, with another one and with the mean of all, and judge the outputs.

    Args:
        model: a network guided by images.
        pairs: from `load_pairs`.
        judges: the first is the main one; None = `default_judges()`. They are moved to the model's device.
        settings: None = the defaults.
        ost: None = OST is not run.
        known: names in `zmlib.evaluate.metrics.METRICS`; the last judge's network serves them.
        progress: show progress bars.

    Returns:
        A dict that json can write: `judges` (for each judge: what it is, the medians of J, style and content part with
        bootstrap 95 % intervals over photos and styles, and the signal test), `speckle` (the output's fine colour over
        the style's, see `zmlib.evaluate.speckle.summarise`), `metrics` (the columns of those `known`), `gain` (how much
        louder flat patches make the photo's noise, over the first twelve styles, each with the photo of its first pair;
        None where size is less than 64), `ost` (None, or the OST-equivalent and OST's curve), `pairs` (the numbers of
        every pair), `settings`, `model`, `environment`, `seconds`. Interval ends are None for a single pair, and the
        test is None with a single style.

    Raises:
        UserError: no pair, a network not guided by images, an impossible size, a picture that cannot be read, a metric
            that is not here.

    Example:
        >>> import zmlib
        >>> from zmlib.evaluate.evaluation import Settings, evaluate
        >>> from zmlib.evaluate.judge import Judge
        >>> from zmlib.evaluate.pairs import load_pairs
        >>> from zmlib.perceptual import loss_network
        >>> pairs, judges = load_pairs("photos", "paintings"), [Judge(loss_network("slim"))]
        >>> small = Settings(size=64, style_size=64)  # J compares at 256 only
        >>> result = evaluate(zmlib.load("styles"), pairs, judges=judges, settings=small, progress=False)
        >>> list(result["judges"]), len(result["pairs"])
        (['J_slim'], 4)
    """
    settings = settings or Settings()
    _check(model, pairs, settings, ost)
    metrics.check(known)
    judges = [judge.to(model.device) for judge in (default_judges() if judges is None else judges)]
    names = [judge.name for judge in judges]
    if len(set(names)) != len(names) or not names:
        raise UserError(f"Evaluation needs one judge or several of different names, got {names}.")
    size, seed = settings.size, settings.seed
    clock: dict[str, float] = {}
    with _timed(clock, "all"), torch.autocast(model.device.type, enabled=False):
        with _timed(clock, "encode"):
            affines = _encode(model, pairs, settings, progress)
        following = next_names(affines) if len(affines) > 1 else None
        found: dict[str, dict[str, list[Tensor]]] = {name: {signal: [] for signal in SIGNALS} for name in names}
        ratios: list[Tensor] = []
        painted: list[Tensor] = []
        for at in track(range(0, len(pairs), settings.batch), description="judging", disable=not progress):
            some = pairs[at : at + settings.batch]
            content, style = (pictures.to(model.device) for pictures in read_batch(some, size))
            with _timed(clock, "stylize"):
                outputs = _stylize(model, content, _given(some, affines, following))
            ratios.append(speckle.ratios(outputs["right"], style))
            painted += [outputs["right"].cpu()] if known else []
            for name, signal, parts in _judge(judges, content, style, outputs):
                found[name][signal].append(parts)
        rows = tabulate(pairs, following, found, torch.cat(ratios))
        of = names_of(rows)
        columns: dict[str, Any] = {}
        with _timed(clock, "metrics"):
            if known:
                content, style = (pictures.to(model.device) for pictures in read_batch(pairs, size))
                shown = metrics.Shown(torch.cat(painted).to(model.device), content, style, of[1], judges[-1].network)
                columns, more = metrics.measure(known, shown, seed, of)
                rows = [row | own for row, own in zip(rows, more, strict=True)]
        with _timed(clock, "gain"):
            gain = _gain(model, pairs, affines, settings)
        against = None
        if ost is not None:
            with _timed(clock, "ost"):
                targets = [row[names[0]]["value"] for row in rows[: ost.pairs]]
                pictures = [read_batch([pair], size) for pair in pairs[: ost.pairs]]
                how: dict[str, Any] = {"cap": ost.cap, "steps": ost.steps, "of": names_of(rows[: ost.pairs])}
                against = ost_results(judges[0], pictures, targets, **how, seed=seed, progress=progress)
                for row, iterations in zip(rows, against["per_pair"], strict=False):
                    row["ost_equivalent"] = iterations
    return {
        "main": names[0],
        "judges": {judge.name: judge.describe() | summarise(rows, judge.name, seed) for judge in judges},
        "speckle": speckle.summarise(torch.cat(ratios), seed, of),
        "metrics": columns,
        "gain": gain,
        "ost": against,
        "pairs": rows,
        "settings": {"pairs": len(pairs), "styles": len(affines)} | asdict(settings),
        "model": {"kind": model.kind, "weights_hash": weights_hash(model), "card": model.card},
        "environment": {
            "zmlib": zmlib.__version__,
            "torch": torch.__version__,
            "device": str(model.device),
            "threads": torch.get_num_threads(),
        },
        "seconds": {name: round(seconds, 3) for name, seconds in clock.items()},
    }


def _check(model: ZMNet, pairs: Sequence[Pair], settings: Settings, ost: Ost | None) -> None:
    if not pairs:
        raise UserError("There is no pair to evaluate: give at least one photo with a style.")
    if not model.reading.is_picture:
        raise UserError(f"Only a network guided by images can be evaluated on pairs: this one wants {model.wants}.")
    size, style_size = settings.size, settings.style_size
    if min(size, style_size) < 32:
        raise UserError(
            f"Sizes must be at least 32 pixels, got {size} for the pictures and {style_size} for the styles."
        )
    if settings.batch < 1 or (ost is not None and ost.pairs < 1):
        raise UserError("The batch and the number of OST pairs must be at least 1.")


@torch.no_grad()
def _encode(model: ZMNet, pairs: Sequence[Pair], settings: Settings, progress: bool) -> dict[str, Affine]:
    """Gamma and beta of every style, read once however many pairs it is in."""
    sources = {pair.painting_name: pair.painting for pair in pairs}
    names = list(sources)
    affines: dict[str, Affine] = {}
    for at in track(range(0, len(names), settings.batch), description="reading styles", disable=not progress):
        some = names[at : at + settings.batch]
        affine = model.encode(torch.cat([read_square(sources[name], settings.style_size) for name in some]))
        affines |= {name: affine[i] for i, name in enumerate(some)}
    return affines


def _given(pairs: Sequence[Pair], affines: dict[str, Affine], following: dict[str, str] | None) -> dict[str, Affine]:
    """Signal -> gamma and beta of one batch of pairs."""
    join = type(next(iter(affines.values()))).cat  # of gamma and beta, or of what a baseline gives in their place
    names = [pair.painting_name for pair in pairs]
    given = {"right": join([affines[name] for name in names])}
    if following is not None:
        given["other"] = join([affines[following[name]] for name in names])
        given["mean"] = average(list(affines.values())).expand(len(pairs))
    return given


@torch.no_grad()
def _stylize(model: ZMNet, content: Tensor, given: dict[str, Affine]) -> dict[str, Tensor]:
    """Signal -> outputs, (N, 3, size, size) each."""
    outputs = {signal: model.stylize(content, affine) for signal, affine in given.items()}
    if model.device.type == "cuda":
        torch.cuda.synchronize()
    return outputs


@torch.no_grad()
def _judge(
    judges: Sequence[Judge], content: Tensor, style: Tensor, outputs: dict[str, Tensor]
) -> Iterator[tuple[str, str, Tensor]]:
    """(judge, signal, style and content parts (2, N)) for one batch of pairs."""
    for judge in judges:
        reference = judge.reference(content, style)
        for signal, output in outputs.items():
            yield judge.name, signal, torch.stack(judge.measure(output, reference)).cpu()


def _gain(model: ZMNet, pairs: Sequence[Pair], affines: dict[str, Affine], settings: Settings) -> dict[str, Any] | None:
    """The noise gain of the first styles, each on the photo of the first pair that it is in."""
    first = {pair.painting_name: pair.photo for pair in reversed(pairs)}
    names = list(affines)[: speckle.STYLES]
    photos = [read_square(first[name], settings.size) for name in names]
    return speckle.gain(model, [affines[name] for name in names], photos, settings.seed)


@contextmanager
def _timed(clock: dict[str, float], name: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    clock[name] = clock.get(name, 0.0) + time.perf_counter() - start
