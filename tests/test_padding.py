"""Our channels-last reflection is torch's, forward and backward."""

import pytest
import torch
import torch.nn.functional as F

from zmlib.kernels import reflect


@pytest.mark.parametrize(("size", "border"), [((7, 9), 1), ((7, 9), 4), ((5, 6), 4), ((33, 32), 3), ((2, 2), 1)])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_it_is_torchs_reflection(size: tuple[int, int], border: int, dtype: torch.dtype) -> None:
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(2, 5, *size, generator=generator).to(dtype)
    ours = x.clone(memory_format=torch.channels_last).requires_grad_()
    theirs = x.clone().requires_grad_()
    y, expected = reflect(ours, border), F.pad(theirs, (border,) * 4, mode="reflect")
    assert y.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(y, expected)
    slope = torch.randn(y.shape, generator=generator).to(dtype)
    y.backward(slope)
    expected.backward(slope)
    tolerance = 1e-12 if dtype == torch.float64 else 0.05 if dtype == torch.bfloat16 else 1e-5
    torch.testing.assert_close(ours.grad, theirs.grad, atol=tolerance, rtol=tolerance)


def test_a_map_smaller_than_the_border_is_torchs_error() -> None:
    x = torch.zeros(1, 4, 3, 3).to(memory_format=torch.channels_last)
    with pytest.raises(RuntimeError, match=r"[Pp]adding"):
        reflect(x, 3)
