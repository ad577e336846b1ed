"""Numbers in prose: filled in from the kept results, and found where nothing backs them.

A number that was measured stands between marks, which no reader sees, on GitHub, in the book or in a notebook:

    J is <!-- number evidence/headline values.J [.2f] -->0.28 [0.22, 0.34]<!-- / -->

The first word names a file: `evidence/headline` is figures/evidence/headline.json, and `measured` is measured.yml here,
for what a person measured by hand and no figure keeps. The second is the way to the number in it; of a list it names
the place, or what the member has (`rows.size=256;style=kept`, a space as `_`). The third says how the number is
written: one of Python's format specs, "97 %" for `.0%`; in brackets for a number with its interval.

    python notebooks/prose.py --write     fill in all marks
    python notebooks/prose.py --check     say which are out of date, and which numbers stand outside marks

What may stand outside, and why, is in prose.yml here. A setting is no measurement: it is set as code or as math, or in
pixels.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
import yaml

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
MEASURED = "measured"
STATISTICS = ("median", "mean", "share", "ratio", "difference")
MARK = re.compile(r"(<!-- number (\S+) (\S+) (\S+) -->)(.*?)(<!-- / -->)", re.DOTALL)
NUMBER = r"(?<![\w.,/-])-?\d+(?:,\d{3})*(?:\.\d+)?"
WORDS = "two three four five six seven eight nine ten twelve fifteen twenty thirty forty fifty sixty hundred thousand"
UNITS = "ms|s|seconds?|minutes?|min|h|hours?|iterations"
#: what looks measured: decimals, percents, times, and how many times as much
LOOKS = re.compile(
    rf"(?<![\w.,/-])-?\d+(?:,\d{{3}})*\.\d+(?: ?%)?|{NUMBER} ?(?:%|per cent)|{NUMBER} (?:{UNITS}|times)\b"
    rf"|\b(?:{'|'.join(WORDS.split())}) times (?:as|more|less|the)\b"
)
#: what never is a measurement: marks and comments, code, math, addresses, roles, versions, places in the paper, dates
NOT_PROSE: list[tuple[re.Pattern[str], str]] = [
    (re.compile(r"<!-- scorecard -->.*?<!-- /scorecard -->", re.DOTALL), " "),
    (MARK, " § "),
    (re.compile(r"<!--.*?-->", re.DOTALL), " "),
    (re.compile(r"^\s*:{3,}.*$|^\s*:[\w-]+: .*$", re.MULTILINE), " "),
    (re.compile(r"\$\$.*?\$\$|\$[^$\n]+\$|\{[\w:.-]+\}`[^`]*`|`[^`]*`", re.DOTALL), " "),
    (re.compile(r"\]\([^)]*\)|https?://\S+|</?\w[^>]*>"), " "),
    (re.compile(r"\b(?:[Pp]ython |BY |Apache |OpenVINO |version |arXiv:)\d[\d.]*"), " "),
    (re.compile(r"\b(?:[Ss]ections?|[Ff]igures?|[Tt]ables?|[Cc]hapters?|eqs?\.|[Ee]quations?) \d[\d.]*\w?"), " "),
    (re.compile(r"\b\d{4}-\d\d-\d\d\b|^#+ .*$", re.MULTILINE), " "),
    (re.compile(r"\b(?:Adam at|rate of|rate|weight|decay) \d[\d.e-]*|\b\d[\d.]*e-\d+"), " "),
]
#: a threshold: in a paragraph on a rule or an aim, a number with one of these words before it
RULE = re.compile(r"\b(?:rules?|targets?|aims?)\b", re.IGNORECASE)
BOUND = re.compile(r"(?:at most|at least|within|(?:less|more|fewer) than|under|below|above|up to) $")
FENCE = re.compile(r"\s*(`{3,})\s*(\S*)")


class Text(NamedTuple):
    """A file of prose, or the Markdown cells of a notebook."""

    path: Path
    name: str  # relative to the clone, for a cell with "#" and its id
    text: str


class Loose(NamedTuple):
    """A number outside marks that looks measured."""

    name: str  # of its text
    number: str
    around: str

    def __str__(self) -> str:
        return f"{self.name}: {self.number!r} in: ... {self.around} ..."


def without_code(text: str) -> str:
    """A text without its blocks of code; of commands the comments stay: as no mark can stand there, no number may.

    What a directive such as {figure} holds is prose.
    """
    kept: list[str] = []
    fence, language = "", ""
    for line in text.splitlines():
        found = FENCE.match(line)
        if fence and line.strip() == fence:
            fence = language = ""
        elif found and not fence:
            fence, language = found.groups()
        elif not fence or language.startswith("{"):
            kept.append(line)
        elif language == "shell":
            kept += re.findall(r"(?:^|\s)#(.*)$", line)
    return "\n".join(kept)


def texts(root: Path = ROOT) -> Iterator[Text]:
    """README, the book's pages, the model cards and the notebooks' Markdown cells, and nothing that is generated."""
    pages = [root / "README.md", *sorted((root / "book").glob("*.md"))]
    for path in [*pages, *sorted((root / "zmlib/assets/weights").glob("*.md"))]:
        if path.name != "scorecard.md":
            yield Text(path, path.relative_to(root).as_posix(), path.read_text(encoding="utf-8"))
    for path in sorted((root / "notebooks").glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "markdown":
                name = f"{path.relative_to(root).as_posix()}#{cell.get('id', '')}"
                yield Text(path, name, "".join(cell["source"]))


def value(root: Path, source: str, way: str) -> Any:
    """The number that a mark names.

    Raises:
        KeyError: there is no such file, or no such number in it.
    """
    try:
        found = _read(root / f"notebooks/{MEASURED}.yml" if source == MEASURED else root / f"figures/{source}.json")
        for word in way.split("."):
            found = _member(found, word) if isinstance(found, list) else found[word]
    except (OSError, KeyError, IndexError, TypeError, ValueError, StopIteration) as error:
        raise KeyError(f"there is no {way} in {source}") from error
    return found


def _member(items: list[Any], word: str) -> Any:
    """The member of a list at a place, or the first that has what `key=value;key=value` says."""
    if "=" not in word:
        return items[int(word)]
    wanted = dict(pair.split("=", 1) for pair in word.split(";"))
    return next(item for item in items if all(str(item[k]).replace(" ", "_") == v for k, v in wanted.items()))


@cache
def _read(path: Path) -> Any:
    text = path.read_text(encoding="utf-8")
    return json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)


def written(found: Any, spec: str) -> str:
    """A number as a mark's format says.

    >>> written(0.974, ".0%"), written({"median": 0.276, "low": 0.22, "high": 0.34}, "[.2f]"), written(1500, ",d")
    ('97 %', '0.28 [0.22, 0.34]', '1,500')
    >>> written({"share": 0.974, "low": 0.9, "high": 1.0}, "[.0%]")
    '97 % [90, 100]'
    """
    if not spec.startswith("["):
        return format(found, spec).replace("%", " %").replace("-", "−")
    one = spec.strip("[]")
    middle = next(found[name] for name in STATISTICS if name in found)
    if found["low"] is None:
        return written(middle, one)
    ends = ", ".join(written(found[end], one).removesuffix(" %") for end in ("low", "high"))
    return f"{written(middle, one)} [{ends}]"


def filled(text: str, root: Path = ROOT, wrong: Callable[[str], None] = lambda says: None) -> str:
    """A text with all its marks filled in. wrong: called with a sentence for each mark that names no number."""

    def replaced(found: re.Match[str]) -> str:
        opening, source, way, spec, _, closing = found.groups()
        try:
            return f"{opening}{written(value(root, source, way), spec)}{closing}"
        except (KeyError, StopIteration, ValueError, TypeError) as error:
            wrong(f"{found[0]}: {error}")
            return found[0]

    return MARK.sub(replaced, text)


def stale(root: Path = ROOT) -> list[str]:
    """A line for each text with a mark that is out of date, and for each mark that names no number."""
    found: list[str] = []
    for one in texts(root):
        wrong: list[str] = []
        if filled(one.text, root, wrong.append) != one.text:
            wrong.append("a number is out of date: python notebooks/prose.py --write")
        found += [f"{one.name}: {says}" for says in wrong]
    return found


def loose(text: str, name: str, allowed: dict[str, Any]) -> list[Loose]:
    """The numbers of a text that look measured and stand outside marks, but for those that `allowed` (prose.yml) has.

    name: of the text, as `Text` has it.
    """
    for one in allowed["passages"]:
        if name.partition("#")[0] in one["files"]:
            text = _passage(one["from"], one["to"]).sub(" ", text)
    text = without_code(text)
    numbers = {str(number) for one in allowed["numbers"] for number in one["are"]}
    for words in (number for number in numbers if number.count(" ") > 1):  # a number in its sentence
        text = text.replace(words, " ")
    for pattern, instead in NOT_PROSE:
        text = pattern.sub(instead, text)
    found = []
    for paragraph in re.split(r"\n\s*\n", text):
        rule = RULE.search(paragraph)
        for match in LOOKS.finditer(paragraph):
            before, bare = paragraph[: match.start()], re.split(r"[ %]", match[0])[0]
            if {match[0], bare} & numbers or (rule and BOUND.search(before)):
                continue
            around = f"{before[-60:]}{paragraph[match.start() : match.end() + 40]}"
            found.append(Loose(name, match[0], " ".join(around.split())))
    return found


def _passage(start: str, end: str) -> re.Pattern[str]:
    """From the words `start` to the words `end`, which stay; an empty end is that of the text."""
    return re.compile(f"{re.escape(start)}.*?{f'(?={re.escape(end)})' if end else chr(92) + 'Z'}", re.DOTALL)


def allowed_numbers(root: Path = ROOT) -> dict[str, Any]:
    """What prose.yml allows: "numbers" everywhere, "passages" of some files, each with the reason why."""
    return yaml.safe_load((root / "notebooks/prose.yml").read_text(encoding="utf-8"))


def all_loose(root: Path = ROOT) -> list[Loose]:
    """`loose` of every text; of a model card its measurements only, since the rest tells what was done."""
    allowed = allowed_numbers(root)
    return [
        number
        for one in texts(root)
        for number in loose(measurements(one.text) if "assets" in one.path.parts else one.text, one.name, allowed)
    ]


def measurements(card: str) -> str:
    """The paragraphs and tables of a model card from "**Measured**" to the next paragraph in bold that is another."""
    parts = re.split(r"^(?=\*\*)", card, flags=re.MULTILINE)
    return "\n".join(part for part in parts if re.match(r"\*\*(Measured|Speckle|The halo|The lattice)", part))


def write(root: Path = ROOT) -> list[str]:
    """Fill in all marks; a line for each mark that names no number."""
    wrong: list[str] = []
    for path in dict.fromkeys(one.path for one in texts(root)):
        if path.suffix == ".ipynb":
            notebook = nbformat.read(path, as_version=4)
            before = [cell.source for cell in notebook.cells]
            for cell in notebook.cells:
                cell.source = filled(cell.source, root, wrong.append) if cell.cell_type == "markdown" else cell.source
            if before != [cell.source for cell in notebook.cells]:
                nbformat.write(notebook, path)
        else:
            text = path.read_text(encoding="utf-8")
            path.write_text(filled(text, root, wrong.append), encoding="utf-8")
    return wrong


if __name__ == "__main__":
    if sys.argv[1:] not in (["--write"], ["--check"]):
        sys.exit(__doc__)
    says = write() if sys.argv[1:] == ["--write"] else [*stale(), *map(str, all_loose())]
    print("\n".join(says) or "Every number is backed by a file.")
    sys.exit(bool(says))
