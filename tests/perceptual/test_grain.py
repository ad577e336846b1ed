"""What of a picture's detail is not the photo's."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from zmlib.data import samples
from zmlib.data.images import to_tensor
from zmlib.perceptual.terms import grain_share


def photo(name: str = "china") -> torch.Tensor:
    return to_tensor(samples.photos()[name].resize((128, 96)))


def chequers(like: torch.Tensor) -> torch.Tensor:
    rows, columns = torch.meshgrid(*(torch.arange(side) for side in like.shape[-2:]), indexing="ij")
    return ((rows + columns) % 2 - 0.5).expand_as(like)


def test_other_colours_are_no_grain() -> None:
    c = photo()
    grey = c.mean(1, keepdim=True)
    tinted = torch.cat([0.9 - 0.6 * grey, 0.1 + 0.3 * grey, 0.4 + 0.5 * grey], 1)
    assert grain_share(tinted, c).item() < 0.02
    assert grain_share(c, c).item() < 0.15, "the photo's own colours, which its lightness does not tell"
    torch.testing.assert_close(grain_share(0.3 * c + 0.2, c), grain_share(c, c), rtol=0.02, atol=0)


def test_chequers_noise_smears_and_another_photo_are() -> None:
    c = photo()
    noise = torch.rand(c.shape, generator=torch.Generator().manual_seed(0))
    own = grain_share(c, c).item()
    assert grain_share(noise, c).item() > 0.9
    assert grain_share(c + 0.1 * chequers(c), c).item() > own + 0.1
    assert grain_share(F.avg_pool2d(c, 5, 1, 2, count_include_pad=False), c).item() > own + 0.1
    assert grain_share(photo("coffee"), c).item() > 0.7


def test_a_picture_alone_and_one_without_detail() -> None:
    c = torch.cat([photo(), photo("coffee")])
    y = torch.cat([c[:1], c[:1]]).requires_grad_()
    both = grain_share(y, c)
    torch.testing.assert_close(both[1:], grain_share(y[1:], c[1:]))
    flat = torch.full_like(c, 0.5)
    assert grain_share(flat, c).max().item() < 1e-3 and grain_share(flat + 0.1 * chequers(c), flat).min().item() > 0.9
    both.sum().backward()
    assert y.grad is not None and y.grad.isfinite().all() and y.grad.abs().sum() > 0
