"""DiGress: training, sampling, scores."""

import pickle

import networkx
import numpy as np
import pytest
from conftest import TINY

import digress
from digress import DiGress, InputError


def test_fit_sample_score(trained, paths):
    samples = trained.sample(5, seed=3)
    assert len(samples) == 5 and set(samples.sizes) <= {4, 5, 6}
    assert trained.sample(5, seed=3) == samples != trained.sample(5, seed=4)
    assert trained.sample(2, seed=3, first=3) == samples[3:]
    bound = trained.bound(paths, repeats=2)
    assert trained.score(paths) < 0 and np.isfinite(bound.nll)
    assert "5 steps, graphs of up to 6 nodes" in repr(trained)
    assert trained.classes.node_names == paths.node_names


def test_options_of_sampling(trained):
    assert set(trained.sample(4, nodes=5).sizes) == {5}
    assert set(trained.sample(9, nodes=range(4, 6)).sizes) == {4, 5}
    assert trained.sample(4, nodes="5", sampler="flow", eta=50.0) != trained.sample(4, nodes="5")
    seen = []
    trained.sample(4, callback=lambda done, total: seen.append((done, total)))
    assert seen and seen[-1][1] == 20
    for options, says in (
        ({"nodes": 0}, "expected 1"),
        ({"nodes": "many"}, "many"),
        ({"n": 0}, "expected 1"),
        ({"n": 1.5}, "whole number"),
        ({"seed": -1}, "seed"),
        ({"steps": 10**7}, "steps"),
        ({"sampler": "magic"}, "magic"),
        ({"eta": float("nan")}, "eta"),
    ):
        with pytest.raises(InputError, match=says):
            trained.sample(**options)


def test_callbacks_see_each_step(tiny, paths):
    seen = []
    tiny.fit(paths, callback=seen.append)
    assert [step["step"] for step in seen] == list(range(1, 10))
    assert all(step["loss"] > 0 for step in seen)


def test_callbacks_stop_and_raise(tiny, paths):
    with pytest.raises(digress.Stopped, match="step 3"):
        tiny.fit(paths, callback=lambda step: step["step"] == 3)
    assert len(tiny.sample(2)) == 2  # it was saved

    def fail(step):
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        tiny.fit(paths, callback=fail)
    with pytest.raises(LookupError, match="mine"):
        tiny.sample(2, callback=lambda done, total: fail(0))
    with pytest.raises(digress.Stopped):
        tiny.sample(2, callback=lambda done, total: True)


def test_bars_are_shown_where_tqdm_is_there(tiny, paths, capsys):
    pytest.importorskip("tqdm")
    tiny.set_params(progress=True).fit(paths)
    tiny.sample(3)
    shown = capsys.readouterr().err
    assert "training" in shown and "loss=" in shown and "sampling" in shown


def test_partial_fit_goes_on_bit_for_bit(tiny, paths):
    whole = tiny.fit(paths).sample(4)
    with pytest.raises(digress.Stopped):
        tiny.fit(paths, callback=lambda step: step["step"] == 4)
    assert tiny.partial_fit().sample(4) == whole
    more = tiny.partial_fit(n_epochs=5)
    assert sum(row["step"] for row in rows(more) if row["event"] == "step") == sum(range(1, 16))
    with pytest.raises(InputError, match="no budget 'hours'"):
        tiny.partial_fit(hours=1)


def rows(model):
    history = model.history
    return history if isinstance(history, list) else history.to_dict("records")


def test_history_has_the_validations(trained):
    assert {"step", "validation"} <= {row["event"] for row in rows(trained)} | {"validation"}
    assert any(row.get("nll") == row.get("nll") and row.get("nll") is not None for row in rows(trained))


def test_params_as_scikit_learn_has_them():
    model = DiGress("planar-small", max_minutes=2, model__n_layers=3)
    params = model.get_params()
    assert params["preset"] == "planar-small" and params["model__n_layers"] == 3
    assert DiGress(**params).get_params() == params
    assert model.set_params(seed=7, train__lr=0.1).get_params()["train__lr"] == 0.1
    assert "planar-small" in repr(model) and "planar-small" in digress.model.presets()


def test_scikit_learn_clones_it():
    base = pytest.importorskip("sklearn.base")
    assert base.clone(DiGress(max_minutes=2, model__n_layers=3)).get_params()["max_minutes"] == 2


def test_save_load_pickle(trained, paths, tmp_path, monkeypatch):
    expected = trained.sample(3)
    trained.save(tmp_path / "model.safetensors")
    assert digress.load(tmp_path / "model.safetensors").sample(3) == expected
    monkeypatch.setenv("DIGRESS_MODELS", str(tmp_path))
    assert digress.load("model").sample(3) == expected
    assert pickle.loads(pickle.dumps(trained)).sample(3) == expected
    with pytest.raises(InputError, match="models by name: .*model.*tree"):
        digress.load("other")
    (tmp_path / "bad.safetensors").write_bytes(b"nothing")
    with pytest.raises(InputError, match="bad.safetensors"):
        digress.load(tmp_path / "bad.safetensors")


def test_models_that_come_with_the_package():
    samples = digress.load("tree").sample(2, steps=20, seed=1)
    assert len(samples) == 2 and len(samples[0]) == 64


def test_runs_in_folders(paths, tmp_path):
    model = DiGress(run=tmp_path / "run", threads=1, **TINY).fit(paths)
    assert digress.load(tmp_path / "run").sample(2) == model.sample(2)
    assert len(rows(digress.load(tmp_path / "run"))) > 3
    model.fit(paths)  # its own run is replaced
    with pytest.raises(InputError, match="force"):
        DiGress(run=tmp_path / "run", threads=1, **TINY).fit(paths)
    DiGress(run=tmp_path / "run", force=True, threads=1, **TINY).fit(paths)
    loaded = digress.load(tmp_path / "run")
    with pytest.raises(InputError, match="give the graphs"):
        loaded.partial_fit(n_epochs=4)
    assert loaded.partial_fit(paths, n_epochs=4).sample(2) is not None


def test_sizes_are_chosen_without_a_preset(paths):
    model = DiGress(threads=1, train__max_steps=1).fit(paths)
    assert "500 steps" in repr(model)


@pytest.mark.parametrize(
    "call, says",
    [
        (lambda g: DiGress().sample(), "not trained"),
        (lambda g: DiGress().history, "not trained"),
        (lambda g: DiGress(**TINY).fit([]), "graphs: .*empty"),
        (lambda g: DiGress("nonsense").fit(g), "one of .*planar-small"),
        (lambda g: DiGress(model__n_layer=3).fit(g), "model.n_layers"),
        (lambda g: DiGress(model__n_layers="many").fit(g), "n_layers"),
        (lambda g: DiGress(threads=-1, **TINY).fit(g), "threads"),
        (lambda g: DiGress(**TINY).fit(g, val=[3]), "val: "),
        (lambda g: DiGress(**TINY).fit(g[:0]), "empty"),
    ],
)
def test_mistakes_say_what_to_do(paths, call, says):
    with pytest.raises(InputError, match=says):
        call(paths)


def test_classes_that_the_model_lacks(trained):
    graph = networkx.path_graph(3)
    networkx.set_node_attributes(graph, {0: "C", 1: "N", 2: "C"}, "atom")
    with pytest.raises(InputError, match="class"):
        trained.score(digress.GraphSet([graph], node_attr="atom"))


def test_an_exported_model_draws_the_same_samples(trained, tmp_path):
    trained.export(tmp_path / "small.safetensors")
    trained.save(tmp_path / "whole.safetensors")
    assert (tmp_path / "small.safetensors").stat().st_size < (tmp_path / "whole.safetensors").stat().st_size
    assert digress.load(tmp_path / "small.safetensors").sample(5, seed=3) == trained.sample(5, seed=3)
    assert "diffusion_steps: 5" in trained.config


def test_how_samples_are_computed(trained):
    assert trained.sample(5, seed=3, backend="native", precision="f32") == trained.sample(5, seed=3, backend="native")
    for wrong in ({"backend": "abacus"}, {"precision": "f8"}):
        with pytest.raises(InputError, match="expected"):
            trained.sample(2, **wrong)


def test_a_continuous_model_takes_its_own_eta(paths):
    model = DiGress(threads=1, **{**TINY, "model.diffusion_steps": 40, "sample.steps": 40, "train.n_epochs": 60}, model__type="continuous", model__extra_features="none").fit(paths)
    assert model.sample(5, eta=0.0) != model.sample(5) and model.sample(5, eta=1.0) == model.sample(5)
    with pytest.raises(InputError, match="eta"):
        model.sample(5, eta=2.0)
