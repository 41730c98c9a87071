"""Pickles of other projects: graphs are read, nothing else is made."""

import os
import pickle

import networkx
import numpy as np
import pytest

import digress
from digress import InputError


def write(path, what):
    path.write_bytes(pickle.dumps(what))
    return path


def test_lists_of_networkx_graphs(tmp_path):
    graphs = [networkx.cycle_graph(n) for n in (3, 4, 5)]
    graphs[0].nodes  # networkx keeps views that it has made
    graphs[1].adj, graphs[1].edges
    made = digress.from_pickle(write(tmp_path / "g.p", graphs))
    assert made.sizes.tolist() == [3, 4, 5]
    assert all(digress.metrics.isomorphic(a, b) for a, b in zip(made, digress.GraphSet(graphs)))
    assert len(digress.from_pickle(write(tmp_path / "n.p", {"train": graphs, "test": [graphs]}))) == 6


def test_attributes_of_pickled_graphs(tmp_path):
    graph = networkx.path_graph(3)
    networkx.set_node_attributes(graph, {0: "C", 1: "N", 2: "C"}, "atom")
    made = digress.from_pickle(write(tmp_path / "g.p", [graph]), node_attr="atom")
    assert made.node_names == ["C", "N"] and made[0].node_class.tolist() == [0, 1, 0]


def test_matrices(tmp_path):
    arrays = [networkx.to_numpy_array(networkx.path_graph(n)) for n in (2, 3)]
    assert digress.from_pickle(write(tmp_path / "a.p", arrays)).sizes.tolist() == [2, 3]
    pytest.importorskip("scipy")
    sparse = [networkx.to_scipy_sparse_array(networkx.path_graph(n)) for n in (2, 3)]
    assert digress.from_pickle(write(tmp_path / "s.p", sparse)).sizes.tolist() == [2, 3]


def test_tensors_of_spectre(tmp_path):
    torch = pytest.importorskip("torch")
    adjacency = [torch.tensor(networkx.to_numpy_array(networkx.path_graph(n))).float() for n in (4, 5)]
    vectors = [torch.linalg.eigh(matrix).eigenvectors for matrix in adjacency]
    torch.save([adjacency, [torch.zeros(4)], vectors, 5], tmp_path / "s.pt")
    assert digress.from_pickle(tmp_path / "s.pt").sizes.tolist() == [4, 5]


class Old(networkx.Graph):
    """A graph as networkx 1 pickled it."""

    def __reduce__(self):
        import copyreg

        adjacency = {0: {1: {}}, 1: {0: {}}}
        state = {"graph": {}, "node": {0: {}, 1: {}}, "adj": adjacency, "edge": adjacency}
        return copyreg._reconstructor, (networkx.Graph, object, None), state


def test_graphs_of_networkx_1(tmp_path):
    assert digress.from_pickle(write(tmp_path / "old.p", [Old()]))[0].edge_index.tolist() == [[0], [1]]


class Evil:
    def __init__(self, call, *arguments):
        self.what = (call, arguments)

    def __reduce__(self):
        return self.what


@pytest.mark.parametrize(
    "evil",
    [
        Evil(os.system, "touch owned"),
        Evil(eval, "open('owned', 'w')"),
        Evil(getattr, "a", "__class__"),
        Evil(np.load, "owned"),
        Evil(pickle.loads, b""),
        Evil(networkx.write_gml, networkx.path_graph(2), "owned"),
    ],
)
def test_nothing_else_is_run(tmp_path, monkeypatch, evil):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError):
        digress.from_pickle(write(tmp_path / "evil.p", [networkx.path_graph(3), evil]))
    assert not (tmp_path / "owned").exists()


def test_what_holds_no_graphs(tmp_path):
    for what in ([], [1, 2], {"a": "b"}, np.zeros(3)):
        with pytest.raises(InputError, match="no graphs"):
            digress.from_pickle(write(tmp_path / "x.p", what))
    (tmp_path / "cut.p").write_bytes(pickle.dumps([networkx.path_graph(3)])[:-20])
    with pytest.raises(InputError, match="cut.p"):
        digress.from_pickle(tmp_path / "cut.p")
    with pytest.raises(digress.IOError):
        digress.from_pickle(tmp_path / "nothing.p")
