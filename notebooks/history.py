"""What files held at a commit, asked of git: for kept.py."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from zmlib.experiments.dependencies import content_hash, hash_of
from zmlib.experiments.provenance import commit_of


@dataclass
class History:
    """The commits that a clone's newest one comes from, itself included. Every content is read and hashed once."""

    root: Path
    _trees: dict[str, dict[str, str]] = field(default_factory=dict, init=False)
    _hashes: dict[tuple[str, str], str] = field(default_factory=dict, init=False)

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
        contents = self.contents(commit, names) if commit is not None and self.holds(commit) else {}
        return hash_of(contents) if names and len(contents) == len(names) else None

    def contents(self, commit: str, names: Iterable[str]) -> dict[str, str]:
        """Path -> `content_hash` at a commit, of those of the files that it has."""
        tree = self._tree(commit)
        wanted = {name: (tree[name], Path(name).suffix) for name in names if name in tree}
        self._read({key: name for name, key in wanted.items() if key not in self._hashes})
        return {name: self._hashes[key] for name, key in wanted.items()}

    def _tree(self, commit: str) -> dict[str, str]:
        """Path -> the name of its content in git."""
        if commit not in self._trees:
            lines = self._git("ls-tree", "-r", "-z", commit).decode().split("\0")
            pairs = [line.split("\t", 1) for line in lines if line]
            self._trees[commit] = {name: about.split()[2] for about, name in pairs}
        return self._trees[commit]

    def _read(self, missing: Mapping[tuple[str, str], str]) -> None:
        """Hash contents, (name in git, suffix) -> a path with that suffix, in one call of git."""
        if not missing:
            return
        asked = "".join(f"{name}\n" for name, _ in missing).encode()
        answer, at = self._git("cat-file", "--batch", given=asked), 0
        for key, path in missing.items():
            begin = answer.index(b"\n", at) + 1  # after a line "<name> blob <size>"
            end = begin + int(answer[at : begin - 1].split()[2])
            self._hashes[key] = content_hash(path, answer[begin:end])
            at = end + 1

    def _git(self, *words: str, given: bytes | None = None) -> bytes:
        return subprocess.run(["git", *words], cwd=self.root, input=given, capture_output=True, check=True).stdout
