"""Networks as ONNX files, run by onnxruntime and compared with torch."""

from __future__ import annotations

import copy
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from PIL import Image
from torch import Tensor

import zmlib
from zmlib import Affine, TNetConfig, ZMNet, export
from zmlib.data import samples
from zmlib.data.images import to_tensor
from zmlib.errors import UserError
from zmlib.export.graph import Painter, affine_names, halve, pairs, pnet_graph, tnet_graph
from zmlib.passes.levels import returned, shrink
from zmlib.signals.histogram import histogram, roots
from zmlib.weights import weights_hash

PAGE = Path(__file__).parent.parent / "book" / "export.md"
TINY: dict[str, Any] = {"width": (4, 8, 8), "blocks": 1}


class Pair:
    """Both files of a folder, running."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tnet, self.pnet = (onnxruntime.InferenceSession(folder / f"{part}.onnx") for part in ("tnet", "pnet"))
        self.names = [output.name for output in self.pnet.get_outputs()]

    def encode(self, signal: Tensor) -> dict[str, np.ndarray]:
        given = self.pnet.get_inputs()[0].name
        return dict(zip(self.names, self.pnet.run(None, {given: signal.numpy()}), strict=True))

    def paint(self, content: Tensor, affine: dict[str, np.ndarray]) -> Tensor:
        return torch.from_numpy(self.tnet.run(None, {"content": content.numpy(), **affine})[0])


@pytest.fixture(scope="module")
def styles() -> ZMNet:
    return zmlib.load("styles")


@pytest.fixture(scope="module")
def exported(styles: ZMNet, tmp_path_factory: pytest.TempPathFactory) -> Pair:
    """The network that ships, exported once."""
    folder = tmp_path_factory.mktemp("onnx") / "new" / "exported"
    difference = export.write_onnx(styles, folder)
    assert difference is not None and 0 < difference <= 1e-4
    assert sorted(path.name for path in folder.iterdir()) == ["pnet.onnx", "tnet.onnx"]
    return Pair(folder)


def reference(net: ZMNet, content: Tensor, affine: Affine) -> Tensor:
    """The TNet itself, in float32, whatever `stylize` does to be fast."""
    with torch.no_grad():
        return net.tnet(content, affine).clamp(0, 1)


def photos(width: int, height: int, names: tuple[str, ...] = ("chelsea", "coffee")) -> Tensor:
    return torch.cat([to_tensor(samples.photos()[name].resize((width, height))) for name in names])


def paintings(width: int, height: int, count: int = 1) -> Tensor:
    return torch.cat(
        [to_tensor(picture.resize((width, height))) for picture in list(samples.styles().values())[:count]]
    )


def near(a: Tensor, b: Tensor, tolerance: float = 1e-4) -> bool:
    return a.shape == b.shape and float((a - b).abs().max()) <= tolerance


@pytest.mark.parametrize("size", [(32, 32), (33, 47), (98, 61), (131, 94)], ids=str)
@pytest.mark.parametrize("batch", [1, 2])
def test_photos_and_paintings_of_any_size_and_batch(
    styles: ZMNet, exported: Pair, size: tuple[int, int], batch: int
) -> None:
    width, height = size
    content, signal = photos(width, height)[:batch], paintings(height + 5, width, batch)
    painted = exported.paint(content, exported.encode(signal))
    assert near(painted, reference(styles, content, styles.source(signal)))
    assert painted.min() >= 0 and painted.max() <= 1 and not near(painted, content, 0.1)


def test_the_value_is_that_of_torch(styles: ZMNet, exported: Pair) -> None:
    signal = paintings(85, 67, 2)
    affine = exported.encode(signal)
    assert list(affine) == affine_names(styles)
    for name, expected in zip(exported.names, pairs(styles.source(signal)), strict=True):
        np.testing.assert_allclose(affine[name], expected, rtol=1e-4, atol=1e-4, err_msg=name)


def test_one_style_for_two_photos_and_two_styles_for_one(styles: ZMNet, exported: Pair) -> None:
    content, signal = photos(70, 45), paintings(64, 64, 2)
    one, two = exported.encode(signal[:1]), exported.encode(signal)
    assert near(exported.paint(content, one), reference(styles, content, styles.source(signal[:1])))
    assert near(exported.paint(content[:1], two), reference(styles, content[:1], styles.source(signal)))
    with pytest.raises(Exception, match="(?i)broadcast|dimension"):
        exported.paint(torch.cat([content, content[:1]]), two)


def test_a_value_is_numbers_that_can_be_mixed(styles: ZMNet, exported: Pair) -> None:
    a, b = paintings(64, 64, 2).split(1)
    first, second = exported.encode(a), exported.encode(b)
    mixed = {name: 0.25 * first[name] + 0.75 * second[name] for name in exported.names}
    expected = styles.source(a).lerp(styles.source(b), 0.75)
    content = photos(50, 50, ("rocket",))
    assert near(exported.paint(content, mixed), reference(styles, content, expected))


def test_names_and_sizes_of_what_goes_in_and_out(exported: Pair) -> None:
    spec = TNetConfig().spec
    names = [f"{part}_{norm.name}" for norm in spec for part in ("gamma", "beta")]
    assert [given.name for given in exported.tnet.get_inputs()] == ["content", *names]
    assert names[:2] == ["gamma_conv1", "beta_conv1"] and names[-1] == "beta_up2" and exported.names == names
    (picture,), (signal,) = exported.tnet.get_outputs(), exported.pnet.get_inputs()
    assert (picture.name, picture.shape) == ("picture", ["batch", 3, "height", "width"])
    assert (signal.name, signal.shape) == ("signal", ["batch", 3, "h", "w"])
    assert [given.shape for given in exported.tnet.get_inputs()[1::2]] == [["styles", norm.channels] for norm in spec]
    assert {given.type for given in exported.tnet.get_inputs()} == {"tensor(float)"}


def test_metadata_says_what_it_is_and_not_where_it_was_made(styles: ZMNet, exported: Pair) -> None:
    for part, session in (("tnet", exported.tnet), ("pnet", exported.pnet)):
        known = session.get_modelmeta().custom_metadata_map
        assert known["weights_sha256"] == weights_hash(styles) and known["part"] == part
        assert known["zmlib"] == zmlib.__version__ and known["format"] == "zmlib-onnx-1"
        assert known["recipe"] == "styles" and known["licence"] == styles.card["licence"]
        assert known["wants"].startswith("signal: pictures, float32 (N, 3, h, w) in [0, 1]")
        model = onnx.load(exported.folder / f"{part}.onnx")
        onnx.checker.check_model(model, full_check=True)
        assert "ZM-Net" in model.doc_string and all(given.doc_string for given in model.graph.input)
        text = (exported.folder / f"{part}.onnx").read_bytes()
        assert b".py" not in text and str(Path(zmlib.__file__).parent).encode() not in text


def code_of_the_page(word: str) -> str:
    found = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    return next(code for code in found if word in code)


def test_the_ten_lines_of_the_page(styles: ZMNet, exported: Pair, tmp_path: Path) -> None:
    ten = code_of_the_page("onnxruntime")
    assert len([line for line in ten.splitlines() if line.strip()]) <= 10
    (tmp_path / "exported").symlink_to(exported.folder)
    samples.photos()["chelsea"].resize((121, 83)).save(tmp_path / "photo.jpg")
    next(iter(samples.styles().values())).resize((70, 64)).save(tmp_path / "painting.jpg")
    alone = "\nimport sys\nassert not {'torch', 'zmlib'} & set(sys.modules)\n"
    subprocess.run([sys.executable, "-c", ten + alone], cwd=tmp_path, check=True, timeout=300)
    out = np.asarray(Image.open(tmp_path / "out.png"), dtype=int)
    affine = styles.source(to_tensor(Image.open(tmp_path / "painting.jpg")))
    expected = reference(styles, to_tensor(Image.open(tmp_path / "photo.jpg")), affine)
    assert np.abs(out - (expected[0].permute(1, 2, 0) * 255).round().int().numpy()).max() <= 1


def test_the_lines_for_a_large_photo(styles: ZMNet, exported: Pair, tmp_path: Path) -> None:
    """They paint what `at_levels` does, but that it averages the smallest pass over two places of the photo."""
    (tmp_path / "exported").symlink_to(exported.folder)
    samples.photos()["chelsea"].resize((240, 160)).save(tmp_path / "photo.png")
    next(iter(samples.styles().values())).resize((70, 64)).save(tmp_path / "painting.png")
    code = (code_of_the_page("onnxruntime") + code_of_the_page("def returned")).replace(".jpg", ".png")
    code = code.replace("448", "64")  # so that it takes a moment
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, timeout=300)
    out = np.asarray(Image.open(tmp_path / "large.png"), dtype=int)
    affine = styles.source(to_tensor(Image.open(tmp_path / "painting.png")))
    x, y = to_tensor(Image.open(tmp_path / "photo.png")), None
    for size in ((64, 96), (round(0.4**0.5 * 160), round(0.4**0.5 * 240)), (160, 240)):
        z = shrink(x, size)
        painted = reference(styles, z if y is None else returned(z, y), affine)
        y = painted if y is None else returned(painted, y)
    assert y is not None and np.abs(out - (y[0].permute(1, 2, 0) * 255).round().int().numpy()).max() <= 2


def test_float16_halves_the_files_and_loses_nothing_of_weights_that_were_saved(
    styles: ZMNet, exported: Pair, tmp_path: Path
) -> None:
    for part in ("tnet", "pnet"):
        model = onnx.load(exported.folder / f"{part}.onnx")
        halve(model)
        onnx.checker.check_model(model, full_check=True)
        onnx.save(model, tmp_path / f"{part}.onnx")
        ratio = (tmp_path / f"{part}.onnx").stat().st_size / (exported.folder / f"{part}.onnx").stat().st_size
        assert 0.49 < ratio < 0.53, part
    half, content, signal = Pair(tmp_path), photos(61, 50), paintings(64, 64, 2)
    assert near(half.paint(content, half.encode(signal)), reference(styles, content, styles.source(signal)))
    assert half.tnet.get_modelmeta().custom_metadata_map["weights"] == "float16, cast to float32"


@pytest.mark.parametrize("upsampling", ["nearest", "bilinear"])
@pytest.mark.parametrize("reading", ["grouped", "static-last"])
@pytest.mark.parametrize("padding", ["reflect", "valid"])
def test_the_painter_is_tnet_in_every_setting(padding: Any, reading: Any, upsampling: Any) -> None:
    config = TNetConfig(width=(4, 8, 8), blocks=2, padding=padding, reading=reading, upsampling=upsampling)
    tnet = zmlib.TNet(config).eval().requires_grad_(False)
    if reading == "static-last":
        torch.nn.init.normal_(tnet.last_gamma)
        torch.nn.init.normal_(tnet.last_beta)
    for width, height, rows in ((32, 33, 2), (47, 38, 1), (34, 32, 1)):
        gamma, beta = (tuple(torch.randn(rows, norm.channels) for norm in config.spec) for _ in range(2))
        affine = Affine(gamma, beta, config.spec)
        content = photos(width, height)
        assert near(Painter(tnet)(content, pairs(affine)), tnet(content, affine).clamp(0, 1), 1e-5)


WORDS = {"trained": {"noon": [-0.8, 0.5], "night": [1.1, -0.2]}}
KINDS: dict[str, tuple[dict[str, Any], dict[str, Any], Any]] = {
    "fixed": ({}, {}, lambda: torch.tensor([3, 5])),
    "constant": ({}, {}, lambda: torch.tensor([0, 7])),
    "table": ({"styles": 4}, {}, lambda: torch.tensor([3, 1])),
    "serial-image": ({}, {}, lambda: paintings(33, 58, 2)),
    "parallel-image": ({"hidden": 4}, {}, lambda: paintings(45, 58, 2)),
    "predictor-image": ({}, {}, lambda: paintings(45, 58, 2)),
    "serial-vector": ({"inputs": 2, "hidden": 6}, {"words": WORDS}, lambda: torch.tensor([[0.3, -1.2], [0.9, 0.1]])),
    "parallel-vector": ({"inputs": 256}, {"reads": "colours"}, lambda: histogram(paintings(40, 40, 2))),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_source(kind: str) -> None:
    options, card, signals = KINDS[kind]
    net = ZMNet(TNetConfig(**TINY), kind, **options).eval().requires_grad_(False)
    net.card = card
    for name, weight in net.source.named_parameters():
        if not name.startswith("encoder"):
            weight.add_(0.2 * torch.randn_like(weight))
    before = weights_hash(net)
    model = pnet_graph(net)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    assert weights_hash(net) == before
    halve(model)
    half = onnxruntime.InferenceSession(model.SerializeToString())
    for signal in (signals(), signals()[1:]):
        for running, like in ((session, net), (half, export.rounded(net))):
            found = running.run(affine_names(net), {running.get_inputs()[0].name: signal.numpy()})
            expected = pairs(like.source(roots(signal) if "reads" in card else signal))
            for one, other in zip(found, expected, strict=True):
                np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)
    known = session.get_modelmeta().custom_metadata_map
    asked = "style_number" if kind in ("fixed", "constant", "table") else "signal"
    assert session.get_inputs()[0].name == asked and known["wants"].startswith(asked)
    assert known["source"] == kind and known["licence"] == "not stated"
    if "words" in card:
        assert json.loads(known["words"]) == WORDS["trained"]


@pytest.fixture(scope="module")
def tiny() -> tuple[ZMNet, list[Any]]:
    """A small network with random float32 weights in an unusual setting, and its two graphs."""
    torch.manual_seed(0)
    config = TNetConfig(**TINY, padding="valid", reading="static-last", upsampling="nearest")
    net = ZMNet(config, "table", styles=3).eval().requires_grad_(False)
    for weight in (*net.source.parameters(), net.tnet.last_gamma, net.tnet.last_beta):
        weight.add_(0.3 * torch.randn_like(weight))
    return net, [tnet_graph(net), pnet_graph(net)]


@pytest.fixture
def given(tiny: tuple[ZMNet, list[Any]], monkeypatch: pytest.MonkeyPatch) -> tuple[ZMNet, list[Any]]:
    """The same, the graphs a copy that `write_onnx` takes instead of making them again."""
    net, models = copy.deepcopy(tiny)
    monkeypatch.setattr(export, "tnet_graph", lambda _: models[0])
    monkeypatch.setattr(export, "pnet_graph", lambda _: models[1])
    return net, models


@pytest.fixture
def there(tmp_path: Path) -> Path:
    """A folder with a folder in it, which holds a file of an earlier export."""
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "tnet.onnx").write_bytes(b"earlier")
    return tmp_path


def test_a_network_in_another_setting(given: tuple[ZMNet, list[Any]], tmp_path: Path) -> None:
    net, _ = given
    found = export.write_onnx(net, tmp_path)
    assert found is not None and found <= 1e-4
    both, content, numbers = Pair(tmp_path), photos(61, 50), torch.tensor([2, 1])
    assert near(both.paint(content, both.encode(numbers)), reference(net, content, net.source(numbers)))


def test_float16_of_weights_that_are_float32(given: tuple[ZMNet, list[Any]], tmp_path: Path) -> None:
    net, _ = given
    found = export.write_onnx(net, tmp_path, float16=True)
    assert found is not None and found <= 1e-4, "the check is against the rounded weights"
    half, content, numbers = Pair(tmp_path), photos(61, 50), torch.tensor([2, 1])
    painted, expected = half.paint(content, half.encode(numbers)), reference(net, content, net.source(numbers))
    assert near(painted, expected, 5e-3) and not near(painted, expected, 1e-5)


@pytest.mark.parametrize("wrong", [0.1, float("nan")])
def test_files_that_paint_otherwise_are_not_kept(given: tuple[ZMNet, list[Any]], there: Path, wrong: float) -> None:
    net, models = given
    bias = next(tensor for tensor in models[0].graph.initializer if tensor.name.endswith("out.bias"))
    bias.CopyFrom(onnx.numpy_helper.from_array(onnx.numpy_helper.to_array(bias) + np.float32(wrong), bias.name))
    for folder in ("there", "new/one"):
        with pytest.raises(UserError, match="differ from torch by"):
            export.write_onnx(net, there / folder)
    assert [path.name for path in sorted(there.rglob("*"))] == ["there", "tnet.onnx"]
    assert (there / "there" / "tnet.onnx").read_bytes() == b"earlier"


def test_a_weight_beyond_float16(given: tuple[ZMNet, list[Any]], there: Path) -> None:
    net, models = given
    kernel = next(tensor for tensor in models[0].graph.initializer if tensor.name.endswith("out.weight"))
    large = np.array(onnx.numpy_helper.to_array(kernel))
    large[0, 0, 0, 0] = 70000
    kernel.CopyFrom(onnx.numpy_helper.from_array(large, kernel.name))
    with pytest.raises(UserError, match="out.weight has a weight beyond 65504.*leave out --float16"):
        export.write_onnx(net, there / "new", float16=True)
    assert not (there / "new").exists()


def test_without_onnxruntime_there_is_no_check(
    given: tuple[ZMNet, list[Any]], there: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    assert export.write_onnx(given[0], there / "there") is None
    assert sorted(path.name for path in there.rglob("*")) == ["pnet.onnx", "there", "tnet.onnx"]
    assert (there / "there" / "tnet.onnx").read_bytes() == given[1][0].SerializeToString(deterministic=True)


@pytest.mark.parametrize("package", ["onnx", "onnxscript"])
def test_a_package_that_is_missing(package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(UserError, match=rf'needs {package}, which is not installed: pip install "zmlib\[onnx\]"'):
        export.write_onnx(ZMNet(TNetConfig(**TINY)), tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_what_is_exported_twice_has_the_same_bytes(tiny: tuple[ZMNet, list[Any]]) -> None:
    net, (_, first) = tiny
    assert pnet_graph(net).SerializeToString(deterministic=True) == first.SerializeToString(deterministic=True)


def test_networks_without_gamma_and_beta_are_refused(tmp_path: Path) -> None:
    for kind in ("adain-image", "concat-image"):
        with pytest.raises(UserError, match=f'"{kind}" gives no gamma and beta .*such as "styles"'):
            export.write_onnx(ZMNet(TNetConfig(**TINY), kind), tmp_path / "new")
    assert not (tmp_path / "new").exists()
