# The graph of the weights: photos and paintings -> style set -> every network that ships -> its weights and card; and
# by name or as "extras" those that exist for one figure. hashes.tsv has the SHA-256 of everything that was made.
#
#   zmlib weights train --photos DIR --paintings DIR --runs DIR      its front, for people (`make weights` is the same)
#   snakemake --snakefile weights.smk --workflow-profile zmlib/train/slurm --directory DIR --config photos=... paintings=...
#                                                                    a cluster, one GPU a job
#
# zmlib/train/jobs.yml lists the trainings. A killed job resumes from its resume file, which lies beside the weights and
# is no output of any rule, so that Snakemake leaves it alone. Everything is made in the folder of the runs, Snakemake's
# working directory. The keys of --config are the options of `zmlib weights train`.
import hashlib
import shlex
import sys
from functools import cache
from pathlib import Path

from zmlib.cli.options import excluding
from zmlib.data.check import check_pictures
from zmlib.data.folders import evenly, list_images
from zmlib.errors import UserError
from zmlib.train.jobs import TABLE, load_jobs
from zmlib.train.settings import GraphSettings
from zmlib.weights import load, weights_hash

GRAPH = GraphSettings.of(config)
SHARDS = GRAPH.shards
TABLE_OF_JOBS = load_jobs(
    GRAPH.length,
    tagged=GRAPH.tagged is not None,
    only=list(GRAPH.only) or None,
    path=GRAPH.table or TABLE,
)
JOBS, PICTURES = TABLE_OF_JOBS.jobs, TABLE_OF_JOBS.pictures
# exec: whoever stops a job signals the training itself, and Snakemake waits until it has saved its state. The last
# digits of a CPU training depend on the number of threads.
ZMLIB = f"exec env OMP_NUM_THREADS={GRAPH.threads} {shlex.quote(sys.executable)} -m zmlib"
JUDGE = "--judge" if GRAPH.judge else ""
EVERY = ["--device", GRAPH.device, *(part for word in GRAPH.exclude for part in ("--exclude", word))]
STRICT = ["--strict"] if GRAPH.strict else []
RESOURCES = {"gpu": 1, "mem_mb": 12_000, "runtime": 1_440}  # for a cluster; runtime in minutes


wildcard_constraints:
    job="[a-z0-9-]+",
    set=r"set(-\d+)?",
    number=r"\d+",
    shard=r"\d+",
    painting="[^/]+",


def part(folder, name="train"):
    """A folder's pictures for training, or for another part: the subfolder where there is a split, else the whole."""
    if (folder / name).is_dir():
        return folder / name
    if name != "train":
        raise UserError(f"{folder} holds no folder {name}, from which this training takes its painting: make one.")
    return folder


def folder_of(word):
    """The folder of style pictures that a word of `jobs.yml` stands for."""
    given = {"paintings": part(GRAPH.paintings), "photos": part(GRAPH.photos), "tagged": GRAPH.tagged}
    return given[word] if word in given else word if word == "painted" else f"{word}/train"


def marks(word):
    """The files that say that something is made: a folder of style pictures, or a network to begin from."""
    if word in JOBS:
        return [f"{word}/weights.safetensors"]
    shards = [f"{word}/.made-{i}-of-{SHARDS}" for i in range(1, SHARDS + 1)]
    return shards if word.startswith("set") else [f"{word}/.made"]


@cache
def some(count, name="train"):
    """`count` of the paintings for training, or for another part, evenly spread."""
    excluded = excluding(GRAPH.exclude) or (lambda path: False)
    files = [path for path in list_images(part(GRAPH.paintings, name)) if not excluded(path)]
    return evenly(check_pictures(files).good, count)


def single(job):
    """The one painting of a network of one style, see `jobs.yml`; None for other networks."""
    pick = job.styles[0]
    return None if isinstance(pick, str) else some(pick.of, pick.part)[pick.pick]


def links(folder, files):
    """The shell command that makes a folder of links to files, afresh."""
    return f"rm -rf {folder} && mkdir -p {folder} && ln -s {shlex.join(map(str, files))} {folder}/"


def seeds(count):
    """The shell command that links some of the paintings for training, and the others' parts as they are."""
    others = [part(GRAPH.paintings, name) for name in ("val", "test")]
    return f"{links(f'seeds-{count}', others)} && {links(f'seeds-{count}/train', some(int(count)))}"


# FST networks of unseen styles, by the painting's name, as the chapter on Figure 6 wants them.
UNSEEN = {
    single(job).stem: job.name
    for job in JOBS.values()
    if not isinstance(job.styles[0], str) and job.styles[0].part == "test"
}


def command(job):
    """The shell command of a job; a single painting first gets a folder of its own."""
    words = ["train", job.recipe, "--length", job.length, "--seed", job.seed, "--photos", part(GRAPH.photos)]
    noon = GRAPH.tagged / "noon" if GRAPH.tagged else None
    words += ["--photos", noon] if "tagged" in job.styles and noon.is_dir() else []
    for word in job.styles:
        words += ["--styles", folder_of(word) if isinstance(word, str) else f"one/{job.name}"]
    if job.start:
        own = job.start in JOBS and job.start != job.name
        words += ["--start", f"{job.start}/weights.safetensors" if own else job.start]
    words += ["--steps", job.steps] if job.steps else []
    words += ["--pictures", job.pictures] if job.pictures else []
    for option in ("memory", "loss_network", "save_every"):
        given = getattr(GRAPH, option)
        words += [f"--{option.replace('_', '-')}", given] if given is not None else []
    words += [*STRICT, *(["--changed-pictures"] if GRAPH.changed_pictures else [])]
    words += ["--snapshots", GRAPH.snapshots, "--out", job.name, *EVERY]
    painting = single(job)
    link = f"{links(f'one/{job.name}', [painting])} && " if painting else ""
    return f"{link}{ZMLIB} {shlex.join(map(str, words))}"


def seeds_of(name):
    """The folder of paintings that a style set is derived from: "set-18" has the 18 of "seeds-18"."""
    return name.replace("set", "seeds") if name != "set" else GRAPH.paintings


def build(name, shard):
    """The shell command that derives one part of a style set."""
    words = ["styles", "build", "--out", name, "--photos", GRAPH.photos, "--paintings", seeds_of(name)]
    words += ["--count", PICTURES[name], "--shard", f"{shard}/{SHARDS}", *EVERY, *STRICT]
    return f"{ZMLIB} {shlex.join(map(str, words))}"


rule all:
    input:
        expand("{job}/card.md", job=JOBS),
        expand("unseen/{painting}.safetensors", painting=UNSEEN),
        "hashes.tsv",


rule painted:
    output:
        touch(marks("painted")),
    params:
        command=f"{ZMLIB} paint --out painted --count {PICTURES['painted']}",
    log:
        "painted.log",
    priority: 110
    message:
        "painting (its log: {log})"
    shell:
        "{params.command} > {log} 2>&1"


rule seeds:
    output:
        touch("seeds-{number}/.made"),
    params:
        command=lambda wildcards: seeds(wildcards.number),
    priority: 110
    message:
        "choosing {wildcards.number} of the paintings"
    shell:
        "{params.command}"


rule shard:
    input:
        lambda wildcards: [] if wildcards.set == "set" else marks(seeds_of(wildcards.set)),
    output:
        touch(f"{{set}}/.made-{{shard}}-of-{SHARDS}"),
    params:
        command=lambda wildcards: build(wildcards.set, wildcards.shard),
    log:
        f"{{set}}-{{shard}}-of-{SHARDS}.log",
    threads: GRAPH.threads
    priority: 100
    resources:
        **RESOURCES,
    message:
        "deriving the style {wildcards.set}, part {wildcards.shard} (its log: {log})"
    shell:
        "{params.command} >> {log} 2>&1"


# A rule for each training, since a priority cannot depend on a wildcard.
for job in JOBS.values():

    rule:
        name:
            f"train_{job.name.replace('-', '_')}"
        input:
            [file for word in job.needs(frozenset(JOBS)) for file in marks(word)],
        output:
            f"{job.name}/weights.safetensors",
        params:
            command=command(job),
        log:
            f"{job.name}.log",
        threads: GRAPH.threads
        priority: job.priority
        resources:
            **RESOURCES,
        message:
            f"training {job.name} (its log: {job.name}.log)"
        shell:
            "{params.command} >> {log} 2>&1"


rule card:
    input:
        "{job}/weights.safetensors",
    output:
        "{job}/card.md",
    params:
        command=lambda wildcards: f"{ZMLIB} weights card {wildcards.job}/weights.safetensors {JUDGE}",
    log:
        "{job}-card.log",
    threads: GRAPH.threads
    priority: 120
    resources:
        **RESOURCES,
    message:
        "judging {wildcards.job} and writing its card (its log: {log})"
    shell:
        "{params.command} --out {output} > {log} 2>&1"


rule unseen:
    input:
        lambda wildcards: f"{UNSEEN[wildcards.painting]}/weights.safetensors",
    output:
        "unseen/{painting}.safetensors",
    message:
        "naming the weights after their painting, {wildcards.painting}"
    shell:
        "cp {input:q} {output:q}"


# Of everything that lies there: the weights, those along the way, and the manifests of the style sets, which have the
# hashes of their sources. A file of weights also says how long its training took, so beside its SHA-256 stands that of
# the tensors alone, by which results name weights: it is the same whenever they are.
rule hashes:
    input:
        expand("{job}/weights.safetensors", job=JOBS),
    output:
        "hashes.tsv",
    message:
        "writing {output}: the SHA-256 of the weights and of the style sets' manifests"
    run:
        kinds = ("*/weights.safetensors", "*/steps/*.safetensors", "*/manifest.csv")
        files = [path for kind in kinds for path in sorted(Path().glob(kind))]
        lines = ["sha256\tfile\tsha256 of the tensors\n"]
        for path in files:
            tensors = weights_hash(load(path)) if path.name == "weights.safetensors" else ""
            lines.append(f"{hashlib.sha256(path.read_bytes()).hexdigest()}\t{path.as_posix()}\t{tensors}\n")
        Path(output[0]).write_text("".join(lines), encoding="utf-8")
