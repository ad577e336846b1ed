"""What a code of a GAN and ZM-Net's affine parameters share: encode, mix, interpolate, edit under a constraint."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from zmlib.affine import Affine
from zmlib.neighbours.gan import Colour, Gan, edit
from zmlib.zmnet import ZMNet

SHARES = (0.0, 0.5, 1.0)


@dataclass(frozen=True)
class Both:
    """The same four things done to a code and to affine parameters; each a row of pictures, (1, 3, H, W)."""

    gan: list[Tensor]
    zmnet: list[Tensor]


COLUMNS = ("encoded: one", "half and half", "encoded: another", "edited under\na constraint")


def both(
    gan: Gan, faces: Tensor, net: ZMNet, photo: Tensor, styles: tuple[Tensor, Tensor], wish: Colour, steps: int
) -> Both:
    """Make the figure.

    Args:
        faces: two, (2, 3, 64, 64). photo: (1, 3, H, W), its sides multiples of 64. styles: two, (1, 3, h, w).
        wish: the stroke on the face; on the painting it is laid at the same place and asks for the same colour.
        steps: of each optimisation.
    """
    one, other = gan.encode(faces).split(1)
    codes = [(1 - t) * one + t * other for t in SHARES]
    edited = edit(one, [wish], gan, steps=steps).z
    first, second = (net.encode(style) for style in styles)
    affines = [first.lerp(second, t) for t in SHARES]
    wanted = constrained(net, photo, first, wish, steps)
    return Both(
        [gan.generate(z) for z in (*codes, edited)],
        [net.stylize(photo, affine) for affine in (*affines, wanted)],
    )


def constrained(net: ZMNet, photo: Tensor, start: Affine, wish: Colour, steps: int, near: float = 1e-4) -> Affine:
    """(gamma, beta)* = argmin U(TNet(photo)) + near |(gamma, beta) - start|^2: the lecture's objective without D.

    There is no discriminator for paintings here; the distance from the style that the picture came from does its work.
    """
    photo, mask = photo.to(net.device), _spread(wish, photo).to(net.device)
    begin = [part.detach() for part in (*start.gamma, *start.beta)]
    parts = [part.clone().requires_grad_(True) for part in begin]
    colour = photo.new_tensor(wish.colour)[:, None, None]
    adam = torch.optim.Adam(parts, lr=0.03)
    half = len(start.gamma)
    for _ in range(steps):
        made = net.tnet(photo, Affine(tuple(parts[:half]), tuple(parts[half:]), start.spec))
        constraint = ((made - colour).square().mean(1) * mask).sum() / mask.sum()
        distance = sum(
            ((part - old).square().sum() for part, old in zip(parts, begin, strict=True)), photo.new_zeros(())
        )
        gradients = torch.autograd.grad(constraint + near * distance, parts)
        for part, gradient in zip(parts, gradients, strict=True):
            part.grad = gradient
        adam.step()
    found = [part.detach() for part in parts]
    return Affine(tuple(found[:half]), tuple(found[half:]), start.spec)


def _spread(wish: Colour, photo: Tensor) -> Tensor:
    """The stroke's mask, enlarged to the photo, (H, W)."""
    mask = torch.nn.functional.interpolate(wish.mask()[None, None], size=photo.shape[2:], mode="bilinear")
    return mask[0, 0]
