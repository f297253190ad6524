"""The served pages in a real browser: they open, they answer, and nothing leaves the machine."""

import contextlib
import hashlib
import http.client
import json
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import expect

expect.set_options(timeout=30_000)  # a busy machine answers late; what is waited for is a state, never a time
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]  # one worker, which has the one server

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
PAGES = sorted(p.relative_to(NOTEBOOKS).as_posix() for p in NOTEBOOKS.rglob("*.ipynb") if "checkpoint" not in str(p))
MAP = ".wb-map[data-ready]"
POINT_ON_ROUTE = """() => {
  for (const path of document.querySelectorAll('path.wb-hit')) {
    const long = path.getTotalLength(), m = path.getScreenCTM();
    for (let k = 1; k < 40; k++) {
      const p = path.getPointAtLength(long * k / 40).matrixTransform(m);
      if (document.elementFromPoint(p.x, p.y) === path) return [p.x, p.y];
    }
  }
}"""


@pytest.mark.parametrize("notebook", PAGES)
def test_every_page_opens(visit, notebook):
    """Each page draws its widgets, names its scenario's marking, and raises nothing."""
    page = visit(notebook, ready=".wb, .jupyter-widgets")
    if "lessons" not in notebook:
        expect(page.locator(".wb-picker .marking")).to_have_text("UNCLASSIFIED//EXERCISE")
        expect(page.locator(".wb-picker select")).to_have_count(3)
    expect(page.locator("#wb-nav a[aria-current]")).to_have_count(1)


def test_the_root_is_the_commanders_page(server):
    """The address alone brings the commander's page."""
    with contextlib.closing(http.client.HTTPConnection(server.url.removeprefix("http://"))) as connection:
        connection.request("GET", "/")  # not followed: a page opened without a browser would keep its kernel
        assert connection.getresponse().getheader("Location") == "/voila/render/dashboards/commander.ipynb"
    with urllib.request.urlopen(f"{server.url}/workbench/pages") as answer:
        assert json.load(answer)[0]["path"] == "dashboards/commander.ipynb"


@pytest.mark.parametrize(
    "path",
    ["voila/files/planning/01_demand.ipynb", "workbench/static/plotly-schema.json", "workbench/assets/../__init__.py"],
)
def test_files_stay_inside(server, path):
    """Notebooks' sources and files beside ours are not handed out."""
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{server.url}/{path}")
    with refused.value as answer:
        assert answer.code in (403, 404)


def test_another_host_name_is_refused(server):
    """A page of another site that points its name at this machine gets nothing."""
    request = urllib.request.Request(f"{server.url}/workbench/pages", headers={"Host": "example.org"})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)
    with refused.value as answer:
        assert answer.code == 403


def test_the_commander_sees_the_decision_first(visit, capsys):
    """Decision, figures, map and what is at risk are there; how long it took is printed."""
    start = time.monotonic()
    page = visit("dashboards/commander.ipynb", ready=MAP)
    with capsys.disabled():
        sys.stdout.write(f"\n  commander's page usable after {time.monotonic() - start:.1f} s\n")
    expect(page.locator(".wb-kpi .lead").first).to_contain_text("Release the plan")
    expect(page.locator(".wb-kpi .figure")).to_have_count(4)
    expect(page.locator(".wb-list", has_text="At risk")).to_contain_text("unserved")
    page.locator(".wb-kpi .figure").first.click()
    expect(page.locator(".wb-kpi .reason")).to_be_visible()


def test_a_route_clicked_on_the_map_is_selected_in_the_timeline(visit):
    """Map and timeline point at the same route; arrow keys walk on; closing lets go."""
    page = visit("planning/03_routes.ipynb", ready=MAP)
    page.get_by_role("button", name="Close details").click()
    chosen = page.locator(".wb-timeline [aria-selected=true]")
    expect(chosen).to_have_count(0)
    x, y = page.evaluate(POINT_ON_ROUTE)
    page.mouse.click(x, y)
    expect(chosen).to_have_count(1)
    route = chosen.get_attribute("data-route")
    expect(page.locator(".wb-card h3")).to_contain_text(route)
    chosen.focus()
    page.keyboard.press("Home")
    expect(page.locator(".wb-timeline [data-route=R01][aria-selected=true]")).to_have_count(1)
    page.keyboard.press("ArrowRight")
    expect(page.locator(".wb-timeline .sub.on")).to_have_count(1)
    expect(page.locator(".wb-card tr.on")).to_have_count(1)


def test_an_edit_shows_its_finding_at_the_cell(visit):
    """A weight below zero is marked where it was typed and listed; mending it clears both."""
    page = visit("planning/01_demand.ipynb", ready=".wb-table table")
    cell = page.get_by_label("weight (kg), row 1", exact=True)
    good = cell.input_value()
    cell.fill("-5")
    cell.press("Enter")
    expect(cell).to_have_attribute("aria-invalid", "true")
    found = page.locator(".wb-list", has_text="Findings in these rows")
    expect(found).to_contain_text("weight_kg")
    cell.fill(good)
    cell.press("Enter")
    expect(cell).to_have_attribute("aria-invalid", "false")
    expect(found).to_contain_text("Every row is good")


def test_edits_are_offered_to_be_saved(visit, scenarios):
    """An edit is listed as not saved, goes into a course of action, and the table's file stays as it was."""
    before = (scenarios / "river_crossing" / "fleet.csv").read_bytes()
    page = visit("planning/02_constraints.ipynb", ready=".wb-table table")
    cell = page.get_by_label("count, row 1", exact=True)
    cell.fill(str(int(cell.input_value()) + 1))
    cell.press("Enter")
    expect(page.locator(".wb-save")).to_contain_text("1 edit of baseline, not saved")
    page.get_by_label("Name of the new course of action").fill("from the page")
    page.get_by_role("button", name="Save as course of action").click()
    expect(page.locator(".wb-picker")).to_contain_text("Saved as course of action from the page")
    assert (scenarios / "river_crossing" / "coas" / "from the page.toml").is_file()
    assert (scenarios / "river_crossing" / "fleet.csv").read_bytes() == before


def test_solving_is_watched_and_cancelled(visit):
    """Progress is live, the page answers meanwhile, and Cancel brings a checked plan."""
    page = visit("planning/03_routes.ipynb", ready=MAP)
    page.get_by_role("button", name="Close details").click()
    chosen = page.locator(".wb-timeline [aria-selected=true]")
    expect(chosen).to_have_count(0)
    page.locator("select[name=engine]").select_option("pyvrp")
    page.locator("input[name=amount]").fill("600")  # far longer than the test: only Cancel ends it
    page.get_by_role("button", name="Solve").click()
    facts = page.locator(".wb-job .facts")
    expect(page.locator(".wb-job .facts[data-state=running]")).to_contain_text("served", timeout=120_000)
    expect(page.locator(".wb-job [role=progressbar]")).to_be_visible()
    page.locator(".wb-timeline .route .name").nth(2).click()  # the page answers while the solver works
    expect(chosen).to_have_count(1)
    expect(facts).to_have_attribute("data-state", "running")
    page.get_by_role("button", name="Cancel").click()
    expect(facts).to_have_attribute("data-state", "cancelled", timeout=60_000)
    expect(page.locator(".wb-picker .chip")).to_contain_text("Feasible")
    expect(page.get_by_role("button", name="Keep this plan")).to_be_visible()


def test_a_road_is_closed_by_keyboard_and_by_click(visit, scenarios):
    """What a closure does stands beside the map at once; areas are drawn, edits taken back and saved."""
    page = visit("planning/05_ground.ipynb", ready=".wb-closure[data-ready]")
    tools = page.locator(".wb-closure")
    page.get_by_label("Find a road by name or id").fill("Fenashan")
    page.keyboard.press("Enter")
    tools.locator(".found button").first.focus()
    page.keyboard.press("Enter")
    expect(tools.locator(".sum")).to_contain_text("farther")
    expect(page.locator(".wb-list", has_text="Farther or cut off").locator(".chip").first).to_contain_text("+")
    expect(page.locator(".wb-list", has_text="Legs of the plan").locator("tbody")).to_contain_text("B067")
    page.get_by_role("button", name="Threat area", exact=True).click()
    page.locator(MAP).first.evaluate("e => e.scrollIntoView({ block: 'center' })")
    page.wait_for_timeout(200)
    box = page.locator(MAP).first.bounding_box()
    for x, y in ((0.3, 0.3), (0.4, 0.3), (0.4, 0.45)):
        page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])
        page.wait_for_timeout(350)  # nearer in time, two clicks are a double click
    page.keyboard.press("Enter")
    expect(tools.locator(".edits li")).to_have_count(2)
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Select", exact=True)).to_have_attribute("aria-pressed", "true")
    tools.get_by_role("button", name="Undo").click()
    expect(tools.locator(".edits li")).to_have_count(1)
    page.get_by_label("Name of the new course of action").fill("bridge down")
    page.get_by_role("button", name="Save as course of action").click()
    expect(page.locator(".wb-picker")).to_contain_text("Saved as course of action bridge down")
    assert 'close = ["B067"]' in (scenarios / "river_crossing" / "coas" / "bridge down.toml").read_text()
    page.get_by_label("rule").fill("fastest")
    page.keyboard.press("Enter")
    expect(page.locator(".wb-front .sum")).to_contain_text("way 1 of")


def test_tiles_of_a_scenario_are_drawn_from_its_own_file(visit, server, scenarios):
    """A map lies on the tiles that the settings name, served from here; nothing else of the folder is handed out."""
    key = hashlib.sha256(str((scenarios / "tiled").resolve()).encode()).hexdigest()[:16]
    bad = [f"{key}/8/1/1/..", f"{key}/../scenario.toml", f"{'0' * 16}/8/1/1", f"{key[:-1]}%2e/8/1/1"]
    for path in bad:
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"{server.url}/workbench/tiles/{path}")
        with refused.value as answer:
            assert answer.code == 404
    with urllib.request.urlopen(f"{server.url}/workbench/tiles/{key}/8/1/1") as answer:
        assert answer.status == 204
    page = visit("dashboards/commander.ipynb", ready=MAP)
    page.get_by_label("Scenario", exact=True).select_option(label="tiled")
    expect(page.locator(f"img.leaflet-tile-loaded[src*='{key}']").first).to_be_attached()
    expect(page.locator(".wb-credit")).to_contain_text("Map people")


PIXEL = """() => {
  const map = document.querySelector('.wb-map'), canvas = map.querySelector('canvas.wb-ground'), seen = {};
  const paint = document.createElement('canvas').getContext('2d');
  paint.fillStyle = getComputedStyle(map).getPropertyValue('--wb-g-water');
  paint.fillRect(0, 0, 1, 1);
  const lake = String(paint.getImageData(0, 0, 1, 1).data.slice(0, 3)), size = canvas.width * canvas.height;
  const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  for (let i = 0; i < pixels.length; i += 4) {
    const colour = String(pixels.slice(i, i + 3));
    seen[colour] = (seen[colour] ?? 0) + 1;
  }
  return [seen[lake] / size, Object.keys(seen).length];
}"""


@pytest.mark.parametrize("form", ["omt", "protomaps"])
def test_vector_tiles_are_drawn_in_the_style_of_the_house(visit, form):
    """Water, roads and names of vector tiles of either schema are drawn by the map's own code."""
    page = visit("dashboards/commander.ipynb", ready=MAP)
    page.get_by_label("Scenario", exact=True).select_option(label=form)
    expect(page.locator(".wb-mark.k-place .text", has_text="Tiletown").first).to_be_attached()
    expect(page.locator(".wb-map")).to_have_attribute("data-vector", "2")
    expect(page.locator(".wb-credit")).to_contain_text("Map people")
    assert page.locator("img.leaflet-tile").count() == 0
    page.wait_for_function(f"() => ({PIXEL})()[0] > 0.5")
    assert page.evaluate(PIXEL)[1] > 1  # a road on it


def test_dark_is_dark(visit):
    """The night theme reaches page, widgets and map."""
    page = visit("dashboards/commander.ipynb", "?theme=dark", ready=MAP)
    for selector in ("body", ".wb-list", ".wb-map"):
        colour = page.locator(selector).first.evaluate("e => getComputedStyle(e).backgroundColor")
        red, green, blue = (int(c) for c in colour.strip("rgba()").split(",")[:3])
        assert max(red, green, blue) < 80, (selector, colour)


def test_names_are_text_never_markup(visit):
    """A unit whose name is HTML is shown as written; nothing of it runs."""
    page = visit("dashboards/commander.ipynb", ready=MAP)
    page.get_by_label("Scenario", exact=True).select_option(label="evil")
    page.get_by_role("button", name="Solve").click()
    arrivals = page.locator(".wb-list", has_text="What arrives where and when")
    expect(arrivals).to_contain_text("<img src=x", timeout=60_000)
    expect(page.locator(".wb-mark .text", has_text="<img src=x")).to_have_count(1)
    assert page.locator("img[src=x]").count() == 0


def test_a_page_that_is_left_takes_its_kernel_along(visit, server):
    """Kernels end with their pages; only the one kept warm stays."""
    page = visit("dashboards/commander.ipynb", ready=MAP)
    if server.kernels() is None:
        pytest.skip("this system has no /proc to count processes in")
    assert server.kernels() >= 1
    page.goto("about:blank")
    end = time.monotonic() + 30
    while server.kernels() > 1:
        assert time.monotonic() < end, f"{server.kernels()} kernels are left"
        time.sleep(0.2)
