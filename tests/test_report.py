"""Reports: files that agree with the plan, and a page that is whole, escaped and sealed off."""

import csv
import json
import re
import runpy
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
from defusedxml import ElementTree
from report_world import plan as made_plan
from report_world import problem as made_problem

from workbench import check, engines, plan, problem, report, scenario
from workbench.errors import UsageError
from workbench.plan import Unserved, Violation
from workbench.report import facts, geometry, markup, symbols, words
from workbench.units import iso, moment_at

FILES = {"plan.json", "stops.csv", "unserved.csv", "kpis.csv", "routes.geojson", "briefing.html"}
HOSTILE = (
    "<script>alert(1)</script>",
    '" onmouseover="alert(1)" x="',
    "'><img src=x onerror=alert(1)>",
    "</style><style>*{display:none}",
    "=cmd|' /C calc'!A0",
    "a & b &lt; c \u202e evil \x07",
)
VOID = {"meta", "input", "br", "hr", "img", "col", "link"}


@pytest.fixture(scope="module")
def world():
    """A problem and a plan made by hand."""
    prob = made_problem()
    return prob, made_plan(prob)


@pytest.fixture(scope="module")
def written(world, tmp_path_factory):
    """The folder a plan was written to, and the completed plan."""
    folder = tmp_path_factory.mktemp("out")
    return folder, report.write(*world, folder)


class Reader(HTMLParser):
    """Checks that tags nest, and collects tags with their attributes and the text outside scripts."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.text = [], [], []

    def handle_starttag(self, tag, attrs):
        """Note the tag."""
        self.tags.append((tag, dict(attrs)))
        assert len(attrs) == len(dict(attrs)), f"an attribute stands twice in <{tag}>"
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        """Check that it closes the innermost open tag."""
        assert self.open
        assert self.open.pop() == tag

    def handle_data(self, data):
        """Note text that people see."""
        if self.open and self.open[-1] not in ("script", "style"):
            self.text.append(data)


def read(html):
    """Return the reader of a page; fails when tags do not nest."""
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    return reader


def rows(path):
    """Return a CSV file as dictionaries."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_complete_adds_verdict_reasons_figures_and_bound(world):
    """A completed plan carries the checker's verdict, a reason for every unserved delivery, KPIs and a bound."""
    prob, made = world
    done = report.complete(prob, made)
    assert done.violations == tuple(check.check(prob, done)) == ()
    assert all(u.reason for u in done.unserved)
    assert done.kpis["otif"]["value"] == pytest.approx(10 / 12)
    assert done.bound
    assert done.routes == made.routes


def test_complete_states_the_faults_of_a_bad_plan(world):
    """A plan with a delivery handed over twice is written with its violations."""
    prob, made = world
    done = report.complete(prob, made.replace(routes=(*made.routes, made.routes[0])))
    assert "served_once" in {v.code for v in done.violations}


def test_all_files_are_there_and_agree(world, written):
    """Every file exists; stops, unserved and KPIs are those of the plan."""
    prob, _ = world
    folder, done = written
    assert {p.name for p in folder.iterdir()} == FILES
    assert plan.to_dict(plan.read(folder / "plan.json")) == plan.to_dict(done)
    stops = rows(folder / "stops.csv")
    expected = [(r.route_id, n, s) for r in done.routes for n, s in enumerate(r.stops, 1)]
    assert len(stops) == len(expected)
    for row, (route_id, seq, stop) in zip(stops, expected, strict=True):
        assert (row["route_id"], int(row["seq"]), row["node_id"], row["kind"]) == (route_id, seq, stop.node, stop.kind)
        assert row["begin"] == iso(moment_at(prob.as_of, stop.begin_s))
        assert float(row["kg_after"]) == stop.load_after.shown()["kg"]
        assert row["deliveries"] == ";".join(stop.deliveries)
    assert {r["delivery"] for r in rows(folder / "unserved.csv")} == {u.delivery_id for u in done.unserved}
    assert {r["kpi"] for r in rows(folder / "kpis.csv")} == set(done.kpis)


def test_routes_geojson_follows_the_legs(world, written):
    """Every leg that moves is one line from its first to its last node, drawn along the way, in its route's colour."""
    prob, _ = world
    folder, done = written
    at = {p.node_id: (p.lon, p.lat) for p in prob.places}
    found = json.loads((folder / "routes.geojson").read_text(encoding="utf-8"))["features"]
    moving = [(n, leg) for n, r in enumerate(done.routes) for leg in geometry.legs(prob, r) if leg.line]
    assert len(found) == len(moving) == sum(len(r.stops) for r in done.routes)
    for feature, (n, leg) in zip(found, moving, strict=True):
        line = feature["geometry"]["coordinates"]
        assert tuple(line[0]) == pytest.approx(at[leg.from_node])
        assert tuple(line[-1]) == pytest.approx(at[leg.to_node])
        assert len(line) == 3
        assert feature["properties"]["stroke"] == geometry.colour(n)
    assert found[0]["properties"]["kg"] == 0
    assert found[1]["properties"]["kg"] == done.routes[0].stops[0].load_after.kg


def test_writing_twice_gives_the_same_bytes(world, written, tmp_path):
    """The same plan gives the same files, in a new folder and over an old one."""
    folder, _ = written
    for _ in range(2):
        report.write(*world, tmp_path / "again")
    assert {p.name: p.read_bytes() for p in (tmp_path / "again").iterdir()} == {
        p.name: p.read_bytes() for p in folder.iterdir()
    }


def test_inputs_are_enough_to_check_the_plan(four_drops_scenario, four_drops, tmp_path):
    """With the scenario, out/inputs gives the same problem and the plan checks clean from there."""
    solved = engines.solve(four_drops, engine="greedy", budget=engines.Budget(iterations=5), seed=1)
    done = report.write(four_drops, solved, tmp_path, four_drops_scenario)
    again = problem.build(scenario.load(tmp_path / "inputs"), coa=done.coa)
    assert again.inputs_sha256 == done.inputs_sha256
    assert check.check(again, plan.read(tmp_path / "plan.json")) == []
    report.write(four_drops, solved, tmp_path, four_drops_scenario)
    assert (tmp_path / "inputs" / "scenario.toml").is_file()
    report.write(four_drops, solved, tmp_path)
    assert not (tmp_path / "inputs").exists()


def test_a_folder_named_inputs_that_is_not_ours_stays(four_drops_scenario, four_drops, tmp_path):
    """Somebody's own folder "inputs" is never removed; the write says so."""
    (tmp_path / "inputs").mkdir()
    (tmp_path / "inputs" / "mine.txt").write_text("mine", encoding="utf-8")
    empty = engines.solve(four_drops, engine="greedy", budget=engines.Budget(iterations=1), seed=1)
    with pytest.raises(UsageError, match="inputs"):
        report.write(four_drops, empty, tmp_path, four_drops_scenario)
    assert (tmp_path / "inputs" / "mine.txt").read_text(encoding="utf-8") == "mine"


def test_page_is_well_formed_and_self_contained(written):
    """Tags nest, ids are unique, references resolve inside the page, nothing names another host."""
    folder, _ = written
    html = (folder / "briefing.html").read_text(encoding="utf-8")
    reader = read(html)
    ids = [attrs["id"] for _, attrs in reader.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    for tag, attrs in reader.tags:
        for name in ("href", "src", "action", "data", "poster", "srcset"):
            value = attrs.get(name) or ""
            assert value == "" or value.startswith("data:") or value[1:] in ids, f"<{tag} {name}={value!r}>"
    outside = set(re.findall(r"\w+://[^\s\"'<>)]+", html))
    assert outside == {"http://www.w3.org/2000/svg"}
    policy = next(attrs["content"] for tag, attrs in reader.tags if attrs.get("http-equiv"))
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not [attrs for _, attrs in reader.tags if "style" in attrs or any(k.startswith("on") for k in attrs)]


def test_page_says_what_matters(world, written):
    """The page names every unit, route and unserved requisition, its marking twice, and the time with its zone."""
    prob, _ = world
    folder, done = written
    text = " ".join(read((folder / "briefing.html").read_text(encoding="utf-8")).text)
    for wanted in (
        *{d.unit_id for d in prob.deliveries},
        *(r.route_id for r in done.routes),
        "010400Z MAY 26",
        *(u.delivery_id for u in done.unserved),
        "UNREACHABLE",
        "Roads are dry.",
        done.inputs_sha256,
    ):
        assert wanted in text  # fmt: skip
    assert text.count(prob.marking) == 2


@pytest.mark.parametrize("marking", ["OFFICIAL", 'A//B "C" </style>', ""])
def test_every_printed_sheet_carries_the_marking(marking, world, tmp_path):
    """The marking stands at the head and the foot of each sheet of paper, whatever characters it has."""
    prob = world[0].replace(marking=marking)
    report.write(prob, made_plan(prob), tmp_path)
    page = (tmp_path / "briefing.html").read_text(encoding="utf-8")
    said = re.findall(r'@(top|bottom)-center { content: "(.*?)";', page)
    words = [(where, re.sub(r"\\([0-9a-f]+) ", lambda code: chr(int(code[1], 16)), text)) for where, text in said]
    assert words == [(where, marking or "NO MARKING GIVEN") for where in ("top", "bottom")]


@pytest.mark.parametrize("nasty", HOSTILE)
def test_hostile_names_stay_text(nasty, tmp_path):
    """Markup, quotes and formulas in names are shown as they are and do nothing."""
    clean = made_problem()
    prob = made_problem((nasty, "Bravo Coy", "Charlie Bty", "Delta Sqn", "Echo Coy", "Field Amb"))
    prob = prob.replace(scenario=nasty, marking=nasty, assumptions=(nasty,))
    made = made_plan(prob)
    first, *rest = made.unserved
    bad = made.replace(
        coa=nasty,
        unserved=(replace(first, reason=nasty), *rest),
        violations=(Violation("capacity", "R01", "N1", 1.0, nasty, nasty),),
    )
    report.write(prob, bad, tmp_path)
    mine = read((tmp_path / "briefing.html").read_text(encoding="utf-8"))
    report.write(clean, made_plan(clean), tmp_path)
    normal = read((tmp_path / "briefing.html").read_text(encoding="utf-8"))
    assert {t for t, _ in mine.tags} == {t for t, _ in normal.tags}
    assert {k for _, attrs in mine.tags for k in attrs} <= {k for _, attrs in normal.tags for k in attrs} | {"hidden"}
    assert sum(t == "script" for t, _ in mine.tags) == 1
    shown = re.sub("[\x00-\x1f\u202e]", "\ufffd", nasty)
    assert any(shown in part for part in mine.text)


def test_formulas_in_tables_are_escaped(tmp_path):
    """A cell that a spreadsheet would run gets an apostrophe in front."""
    prob = made_problem(("=1+1", "+2", "-3", "@x", "Echo Coy", "Field Amb"))
    report.write(prob, made_plan(prob), tmp_path)
    names = {row["node_name"] for row in rows(tmp_path / "stops.csv")}
    assert {"'=1+1", "'+2", "'-3", "'@x"} <= names


def test_status_compares_a_start_with_its_window(world):
    """In the window is on time, near its end tight, after it late, before it early; the limits count as inside."""
    prob, _ = world
    made = replace(prob.deliveries[0], windows=((3600, 7200), (10_800, 14_400)))
    assert facts.slack_s(made, 3600) == 3600
    assert facts.slack_s(made, 7200) == 0
    assert facts.slack_s(made, 9000) == -1800
    assert facts.slack_s(made, 0) == -3600
    assert facts.slack_s(made, 14_460) == -60


def test_headline_counts_whole_requisitions(world):
    """A requisition is on time only when every part of it is."""
    prob, made = world
    head = facts.headline(facts.arrivals(prob, made))
    assert (head.requisitions, head.on_time, head.unserved_requisitions) == (12, 10, 2)
    assert (head.top, head.top_on_time) == (6, 5)


def test_decision_comes_from_the_worst_news(world):
    """Unchecked and infeasible plans are held; a clean plan is released, with what is left out to be decided."""
    prob, made = world
    rows_ = facts.arrivals(prob, made)
    reasons = report.explain.unserved(prob, made)
    assert words.decision(prob, made, rows_, reasons)[0].startswith("Hold")
    broken = made.replace(violations=(Violation("capacity", "R01", "N1", 1.0, "kg", "Too heavy."),))
    assert words.decision(prob, broken, rows_, reasons) == (
        "Hold: the plan breaks constraints. Re-plan, or change what is asked.", ["Too heavy."])  # fmt: skip
    wanted, points = words.decision(prob, made.replace(violations=()), rows_, reasons)
    assert wanted.startswith("Release the plan; the first vehicle leaves 010500Z MAY 26.")
    assert points


def test_an_empty_plan_is_written_too(world, tmp_path):
    """Without routes there is still a page that says so."""
    prob, made = world
    every = tuple(Unserved(d.delivery_id, d.requisition_id, "NOT_PLANNED", "x") for d in prob.deliveries)
    done = report.write(prob, made.replace(routes=(), unserved=every), tmp_path)
    assert done.violations == ()
    assert "The plan has no routes." in (tmp_path / "briefing.html").read_text(encoding="utf-8")


def test_markup_escapes_everything_but_markup():
    """Text, attributes and nested elements are escaped exactly once."""
    made = markup.el("p", "<b>", markup.el("i", "&"), title='"', hidden=True, id=None)
    assert made == '<p title="&quot;" hidden>&lt;b&gt;<i>&amp;</i></p>'
    assert markup.text("a\x00b") == "a\ufffdb"


def test_symbols_join_entity_and_echelon():
    """A unit's symbol is its entity's with the echelon's marks, whatever its context or headquarters mark."""
    transport = symbols.symbol("10031000151636000000")
    assert transport == symbols.symbol("10131002151636000000")
    assert transport != symbols.symbol("10031000161636000000") != symbols.symbol("10031000001636000000")
    assert symbols.symbol("10031000991636000000") == symbols.symbol("10031000001636000000")
    for svg in (transport, symbols.symbol("10032500003209000000"), symbols.node_symbol("depot")):
        ElementTree.fromstring(svg)
        assert "href" not in svg


def test_unknown_symbols_get_a_plain_frame():
    """Codes that mean nothing, and units without a code, get a frame that can be drawn."""
    for odd in ("", "nonsense", "10039900009999990000", "10069900009999990000"):
        assert ElementTree.fromstring(symbols.symbol(odd)).tag.endswith("svg")
    assert symbols.node_symbol("unit") == symbols.symbol("10039900009999990000")


def test_every_unit_of_the_sample_has_its_own_symbol():
    """No unit of river_crossing falls back to the plain frame."""
    units = scenario.load(Path(__file__).parents[1] / "sample_data" / "river_crossing").tables["units"]
    plain = symbols.node_symbol("unit")
    assert [sidc for sidc in units["sidc"] if symbols.symbol(sidc) == plain] == []


def test_symbols_file_is_what_its_script_makes():
    """The committed symbols are those that tools/make_symbols.py renders."""
    root = Path(__file__).parents[1]
    script = runpy.run_path(str(root / "tools" / "make_symbols.py"))
    made = {sidc: svg for sidc in script["codes"]() if (svg := script["render"](sidc)) is not None}
    assert made == json.loads((root / "workbench" / "data" / "symbols.json").read_text(encoding="utf-8"))


def test_route_colours_can_be_read():
    """Every route colour stands out at 3:1 or more from the ground of its theme, and the page uses the same ones."""
    style = (Path(report.__file__).parents[1] / "data" / "briefing.css").read_text(encoding="utf-8")
    assert re.findall(r"--c\d: (#\w+);", style) == [*geometry.PALETTE, *geometry.PALETTE_DARK]

    def luminance(colour):
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for palette, ground in ((geometry.PALETTE, "#eeece2"), (geometry.PALETTE_DARK, "#262c2c")):
        for colour in palette:
            light, dark = sorted((luminance(colour), luminance(ground)), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 3


@pytest.mark.browser
@pytest.mark.xdist_group("browser")
def test_page_works_in_a_browser_and_asks_nothing_of_the_network(chromium, written):
    """Opened from disk: no request, no console message; a route and a place can be selected, the table filtered."""
    folder, _ = written
    said, asked = [], []
    page = chromium.new_page(viewport={"width": 1600, "height": 1000})
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto((folder / "briefing.html").as_uri())
    page.locator('.t-row[data-route="1"]').click()
    assert page.locator("#details h3:visible").inner_text().strip().startswith("R02")
    assert page.locator("#map .route.on").count() == 1
    page.keyboard.press("Escape")
    assert page.locator("#details h3:visible").inner_text() == "At risk and unserved"
    page.locator('.pin[aria-label^="Bravo Coy"]').focus()
    page.keyboard.press("Enter")
    assert page.locator("#details h3:visible").inner_text() == "Bravo Coy"
    page.locator("#status").select_option("unserved")
    assert page.locator("#who tbody tr:visible").count() == 2
    assert page.locator("#found").inner_text() == "2 of 12 deliveries"
    page.locator("#who th button").nth(1).click()
    assert page.locator("#who tbody tr:visible td:nth-child(2)").all_inner_texts() == ["3", "4"]
    page.locator("#theme").click()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    before = page.locator("#map").get_attribute("viewBox")
    page.locator('[data-zoom="in"]').click()
    assert page.locator("#map").get_attribute("viewBox") != before
    page.close()
    assert said == []
    assert [url for url in asked if not url.startswith("file:")] == []


def test_the_tries_behind_reasons_are_made_once(world, tmp_path, monkeypatch):
    """Writing a plan asks once why deliveries are unserved; completing one with the answer at hand doesn't ask."""
    prob, made = world
    reasons, asked = report.explain.unserved(prob, made), []
    monkeypatch.setattr(report.explain, "unserved", lambda *given: asked.append(given) or reasons)
    report.write(prob, made, tmp_path / "out")
    assert asked == [(prob, made)]
    given, found = report.complete(prob, made, reasons), report.complete(prob, made)
    assert given.unserved == found.unserved
    assert len(asked) == 2


def test_what_is_not_listed_is_counted_in_requisitions(world):
    """Points beyond the third are told as the requisitions they are about, not as choices, and where they stand."""
    prob, made = world
    rows = [row for row in facts.arrivals(prob, made) if row.status == "unserved"]
    names = [row.delivery.delivery_id for row in rows]
    reasons = pd.DataFrame({"delivery": names, "remedy": [f"remedy {n}." for n in range(len(names))]})
    told = words.remedies(tuple(rows), reasons, most=1)
    others = {row.delivery.requisition_id for row in rows[1:]} - {rows[0].delivery.requisition_id}
    assert len(told) == 2
    assert told[1].startswith(f"{len(others)} other requisition")
    assert "list of the unserved" in told[1]
    assert not any("other requisition" in text for text in words.remedies(tuple(rows), reasons, most=99))
