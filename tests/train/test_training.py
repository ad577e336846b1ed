"""Training: it learns, it resumes where it was killed, and it refuses what it cannot use."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from filelock import FileLock
from PIL import Image
from processes import finished, running
from safetensors.torch import load_file

import zmlib
from zmlib import TNetConfig, UserError
from zmlib.pnet import Standardise
from zmlib.train import Phase, Recipe, train
from zmlib.train.crops import style_crop

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}", "OMP_NUM_THREADS": "1"}
RECIPE = Recipe(
    "for tests",
    config=TNetConfig(width=(4, 4, 8), blocks=1),
    loss_network="slim",
    phases=(Phase(24, size=32, batch=2), Phase(12, size=40, batch=1)),
    warmup=2,
    averaging=0.9,
    contents=12,
    styles=12,
)


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    rng = np.random.default_rng(0)
    for name in ("photos", "styles"):
        (tmp_path / name).mkdir()
        for i in range(3):
            noise = rng.integers(0, 255, (12, 12, 3), dtype=np.uint8)
            Image.fromarray(noise).resize((64, 56), Image.Resampling.BICUBIC).save(tmp_path / name / f"{i}.png")
    return tmp_path / "photos", tmp_path / "styles"


def go(folders: tuple[Path, Path], out: Path, recipe: Recipe = RECIPE, **options) -> dict[str, torch.Tensor]:
    path = train(recipe, *folders, out, device="cpu", precision="32-true", progress=False, **options)
    return load_file(path)


def same(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)


def test_the_loss_falls_and_the_file_loads(folders: tuple[Path, Path], tmp_path: Path) -> None:
    recipe = replace(RECIPE, phases=(Phase(120, size=32, batch=2),), rate=3e-3, averaging=0.0)
    go(folders, tmp_path / "run", recipe)
    rows = list(csv.DictReader((tmp_path / "run" / "losses.csv").open()))
    assert [int(r["step"]) for r in rows] == [20, 40, 60, 80, 100, 120]
    assert float(rows[-1]["loss"]) < 0.8 * float(rows[0]["loss"])
    model = zmlib.load(tmp_path / "run" / "weights.safetensors")
    assert (
        model.card["steps"] == 120
        and model.card["loss_network"] == "slim"
        and len(model.card["loss_network_sha256"]) == 64
    )


def test_averaged_weights_are_exported_with_the_statistics_of_their_own_psi(
    folders: tuple[Path, Path], tmp_path: Path
) -> None:
    """An average that lags far behind has another psi than the network in training: its statistics are not its own."""
    recipe = replace(RECIPE, phases=(Phase(30, size=32, batch=2),), rate=3e-2, averaging=0.99, photo_styles=0.0)
    go(folders, tmp_path / "run", recipe)
    net = zmlib.load(tmp_path / "run" / "weights.safetensors")
    trained = torch.load(tmp_path / "run" / "resume.pt", weights_only=True)["model"]
    photos, styles = (sorted(folder.iterdir()) for folder in folders)
    crops = torch.stack([style_crop(styles, photos, recipe, 0, i, 32) for i in range(recipe.styles)]) / 255
    seen: dict[str, torch.Tensor] = {}
    norms = {name: one for name, one in net.named_modules() if isinstance(one, Standardise)}
    for name, norm in norms.items():
        norm.register_forward_pre_hook(lambda _, given, name=name: seen.update({name: given[0]}))
    with torch.no_grad():
        net.source(crops)
    assert len(norms) > 3
    for name, norm in norms.items():
        own = seen[name].square().mean()
        assert 0.6 < norm.square.mean() / own < 1.6, name
        assert not 0.6 < trained[f"{name}.square"].mean() / own < 1.6, (
            f"{name}: the average does not lag, this tests nothing"
        )


@pytest.mark.parametrize("source", ["constant", "table", "parallel-image"])
def test_one_loop_trains_every_source(folders: tuple[Path, Path], tmp_path: Path, source: str) -> None:
    options = {"table": {"styles": 3}, "parallel-image": {"hidden": 4}}.get(source, {})
    recipe = replace(RECIPE, source=source, options=options, averaging=0.0, phases=(Phase(3, size=32, batch=2),))
    if source == "constant":
        with pytest.raises(UserError, match="needs one picture"):
            go(folders, tmp_path / "run", recipe)
        for extra in sorted(folders[1].iterdir())[1:]:
            extra.unlink()
    weights = go(folders, tmp_path / "run", recipe)
    torch.manual_seed(0)
    start = zmlib.ZMNet(recipe.config, source, **options).half().state_dict()
    moved = [k for k in weights if k.startswith("source") and not torch.equal(weights[k], start[k])]
    assert moved, "the source did not learn"


def test_interrupted_and_resumed_gives_the_same_weights(
    folders: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C at several moments, one of them in the second phase."""
    import zmlib.train.loop as loop

    alone = go(folders, tmp_path / "alone")
    real = loop.Trainer.train_step
    for stop in (7, 20, 29):

        def step(self: loop.Trainer, stop: int = stop) -> torch.Tensor:
            if self.step == stop:
                raise KeyboardInterrupt
            return real(self)

        monkeypatch.setattr(loop.Trainer, "train_step", step)
        with pytest.raises(KeyboardInterrupt):
            go(folders, tmp_path / "broken")
    monkeypatch.setattr(loop.Trainer, "train_step", real)
    assert same(go(folders, tmp_path / "broken"), alone)
    steps = [int(r["step"]) for r in csv.DictReader((tmp_path / "broken" / "losses.csv").open())]
    assert steps == sorted(set(steps))


SCRIPT = """
import sys, torch
from pathlib import Path
import zmlib.train.running as running
from tests.train.test_training import RECIPE
from zmlib.train import train
torch.set_num_threads(1)
running.LOG_EVERY = 3
photos, styles, out = map(Path, sys.argv[1:])
train(RECIPE, photos, styles, out, device="cpu", precision="32-true", progress=False, save_every=0.0)
"""


def test_killed_and_resumed_gives_the_same_weights(folders: tuple[Path, Path], tmp_path: Path) -> None:
    """SIGKILL, which no program can answer, as soon as a first resume file stands."""
    command = [sys.executable, "-c", SCRIPT, *map(str, folders), str(tmp_path / "killed")]
    with running(command, cwd=ROOT, env=ENVIRONMENT, stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 120
        while not (tmp_path / "killed/resume.pt").exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.005)
        process.kill()
        process.wait()
    reached = torch.load(tmp_path / "killed" / "resume.pt", weights_only=True)["step"]
    assert 0 < reached < RECIPE.steps and not (tmp_path / "killed" / "weights.safetensors").exists()
    assert same(go(folders, tmp_path / "killed"), go(folders, tmp_path / "alone"))


def test_a_training_that_is_told_to_stop_saves_the_step_it_is_at(folders: tuple[Path, Path], tmp_path: Path) -> None:
    """SIGTERM, by which a cluster announces that it takes the machine away. Nothing else would have been saved yet."""
    words = ["train", "smoke", "--photos", folders[0], "--styles", folders[1], "--out", tmp_path / "run"]
    command = [sys.executable, "-m", "zmlib", *map(str, words), "--steps", "100000", "--save-every", "1000000"]
    with running(command, cwd=ROOT, env=ENVIRONMENT, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
        log, deadline = tmp_path / "run" / "losses.csv", time.monotonic() + 240
        while not (log.exists() and log.read_text().count("\n") > 1) and time.monotonic() < deadline:
            time.sleep(0.05)
        process.terminate()
        _, said = process.communicate()
    assert process.returncode == 130 and "resumes from the state saved in" in said
    assert torch.load(tmp_path / "run" / "resume.pt", weights_only=True)["step"] >= 20


def test_two_trainings_do_not_write_into_one_folder(folders: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    with FileLock(tmp_path / "run" / ".lock"), pytest.raises(UserError, match="another training is running in"):
        go(folders, tmp_path / "run")
    (tmp_path / "run" / ".resume.pt.0123abcd.part").write_bytes(b"what a kill left")
    go(folders, tmp_path / "run")
    assert not list((tmp_path / "run").glob(".*.part"))


def test_resume_file_of_other_settings_or_damaged_is_refused(folders: tuple[Path, Path], tmp_path: Path) -> None:
    short = replace(RECIPE, phases=(Phase(2, size=32, batch=1),))
    go(folders, tmp_path / "run", short)
    with pytest.raises(UserError, match=r"has ended its 2 steps.* --start .*weights\.safetensors"):
        go(folders, tmp_path / "run", replace(short, phases=(Phase(4, size=32, batch=1),)))
    resume = tmp_path / "run" / "resume.pt"
    resume.write_bytes(resume.read_bytes()[:1000])
    with pytest.raises(UserError, match="cannot be read"):
        go(folders, tmp_path / "run", short)
    go(folders, tmp_path / "run", short, resume=False)


def test_an_unfinished_run_refuses_other_settings(
    folders: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop_at(monkeypatch, 3)
    with pytest.raises(KeyboardInterrupt):
        go(folders, tmp_path / "run")
    with pytest.raises(UserError, match="other settings; choose another --out"):
        go(folders, tmp_path / "run", replace(RECIPE, rate=1e-4))


def stop_at(patch: pytest.MonkeyPatch, at: int, error: type[BaseException] = KeyboardInterrupt) -> None:
    """Let the step numbered `at` raise."""
    import zmlib.train.loop as loop

    real = loop.Trainer.train_step

    def step(self: loop.Trainer) -> torch.Tensor:
        if self.step == at:
            raise error
        return real(self)

    patch.setattr(loop.Trainer, "train_step", step)


def test_a_resume_file_that_could_run_code_is_refused(folders: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    torch.save({"step": 1, "path": Path("x")}, tmp_path / "run" / "resume.pt")  # any class but tensors and plain values
    with pytest.raises(UserError, match="cannot be read"):
        go(folders, tmp_path / "run")


def test_ctrl_c_in_the_middle_of_a_step_leaves_the_last_whole_state(
    folders: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the optimiser's step and the count, weights and step number do not belong together."""
    import zmlib.train.loop as loop

    alone = go(folders, tmp_path / "alone")
    real = loop.AveragedModel.update_parameters
    calls = iter(range(1000))

    def update(self: loop.AveragedModel, model: torch.nn.Module) -> None:
        if next(calls) == 9:
            raise KeyboardInterrupt
        real(self, model)

    monkeypatch.setattr(loop.AveragedModel, "update_parameters", update)
    with pytest.raises(KeyboardInterrupt):
        go(folders, tmp_path / "broken")
    assert not (tmp_path / "broken" / "resume.pt").exists()
    assert same(go(folders, tmp_path / "broken"), alone)


def test_training_goes_on_from_weights_of_the_same_structure_only(folders: tuple[Path, Path], tmp_path: Path) -> None:
    first = tmp_path / "first" / "weights.safetensors"
    go(folders, tmp_path / "first")
    still = replace(RECIPE, phases=(Phase(1, size=32, batch=1),), rate=1e-12, averaging=0.0)
    before, after = load_file(first), go(folders, tmp_path / "second", still, start=first)
    for name in [name for name in before if ".norm." in name]:  # the running statistics have seen one more step
        assert not torch.equal(after.pop(name), before.pop(name)), name
    assert same(after, before)
    with pytest.raises(UserError, match="another structure"):
        go(folders, tmp_path / "third", replace(still, config=TNetConfig(width=(4, 4, 4), blocks=1)), start=first)


def test_of_a_network_with_another_source_only_the_tnet_goes_on(folders: tuple[Path, Path], tmp_path: Path) -> None:
    first = tmp_path / "first" / "weights.safetensors"
    before = go(folders, tmp_path / "first")
    still = replace(RECIPE, phases=(Phase(1, size=32, batch=1),), rate=1e-12, averaging=0.0, source="parallel-image")
    after = go(folders, tmp_path / "second", replace(still, options={"hidden": 3}), start=first)
    kept = {name for name in after if name in before and torch.equal(after[name], before[name])}
    assert {name for name in before if name.startswith("tnet")} <= kept
    biases = {name for name in before if name.endswith("linear.bias")}
    assert biases and biases <= kept, "a new PNet starts at the mean affine parameters of the old one"
    assert not any(name.endswith("linear.weight") for name in kept)


def test_out_of_memory_says_what_to_lower(
    folders: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import zmlib.train.loop as loop

    def full(self: loop.Trainer) -> torch.Tensor:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(loop.Trainer, "train_step", full)
    with pytest.raises(UserError, match=r"batch 2 and 32 pixels; lower"):
        go(folders, tmp_path / "run")


def test_a_loss_that_is_not_finite_stops_the_run(folders: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(UserError, match="the loss is nan"):
        go(folders, tmp_path / "run", replace(RECIPE, content_weight=float("nan")))


def test_unknown_recipe_and_empty_folder(folders: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no recipe named 'x'"):
        go(folders, tmp_path / "run", "x")  # type: ignore[arg-type]
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="empty"):
        train("smoke", tmp_path / "empty", folders[1], tmp_path / "run", progress=False)


def test_snapshots_are_evenly_spread_and_end_with_the_weights(folders: tuple[Path, Path], tmp_path: Path) -> None:
    final = go(folders, tmp_path / "run", snapshots=3)
    files = sorted((tmp_path / "run" / "steps").glob("*.safetensors"))
    assert [file.stem for file in files] == ["000012", "000024", "000036"]
    assert same(load_file(files[-1]), final) and not same(load_file(files[0]), final)
    assert same(go(folders, tmp_path / "plain"), final), "they change nothing"


def test_a_card_counts_the_steps_of_the_weights_it_began_with(folders: tuple[Path, Path], tmp_path: Path) -> None:
    go(folders, tmp_path / "first", RECIPE.shortened(4))
    start = tmp_path / "first" / "weights.safetensors"
    go(folders, tmp_path / "more", RECIPE.shortened(6), start=start)
    card = zmlib.load(tmp_path / "more" / "weights.safetensors").card
    assert (card["steps"], card["steps_before"]) == (10, 4) and card["seconds"] >= zmlib.load(start).card["seconds"]


SPREAD = """
import sys
from pathlib import Path
from tests.train.test_training import RECIPE
from zmlib.train import train
if __name__ == "__main__":
    photos, styles, out = map(Path, sys.argv[1:])
    print(train(RECIPE, photos, styles, out, device="cpu", devices=2, precision="32-true", progress=False))
"""


def test_two_processes_of_one_training_share_its_folder(folders: tuple[Path, Path], tmp_path: Path) -> None:
    script = tmp_path / "spread.py"
    script.write_text(SPREAD)
    command = [sys.executable, str(script), *map(str, folders), str(tmp_path / "run")]
    done = finished(command, cwd=ROOT, env=ENVIRONMENT)
    assert done.returncode == 0, done.stderr
    card = zmlib.load(tmp_path / "run" / "weights.safetensors").card
    assert card["steps"] == RECIPE.steps
