# The graph of the weights: photos and paintings -> style set -> every network that ships -> its weights and card.
#
#   zmlib weights train --photos DIR --paintings DIR --runs DIR      its front, for people (`make weights` is the same)
#   snakemake --snakefile weights.smk --workflow-profile zmlib/train/slurm --directory DIR --config photos=... paintings=...
#                                                                    a cluster, one GPU a job
#
# What is trained is in zmlib/train/jobs.yml. A killed job goes on from its resume file, which lies beside the weights
# and is no output of any rule, so that Snakemake leaves it alone.
#
# Everything is made in the folder of the runs, which is Snakemake's working directory.
import shlex
import sys
from fnmatch import fnmatch
from pathlib import Path

from zmlib.data.check import check_pictures
from zmlib.data.folders import evenly, list_images
from zmlib.train.jobs import TABLE, load_jobs

PHOTOS, PAINTINGS = (Path(config[name]).resolve() for name in ("photos", "paintings"))
TAGGED = Path(config["tagged"]).resolve() if config.get("tagged") else None
SHARDS = int(config.get("shards", 1))  # of the style set: as many machines may work on it


def listed(name):
    """A setting of several words: a list, or text with commas."""
    given = config.get(name) or []
    return [word for word in given.split(",") if word] if isinstance(given, str) else list(map(str, given))


TABLE_OF_JOBS = load_jobs(
    config.get("length", "evening"),
    tagged=TAGGED is not None,
    only=listed("only") or None,
    path=Path(config.get("table") or TABLE),
)
JOBS, PICTURES = TABLE_OF_JOBS.jobs, TABLE_OF_JOBS.pictures
# As many threads as cores that a job may use. In the last digits the numbers of a CPU training depend on it.
THREADS = int(config.get("threads", 1))
# exec: whoever stops a job speaks to the training itself, and Snakemake waits until it has saved its state.
ZMLIB = f"exec env OMP_NUM_THREADS={THREADS} {shlex.quote(sys.executable)} -m zmlib"
JUDGE = "--judge" if config.get("judge", True) else ""
EVERY = ["--device", config.get("device", "auto")]
EVERY += [part for word in listed("exclude") for part in ("--exclude", word)]
RESOURCES = {"gpu": 1, "mem_mb": 12_000, "runtime": 1_440}  # for a cluster; runtime in minutes


wildcard_constraints:
    job="[a-z0-9-]+",
    shard=r"\d+",


def train_part(folder):
    """The folder of training pictures: `train` where there is a split, else all."""
    return folder / "train" if (folder / "train").is_dir() else folder


FOLDERS = {
    "paintings": train_part(PAINTINGS),
    "photos": train_part(PHOTOS),
    "painted": "painted",
    "set": "set/train",
    "tagged": TAGGED,
}
MARKS = {"set": [f"set/.made-{i}-of-{SHARDS}" for i in range(1, SHARDS + 1)], "painted": ["painted/.made"]}


def single(job):
    """The one painting of a network of one style, see `jobs.yml`; None for the others."""
    if isinstance(job.styles[0], str):
        return None
    count, number = job.styles[0]
    files = [path for path in list_images(train_part(PAINTINGS)) if not any(fnmatch(path.name, w) for w in listed("exclude"))]
    return evenly(check_pictures(files).good, count)[number]


def needs(job):
    """The files that must be there before a job."""
    return [file for word in job.needs(frozenset(JOBS)) for file in MARKS.get(word, [f"{word}/weights.safetensors"])]


def command(job):
    """The shell command of a job: where one painting is wanted, it gets a folder of its own first."""
    words = ["train", job.recipe, "--length", job.length, "--seed", job.seed, "--photos", train_part(PHOTOS)]
    words += ["--photos", TAGGED / "noon"] if "tagged" in job.styles and (TAGGED / "noon").is_dir() else []
    for word in job.styles:
        words += ["--styles", FOLDERS[word] if isinstance(word, str) else f"one/{job.name}"]
    if job.start:
        own = job.start in JOBS and job.start != job.name
        words += ["--start", f"{job.start}/weights.safetensors" if own else job.start]
    words += ["--steps", job.steps] if job.steps else []
    for option in ("memory", "loss-network", "save-every"):
        words += [f"--{option}", config[option]] if config.get(option) is not None else []
    words += [f"--{word}" for word in ("strict", "changed-pictures") if config.get(word)]
    words += ["--snapshots", config.get("snapshots", 10), "--out", job.name, *EVERY]
    painting = single(job)
    folder = f"one/{job.name}"
    link = f"rm -rf {folder} && mkdir -p {folder} && ln -s {shlex.quote(str(painting))} {folder}/ && "
    return f"{link if painting else ''}{ZMLIB} {shlex.join(map(str, words))}"


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
        command=lambda wildcards: ZMLIB
        + " "
        + shlex.join(["styles", "build", "--out", "set", "--photos", str(PHOTOS), "--paintings", str(PAINTINGS)])
        + " "
        + shlex.join(["--count", str(PICTURES["set"]), "--shard", f"{wildcards.shard}/{SHARDS}", *map(str, EVERY), *(["--strict"] if config.get("strict") else [])]),
    log:
        f"set-{{shard}}-of-{SHARDS}.log",
    threads: THREADS
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
        threads: THREADS
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
    threads: THREADS
    priority: 120
    resources:
        **RESOURCES,
    message:
        "judging {wildcards.job} and writing its card (its log: {log})"
    shell:
        "{params.command} --out {output} > {log} 2>&1"
