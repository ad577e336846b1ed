"""The findings of `zmlib doctor` about this machine, for JSON."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from zmlib import __version__, errors, weights
from zmlib.device import choose_device, device_name, has_bf16, memory_free
from zmlib.zmnet import ZMNet

MEASURED = 256  # pixels a side of the picture that is timed
EXTRAPOLATED = (512, 1024)


def examine(device: str = "auto", measure: bool = True) -> dict[str, Any]:
    """Everything, in the order of display.

    Args:
        device: where to measure times.
        measure: whether to measure them, which takes some seconds.

    Raises:
        UserError: no such device.
    """
    place = choose_device(device)
    found: dict[str, Any] = {
        "zmlib": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "torch": torch_report(),
        "loss_networks": loss_networks(),
        "weights": shipped_weights(),
        "disk": disk(),
    }
    if measure:
        found["time"] = times(place)
    return found


def torch_report() -> dict[str, Any]:
    """Version, threads and devices of torch; of each device whether bfloat16 is native or emulated, and free memory."""
    places = [torch.device("cpu"), *(torch.device("cuda", i) for i in range(torch.cuda.device_count()))]
    if torch.backends.mps.is_available():
        places.append(torch.device("mps"))
    devices = []
    for place in places:
        bf16 = "native" if has_bf16(str(place)) else "emulated (train in float32)"
        free = None if place.type == "mps" else memory_free(place)
        devices.append({"device": str(place), "name": device_name(place), "bf16": bf16, "free_bytes": free})
    return {
        "version": torch.__version__,
        "cuda": torch.version.cuda,
        "threads": torch.get_num_threads(),
        "devices": devices,
        "used_by_auto": str(choose_device("auto")),
    }


def loss_networks() -> list[dict[str, Any]]:
    """Every loss network: whether it is here, the hash of its weights or how to get them. Nothing is downloaded."""
    from zmlib.perceptual import NAMES, loss_network
    from zmlib.perceptual.download import VGG16_URL, data_weights

    rows: list[dict[str, Any]] = []
    for name in NAMES:
        if name == "vgg16":  # half a gigabyte, downloaded if missing: only look for the file
            cache = Path(torch.hub.get_dir()) / "checkpoints"
            file = VGG16_URL.rsplit("/", 1)[-1]
            places = [folder / file for folder in (data_weights(), cache) if folder is not None]
            path = next((place for place in places if place.is_file()), None)
            how = f"downloaded when first used (528 MB), or put {file} into {cache}"
            rows.append({"name": name, "found": path is not None, "sha256": None, "how": str(path) if path else how})
            continue
        try:
            network = loss_network(name)
            rows.append({"name": name, "found": True, "sha256": network.weights_hash, "how": ""})
        except errors.UserError as error:
            rows.append({"name": name, "found": False, "sha256": None, "how": str(error)})
    return rows


def shipped_weights() -> list[dict[str, Any]]:
    """The weights that ship: file, size, SHA-256 and card, or what is wrong with them."""
    rows: list[dict[str, Any]] = []
    for name, path in weights.available().items():
        with path.open("rb") as stream:
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        row = {"name": name, "path": str(path), "bytes": path.stat().st_size, "sha256": sha256, "card": {}, "error": ""}
        try:
            row["card"] = weights.load(name).card
        except errors.UserError as error:
            row["error"] = str(error)
        rows.append(row)
    return rows


def disk() -> list[dict[str, Any]]:
    """Free space in the working folder and where downloads go."""
    rows = []
    for what, folder in (("here", Path.cwd()), ("torch's downloads", Path(torch.hub.get_dir()))):
        there = next(place for place in [folder, *folder.parents] if place.exists())
        rows.append({"what": what, "folder": str(folder), "free_bytes": shutil.disk_usage(there).free})
    return rows


def times(device: torch.device) -> dict[str, Any]:
    """Seconds to expect on a device: measured at 256 px after a warm-up; other sizes in proportion to their pixels."""
    shipped = weights.available()
    name = "styles" if "styles" in shipped else next(iter(shipped), None)
    try:
        net = weights.load(name, device=device) if name else ZMNet().to(device).eval()
    except errors.UserError:  # damaged, as its row says; time does not depend on the weights
        name, net = None, ZMNet().to(device).eval()
    picture = torch.rand(1, 3, MEASURED, MEASURED, device=device)
    with torch.inference_mode():
        affine = net.encode(picture)
        net.stylize(picture, affine)
        encode = _seconds(lambda: net.encode(picture), device)
        one = _seconds(lambda: net.stylize(picture, affine), device)
    return {
        "device": str(device),
        "model": name or "untrained, the paper's width",
        "load_average": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "encode_256": encode,
        "stylize_256": one,
        **{f"stylize_{side}_expected": one * (side / MEASURED) ** 2 for side in EXTRAPOLATED},
        "train_step_expected": training_step(device),
    }


def training_step(device: torch.device) -> float | None:
    """Seconds of a training step at the paper's width, batch 4 at 128 px, loss by `slim`, float32; None without `slim`.

    Measured with a batch of one and multiplied by 4, so somewhat too high.
    """
    from zmlib.perceptual import loss_network, scale_free

    try:
        network = loss_network("slim").to(device)
    except errors.UserError:
        return None
    net = ZMNet().to(device)
    picture = torch.rand(1, 3, 128, 128, device=device)
    target = network.measure(picture)

    def step() -> None:
        scale_free(network.measure(net(picture, picture)), target, target).sum().backward()

    step()
    return 4 * _seconds(step, device)


def _seconds(work: Callable[[], object], device: torch.device) -> float:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    start = time.perf_counter()
    work()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()
    return time.perf_counter() - start
