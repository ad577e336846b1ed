"""What all tests share."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

# Two test workers on two cores: with more threads each they would wait for one another. Set before torch is imported,
# and inherited by the programs that a test starts.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("MPLBACKEND", "Agg")

import pytest
import torch

# What takes longest comes first, so that no worker is left alone with it at the end.
LONGEST = (
    "train/test_weights_graph.py",
    "test_repeat.py",
    "test_graph.py",
    "train/test_training.py",
    "test_play_files.py",
    "test_export.py",
    "train/test_processes.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    ranks = {here / name: rank for rank, name in enumerate(LONGEST)}
    items.sort(key=lambda item: ranks.get(item.path, len(ranks)))


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(0)


@pytest.fixture(autouse=True)
def _full_precision() -> Iterator[None]:
    """float32 on every machine; the tests of the fast path choose for themselves."""
    from zmlib import fast

    with fast.using(torch.float32):
        yield


@pytest.fixture
def tiny_model():
    """A small ZM-Net with random weights, guided by images, whose gamma and beta depend on its signal."""
    from zmlib import TNetConfig, ZMNet

    model = ZMNet(TNetConfig(width=(8, 8, 16), blocks=2)).eval().requires_grad_(False)
    model.card = {"recipe": "random weights, for tests"}
    return model


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of photos, paintings and loss networks that ZMLIB_DATA names; skips the test where it is unset."""
    folder = os.environ.get("ZMLIB_DATA")
    if not folder:
        pytest.skip("ZMLIB_DATA is not set: no folder with weights/, photos/, paintings/ and pairs.tsv")
    path = Path(folder)
    missing = [name for name in ("weights", "photos", "paintings", "pairs.tsv") if not (path / name).exists()]
    if missing:
        pytest.fail(f"ZMLIB_DATA names {folder}, which lacks {', '.join(missing)}")
    return path


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The address of a web server in this process, and the folder that it serves."""
    root = tmp_path / "served"
    root.mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(root))) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{http.server_address[1]}", root
        http.shutdown()
