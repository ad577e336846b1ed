"""Other ways to run the TNet, where they are installed: onnxruntime on the exported file, and `torch.compile`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from importlib.util import find_spec

import torch
from torch import Tensor

from bench.jobs import EAGER_UPTO, Job, amount, eager_bytes
from bench.machine import precisions
from bench.methods import EAGER, OURS, Networks, Pass, paintings, photos
from zmlib.device import memory_free

RUNTIME, COMPILED = f"{OURS}, onnxruntime", f"{OURS}, torch.compile"


def jobs(nets: Networks, size: int, batch: int, compile: bool, left_out: list[str]) -> Iterator[Job]:
    """Kept-style passes of the paper's width up to `EAGER_UPTO` pixels.

    left_out: receives a sentence for each way that is not available here, and one on the time that compiling took.
    """
    if size > EAGER_UPTO or eager_bytes(size, batch) > memory_free(torch.device("cpu")):
        return
    content, style = photos(size, batch), paintings(batch)
    work = amount(nets, EAGER, "kept", size, batch)
    missing = [name for name in ("onnx", "onnxscript", "onnxruntime") if find_spec(name) is None]
    if missing:
        _say(left_out, f"onnxruntime is left out, because {', '.join(missing)} cannot be imported.")
    else:
        yield Job(RUNTIME, "kept", "fp32", size, batch, runtime(nets, content, style), work)
    if compile:
        own = precisions(torch.device("cpu"))[-1]
        start = time.perf_counter()
        try:
            run = compiled(nets, content, style, own)
        except Exception as error:  # torch raises many kinds where the compiler is missing or unusable
            _say(left_out, f"torch.compile is left out, because it failed here ({type(error).__name__}).")
            return
        took = time.perf_counter() - start
        _say(left_out, f"torch.compile took {took:.0f} s at {size} px, {batch} at once, before its first picture.")
        yield Job(COMPILED, "kept", own, size, batch, run, work)


def runtime(nets: Networks, content: Tensor, style: Tensor) -> Pass:
    """The exported TNet in onnxruntime, with torch's number of threads."""
    import onnxruntime

    from zmlib.export.graph import affine_names, pairs

    net = nets.styles
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = torch.get_num_threads()
    session = onnxruntime.InferenceSession(nets.exported, options, providers=["CPUExecutionProvider"])
    with torch.no_grad():
        gammas_and_betas = [part.numpy() for part in pairs(net.encode(style))]
    given = {"content": content.numpy(), **dict(zip(affine_names(net), gammas_and_betas, strict=True))}
    return lambda: session.run(None, given)


def compiled(nets: Networks, content: Tensor, style: Tensor, precision: str) -> Pass:
    """The eager TNet under `torch.compile`, channels last, in bfloat16 by autocast where the processor has it."""
    net = nets.styles
    with torch.no_grad():
        affine = net.encode(style)
    fused = torch.compile(net.tnet)
    given = content.contiguous(memory_format=torch.channels_last)

    def run() -> object:
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
            return fused(given, affine).clamp(0, 1)

    run()
    return run


def _say(lines: list[str], sentence: str) -> None:
    if sentence not in lines:
        lines.append(sentence)
