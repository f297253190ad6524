"""What tables leave open: each kind of figure counted once, with what is taken; nodes that roads don't join."""

import pytest
from folders import small, write
from maps import extract
from tables import ask, road, scenario_of, straight_road, truck

import workbench as wb
from workbench import problem, scenario


def findings(tmp_path, tables):
    """What is said of the small scenario with these tables: (file, column, got, remedy)."""
    return [(f.file, f.column, f.got, f.remedy) for f in scenario.validate(write(tmp_path, tables))]


def blanked(column, edges, value="", **fleet):
    """The small scenario with a cell of some roads blanked or set, and cells of its vehicles set."""
    tables = small()
    for row in tables["edges"]:
        row.setdefault(column, "3")
        row[column] = value if row["edge_id"] in edges else row[column]
    for row in tables["fleet"]:
        row |= fleet
    return tables


SOME = ["E002", "E005"]


@pytest.mark.parametrize(
    ("column", "fleet", "taken"),
    [
        ("speed_kmh", {}, "The profile's speed for their class of road applies."),
        ("surface", {}, "No factor for gravel or dirt applies to them."),
        ("road_class", {}, "They are taken as unclassified."),
        ("width_m", {"width_m": "2.55"}, "They are taken as wide enough for all vehicles, the widest 2.55 m."),
        ("width_m", {"width_m": ""}, ""),
    ],
)
def test_each_kind_is_counted_once_with_what_is_taken(tmp_path, column, fleet, taken):
    """Two of the roads lack it: one finding with their number, their names, and what holds instead; no limit, none."""
    found = findings(tmp_path, blanked(column, SOME, **fleet))
    asked = [("edges.csv", column, "none on 2 of 34 roads: E002, E005", taken)] if taken else []
    assert found == asked


def test_many_are_counted_and_a_few_named(tmp_path):
    """A column that is not there at all is one finding, with the first five."""
    tables = small()
    for row in tables["edges"]:
        del row["speed_kmh"]
    (found,) = findings(tmp_path, tables)
    assert found[2] == "none on 34 of 34 roads: E001, E002, E003, E004, E005 and 29 more"


@pytest.mark.parametrize(
    ("policy", "taken"),
    [("assume", "at the planning default of their road"), ("refuse", "keep off them"), ("allow", "as if strong")],
)
def test_bridges_without_a_class_say_the_policy(tmp_path, policy, taken):
    """Only bridges count, only where a vehicle has a class, and the planner's policy is what is taken."""
    tables = small()
    for row in tables["edges"]:
        row |= {"bridge": str(row["edge_id"] in SOME).lower(), "mlc_w": "30" if row["edge_id"] == "E002" else ""}
    assert findings(tmp_path / "none", tables) == []
    tables["fleet"][0]["mlc"] = "14"
    for row in tables["fleet"][1:]:
        row["mlc"] = ""
    folder = write(tmp_path / "some", tables)
    with (folder / "scenario.toml").open("a", encoding="utf-8") as file:
        file.write(f'unknown_mlc = "{policy}"\n')
    (found,) = scenario.validate(folder)
    assert (found.column, found.got) == ("mlc_w", "none on 1 of 2 bridges: E005")
    assert taken in found.remedy
    assert policy in found.remedy


def test_what_only_some_vehicles_look_at():
    """Gradients, clearances of tunnels, depths of waterways and classes for tracks count where something needs them."""
    edges = [road("SA", "S", "A", tunnel="true"), road("B", "A", "C", bridge="true", mlc_w=20),
             road("W", "S", "C", road_class="waterway")]  # fmt: skip
    full = {"surface": "asphalt", "speed_kmh": 50}
    rows = straight_road(edges=[e | full for e in edges])
    sc = scenario_of(**rows)
    assert scenario.lacking.lacks(sc.tables, {}) == []
    profiles = [
        {"profile": "truck", "road_class": "primary", "day_kmh": 60, "max_gradient_pct": 12},
        {"profile": "tank", "tracked": "true", "road_class": "primary", "day_kmh": 40},
        {"profile": "barge", "mode": "boat", "road_class": "waterway", "day_kmh": 10},
    ]
    fleet = [truck(height_m=3.5), truck(vehicle_type="TANK", profile="tank", mlc=60),
             truck(vehicle_type="BARGE", profile="barge", draught_m=1.5, mlc="")]  # fmt: skip
    sc = scenario_of(**rows | {"profiles": profiles, "fleet": fleet})
    told = {lack.column: (lack.counted, lack.taken) for lack in scenario.lacking.lacks(sc.tables, {})}
    assert {column: counted for column, (counted, _) in told.items()} == {
        "gradient_pct": "2 of 2 roads", "clearance_m": "1 of 1 tunnels", "depth_m": "1 of 1 waterways",
        "mlc_t": "1 of 1 bridges",
    }  # fmt: skip
    assert told["gradient_pct"][1].endswith("the least 12 %")
    assert told["clearance_m"][1].endswith("the tallest 3.5 m")
    assert told["depth_m"][1].endswith("the deepest 1.5 m")


def test_cells_with_a_finding_are_not_counted_again(tmp_path):
    """A surface that is none is one finding of its cell; a heading nobody knows is the finding, not what it held."""
    (found,) = findings(tmp_path / "cell", blanked("surface", ["E002"], "tarmac"))
    assert found[1:3] == ("surface", "tarmac")
    tables = small()
    for row in tables["edges"]:
        row["sürface"] = row.pop("surface")
    (found,) = scenario.validate(write(tmp_path / "column", tables))
    assert found.code == "UNKNOWN_COLUMN"


def test_nodes_without_a_road_and_off_the_main_roads(tmp_path):
    """Both kinds are named, places first, junctions counted; one road more or less is all the difference."""
    tables = small()
    lone = tables["nodes"][0] | {"node_id": "X1", "name": "Far Post", "kind": "unit", "lon": "12.01", "lat": "51.01"}
    tables["nodes"] += [lone, lone | {"node_id": "X2", "name": "Ford", "kind": "junction", "lon": "12.02"},
                        lone | {"node_id": "X3", "name": "", "kind": "junction", "lon": "12.03"}]  # fmt: skip
    found = scenario.validate(write(tmp_path / "lonely", tables))
    assert [(f.file, f.column, f.code, f.level) for f in found] == [("nodes.csv", "node_id", "OFF_ROAD", "warning")]
    assert found[0].got == "none at 3 of 23 nodes, 2 of them junctions: Far Post (X1), Ford (X2), X3"
    tables["edges"].append(tables["edges"][0] | {"edge_id": "EX", "from": "X1", "to": "X2", "geometry": "",
                                                 "length_m": "800"})  # fmt: skip
    found = {f.expected: f.got for f in scenario.validate(write(tmp_path / "apart", tables))}
    assert found == {
        "a road at each node": "none at 1 of 23 nodes: X3",
        "nodes that the main roads join": "cut off: 2 of 23 nodes, 1 of them junctions: Far Post (X1), Ford (X2)",
    }
    tables["edges"][-1]["from"] = "N999"
    assert [f.code for f in scenario.validate(write(tmp_path / "fault", tables))] == ["UNKNOWN_REFERENCE"]


def test_a_plan_says_what_was_taken():
    """The assumptions of a problem count the same, and name the places that the roads leave out."""
    edges = [road("SA", "S", "A"), road("B", "A", "C", speed_kmh=40, bridge="true", surface="gravel")]
    nodes = [*straight_road()["nodes"], {"node_id": "L", "kind": "unit", "lon": 15.3, "lat": 48.0},
             {"node_id": "J", "kind": "junction", "lon": 15.4, "lat": 48.0}]  # fmt: skip
    told = problem.build(scenario_of(**straight_road(edges=edges, nodes=nodes, fleet=[truck(width_m=2.5)]))).assumptions
    assert "1 of 2 roads state no speed (SA): the profile's speed for their class of road applies." in told
    assert "1 of 2 roads state no surface (SA): no factor for gravel or dirt applies to them." in told
    assert (
        "2 of 2 roads state no width (SA, B): they are taken as wide enough for all vehicles, the widest 2.5 m." in told
    )
    assert "No road touches L." in told
    assert sum("load class" in sentence for sentence in told) == 1


def test_roads_without_a_class_are_said_in_the_plan(tmp_path):
    """A blank class is known of the files alone; the sentence comes with the scenario's warnings."""
    sc = scenario.load(write(tmp_path, blanked("road_class", SOME)))
    (told,) = (s for s in problem.build(sc).assumptions if "class of road" in s)
    assert told.startswith("The class of road is not stated everywhere (none on 2 of 34 roads: E002, E005): ")
    assert told.endswith("they are taken as unclassified.")


def test_a_plain_world_has_nothing_to_say():
    """Roads that say all there is to say, and are all joined, leave no sentence."""
    edges = [road("SA", "S", "A", surface="asphalt", speed_kmh=50),
             road("B", "A", "C", surface="asphalt", speed_kmh=50, bridge="true", mlc_w=30, mlc_t=30)]  # fmt: skip
    told = problem.build(scenario_of(**straight_road(edges=edges, requisitions=[ask("R1")]))).assumptions
    assert not [s for s in told if "state no" in s or "touches" in s or "main roads" in s]


def test_an_import_says_each_kind_once(tmp_path):
    """A real extract under a folder: every kind of lack is one finding, and each says how many roads it concerns."""
    tables = {"nodes": "node_id,name,kind,lon,lat\nD,Depot,depot,9.52,47.14\nM,Malbun,unit,9.7,47.1\n"}
    tables["requisitions"] = (
        "requisition_id,unit_id,node_id,supply_class,item,quantity,weight_kg\nR1,U1,M,I,meals,5,50\n"
    )
    tables["fleet"] = "vehicle_type,depot,count,profile,payload_kg,mlc,width_m\nT,D,1,wheeled_medium,4000,14,2.5\n"
    tables["units"] = "unit_id,name,node_id\nU1,First,M\n"
    folder = tmp_path / "area"
    folder.mkdir()
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    (folder / "scenario.toml").write_text(
        'name = "a"\nas_of = 2026-05-01T04:00:00Z\nhorizon_h = 24\nmarking = "X"\n', encoding="utf-8"
    )
    wb.scenario.lay_roads(folder, wb.network.from_osm(extract("liechtenstein-240304"), (9.45, 47.1, 9.55, 47.2)))
    found = scenario.validate(folder)
    lacking = [f.column for f in found if f.code == "NO_DATA"]
    assert sorted(lacking) == sorted(set(lacking))
    assert {"speed_kmh", "surface", "width_m", "mlc_w"} <= set(lacking)
    (lonely,) = (f for f in found if f.expected == "a road at each node")
    assert "Malbun (M)" in lonely.got
    assert lonely.remedy.startswith("road_note says why.")
