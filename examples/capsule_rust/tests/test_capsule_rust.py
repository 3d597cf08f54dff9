import capsule_rust
import pytest
import vermilion

PARENTS = [(-1, -1), (0, -1), (0, -1), (1, 2), (1, -1), (-1, -1)]


@pytest.fixture
def graph():
    return vermilion.Graph.from_parents(PARENTS)


def test_count_common(graph):
    assert capsule_rust.count_common(graph, [3, 4]) == 2
    assert capsule_rust.count_common(graph, [3, 4, 2]) == 1
    assert capsule_rust.count_common(graph, [3, 5]) == 0
    assert capsule_rust.count_common(graph, [3]) == 4
    assert capsule_rust.count_common(graph, []) == 0


def test_a_longer_history():
    graph = vermilion.Graph.from_parents([(rev - 1, rev // 2 - 1) for rev in range(20000)])
    assert capsule_rust.count_common(graph, [19999, 15000, 17000, 12345]) == 12346
    graph.extend([(9, -1)])
    assert capsule_rust.count_common(graph, [20000, 19999]) == 10


def test_depth(graph):
    assert capsule_rust.depth(graph, 3) == 2
    assert capsule_rust.depth(graph, 0) == 0


def test_errors(graph):
    with pytest.raises(IndexError, match="a revision is out of range"):
        capsule_rust.count_common(graph, [3, 6])
    with pytest.raises(IndexError, match="a revision is out of range"):
        capsule_rust.depth(graph, 6)
    with pytest.raises(TypeError, match="expected a vermilion.Graph, got list"):
        capsule_rust.depth(PARENTS, 3)
    with pytest.raises(TypeError):
        capsule_rust.count_common(graph, ["3"])


def test_a_wrong_capsule(graph, monkeypatch):
    monkeypatch.setattr(vermilion, "graph_capi", None)
    with pytest.raises(
        TypeError, match="expected a capsule named vermilion.graph_capi, got NoneType"
    ):
        capsule_rust.depth(graph, 3)
