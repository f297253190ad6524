"""Charts: plain figures from tables, with titles and units, that ask no network for anything."""

import inspect

import plotly.graph_objects as go
import pytest
from report_world import plan as made_plan
from report_world import problem as made_problem

from workbench import charts, kpi
from workbench.plan import to_tables


@pytest.fixture(scope="module")
def tables():
    """The tables of a plan made by hand, with its KPIs."""
    prob = made_problem()
    made = made_plan(prob)
    return {**to_tables(made), "kpis": kpi.table(prob, made)}


def every(tables, theme):
    """Return one of each figure."""
    return {
        "timeline": charts.timeline(tables["routes"], tables["stops"], theme),
        "served": charts.served_by_priority(tables["kpis"], theme),
        "utilisation": charts.utilisation(tables["kpis"], theme),
        "unserved": charts.unserved_by_code(tables["unserved"], theme),
        "convergence": charts.convergence([(0.1, 900, 3), (0.5, 800, 2), (2.0, 780, 2)], theme),
        "cost": charts.cost_lines(tables["kpis"], theme),
        "comparison": charts.comparison({"a": tables["kpis"], "b": tables["kpis"]}, "otif", theme),
    }


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_figure_is_plain_titled_and_offline(tables, theme):
    """A figure is a plain Figure with a title and a named axis, and holds no map and no address."""
    for name, figure in every(tables, theme).items():
        assert type(figure) is go.Figure, name
        assert any(trace.x is not None and len(trace.x) for trace in figure.data), f"{name} shows nothing"
        assert figure.layout.title.text
        assert figure.layout.xaxis.title.text or figure.layout.yaxis.title.text
        assert "://" not in figure.to_json()
        assert not [t for t in figure.data if "geo" in t.type or "map" in t.type]


def test_figures_repeat(tables):
    """The same tables give the same figure."""
    one, two = every(tables, "light"), every(tables, "light")
    assert [f.to_json() for f in one.values()] == [f.to_json() for f in two.values()]


def test_timeline_has_a_row_a_route_and_accounts_for_its_time(tables):
    """The pieces of every bar add up to the route from start to end, the first route on top."""
    figure = charts.timeline(tables["routes"], tables["stops"])
    spent = {}
    for trace in figure.data:
        for route_id, length in zip(trace.y, trace.x, strict=True):
            spent[route_id] = spent.get(route_id, 0) + length / 1000
    length = (tables["routes"]["end"] - tables["routes"]["start"]).dt.total_seconds()
    assert spent == dict(zip(tables["routes"]["route_id"], length, strict=True))
    assert list(figure.layout.yaxis.categoryarray) == ["R03", "R02", "R01"]


def test_served_by_priority_adds_up(tables):
    """Served and unserved together are all requisitions."""
    figure = charts.served_by_priority(tables["kpis"])
    assert sum(sum(trace.y) for trace in figure.data) == pytest.approx(12)


def test_empty_tables_give_figures_that_say_so(tables):
    """Nothing unserved and no progress yet are told in words, not by an empty frame."""
    nothing = tables["unserved"].iloc[:0]
    assert "Every delivery" in charts.unserved_by_code(nothing).layout.annotations[0].text
    assert charts.convergence([]).layout.annotations[0].text
    charts.timeline(tables["routes"].iloc[:0], tables["stops"].iloc[:0])
    charts.comparison({})


def test_costs_are_the_lines_without_the_total(tables):
    """The bars of the cost chart add up to the plan's cost."""
    figure = charts.cost_lines(tables["kpis"])
    total = float(tables["kpis"].set_index("kpi").loc["cost_total", "value"])
    assert sum(figure.data[0].x) == pytest.approx(total)


def test_configuration_sends_nothing_away():
    """No button of a figure may upload data; every chart function takes a theme."""
    assert charts.CONFIG["showSendToCloud"] is False
    assert charts.CONFIG["plotlyServerURL"] == ""
    functions = [getattr(charts, name) for name in charts.__all__ if name.islower()]
    assert all("theme" in inspect.signature(f).parameters for f in functions)


def test_load_dimensions_are_called_what_people_call_them(tables):
    """The bar of the space taken up says volume, not the symbol of a unit."""
    bar = charts.utilisation(tables["kpis"]).data[0]
    assert set(bar.y) <= {"weight", "volume", "pallet positions", "litres in tanks"}
    assert "volume" in bar.y
