"""The table of trainings, and how much is left of one."""

from __future__ import annotations

from pathlib import Path

import pytest

from zmlib import UserError
from zmlib.styleset.plan import shares
from zmlib.train import LONG, RECIPES
from zmlib.train.jobs import EXTRAS, Pick, hours_left, load_jobs, steps_done


def test_a_long_training_has_the_seeds_of_the_table_and_an_evening_one() -> None:
    assert set(load_jobs("long", only=["concat"]).jobs) == {"concat", "concat-seed1"}
    assert set(load_jobs("evening", only=["concat"]).jobs) == {"concat"}
    assert load_jobs("long").jobs["concat-seed1"].seed == 1


def test_a_network_brings_what_it_begins_from() -> None:
    jobs = load_jobs("long", only=["colours"]).jobs
    assert {"colours", "styles-expanded"} <= set(jobs)
    assert jobs["colours"].needs(frozenset(jobs)) == ("styles-expanded",)
    assert load_jobs("long").jobs["styles"].needs(frozenset({"styles"})) == ("painted", "set"), "its own name ships"


def test_networks_of_single_figures_are_trained_where_they_or_their_group_are_named() -> None:
    ship, extras = load_jobs("long", tagged=True).jobs, load_jobs("long", tagged=True, only=[EXTRAS]).jobs
    assert set(ship) & set(extras) == {"styles"}, "of which the networks of words begin"
    assert min(job.priority for job in ship.values()) > max(extras[name].priority for name in extras.keys() - ship)
    unseen = load_jobs("long", only=["unseen"]).jobs
    assert len(unseen) == 12 and set(unseen) < set(extras)
    assert {job.styles for job in unseen.values()} == {(Pick(12, i, "test"),) for i in range(12)}
    assert set(load_jobs("evening", only=["styles-50", "unseen"]).jobs) == {"styles-50", *unseen}


def test_extras_without_a_folder_of_words_are_all_but_those_of_words() -> None:
    assert not [name for name in load_jobs("evening", only=[EXTRAS]).jobs if name.startswith("words")]
    with pytest.raises(UserError, match="--tagged"):
        load_jobs("evening", only=["words-seed1"])


def test_seeds_and_their_set_are_compared_in_three_trainings_each() -> None:
    jobs = load_jobs("long").jobs | load_jobs("long", only=["expansion"]).jobs
    for count, folders in ((18, ("seeds-18", "set-18")), (45, ("seeds-45", "set-45")), (180, ("paintings", "set"))):
        for kind, folder in zip(("seeds", "expanded"), folders, strict=True):
            name = f"styles-{kind}" if count == 180 else f"styles-{kind}-{count}"
            found = [jobs[name], jobs[f"{name}-seed1"], jobs[f"{name}-seed2"]]
            assert [(job.seed, job.styles) for job in found] == [(seed, (folder,)) for seed in range(3)]
            assert len({job.recipe for job in found}) == 1


def test_a_long_training_on_the_set_reads_every_picture_of_it() -> None:
    """With `style_crops` "fixed" a picture has one crop, and crop i is of picture i."""
    pictures = load_jobs("long").pictures["set"]
    train = shares(pictures, {"train": 180, "val": 20, "test": 30})["train"]
    for job in load_jobs("long").jobs.values():
        if job.styles == ("set",):
            assert job.plan.styles >= train and sum(phase.steps * phase.batch for phase in job.plan.phases) > train


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


PICTURES = "pictures: {set: {evening: 1}}\nhours: {set: {evening: 1}}\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("pictures: [", "no table of trainings"),
        ("networks: {x: {styles: [set]}}", "no table of trainings"),
        (f"{PICTURES}networks: {{styles: {{styles: [walls], hours: {{evening: 1}}}}}}", "styles walls"),
        (f"{PICTURES}networks: {{x: {{styles: [set], hours: {{evening: 1}}}}}}", "recipe x"),
        (f"{PICTURES}networks: {{styles: {{styles: [{{of: 2}}], hours: {{evening: 1}}}}}}", "pick"),
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
