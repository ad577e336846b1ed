"""The table of trainings, and how much is left of one."""

from __future__ import annotations

from pathlib import Path

import pytest

from zmlib import UserError
from zmlib.train import LONG, RECIPES
from zmlib.train.jobs import hours_left, load_jobs, steps_done


def test_a_long_training_has_the_seeds_of_the_table_and_an_evening_one() -> None:
    assert set(load_jobs("long", only=["concat"]).jobs) == {"concat", "concat-seed1"}
    assert set(load_jobs("evening", only=["concat"]).jobs) == {"concat"}
    assert load_jobs("long").jobs["concat-seed1"].seed == 1


def test_a_network_brings_what_it_begins_from() -> None:
    jobs = load_jobs("long", only=["colours"]).jobs
    assert {"colours", "styles-expanded"} <= set(jobs)
    assert jobs["colours"].needs(frozenset(jobs)) == ("styles-expanded",)
    assert load_jobs("long").jobs["styles"].needs(frozenset({"styles"})) == ("painted", "set"), "its own name ships"


def test_networks_of_words_need_a_folder_of_words(tmp_path: Path) -> None:
    assert "words" not in load_jobs("evening").jobs and "words" in load_jobs("evening", tagged=True).jobs
    path = tmp_path / "table.yml"
    both = "{set: {evening: 1}, painted: {evening: 1}}"
    path.write_text(
        f"pictures: {both}\nhours: {both}\nnetworks: {{words: {{styles: [tagged], hours: {{evening: 1}}}}}}"
    )
    assert not load_jobs("evening", path=path).jobs
    with pytest.raises(UserError, match="--tagged"):
        load_jobs("evening", only=["words"], path=path)
    with pytest.raises(UserError, match="--tagged"):
        load_jobs("evening", only=["styles", "words-one"])


def test_networks_that_are_compared_have_the_same_photos_steps_and_loss() -> None:
    names = ("styles-10", "styles-seeds", "styles-expanded", "concat", "parallel", "adain", "predictor")
    for name in names[1:]:
        for field in ("phases", "objective", "content_weight", "terms", "contents"):
            assert getattr(LONG[name], field) == getattr(LONG[names[0]], field), (name, field)
    assert set(LONG) == set(RECIPES)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("pictures: [", "no table of trainings"),
        ("networks: {x: {styles: [set]}}", "no table of trainings"),
        ("networks: {styles: {styles: [walls], hours: {evening: 1}}}", "styles walls"),
        ("networks: {x: {styles: [set], hours: {evening: 1}}}", "recipe x"),
    ],
)
def test_a_table_that_cannot_be_read_is_named(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "table.yml").write_text(text)
    with pytest.raises(UserError, match=says):
        load_jobs("evening", path=tmp_path / "table.yml")


def test_an_unknown_length_or_network_is_refused() -> None:
    with pytest.raises(UserError, match='not "weekend"'):
        load_jobs("weekend")
    with pytest.raises(UserError, match='no training of a network "x"'):
        load_jobs("long", only=["x"])


def test_hours_left_follow_the_measured_pace_and_the_size_of_the_crops(tmp_path: Path) -> None:
    job = load_jobs("long", only=["styles-10"]).jobs["styles-10"]  # 6,000 steps of 8 x 64 px, 6,000 of 4 x 128 px
    assert (hours_left(tmp_path, job), steps_done(tmp_path)) == (job.hours, 0)
    rows = ["step,loss,style,content,rate,images_per_second"]
    rows += [f"{step},1,1,1,1,16" for step in range(20, 3001, 20)]  # half a second a step
    (tmp_path / "losses.csv").write_text("\n".join([*rows, "3020,1,1,1,1,nan", "3040,1,1"]))  # the last cut by a kill
    assert steps_done(tmp_path) == 3000
    # 3,000 more of half a second, then 6,000 with twice the pixels, of a second each
    assert hours_left(tmp_path, job) == pytest.approx((1500 + 6000) / 3600)
    (tmp_path / "weights.safetensors").touch()
    assert hours_left(tmp_path, job) == 0
