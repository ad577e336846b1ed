"""What a drawn picture is made from: factors (numbers), attributes (their labels), and the chance that picks them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from zmlib.errors import UserError
from zmlib.neighbours.gan.drawing import FINE, SIZE

BATCH = 8  # pictures drawn at once: their arrays of half a megabyte stay in a core's cache
COLUMNS = 64  # random numbers that a picture owns; a multiple of 4, which is one step of Philox
GRAIN = 1.5 / 255  # the half-width of the noise: it hides the steps of the 8-bit gradients

Range = tuple[float, float]


@dataclass(frozen=True)
class Labelled:
    """Pictures with their attributes.

    Attributes:
        pictures: (N, 3, 64, 64), uint8, RGB.
        labels: (N, A), bool.
        attributes: the names of the A columns.
    """

    pictures: Tensor
    labels: Tensor
    attributes: tuple[str, ...]


@dataclass(frozen=True)
class Attribute:
    """A label, and the factor that shows it. The label is true where the factor lies above the middle of its range.

    Attributes:
        factor: the name of the factor.
        off, on: from where the factor is drawn, evenly, for a false and a true label; the gap keeps labels clear.
    """

    factor: str
    off: Range
    on: Range

    @property
    def range(self) -> Range:
        """All that the factor may be."""
        return min(*self.off, *self.on), max(*self.off, *self.on)


@dataclass(frozen=True)
class Plan:
    """How one kind of picture is drawn.

    Attributes:
        attributes: name -> attribute; each is true for half of the pictures, independently of all others.
        factors: name -> range, evenly drawn, of the factors that no attribute owns.
        paint: factors, each (N, 1, 1), -> (N, 3, H, W) in [0, 1], `drawing.FINE` times as large as the pictures.
    """

    attributes: Mapping[str, Attribute]
    factors: Mapping[str, Range]
    paint: Callable[[dict[str, Tensor]], Tensor]


@torch.no_grad()
def draw(plan: Plan, count: int, seed: int, first: int, fixed: Mapping[str, bool | float]) -> Labelled:
    """Pictures `first` to `first + count` of a seed.

    Args:
        fixed: attributes and factors by name, the same in all pictures. Nothing else in a picture changes with them.

    Raises:
        UserError: a name that the plan lacks, a value out of range, or an attribute fixed together with its factor.
    """
    if count < 0 or seed < 0 or first < 0:
        raise UserError(f"Count, seed and first must be 0 or more, not {count}, {seed} and {first}.")
    skip = first % BATCH  # batches begin at multiples of 8 and are whole, so that even their rounding is the same
    begin, whole = first - skip, -(-(skip + count) // BATCH) * BATCH
    labels, factors = choose(plan, _numbers(seed, begin, whole, COLUMNS, np.float64), fixed)
    pictures = torch.empty(whole, 3, SIZE, SIZE, dtype=torch.uint8)
    for start in range(0, whole, BATCH):
        part = slice(start, start + BATCH)
        painted = avg_pool2d(plan.paint({name: values[part].view(-1, 1, 1) for name, values in factors.items()}), FINE)
        noise = _numbers(seed + 2**64, begin + start, BATCH, SIZE * SIZE, np.float32).view(-1, 1, SIZE, SIZE)
        pictures[part] = painted.add_(noise.sub_(0.5), alpha=2 * GRAIN).mul_(255).round_().clamp_(0, 255)
    asked = slice(skip, skip + count)
    return Labelled(pictures[asked].clone(), labels[asked].clone(), tuple(plan.attributes))


def choose(plan: Plan, chances: Tensor, fixed: Mapping[str, bool | float]) -> tuple[Tensor, dict[str, Tensor]]:
    """Labels and factors from even random numbers.

    Args:
        chances: (N, COLUMNS) in [0, 1). Each label and each factor reads a column of its own.

    Returns:
        Labels (N, A), and the factors by name, each (N,), float32.
    """
    _check(plan, fixed)
    columns = iter(chances.float().unbind(1))
    labels: list[Tensor] = []
    factors: dict[str, Tensor] = {}
    for name, attribute in plan.attributes.items():
        coin, chance = next(columns), next(columns)
        true = coin < 0.5
        if name in fixed:
            true = torch.full_like(true, bool(fixed[name]))
        value = torch.where(true, _between(attribute.on, chance), _between(attribute.off, chance))
        if attribute.factor in fixed:
            value = torch.full_like(value, float(fixed[attribute.factor]))
            true = value > sum(attribute.range) / 2
        labels.append(true)
        factors[attribute.factor] = value
    for name, bounds in plan.factors.items():
        value = _between(bounds, next(columns))
        factors[name] = torch.full_like(value, float(fixed[name])) if name in fixed else value
    return torch.stack(labels, 1), factors


def _check(plan: Plan, fixed: Mapping[str, bool | float]) -> None:
    """Refuse what cannot be fixed."""
    owned = {attribute.factor: name for name, attribute in plan.attributes.items()}
    ranges = dict(plan.factors)
    ranges.update({attribute.factor: attribute.range for attribute in plan.attributes.values()})
    for name, value in fixed.items():
        if name in plan.attributes:
            if value not in (0, 1):
                raise UserError(f"{name} is an attribute, True or False, not {value}.")
        elif name not in ranges:
            known = f"attributes {', '.join(plan.attributes)}; factors {', '.join(sorted(ranges))}"
            raise UserError(f"There is no attribute or factor {name!r} to fix; known are the {known}.")
        elif not ranges[name][0] <= value <= ranges[name][1]:
            raise UserError(f"{name} must lie between {ranges[name][0]:g} and {ranges[name][1]:g}, not {value}.")
        elif owned.get(name) in fixed:
            raise UserError(f"{name} sets the attribute {owned[name]}: fix one of the two.")


def _between(bounds: Range, chance: Tensor) -> Tensor:
    """From [0, 1) to a range."""
    return bounds[0] + (bounds[1] - bounds[0]) * chance


def _numbers(seed: int, first: int, count: int, each: int, kind: type[np.floating]) -> Tensor:
    """Even random numbers (count, each) in [0, 1): rows `first`, `first + 1`, ... of the endless table of a seed.

    A step of Philox makes 256 bits and can be jumped to, so that a row does not depend on where a table begins.
    """
    bits = np.random.Philox(key=seed)
    bits.advance(first * each * np.dtype(kind).itemsize * 8 // 256)
    return torch.from_numpy(np.random.Generator(bits).random((count, each), dtype=kind))
