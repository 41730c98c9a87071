"""evaluate, and each measure alone."""

import networkx
import numpy as np
import pytest
from conftest import needs_molecules

import digress
from digress import GraphSet, InputError, metrics


@pytest.fixture(scope="module")
def sets():
    return [
        GraphSet([networkx.gnp_random_graph(12, p, seed=s) for s in range(16)]) for p in (0.2, 0.3, 0.2)
    ]


def test_the_table_and_its_parts_agree(sets):
    samples, ref, train = sets
    table = digress.evaluate(samples, ref, train, valid="planar")
    for name in ("degree", "clustering", "orbit", "spectral", "wavelet"):
        assert metrics.mmd(ref, samples, name) == table.mmd[name]
    assert metrics.mmd_orbit(ref, samples, "rbf") == table.mmd_rbf["orbit"]
    assert metrics.pgd(ref, samples).value == table.pgd.value
    assert table.per_graph_valid.tolist() == metrics.planar(samples).tolist()
    assert table.valid.value == pytest.approx(metrics.planar(samples).mean())
    assert table.unique.value == metrics.unique(samples).mean()
    assert table.novel.value == metrics.novel(samples, train).mean() == 0
    assert table.samples == 16 and 0 < float(table.ratio) and np.isnan(table.molecule_validity.value)


def test_ways_to_look_at_the_table(sets):
    table = digress.evaluate(sets[0], sets[1])
    assert "mmd_orbit" in str(table) and "<td>" in table._repr_html_()
    assert "train_mmd" not in str(table)  # undefined without a training set
    pandas = pytest.importorskip("pandas")
    frame = table.to_frame()
    assert isinstance(frame, pandas.DataFrame)
    assert frame.loc["mmd_orbit", "value"] == table.mmd["orbit"].value


def test_threads_never_change_numbers(sets):
    one = digress.evaluate(sets[0], sets[1], threads=1)
    assert repr(digress.evaluate(sets[0], sets[1], threads=2)) == repr(one)


def test_rules(sets):
    assert metrics.tree(networkx.path_graph(5)) is True
    assert metrics.tree(GraphSet([networkx.cycle_graph(5)])[0]) is False
    assert metrics.planar([networkx.complete_graph(4), networkx.complete_graph(5)]).tolist() == [True, False]
    assert metrics.connected(GraphSet([networkx.empty_graph(2)])).tolist() == [False]
    assert metrics.grid(networkx.grid_2d_graph(3, 4)) and metrics.lobster(networkx.path_graph(4))
    for rule in metrics.RULES[:-1]:
        assert isinstance(metrics.valid(sets[0][0], rule), bool)
    with pytest.raises(InputError, match="nonsense"):
        metrics.valid(sets[0], "nonsense")


def test_keys_are_of_isomorphism_classes():
    graph = networkx.gnp_random_graph(9, 0.4, seed=1)
    other = networkx.relabel_nodes(graph, dict(zip(range(9), np.random.default_rng(0).permutation(9))))
    assert metrics.canonical_key(graph) == metrics.canonical_key(other)
    assert metrics.isomorphic(graph, other) and not metrics.isomorphic(graph, networkx.path_graph(9))
    assert len({metrics.canonical_key(g) for g in (graph, other, networkx.path_graph(9))}) == 2
    assert metrics.canonical_key(networkx.empty_graph(1)) != metrics.canonical_key(networkx.empty_graph(2))


def test_descriptors_of_one_graph():
    star = networkx.star_graph(3)
    assert metrics.describe(star, "degree").tolist() == [0, 3, 0, 1]
    with pytest.raises(InputError, match="expected degree"):
        metrics.describe(star, "colour")


def test_mistakes_say_what_to_do(sets):
    for call, says in (
        (lambda: digress.evaluate([], sets[0]), "samples: .*empty"),
        (lambda: digress.evaluate(sets[0], [1, 2]), "ref: "),
        (lambda: digress.evaluate(sets[0], sets[1][:0]), "no graphs"),
        (lambda: digress.evaluate(sets[0], valid="nonsense"), "nonsense"),
        (lambda: digress.evaluate(sets[0], threads=-1), "threads"),
        (lambda: metrics.mmd(sets[0], sets[1], "wavelet", "emd"), "wavelet"),
        (lambda: metrics.mmd(sets[0], sets[1], "degree", "x"), "kernel"),
    ):
        with pytest.raises(InputError, match=says):
            call()


@needs_molecules
def test_molecules_are_judged_without_asking():
    made = GraphSet(["CCO", "CCN", "CC#N", "CCO"])
    table = digress.evaluate(made, made, made)
    assert table.valid.value == 1 and table.unique.value == 0.75 and table.novel.value == 0
    assert table.molecule_validity.value == 1 and metrics.molecule(made).all()
