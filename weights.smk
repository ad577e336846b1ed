# The graph of the weights: photos and paintings -> style set -> every network that ships -> its weights and card.
#
#   zmlib weights train --photos DIR --paintings DIR --runs DIR      its front, for people (`make weights` is the same)
#   snakemake --snakefile weights.smk --workflow-profile zmlib/train/slurm --directory DIR --config photos=... paintings=...
#                                                                    a cluster, one GPU a job
#
# zmlib/train/jobs.yml lists the trainings. A killed job resumes from its resume file, which lies beside the weights and
# is no output of any rule, so that Snakemake leaves it alone. Everything is made in the folder of the runs, Snakemake's
# working directory. The keys of --config are the options of `zmlib weights train`.
import shlex
import sys
from pathlib import Path

from zmlib.cli.options import excluding
from zmlib.data.check import check_pictures
from zmlib.data.folders import evenly, list_images
from zmlib.train.jobs import TABLE, load_jobs
from zmlib.train.settings import GraphSettings

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
    shard=r"\d+",


def train_part(folder):
    """The folder of training pictures: its `train` where there is a split, else the whole."""
    return folder / "train" if (folder / "train").is_dir() else folder


FOLDERS = {
    "paintings": train_part(GRAPH.paintings),
    "photos": train_part(GRAPH.photos),
    "painted": "painted",
    "set": "set/train",
    "tagged": GRAPH.tagged,
}
MARKS = {"set": [f"set/.made-{i}-of-{SHARDS}" for i in range(1, SHARDS + 1)], "painted": ["painted/.made"]}


def single(job):
    """The one painting of a network of one style, see `jobs.yml`; None for other networks."""
    if isinstance(job.styles[0], str):
        return None
    count, number = job.styles[0]
    excluded = excluding(GRAPH.exclude) or (lambda path: False)
    files = [path for path in list_images(train_part(GRAPH.paintings)) if not excluded(path)]
    return evenly(check_pictures(files).good, count)[number]


def needs(job):
    """The files that must be there before a job."""
    return [file for word in job.needs(frozenset(JOBS)) for file in MARKS.get(word, [f"{word}/weights.safetensors"])]


def command(job):
    """The shell command of a job; a single painting first gets a folder of its own."""
    words = ["train", job.recipe, "--length", job.length, "--seed", job.seed, "--photos", train_part(GRAPH.photos)]
    noon = GRAPH.tagged / "noon" if GRAPH.tagged else None
    words += ["--photos", noon] if "tagged" in job.styles and noon.is_dir() else []
    for word in job.styles:
        words += ["--styles", FOLDERS[word] if isinstance(word, str) else f"one/{job.name}"]
    if job.start:
        own = job.start in JOBS and job.start != job.name
        words += ["--start", f"{job.start}/weights.safetensors" if own else job.start]
    words += ["--steps", job.steps] if job.steps else []
    for option in ("memory", "loss_network", "save_every"):
        given = getattr(GRAPH, option)
        words += [f"--{option.replace('_', '-')}", given] if given is not None else []
    words += [*STRICT, *(["--changed-pictures"] if GRAPH.changed_pictures else [])]
    words += ["--snapshots", GRAPH.snapshots, "--out", job.name, *EVERY]
    painting = single(job)
    folder = f"one/{job.name}"
    link = f"rm -rf {folder} && mkdir -p {folder} && ln -s {shlex.quote(str(painting))} {folder}/ && "
    return f"{link if painting else ''}{ZMLIB} {shlex.join(map(str, words))}"


def build(shard):
    """The shell command that derives one part of the style set."""
    words = ["styles", "build", "--out", "set", "--photos", GRAPH.photos, "--paintings", GRAPH.paintings]
    words += ["--count", PICTURES["set"], "--shard", shard, *EVERY, *STRICT]
    return f"{ZMLIB} {shlex.join(map(str, words))}"


rule all:
    input:
        expand("{job}/card.md", job=JOBS),


rule painted:
    output:
        touch(MARKS["painted"]),
    params:
        command=f"{ZMLIB} paint --out painted --count {PICTURES['painted']}",
    log:
        "painted.log",
    priority: 110
    message:
        "painting (its log: {log})"
    shell:
        "{params.command} > {log} 2>&1"


rule shard:
    output:
        touch(f"set/.made-{{shard}}-of-{SHARDS}"),
    params:
        command=lambda wildcards: build(f"{wildcards.shard}/{SHARDS}"),
    log:
        f"set-{{shard}}-of-{SHARDS}.log",
    threads: GRAPH.threads
    priority: 100
    resources:
        **RESOURCES,
    message:
        "deriving the style set, part {wildcards.shard} (its log: {log})"
    shell:
        "{params.command} >> {log} 2>&1"


# A rule for each training, since a priority cannot depend on a wildcard.
for job in JOBS.values():

    rule:
        name:
            f"train_{job.name.replace('-', '_')}"
        input:
            needs(job),
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
