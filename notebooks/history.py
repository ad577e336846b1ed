"""What files held at a commit, asked of git, and what of a file runs: for kept.py."""

from __future__ import annotations

import ast
import json
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from zmlib.experiments.dependencies import content_hash, hash_of
from zmlib.experiments.provenance import commit_of

PRESETS = "zmlib/experiments/presets.yml"


def running(name: str, content: bytes, chapter: str, preset: str) -> str:
    """What of one file decides a chapter's numbers, as a text to compare.

    Of a module its code without comments and docstrings, of a notebook its code cells with their tags, of the presets
    the settings of this chapter, of any other file all of it.

    Args:
        name: the path, relative to the clone.
        preset: that of the result.
    """
    if name.endswith(".py"):
        tree = ast.parse(content)
        for node in ast.walk(tree):
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
                node.body = node.body[ast.get_docstring(node, clean=False) is not None :]
        return ast.dump(tree)
    if name.endswith(".ipynb"):
        cells = [cell for cell in json.loads(content)["cells"] if cell["cell_type"] == "code"]
        return json.dumps([["".join(cell["source"]), cell["metadata"].get("tags", [])] for cell in cells])
    if name == PRESETS:
        return json.dumps(_settings(yaml.safe_load(content), preset, chapter), sort_keys=True)
    return content_hash(name, content)


def _settings(presets: Mapping[str, Any], preset: str, chapter: str) -> dict[str, Any]:
    """`zmlib.experiments.presets.load_preset`, from what the file held at another time."""
    known = presets[preset]
    below = _settings(presets, known["like"], chapter) if "like" in known else {}
    return below | known["defaults"] | known["chapters"].get(chapter, {})


@dataclass
class History:
    """The commits that a clone's newest one comes from, itself included. Every content is read once."""

    root: Path
    _trees: dict[str, dict[str, str]] = field(default_factory=dict, init=False)
    _contents: dict[str, bytes] = field(default_factory=dict, init=False)

    @cached_property
    def head(self) -> str | None:
        """The newest commit; None without git, and in a folder that is no clone."""
        return commit_of(self.root)

    @cached_property
    def complete(self) -> bool:
        """Whether all commits are here: there is a git clone, and it is not a shallow one."""
        return self.head is not None and self._git("rev-parse", "--is-shallow-repository") == b"false\n"

    @cached_property
    def _commits(self) -> set[str]:
        return set(self._git("rev-list", "HEAD").decode().split()) if self.head else set()

    def holds(self, commit: str | None) -> bool:
        """Whether a commit is one of them."""
        return commit in self._commits

    def source_hash(self, commit: str | None, names: Iterable[str]) -> str | None:
        """`zmlib.experiments.dependencies.source_hash` of files at a commit; None where it or one of them is not there.

        names: paths relative to the clone.
        """
        names = list(names)
        found = self.contents(commit, names) if commit is not None and self.holds(commit) else {}
        hashes = {name: content_hash(name, content) for name, content in found.items()}
        return hash_of(hashes) if names and len(hashes) == len(names) else None

    def contents(self, commit: str, names: Iterable[str]) -> dict[str, bytes]:
        """Path -> what it held at a commit, of those of the files that it has."""
        tree = self._tree(commit)
        wanted = {name: tree[name] for name in names if name in tree}
        self._read(sorted({blob for blob in wanted.values() if blob not in self._contents}))
        return {name: self._contents[blob] for name, blob in wanted.items()}

    def _tree(self, commit: str) -> dict[str, str]:
        """Path -> the name of its content in git."""
        if commit not in self._trees:
            lines = self._git("ls-tree", "-r", "-z", commit).decode().split("\0")
            pairs = [line.split("\t", 1) for line in lines if line]
            self._trees[commit] = {name: about.split()[2] for about, name in pairs}
        return self._trees[commit]

    def _read(self, missing: Sequence[str]) -> None:
        """Read contents by their names in git, in one call of it."""
        if not missing:
            return
        answer, at = self._git("cat-file", "--batch", given="".join(f"{name}\n" for name in missing).encode()), 0
        for name in missing:
            begin = answer.index(b"\n", at) + 1  # after a line "<name> blob <size>"
            end = begin + int(answer[at : begin - 1].split()[2])
            self._contents[name] = answer[begin:end]
            at = end + 1

    def _git(self, *words: str, given: bytes | None = None) -> bytes:
        return subprocess.run(["git", *words], cwd=self.root, input=given, capture_output=True, check=True).stdout
