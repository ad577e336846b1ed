"""The book's prose: commands that exist, code that parses and imports, a citation that agrees with CITATION.cff."""

from __future__ import annotations

import ast
import re
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml
from claims import __main__ as claims
from originals import __main__ as originals

from zmlib.cli import app

BOOK = Path(__file__).parent.parent / "book"
PAGES = sorted(BOOK.glob("*.md"))
COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]
COMMANDS |= typer.main.get_command(claims.app).commands  # type: ignore[attr-defined]
COMMANDS["data"] = typer.main.get_command(originals.app)


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def commands(text: str) -> list[list[str]]:
    """The words after `zmlib` of every line that calls it."""
    lines = (shlex.split(line, comments=True) for line in text.splitlines())
    return [words[1:] for words in lines if words and words[0].rsplit("/", 1)[-1] == "zmlib"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_commands_and_their_options_exist(page: Path) -> None:
    inline = re.findall(r"`((?:\.venv/bin/)?zmlib [a-z]+ [^`]*)`", page.read_text(encoding="utf-8"))
    for name, *words in commands("\n".join([*blocks(page, "shell"), *inline])):
        if name == "COMMAND":  # stands for any
            continue
        assert name in COMMANDS, f"{page.name}: zmlib {name}"
        command = COMMANDS[name]
        for group in (command,) if hasattr(command, "commands") else ():  # zmlib styles build
            command = group.commands[words[0]]
        known = {option for one in command.params for option in (*one.opts, *one.secondary_opts)}
        missing = [word for word in words if word.startswith("-") and word not in known | {"--help"}]
        assert not missing, f"{page.name}: zmlib {name} has no {', '.join(missing)}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_python_parses_and_what_it_imports_of_zmlib_is_there(page: Path) -> None:
    for text in blocks(page, "python"):
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "zmlib":
                exec(ast.unparse(node), {})


def test_the_source_that_a_page_adds_works_as_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from PIL import Image

    from zmlib.sources import SOURCES

    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    registered = dict(SOURCES)
    for folder in ("my-photos", "my-paintings"):
        Path(folder).mkdir()
        Image.radial_gradient("L").convert("RGB").save(f"{folder}/one.png")
    file, *rest = blocks(BOOK / "sources.md", "python")
    Path("palette.py").write_text(file, encoding="utf-8")
    text = "\n".join(rest)
    assert "6_500, size=64, batch=8" in text and '"vgg16"' in text
    text = text.replace("6_500, size=64, batch=8", "2, size=32, batch=1").replace('"vgg16"', '"slim"')
    space: dict[str, Any] = {}
    try:
        exec(text, space)
        space["test_without_its_signal_it_is_cin"]()
        assert space["output"].shape == (1, 3, 64, 96) and space["again"].wants.startswith("palettes, (N, 15)")
        assert space["net"].card["steps"] == 2
    finally:
        SOURCES.clear()
        SOURCES.update(registered)
        sys.modules.pop("palette", None)


def test_the_guide_gives_the_recipes_steps() -> None:
    from zmlib.train.recipes import RECIPES

    rows = re.findall(
        r"^\| `([\w-]+)` \|.*\| (\d.* of .*) \|$", (BOOK / "train.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert {name for name, _ in rows} == set(RECIPES)
    for name, text in rows:
        phases = [f"{phase.steps:,} of {phase.batch} at {phase.size} px" for phase in RECIPES[name].phases]
        assert text.replace(" pictures", "") == ", ".join(phases), name


def test_the_citation_on_the_page_is_that_of_the_file() -> None:
    page = (BOOK / "cite.md").read_text(encoding="utf-8")
    cff = yaml.safe_load((BOOK.parent / "CITATION.cff").read_text(encoding="utf-8"))
    entry = re.search(r"@software\{.*?\n\}", page, re.DOTALL)
    assert entry is not None
    fields = dict(re.findall(r"(\w+)\s*= \{(.*)\}", entry.group()))
    assert fields["title"].replace("{", "").replace("}", "") == cff["title"]
    assert fields["author"].strip("{}") == cff["authors"][0]["name"]
    assert fields["version"] == str(cff["version"]) and fields["date"] == str(cff["date-released"])
    paper = re.search(r"@article\{wang2017zmnet.*?\n\}", page, re.DOTALL)
    bibliography = (BOOK / "references.bib").read_text(encoding="utf-8")
    assert paper is not None and paper.group().removesuffix("\n}") in bibliography
