"""The one training loop, for every source of gamma and beta."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from lightning.fabric import Fabric
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from torch import Tensor
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from zmlib.device import memory_free, out_of_memory
from zmlib.errors import UserError
from zmlib.perceptual import LossNetwork, loss_network
from zmlib.perceptual.grain import grain_share
from zmlib.perceptual.halo import halo_share
from zmlib.perceptual.lattice import lattice_share
from zmlib.perceptual.speckle import speckle
from zmlib.pnet import PNet, start_at_mean
from zmlib.train.bank import Bank
from zmlib.train.crops import photo_crop, style_crop
from zmlib.train.objective import colour_parts, loss_parts, own_colours
from zmlib.train.recipe import Phase, Recipe
from zmlib.train.state import LossLog, final_loss, fingerprint, pictures_hash, write_resume
from zmlib.train.stopping import until_told_to_stop
from zmlib.train.tags import Tags
from zmlib.weights import SNAPSHOTS, save
from zmlib.zmnet import ZMNet

LOG_EVERY = 20
MANY = 20_000  # crops; of more than that most are drawn once
SAVE_SECONDS = 180.0
DECAY = 0.2  # of the steps: the falling side of the schedule "trapezoid"


def learning_rate(recipe: Recipe, step: int) -> float:
    """Adam's rate at a step (0-based): a function of the step alone, so that there is no scheduler state to resume."""
    warm = min(1.0, (step + 1) / recipe.warmup) if recipe.warmup else 1.0
    done = step / max(1, recipe.steps)
    if recipe.schedule == "trapezoid":
        return recipe.rate * warm * min(1.0, max(0.01, (1 - done) / DECAY))
    if recipe.schedule == "cosine":
        return recipe.rate * warm * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * done)))
    return recipe.rate * warm * (0.1 ** int(4 * done) if recipe.schedule == "steps" else 1.0)


class Trainer:
    """A network in training. `run` goes from wherever the resume file stands to the end.

    Args:
        recipe: what to do.
        photos, styles: the picture files.
        out: the folder for resume file, CSV and weights.
        fabric: device, precision and number of processes.
        network: the loss network; None loads the recipe's.
        start: a network to begin from; where its source is another than the recipe's, its TNet alone, which must have
            the same structure. None begins from random weights.
        name: of the recipe, for the card.
        snapshots: how many times along the way, evenly, the weights are exported too, into `steps/` of `out`.
        tags: for a source that reads words; what each style picture is tagged with.
        shared: the name of the shipped weights whose TNet stays as it is, where that is so; the exported weights then
            name it and do not hold it.
        store: bytes that crops and their measurements may take in memory; None: half of what is free.
        save_every: seconds between two resume files.
        left_out: how many pictures were damaged, for the card.
    """

    def __init__(
        self,
        recipe: Recipe,
        photos: list[Path],
        styles: list[Path],
        out: Path,
        fabric: Fabric,
        seed: int = 0,
        network: LossNetwork | None = None,
        start: ZMNet | None = None,
        name: str = "custom",
        snapshots: int = 0,
        tags: Tags | None = None,
        shared: str | None = None,
        store: int | None = None,
        save_every: float = SAVE_SECONDS,
        left_out: int = 0,
    ) -> None:
        self.store, self.save_every, self.left_out = store, save_every, left_out
        self.history: list[dict[str, int]] = []  # of the pictures, where they were changed on the way
        self.tags, self.shared = tags, shared
        self.recipe, self.photos, self.styles, self.out, self.fabric, self.seed = (
            recipe,
            photos,
            styles,
            out,
            fabric,
            seed,
        )
        self.network = (network or loss_network(recipe.loss_network)).to(fabric.device)
        torch.manual_seed(seed)  # the first weights; nothing later draws from torch's generator
        model = ZMNet(recipe.config, recipe.source, **recipe.options)
        if start is not None:
            if start.config != recipe.config or type(start.tnet) is not type(model.tnet):
                raise UserError("the weights to start from belong to a network of another structure than the recipe's")
            if (start.kind, start.options) == (recipe.source, recipe.options):
                model.load_state_dict(start.state_dict())
            else:  # what reads one kind of signal is of no use for another, but its TNet has learned to draw
                model.tnet.load_state_dict(start.tnet.state_dict())
                if isinstance(start.source, PNet) and isinstance(model.source, PNet):
                    start_at_mean(model.source, start.source)
        model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        model.tnet.requires_grad_(recipe.trains == "all")
        optimiser = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=recipe.rate)
        self.model, self.optimiser = fabric.setup(model, optimiser)
        self.mean = (
            AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(recipe.averaging)) if recipe.averaging else None
        )
        self.step, self.seconds = 0, 0.0
        machine = f"{fabric.strategy.precision.precision} on {fabric.world_size} {fabric.device.type}"
        machine += f", {tags}" if tags else ""
        self.key = fingerprint(recipe, seed, machine, start)
        self.pictures = {"photos": pictures_hash(photos), "styles": pictures_hash(styles)}
        self.name = name
        self.before = {key: (start.card.get(key) or 0) if start is not None else 0 for key in ("steps", "seconds")}
        self.marks = {round(recipe.steps * i / snapshots) for i in range(1, snapshots + 1)}
        self._torn = False
        self._phase: Phase | None = None

    def state(self) -> dict[str, Any]:
        """All that the rest of the run depends on.

        Crops and batches are functions of (seed, step), so this is no more than that.
        """
        return {
            "fingerprint": self.key,
            "pictures": self.pictures,
            "history": self.history,
            "steps": self.recipe.steps,
            "step": self.step,
            "seconds": self.seconds,
            "model": self.model.module.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "mean": self.mean.state_dict() if self.mean else None,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from what `state` gave."""
        self.step, self.seconds, self.history = state["step"], state["seconds"], state["history"]
        if state["pictures"] != self.pictures:
            now = {"photos": len(self.photos), "styles": len(set(self.styles))}
            self.history = [*self.history, {"from_step": self.step, **now}]
        self.model.module.load_state_dict(state["model"])
        self.optimiser.load_state_dict(state["optimiser"])
        if self.mean:
            self.mean.load_state_dict(state["mean"])

    @property
    def best(self) -> ZMNet:
        """The network to use: the average of the weights where the recipe keeps one."""
        return cast(ZMNet, self.mean.module if self.mean else self.model.module)

    def banks(self, phase: Phase) -> tuple[Bank, Bank]:
        """Crops and their measurements at this phase's size (kept until the size changes)."""
        if self._phase is None or self._phase.size != phase.size:
            r, n = self.recipe, len(self.styles)
            single = r.style_crops in ("whole", "fixed") and r.photo_styles == 0  # one crop of each style picture
            make: Callable[..., Bank] = partial(
                Bank,
                network=self.network,
                autocast=self.fabric.autocast,
                device=self.fabric.device,
                content_layer=r.content_layer,
                style_layers=r.style_layers,
                # Measuring sixteen at once pays on a GPU, if the other fifteen will be drawn too.
                chunk=16 if self.fabric.device.type == "cuda" and max(r.contents, r.styles) <= MANY else 1,
                budget=(self.store or memory_free(torch.device("cpu")) // 2) // 2,
            )
            self._contents = make(partial(photo_crop, self.photos, self.seed, size=phase.size), limit=r.contents)
            crop = partial(style_crop, self.styles, self.photos, r, self.seed, size=r.style_size or phase.size)
            most = max(r.styles, n) if self.tags else r.styles  # of every word each picture
            self._styles = make(crop, limit=n if single else most, keep_content=False)
        self._phase = phase
        return self._contents, self._styles

    def batch(self, phase: Phase) -> tuple[np.ndarray, np.ndarray]:
        """Numbers of the content and style crops of this step and process."""
        contents, styles = self.banks(phase)
        rng = np.random.default_rng([self.seed, 3, self.step, self.fabric.global_rank])
        content = rng.integers(contents.limit, size=phase.batch)
        count = 1 if self.recipe.one_style else phase.batch
        style = self.tags.draw(rng, styles.limit, count) if self.tags else rng.integers(styles.limit, size=count)
        return content, np.resize(style, phase.batch)

    def signal(self, styles: Tensor, indices: np.ndarray) -> Tensor:
        """What the source reads of the style crops: themselves, their numbers, their words, their colours."""
        if self.tags:
            return self.tags.signals(indices).to(styles.device)
        return self.recipe.reading.of_styles(styles, torch.as_tensor(indices, device=styles.device))

    def train_step(self) -> Tensor:
        """One optimiser step. Returns (3,): loss, its style and its content part, on the device (no wait for it)."""
        phase = self.recipe.phase_at(self.step)
        content_ids, style_ids = self.batch(phase)
        contents, styles = self.banks(phase)
        content, content_measured = contents.draw(content_ids.tolist())
        style, style_measured = styles.draw(style_ids.tolist())
        if self.recipe.objective == "colours":
            style = own_colours(style, content)
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate(self.recipe, self.step)
        self.optimiser.zero_grad(set_to_none=True)
        output = self.model(content, self.signal(style, style_ids))
        with self.fabric.autocast():
            measured = self.network.measure(output, self.recipe.style_layers, self.recipe.content_layer)
        if self.recipe.objective == "colours":
            s, c = colour_parts(self.recipe, output, style, measured, content_measured)
        else:
            s, c = loss_parts(self.recipe, self.network, measured, style_measured, content_measured)
        loss = (s + c).mean()
        if self.recipe.lattice_weight:
            loss = loss + self.recipe.lattice_weight * lattice_share(output).mean()
        if self.recipe.halo_weight:
            loss = loss + self.recipe.halo_weight * halo_share(output, content).mean()
        if self.recipe.grain_weight:
            loss = loss + self.recipe.grain_weight * grain_share(output, content).mean()
        if self.recipe.speckle_weight:
            loss = loss + self.recipe.speckle_weight * speckle(output, style).mean()
        self.fabric.backward(loss)
        if self.recipe.clip is not None:
            self.fabric.clip_gradients(self.model, self.optimiser, max_norm=self.recipe.clip, error_if_nonfinite=False)
        self._torn = True  # from here to the count the parts of the state belong to different steps
        self.optimiser.step()
        if self.mean:
            self.mean.update_parameters(self.model.module)
        self.step += 1
        self._torn = False
        return torch.stack([loss, s.mean(), c.mean()]).detach()

    def run(self, progress: bool = True) -> Path:
        """Train to the end. A kill or Ctrl-C loses at most a few minutes. Returns the file of the exported weights."""
        main = self.fabric.is_global_zero
        log = LossLog(self.out, self.step) if main else None
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed}/{task.total}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
        )
        self.model.train()
        try:
            with Progress(*columns, disable=not (progress and main)) as bar:
                task = bar.add_task(self.recipe.loss_network, total=self.recipe.steps, completed=self.step)
                self._loop(log, lambda text: bar.update(task, completed=self.step, description=text))
        except (RuntimeError, MemoryError) as error:
            if not out_of_memory(error):
                raise
            phase = self.recipe.phase_at(self.step)
            raise UserError(
                f"the device ran out of memory at batch {phase.batch} and {phase.size} pixels; "
                "lower --batch or --size, or train with --device cpu"
            ) from error
        finally:
            if log:
                log.close()
        return (
            save(self.best, self.out / "weights.safetensors", self.card()) if main else self.out / "weights.safetensors"
        )

    def _loop(self, log: LossLog | None, show: Callable[[str], None]) -> None:
        sums, count, images, saved, tick = (
            torch.zeros(3, device=self.fabric.device),
            0,
            0,
            time.monotonic(),
            time.monotonic(),
        )
        try:
            with until_told_to_stop() as told:
                while self.step < self.recipe.steps:
                    if told:
                        raise KeyboardInterrupt
                    images += self.recipe.phase_at(self.step).batch * self.fabric.world_size
                    sums += self.train_step()
                    count += 1
                    if self.step in self.marks:
                        self.snapshot()
                    if count == LOG_EVERY or self.step == self.recipe.steps:
                        now = time.monotonic()
                        loss, style, content = (sums / count).tolist()
                        if not math.isfinite(loss):
                            raise UserError(
                                f"the loss is {loss} at step {self.step}; lower the learning rate, or use 32-bit "
                                "precision"
                            )
                        self.seconds += now - tick
                        speed = images / (now - tick)
                        if log:
                            log.add(self.step, loss, style, content, learning_rate(self.recipe, self.step - 1), speed)
                        show(f"loss {loss:.4f} (style {style:.4f}, content {content:.4f}) {speed:.1f} images/s")
                        sums.zero_()
                        count, images, tick = 0, 0, now
                        if now - saved > self.save_every:
                            self.checkpoint()
                            saved = now
        except BaseException:  # Ctrl-C, a picture that has gone, memory: none of them may cost more than this step
            # Else the last resume file stands: weights of two steps, or of no number, must not take its place.
            if not self._torn and bool(sums.isfinite().all()):
                self.checkpoint()
            raise
        self.checkpoint()

    def snapshot(self) -> None:
        """Export the weights as they are now, named by the step: what a curve against steps is measured on."""
        if self.fabric.is_global_zero:
            save(self.best, self.out / SNAPSHOTS / f"{self.step:06d}.safetensors", self.card())

    def checkpoint(self) -> None:
        """Write the resume file."""
        if self.fabric.is_global_zero:
            write_resume(self.out, self.state())

    def card(self) -> dict[str, Any]:
        """What the exported file says about itself."""
        return (
            {
                "recipe": self.name,
                "about": self.recipe.about,
                "reads": self.recipe.reading.name,
                "steps": self.before["steps"] + self.step,
                "seconds": self.before["seconds"] + round(self.seconds),
                "steps_before": self.before["steps"],  # those of the weights that this run began with
                "final_loss": final_loss(self.out),
                "device": str(self.fabric.device.type),
                "photos": len(self.photos),
                "styles": len(set(self.styles)),
                "loss_network": self.network.name,
                "loss_network_sha256": self.network.weights_hash,
                "seed": self.seed,
                "licence": "MIT; what the pictures' licences allow is for the trainer to know",
                "settings": self.key,
            }
            | ({"guides": self.recipe.start} if self.recipe.trains == "pnet" else {})
            | ({"words": self.tags.card()} if self.tags else {})
            | ({"left_out": self.left_out} if self.left_out else {})
            | ({"pictures_changed": self.history} if self.history else {})
            | ({"tnet": self.shared} if self.shared else {})
        )
