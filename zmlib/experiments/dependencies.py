"""Which files a notebook or module depends on, read from the code without importing it; and one hash over them.

A file depends on the modules that its import statements name, wherever in the file they stand, on the `__init__` of
every package on the way, and on the assets that a module of zmlib declares in one line, relative to the package::

    ASSETS = ("assets/styles/*.jpg",)

The modules are those of `zmlib/` and those of the packages beside the notebooks, such as `notebooks/chapters/`. What
only `if TYPE_CHECKING:` imports does not count. An import by a computed name cannot be seen: there is none.
"""

from __future__ import annotations

import ast
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from zmlib.errors import UserError

PACKAGE = "zmlib"
HOMES = (".", "notebooks")  # of packages, relative to the clone


def sources(path: Path, root: Path, known: dict[Path, list[Path]] | None = None) -> list[Path]:
    """The file itself and every file of the clone that it uses, directly or not, sorted, absolute.

    Args:
        path: a notebook or a module, anywhere.
        root: the clone, which holds `zmlib/` and `notebooks/`.
        known: file -> the files that it needs directly, from earlier calls; this call adds to it. Calls that share one
            read each module once. It is right as long as no file changes.

    Raises:
        UserError: a file that cannot be read as Python or as a notebook, or a declared asset that is not there.
    """
    root = root.resolve()
    known = {} if known is None else known
    found: set[Path] = set()
    waiting = [path.resolve()]
    while waiting:
        file = waiting.pop()
        if file not in found:
            found.add(file)
            if file.suffix in (".py", ".ipynb"):
                if file not in known:
                    known[file] = _needs(file, root)
                waiting += known[file]
    return sorted(found)


def source_hash(files: Iterable[Path], root: Path) -> str:
    """SHA-256, in hex, over path and content of each file, whatever their order; line ends of text do not count.

    Of a notebook its cells count, with their tags and captions, and not their outputs: running it changes nothing.

    files: below `root`.
    """
    named = {file.resolve().relative_to(root.resolve()).as_posix(): file for file in files}
    return hash_of({name: content_hash(name, file.read_bytes()) for name, file in named.items()})


def hash_of(contents: Mapping[str, str]) -> str:
    """`source_hash` from path -> `content_hash`, for files that lie elsewhere, as in an older commit."""
    digest = hashlib.sha256()
    for name, content in sorted(contents.items()):
        digest.update(f"{content}  {name}\n".encode())
    return digest.hexdigest()


def content_hash(name: str, content: bytes) -> str:
    """SHA-256 of what counts in one file; name: of which only the suffix is looked at."""
    if name.endswith(".ipynb"):
        content = text_of(Path(name), content).encode()
    elif name.endswith((".py", ".yml", ".md")):
        content = content.replace(b"\r\n", b"\n")
    return hashlib.sha256(content).hexdigest()


def _needs(file: Path, root: Path) -> list[Path]:
    """Files that one file needs directly."""
    inside = _module_of(file, root)
    package = inside[:-1]  # of a module its package; of an __init__ the package itself
    needed = list(_files_of(inside, root))
    for cell in _code(file):
        for node in running_nodes(cell):
            for module in _modules(node, package):
                needed += _files_of(module, root)
        if inside[:1] == (PACKAGE,):
            needed += _assets(cell, file, root)
    return needed


def _code(file: Path) -> list[ast.Module]:
    if file.suffix == ".ipynb":
        return read_cells(file)
    try:
        return [ast.parse(file.read_bytes())]
    except (OSError, SyntaxError, ValueError) as error:
        raise UserError(f"{file} cannot be read as Python ({error}): correct it first.") from None


def running_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes below one, except those that only a type checker runs."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and re.fullmatch(r"(\w+\.)?TYPE_CHECKING", ast.unparse(child.test)):
            child = ast.Module(child.orelse, [])
        yield child
        yield from running_nodes(child)


def _modules(node: ast.AST, package: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """What an import statement may load, as the parts of dotted names: `from a import b` may mean the module a.b."""
    if isinstance(node, ast.Import):
        yield from (tuple(alias.name.split(".")) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        start = package[: len(package) - node.level + 1] if node.level else ()
        base = (*start, *(node.module.split(".") if node.module else ()))
        yield base
        yield from ((*base, alias.name) for alias in node.names)


def _files_of(module: tuple[str, ...], root: Path) -> Iterator[Path]:
    """The module's file, and the `__init__` of every package on the way; nothing for another library's."""
    for home in HOMES:
        if module and (root / home / module[0] / "__init__.py").is_file():
            for depth in range(1, len(module) + 1):
                place = (root / home).joinpath(*module[:depth])
                yield from (file for file in (place / "__init__.py", place.with_suffix(".py")) if file.is_file())


def _module_of(file: Path, root: Path) -> tuple[str, ...]:
    """The parts of a module's dotted name; empty for what lies in no package of the clone, as a notebook does."""
    for home in reversed(HOMES):
        folder = (root / home).resolve()
        if file.suffix == ".py" and file.is_relative_to(folder):
            parts = file.relative_to(folder).with_suffix("").parts
            if len(parts) > 1 and (folder / parts[0] / "__init__.py").is_file():
                return parts
    return ()


def _assets(tree: ast.Module, file: Path, root: Path) -> Iterator[Path]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["ASSETS"]:
            try:
                names = ast.literal_eval(node.value)
            except ValueError:
                names = None
            if not isinstance(names, tuple) or not all(isinstance(name, str) for name in names):
                raise UserError(f'ASSETS in {file} must be written out, such as ASSETS = ("assets/styles/*.jpg",).')
            for name in names:
                there = sorted(path for path in (root / PACKAGE).glob(name) if path.is_file())
                if not there:
                    raise UserError(f'{file} declares the asset "{name}", and zmlib/{name} is not there: correct one.')
                yield from there


# Cell magics whose cell is Python; below any other (%%bash, %%html) is another language.
_PYTHON_CELLS = ("%%time", "%%timeit", "%%capture", "%%prun")
_WRITTEN = ("tags", "mystnb")  # of a cell's metadata: what papermill and the pages read


def read_cells(file: Path) -> list[ast.Module]:
    """The code cells, parsed; IPython's own lines (`%magic`, `!command`, `name?`) are left out.

    Raises:
        UserError: no notebook, or a cell that is not Python.
    """
    return [
        _parse("".join(cell["source"]), f"Code cell {number} of {file}")
        for number, cell in enumerate((cell for cell in _cells(file) if cell["cell_type"] == "code"), 1)
    ]


def text_of(file: Path, content: bytes | None = None) -> str:
    """What a person wrote in a notebook: type, source, tags and captions of each cell. No outputs.

    content: of the file, where it was read already.

    Raises:
        UserError: no notebook.
    """
    written = [
        [
            cell["cell_type"],
            "".join(cell["source"]),
            {key: cell["metadata"][key] for key in _WRITTEN if key in cell.get("metadata", {})},
        ]
        for cell in _cells(file, content)
    ]
    return json.dumps(written, sort_keys=True)


def _cells(file: Path, content: bytes | None = None) -> list[dict[str, Any]]:
    try:
        cells = json.loads(file.read_bytes() if content is None else content)["cells"]
        return [cell for cell in cells if cell["cell_type"] and "source" in cell]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{file} cannot be read as a notebook ({type(error).__name__}): correct it first.") from None


def _parse(source: str, where: str) -> ast.Module:
    if source.startswith("%%") and not source.startswith(_PYTHON_CELLS):
        return ast.Module([], [])
    try:
        return ast.parse(source)
    except SyntaxError:  # only then: a line of an expression may begin with % too
        plain = re.sub(r"^(\s*)(?:[%!?].*|.*\?|[\w, ]+=\s*[%!].*)$", r"\1pass", source, flags=re.M)
    try:
        return ast.parse(plain)
    except SyntaxError as error:
        raise UserError(f"{where} is not Python ({error.msg}): correct it first.") from None
