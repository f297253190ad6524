"""Hours: when it is dark, when roads are shut, and that leaving later never means arriving sooner."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.ground.hours import Conditions, Hours, merged, nights

AS_OF = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)
HOUR = 3600
DAY = 24 * HOUR


def costs(day, dark):
    """Milliseconds per regime for roads given in seconds by day and by night; blackout is the double of night."""
    return [[1000 * s for s in day], [1000 * s for s in dark], [2000 * s for s in dark]]


def seconds(hours, roads, day, dark, depart):
    """Return how long the way takes when one leaves at ``depart``, or None."""
    done = hours.arrival_ms(roads, costs(day, dark), depart)
    return None if done is None else done / 1000 - depart


def test_night_wraps_midnight_and_is_cut_to_the_horizon():
    """Night 19:00-05:00 seen from 04:00: its last hour, then the next night."""
    dark, regime = nights({"night_from": "19:00", "night_to": "05:00"}, AS_OF, DAY)
    assert (dark, regime) == (((0, HOUR), (15 * HOUR, DAY)), 1)
    assert nights({"night_driving": "blackout"}, AS_OF, DAY)[1] == 2
    assert nights({"night_from": "05:00", "night_to": "05:00"}, AS_OF, DAY)[0] == ((0, DAY),)


def test_a_road_that_straddles_nightfall_is_finished_at_the_nights_speed():
    """By day 600 s, by night 1,200: after 300 s half is done, and the other half takes 600."""
    hours = Hours(DAY, ((HOUR, 10 * HOUR),), 1)
    assert seconds(hours, [0], [600], [1200], 0) == 600
    assert seconds(hours, [0], [600], [1200], HOUR - 300) == 900
    assert seconds(hours, [0], [600], [1200], HOUR) == 1200
    assert seconds(hours, [0], [600], [1200], 10 * HOUR - 600) == 900


def test_a_shut_road_is_waited_for_and_never_entered_too_late():
    """Shut from 1,000 to 2,000: who would be on it at 1,000 waits until 2,000."""
    hours = Hours(DAY, shut={7: ((1000, 2000),)})
    assert seconds(hours, [7], [100], [100], 900) == 100
    assert seconds(hours, [7], [100], [100], 901) == 1199
    assert seconds(hours, [7], [100], [100], 2000) == 100
    assert seconds(Hours(DAY, shut={7: ((1000, DAY),)}), [7], [100], [100], 950) is None


def test_conditions_hold_what_may_be_met():
    """A time by day, one by night, one with both; roads shut at its very end or start don't count."""
    hours = Hours(DAY, ((10 * HOUR, 20 * HOUR),), 2, {3: ((HOUR, 2 * HOUR),)})
    assert hours.conditions(0, HOUR) == Conditions(("day",))
    assert hours.conditions(HOUR - 1, 2 * HOUR) == Conditions(("day",), shut=(3,))
    assert hours.conditions(2 * HOUR - 60, 3 * HOUR) == Conditions(("day",), waits=((3, 60, 1),))
    assert hours.conditions(11 * HOUR, 12 * HOUR) == Conditions(("blackout",))
    assert hours.conditions(2 * HOUR, 12 * HOUR) == Conditions(("day", "blackout"))
    assert hours.at_best() == Conditions(("day",))


@pytest.mark.parametrize(
    ("spans", "joined"), [([(5, 7), (1, 3), (3, 4), (9, 9)], ((1, 4), (5, 7))), ([(1, 9), (2, 3)], ((1, 9),))]
)
def test_spans_that_touch_are_joined(spans, joined):
    """In order, and empty ones gone."""
    assert merged(spans) == joined


@st.composite
def days(draw):
    """Hours with nights and shut roads, and a way of up to five roads with its seconds by day and by night."""
    marks = sorted(draw(st.lists(st.integers(0, 4000), max_size=4, unique=True)))
    dark = tuple(zip(marks[::2], marks[1::2], strict=False))
    roads = draw(st.lists(st.integers(0, 3), min_size=1, max_size=5))
    shut = {
        road: merged(draw(st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 4000)), max_size=2)))
        for road in range(2)
    }
    pair = st.tuples(st.integers(0, 700), st.integers(0, 700))
    spent = draw(st.lists(pair, min_size=len(roads), max_size=len(roads)))
    return (
        Hours(5000, dark, 1, {r: s for r, s in shut.items() if s}),
        roads,
        [s[0] for s in spent],
        [s[1] for s in spent],
    )


@given(days(), st.integers(0, 5000), st.integers(0, 500))
def test_leaving_later_never_means_arriving_sooner_nor_later_than_planned(world, depart, later):
    """First in, first out; and no way takes longer than at its slowest plus the waits it may meet."""
    hours, roads, day, dark = world
    first, second = (hours.arrival_ms(roads, costs(day, dark), t) for t in (depart, depart + later))
    assert first is not None
    assert second is not None
    assert first <= second
    slowest = sum(max(a, b) for a, b in zip(day, dark, strict=True))
    most = 1000 * slowest
    for k, road in enumerate(roads):
        shut_s, times = {r: (s, n) for r, s, n in hours.conditions(0, 5001).waits}.get(road, (0, 0))
        most += 1000 * (shut_s + times * max(day[k], dark[k]))
    assert first - 1000 * depart <= most
