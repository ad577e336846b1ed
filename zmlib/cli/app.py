"""`zmlib app`: a widget app as a page of its own, served by Voila."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import typer

from zmlib.errors import UserError

ASSETS = ("widgets/voila/templates/zmlib/*",)
HOST, PORT = "127.0.0.1", 8866
TITLES = {
    "stylize": "Stylize a photo",
    "mix": "Mix four styles",
    "words": "Paint by words",
    "faces": "Paint on a face",
}
CALLS = {"faces": "zmlib.neighbours.gan.editor.open_editor"}  # the others' are zmlib.widgets.NAME
WAIT = 60  # s; a server that does not answer by then will not
ROOM = 1 << 30  # bytes of a message, of pictures that go to the browser
PAGE = Path(__file__).parents[1] / "widgets"  # holds voila/templates


def app(
    name: Annotated[str, typer.Argument(help="stylize, mix, words or faces.", show_default=False)],
    port: Annotated[int | None, typer.Option(help="Port of the address; by default 8866, or a free one.")] = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page in the browser.")] = True,
    photo: Annotated[
        list[Path] | None, typer.Option("--photo", readable=False, help="A photo to begin with; may be repeated.")
    ] = None,
    style: Annotated[
        list[Path] | None,
        typer.Option(
            "-s", "--style", readable=False, help="A style to begin with; may be repeated, for mix four times."
        ),
    ] = None,
    model: Annotated[str | None, typer.Option(help="Shipped weights, or a .safetensors file.")] = None,
    size: Annotated[int | None, typer.Option(help="Short side of the picture in pixels; by default 256.")] = None,
) -> None:
    """Serve an app on this machine: stylize (a photo in a style), mix (of four styles), words, or faces.

    Ctrl-C stops it. Faces is the editor of zmlib edit: paint on a face, and it follows.

    It needs Voila: pip install "zmlib\\[app]". Only this machine reaches the page, which loads nothing from elsewhere.

    [bold]Examples[/bold]

    zmlib app stylize --photo photo.jpg --style painting.jpg

    zmlib app words --port 9000 --no-browser

    zmlib app faces --photo face.png
    """
    name = _known(name, style, size)
    if find_spec("voila") is None or find_spec("ipykernel") is None:
        raise UserError('An app as a page needs Voila, and it is not installed: pip install "zmlib[app]".')
    if port is not None and not _free(port):
        raise UserError(f"Port {port} of {HOST} is taken or not available: give another with --port, or leave it out.")
    options = _checked(name, photo or [], style or [], model, size)
    with tempfile.TemporaryDirectory(prefix="zmlib-app-") as folder:
        file = Path(folder) / f"{name}.ipynb"
        file.write_text(json.dumps(notebook(name, options)), encoding="utf-8")
        try:
            with _stopped_by_signals(), _voila(file, port or _any_port()) as (server, address):
                typer.echo(f"{TITLES[name]}: {address}  (stop it with {_stopping()})")
                if browser:
                    webbrowser.open(address)
                server.wait()
                raise UserError("The server ended by itself: start the app again, perhaps with another --port.")
        except KeyboardInterrupt:
            typer.echo("Stopped.")


def notebook(name: str, options: dict[str, Any]) -> dict[str, Any]:
    """The notebook that is served: one cell, with the call that shows the app."""
    given = ", ".join(f"{key}={value!r}" for key, value in options.items())
    call = CALLS.get(name, f"zmlib.widgets.{name}")
    cell: dict[str, Any] = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": []}
    python = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {
        "cells": [cell | {"id": "app", "source": f"import {call.rpartition('.')[0]}\n\n{call}({given})"}],
        "metadata": {"kernelspec": python, "title": TITLES[name]},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def _known(name: str, style: list[Path] | None, size: int | None) -> str:
    name = {"stylise": "stylize"}.get(name, name)
    if name not in TITLES:
        raise UserError(f'There is no app "{name}": take one of {", ".join(TITLES)}.')
    if name == "words" and style:
        raise UserError("The app words is guided by words and takes no --style: leave it out.")
    if name == "faces" and (style or size is not None):
        raise UserError("The app faces has no style and one size, 64 pixels: leave --style and --size out.")
    if name == "mix" and style and len(style) > 4:
        raise UserError(f"The square of mix has four corners, and {len(style)} styles are given: leave some out.")
    return name


def _checked(name: str, photos: list[Path], styles: list[Path], model: str | None, size: int | None) -> dict[str, Any]:
    """The call's keyword arguments. What cannot be used is a UserError now, and not in the page."""
    from zmlib.data.images import open_image
    from zmlib.stylize import check_options
    from zmlib.weights import load
    from zmlib.widgets.app import require_pictures

    check_options(1, size=size)
    for picture in (*photos, *styles):
        open_image(picture)
    options: dict[str, Any] = {}
    if photos:
        options["photo"] = [str(path.expanduser().resolve()) for path in photos]
    if name == "faces":
        from zmlib.neighbours.gan.bundle import load_gan
        from zmlib.neighbours.gan.photo import read_face

        gan = load_gan(model or "faces")
        for picture in photos:
            read_face(picture, gan)
        return options if model is None else options | {"model": _place(model)}
    if styles:
        options["styles"] = [str(path.expanduser().resolve()) for path in styles]
    if model is not None:
        net = load(model)
        if name != "words":
            require_pictures(net)
        elif "words" not in net.card:
            raise UserError(f'{model} is guided by {net.wants}: take a network that reads words, such as "words".')
        options["model"] = _place(model)
    return options if size is None else options | {"size": size}


def _place(model: str) -> str:
    """A file of weights wherever the server runs; a name as it is."""
    return str(Path(model).resolve()) if Path(model).is_file() else model


@contextmanager
def _voila(file: Path, port: int) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Voila serving a notebook, and its address; it ends, with its kernels, when the block ends."""
    settings: dict[str, dict[str, Any]] = {
        "Voila": {"ip": HOST, "port": port, "port_retries": 0, "open_browser": False, "log_level": "ERROR"},
        "VoilaConfiguration": {"template": "zmlib"},
    }
    # A page that is closed asks for the end of its kernel, and Voila's script sends no token with that: with the check
    # the kernel would stay. No other request changes anything, and a kernel's name cannot be guessed.
    settings["Voila"]["tornado_settings"] = {"websocket_max_message_size": ROOM, "disable_check_xsrf": True}
    (file.parent / "voila.json").write_text(json.dumps(settings), encoding="utf-8")
    command = [sys.executable, "-m", "voila", file.name]
    environment = dict(os.environ)
    for variable, first in (("JUPYTER_PATH", PAGE), ("PYTHONPATH", PAGE.parents[1])):  # the template; this very zmlib
        environment[variable] = os.pathsep.join([str(first), *filter(None, [os.environ.get(variable)])])
    # In a session of its own, so that Ctrl-C reaches it by way of us, once, and its kernels are shut down in order.
    log = file.parent / "log"
    with log.open("wb") as said:
        server = subprocess.Popen(command, cwd=file.parent, env=environment, stderr=said, start_new_session=True)
    try:
        address = f"http://{HOST}:{port}/"
        _await(server, address, log)
        yield server, address
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()


def _await(server: subprocess.Popen[bytes], address: str, log: Path) -> None:
    """Wait until the server answers; not by asking for the page, which would start a kernel."""
    end = time.monotonic() + WAIT
    while time.monotonic() < end and server.poll() is None:
        try:
            urllib.request.urlopen(f"{address}voila/static/voila.js", timeout=5).close()
            return
        except OSError:
            time.sleep(0.1)
    last = (log.read_text(encoding="utf-8", errors="replace").strip().splitlines() or ["nothing"])[-1]
    raise UserError(f"Voila did not start; its last line is: {last}")


def _stopping() -> str:
    """What stops this program. Started by `nohup`, or in the background of a script, it ignores Ctrl-C."""
    ignored = signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    return f"kill {os.getpid()}" if ignored else "Ctrl-C"


@contextmanager
def _stopped_by_signals() -> Iterator[None]:
    """Take SIGTERM for Ctrl-C, so that the server does not stay behind."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError):
            return False
    return True


def _any_port() -> int:
    if _free(PORT):
        return PORT
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
