"""Bootstrap intervals: how far a number could move with other photos and other styles.

Two pairs that share a photo or a style are not independent, so pairs are not what is drawn: photos and styles are drawn
with replacement, each by itself, and a pair counts as often as its photo times its style (the pigeonhole bootstrap:
Owen, Annals of Applied Statistics 2007; where each photo has one pair, its intervals are rather too wide).
Numbers without photos and styles, such as repeats of a clock, are drawn singly.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

RESAMPLES = 2000
STATISTICS: dict[str, Any] = {"median": np.median, "mean": np.mean}
Names = tuple[Sequence[Hashable], Sequence[Hashable]]  # of the photo and of the style of each pair
Drawn = NDArray[Any]


@dataclass(frozen=True)
class Sample:
    """Numbers, flat, and which photo and style each belongs to; None where they are drawn singly."""

    values: Drawn
    of: tuple[Drawn, Drawn] | None

    @classmethod
    def read(cls, values: ArrayLike, of: Names | None = None) -> Sample:
        """Of (S, C) values each row is a style, each column a photo; of flat ones `of` names both, or neither."""
        table = np.asarray(values, dtype=float)
        if table.ndim == 2:
            rows, columns = np.indices(table.shape)
            return cls(table.ravel(), (columns.ravel(), rows.ravel()))
        if table.ndim != 1:
            raise ValueError(f"numbers must be a list or a table of styles and photos, not of shape {table.shape}")
        if of is None:
            return cls(table, None)
        photos, styles = (np.unique(np.asarray(names), return_inverse=True)[1] for names in of)
        return cls(table, (photos, styles))

    def counts(self) -> dict[str, int]:
        """ "n", how many numbers; and how many "photos" and "styles", where they are known."""
        found = {"n": len(self.values)}
        if self.of is not None:
            found |= {"photos": int(self.of[0].max()) + 1, "styles": int(self.of[1].max()) + 1}
        return found

    def weights(self, rng: np.random.Generator) -> Drawn:
        """How often each number is drawn, (RESAMPLES, n)."""
        if self.of is None:
            return _times(rng, len(self.values))
        photo, style = (_times(rng, int(names.max()) + 1)[:, names] for names in self.of)
        drawn = photo * style
        return drawn[drawn.any(1)]  # of few pairs now and then none is drawn


def _times(rng: np.random.Generator, n: int) -> Drawn:
    return rng.multinomial(n, np.full(n, 1 / n), size=RESAMPLES)


def _take(values: Drawn, weights: Drawn, statistic: str) -> Drawn:
    """The mean or the median of values (n,), each counted as often as weights (R, n) say: (R,)."""
    total = weights.sum(1)
    if statistic == "mean":
        return weights @ values / total
    order = np.argsort(values)
    reached, ordered = 2 * weights[:, order].cumsum(1), values[order]
    low, high = ((reached >= total[:, None]).argmax(1), (reached > total[:, None]).argmax(1))
    return (ordered[low] + ordered[high]) / 2


def _found(name: str, value: float, resampled: Drawn, sample: Sample) -> dict[str, Any]:
    ends: Sequence[float | None] = (None, None)
    if len(sample.values) > 1:
        ends = [float(end) for end in np.percentile(resampled, (2.5, 97.5))]
    return {name: value, "low": ends[0], "high": ends[1], **sample.counts()}


def summary(values: ArrayLike, seed: int = 0, statistic: str = "median", of: Names | None = None) -> dict[str, Any]:
    """The median (or "mean") of some numbers, with its bootstrap 95 % interval.

    Args:
        values: (S, C), a number for each style and photo; or flat.
        seed: of the draws.
        of: of flat values, the names of each one's photo and style; None: each is drawn by itself.

    Returns:
        {"median" or "mean", "low", "high", "n"}, with "photos" and "styles" where they are known. The interval is the
        percentile one of 2,000 draws; its ends are None for a single number, which says nothing about others.

    Example:
        >>> summary([[0.2, 0.4], [0.3, 0.5]])["median"], summary([1.0])["low"]
        (0.35, None)
    """
    sample = Sample.read(values, of)
    value = float(STATISTICS[statistic](sample.values))
    drawn = sample.weights(np.random.default_rng(seed))
    return _found(statistic, value, _take(sample.values, drawn, statistic), sample)


def share(wins: ArrayLike, seed: int = 0, of: Names | None = None) -> dict[str, Any]:
    """The share of pairs for which something holds, with its interval, as `summary`: {"share", "low", "high", ...}.

    Where it holds for all pairs or for none, every draw agrees and the interval has no width; read n beside it.
    """
    found = summary(wins, seed, "mean", of)
    return {"share": found.pop("mean"), **found}


def paired(
    above: ArrayLike, below: ArrayLike, seed: int = 0, statistic: str = "median", of: Names | None = None
) -> dict[str, Any]:
    """The ratio of two medians (or means) over the same pairs, with its interval: {"ratio", "low", "high", ...}.

    Args:
        above, below: of equal shapes, as for `summary`; a side may have several tables, (K, S, C), whose statistics
            are averaged. Both sides are drawn together.

    Example:
        >>> found = paired([[1.0, 2.0, 3.0]], [[2.0, 4.0, 6.0]])
        >>> found["ratio"], found["low"], found["high"]
        (0.5, 0.5, 0.5)
    """
    top, bottom, sample, points = _both(above, below, seed, statistic, of)
    return _found("ratio", points[0] / points[1], top / bottom, sample)


def paired_difference(
    above: ArrayLike, below: ArrayLike, seed: int = 0, statistic: str = "median", of: Names | None = None
) -> dict[str, Any]:
    """The difference of two medians (or means), as `paired`: {"difference", "low", "high", ...}."""
    top, bottom, sample, points = _both(above, below, seed, statistic, of)
    return _found("difference", points[0] - points[1], top - bottom, sample)


def ratio_of_ratios(
    a: ArrayLike, b: ArrayLike, c: ArrayLike, d: ArrayLike, seed: int = 0, statistic: str = "median"
) -> dict[str, Any]:
    """(a / b) / (c / d), each letter a median (or mean) over a table (S, C), with its interval: {"ratio", ...}.

    The two in a ratio share photos and styles and are drawn together. All four share the photos (columns); the styles
    of the first ratio are others than those of the second, and are drawn for themselves. "n" counts both.
    """
    tables = [np.asarray(one, dtype=float) for one in (a, b, c, d)]
    if tables[0].shape != tables[1].shape or tables[2].shape != tables[3].shape:
        raise ValueError(f"the tables of a ratio must be of one shape, not {[one.shape for one in tables]}")
    if len({one.shape[1] for one in tables}) > 1:
        raise ValueError("all tables must have the same photos")
    rng = np.random.default_rng(seed)
    photo = _times(rng, tables[0].shape[1])
    styles = [_times(rng, len(tables[0]))] * 2 + [_times(rng, len(tables[2]))] * 2
    drawn = [(one[:, :, None] * photo[:, None]).reshape(RESAMPLES, -1) for one in styles]
    taken = [_take(table.ravel(), weights, statistic) for table, weights in zip(tables, drawn, strict=True)]
    points = [float(STATISTICS[statistic](table)) for table in tables]
    ratio, resampled = (x[0] / x[1] / (x[2] / x[3]) for x in (points, taken))
    sample = Sample.read(tables[0])
    counted = {"n": tables[0].size + tables[2].size, "styles": len(tables[0]) + len(tables[2])}
    return _found("ratio", float(ratio), np.asarray(resampled), sample) | counted


def _both(
    above: ArrayLike, below: ArrayLike, seed: int, statistic: str, of: Names | None
) -> tuple[Drawn, Drawn, Sample, tuple[float, float]]:
    """Both statistics, drawn together (R,); a sample for the counts; and both as they are."""
    sides = [_tables(side) for side in (above, below)]
    samples = [[Sample.read(one, of) for one in side] for side in sides]
    first = samples[0][0]
    if any(len(one.values) != len(first.values) for side in samples for one in side):
        raise ValueError("both sides of a comparison must have the same pairs")
    drawn = first.weights(np.random.default_rng(seed))
    taken = [np.mean([_take(one.values, drawn, statistic) for one in side], 0) for side in samples]
    points = [float(np.mean([STATISTICS[statistic](one.values) for one in side])) for side in samples]
    return taken[0], taken[1], first, (points[0], points[1])


def _tables(side: ArrayLike) -> list[Drawn]:
    """One table (S, C) or flat list, or several of (K, S, C)."""
    whole = np.asarray([np.asarray(one) for one in side] if isinstance(side, list | tuple) else side, dtype=float)
    return list(whole) if whole.ndim == 3 else [whole]
