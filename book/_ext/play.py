"""Sphinx extension: what a reader plays with comes into the site's folder `play/`.

The scripts of book/play, the networks and samples that book/scripts/play.py wrote, the runtime that fetch.py fetched,
and what notebooks left in results/CHAPTER/play for the pages to show. What a build cannot make, since it needs data
that do not ship, is kept in figures/CHAPTER/play, and goes before.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

MODULES = Path("scripts", "node_modules")
RUNTIME = Path("onnxruntime-web", "dist")
# On the processor, and on a graphics card: a script, the code that it loads, and the code's other half.
RUNTIMES = (
    *("ort.wasm.min.mjs", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm"),
    *("ort.jspi.min.mjs", "ort-wasm-simd-threaded.jspi.mjs", "ort-wasm-simd-threaded.jspi.wasm"),
)
SCALER = Path("pica", "dist", "pica.min.mjs")


def gather(book: Path, site: Path) -> None:
    """Empty `site/play` and fill it from a book's folder. What is missing is skipped; the pages tell their readers."""
    target = site / "play"
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(book / "play", target)
    if (book / "executed" / "play").is_dir():
        shutil.copytree(book / "executed" / "play", target / "model")
    kept = sorted((book.parent / "figures").glob("*/play"))
    names = {data.parent.name for data in kept}
    made = [data for data in sorted((book / "results").glob("*/play")) if data.parent.name not in names]
    for data in kept + made:
        shutil.copytree(data, target / "data" / data.parent.name)
    runtime = book / MODULES / RUNTIME
    if runtime.is_dir():
        (target / "ort").mkdir()
        for name in RUNTIMES:
            shutil.copy(runtime / name, target / "ort")
    loaded = [*sorted((target / "model").glob("*.onnx")), *sorted((target / "ort").glob("*"))]
    files = {file.relative_to(target).as_posix(): described(file) for file in loaded}
    (target / "files.json").write_text(json.dumps(files, indent=1), encoding="utf-8")
    if (book / MODULES / SCALER).is_file():
        (site / "scripts").mkdir(exist_ok=True)
        shutil.copy(book / MODULES / SCALER, site / "scripts")
    plane = book.parent / "zmlib" / "widgets" / "plane.js"  # one plane for the page and for the notebooks' widgets
    if plane.is_file():
        shutil.copy(plane, target)


def described(file: Path) -> dict[str, Any]:
    """{"bytes": its size, "hash": the beginning of its SHA-256}: for the progress bar, and against a cache."""
    with file.open("rb") as opened:
        return {"bytes": file.stat().st_size, "hash": hashlib.file_digest(opened, "sha256").hexdigest()[:12]}


def _gather(app: Sphinx, error: Exception | None) -> None:
    if error is None and app.builder.format == "html":
        gather(Path(app.confdir), Path(app.outdir))


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.connect("build-finished", _gather)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
