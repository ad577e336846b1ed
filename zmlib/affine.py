"""Affine parameters, which carry a style: gamma and beta of every dynamic normalisation.

Section 3.2.1 of the paper makes *where gamma and beta come from* the whole difference between the methods. So they are
one object, made by a source (`zmlib.sources`, `zmlib.pnet`) and used by a TNet, and what the paper does with styles is
plain arithmetic on it: interpolate, switch layers off, blend by region.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor


class Norm(NamedTuple):
    """One dynamic normalisation of a TNet.

    Its name, its number of channels C, and the paper's number of its layer (1-9).
    """

    name: str
    channels: int
    layer: int


Spec = tuple[Norm, ...]


@dataclass(frozen=True)
class Affine:
    """Per-layer pairs (gamma, beta) for a batch of N signals.

    Attributes:
        gamma: one tensor a normalisation, shape (N, C_i), or (N, K, C_i) where `regions` is set.
        beta: the same shapes.
        spec: the normalisations, in the order in which the TNet applies them.
        regions: None, or the weights of K regions, shape (N, K, H, W), at least 0 and summing to 1 over K. They are
            resized to each layer's own resolution when used.

    Example:
        >>> from zmlib import Affine, TNetConfig
        >>> affine = Affine.identity(TNetConfig().spec, batch=2)
        >>> len(affine), len(affine.gamma), affine.gamma[0].shape
        (2, 15, torch.Size([2, 32]))
        >>> len(affine[0])  # the first of the two; the batch axis stays
        1
    """

    gamma: tuple[Tensor, ...]
    beta: tuple[Tensor, ...]
    spec: Spec
    regions: Tensor | None = None

    def __post_init__(self) -> None:
        rank = 2 if self.regions is None else 3
        for norm, g, b in zip(self.spec, self.gamma, self.beta, strict=True):
            if g.shape != b.shape or g.dim() != rank or g.shape[-1] != norm.channels:
                raise ValueError(
                    f"gamma and beta of {norm.name} must both have shape (N, {'K, ' * (rank - 2)}{norm.channels}), "
                    f"got {tuple(g.shape)} and {tuple(b.shape)}"
                )

    @classmethod
    def identity(cls, spec: Spec, batch: int = 1, device: torch.device | str | None = None) -> Affine:
        """gamma = 1, beta = 0 everywhere: with it, DIN (eq. 3) is plain instance normalisation."""
        gamma = tuple(torch.ones(batch, norm.channels, device=device) for norm in spec)
        return cls(gamma, tuple(torch.zeros_like(g) for g in gamma), spec)

    def __len__(self) -> int:
        return self.gamma[0].shape[0]

    def __getitem__(self, index: int | slice | Tensor) -> Affine:
        """Some members of the batch; an int keeps the batch axis (N = 1)."""
        if isinstance(index, int):
            index = slice(index, index + 1) if index != -1 else slice(index, None)
        return self._map(lambda t: t[index], regions=None if self.regions is None else self.regions[index])

    def at(self, i: int, size: tuple[int, int], inset: int = 0) -> tuple[Tensor, Tensor]:
        """gamma and beta of normalisation i, ready to broadcast over a map of that size: (N, C, 1, 1) or (N, C, H, W).

        inset: pixels that the map has lost on each side to unpadded convolutions; the regions lose the same.
        """
        gamma, beta = self.gamma[i], self.beta[i]
        if self.regions is None:
            return gamma[:, :, None, None], beta[:, :, None, None]
        whole = (size[0] + 2 * inset, size[1] + 2 * inset)
        weights = F.interpolate(self.regions, size=whole, mode="bilinear", align_corners=False, antialias=True)
        weights = weights[..., inset : inset + size[0], inset : inset + size[1]]
        weights = weights / weights.sum(1, keepdim=True).clamp_min(1e-12)
        return torch.einsum("nkc,nkhw->nchw", gamma, weights), torch.einsum("nkc,nkhw->nchw", beta, weights)

    def lerp(self, other: Affine, t: float) -> Affine:
        """(1 - t) self + t other; t = 0 and t = 1 give the two exactly, t outside [0, 1] extrapolates.

        Example:
            >>> import torch, zmlib
            >>> day, night = (zmlib.load("words").encode(word) for word in ("noon", "night"))
            >>> dusk = day.lerp(night, 0.5)
            >>> torch.allclose(dusk.gamma[0], (day.gamma[0] + night.gamma[0]) / 2)
            True
        """
        return Affine.mix([self, other], [1 - t, t], normalise=False)

    @staticmethod
    def mix(affines: Sequence[Affine], weights: Sequence[float], normalise: bool = True) -> Affine:
        """The weighted mean of several styles (Fig. 1's 0.5 'morning' + 0.5 'night').

        Example:
            >>> import torch
            >>> from zmlib import Affine, ZMNet
            >>> a, b, c = (ZMNet().encode(torch.rand(1, 3, 64, 64)) for _ in range(3))
            >>> mixed = Affine.mix([a, b, c], [2, 1, 1])
            >>> torch.allclose(mixed.beta[0], a.beta[0] / 2 + b.beta[0] / 4 + c.beta[0] / 4, atol=1e-6)
            True
        """
        _same_spec(affines)
        if len(weights) != len(affines):
            raise ValueError(f"{len(affines)} styles need as many weights, got {len(weights)}")
        if any(a.regions is not None for a in affines):
            raise ValueError("mix affine parameters before they are blended by region, not after")
        total = float(sum(weights)) if normalise else 1.0
        if total == 0:
            raise ValueError("the weights of a mix must not sum to 0")

        def mean(parts: Iterable[Tensor]) -> Tensor:
            return torch.stack([w / total * p for w, p in zip(weights, parts, strict=True)]).sum(0)

        return Affine(
            tuple(mean(g) for g in zip(*(a.gamma for a in affines), strict=True)),
            tuple(mean(b) for b in zip(*(a.beta for a in affines), strict=True)),
            affines[0].spec,
        )

    @staticmethod
    def blend(affines: Sequence[Affine], masks: Tensor) -> Affine:
        """One style for each region.

        masks: (K, H, W) or (N, K, H, W), at least 0, made to sum to 1 over the K styles at each pixel.

        Where all masks are 0 the styles count equally.

        Example:
            >>> import torch
            >>> from zmlib import Affine, ZMNet
            >>> net = ZMNet().eval()
            >>> left, right = (net.encode(torch.rand(1, 3, 64, 64)) for _ in range(2))
            >>> masks = torch.zeros(2, 48, 64)
            >>> masks[0, :, :32] = masks[1, :, 32:] = 1
            >>> both = Affine.blend([left, right], masks)
            >>> both.gamma[0].shape  # (N, K, C)
            torch.Size([1, 2, 32])
            >>> net.stylize(torch.rand(1, 3, 48, 64), both).shape
            torch.Size([1, 3, 48, 64])
        """
        _same_spec(affines)
        if any(a.regions is not None for a in affines):
            raise ValueError("affine parameters that already have regions cannot be blended again")
        masks = masks[None] if masks.dim() == 3 else masks
        if masks.dim() != 4 or masks.shape[1] != len(affines) or bool((masks < 0).any()):
            raise ValueError(
                f"{len(affines)} styles need masks >= 0 of shape (N, {len(affines)}, H, W), got {tuple(masks.shape)}"
            )
        total = masks.sum(1, keepdim=True)
        weights = torch.where(total > 0, masks / total.clamp_min(1e-12), torch.full_like(masks, 1 / len(affines)))
        n = max(len(a) for a in affines)
        return Affine(
            tuple(
                torch.stack([g.expand(n, -1) for g in gs], 1) for gs in zip(*(a.gamma for a in affines), strict=True)
            ),
            tuple(torch.stack([b.expand(n, -1) for b in bs], 1) for bs in zip(*(a.beta for a in affines), strict=True)),
            affines[0].spec,
            weights.expand(n, -1, -1, -1),
        )

    @staticmethod
    def cat(affines: Sequence[Affine]) -> Affine:
        """Several as one batch.

        Example:
            >>> from zmlib import Affine, TNetConfig
            >>> one = Affine.identity(TNetConfig().spec)
            >>> len(Affine.cat([one, one, one]))
            3
        """
        _same_spec(affines)
        if any(a.regions is not None for a in affines):
            raise ValueError("affine parameters with regions cannot be concatenated")
        return Affine(
            tuple(torch.cat(g) for g in zip(*(a.gamma for a in affines), strict=True)),
            tuple(torch.cat(b) for b in zip(*(a.beta for a in affines), strict=True)),
            affines[0].spec,
        )

    def only(self, layers: Iterable[int]) -> Affine:
        """Keep gamma and beta in these of the paper's layers (1 to 9) and set (1, 0) in the others (Figure 7).

        Example:
            >>> import torch
            >>> from zmlib import ZMNet
            >>> affine = ZMNet().encode(torch.rand(1, 3, 64, 64)).only([4, 5, 6])
            >>> off = [norm.name for norm, beta in zip(affine.spec, affine.beta) if not beta.any()]
            >>> off[:3], off[-2:]  # the layers 1 to 3 and 7 to 9
            (['conv1', 'conv2', 'conv3'], ['up1', 'up2'])
        """
        keep = set(layers)
        on = [norm.layer in keep for norm in self.spec]
        return replace(
            self,
            gamma=tuple(g if k else torch.ones_like(g) for g, k in zip(self.gamma, on, strict=True)),
            beta=tuple(b if k else torch.zeros_like(b) for b, k in zip(self.beta, on, strict=True)),
        )

    def off(self, layers: Iterable[int]) -> Affine:
        """gamma = 1, beta = 0 in these of the paper's layers; unchanged elsewhere."""
        gone = set(layers)
        return self.only({norm.layer for norm in self.spec} - gone)

    def expand(self, n: int) -> Affine:
        """A batch of one, repeated n times without a copy."""
        regions = None if self.regions is None else self.regions.expand(n, -1, -1, -1)
        return self._map(lambda t: t.expand(n, *t.shape[1:]), regions=regions)

    def to(self, *args: Any, **kwargs: Any) -> Affine:
        """`Tensor.to` of every part."""
        return self._map(
            lambda t: t.to(*args, **kwargs), None if self.regions is None else self.regions.to(*args, **kwargs)
        )

    def detach(self) -> Affine:
        """The same without its history, for keeping it (Table 1's "after that")."""
        return self._map(lambda t: t.detach(), self.regions)

    def _map(self, f: Any, regions: Tensor | None) -> Affine:
        return Affine(tuple(map(f, self.gamma)), tuple(map(f, self.beta)), self.spec, regions)


def _same_spec(affines: Sequence[Affine]) -> None:
    if not affines:
        raise ValueError("at least one style is needed")
    if any(a.spec != affines[0].spec for a in affines):
        raise ValueError("the affine parameters belong to TNets of different structure")
