"""The scripts of the page that paints, one by one: the arithmetic on styles, and the two ways to compute."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from painting import address_of
from serving import started
from visit import visit

import zmlib
from zmlib.affine import Affine


@pytest.fixture
def page(browser: Any, top: str) -> Any:
    """The page, for its scripts."""
    assert not visit(browser, f"{top}play.html")
    return browser


def test_the_graphics_card_is_taken_where_it_paints_the_same_and_is_not_slower(page: Any) -> None:
    code = """
        const [address, done] = arguments;
        const net = (wait, shift) => ({
          encode: async () => ({}), sessions: {},
          paint: async () => (await new Promise(go => setTimeout(go, wait)), new Float32Array(99).fill(0.5 + shift)),
        });
        import(address).then(async ({alike}) => done([
          await alike(net(60, 0), net(0, 0.001)), await alike(net(0, 0), net(60, 0)),
          await alike(net(60, 0), net(0, 0.01)), await alike(net(60, 0), net(0, NaN)),
        ]))"""
    assert page.execute_async_script(code, address_of(page, "net.js")) == [True, False, False, False]


@pytest.mark.timeout(600)
def test_a_graphics_card_paints_what_the_processor_paints(top: str) -> None:
    """On a card that Chromium imitates, which is slow: small pictures, and the network without the page around it."""
    with started("--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", leave_out="--disable-gpu") as chrome:
        chrome.set_script_timeout(300)  # for all the shaders of a network, on a busy machine
        chrome.get(f"{top}play.html")
        code = """
            const [script, done] = arguments, read = async name => (await fetch(new URL(name, location))).json();
            (async () => {
              const about = {...await read("play/model/model.json"), files: await read("play/files.json")};
              const {Net} = await import(script), side = 48;
              const pixels = Uint8Array.from({length: 4 * side * side}, (_, i) => (i * 37 + (i >> 8) * 11) % 256);
              const picture = {width: side, height: side, pixels}, painted = [];
              for (const engine of ["wasm", "webgpu"]) {
                const net = await Net.load(about, engine, () => {});
                painted.push([net.engine, [...await net.paint(picture, await net.encode(picture))]]);
              }
              return painted;
            })().then(done, error => done(String(error)))"""
        if not chrome.execute_async_script(
            "navigator.gpu.requestAdapter().then(arguments[0], () => arguments[0](null))"
        ):
            pytest.skip("this Chromium has no WebGPU")
        found = chrome.execute_async_script(code, address_of(chrome, "net.js"))
    assert isinstance(found, list), found
    (first, a), (second, b) = found
    assert (first, second) == ("wasm", "webgpu")
    assert len(a) == len(b) == 3 * 48 * 48 and np.abs(np.subtract(a, b)).max() < 1 / 255 and np.std(a) > 0.05


def test_the_pages_arithmetic_is_that_of_affine(page: Any) -> None:
    """mix, lerp and only, on parameters of the shape of `styles`."""
    norms = [norm._asdict() for norm in zmlib.load("styles").config.spec]
    rng = torch.Generator().manual_seed(0)
    spec = zmlib.load("styles").config.spec
    a, b = (
        Affine(*(tuple(torch.randn(1, n.channels, generator=rng) for n in spec) for _ in range(2)), spec)
        for _ in range(2)
    )
    code = """
        const [a, b, norms, address, done] = arguments;
        const arrays = affine => Object.fromEntries(Object.entries(affine).map(([k, v]) => [k, Float32Array.from(v)]));
        import(address).then(({mix, lerp, only}) => done([
          mix([arrays(a), arrays(b)], [1, 3]), lerp(arrays(a), arrays(b), 0.3), only(arrays(a), norms, [4, 5, 6]),
        ].map(affine => Object.fromEntries(Object.entries(affine).map(([k, v]) => [k, [...v]])))),
          error => done(String(error)))"""
    found = page.execute_async_script(code, _named(a), _named(b), norms, address_of(page, "affine.js"))
    assert isinstance(found, list), found
    for one, expected in zip(found, (Affine.mix([a, b], [1, 3]), a.lerp(b, 0.3), a.only([4, 5, 6])), strict=True):
        for name, numbers in _named(expected).items():
            assert np.allclose(one[name], numbers, atol=1e-5), name


def _named(affine: Affine) -> dict[str, list[float]]:
    pairs = zip(affine.spec, affine.gamma, affine.beta, strict=True)
    return {
        f"{kind}_{norm.name}": numbers[0].tolist()
        for norm, g, b in pairs
        for kind, numbers in (("gamma", g), ("beta", b))
    }
