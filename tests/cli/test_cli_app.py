"""`zmlib app`: what is refused before anything starts, and a server that comes, serves, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest
from processes import running
from typer.testing import Result

from zmlib.cli.app import CALLS, TITLES, notebook

Zm = Callable[..., Result]


@pytest.fixture
def unserved(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fails a test in which a server is started."""

    def start(*_: object, **__: object) -> None:
        pytest.fail("a server was started")

    monkeypatch.setattr(subprocess, "Popen", start)


@pytest.mark.parametrize(
    "words, says",
    [
        (["draw"], 'There is no app "draw": take one of stylize, mix, words, faces.'),
        (["words", "--style", "paint.png"], "takes no --style"),
        (["faces", "--style", "paint.png"], "leave --style and --size out"),
        (["faces", "--model", "nothing"], "There are no weights nothing"),
        (["mix", *["--style", "paint.png"] * 5], "four corners, and 5 styles"),
        (["stylize", "--photo", "none.jpg"], "There is no file none.jpg"),
        (["stylize", "--photo", "photo.jpg", "--style", "notes.txt"], "notes.txt is not a picture"),
        (["mix", "--model", "nothing"], "no weights named nothing"),
        (["mix", "--model", "words"], "take one that reads pictures"),
        (["words", "--model", "styles"], "take a network that reads words"),
        (["words", "--size", "8"], "size must be at least 32"),
        (["words", "--port", "99999"], "Port 99999 of 127.0.0.1 is taken or not available"),
    ],
)
def test_what_cannot_be_served_is_one_sentence(words: list[str], says: str, zm: Zm, here: Path, unserved: None) -> None:
    (here / "notes.txt").write_text("no picture")
    done = zm("app", *words, "--no-browser")
    assert done.exit_code == 2 and says in done.stderr and done.stderr.count("\n") == 1, done.stderr


def test_a_port_that_is_taken(zm: Zm, unserved: None) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = zm("app", "words", "--port", taken.getsockname()[1])
    assert done.exit_code == 2 and "is taken" in done.stderr


@pytest.mark.parametrize("lacks", ["voila", "ipykernel"])
def test_without_voila(lacks: str, zm: Zm, unserved: None, monkeypatch: pytest.MonkeyPatch) -> None:
    module = sys.modules["zmlib.cli.app"]  # zmlib.cli.app is the command line itself
    found = module.find_spec
    monkeypatch.setattr(module, "find_spec", lambda name: None if name == lacks else found(name))
    done = zm("app", "words")
    assert done.exit_code == 2 and 'pip install "zmlib[app]"' in done.stderr and done.stderr.count("\n") == 1


@pytest.mark.parametrize("code, says", [("raise SystemExit('no luck')", "no luck"), ("raise SystemExit(1)", "nothing")])
def test_a_server_that_does_not_start(
    code: str, says: str, zm: Zm, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("voila")
    (here / "first").mkdir()
    (here / "first" / "voila.py").write_text(code)
    monkeypatch.setenv("PYTHONPATH", str(here / "first"))
    done = zm("app", "words", "--no-browser")
    assert done.exit_code == 2 and done.stderr.endswith(f"Voila did not start; its last line is: {says}\n")


@pytest.mark.parametrize("name", TITLES)
def test_the_notebook_is_one_and_its_cell_is_the_call(name: str) -> None:
    made = notebook(name, {"photo": ["a 'photo'.jpg"], "size": 64})
    nbformat.validate(nbformat.from_dict(made))
    (cell,) = made["cells"]
    call = CALLS.get(name, f"zmlib.widgets.{name}")
    assert cell["source"].endswith(f"""{call}(photo=["a 'photo'.jpg"], size=64)""")
    compile(cell["source"], "cell", "exec")


def test_the_british_spelling_is_understood(zm: Zm, unserved: None) -> None:
    assert "no file none.jpg" in zm("app", "stylise", "--photo", "none.jpg").stderr


@contextmanager
def serving(here: Path, **options: Any) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`zmlib app stylize` with its own folder for temporary files, and the line that it prints."""
    pytest.importorskip("voila")
    command = [sys.executable, "-m", "zmlib", "app", "stylize", "--no-browser", "--photo", "photo.jpg", "--size", "32"]
    places = {"TMPDIR": str(here / "tmp"), "JUPYTER_RUNTIME_DIR": str(here / "tmp" / "runtime")}
    (here / "tmp" / "runtime").mkdir(parents=True)
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with running(command, env=os.environ | places, **pipes, **options) as server:
        assert server.stdout is not None
        yield server, server.stdout.readline()


def address_in(line: str) -> str:
    found = re.search(r"http://127\.0\.0\.1:\d+/", line)
    assert found and line.startswith("Stylize a photo: "), line
    return found[0]


def assert_ends(server: subprocess.Popen[str], end: signal.Signals, here: Path) -> None:
    """By that signal, with all that it has started."""
    family = psutil.Process(server.pid).children(recursive=True)
    assert family
    server.send_signal(end)
    assert server.communicate(timeout=60)[0].strip() == "Stopped." and server.returncode == 0
    assert not psutil.wait_procs(family, 10)[1], "a process stays behind"
    assert not list((here / "tmp").glob("zmlib-app-*"))


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C is sent in another way there")
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_a_server_comes_and_leaves_nothing_behind(end: signal.Signals, here: Path) -> None:
    with serving(here) as (server, line):
        assert "stop it with Ctrl-C" in line
        assert list((here / "tmp").glob("zmlib-app-*/stylize.ipynb"))
        with urllib.request.urlopen(address_in(line), timeout=120) as page:
            html = page.read().decode()
        assert "<title>Stylize a photo</title>" in html and "<h1>Stylize a photo</h1>" in html
        output = re.search(r'<script type="application/vnd\.voila\.cell-output\+json">(.*?)</script>', html, re.S)
        assert output and "application/vnd.jupyter.widget-view+json" in json.loads(output[1])["data"]
        elsewhere = set(re.findall(r"""(?:src|href)=["'](https?://[^"']*)""", html))
        assert not elsewhere
        assert len(psutil.Process(server.pid).children(recursive=True)) >= 2, "a server and a kernel"
        assert_ends(server, end, here)


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGTERM there")
def test_where_ctrl_c_is_ignored_the_server_says_what_stops_it(here: Path) -> None:
    """As under `nohup zmlib app stylize &`."""
    deaf = partial(signal.signal, signal.SIGINT, signal.SIG_IGN)
    with serving(here, preexec_fn=deaf) as (server, line):
        assert address_in(line) and f"stop it with kill {server.pid}" in line
        server.send_signal(signal.SIGINT)
        with pytest.raises(subprocess.TimeoutExpired):
            server.wait(1)
        assert_ends(server, signal.SIGTERM, here)
