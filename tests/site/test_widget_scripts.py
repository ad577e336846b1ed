"""The scripts of the widgets with a model that is no kernel's: fingers, what they leave behind, and what they say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("selenium")

from serving import served
from visit import visit

import zmlib.widgets

SCRIPTS = Path(zmlib.widgets.__file__).parent
# A model as anywidget hands it over, which knows who listens; and a host with room to scroll around it.
PAGE = """<!doctype html><meta name="viewport" content="width=device-width"><title>A widget</title>
<style>body { margin: 0 }</style>
<div style="height: 300px"></div><div id="host" class="zm-app" style="width: 300px; margin: 0 20px"></div>
<div style="height: 3000px"></div><script type="module">
window.model = values => {
  const heard = [], names = text => text.split(" ");
  return {
    heard, sent: [],
    get: name => values[name],
    set(name, value) { Object.assign(values, typeof name === "string" ? {[name]: value} : name) },
    save_changes() { this.sent.push({...values}) },
    send() {},
    on: (text, call) => names(text).forEach(name => heard.push([name, call])),
    off: (text, call) => names(text).forEach(name => {
      heard.splice(heard.findIndex(([one, other]) => one === name && other === call), 1) }),
    change(values) {
      this.set(values);
      for (const name in values) for (const [one, call] of [...heard]) if (one === `change:${name}`) call();
    },
  };
};
window.widget = async (script, values) => {
  window.made = window.model(values);
  window.gone = (await import(script)).default.render({model: made, el: host});
};
</script>"""
PLANE = {
    "points": [{"x": 0, "y": 1, "label": "a"}, {"x": 1, "y": 0, "label": "b"}],
    "at": [0.5, 0.5],
    "extent": [0, 0, 1, 1],
    "name": "plane",
    "done": True,
}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    root = tmp_path_factory.mktemp("scripts")
    (root / "widgets").symlink_to(SCRIPTS, target_is_directory=True)
    (root / "page.html").write_text(PAGE)
    with served(root) as top:
        yield f"{top}page.html"


@pytest.fixture
def page(browser: Any, address: str) -> Iterator[Any]:
    """The page on a phone with a finger."""
    device = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", device)
    browser.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True})
    faults = visit(browser, address)
    assert not [fault for fault in faults if "favicon" not in fault], faults
    yield browser
    browser.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": False})
    browser.get("about:blank")


def widget(browser: Any, name: str, values: dict[str, Any]) -> None:
    code = "const [script, values, done] = arguments; widget(script, values).then(() => done(''), e => done(String(e)))"
    assert browser.execute_async_script(code, f"./widgets/{name}.js", values) == ""


def middle(browser: Any, selector: str) -> tuple[float, float]:
    box = browser.execute_script(
        "const b = document.querySelector(arguments[0]).getBoundingClientRect();"
        "return [b.x + b.width / 2, b.y + b.height / 2]",
        selector,
    )
    return box[0], box[1]


def finger(browser: Any, start: tuple[float, float], *ways: tuple[float, float]) -> None:
    """Put a finger down, move it by each way, and lift it."""

    def touch(kind: str, *points: tuple[float, float]) -> None:
        spots = [{"x": x, "y": y, "id": 1} for x, y in points]
        browser.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": kind, "touchPoints": spots})

    x, y = start
    touch("touchStart", (x, y))
    for dx, dy in ways:
        x, y = x + dx, y + dy
        touch("touchMove", (x, y))
    touch("touchEnd")
    browser.execute_async_script("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))")


def sent(browser: Any) -> list[tuple[list[float], bool]]:
    return [(one["at"], one["done"]) for one in browser.execute_script("return made.sent")]


def scrolled(browser: Any) -> float:
    return browser.execute_script("return scrollY")


def test_a_finger_on_the_handle_drags(page: Any) -> None:
    widget(page, "plane", PLANE)
    finger(page, middle(page, ".zm-plane-handle"), *[(0, -15)] * 5)
    assert scrolled(page) == 0
    at, done = sent(page)[-1]
    assert done and at[0] == pytest.approx(0.5, abs=0.01) and 0.7 < at[1] < 0.85


def test_a_finger_elsewhere_scrolls_and_the_point_stays(page: Any) -> None:
    widget(page, "plane", PLANE)
    x, y = middle(page, ".zm-plane")
    finger(page, (x + 70, y + 60), *[(0, -15)] * 8)
    assert scrolled(page) > 50 and sent(page) == []
    finger(page, (x + 70, y - 60), *[(-15, 0)] * 5)  # sideways there is nothing to scroll
    assert sent(page) == []


def test_a_tap_moves_the_point_there(page: Any) -> None:
    widget(page, "plane", PLANE)
    x, y = middle(page, ".zm-plane")
    side = page.execute_script("return document.querySelector('.zm-plane .area').getBoundingClientRect().width")
    finger(page, (x + side / 4, y + side / 4))
    ((at, done),) = sent(page)
    assert done and at == pytest.approx([0.75, 0.25], abs=0.01)
    assert middle(page, ".zm-plane-handle") == pytest.approx((x + side / 4, y + side / 4), abs=1.5)
    finger(page, middle(page, ".zm-plane [data-name=a] .pick"))
    assert sent(page)[-1] == ([0, 1], True)


WATCHERS = """
window.watched = 0;
for (const [name, step] of [["observe", 1], ["disconnect", -1]]) {
  const own = ResizeObserver.prototype[name];
  ResizeObserver.prototype[name] = function (...words) { window.watched += step; return own.apply(this, words) };
}"""


def test_a_plane_leaves_nothing_behind(page: Any) -> None:
    page.execute_script(WATCHERS)
    widget(page, "plane", PLANE)
    page.execute_script("made.change({extent: [-1, -1, 2, 2]}); made.change({extent: [-2, -2, 2, 2]})")
    assert page.execute_script("return [watched, host.childElementCount]") == [1, 1]
    page.execute_script("made.change({at: [2, 2]})")
    assert page.execute_script("return document.querySelector('.zm-plane-handle').ariaValueNow") == "2.00"
    page.execute_script("gone()")
    assert page.execute_script("return [watched, host.childElementCount, made.heard.length]") == [0, 0, 0]


ADDRESSES = """
const done = arguments[0], create = URL.createObjectURL, revoke = URL.revokeObjectURL, live = new Set();
URL.createObjectURL = blob => { const made = create.call(URL, blob); live.add(made); return made };
URL.revokeObjectURL = old => { live.delete(old); revoke.call(URL, old) };
const square = side => {
  const canvas = Object.assign(document.createElement("canvas"), {width: side, height: side});
  canvas.getContext("2d").fillRect(0, 0, side, side);
  return new Promise(give => canvas.toBlob(async blob => give(new Uint8Array(await blob.arrayBuffer()))));
};
(async () => {
  const pictures = await Promise.all([700, 710, 720, 730, 740, 750].map(square));
  const values = {mime: "image/png", width: 9, height: 9, alt: "", state: "done", status: ""};
  await widget("./widgets/canvas.js", {data: pictures[0], ...values});
  for (const data of pictures.slice(1)) made.change({data}); // so fast that none is decoded before the next
  const image = document.querySelector("img");
  await image.decode();
  await new Promise(go => setTimeout(go, 300));
  const kept = [live.size, live.has(image.src)];
  gone();
  done([...kept, live.size]);
})().catch(error => done(String(error)));
"""


def test_a_drag_keeps_one_picture(page: Any) -> None:
    assert page.execute_async_script(ADDRESSES) == [1, True, 0]


def test_a_slider_has_a_name_and_says_its_number_once(page: Any) -> None:
    widget(page, "slider", {"value": 0.5, "min": 0, "max": 1, "step": 0.05, "label": "Strength"})
    page.find_element("css selector", "input").send_keys("\ue014")
    assert page.execute_script("return made.sent.at(-1).value") == 0.55
    assert not page.find_elements("css selector", "output, [aria-live], [role=status]")
    document = page.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    (slider,) = [node for node in document if node.get("role", {}).get("value") == "slider"]
    told = {one["name"]: one["value"].get("value") for one in slider["properties"]}
    assert slider["name"]["value"] == "Strength" and told["valuetext"] == "0.55"
    assert page.find_element("css selector", "label .zm-number").text == "0.55"
