"""Finding the code: what the generator draws beside the data, and the ways back from a picture to its code."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from zmlib.evaluate.statistics import paired, share, summary
from zmlib.experiments.run import Run
from zmlib.neighbours.gan import Gan, invert, load_gan
from zmlib.neighbours.gan.bundle import ALL
from zmlib.neighbours.gan.distance import by_network, by_pixels
from zmlib.neighbours.gan.judging import chances, features, frechet
from zmlib.neighbours.gan.sets import read
from zmlib.perceptual.slim import load_slim

MANY = 2000  # pictures whose attributes are counted
STEPS, STARTS = 150, 4
FEW = 10  # steps, where there are faces to try the cells and not to measure
WAYS = ("1, pixels", "1, network", "2", "3, pixels", "3, network")


def load(run: Run, name: str) -> Gan:
    """The networks of a domain; the results name each of them."""
    gan = load_gan(name)
    for part in ALL[:-1]:
        run.used(getattr(gan, part), f"{name}-{part}")
    return gan


def held_out(domain: str, count: int) -> tuple[Tensor, Tensor]:
    """Pictures that no network has seen, (N, 3, 64, 64) in [0, 1], and their labels, (N, A)."""
    data = read(domain, "test", count)
    return data.pictures.float() / 255, data.labels


def codes(gan: Gan, count: int, seed: int) -> Tensor:
    """Random codes, (N, 64)."""
    return torch.randn(count, gan.generator.code, generator=torch.Generator().manual_seed(seed))


def coverage(gan: Gan, domain: str, count: int, seed: int) -> dict[str, Any]:
    """What the generator draws, beside the data: how often each attribute occurs, and how far its features are away.

    Returns:
        "attributes": a row for each, shares in [0, 1]: of the labels, of what the classifier finds in the data and in
        the generator's pictures. "right": of its answers on the data. "frechet": data to data, drawn to data.
    """
    data, other = read(domain, "test", count), read(domain, "train", count)
    drawn = torch.cat([gan.generate(part) for part in codes(gan, count, seed).split(256)])
    found, made = chances(gan.classifier, data.pictures) > 0.5, chances(gan.classifier, drawn) > 0.5
    rows = [
        {"attribute": name, "labels": labels, "found": seen, "drawn": own}
        for name, labels, seen, own in zip(
            data.attributes,
            data.labels.float().mean(0).tolist(),
            found.float().mean(0).tolist(),
            made.float().mean(0).tolist(),
            strict=True,
        )
    ]
    clouds = [features(gan.classifier, pictures) for pictures in (data.pictures, other.pictures, drawn)]
    return {
        "attributes": rows,
        "right": float((found == data.labels).float().mean()),
        "pictures": count,
        "frechet": {"data": frechet(clouds[0], clouds[1]), "drawn": frechet(clouds[0], clouds[2])},
        "kinds": _kinds(found, made),
    }


def _kinds(found: Tensor, made: Tensor) -> dict[str, Any]:
    """Of all combinations of attributes, how many there are in the data and how many of these are drawn too."""
    powers = 2 ** torch.arange(found.shape[1])
    there, drawn = set((found * powers).sum(1).tolist()), set((made * powers).sum(1).tolist())
    return {"data": len(there), "drawn": len(there & drawn), "of": 2 ** found.shape[1]}


def steps(faces: int) -> int:
    """How many steps each start has, for so many faces."""
    return STEPS if faces > 4 else FEW


def back(gan: Gan, x: Tensor, seed: int) -> dict[str, Any]:
    """The lecture's three ways back to the code, with both distances, for pictures x.

    Returns:
        way -> {"pictures": G(z*), (N, 3, 64, 64); "z"; "pixels", "network": distances, (N,) each; "seconds" a picture;
        "loss": of every start, (N, starts), where there are several}.
    """
    found: dict[str, Any] = {}
    slim = load_slim()

    def note(way: str, z: Tensor, seconds: float, loss: Tensor | None = None) -> None:
        y = gan.generate(z)
        with torch.no_grad():
            near = {"pixels": by_pixels(y, x).numpy(), "network": by_network(y, x, slim).numpy()}
        found[way] = {"pictures": y, "z": z, **near, "seconds": seconds / len(x), "loss": loss}

    began = time.perf_counter()
    first = gan.encode(x)
    note("2", first, time.perf_counter() - began)
    for by in ("pixels", "network"):
        for way, start in (("1", None), ("3", first)):
            began = time.perf_counter()
            one = invert(x, gan.generator, by=by, start=start, starts=STARTS, steps=steps(len(x)), seed=seed)  # type: ignore[arg-type]
            note(f"{way}, {by}", one.z, time.perf_counter() - began, one.loss)
    return {way: found[way] for way in WAYS}


def describe(found: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """The numbers of `back`, with intervals over pictures, as claims.yml reads them."""
    ways = {way: {by: summary(one[by], seed) for by in ("pixels", "network")} for way, one in found.items()}
    stuck = {by: _stuck(found[f"1, {by}"]["loss"], seed) for by in ("pixels", "network")}
    single = found["1, pixels"]["loss"][:, 0].numpy()  # what one random start gives
    third = found["3, pixels"]["pixels"]
    return {
        "faces": len(third),
        "starts": STARTS,
        "steps": steps(len(third)),
        "ways": ways,
        "stuck": stuck,
        "third_over_second": paired(third, found["2"]["pixels"], seed),
        "third_over_first": paired(third, single, seed),
        "third_over_best": paired(third, found["1, pixels"]["pixels"], seed),
    }


def _stuck(loss: Tensor, seed: int, times: float = 2.0) -> dict[str, Any]:
    """The share of starts that end at more than `times` the best start's loss, with an interval over pictures."""
    poor = (loss > times * loss.min(1, keepdim=True).values).float().mean(1)
    return share(poor.numpy(), seed)


def way_table(values: Mapping[str, Any], seconds: Mapping[str, float]) -> list[dict[str, Any]]:
    """A row for each way back."""
    said = {"1": f"gradient, best of {values['starts']} starts", "2": "encoder", "3": "encoder, then gradient"}
    return [
        {
            "way": way,
            "how": said[way[0]],
            "pixels (x 1000)": _with(one["pixels"], 1000),
            "network": _with(one["network"]),
            "seconds a face": seconds[way],
        }
        for way, one in values["ways"].items()
    ]


def _with(found: Mapping[str, Any], times: float = 1.0) -> str:
    middle, low, high = (found[key] for key in ("median", "low", "high"))
    ends = "" if low is None else f" [{times * low:.2f}, {times * high:.2f}]"
    return f"{times * middle:.2f}{ends}"


def in_one_dimension(gan: Gan, seed: int) -> dict[str, Any]:
    """How much of an attribute's vector lies in one dimension, and of a random vector of that length."""
    vectors = gan.vectors.vectors
    shares = (vectors.square().max(1).values / vectors.square().sum(1)).numpy()
    random = codes(gan, 1000, seed)
    even = float((random.square().max(1).values / random.square().sum(1)).mean())
    rows = [
        {"attribute": name, "dimension": int(vector.square().argmax()), "share": float(one)}
        for name, vector, one in zip(gan.attributes, vectors, shares, strict=True)
    ]
    return {"share": summary(shares, seed, "mean"), "even": even, "attributes": rows}


def between(gan: Gan, count: int, seed: int, steps: int = 7) -> list[Tensor]:
    """Rows of pictures on the way from one random code to another, each (1, 3, 64, 64)."""
    ends = codes(gan, 2 * count, seed)
    rows = []
    for a, b in zip(ends[::2], ends[1::2], strict=True):
        angle = torch.acos((a @ b / (a.norm() * b.norm())).clamp(-1, 1))
        weights = [(torch.sin((1 - t) * angle), torch.sin(t * angle)) for t in np.linspace(0, 1, steps)]
        # Along the arc, on which codes are as long as those that the generator knows.
        rows.append(gan.generate(torch.stack([(u * a + v * b) / torch.sin(angle) for u, v in weights])))
    return [picture[None] for row in rows for picture in row]


def grid(pictures: Tensor | Sequence[Tensor], columns: int) -> list[list[Tensor]]:
    """Pictures (N, 3, 64, 64) in rows, as `zmlib.data.sheet.sheet` takes them."""
    singles = [picture.reshape(1, 3, 64, 64) for picture in pictures]
    return [singles[i : i + columns] for i in range(0, len(singles), columns)]
