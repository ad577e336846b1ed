"""What has to be stored for N styles, by method (Table 1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from torch import nn

from zmlib.tnet import TNetConfig
from zmlib.zmnet import ZMNet


def storage(config: TNetConfig, counts: Sequence[int] = (1, 10, 100, 1000, 20_938)) -> dict[str, Any]:
    """Bytes of float32 weights for N styles, by method, and from which N on ZM-Net is smaller.

    Returns:
        "bytes": method -> "1", "10", ... -> bytes; the method "kept" is ZM-Net with gamma and beta stored for each
        style, which then does not need PNet. "crossover": "fst" and "cin" -> the N.
    """

    def size(module: nn.Module) -> int:
        return sum(p.numel() * p.element_size() for p in (*module.parameters(), *module.buffers()))

    zmnet = ZMNet(config)
    tnet, whole = size(zmnet.tnet), size(zmnet)
    row = 2 * 4 * sum(norm.channels for norm in config.spec)  # gamma and beta
    for_n: dict[str, Callable[[int], int]] = {
        "zmnet": lambda n: whole,
        "kept": lambda n: whole + n * row,
        "fst": lambda n: n * (tnet + row),
        "cin": lambda n: tnet + n * row,
    }
    crossover = {"fst": whole // (tnet + row) + 1, "cin": (whole - tnet) // row + 1}
    return {"bytes": {name: {str(n): f(n) for n in counts} for name, f in for_n.items()}, "crossover": crossover}


def storage_table(stored: Mapping[str, Mapping[str, int]]) -> list[dict[str, str]]:
    """The "bytes" of `storage`, a row for each method."""
    names = {"fst": "FST", "cin": "CIN", "zmnet": "ZM-Net", "kept": "ZM-Net and kept gamma, beta"}
    return [
        {"styles": name} | {count: f"{size / 1e6:,.1f} MB" for count, size in stored[key].items()}
        for key, name in names.items()
    ]
