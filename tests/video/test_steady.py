"""Statistics that are held from frame to frame: eq. 3 with another gamma and beta, and nothing else."""

from __future__ import annotations

import pytest
import torch
from test_animate import net_and_affines
from torch import Tensor

from zmlib import TNetConfig, UserError, ZMNet
from zmlib.affine import Affine
from zmlib.passes.steady import Steady, keep_of
from zmlib.video.denoise import SHARE, Denoise


def frames(n: int = 3) -> list[Tensor]:
    torch.manual_seed(1)
    return [torch.rand(1, 3, 40, 48) * (0.4 + 0.2 * i) for i in range(n)]


def test_the_first_frame_and_frames_by_themselves_are_plain() -> None:
    net, (affine, *_) = net_and_affines()
    first, second, _ = frames()
    steady, none = Steady(net, 0.9), Steady(net, 0.0)
    torch.testing.assert_close(steady.stylize(first, affine), net.stylize(first, affine), atol=5e-5, rtol=0)
    assert (steady.stylize(second, affine) - net.stylize(second, affine)).abs().max() > 0.01
    for frame in (first, second):
        torch.testing.assert_close(none.stylize(frame, affine), net.stylize(frame, affine), atol=5e-5, rtol=0)
    steady.forget()
    torch.testing.assert_close(steady.stylize(second, affine), net.stylize(second, affine), atol=5e-5, rtol=0)


def test_it_is_normalisation_by_the_running_statistics(monkeypatch: pytest.MonkeyPatch) -> None:
    # Another way to the same: a normalisation in TNet that keeps running means itself.
    net, (affine, *_) = net_and_affines()
    held: dict[int, tuple[Tensor, Tensor]] = {}
    keep, calls = 0.7, 0

    def running(x: Tensor, gamma: Tensor, beta: Tensor) -> Tensor:
        nonlocal calls
        i, calls = calls % len(net.tnet.spec), calls + 1
        now = (x.mean((2, 3), keepdim=True), x.var((2, 3), keepdim=True, correction=0))
        held[i] = tuple(keep * a + (1 - keep) * b for a, b in zip(held.get(i, now), now, strict=True))  # type: ignore[assignment]
        mean, variance = held[i]
        return (x - mean) / (variance + 1e-5).sqrt() * gamma + beta

    steady = Steady(net, keep)
    found = [steady.stylize(frame, affine) for frame in frames()]
    monkeypatch.setattr("zmlib.tnet.din", running)
    for frame, one in zip(frames(), found, strict=True):
        torch.testing.assert_close(one, net.stylize(frame, affine), atol=1e-4, rtol=0)
    assert calls == 3 * len(net.tnet.spec)


def test_held_for_good_one_place_does_not_change_another() -> None:
    net, (affine, *_) = net_and_affines()
    first = frames()[0].repeat(1, 1, 4, 1)
    second = first.clone()
    second[..., -16:, :] = 1  # a bright thing at the lower edge
    steady, by_itself = Steady(net, 1.0), net.stylize(second, affine) - net.stylize(first, affine)
    change = steady.stylize(first, affine) - steady.stylize(second, affine)
    assert change[..., :60, :].abs().max() < 1e-4 < by_itself[..., :60, :].abs().max()
    assert change[..., -16:, :].abs().max() > 0.01


def test_paths_and_regions_go_through_it_and_no_hook_stays() -> None:
    net, (a, b, _) = net_and_affines()
    first, second, _ = frames()
    halves = torch.zeros(2, 40, 48)
    halves[0, :, :24], halves[1, :, 24:] = 1, 1
    affine, steady = Affine.blend([a, b], halves), Steady(net, 0.9)
    torch.testing.assert_close(steady.stylize(first, affine), net.stylize(first, affine), atol=5e-5, rtol=0)
    kept = [g.clone() for g in affine.gamma]
    steady.stylize(second, affine)
    assert all(torch.equal(x, y) for x, y in zip(kept, affine.gamma, strict=True)), "gamma was changed"
    with pytest.raises(UserError, match="at least 32"):
        steady.stylize(torch.rand(1, 3, 8, 8), affine)
    assert not [m for m in net.modules() if m._forward_hooks]


@pytest.mark.parametrize(
    "config", [TNetConfig((4, 4, 8), 2, padding="valid"), TNetConfig((4, 4, 8), 1, reading="static-last")]
)
def test_other_readings_of_the_tnet(config: TNetConfig) -> None:
    torch.manual_seed(0)
    net = ZMNet(config).eval()
    affine, steady = net.encode(torch.rand(1, 3, 32, 32)).detach(), Steady(net, 0.5)
    with torch.no_grad():
        torch.testing.assert_close(
            steady.stylize(frames()[0], affine), net.stylize(frames()[0], affine), atol=1e-5, rtol=0
        )


def test_what_cannot_be_held_is_refused() -> None:
    with pytest.raises(UserError, match='"adain-image" gives no gamma and beta .*--steady 0'):
        Steady(ZMNet(TNetConfig((4, 4, 8), 1), "adain-image"), 0.5)
    assert Steady(ZMNet(TNetConfig((4, 4, 8), 1), "adain-image"), 0)
    with pytest.raises(UserError, match="between 0 and 1, not 2"):
        Steady(net_and_affines(1)[0], 2)


def test_seconds_become_a_share_of_each_frame() -> None:
    assert keep_of(0, 24) == 0
    assert keep_of(2, 10) ** 20 == pytest.approx(1 / torch.e)


def test_noise_goes_and_motion_stays() -> None:
    torch.manual_seed(0)
    scene, denoise = torch.full((1, 3, 32, 32), 0.5), Denoise()
    out = [denoise(scene + 0.01 * torch.randn_like(scene)) for _ in range(60)]
    left = torch.stack(out[30:]).std() / 0.01
    assert left == pytest.approx((SHARE / (2 - SHARE)) ** 0.5, rel=0.1)  # of a running mean of independent frames
    moved = scene.clone()
    moved[..., 8:24, 8:24] = 0.8
    after = denoise(moved)
    assert torch.equal(after[..., 8:24, 8:24], moved[..., 8:24, 8:24]), "what moves is not smeared"
    denoise.forget()
    assert torch.equal(denoise(moved), moved)
