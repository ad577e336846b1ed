"""What the tests of drawn pictures ask: can a label be seen, and where does a change show?"""

from __future__ import annotations

from collections.abc import Callable

import torch
from sklearn.linear_model import LogisticRegression
from torch import Tensor
from torch.nn.functional import avg_pool2d

from zmlib.neighbours.gan.factors import Labelled

LEARNT = 400  # pictures that the judge learns from; it is asked about the others


def seen(drawn: Labelled) -> dict[str, float]:
    """For each label, the share of the pictures that it has not learnt from which a linear judge gets right.

    The judge is given the colours, and how steep the brightness is, each coarser than the picture.
    """
    pictures = drawn.pictures.float() / 255
    grey = pictures.mean(1, keepdim=True)
    here = grey[..., :-1, :-1]
    edges = torch.cat([(grey[..., 1:, :-1] - here).abs(), (grey[..., :-1, 1:] - here).abs()], 1)
    given = torch.cat([avg_pool2d(pictures, 2).flatten(1), 3 * avg_pool2d(edges, 3).flatten(1)], 1).numpy()
    right = {}
    for name, label in zip(drawn.attributes, drawn.labels.numpy().T, strict=True):
        judge = LogisticRegression(C=0.05, max_iter=300).fit(given[:LEARNT], label[:LEARNT])
        right[name] = judge.score(given[LEARNT:], label[LEARNT:])
    return right


def changed(draw: Callable[..., Labelled], name: str, before: float, after: float, **fixed: float) -> Tensor:
    """(64, 64), bool: where one of 8 pictures is no longer the same after one thing is fixed otherwise."""
    one, other = (draw(8, seed=2, **{name: value}, **fixed).pictures for value in (before, after))
    return (one != other).any(1).any(0)


def only_within(where: Tensor, rows: tuple[int, int], columns: tuple[int, int]) -> bool:
    """Whether something changed in a part of the picture, and nothing outside it."""
    inside = torch.zeros_like(where)
    inside[slice(*rows), slice(*columns)] = True
    return bool((where & inside).sum() > 40 and not (where & ~inside).any())
