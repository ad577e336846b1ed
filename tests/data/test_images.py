"""Every kind of file, array and tensor as a person would expect it; writing whole or not at all."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageCms

from zmlib.data import images
from zmlib.data.images import centre_square, open_image, resize_short, save_image, to_image, to_tensor
from zmlib.errors import UserError

RED, WHITE = (255, 0, 0), (255, 255, 255)


def picture(width: int = 24, height: int = 16) -> Image.Image:
    """Left half red, right half blue, top row white: every flip and turn of it is different."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[:, : width // 2] = RED
    pixels[:, width // 2 :] = (0, 0, 255)
    pixels[0] = WHITE
    return Image.fromarray(pixels)


def same(image: Image.Image, expected: Image.Image, tolerance: int = 0) -> None:
    assert image.mode == "RGB"
    assert image.size == expected.size
    difference = np.abs(np.asarray(image, int) - np.asarray(expected, int))
    assert difference.max() <= tolerance


# ---- files ------------------------------------------------------------------------------------------------------

TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,  # the file's pixels are turned back by 270
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@pytest.mark.parametrize("suffix", [".png", ".tif", ".webp", ".jpg"])
@pytest.mark.parametrize("orientation", TURNS)
def test_exif_orientation_is_applied(tmp_path: Path, suffix: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = picture(32, 16).transpose(TURNS[orientation])
    options = {"lossless": True} if suffix == ".webp" else {"quality": 95, "subsampling": 0} if suffix == ".jpg" else {}
    stored.save(tmp_path / f"a{suffix}", exif=exif, **options)
    same(open_image(tmp_path / f"a{suffix}"), picture(32, 16), 110 if suffix == ".jpg" else 0)


def test_an_orientation_is_applied_only_once(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    picture().transpose(Image.Transpose.ROTATE_90).save(tmp_path / "a.png", exif=exif)
    save_image(open_image(tmp_path / "a.png"), tmp_path / "b.png")
    same(open_image(open_image(tmp_path / "b.png")), picture())


def wide_gamut() -> bytes:
    """An RGB profile with the primaries of ProPhoto in linear light, written by hand: it turns plain red elsewhere."""

    def s15(value: float) -> bytes:
        return struct.pack(">i", round(value * 65536))

    xyz = {
        b"rXYZ": (0.79767, 0.28804, 0.0),
        b"gXYZ": (0.13519, 0.71188, 0.0),
        b"bXYZ": (0.03134, 0.00009, 0.82491),
        b"wtpt": (0.9642, 1.0, 0.8249),
    }
    parts = {name: b"XYZ \0\0\0\0" + b"".join(map(s15, value)) for name, value in xyz.items()}
    parts |= {name: b"curv\0\0\0\0" + struct.pack(">IHH", 1, 256, 0) for name in (b"rTRC", b"gTRC", b"bTRC")}
    parts[b"desc"] = b"desc\0\0\0\0" + struct.pack(">I", 5) + b"wide\0" + bytes(78)
    parts[b"cprt"] = b"text\0\0\0\0none\0\0\0\0"
    offset, table, body = 128 + 4 + 12 * len(parts), b"", b""
    for name, value in parts.items():
        value += bytes(-len(value) % 4)
        table += name + struct.pack(">II", offset + len(body), len(value))
        body += value
    size = offset + len(body)
    header = struct.pack(">I4sI4s4s4s", size, bytes(4), 0x02400000, b"mntr", b"RGB ", b"XYZ ") + bytes(12) + b"acsp"
    header += bytes(28) + s15(0.9642) + s15(1.0) + s15(0.8249)
    return header.ljust(128, b"\0") + struct.pack(">I", len(parts)) + table + body


def test_a_colour_profile_is_converted_and_not_written_again(tmp_path: Path) -> None:
    Image.new("RGB", (4, 4), (128, 128, 128)).save(tmp_path / "linear.png", icc_profile=wide_gamut())
    opened = open_image(tmp_path / "linear.png")
    # half of linear light is 188 in sRGB: the plain reading would leave 128
    assert all(abs(channel - 188) <= 2 for channel in opened.getpixel((1, 1)))  # type: ignore[union-attr]
    save_image(opened, tmp_path / "again.png")
    with Image.open(tmp_path / "again.png") as again:
        assert "icc_profile" not in again.info
    same(open_image(tmp_path / "again.png"), opened)


def test_profile_and_alpha_together(tmp_path: Path) -> None:
    Image.new("RGBA", (4, 4), (128, 128, 128, 0)).save(tmp_path / "a.png", icc_profile=wide_gamut())
    same(open_image(tmp_path / "a.png"), Image.new("RGB", (4, 4), "white"))
    Image.new("RGBA", (4, 4), (128, 128, 128, 255)).save(tmp_path / "b.png", icc_profile=wide_gamut())
    same(open_image(tmp_path / "b.png"), Image.new("RGB", (4, 4), (188, 188, 188)), 2)


def test_an_rgb_profile_on_grey_and_a_broken_profile(tmp_path: Path) -> None:
    Image.new("L", (4, 4), 128).save(tmp_path / "grey.png", icc_profile=wide_gamut())
    same(open_image(tmp_path / "grey.png"), Image.new("RGB", (4, 4), (188, 188, 188)), 2)
    picture().save(tmp_path / "broken.png", icc_profile=b"not a profile")
    same(open_image(tmp_path / "broken.png"), picture())


def test_an_srgb_profile_changes_nothing(tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    picture().save(tmp_path / "a.jpg", icc_profile=profile, quality=95)
    picture().save(tmp_path / "b.jpg", quality=95)
    same(open_image(tmp_path / "a.jpg"), open_image(tmp_path / "b.jpg"), 1)


def test_alpha_lies_over_white(tmp_path: Path) -> None:
    rgba = picture().convert("RGBA")
    rgba.putalpha(Image.linear_gradient("L").resize(rgba.size))
    rgba.save(tmp_path / "a.png")
    alpha = np.asarray(rgba.getchannel("A"), float)[..., None] / 255
    expected = np.rint(np.asarray(picture(), float) * alpha + 255 * (1 - alpha)).astype(np.uint8)
    same(open_image(tmp_path / "a.png"), Image.fromarray(expected), 1)


def test_palette_with_and_without_transparency(tmp_path: Path) -> None:
    flat = picture().quantize(8)
    flat.save(tmp_path / "a.png")
    same(open_image(tmp_path / "a.png"), picture())
    index = flat.getpixel((0, 5))
    flat.save(tmp_path / "b.png", transparency=index)
    opened = open_image(tmp_path / "b.png")
    assert opened.getpixel((0, 5)) == WHITE and opened.getpixel((23, 5)) == (0, 0, 255)


@pytest.mark.parametrize("mode", ["L", "LA", "1"])
def test_greys(tmp_path: Path, mode: str) -> None:
    grey = picture().convert("L").convert(mode, dither=Image.Dither.NONE)
    grey.save(tmp_path / "a.png")
    same(open_image(tmp_path / "a.png"), grey.convert("RGB"))


def test_grey_with_alpha_lies_over_white(tmp_path: Path) -> None:
    Image.new("LA", (4, 4), (10, 0)).save(tmp_path / "a.png")
    same(open_image(tmp_path / "a.png"), Image.new("RGB", (4, 4), "white"))


@pytest.mark.parametrize("suffix", [".jpg", ".tif"])
def test_cmyk_without_profile(tmp_path: Path, suffix: str) -> None:
    Image.new("RGB", (16, 16), (200, 60, 40)).convert("CMYK").save(tmp_path / f"a{suffix}")
    same(open_image(tmp_path / f"a{suffix}"), Image.new("RGB", (16, 16), (200, 60, 40)), 3)


def cmyk_profile() -> bytes:
    """A small CMYK input profile (a 2-point table to Lab): all four inks together are far from the plain formula."""
    entries = b""
    for corner in range(16):
        c, m, y, k = (corner >> 3) & 1, (corner >> 2) & 1, (corner >> 1) & 1, corner & 1
        light = 100 * (1 - 0.9 * (c + m + y) / 3) * (0.2 if k else 1.0)
        a, b = (25 * (m - c) if not k else 0), (25 * (y - 0.5 * (c + m)) if not k else 0)
        entries += bytes((round(light * 2.55), round(128 + a), round(128 + b)))
    ramp = bytes(range(256))
    lut = b"mft1\0\0\0\0" + bytes((4, 3, 2, 0))
    for value in (1, 0, 0, 0, 1, 0, 0, 0, 1):
        lut += struct.pack(">i", value * 65536)
    lut += ramp * 4 + entries + ramp * 3
    parts = {
        b"A2B0": lut,
        b"wtpt": b"XYZ \0\0\0\0" + struct.pack(">iii", 63190, 65536, 54061),
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", 4) + b"ink\0" + bytes(78),
        b"cprt": b"text\0\0\0\0none\0\0\0\0",
    }
    offset, table, body = 128 + 4 + 12 * len(parts), b"", b""
    for name, value in parts.items():
        table += name + struct.pack(">II", offset + len(body), len(value))
        body += value + bytes(-len(value) % 4)
    header = struct.pack(">I4sI4s4s4s", offset + len(body), bytes(4), 0x02400000, b"prtr", b"CMYK", b"Lab ")
    header += bytes(12) + b"acsp" + bytes(28) + struct.pack(">iii", 63190, 65536, 54061)
    return header.ljust(128, b"\0") + struct.pack(">I", len(parts)) + table + body


def test_cmyk_with_profile(tmp_path: Path) -> None:
    inks = Image.new("CMYK", (16, 16), (255, 0, 0, 0))
    inks.save(tmp_path / "plain.tif")
    inks.save(tmp_path / "own.tif", icc_profile=cmyk_profile())
    same(open_image(tmp_path / "plain.tif"), Image.new("RGB", (16, 16), (0, 255, 255)))
    red, green, blue = open_image(tmp_path / "own.tif").getpixel((3, 3))  # type: ignore[misc]
    assert 60 < red < 160 and 160 < green < 210 and 170 < blue < 220  # a duller cyan than the formula's (0, 255, 255)


def test_sixteen_bit_grey_keeps_its_tones(tmp_path: Path) -> None:
    ramp = np.linspace(0, 65535, 256).round().astype(np.uint16)[None].repeat(4, 0)
    Image.fromarray(ramp).save(tmp_path / "a.png")
    Image.fromarray(ramp).save(tmp_path / "a.tif")
    Image.fromarray(ramp.astype(np.int32)).save(tmp_path / "i.tif")
    Image.fromarray((ramp / 65535).astype(np.float32)).save(tmp_path / "f.tif")
    expected = Image.fromarray(np.arange(256, dtype=np.uint8)[None].repeat(4, 0)).convert("RGB")
    for name in ("a.png", "a.tif", "i.tif", "f.tif"):
        same(open_image(tmp_path / name), expected)
    big_endian = Image.frombytes("I;16B", (256, 4), ramp.astype(">u2").tobytes())
    same(open_image(big_endian), expected)


def test_eight_bits_in_a_wide_mode_stay_what_they_are() -> None:
    grey = picture().convert("L")
    same(open_image(grey.convert("I")), grey.convert("RGB"))
    same(open_image(grey.convert("F")), grey.convert("RGB"))


def test_sixteen_bit_colour_png(tmp_path: Path) -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    row = b"\0" + struct.pack(">3H", 0xFFFF, 0x8080, 0) * 4
    header = struct.pack(">IIBBBBB", 4, 4, 16, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(row * 4)) + chunk(b"IEND", b"")
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + body)
    same(open_image(tmp_path / "a.png"), Image.new("RGB", (4, 4), (255, 128, 0)))


@pytest.mark.parametrize("suffix", [".gif", ".webp", ".png"])
def test_the_first_frame_of_an_animation(tmp_path: Path, suffix: str) -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "lime", "blue")]
    options = {"lossless": True} if suffix == ".webp" else {}
    frames[0].save(tmp_path / f"a{suffix}", save_all=True, append_images=frames[1:], duration=50, **options)
    with Image.open(tmp_path / f"a{suffix}") as image:
        assert image.n_frames == 3  # type: ignore[attr-defined]
    same(open_image(tmp_path / f"a{suffix}"), frames[0])


@pytest.mark.parametrize("mode", ["LAB", "HSV", "YCbCr", "RGBa", "La", "RGBX", "PA"])
def test_rare_modes(mode: str) -> None:
    solid = Image.new("RGB", (8, 8), (128, 128, 128))
    if mode == "LAB":
        rare = Image.new("LAB", (8, 8), (137, 128, 128))  # L* 53.6
    elif mode in ("RGBa", "La"):
        rare = solid.convert("RGBA" if mode == "RGBa" else "LA").convert(mode)
    elif mode == "PA":
        rare = Image.new("PA", (8, 8), (128, 255))
        rare.putpalette([value for grey in range(256) for value in (grey, grey, grey)])
    else:
        rare = solid.convert(mode)
    same(open_image(rare), solid, 2)


# ---- arrays and tensors -----------------------------------------------------------------------------------------


def test_arrays() -> None:
    pixels = np.asarray(picture())
    same(open_image(pixels), picture())
    same(open_image(pixels.astype(np.uint16) * 257), picture())
    for kind in (np.float16, np.float32, np.float64):
        same(open_image((pixels / 255).astype(kind)), picture())
    same(open_image(pixels[:, ::-1]), Image.fromarray(pixels[:, ::-1].copy()))
    grey = pixels[:, :, 0]
    for shape in (grey, grey[:, :, None], grey > 128):
        same(open_image(shape), Image.fromarray(grey).convert("RGB"))
    clear = np.concatenate([pixels, np.zeros_like(pixels[:, :, :1])], 2)
    same(open_image(clear), Image.new("RGB", picture().size, "white"))


def test_tensors_go_there_and_back() -> None:
    tensor = to_tensor(picture())
    assert tensor.shape == (1, 3, 16, 24) and tensor.dtype == torch.float32 and tensor.is_contiguous()
    assert tensor[0, 0, 5, 0] == 1 and tensor[0, 2, 5, 0] == 0
    last = tensor.contiguous(memory_format=torch.channels_last)
    for form in (tensor, tensor[0], last, tensor.double(), tensor.bfloat16(), tensor.clone().requires_grad_()):
        same(to_image(form), picture())
    same(to_image((tensor * 255).to(torch.uint8)), picture())


def test_to_tensor_takes_what_open_image_takes(tmp_path: Path) -> None:
    picture().convert("RGBA").save(tmp_path / "a.png")
    assert torch.equal(to_tensor(tmp_path / "a.png"), to_tensor(picture()))


# ---- sizes ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("size", "expected"), [((40, 20), (64, 32)), ((20, 50), (32, 80)), ((1000, 3), (10667, 32))])
def test_resize_short(size: tuple[int, int], expected: tuple[int, int]) -> None:
    assert resize_short(Image.new("RGB", size), 32).size == expected


def test_centre_square_takes_the_centre_and_antialiases() -> None:
    wide = Image.new("RGB", (300, 100), "black")
    wide.paste("white", (100, 0, 200, 100))
    square = centre_square(wide, 32)
    assert square.size == (32, 32) and np.asarray(square)[:, 3:-3].min() > 250  # the filter reaches 3 pixels over
    lines = np.zeros((256, 512, 3), np.uint8)
    lines[:, ::2] = 255
    small = np.asarray(centre_square(Image.fromarray(lines), 32), int)
    assert abs(small[:, 2:-2] - 127.5).max() < 3  # without antialiasing: 0 or 255


# ---- writing ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".JPEG", ".webp", ".tif", ".tiff", ".bmp"])
def test_saved_in_the_format_of_the_suffix(tmp_path: Path, suffix: str) -> None:
    wanted = resize_short(picture(), 64)
    path = save_image(wanted, tmp_path / f"a{suffix}")
    with Image.open(path) as image:
        assert image.format == images.FORMATS[suffix.lower()][0]
    lossy = suffix.lower() in (".jpg", ".jpeg", ".webp")
    difference = np.asarray(open_image(path), float) - np.asarray(wanted, float)
    assert np.abs(difference).mean() <= (4 if lossy else 0)
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_quality_and_what_can_be_saved(tmp_path: Path) -> None:
    noise = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    small, large = (save_image(noise, tmp_path / f"{q}.jpg", quality=q).stat().st_size for q in (20, 95))
    assert small < large / 2
    same(open_image(save_image(noise, tmp_path / "a.png", quality=20)), to_image(noise))


def test_refused_before_anything_is_written(tmp_path: Path) -> None:
    for path, words in [
        (tmp_path / "a.xyz", ".png, .jpg"),
        (tmp_path / "a", "does not end in a picture format"),
        (tmp_path / "none" / "a.png", "there is no folder"),
        (tmp_path, "is a folder"),
    ]:
        with pytest.raises(UserError, match=words):
            save_image(picture(), path)
    assert not list(tmp_path.iterdir())


def test_a_failed_write_leaves_the_old_file_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save_image(picture(), tmp_path / "a.png")
    before = path.read_bytes()

    def full(self: Image.Image, file: Path, **_: object) -> None:
        Path(file).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", full)
    with pytest.raises(UserError, match="No space left on device"):
        save_image(Image.new("RGB", (8, 8)), path)
    assert path.read_bytes() == before and len(list(tmp_path.iterdir())) == 1


def test_too_wide_for_the_format(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="could not be written"):
        save_image(Image.new("RGB", (16_400, 1)), tmp_path / "a.webp")
    assert not list(tmp_path.iterdir())


def test_overwriting_keeps_ordinary_permissions(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    path = save_image(picture(), save_image(picture(), tmp_path / "a.png"))
    assert path.stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_noisy_picture_fits_a_jpeg(tmp_path: Path) -> None:
    """Pillow's "optimize" gives up on pictures that hardly compress; paintings are such pictures."""
    noise = np.random.default_rng(0).integers(0, 255, (384, 384, 3), dtype=np.uint8)
    with Image.open(save_image(noise, tmp_path / "noise.jpg")) as saved:
        assert np.abs(np.asarray(saved.convert("RGB")).astype(int) - noise).mean() < 12
