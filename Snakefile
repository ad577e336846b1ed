# The graph of the book: weights and sources -> executed notebook -> results -> scorecard -> pages.
#
#   zmlib reproduce                      its front, for people: `zmlib reproduce --help`
#   snakemake --cores 2                  the same
#   snakemake --executor slurm --jobs 8 --config preset=paper device=cuda      a cluster, by Snakemake's own executors
#
# A chapter is a notebook in notebooks/, and needs no entry here. It depends on the modules that it imports, of zmlib and of the packages in notebooks/,
# transitively, as read from its code. One that times things says so in its metadata, {"zmlib": {"alone": true}}, and
# then runs with nothing beside it.
import json
import os
import shlex
import sys
from pathlib import Path

from zmlib.experiments.dependencies import sources
from zmlib.experiments.paths import built_results, chapters
from zmlib.experiments.results import OLDER, older_results

ROOT = Path(workflow.basedir)
NOTEBOOKS = chapters(ROOT)
RESULTS = built_results(ROOT).relative_to(ROOT).as_posix()
ALONE = {
    name
    for name, path in NOTEBOOKS.items()
    if json.loads(path.read_text(encoding="utf-8"))["metadata"].get("zmlib", {}).get("alone")
}
MARKED = older_results(ROOT / "figures")  # which a chapter says below the kept figures that it shows
KNOWN: dict[Path, list[Path]] = {}  # what each file needs directly: every module is read once for all chapters
# The parameters that every notebook has; an empty folder means the pictures that ship.
COMMON = {"preset": "quick", "seed": "0", "device": "auto", "contents": "", "styles": ""}
GIVEN = {name: str(config.get(name, default)) for name, default in COMMON.items()}


wildcard_constraints:
    chapter="[a-z0-9_-]+",


rule all:
    input:
        "book/_build/html/index.html",


def needs(wildcards):
    """The files of this repository that a notebook depends on, itself included."""
    needed = sources(NOTEBOOKS[wildcards.chapter], ROOT, KNOWN)
    if ROOT / "notebooks/claims/compare.py" in needed:  # it shows the claims and the kept results beside its own
        needed += [ROOT / "book/claims.yml", *sorted((ROOT / "figures" / wildcards.chapter).glob("*.json"))]
    return [path.relative_to(ROOT).as_posix() for path in needed]


def injected(wildcards):
    """Papermill's arguments: the seed is a number, the others are texts whatever they look like."""
    return " ".join(f"{'-p' if k == 'seed' else '-r'} {k} {shlex.quote(v)}" for k, v in GIVEN.items())


rule chapter:
    input:
        needs,
    output:
        notebook="book/executed/{chapter}.ipynb",
        results=directory(f"{RESULTS}/{{chapter}}"),
    params:
        injected=injected,
        python=sys.executable,
        older=lambda wildcards: sorted(name for name in MARKED if name.startswith(f"{wildcards.chapter}/")),
    threads: lambda wildcards: workflow.cores if wildcards.chapter in ALONE else 1
    log:
        "book/executed/logs/{chapter}.log",
    message:
        "running notebooks/{wildcards.chapter}.ipynb (its log: {log})"
    shell:
        "mkdir -p {output.results} && OMP_NUM_THREADS={threads}"
        " {params.python} -m papermill notebooks/{wildcards.chapter}.ipynb {output.notebook} --cwd notebooks"
        " {params.injected} --no-progress-bar > {log} 2>&1 || {{ tail -n 25 {log} >&2; exit 1; }}"


rule scorecard:
    input:
        expand(f"{RESULTS}/{{chapter}}", chapter=NOTEBOOKS),
        "book/claims.yml",
        "book/first-version.json",
        [path.relative_to(ROOT).as_posix() for path in sources(ROOT / "notebooks/claims/__main__.py", ROOT, KNOWN)],
        [path.relative_to(ROOT).as_posix() for path in sorted((ROOT / "figures").rglob("*.json"))],
        [f"figures/{OLDER}"] if (ROOT / "figures" / OLDER).is_file() else [],
    output:
        "book/executed/scorecard.md",
    params:
        python=sys.executable,
    message:
        "comparing the results with the paper's claims"
    shell:
        "{params.python} -m zmlib scorecard --markdown {output} > /dev/null"


rule play:
    input:
        [path.relative_to(ROOT).as_posix() for path in sources(ROOT / "book/scripts/play.py", ROOT, KNOWN)],
    output:
        directory("book/executed/play"),
    params:
        python=sys.executable,
    log:
        "book/executed/logs/play.log",
    message:
        "exporting the networks of the page that paints (its log: {log})"
    shell:
        "OMP_NUM_THREADS=1 {params.python} book/scripts/play.py {output} > {log} 2>&1 || {{ tail -n 25 {log} >&2; exit 1; }}"


def pages():
    """What a person writes in book/, and the pictures that a release keeps."""
    kept = [*(ROOT / "book").glob("*.*"), *(ROOT / "book/_static").glob("*"), *(ROOT / "book/_ext").glob("*.py")]
    kept += [ROOT / "book/scripts/fetch.py", ROOT / "book/scripts/package-lock.json"]
    kept += [*(ROOT / "figures").rglob("*.*"), *(ROOT / "zmlib").rglob("*.py")]
    kept += [*(ROOT / "book/play").rglob("*"), ROOT / "zmlib/widgets/plane.js"]
    return sorted(path.relative_to(ROOT).as_posix() for path in kept if path.is_file())


rule pages:
    input:
        expand("book/executed/{chapter}.ipynb", chapter=NOTEBOOKS),
        "book/executed/scorecard.md",
        "book/executed/play",
        pages(),
    output:
        "book/_build/html/index.html",
    params:
        python=sys.executable,
        build=Path(sys.executable).with_name("jupyter-book"),
        site=os.environ.get("ZMLIB_SITE_URL", ""),  # which the pages have in their heads: another one, other pages
    threads: workflow.cores
    log:
        "book/executed/logs/pages.log",
    message:
        "compiling the pages (half a minute; its log: {log})"
    shell:
        "{{ {params.python} book/scripts/fetch.py"
        " && {params.build} build book --all -W -n --keep-going; }} > {log} 2>&1"
        " || {{ grep -a -E 'WARNING|ERROR' {log} >&2; tail -n 20 {log} >&2; exit 1; }}"
