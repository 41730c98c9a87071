"""Weights from and to PyTorch: checkpoint.py and checkpoint_flow.py of tests/golden/make/reference made the
data by calling the published code of DiGress and of DeFoG, with PyTorch 2.13."""

import pathlib
import pickle
import zipfile

import networkx
import numpy as np
import pytest

import digress
from digress import InputError, convert

DATA = pathlib.Path(__file__).parent / "data"


@pytest.fixture(scope="module")
def converted(tmp_path_factory):
    return convert.from_torch(DATA / "digress.ckpt", tmp_path_factory.mktemp("converted") / "model.safetensors")


def test_logits_are_those_of_the_published_code(converted):
    expected = np.load(DATA / "digress_logits.npz")
    checked = 0
    for k in range(3):
        graph = digress.GraphSet.from_dense([expected[f"{k}/adjacency"]], [expected[f"{k}/node_class"]])
        for t in (1, 17, 50):
            X, E = converted.predict_logits(graph, t)
            np.testing.assert_allclose(X, expected[f"{k}/{t}/X"], rtol=5e-6, atol=5e-6)
            np.testing.assert_allclose(E, expected[f"{k}/{t}/E"], rtol=5e-6, atol=5e-6)
            checked += E.size
    assert checked == 3 * 3 * (4 + 25 + 81)


def test_the_config_and_the_statistics_come_along(converted):
    metadata, tensors = convert._read_safetensors(converted.checkpoint)
    assert "diffusion_steps: 50" in metadata["digress.config"]
    assert tensors["statistics.node_marginals"] == pytest.approx([0.5, 0.3, 0.2])
    assert tensors["statistics.edge_marginals"] == pytest.approx([0.7, 0.2, 0.1])
    histogram = tensors["sizes.n_histogram"]
    assert histogram / histogram.sum() == pytest.approx(np.array([0, 0, 0, 1, 2, 3, 4, 3, 2, 1]) / 16)
    assert tensors["statistics.mean_n"] == pytest.approx([6.0])
    assert set(converted.sample(20, seed=1).sizes) <= set(range(3, 10))


def test_weights_go_there_and_back(converted):
    from digress import _torch_file

    state = _torch_file.read(DATA / "digress.ckpt")["state_dict"]
    weights = convert.tensors(converted)
    assert {name for name in state if name.startswith("model.")} == {f"model.{name}" for name in weights}
    assert all(np.array_equal(state[f"model.{name}"], array) for name, array in weights.items())


# ---- DeFoG ----


@pytest.fixture(scope="module")
def flow(tmp_path_factory):
    return convert.from_torch(DATA / "defog.ckpt", tmp_path_factory.mktemp("flow") / "model.safetensors")


def test_logits_are_those_of_the_published_flow(flow):
    expected = np.load(DATA / "defog_logits.npz")
    checked = 0
    for k in range(3):
        graph = digress.GraphSet.from_dense([expected[f"{k}/adjacency"]], [expected[f"{k}/node_class"]])
        for u in (0.0, 0.2, 0.825, 1.0):
            X, E = flow.predict_logits(graph, 40 * (1 - u))
            np.testing.assert_allclose(X, expected[f"{k}/{u}/X"], rtol=5e-6, atol=5e-6)
            np.testing.assert_allclose(E, expected[f"{k}/{u}/E"], rtol=5e-6, atol=5e-6)
            checked += E.size
    assert checked == 3 * 4 * (4 + 25 + 81)


def test_a_flow_is_sampled_as_its_config_says(flow):
    config = convert._read_safetensors(flow.checkpoint)[0]["digress.config"]
    for line in ("sampler: flow", "eta: 5", "omega: 0.05", "distortion: polydec", "time_input: embedded",
                 "diagonal: no_edge", "diffusion_noise_schedule: linear", "diffusion_steps: 40", "rrwp_steps: 5"):
        assert line in config, line
    samples = flow.sample(20, seed=1)
    assert set(samples.sizes) <= set(range(3, 10)) and len(set(samples.node_class)) == 3


def test_weights_of_a_flow_go_there_and_back(flow):
    from digress import _torch_file

    state = _torch_file.read(DATA / "defog.ckpt")["state_dict"]
    weights = convert.tensors(flow)
    assert {name for name in state if name.startswith("model.")} == {f"model.{name}" for name in weights}
    assert all(np.array_equal(state[f"model.{name}"], array) for name, array in weights.items())


@pytest.mark.parametrize(
    "section, key, value, message",
    [
        ("general", "conditional", True, "conditional"),
        ("model", "extra_features", "rrwp_comp", "rrwp, cycles and all"),
        ("model", "transition", "absorbing", "marginal, uniform and one class"),
        ("sample", "rdb", "column", "design general"),
    ],
)
def test_what_digress_lacks_of_defog(tmp_path, monkeypatch, section, key, value, message):
    from digress import _torch_file

    found = _torch_file.read(DATA / "defog.ckpt")
    cfg = _torch_file.plain(found["hyper_parameters"]["cfg"])
    cfg[section][key] = value
    found["hyper_parameters"]["cfg"] = cfg
    monkeypatch.setattr(_torch_file, "read", lambda path: found)
    with pytest.raises(InputError, match=message):
        convert.from_torch("defog.ckpt", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_pytorch_reads_what_is_written(converted, tmp_path):
    torch = pytest.importorskip("torch")
    state = convert.to_torch(converted, tmp_path / "back.ckpt")
    found = torch.load(tmp_path / "back.ckpt", weights_only=True)["state_dict"]
    assert all(torch.equal(found[name], tensor) for name, tensor in state.items())
    again = convert.from_torch(
        tmp_path / "back.ckpt",
        tmp_path / "again.safetensors",
        graphs=digress.GraphSet.from_arrays(
            [[[0, 1], [1, 2]]] * 3, nodes=[9, 5, 6], node_class=[[0, 1, 2] * 3, [0] * 5, [1] * 6], edge_class=[[1, 2]] * 3
        ),
        model__diffusion_steps=50,
        model__extra_features="eigenvalues",
        model__hidden_dims__n_head=2,
    )
    graph = networkx.cycle_graph(7)
    assert all(np.array_equal(a, b) for a, b in zip(again.predict_logits(graph, 3), converted.predict_logits(graph, 3)))


def test_tensors_need_a_trained_model(trained, tmp_path):
    assert convert.tensors(trained.checkpoint).keys() == convert.tensors(trained).keys()
    with pytest.raises(InputError, match="not trained"):
        convert.tensors(digress.DiGress())


# ---- files that are none, or that are hostile ----


def archive(path, pickled, **parts):
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("x/data.pkl", pickled)
        for name, data in parts.items():
            file.writestr(f"x/data/{name.strip('_')}", data)
    return path


class Evil:
    def __reduce__(self):
        import os

        return os.system, ("touch owned",)


def test_nothing_in_a_checkpoint_is_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = archive(tmp_path / "evil.ckpt", pickle.dumps({"state_dict": {"a": 1}, "callbacks": Evil()}, 2))
    with pytest.raises(InputError, match="no weights"):
        convert.from_torch(path, tmp_path / "out.safetensors")
    assert not (tmp_path / "owned").exists() and not (tmp_path / "out.safetensors").exists()


def opcodes(value):
    return pickle.dumps(value, 2)[2:-1]


def lying(offset, size, stride):
    """What PyTorch pickles of {name: tensor}, the tensor's storage having four numbers."""
    storage = b"(" + opcodes("storage") + b"ctorch\nFloatStorage\n" + b"".join(map(opcodes, ("0", "cpu", 4))) + b"tQ"
    rest = b"".join(map(opcodes, (offset, size, stride, False, None)))
    tensor = b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + rest + b"tR"
    return b"\x80\x02}" + opcodes("model.mlp_in_X.0.weight") + tensor + b"s."


def test_tensors_cannot_reach_beyond_their_storage(tmp_path):
    from digress import _torch_file

    numbers = np.arange(4, dtype="<f4").tobytes()
    good = archive(tmp_path / "good.ckpt", lying(0, (2, 2), (2, 1)), _0=numbers)
    assert _torch_file.read(good)["model.mlp_in_X.0.weight"].tolist() == [[0, 1], [2, 3]]
    for about in ((1, (2, 2), (2, 1)), (0, (9,), (1,)), (-1, (2,), (1,)), (0, (2,), (-1,)), (0, (2,), (2**40,))):
        path = archive(tmp_path / "lies.ckpt", lying(*about), _0=numbers)
        with pytest.raises(InputError, match="beyond its storage"):
            _torch_file.read(path)


def test_other_files(tmp_path):
    (tmp_path / "text.ckpt").write_text("hello")
    with pytest.raises(InputError, match="not a checkpoint of PyTorch"):
        convert.from_torch(tmp_path / "text.ckpt", tmp_path / "out")
    data = (DATA / "digress.ckpt").read_bytes()
    (tmp_path / "cut.ckpt").write_bytes(data[: len(data) // 2])
    with pytest.raises(InputError):
        convert.from_torch(tmp_path / "cut.ckpt", tmp_path / "out")
    with pytest.raises(digress.IOError):
        convert.from_torch(tmp_path / "nothing.ckpt", tmp_path / "out")
    with pytest.raises(InputError, match="contradict"):
        convert.from_torch(DATA / "digress.ckpt", tmp_path / "out", model__extra_features="all")
    with pytest.raises(InputError, match="3 classes"):
        convert.from_torch(DATA / "digress.ckpt", tmp_path / "out", node_names=["C", "N"])
    assert not (tmp_path / "out").exists()
