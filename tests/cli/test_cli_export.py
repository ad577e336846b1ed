"""`zmlib export onnx`: what it writes, and what it says when it cannot."""

from __future__ import annotations

import copy
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import onnxruntime
import pytest
from test_cli_stylize import files, refused

from zmlib import export

GRAPHS: dict[str, Any] = {}


@pytest.fixture
def once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The graphs of the small network are made in the first test that asks, and copied in the others."""

    def kept(name: str) -> Callable[[Any], Any]:
        make = getattr(export, name)

        def graph(net: Any) -> Any:
            if name not in GRAPHS:
                GRAPHS[name] = make(net)
            return copy.deepcopy(GRAPHS[name])

        return graph

    for name in ("tnet_graph", "pnet_graph"):
        monkeypatch.setattr(export, name, kept(name))


def test_help(zm, monkeypatch):
    monkeypatch.setenv("COLUMNS", "150")
    assert "onnx" in zm("export", "--help").stdout and "export" in zm("--help").stdout
    text = zm("export", "onnx", "--help").stdout
    for word in (
        "--model",
        "--float16",
        "zmlib export onnx --model styles --out exported",
        'pip install "zmlib[onnx]"',
    ):
        assert word in " ".join(text.replace("│", " ").split()), word


def test_two_files_that_are_checked(zm, here, weights, once):
    result = zm("export", "onnx", "--model", weights, "--out", "new/exported", "--float16")
    assert result.exit_code == 0, result.output
    first, second, last = result.stdout.splitlines()
    assert first.startswith("new/exported/tnet.onnx  0.") and first.endswith(" MB")
    assert second.startswith("new/exported/pnet.onnx  0.")
    assert last.startswith("largest difference from torch ") and float(last.split()[4]) <= 1e-4
    assert result.stderr == ""
    assert files(here) == {"photo.jpg", "paint.png", "new/exported/tnet.onnx", "new/exported/pnet.onnx"}
    for part in export.PARTS:
        known = onnxruntime.InferenceSession(f"new/exported/{part}.onnx").get_modelmeta().custom_metadata_map
        assert known["recipe"] == "tiny" and known["weights"] == "float16, cast to float32"


def test_the_folder_may_be_there_and_the_check_left_out(zm, here, weights, once, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    Path("old").mkdir()
    Path("old/tnet.onnx").write_bytes(b"earlier")
    Path("old/notes.txt").write_text("kept")
    result = zm("export", "onnx", "--model", weights, "--out", "old")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[-1] == "Not checked against torch: onnxruntime is not installed."
    assert files(here) == {"photo.jpg", "paint.png", "old/tnet.onnx", "old/pnet.onnx", "old/notes.txt"}
    assert Path("old/tnet.onnx").stat().st_size > 10_000 and Path("old/notes.txt").read_text() == "kept"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (("--out", "new", "--model", "nothing"), "no weights named nothing"),
        (("--out", "new", "--model", "photo.jpg"), "photo.jpg is not a .safetensors file"),
        (("--out", "new", "--model", "adain"), 'adain-image" gives no gamma and beta'),
        (("--out", "new", "--model", "concat"), 'concat-image" gives no gamma and beta'),
        (("--out", "photo.jpg"), "photo.jpg is a file, and a folder is needed there"),
        (("--out", "photo.jpg/new"), "photo.jpg is a file, and a folder is needed there"),
        (("--out", "taken"), "tnet.onnx is a folder, and a file goes there"),
    ],
)
def test_bad_input_gets_a_sentence(zm, here, given, says):
    (here / "taken" / "tnet.onnx").mkdir(parents=True)
    refused(zm("export", "onnx", *given), says)
    assert files(here) == {"photo.jpg", "paint.png"} and not (here / "new").exists()


def test_a_folder_without_leave_to_write(zm, here, weights, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: not mode & os.W_OK)  # root may write anywhere, so pretend
    for out in (".", "new/folder"):
        refused(zm("export", "onnx", "--model", weights, "--out", out), "You may not write in")
    assert files(here) == {"photo.jpg", "paint.png"}


@pytest.mark.parametrize("package", ["onnx", "onnxscript"])
def test_a_package_that_is_missing(zm, here, weights, monkeypatch, package):
    monkeypatch.setitem(sys.modules, package, None)
    result = zm("export", "onnx", "--model", weights, "--out", "new")
    refused(result, f'needs {package}, which is not installed: pip install "zmlib[onnx]"')
    assert not (here / "new").exists()


def test_a_difference_is_an_error_and_leaves_nothing(zm, here, weights, once, monkeypatch):
    monkeypatch.setattr(export, "TOLERANCE", 0.0)  # no two programs add up alike
    refused(zm("export", "onnx", "--model", weights, "--out", "new/exported"), "differ from torch by")
    assert files(here) == {"photo.jpg", "paint.png"} and not (here / "new").exists()


def test_a_disk_that_refuses_leaves_nothing(zm, here, weights, once, monkeypatch):
    def full(self: Path, data: bytes) -> None:
        with self.open("wb") as file:
            file.write(data[:100])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    refused(zm("export", "onnx", "--model", weights, "--out", "new/exported"), "No space left on device")
    assert files(here) == {"photo.jpg", "paint.png"} and not (here / "new").exists()
