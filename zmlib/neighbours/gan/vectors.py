"""Attribute vectors: z_long = mean code of the long-haired less that of the short-haired; x -> G(En(x) + z_long)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from zmlib.errors import UserError


@dataclass(frozen=True)
class Vectors:
    """A direction in the space of codes for each attribute.

    Attributes:
        names: of the attributes.
        vectors: (A, code); added to a code without an attribute, one should give it.
    """

    names: tuple[str, ...]
    vectors: Tensor

    def __getitem__(self, name: str) -> Tensor:
        if name not in self.names:
            raise UserError(f"There is no attribute {name!r}: take one of {', '.join(self.names)}.")
        return self.vectors[self.names.index(name)]

    def move(self, z: Tensor, **strengths: float) -> Tensor:
        """z + the sum of strength x vector.

        Args:
            z: codes, (N, code).
            strengths: by the attributes' names: 1 gives, -1 takes away, 0 does nothing.

        Raises:
            UserError: an unknown attribute.
        """
        for name, strength in strengths.items():
            z = z + strength * self[name].to(z)
        return z


def mean_vectors(codes: Tensor, labels: Tensor, names: tuple[str, ...]) -> Vectors:
    """The lecture's vectors: the mean code of those with an attribute less that of those without.

    Args:
        codes: (N, code), of pictures by an encoder.
        labels: (N, A), bool.
        names: of the A attributes.

    Raises:
        UserError: an attribute that all of the pictures have, or none.

    Example:
        >>> codes = torch.tensor([[0.0, 1.0], [0.0, 3.0], [2.0, 0.0]])
        >>> mean_vectors(codes, torch.tensor([[False], [False], [True]]), ("smile",))["smile"]
        tensor([ 2., -2.])
    """
    _check(labels, names)
    rows = [codes[label].mean(0) - codes[~label].mean(0) for label in labels.bool().T]
    return Vectors(names, torch.stack(rows))


def regression_vectors(codes: Tensor, labels: Tensor, names: tuple[str, ...], ridge: float = 1e-3) -> Vectors:
    """The direction of a linear regression of each label on the code, as long as that of `mean_vectors`.

    Where attributes hang together in the data, or codes vary more in one direction than in another, the difference of
    means takes that along; a regression does not.

    Args:
        codes, labels, names: as for `mean_vectors`.
        ridge: of the least squares, over the mean variance of the codes.
    """
    _check(labels, names)
    z = codes - codes.mean(0)
    y = labels.float() - labels.float().mean(0)
    covariance = z.T @ z
    damped = covariance + ridge * covariance.diagonal().mean() * torch.eye(len(covariance))
    weights = torch.linalg.solve(damped, z.T @ y).T  # (A, code)
    units = weights / weights.norm(dim=1, keepdim=True)
    lengths = mean_vectors(codes, labels, names).vectors.norm(dim=1, keepdim=True)
    return Vectors(names, units * lengths)


def _check(labels: Tensor, names: tuple[str, ...]) -> None:
    share = labels.float().mean(0)
    for name, value in zip(names, share.tolist(), strict=True):
        if value in (0, 1):
            raise UserError(f"{'All' if value else 'None'} of the pictures have {name}: a vector needs both kinds.")
