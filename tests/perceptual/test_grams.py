"""Eq. 1 against a loop written from the paper."""

from __future__ import annotations

import torch

from zmlib.perceptual import gram


def test_equation_1_against_a_loop() -> None:
    phi = torch.randn(2, 3, 4, 5)
    expected = torch.zeros(2, 3, 3)
    for n in range(2):
        for c in range(3):
            for other in range(3):
                for h in range(4):
                    for w in range(5):
                        expected[n, c, other] += phi[n, c, h, w] * phi[n, other, h, w]
    torch.testing.assert_close(gram(phi, normalise=False), expected)
    torch.testing.assert_close(gram(phi), expected / 20)


def test_the_layout_in_memory_does_not_matter() -> None:
    phi = torch.randn(2, 8, 6, 7)
    torch.testing.assert_close(gram(phi.contiguous(memory_format=torch.channels_last)), gram(phi))


def test_it_is_float32_inside_an_autocast_region() -> None:
    phi = torch.randn(1, 4, 32, 32)
    with torch.autocast("cpu", torch.bfloat16):
        inside = gram(phi)
        assert gram(phi.bfloat16()).dtype is torch.float32
    assert inside.dtype is torch.float32
    torch.testing.assert_close(inside, gram(phi))


def test_double_stays_double() -> None:
    assert gram(torch.randn(1, 2, 3, 3, dtype=torch.float64)).dtype is torch.float64
