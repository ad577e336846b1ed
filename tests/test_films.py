"""Films of a notebook become files of the site."""

from __future__ import annotations

import base64
import importlib.util
import re
from pathlib import Path

SPEC = importlib.util.spec_from_file_location("films", Path(__file__).parent.parent / "book" / "_ext" / "films.py")
assert SPEC is not None and SPEC.loader is not None
films = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(films)


def inline(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def test_a_film_and_its_poster_become_files(tmp_path: Path) -> None:
    picture = f'<img src="{inline("image/jpeg", b"no film")}">'
    film = f'<video controls poster="{inline("image/jpeg", b"poster")}" src="{inline("video/mp4", b"film")}"></video>'
    folder = tmp_path / "_films" / "executed" / "run"
    html = films.unpack(f"<p>{picture}{film}</p>", folder, "../_films/executed/run")
    assert html.startswith(f"<p>{picture}<video controls ") and html.count("data:") == 1
    named = dict(re.findall(r'(poster|src)="(\.\./_films/[^"]+)"', html))
    page = tmp_path / "executed"
    assert (page / named["poster"]).resolve().read_bytes() == b"poster" and named["poster"].endswith(".jpg")
    assert (page / named["src"]).resolve().read_bytes() == b"film" and named["src"].endswith(".mp4")
    assert len(list(folder.iterdir())) == 2


def test_the_same_film_has_the_same_name(tmp_path: Path) -> None:
    film = f'<video src="{inline("video/mp4", b"film")}"></video>'
    assert films.unpack(film, tmp_path, "") == films.unpack(film, tmp_path, "")
    assert (
        films.unpack("<p>no film</p>", tmp_path / "none", "") == "<p>no film</p>" and not (tmp_path / "none").exists()
    )


def test_the_book_loads_it() -> None:
    import yaml

    config = yaml.safe_load((Path(__file__).parent.parent / "book" / "_config.yml").read_text(encoding="utf-8"))
    assert "films" in config["sphinx"]["local_extensions"]
