"""A video in, a video out: frame by frame what `stylize` does, steadier, and nothing half-written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from test_animate import net_and_affines

from zmlib import UserError, ZMNet, load
from zmlib.affine import Affine
from zmlib.data import samples
from zmlib.data.colour import keep_colour as kept
from zmlib.data.images import to_image, to_tensor
from zmlib.passes import paint as painted
from zmlib.stylize import at_strength, encode_style, stylize
from zmlib.video.files import read_video, write_video
from zmlib.video.flicker import Flicker, StillChange
from zmlib.video.stylize_video import FramePainter, stylize_video

pytest.importorskip("av")


def clip(n: int = 6, size: tuple[int, int] = (48, 40), noise: float = 0.0) -> list[Image.Image]:
    """A bright square that comes in over a still ground."""
    chance, found = np.random.default_rng(0), []
    ground = 60 + 100 * chance.random((size[1] // 8, size[0] // 8, 3)).repeat(8, 0).repeat(8, 1)
    for i in range(n):
        frame = ground + noise * chance.standard_normal(ground.shape)
        frame[-12:, : 8 * i] = 255
        found.append(Image.fromarray(frame.clip(0, 255).astype(np.uint8)))
    return found


def noisy(size: tuple[int, int], seed: int = 0) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (*size[::-1], 3), dtype=np.uint8))


def far(a: Image.Image, b: Image.Image) -> int:
    return int(np.abs(np.asarray(a, int) - np.asarray(b, int)).max())


def alone(
    net: ZMNet, frame: Image.Image, affine: Affine, strength: float = 1, keep_colour: bool = False, **sizes: int | None
) -> Image.Image:
    """What `zmlib.stylize` makes of one frame, but in float32 throughout, as films are, and not in 8 bits."""
    x, own = to_tensor(frame), encode_style(net, frame)
    plain, y = (painted(net, x, one, **sizes).detach() for one in (own, own.lerp(affine, strength)))
    out = to_image(at_strength(y, x, plain, strength))
    return kept(out, frame) if keep_colour else out


@pytest.mark.parametrize(
    "options", [{}, {"strength": 0.5}, {"keep_colour": True}, {"stroke_size": 32}, {"stroke_size": 32, "finest": 64}]
)
def test_by_itself_a_frame_is_what_stylize_makes(options: dict) -> None:
    net, (affine, *_) = net_and_affines()
    paint, frames = FramePainter(net, affine, **options), [clip(1)[0].resize((96, 80))]
    for frame in frames:
        assert far(paint(frame), alone(net, frame, affine, **options)) <= 1


@pytest.mark.parametrize("stroke", [None, 32])
def test_at_strength_0_the_clip_stays_as_it_is(stroke: int | None) -> None:
    net, (affine, *_) = net_and_affines()
    paint = FramePainter(net, affine, 0.9, denoise=stroke is not None, strength=0.0, stroke_size=stroke)
    assert max(far(paint(frame), frame) for frame in clip()) <= 1


def test_steady_is_steadier() -> None:
    net, (affine, *_) = net_and_affines()
    still = np.zeros((40, 48), bool)
    still[:8] = True
    found = []
    for keep, denoise in ((0, False), (0.95, False), (0.95, True)):
        flicker, paint = Flicker(still), FramePainter(net, affine, keep, denoise=denoise)
        for frame in clip(noise=2):
            flicker.add(paint(frame))
        found.append(flicker.value)
    assert found[0] > found[1] > found[2]


def scene(n: int, size: tuple[int, int] = (192, 144)) -> Iterator[Image.Image]:
    """A square crosses the lower half of a photo, with noise."""
    ground, chance = np.asarray(samples.photos()["china"].resize(size), float), np.random.default_rng(0)
    for i in range(n):
        frame = ground + 2 * chance.standard_normal(ground.shape)
        frame[90:130, 3 + 5 * i : 30 + 5 * i] = (240, 230, 60)
        yield Image.fromarray(frame.clip(0, 255).astype(np.uint8))


@pytest.mark.parametrize("stroke", [96, 48])
def test_larger_strokes_are_no_less_steady(stroke: int) -> None:
    """Where nothing moves, by the network that ships: at most 1.3 times the flicker of one pass."""
    net = load("styles")
    affine, still = encode_style(net, samples.styles()["wave"]), np.zeros((144, 192), bool)
    still[:80] = True
    found: dict[int | None, float] = {}
    for one in (None, stroke):
        flicker, paint = Flicker(still), FramePainter(net, affine, 0.97, denoise=True, stroke_size=one)
        for frame in scene(8):
            flicker.add(paint(frame))
        assert flicker.value is not None
        found[one] = flicker.value
    assert found[stroke] < 1.3 * found[None], found


@pytest.mark.parametrize("stroke", [None, 32])
def test_a_blank_scene_is_painted_as_a_blank_photo_is(stroke: int | None) -> None:
    """Its statistics are mostly those of an ordinary picture, in the first frame as in `zmlib.stylize`."""
    net, (affine, *_) = net_and_affines()
    white = np.full((96, 96, 3), 255, np.uint8)
    white[40:56, 40:56] = np.asarray(noisy((16, 16)))
    frame = Image.fromarray(white)
    for keep in (0.0, 0.9):
        paint = FramePainter(net, affine, keep, stroke_size=stroke)
        paint(noisy((96, 96)))  # another scene
        for _ in range(2):
            assert far(paint(frame), alone(net, frame, affine, stroke_size=stroke)) <= 1


def test_a_film_that_fades_in_from_black_is_painted_as_any_other_at_its_end() -> None:
    """Whether it is blank is asked of each frame: a fade is no cut."""
    net, (affine, *_) = net_and_affines()
    last = clip(1)[0].resize((96, 80))
    paint = FramePainter(net, affine)
    for share in range(0, 41):
        made = paint(Image.eval(last, lambda level, share=share: level * share // 40))  # type: ignore[misc]
    assert far(made, alone(net, last, affine)) <= 1


@pytest.mark.parametrize("stroke", [None, 32])
def test_at_a_cut_all_is_forgotten(stroke: int | None) -> None:
    net, (affine, *_) = net_and_affines()
    dark, light = Image.new("RGB", (96, 80), (20, 30, 20)), clip(1)[0].resize((96, 80))
    paint = FramePainter(net, affine, 0.9, denoise=True, stroke_size=stroke)
    paint(dark)
    assert far(paint(light), alone(net, light, affine, stroke_size=stroke)) <= 1


def test_change_is_measured_where_nothing_moves() -> None:
    still, frames = StillChange(), clip(4, (80, 64))
    assert still.value is None
    for i, frame in enumerate(frames):
        still.add(frame, Image.eval(frame, lambda level, i=i: level // 2 + 5 * i))  # type: ignore[misc]
    assert still.value is not None
    clips, painted = still.value
    assert clips < 0.1 and painted == pytest.approx(5, abs=0.2)


def test_a_video_becomes_a_video(tmp_path: Path) -> None:
    net, (affine, other, _) = net_and_affines()
    write_video(tmp_path / "clip.mp4", clip(), fps=10)
    seen: list[int | None] = []

    def progress(frames, count):  # noqa: ANN001, ANN202
        seen.append(count)
        return frames

    done = stylize_video(
        tmp_path / "clip.mp4", tmp_path / "out.mp4", [affine, other], model=net, size=60, progress=progress
    )
    out = read_video(tmp_path / "out.mp4")
    frames = list(out.frames)
    assert (done.frames, done.size, seen) == (6, (72, 60), [6]) and done.seconds > 0 and done.still is not None
    assert out.fps == pytest.approx(10) and [frame.size for frame in frames] == [(72, 60)] * 6
    middle = affine.lerp(other, 0.5)
    first = stylize(next(read_video(tmp_path / "clip.mp4").frames), middle, model=net, size=60)
    light = [np.asarray(picture.convert("L"), float) for picture in (frames[0], first)]
    assert np.abs(light[0] - light[1]).mean() < 12  # an encoder loses colours of single pixels
    assert {path.name for path in tmp_path.iterdir()} == {"clip.mp4", "out.mp4"}


def test_bad_input_gets_a_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    net, (affine, *_) = net_and_affines()
    small, good, out = tmp_path / "small.mp4", tmp_path / "good.mp4", tmp_path / "out.mp4"
    write_video(small, clip(2, (32, 16)), fps=5)
    write_video(good, clip(3), fps=5)
    for source, options, says in (
        (small, {}, "small.mp4 is 32 x 16 pixels and both sides"),
        (tmp_path / "none.mp4", {}, "no video .*none.mp4"),
        (good, {"steady": -1}, "0 seconds or more, not -1"),
        (good, {"steady": float("nan")}, "0 seconds or more"),
        (good, {"size": 8}, "at least 32 pixels, not 8"),
        (good, {"strength": 2}, "strength must lie"),
        (good, {"stroke_size": "big"}, "fine, medium, broad, none or a whole number"),
        (good, {"finest": 8}, "finest size must be at least 32"),
        (good, {"weights": [1, 2]}, "one weight for each style"),
    ):
        with pytest.raises(UserError, match=says):
            stylize_video(source, out, affine, model=net, **options)
    with pytest.raises(UserError, match="gives no gamma and beta"):
        stylize_video(good, out, Image.new("RGB", (32, 32)), model="concat")
    with pytest.raises(UserError, match="avi: a moving picture ends in"):
        stylize_video(good, tmp_path / "out.avi", affine, model=net)
    assert not [path for path in tmp_path.iterdir() if path.name.startswith((".", "out"))]


def test_the_command_has_the_same_default() -> None:
    import inspect

    from zmlib.cli.stylize import stylize as command
    from zmlib.video.stylize_video import SECONDS

    assert inspect.signature(command).parameters["steady"].default == SECONDS
