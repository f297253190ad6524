"""What requisitions leave blank, who comes first, and what may share a load."""

import pytest

from workbench import demand
from workbench.formats import checks
from workbench.formats.tabular import read_csv_bytes
from workbench.schema import FADS, TABLES, UNDS


def frame(name, text):
    """A typed table from CSV text."""
    return checks.check(read_csv_bytes(text.encode(), f"{name}.csv"), TABLES[name]).frame


def test_priority_designators():
    """The matrix of FAD and UND; blank designators come last; others are refused."""
    rows = [[demand.priority_from(fad, und) for und in UNDS] for fad in FADS]
    assert rows == [[1, 4, 11], [2, 5, 12], [3, 6, 13], [7, 9, 14], [8, 10, 15]]
    assert demand.priority_from("I", "") == demand.priority_from("", "A") == 15
    with pytest.raises(ValueError, match="FAD"):
        demand.priority_from("VI", "A")


def test_resolve_fills_node_fad_and_priority():
    """Blank cells follow from the unit; what the row states stays; nothing to follow from stays blank, priority 15."""
    units = frame("units", "unit_id,name,node_id,fad\nU1,One,N1,II\nU2,Two,,\n")
    asked = frame(
        "requisitions",
        "requisition_id,unit_id,node_id,supply_class,item,quantity,weight_kg,fad,und,priority\n"
        "1,U1,,I,x,1,1,,B,\n2,U1,N9,I,x,1,1,I,A,\n3,U1,,I,x,1,1,,,7\n4,U2,,I,x,1,1,,A,\n5,U9,,I,x,1,1,,,\n",
    )
    out = demand.resolve(asked, units)
    assert out["node_id"].tolist() == ["N1", "N9", "N1", "", ""]
    assert out["fad"].tolist() == ["II", "I", "II", "", ""]
    assert out["priority"].tolist() == [5, 1, 7, 15, 15]
    assert str(out["priority"].dtype) == "int64"
    assert asked["node_id"].tolist()[0] == ""


def test_resolve_without_rows_or_units():
    """Empty tables give empty tables of the same dtypes."""
    empty = checks.empty(TABLES["requisitions"])
    out = demand.resolve(empty, checks.empty(TABLES["units"]))
    assert len(out) == 0
    assert str(out["priority"].dtype) == "int64"
    assert str(out["node_id"].dtype) == "str"


@pytest.mark.parametrize(
    ("first", "second", "allowed", "says"),
    [
        ("1.1D", "1.4S", True, ""), ("1.1D", "1.2E", True, ""), ("1.1B", "1.1D", False, "Explosives"),
        ("1.3C", "1.3G", True, ""), ("1.2L", "1.4S", False, "Explosives"), ("1.1A", "1.1D", False, "Explosives"),
        ("1.1A", "1.4S", False, "Explosives"), ("1.1A", "1.1A", True, ""), ("1.1L", "1.1L", True, ""),
        ("1.1L", "1.2L", False, "Explosives"), ("1.1D", "3", False, "may not share"),
        ("1.3G", "8", False, "may not share"),
        ("1.3G", "6.1", True, ""), ("1.4S", "3", True, "kept apart"), ("3", "5.1", True, "kept apart"),
        ("3", "9", True, ""),
        ("1.1D", "4.2", False, "may not share"), ("1.1", "1.1", True, ""), ("1.1", "1.2D", False, "Explosives"),
        ("", "1.1D", True, ""), ("unknown", "3", True, ""),
    ],
)  # fmt: skip
def test_hazards_on_one_vehicle(first, second, allowed, says):
    """Compatibility groups and divisions, in either order."""
    rules = demand.forbidden(demand.compatibility({}))
    for a, b in ((first, second), (second, first)):
        verdict, why = demand.may_share(("II", a), ("II", b), rules)
        assert verdict is allowed
        assert says in why


@pytest.mark.parametrize(
    ("first", "second", "allowed"),
    [("IIIB", "WATER", False), ("IIIP", "I", False), ("V", "IIIB", False), ("I", "V", True), ("WATER", "I", True),
     ("IIIB", "IIIB", True), ("IX", "VII", True)],
)  # fmt: skip
def test_classes_on_one_vehicle(first, second, allowed):
    """Fuel shares with neither food, water nor ammunition; unlisted pairs may share."""
    rules = demand.forbidden(demand.compatibility({}))
    for a, b in ((first, second), (second, first)):
        verdict, why = demand.may_share((a, ""), (b, ""), rules)
        assert verdict is allowed
        assert bool(why) is not allowed


def test_a_scenario_may_bring_its_own_table():
    """A scenario's compatibility table replaces the built-in one."""
    own = frame("compatibility", "class_a,class_b,may_share\nI,V,false\n")
    rules = demand.forbidden(demand.compatibility({"compatibility": own}))
    assert demand.may_share(("V", ""), ("I", ""), rules) == (
        False,
        "Class I and class V may not share a load (the scenario says so).",
    )
    assert demand.may_share(("IIIB", ""), ("I", ""), rules)[0] is True
    assert len(demand.compatibility({"compatibility": own.iloc[:0]})) > 1


def test_the_built_in_table_is_sound():
    """Every rule of the built-in table has a source and a mark, and no pair stands twice."""
    table = demand.compatibility({})
    assert (table["source"] != "").all()
    assert (table["mark"] != "").all()
    assert not table[["class_a", "class_b"]].duplicated().any()
