"""GraphSet: there and back, and what is refused."""

import copy
import pickle

import networkx
import numpy as np
import pytest
from conftest import needs_molecules

import digress
from digress import GraphSet, InputError


def labelled():
    graph = networkx.Graph()
    graph.add_node("a", kind="O")
    graph.add_node("b", kind="C")
    graph.add_node("c", kind="C")
    graph.add_edge("a", "b", bond="single")
    graph.add_edge("b", "c", bond="double")
    return graph


# ---- networkx ----


def test_networkx_there_and_back():
    graphs = [networkx.gnp_random_graph(n, 0.4, seed=n) for n in range(1, 20)]
    made = GraphSet(graphs)
    assert len(made) == 19 and made.sizes.tolist() == list(range(1, 20))
    for graph, back in zip(graphs, made.to_networkx()):
        assert list(back.nodes) == list(graph.nodes)
        assert set(map(frozenset, back.edges)) == set(map(frozenset, graph.edges))


def test_attributes_become_classes_by_name():
    made = GraphSet.from_networkx([labelled()], "kind", "bond")
    assert made.node_names == ["C", "O"] and made.edge_names == ["none", "double", "single"]
    assert made[0].node_class.tolist() == [1, 0, 0]
    assert made[0].adjacency().tolist() == [[0, 2, 0], [2, 0, 1], [0, 1, 0]]
    back = made[0].to_networkx()
    assert back.nodes[0]["label"] == "O" and back.edges[1, 2]["label"] == "double"


def test_names_can_be_given_and_numbers_sort_by_value():
    made = GraphSet.from_networkx(
        labelled(), "kind", "bond", node_names=["O", "N", "C"], edge_names=["none", "single", "double"]
    )
    assert made[0].node_class.tolist() == [0, 2, 2] and made[0].edge_class.tolist() == [1, 2]
    graph = networkx.path_graph(3)
    networkx.set_node_attributes(graph, {0: 10, 1: 9, 2: -1}, "z")
    assert GraphSet.from_networkx([graph], "z").node_names == ["-1", "9", "10"]


@pytest.mark.parametrize(
    "break_it, says",
    [
        (lambda g: g.add_node("d"), "graph 0: node 'd' has no attribute 'kind'"),
        (lambda g: g.add_edge("a", "c"), "edge 'a' - 'c' has no attribute 'bond'"),
        (lambda g: g.add_node("d", kind=float("nan")), "node 'd' has 'kind' nan: expected a number or a text"),
        (lambda g: g.add_node("d", kind=None), "node 'd' has 'kind' None"),
        (lambda g: g.add_edge("a", "c", bond=[0, 1]), "has 'bond' .0, 1.: expected"),
        (lambda g: g.add_edge("a", "c", bond=np.array([0, 1])), "has 'bond' .0 1.: expected"),
        (lambda g: g.add_edge("a", "a", bond="single"), "to itself"),
    ],
)
def test_broken_networkx_graphs_are_named(break_it, says):
    graph = labelled()
    break_it(graph)
    with pytest.raises(InputError, match=says):
        GraphSet.from_networkx([graph], "kind", "bond")


def test_directions_and_parallel_edges_need_simplify():
    directed = networkx.DiGraph([(0, 1), (1, 0), (2, 1)])
    parallel = networkx.MultiGraph([(0, 1), (0, 1), (1, 1), (1, 2)])
    for graph, says in ((directed, "directed"), (parallel, "parallel")):
        with pytest.raises(InputError, match=says):
            GraphSet([graph])
        made = GraphSet([graph], simplify=True)
        assert made[0].edge_index.T.tolist() == [[0, 1], [1, 2]]


# ---- arrays, SciPy, PyTorch Geometric ----


def test_arrays_there_and_back():
    made = GraphSet.from_arrays(
        [np.array([[0, 1, 1], [1, 0, 2]]), np.zeros((2, 0), int)],
        nodes=[4, 1],
        node_class=[[0, 1, 1, 2], [0]],
        edge_class=[[1, 1, 2], []],
        node_names=["A", "B", "C"],
    )
    assert made[0].edge_index.tolist() == [[0, 1], [1, 2]] and made[0].edge_class.tolist() == [1, 2]
    assert made[0].node_class.tolist() == [0, 1, 1, 2] and made.node_names == ["A", "B", "C"]
    assert made[1].n == 1 and made[1].pair_class.size == 0
    assert GraphSet.from_dense([g.adjacency() for g in made], [g.node_class for g in made]).pair_class.tolist() == made.pair_class.tolist()


@pytest.mark.parametrize(
    "call, says",
    [
        (lambda: GraphSet([]), "empty list"),
        (lambda: GraphSet(7), "not a int"),
        (lambda: GraphSet([networkx.path_graph(2), "CC"]), "item 1 is a SMILES"),
        (lambda: GraphSet([3.5]), "item 0 is a float"),
        (lambda: GraphSet([None]), "item 0 is a NoneType"),
        (lambda: GraphSet.from_arrays([[[0, 1, 2]]]), "expected whole numbers \\[2, edges\\]"),
        (lambda: GraphSet.from_arrays([[[0.5], [1.5]]]), "float64"),
        (lambda: GraphSet.from_arrays([[[0], [2]]], nodes=[2]), "graph 0: an edge 0 - 2"),
        (lambda: GraphSet.from_arrays([[[0], [1]]], nodes=[2, 3]), "2 numbers of nodes for 1"),
        (lambda: GraphSet.from_arrays([[[0], [1]]], nodes=[-2]), "-2: expected 0"),
        (lambda: GraphSet.from_arrays([[[0], [1]]], node_class=[[0, 300]]), "300: expected 0 to 254"),
        (lambda: GraphSet.from_arrays([[[0], [1]]], edge_class=[[np.nan]]), "whole numbers"),
        (lambda: GraphSet.from_arrays([[[0], [1]]], node_class=[[0, 1]], node_names=["A"]), "1 node names"),
        (lambda: GraphSet.from_dense(np.array([[0, 1], [0, 0]])), "not symmetric"),
        (lambda: GraphSet.from_dense(np.eye(2, dtype=int)), "to itself"),
        (lambda: GraphSet.from_dense(np.zeros((2, 3))), "expected \\[n, n\\]"),
        (lambda: GraphSet.from_dense([np.zeros((0, 0), int)]), "without nodes"),
    ],
)
def test_what_is_no_graph_is_refused(call, says):
    with pytest.raises(InputError, match=says):
        call()


def test_scipy_there_and_back():
    sparse = pytest.importorskip("scipy.sparse")
    matrix = sparse.coo_matrix(([2, 2, 1, 1], ([0, 1, 1, 2], [1, 0, 2, 1])), (4, 4))
    made = GraphSet([matrix])
    assert made[0].edge_class.tolist() == [2, 1]
    assert (made.to_scipy()[0] != matrix.tocsr()).nnz == 0


class Data:
    """As PyTorch Geometric has it, of NumPy arrays."""

    def __init__(self, **parts):
        self.__dict__.update(parts)


def test_pyg_needs_no_torch():
    one_hot = np.eye(3)[[0, 2, 1]]
    edges = np.array([[0, 1, 1, 2], [1, 0, 2, 1]])
    data = Data(edge_index=edges, x=one_hot, edge_attr=np.eye(4)[[1, 1, 3, 3]], num_nodes=3)
    made = GraphSet([data])
    assert made[0].node_class.tolist() == [0, 2, 1] and made[0].edge_class.tolist() == [1, 3]
    plain = GraphSet([Data(edge_index=edges, x=np.ones((3, 1)), edge_attr=np.ones((4, 1)), num_nodes=3)])
    assert plain[0].node_class.tolist() == [0, 0, 0] and plain[0].edge_class.tolist() == [1, 1]
    numbers = GraphSet([Data(edge_index=edges, x=np.array([[2], [0], [1]]), num_nodes=3)])
    assert numbers[0].node_class.tolist() == [2, 0, 1]
    with pytest.raises(InputError, match="not one-hot"):
        GraphSet([Data(edge_index=edges, x=np.ones((3, 2)), num_nodes=3)])
    with pytest.raises(InputError, match="graph 1: it has no x"):
        GraphSet([data, Data(edge_index=edges, edge_attr=data.edge_attr, num_nodes=3)])


def test_pyg_there_and_back(paths):
    pytest.importorskip("torch")
    pytest.importorskip("torch_geometric")
    named = GraphSet.from_networkx([labelled()], "kind", "bond")
    for graphs in (paths, named):
        data = graphs.to_pyg()
        assert data[0].x.shape == (graphs[0].n, len(graphs.node_names)) and data[0].is_undirected()
        again = GraphSet.from_pyg(data, node_names=graphs.node_names, edge_names=graphs.edge_names)
        assert again == graphs


# ---- molecules ----


@needs_molecules
def test_smiles_there_and_back():
    made = GraphSet(["CCO", "c1ccccc1", "C[N+](C)(C)C", "nonsense"])
    assert made.to_smiles() == ["CCO", "c1ccccc1"]
    assert [index for index, _ in made.dropped] == [2, 3]
    assert GraphSet.from_smiles(["CCO"], atoms=["C", "N", "O"]).node_names == ["C", "N", "O"]
    for wrong, says in (([], "empty"), (["CC", 3], "item 1 is a int"), ([""], "one SMILES"), (["C C"], "one SMILES")):
        with pytest.raises(InputError, match=says):
            GraphSet.from_smiles(wrong)
    with pytest.raises(InputError, match="no option 'colour'"):
        GraphSet.from_smiles(["CC"], colour=1)
    with pytest.raises(InputError):
        GraphSet.from_smiles(["CCO", "nonsense"], strict=True)


@needs_molecules
def test_rdkit_there_and_back():
    Chem = pytest.importorskip("rdkit.Chem")
    made = GraphSet([Chem.MolFromSmiles("CCO"), Chem.MolFromSmiles("CC#N")])
    assert [Chem.MolToSmiles(molecule) for molecule in made.to_rdkit()] == ["CCO", "CC#N"]


@needs_molecules
def test_mol_blocks_keep_the_order_of_atoms():
    Chem = pytest.importorskip("rdkit.Chem")
    texts = ["OCC", "N#CC", "C[N+](C)(C)C", "C/C=C/[C@H](O)F", "[13CH3]CO", "c1cc[nH]c1", "[O-]C(=O)C"]
    molecules = [Chem.MolFromSmiles(text) for text in texts]
    blocks = [Chem.MolToMolBlock(molecule) for molecule in molecules]
    by_block = GraphSet.from_mol_blocks(blocks, charges=True)
    assert by_block.dropped == [] and by_block.left_out == {"stereo": 1, "isotopes": 1}
    for graph, molecule in zip(by_block, molecules):
        elements = [by_block.node_names[k].rstrip("+-") for k in graph.node_class]
        assert elements == [atom.GetSymbol() for atom in molecule.GetAtoms()]
    by_smiles = GraphSet.from_rdkit(molecules, charges=True)
    assert by_smiles.left_out == by_block.left_out
    assert by_smiles.to_smiles() == by_block.to_smiles() == GraphSet.from_smiles(texts, charges=True).to_smiles()
    assert GraphSet.from_rdkit(molecules, by="mol_block", charges=True) == by_block
    assert GraphSet(blocks).to_smiles() == GraphSet(molecules).to_smiles()
    assert [index for index, _ in GraphSet(blocks).dropped] == [index for index, _ in GraphSet(molecules).dropped] == [2, 6]
    assert pickle.loads(pickle.dumps(by_block)).left_out == by_block.left_out


@needs_molecules
def test_what_is_no_mol_block():
    for wrong, says in (
        ([], "empty"),
        (["CCO"], "item 0 is no mol block"),
        ([3], "item 0 is a int"),
        (["a\nM  END\n$$$$\n"], "item 0 is no mol block"),
        (["\n\n\nnonsense\nM  END\n"], "no molecule"),
    ):
        with pytest.raises(InputError, match=says):
            GraphSet.from_mol_blocks(wrong)
    Chem = pytest.importorskip("rdkit.Chem")
    with pytest.raises(InputError, match="'smiles' or 'mol_block'"):
        GraphSet.from_rdkit([Chem.MolFromSmiles("CC")], by="name")


# ---- files ----


@pytest.mark.parametrize("format", ["graph6", "safetensors", "edgelist", "graphml", "tu", "text"])
def test_files_there_and_back(paths, tmp_path, format):
    paths.write(tmp_path / "set", format)
    assert GraphSet.read(tmp_path / "set").pair_class.tolist() == paths.pair_class.tolist()
    assert GraphSet(tmp_path / "set") == GraphSet.read(str(tmp_path / "set"))
    with pytest.raises(InputError, match="exists"):
        paths.write(tmp_path / "set", format)
    paths.write(tmp_path / "set", format, force=True)


def test_files_are_refused_in_one_line(tmp_path):
    with pytest.raises(digress.IOError) as error:
        GraphSet.read(tmp_path / "nothing")
    assert isinstance(error.value, OSError) and "\n" not in str(error.value)
    (tmp_path / "bad.g6").write_text("~~~~\n")
    with pytest.raises(InputError):
        GraphSet.read(tmp_path / "bad.g6")
    with pytest.raises(InputError, match="expected edgelist"):
        GraphSet.read(tmp_path / "bad.g6", "xml")
    with pytest.raises(InputError, match="path"):
        GraphSet.read(7)


# ---- a sequence ----


def test_slices_lists_and_masks(paths):
    assert paths[1:7:2].sizes.tolist() == [5, 4, 6]
    assert paths[[-1, 0]].sizes.tolist() == [6, 4]
    assert paths[paths.sizes == 5].sizes.tolist() == [5] * 4
    assert paths[::-1][0] == paths[-1] and len(paths[5:5]) == 0
    assert [graph.n for graph in paths] == paths.sizes.tolist()
    assert paths[0] in paths and len(paths[:3] + paths[:2]) == 5
    for wrong in (12, -13, [12]):
        with pytest.raises(IndexError):
            paths[wrong]
    for wrong in ("a", [0.5], np.zeros(3, bool)):
        with pytest.raises(InputError):
            paths[wrong]


def test_a_list_of_graphs_is_a_set(paths):
    other = GraphSet.from_networkx([labelled()], "kind", "bond")
    assert GraphSet([paths[3], paths[0]]) == paths[[3, 0]] and GraphSet(paths[2]) == paths[2:3]
    assert GraphSet(list(paths)) == paths == GraphSet(paths)
    with pytest.raises(InputError, match="item 1 is of other classes"):
        GraphSet([paths[0], other[0]])
    with pytest.raises(InputError, match="no option 'simplify'"):
        GraphSet(list(paths), simplify=True)


def test_split_keeps_each_graph_once(paths):
    parts = paths.split(0.5, 0.25, seed=3)
    assert [len(part) for part in parts] == [6, 3, 3]
    assert sorted(n for part in parts for n in part.sizes) == sorted(paths.sizes)
    assert len(paths.split(0.5, 0.5)) == 2
    with pytest.raises(InputError):
        paths.split(0.9, 0.9)


def test_pickles_and_copies(paths):
    assert pickle.loads(pickle.dumps(paths)) == paths
    assert pickle.loads(pickle.dumps(paths[3])) == paths[3]
    named = GraphSet.from_networkx([labelled()], "kind", "bond")
    assert pickle.loads(pickle.dumps(named)) == named == copy.deepcopy(named)


def test_views_are_of_the_set_and_outlive_it():
    made = GraphSet([networkx.path_graph(5), networkx.path_graph(3)])
    first, every = made[0].pair_class, made.pair_class
    assert np.shares_memory(first, every) and not first.flags.writeable
    with pytest.raises(ValueError):
        first[0] = 1
    del made
    assert first.tolist() == [1, 0, 0, 0, 1, 0, 0, 1, 0, 1] and every.size == 13


def test_says_what_it_is(paths):
    assert repr(paths).startswith("<GraphSet of 12 graphs: 4 to 6 nodes, 4 edges on average")
    assert repr(paths[0]) == "<Graph of 4 nodes, 3 edges>"
    assert repr(paths[:0]) == "<GraphSet without graphs>"


def test_frame_has_a_row_a_graph(paths):
    table = digress._interop.summaries(paths)
    assert table["edges"].tolist() == [3, 4, 5] * 4 and table["components"].tolist() == [1] * 12
    pandas = pytest.importorskip("pandas")
    assert isinstance(paths.to_frame(), pandas.DataFrame) and len(paths.to_frame()) == 12


def test_pictures(paths):
    if not digress.graphs.lib.digress_has_pictures():
        pytest.skip("the library was built without cairo")
    assert paths._repr_svg_().startswith("<?xml") or "<svg" in paths._repr_svg_()
    assert "&lt;GraphSet" in paths._repr_html_() and "<svg" in paths[0]._repr_svg_()
    assert paths[:0]._repr_html_() is None
    with pytest.raises(InputError):
        paths[:0].to_svg()
