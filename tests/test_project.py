"""The repository as a whole: files that must agree with each other, and what must never be committed."""

from __future__ import annotations

import ast
import importlib
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

import zmlib
from zmlib.evaluate.metrics import METRICS

ROOT = Path(__file__).parent.parent
MIB = 1 << 20
TEXT = set(".py .md .ipynb .toml .yml .yaml .json .cfg .cff .css .bib .sh .csv .txt".split())
DISTRIBUTION = {"PIL": "pillow", "skimage": "scikit-image", "sklearn": "scikit-learn", "yaml": "pyyaml"}


def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf8"))["project"]


def tracked() -> list[Path]:
    """The files that git has or would take; skips where this is no checkout (an unpacked sdist)."""
    call = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(call, cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def notebooks() -> list[Path]:
    return sorted((ROOT / "notebooks").glob("*.ipynb"))


def name_of(requirement: str) -> str:
    return re.split(r"[\s=<>~!\[;]", requirement, maxsplit=1)[0].lower()


def test_environment_says_the_same_as_pyproject() -> None:
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf8"))
    conda = [entry for entry in environment["dependencies"] if isinstance(entry, str)]
    pip = next(entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict))
    extras = project()["optional-dependencies"]
    wanted = [*project()["dependencies"], *(line for extra in extras.values() for line in extra), "-e ."]
    assert f"python{project()['requires-python']}" in conda
    assert sorted(pip) == sorted(wanted)


def test_every_import_is_declared_and_every_declaration_is_used() -> None:
    imported: set[str] = set()
    homes = [ROOT / "zmlib", *(path.parent for path in (ROOT / "notebooks").glob("*/__init__.py"))]
    for path in (path for folder in homes for path in folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                imported.add(node.module.split(".")[0])
    used = {
        DISTRIBUTION.get(name, name).lower()
        for name in imported - sys.stdlib_module_names - {folder.name for folder in homes}
    }
    needed, exports = project()["dependencies"], project()["optional-dependencies"]["onnx"]
    used -= {name_of(line) for line in exports}
    used -= {package.replace("-", "_") for _, package, _ in METRICS.values()}  # for those who ask for such a measure
    assert used == {name_of(line) for line in needed}


def test_the_package_imports_from_the_source_tree_alone(tmp_path: Path) -> None:
    # As on a machine with its own torch, where nothing is installed: no metadata of the distribution, another folder.
    call = [sys.executable, "-S", "-c", _WITHOUT_INSTALL, str(ROOT), *[p for p in sys.path if "site-packages" in p]]
    done = subprocess.run(call, cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.strip() == zmlib.__version__, done.stderr


_WITHOUT_INSTALL = """
import importlib.metadata, sys
def absent(name, *args, **kwargs):
    if name == "zmlib":
        raise importlib.metadata.PackageNotFoundError(name)
    return original(name, *args, **kwargs)
original = importlib.metadata.distribution
importlib.metadata.distribution = importlib.metadata.version = absent
sys.path[:0] = [sys.argv[1]]
sys.path += sys.argv[2:]
import zmlib
from zmlib.evaluate.metrics import METRICS
print(zmlib.__version__)
"""


def test_citation() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf8"))
    assert citation["cff-version"] == "1.2.0" and citation["type"] == "software"
    assert str(citation["version"]) == project()["version"] == zmlib.__version__
    assert citation["license"] == project()["license"] == "MIT"
    paper = citation["references"][0]
    assert paper["title"].startswith("ZM-Net") and "1703.07255" in paper["url"]
    assert [author["family-names"] for author in paper["authors"]] == ["Wang", "Liang", "Zhang", "Yeung", "Xing"]
    assert f"## [{citation['version']}] - {citation['date-released']}" in (ROOT / "CHANGELOG.md").read_text("utf8")


def test_the_command_is_there() -> None:
    module, function = project()["scripts"]["zmlib"].split(":")
    assert callable(getattr(importlib.import_module(module), function))


def test_no_large_files() -> None:
    large = [
        f"{path.name}: {path.stat().st_size / MIB:.1f} MiB" for path in tracked() if path.stat().st_size > 16 * MIB
    ]
    assert not large


def test_no_path_of_one_machine() -> None:
    here = {str(ROOT) + "/", os.path.expanduser("~") + "/"}
    here |= {f"/{part}/" for part in (ROOT.parts[1], *_HOMES) if part not in _COMMON}
    pattern = re.compile(r"(?<![\w.$}:/])(" + "|".join(map(re.escape, sorted(here))) + ")")
    found = []
    for path in tracked():
        if path.suffix in TEXT or path.name in ("Makefile", "run"):
            hit = pattern.search(path.read_text(encoding="utf8", errors="ignore"))
            if hit and path != Path(__file__).resolve():
                found.append(f"{path.relative_to(ROOT)}: {hit.group()}")
    assert not found


_HOMES = ("home", "Users", "root")
_COMMON = {"tmp", "usr", "var", "opt", "/"}


def test_there_are_notebooks() -> None:
    assert {"overview", "method"} <= {path.stem for path in notebooks()}


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)
def test_notebook(path: Path) -> None:
    cells = json.loads(path.read_text(encoding="utf8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    outputs = [output for cell in code for output in cell["outputs"]]
    assert sum("parameters" in cell["metadata"].get("tags", []) for cell in code) == 1
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1)), "not run from top to bottom"
    assert not [output["ename"] for output in outputs if output["output_type"] == "error"]
    assert not [output["text"] for output in outputs if output.get("name") == "stderr"], "warnings in the outputs"
    kinds = {"image/png", "image/jpeg", "image/svg+xml"}
    pictures = [output for output in outputs if kinds & set(output.get("data", {}))]
    figures = [cell["metadata"]["mystnb"] for cell in code if "mystnb" in cell["metadata"]]
    assert len(pictures) == len(figures) > 0, "a picture without caption, or a caption without picture"
    for figure in figures:
        assert len(figure["image"]["alt"]) > 20 and len(figure["figure"]["caption"]) > 20 and figure["figure"]["name"]


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)
def test_notebook_is_small_and_its_cells_are_short(path: Path) -> None:
    cells = [cell for cell in json.loads(path.read_text(encoding="utf8"))["cells"] if cell["cell_type"] == "code"]
    assert path.stat().st_size < 8 * MIB
    longest = max(len(cell["source"]) for cell in cells)
    assert longest <= 20, "machinery belongs in notebooks/chapters"


def test_weights_are_safetensors_with_a_card_each() -> None:
    weights = [path for path in tracked() if path.suffix in (".safetensors", ".pt", ".pth", ".ckpt", ".bin", ".npz")]
    assert {path.suffix for path in weights} <= {".safetensors"}
    assert {"styles"} <= set(zmlib.available()), "the trained network does not ship"
    assert sum(path.stat().st_size for path in weights) < 40 * MIB
    for path in weights:
        cards = [path.with_suffix(".md"), path.with_name(f"{path.name}.md"), path.with_suffix(".card.md")]
        card = next((card for card in cards if card.is_file()), None)
        assert card is not None, f"{path.name} has no model card beside it"
        text = card.read_text(encoding="utf8").lower()
        assert "licen" in text and "data" in text, f"{card.name} names neither data nor licence"


def test_sources_are_rooms_with_one_job() -> None:
    for path in tracked():
        if path.suffix == ".py":
            text = path.read_text(encoding="utf8")
            assert text.count("\n") <= 400, f"{path.relative_to(ROOT)} is too long"
            unfinished = re.search(r"#.*\b(TO" + r"DO|FIX" + r"ME)\b", text)
            assert not unfinished, f"{path.relative_to(ROOT)}: {unfinished.group() if unfinished else ''}"


def test_readme_names_only_what_exists() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf8")
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf8"), re.M))
    named = set(re.findall(r"(?:^|`)make ([a-z]+)", readme, re.M)) | {"lint"}
    assert {"book", "test"} <= named <= targets
    for link in re.findall(r"\]\((?!https?:)([^)#]+)\)", readme):
        assert (ROOT / link).exists(), f"README.md links to {link}, which is not there"
    assert "@@" not in readme, "a number is still to be filled in"


def test_readme_commands_are_commands_of_the_program() -> None:
    from zmlib.cli import main

    readme = (ROOT / "README.md").read_text(encoding="utf8")
    commands = set(re.findall(r"^(?:\| `)?(?:\.venv/bin/)?zmlib ([a-z]+)", readme, re.M))
    assert {"stylize", "train", "evaluate", "doctor"} <= commands
    help_text = subprocess.run(
        [sys.executable, "-c", "from zmlib.cli import main; main()", "--help"], capture_output=True, text=True
    ).stdout
    assert callable(main)
    assert not [name for name in commands if not re.search(rf"\b{name}\b", help_text)]


def test_pages_name_the_files_that_make_builds() -> None:
    toc = (ROOT / "book" / "_toc.yml").read_text(encoding="utf8")
    pages = re.findall(r"(?:root|file):\s*(\S+)", toc)
    executed = {page.removeprefix("executed/") for page in pages if page.startswith("executed/")}
    assert executed == {path.stem for path in notebooks()}
    for page in set(pages) - {f"executed/{name}" for name in executed}:
        assert (ROOT / "book" / f"{page}.md").is_file()


def test_ci_script_is_executable_and_parses() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert subprocess.run(["bash", "-n", str(script)]).returncode == 0
