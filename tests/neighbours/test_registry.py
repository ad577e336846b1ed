"""The neighbours' networks that ship: whole, small, described, and each of what its name says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from zmlib.errors import UserError
from zmlib.neighbours import weights
from zmlib.neighbours.gan import load_gan
from zmlib.neighbours.weights import load_networks, shipped
from zmlib.weights import digest

ENTRIES = shipped()


def test_all_of_them_are_small() -> None:
    assert sum(entry.file.stat().st_size for entry in ENTRIES.values()) < 6 << 20
    assert {path.stem for path in weights.REGISTRY.parent.glob("*.safetensors")} == set(ENTRIES)


@pytest.mark.parametrize("name", ENTRIES)
def test_each_loads_and_its_card_says_how_it_was_trained(name: str) -> None:
    entry, (nets, card) = ENTRIES[name], load_networks(name)
    text = entry.card.read_text(encoding="utf-8")
    assert digest(entry.file) == entry.sha256 and nets
    assert f"{card['steps']:,} steps" in text and text.startswith(f"# Model card: {name}\n")
    for word in ("**Data.**", "**Licence.**", "**Time.**", "**What is wrong with it.**"):
        assert word in text, f"{name}: no {word}"


@pytest.mark.parametrize("name", ["faces", "shoes"])
def test_a_domain_is_whole(name: str) -> None:
    gan = load_gan(name)
    assert gan.card["domain"] == name and tuple(gan.card["attributes"]) == gan.attributes


def test_a_damaged_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    name, entry = next(iter(ENTRIES.items()))
    monkeypatch.setattr(weights, "shipped", lambda: {name: replace(entry, sha256="0")})
    with pytest.raises(UserError, match="is damaged, or not the weights"):
        load_networks(name)
