"""The animation chapter: its timings, its clip in which one knows what stands still, and films in a notebook."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from chapters import animation
from chapters.show import film
from PIL import Image

from zmlib import TNetConfig, UserError, ZMNet
from zmlib.data.images import to_tensor
from zmlib.passes.steady import keep_of
from zmlib.stylize import encode_style
from zmlib.video.files import read_video
from zmlib.video.stylize_video import FramePainter


def network() -> ZMNet:
    """A small one whose gamma and beta differ from picture to picture, with the paper's five blocks."""
    torch.manual_seed(0)
    net = ZMNet(TNetConfig((4, 4, 8), 5)).eval()
    for p in net.source.parameters():
        torch.nn.init.normal_(p, 0.2, 0.3)
    return net


def picture(side: int = 96, seed: int = 0) -> Image.Image:
    coarse = np.random.default_rng(seed).integers(0, 200, (8, 8, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((side, side), Image.Resampling.BICUBIC)


def painted(clip: list[Image.Image], **how: Any) -> list[Image.Image]:
    net = network()
    painter = FramePainter(net, encode_style(net, picture(40, 1)), **how)
    return [painter(frame) for frame in clip]


def test_flicker_is_what_comes_and_goes() -> None:
    grey = [Image.new("RGB", (8, 8), (level,) * 3) for level in (10, 20, 30, 40)]
    assert animation.flicker(grey) == 0
    assert animation.flicker([grey[0], grey[1], grey[0]]) == 20
    nowhere = np.zeros((8, 8), bool)
    nowhere[0, 0] = True
    blinking = grey[1].copy()
    blinking.putpixel((7, 7), (255, 255, 255))
    assert animation.flicker([grey[1], blinking, grey[1]], nowhere) == 0


def test_times_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[str] = []

    def clock(jobs: dict, repeats: int) -> dict[str, list[float]]:
        """A frame takes as many ms as its side has pixels over ten, a key 60 ms."""
        for job in jobs.values():
            job()
        counted.extend(jobs)
        seconds = {"key": 0.060, "32": 0.0032, "96": 0.0096, "frame": 0.0032 * (1 + counted.count("frame"))}
        return {name: [seconds[name]] * repeats for name in jobs}

    monkeypatch.setattr(animation, "interleaved", clock)
    found = animation.times(network(), picture(), to_tensor(picture(32)), 30, 3, 4, sides=(32, 96))
    assert found["pnet_ms"] == pytest.approx(60) and found["tnet_ms"]["96"] == pytest.approx(9.6)
    frame = {side: one["median"] for side, one in found["frame_ms"].items()}
    assert frame == pytest.approx({"32": 9.2, "96": 15.6})  # three keys shared out over thirty frames: 6 ms
    assert found["frame_ms"]["32"]["n"] == 4 and found["frame_ms"]["32"]["high"] == pytest.approx(9.2)
    assert found["fps"]["96"] == pytest.approx(1000 / 15.6) and found["pnet_share"]["32"] == pytest.approx(6 / 9.2)
    # The k-th side of the search, 32 k, takes 3.2 (k + 1) + 6 ms: within 38 up to k = 9.
    assert found["size_within_38_ms"] == 288
    kept = animation.timings({"styles": found}, 96)
    assert kept["frame_ms"]["median"] == pytest.approx(15.6) and kept["networks"]["styles"] == found
    assert "timings.networks.styles.fps.96" in animation.also([96])
    rows = animation.speed_table({"styles": found}, ["styles"])
    assert [row["ms a frame"] for row in rows] == ["9.2 [9.2, 9.2]", "15.6 [15.6, 15.6]"] and rows[0][
        "largest side within 38 ms"
    ] == "288 px"


def test_no_side_is_within_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(animation, "LIMIT_MS", 0.0)
    found = animation.times(network(), picture(), to_tensor(picture(32)), 10, 2, 1, sides=(32,))
    assert found["size_within_38_ms"] == 0 and found["fps"]["32"] > 0


def test_the_ball_comes_goes_and_leaves_the_upper_part_alone() -> None:
    clip = animation.passing(picture(), 12)
    still = animation.untouched(96)
    assert still.any() and not still[-1].any()
    away = [float(np.abs(np.asarray(frame, float) - np.asarray(clip[0], float)).max()) for frame in clip]
    assert away[0] == away[-1] == 0 and max(away) > 50
    assert all(np.array_equal(np.asarray(frame)[still], np.asarray(clip[0])[still]) for frame in clip)
    noisy = animation.passing(picture(), 12, noise=3.0)
    spread = np.std([np.asarray(frame, float)[10, 10] for frame in animation.passing(picture(), 200, noise=3.0)])
    assert not np.array_equal(noisy[0], noisy[1]) and 1 < spread < 60


def test_the_ball_reaches_no_further_than_it_is_said_to() -> None:
    made = painted(animation.passing(picture(), 12), keep=1.0)
    found = animation.steadiness({"for good": made})["for good"]
    assert found["change"] == found["excursion"] == 0  # not one pixel in what counts, though the ball is painted
    assert not np.array_equal(made[0], made[5])


def test_each_remedy_helps_against_its_own_flicker() -> None:
    clean, noisy = animation.passing(picture(), 12), animation.passing(picture(), 12, animation.NOISE)
    keep = keep_of(3, 6)
    found = animation.steadiness({"by itself": painted(clean), "held": painted(clean, keep=keep)})
    assert found["held"]["flicker"] < found["by itself"]["flicker"]
    calm = painted(noisy, keep=keep, denoise=True)
    restless = animation.steadiness({"by itself": painted(noisy), "calm": calm})
    assert restless["calm"]["flicker"] < 0.5 * restless["by itself"]["flicker"]
    rows = animation.steady_table(found, restless)
    assert [row["grey levels of 255"] for row in rows] == ["by itself", "calm", "held"]
    assert rows[1]["flicker"] == rows[2]["flicker, noisy clip"] == ""


def test_a_film_is_a_whole_mp4_in_a_notebook(tmp_path: Path) -> None:
    shown = film([picture(48, seed) for seed in range(6)], 6, 'Six "pictures"')
    html = shown._repr_html_()
    assert 'aria-label="Six &quot;pictures&quot;"' in html and " controls " in html and "autoplay" not in html
    found = re.search('src="data:video/mp4;base64,([^"]+)"', html)
    assert found is not None
    (tmp_path / "a.mp4").write_bytes(base64.b64decode(found.group(1)))
    assert [frame.size for frame in read_video(tmp_path / "a.mp4").frames] == [(48, 48)] * 6
    assert "base64" not in repr(shown) and shown.poster.startswith(b"\xff\xd8")
    with pytest.raises(UserError, match="no frame"):
        film([], 6, "nothing")
