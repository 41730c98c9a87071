"""Targets that samples are asked for, a part that they contain, constraints that hold."""

import pickle

import networkx
import numpy as np
import pytest
from conftest import TINY

import digress
from digress import DiGress, GraphSet, InputError


def test_targets_go_with_their_graphs(paths):
    made = paths.with_targets({"length": paths.sizes, "odd": [1.0, np.nan] * 6})
    assert made.targets["length"].tolist() == paths.sizes.tolist() and np.isnan(made.targets["odd"][1])
    assert made[[3, 0]].targets["length"].tolist() == [4, 4] and made != paths
    assert pickle.loads(pickle.dumps(made)) == made
    assert (made + made).targets["odd"].size == 24
    assert made.with_targets({"odd": np.zeros(12)}).targets["odd"].tolist() == [0] * 12
    assert paths.targets == {}


def test_targets_in_files(paths, tmp_path):
    made = paths.with_targets({"length": paths.sizes})
    made.write(tmp_path / "set")
    assert GraphSet.read(tmp_path / "set").targets["length"].tolist() == paths.sizes.tolist()


def test_targets_can_be_computed(paths):
    made = paths.with_computed_targets("edges", "max_degree")
    assert made.targets["edges"].tolist() == (paths.sizes - 1).tolist()
    assert made.targets["max_degree"].tolist() == [2] * 12
    with pytest.raises(InputError, match="colour"):
        paths.with_computed_targets("colour")


@pytest.mark.parametrize(
    "y, says",
    [
        ([1.0] * 11, "expected \\[12\\]"),
        ([1.0] * 11 + [float("nan")], "graph 11 is NaN: leave such graphs out"),
        ([1.0] * 11 + [float("inf")], "infinite"),
        (["a"] * 12, "no column of numbers"),
        ({}, "no targets"),
        (np.zeros((12, 1, 1)), "expected \\[graphs\\]"),
    ],
)
def test_targets_that_are_none(paths, y, says):
    with pytest.raises(InputError, match=says):
        DiGress(**TINY).fit(paths, y)


def test_samples_are_asked_for_targets(paths):
    model = DiGress(threads=1, **TINY).fit(paths, paths.sizes)
    asked = model.sample(4, target=5.0, guidance=2.0)
    assert asked.targets["y"].tolist() == [5] * 4
    assert model.sample(4, target={"y": [4.0, 6.0]}).targets["y"].tolist() == [4, 6, 4, 6]
    assert "y" not in model.sample(2).targets or np.isnan(model.sample(2).targets["y"]).all()
    named = DiGress(threads=1, **TINY).fit(paths, {"nodes": paths.sizes, "edges": paths.sizes - 1})
    assert named.sample(2, target={"edges": 4}).targets["edges"].tolist() == [4, 4]
    with pytest.raises(InputError, match="colour"):
        named.sample(2, target={"colour": 4})
    with pytest.raises(InputError, match="another has 3"):
        named.sample(6, target={"edges": [1, 2], "nodes": [1, 2, 3]})


def test_a_model_without_targets_cannot_be_asked(trained):
    with pytest.raises(InputError, match="target"):
        trained.sample(2, target={"logP": 1})


def test_samples_contain_what_is_fixed(trained):
    triangle = networkx.cycle_graph(3)
    for graph in trained.sample(4, fix=triangle, nodes=6, resample=2):
        assert graph.n == 6 and graph.adjacency()[:3, :3].sum() == 6
    with pytest.raises(InputError, match="2 graphs: expected one"):
        trained.sample(1, fix=[triangle, triangle])


def test_constraints_hold_and_are_counted(trained):
    trees = trained.sample(6, connected=True, acyclic=True, max_degree=3)
    assert digress.metrics.tree(trees).all()
    assert all(graph.adjacency().sum(axis=1).max() <= 3 for graph in trees)
    found = trees.interventions
    assert found.graphs == 6 and found.changes > 0 and set(found.refused) >= {"acyclic", "connected"}
    assert trained.sample(1).interventions is None
    with pytest.raises(InputError, match="max_degree"):
        trained.sample(1, max_degree=-1)


def test_what_samples_were_asked_for_is_measured(paths):
    asked = paths.with_targets({"edges": paths.sizes + 1.0, "mine": paths.sizes})
    error = digress.metrics.target_error(asked, "edges")
    assert (error.asked, error.measured) == (12, 12)
    assert error.mae == pytest.approx(2) and error.correlation == pytest.approx(1)
    assert error.mean_asked - error.mean_measured == pytest.approx(2)
    assert digress.metrics.target_error(paths.with_targets({"edges": paths.sizes - 1})).mae == 0
    for wrong, says in ((None, "the samples have edges, mine"), ("colour", "have edges"), ("mine", "cannot measure")):
        with pytest.raises(InputError, match=says):
            digress.metrics.target_error(asked, wrong)
    with pytest.raises(InputError, match="have none"):
        digress.metrics.target_error(paths)


def test_a_regressor_leads_samples(paths):
    sized = paths.with_computed_targets("edges")
    model = DiGress(threads=1, **TINY).fit(sized)
    regressor = DiGress(threads=1, model__task="regression", model__targets=["edges"], **TINY).fit(sized)
    assert model.targets == [] and regressor.targets == ["edges"]
    led = model.sample(4, target={"edges": 5.0}, regressor=regressor, regressor_scale=1e6)
    assert led.targets["edges"].tolist() == [5] * 4
    assert led.pair_class.tolist() != model.sample(4).pair_class.tolist()
    with pytest.raises(InputError, match="regressor"):
        model.sample(4, target={"edges": 5.0}, regressor="edges")
    with pytest.raises(InputError):
        model.sample(4, regressor=regressor)


@pytest.mark.parametrize("alone", [{"guidance": 2.0}, {"guidance": float("nan")}, {"resample": 3}, {"fix_edges_only": True}])
def test_what_steers_nothing_is_refused(trained, alone):
    with pytest.raises(InputError, match="give (target|fix), too"):
        trained.sample(2, **alone)


def test_guidance_is_a_number(paths):
    model = DiGress(threads=1, **TINY).fit(paths, paths.sizes)
    with pytest.raises(InputError, match="guidance"):
        model.sample(2, target=5.0, guidance=float("nan"))
