"""Stock for issue and stock of units."""

from workbench import inventory
from workbench.formats import checks
from workbench.formats.tabular import read_csv_bytes
from workbench.schema import TABLES

STOCK = checks.check(
    read_csv_bytes(
        b"node_id,unit_id,supply_class,item,on_hand,unit_of_issue\n"
        b"S2,,I,MRE,40,CS\nS1,,I,MRE,10,CS\nS1,,V,Box,0,CS\n,U1,I,MRE,7,CS\nS1,,II,MRE,5,CS\n",
        "stock.csv",
    ),
    TABLES["stock"],
).frame


def test_stock_at_supply_points_adds_up_by_node_and_item():
    """Rows of a node and item count together; units' own stock is not for issue; an item at zero stays listed."""
    rows = inventory.at_supply_points(STOCK)
    assert rows[["node_id", "item", "on_hand"]].values.tolist() == [
        ["S1", "Box", 0],
        ["S1", "MRE", 15],
        ["S2", "MRE", 40],
    ]


def test_stock_with_units_is_apart():
    """Only rows that name a unit and no node are a unit's own."""
    assert inventory.with_units(STOCK)[["unit_id", "on_hand"]].values.tolist() == [["U1", 7]]


def test_no_stock_gives_no_rows():
    """An empty table gives empty tables."""
    empty = checks.empty(TABLES["stock"])
    rows = inventory.at_supply_points(empty)
    assert list(rows) == ["node_id", "item", "unit_of_issue", "supply_class", "on_hand"]
    assert len(rows) == len(inventory.with_units(empty)) == 0
