"""Which files a notebook depends on, and the hash over them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from zmlib.errors import UserError
from zmlib.experiments.dependencies import source_hash, sources

ROOT = Path(__file__).parents[2]
Writer = Callable[..., Path]

TINY = {
    "__init__.py": "from zmlib.base import thing\n",
    "base.py": "",
    "used.py": "import os\nimport numpy.linalg\nfrom zmlib.parts import one\n\ndef f():\n    from . import late\n",
    "late.py": "try:\n    import zmlib.far.deep as deep\nexcept ImportError:\n    deep = None\n",
    "unused.py": "",
    "parts/__init__.py": "",
    "parts/one.py": "from . import two\nfrom ..parts.three import name as other\n",
    "parts/two.py": 'ASSETS = ("assets/*.bin", "assets/card.md")\n',
    "parts/three.py": "from zmlib.parts import missing_function\n",
    "parts/four.py": "",
    "far/__init__.py": "if TYPE_CHECKING:\n    from zmlib import unused\nelse:\n    import zmlib.far.real\n",
    "far/deep.py": "",
    "far/real.py": "",
    "assets/a.bin": "1",
    "assets/b.bin": "2",
    "assets/card.md": "3",
    "assets/other.bin.md": "4",
}
NEEDED = set(TINY) - {"unused.py", "parts/four.py", "assets/other.bin.md"}


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    for name, text in TINY.items():
        (tmp_path / "zmlib" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "zmlib" / name).write_text(text)
    return tmp_path


def names(files: list[Path], root: Path) -> set[str]:
    return {file.relative_to(root).as_posix().removeprefix("zmlib/") for file in files}


def test_every_kind_of_import_is_followed(tiny: Path, notebook: Writer) -> None:
    path = notebook(tiny / "notebooks" / "a.ipynb", "import zmlib.used", "x = 1")
    found = sources(path, tiny)
    assert names(found, tiny) == NEEDED | {"notebooks/a.ipynb"} and found == sorted(found)
    assert names(sources(tiny / "zmlib" / "used.py", tiny), tiny) == NEEDED
    assert names(sources(tiny / "zmlib" / "base.py", tiny), tiny) == {"base.py", "__init__.py"}


def test_magics_are_no_python_and_a_remainder_is_no_magic(tiny: Path, notebook: Writer) -> None:
    cells = [
        "%matplotlib inline\nfrom zmlib import late\n!ls\nfiles = !ls\nlate?\nif late:\n    %time late",
        "x = (7\n  % 2)\nimport zmlib.parts.four",
        "%%time\nimport zmlib.unused",
        "%%bash\nimport zmlib.used",
    ]
    found = names(sources(notebook(tiny / "a.ipynb", *cells), tiny), tiny)
    assert {"late.py", "parts/four.py", "unused.py"} <= found and "used.py" not in found


def test_what_cannot_be_read(tiny: Path, notebook: Writer) -> None:
    with pytest.raises(UserError, match="Code cell 2 of .*a.ipynb is not Python"):
        sources(notebook(tiny / "a.ipynb", "x = 1", "x = ("), tiny)
    (tiny / "b.ipynb").write_text("{}")
    with pytest.raises(UserError, match="b.ipynb cannot be read as a notebook"):
        sources(tiny / "b.ipynb", tiny)
    (tiny / "zmlib" / "base.py").write_text("x = (")
    with pytest.raises(UserError, match="base.py cannot be read as Python"):
        sources(tiny / "zmlib" / "late.py", tiny)


def test_assets_must_be_there_and_written_out(tiny: Path) -> None:
    two = tiny / "zmlib" / "parts" / "two.py"
    two.write_text('ASSETS = ("assets/none.bin",)\n')
    with pytest.raises(UserError, match='two.py declares the asset "assets/none.bin"'):
        sources(two, tiny)
    for text in ("ASSETS = tuple(x)", 'ASSETS = "assets/a.bin"'):
        two.write_text(text)
        with pytest.raises(UserError, match="ASSETS in .*two.py must be written out"):
            sources(two, tiny)


def test_the_hash_changes_with_what_is_needed_alone(tiny: Path, notebook: Writer) -> None:
    path = notebook(tiny / "notebooks" / "a.ipynb", "import zmlib.used")

    def now() -> str:
        return source_hash(sources(path, tiny), tiny)

    first = now()
    assert source_hash(reversed(sources(path, tiny)), tiny) == first
    (tiny / "zmlib" / "unused.py").write_text("x = 2")
    assert now() == first
    seen = {first}
    for name, text in [("parts/three.py", "x = 1\n"), ("assets/a.bin", "5"), ("assets/c.bin", "6"), ("late.py", "")]:
        (tiny / "zmlib" / name).write_text(text)
        assert now() not in seen, name
        seen.add(now())
    (tiny / "zmlib" / "parts" / "three.py").write_bytes(b"x = 1\r\n")
    assert now() in seen, "line ends do not count"


def test_running_a_notebook_does_not_change_its_hash_and_editing_does(tiny: Path, notebook: Writer) -> None:
    path = tiny / "notebooks" / "a.ipynb"

    def hashed(*cells: str, **more: object) -> str:
        notebook(path, *cells, **more)
        return source_hash([path], tiny)

    first = hashed("x = 1", "x", tags=["a"])
    output = {"output_type": "stream", "name": "stdout", "text": ["1"]}
    assert hashed("x = 1", "x", outputs=[output], tags=["a"], execution={"start": "now"}) == first
    assert len({first, hashed("x = 2", "x", tags=["a"]), hashed("x = 1\nx", tags=["a"]), hashed("x = 1", "x")}) == 4


def test_an_edit_to_the_baselines(tmp_path: Path, notebook: Writer) -> None:
    shutil.copytree(ROOT / "zmlib", tmp_path / "zmlib", ignore=shutil.ignore_patterns("__pycache__"))
    begin = "from zmlib.experiments import start\nrun = start('overview', globals())\nrun.photos()"
    pictures = notebook(tmp_path / "notebooks" / "pictures.ipynb", begin, "from zmlib.data import samples")
    plot = notebook(tmp_path / "notebooks" / "plot.ipynb", begin, "import zmlib\nfrom zmlib.data.sheet import sheet")
    ost = notebook(tmp_path / "notebooks" / "ost.ipynb", begin, "from zmlib.baselines.ost import ost")

    def now() -> list[str]:
        return [source_hash(sources(path, tmp_path), tmp_path) for path in (pictures, plot, ost)]

    before = now()
    edited = tmp_path / "zmlib" / "baselines" / "ost.py"
    edited.write_text(edited.read_text() + "\n# an edit\n")
    assert [a == b for a, b in zip(before, now(), strict=True)] == [True, True, False]
    edited = tmp_path / "zmlib" / "affine.py"
    edited.write_text(edited.read_text() + "\n# an edit\n")
    assert [a == b for a, b in zip(before, now(), strict=True)] == [False, False, False]


def test_every_asset_is_declared_by_the_module_that_opens_it() -> None:
    everything = {file for module in (ROOT / "zmlib").rglob("*.py") for file in _declared(module)}
    there = {file for file in (ROOT / "zmlib" / "assets").rglob("*") if file.is_file() and file.suffix != ".md"}
    there.add(ROOT / "zmlib" / "experiments" / "presets.yml")
    assert there <= everything


def _declared(module: Path) -> list[Path]:
    text = module.read_text(encoding="utf-8")
    return sources(module, ROOT) if "\nASSETS = " in text else []


def test_no_module_imports_by_a_computed_name() -> None:
    # The reader would not see it, and an edit would not re-run what depends on it.
    for module in (ROOT / "zmlib").rglob("*.py"):
        text = module.read_text(encoding="utf-8")
        assert not any(call in text for call in ("import_module(", "__import__(", "def __getattr__(name")), module


def test_experiments_import_without_torch() -> None:
    # A stand-in for zmlib itself, whose __init__ imports torch: the build asks for hashes and should not wait for it.
    code = """
import sys, types
package = types.ModuleType("zmlib")
package.__path__ = [sys.argv[1]]
sys.modules |= {"zmlib": package, "torch": None, "numpy": None}
import zmlib.experiments, zmlib.experiments.dependencies, zmlib.experiments.results
"""
    call = [sys.executable, "-c", code, str(ROOT / "zmlib")]
    done = subprocess.run(call, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
