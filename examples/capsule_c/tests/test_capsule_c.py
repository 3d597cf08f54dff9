import gc
import os

import capsule_c
import hpy_host
import pytest
import vermilion

PARENTS = [(-1, -1), (0, -1), (0, -1), (1, 2), (1, -1), (-1, -1)]


@pytest.fixture
def graph():
    return vermilion.Graph.from_parents(PARENTS)


def test_count_common(graph):
    assert capsule_c.count_common(graph, 3, 4) == 2
    assert capsule_c.count_common(graph, 3, 3) == 4
    assert capsule_c.count_common(graph, 3, 5) == 0
    assert capsule_c.count_common(graph, 3, -1) == 0


def test_a_longer_history():
    graph = vermilion.Graph.from_parents([(rev - 1, rev // 2 - 1) for rev in range(20000)])
    assert capsule_c.count_common(graph, 19999, 12345) == 12346
    graph.extend([(9, -1)])
    assert capsule_c.count_common(graph, 20000, 19999) == 10


@pytest.mark.parametrize("rev", [6, -2, 2**31 - 1, -(2**31), 2**31, 2**32])
def test_out_of_range(graph, rev):
    for revs in (rev, 3), (3, rev):
        with pytest.raises(IndexError, match="^a revision is out of range$"):
            capsule_c.count_common(graph, *revs)


def test_bad_arguments(graph):
    with pytest.raises(TypeError, match="expected a vermilion.Graph, got list"):
        capsule_c.count_common(PARENTS, 3, 4)
    with pytest.raises(TypeError, match="takes 3 arguments"):
        capsule_c.count_common(graph, 3)
    with pytest.raises(TypeError):
        capsule_c.count_common(graph, 3, "4")
    with pytest.raises(OverflowError):
        capsule_c.count_common(graph, 3, 2**63)


def test_a_graph_that_is_gone():
    class Kept:
        capi_id = vermilion.Graph.from_parents(PARENTS).capi_id

    for _ in range(3):
        gc.collect()
    with pytest.raises(ReferenceError, match="^the graph is gone$"):
        capsule_c.count_common(Kept, 3, 4)


def test_no_capsule(graph, monkeypatch):
    monkeypatch.setattr(vermilion, "graph_capi", 3)
    with pytest.raises(TypeError, match="^expected a capsule named vermilion.graph_capi, got int$"):
        capsule_c.count_common(graph, 3, 4)
    monkeypatch.delattr(vermilion, "graph_capi")
    with pytest.raises(AttributeError, match="graph_capi"):
        capsule_c.count_common(graph, 3, 4)


WRONG = [
    ("later", ImportError, "vermilion.graph_capi has version 2, and version 1 is needed"),
    ("larger", ImportError, "vermilion.graph_capi has 72 bytes, and 64 are needed"),
    ("fields", ImportError, "vermilion.graph_capi has other fields than are needed"),
    (
        "name",
        ValueError,
        "expected a capsule named vermilion.graph_capi, got one named vermilion.other_capi",
    ),
]


@pytest.mark.skipif(
    "VERMILION_GRAPH_PROBE" not in os.environ, reason="needs Vermilion's test module"
)
@pytest.mark.parametrize("kind, error, message", WRONG)
def test_a_wrong_capsule(graph, monkeypatch, kind, error, message):
    probe = hpy_host.load("graph_probe", os.environ["VERMILION_GRAPH_PROBE"])
    monkeypatch.setattr(vermilion, "graph_capi", probe.capsule(kind))
    with pytest.raises(error) as caught:
        capsule_c.count_common(graph, 3, 4)
    assert str(caught.value) == message
