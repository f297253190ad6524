"""The built-in library, speeds, items and factors, and how a scenario overrides them."""

import pandas as pd
import pytest

from workbench import fleet, schema
from workbench.units import LB_KG


def _within(frame: pd.DataFrame, table: str) -> None:
    for column in schema.TABLES[table].columns:
        if column.name not in frame:
            continue
        values = frame[column.name]
        if column.kind in ("int", "float"):
            known = values.dropna()
            assert column.low is None or (known >= column.low).all(), column.name
            assert column.high is None or (known <= column.high).all(), column.name
            assert not column.required or len(known) == len(values), column.name
        elif column.choices:
            used = {part for cell in values for part in cell.split(";") if part}
            assert used <= set(column.choices), column.name


@pytest.mark.parametrize(
    ("frame", "table"),
    [
        (fleet.library(), "fleet"),
        (fleet.default_profiles(), "profiles"),
        (fleet.default_items(), "items"),
        (fleet.default_factors(), "factors"),
    ],
    ids=["vehicles", "profiles", "items", "factors"],
)
def test_built_in_tables_keep_to_their_declarations(frame, table):
    """Every built-in table lies within the declared bounds and choices, is unique by its key, and names its sources."""
    _within(frame, table)
    key = [name for name in schema.TABLES[table].key if name in frame]
    assert not frame.duplicated(key).any()
    assert (frame["source"] != "").all()
    assert frame["mark"].isin(schema.MARKS).all()


def test_every_vehicle_travels_by_a_known_profile():
    """A library vehicle's profile has planning speeds."""
    assert set(fleet.library()["profile"]) <= set(fleet.default_profiles()["profile"])


def test_liquids_and_dry_goods_never_share_a_vehicle_type():
    """Tankers carry fuel only, water trucks water only, lorries neither."""
    for row in fleet.library().itertuples():
        carries = set(row.may_carry.split(";"))
        assert carries in ({"IIIB"}, {"WATER"}) if row.litres else not carries & {"IIIB", "WATER"}


def test_semitrailers_stay_off_tracks():
    """A class of road without a speed is not passable: semitrailers have none for tracks."""
    speeds = fleet.default_profiles().set_index(["profile", "road_class"])["day_kmh"]
    assert ("semitrailer", "track") not in speeds.index
    assert speeds["wheeled_heavy", "secondary"] == 40
    assert speeds["wheeled_heavy", "residential"] == 24


def test_items_bounds_are_in_order_and_cover_every_class_but_none_is_forgotten():
    """Least and most plausible weights are in order, and every class of supply has an item."""
    items = fleet.default_items()
    assert (items["kg_low"] < items["kg_high"]).all()
    assert set(items["supply_class"]) == set(schema.SUPPLY_CLASSES)


def test_a_case_of_rations_weighs_what_its_source_says():
    """22.7 lb a case lies within the item's plausible weights."""
    case = fleet.default_items().set_index("item").loc["MRE case"]
    assert case["kg_low"] < 22.7 * LB_KG < case["kg_high"]


@pytest.mark.parametrize(
    ("gross_lb", "tracked", "mlc"), [(71_000, False, 31), (77_500, False, 33), (109_000, False, 47), (80_000, True, 40)]
)
def test_expedient_load_class(gross_lb, tracked, mlc):
    """The expedient class is gross short tons (wheels 0.85 of them), rounded up."""
    assert fleet.expedient_mlc(gross_lb * LB_KG, tracked=tracked) == mlc


def test_a_scenario_s_own_profile_replaces_the_built_in_one_wholly():
    """One own row of a profile is all there is of it; other profiles stay built in."""
    own = fleet.default_profiles().query("profile == 'tracked' and road_class == 'primary'").assign(day_kmh=20.0)
    speeds = fleet.profiles({"profiles": own})
    assert speeds.query("profile == 'tracked'")["day_kmh"].tolist() == [20.0]
    assert set(speeds["profile"]) == set(fleet.default_profiles()["profile"])
    assert fleet.profiles({}).equals(fleet.default_profiles())


def test_a_scenario_s_own_item_overrides_the_built_in_one_of_that_name():
    """An own item counts once, with its own weights."""
    own = fleet.default_items().query("item == 'MRE case'").assign(kg_high=12.0)
    items = fleet.items({"items": own}).set_index("item")
    assert items.loc["MRE case", "kg_high"] == 12.0
    assert len(items) == len(fleet.default_items())


def test_a_library_vehicle_becomes_a_fleet_row():
    """Owner, depot, count and changed figures are laid over the library's figures; unknown names are refused."""
    row = fleet.from_library("M1078", owner="Land", depot="N1", count=3, shift_start="05:00")
    assert (row["payload_kg"], row["depot"], row["count"], row["shift_start"]) == (2268.0, "N1", 3, "05:00")
    assert set(row) <= {column.name for column in schema.TABLES["fleet"].columns}
    with pytest.raises(KeyError, match="library"):
        fleet.from_library("M9999", owner="", depot="N1", count=1)
    with pytest.raises(KeyError, match="colour"):
        fleet.from_library("M1078", owner="", depot="N1", count=1, colour="green")
