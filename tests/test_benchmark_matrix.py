"""The matrix benchmark measures the right thing: on small roads, ours and the rivals at hand give one matrix."""

import numpy as np

from benchmarks import _grounds, matrix


def test_rivals_work_on_the_same_roads_and_find_the_same():
    """Our matrix passes the benchmark's own check, and scipy and networkx differ from it in no cell."""
    network = _grounds.synthetic(300, 800)
    places = _grounds.spread(network, 40)
    _, found = matrix.first(network, places, 1)
    assert matrix.check(network, places, found, 40) == "1,600 cells equal to Dijkstra"
    built, sources, ends, position = matrix.the_graph(network, places)
    for search, _ in (matrix.RIVALS["scipy"], matrix.RIVALS["networkx"]):
        assert matrix.differences(found, search(built, sources, ends), position) == 0
    assert abs(len(built.head) - 800) < 40


def test_a_wrong_cell_is_seen():
    """One second too many in one cell is one difference."""
    network = _grounds.grid(5)
    places = _grounds.spread(network, 10)
    _, (seconds, metres) = matrix.matrix(network, places)
    built, sources, ends, position = matrix.the_graph(network, places)
    seconds[3, 4] += 1
    times = matrix.scipy(built, sources, ends)
    assert matrix.differences((seconds, metres), times, position) == 1
    assert np.isfinite(times).all()
