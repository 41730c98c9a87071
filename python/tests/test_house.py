"""Signals, threads, processes, memory: what a long-lived notebook needs."""

import ctypes
import gc
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time

import networkx
import pytest
from conftest import TINY

import digress
from digress import DiGress, GraphSet

ENDLESS = {**TINY, "train.n_epochs": 10**7}


def interrupt_when(ready):
    """Ctrl-C, as soon as ready() says so."""

    def wait():
        while not ready():
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=wait, daemon=True).start()


def test_ctrl_c_saves_a_training_that_goes_on(paths, tmp_path):
    model = DiGress(run=tmp_path / "run", threads=1, **ENDLESS)
    steps = []
    interrupt_when(lambda: len(steps) > 5)
    with pytest.raises(KeyboardInterrupt, match="and saved"):
        model.fit(paths, callback=lambda step: steps.append(1) and None)
    assert len(model.sample(2)) == 2
    assert len(model.partial_fit(max_steps=len(steps) + 50).sample(2)) == 2


def test_ctrl_c_without_callbacks(paths, tmp_path):
    model = DiGress(run=tmp_path / "run", threads=1, **ENDLESS)
    interrupt_when(lambda: (tmp_path / "run" / "log.jsonl").exists())
    with pytest.raises(KeyboardInterrupt):
        model.fit(paths)
    assert (tmp_path / "run" / "checkpoints" / "last.safetensors").exists()


def test_ctrl_c_keeps_the_samples_that_are_finished(trained):
    shares = []
    interrupt_when(lambda: shares and shares[-1] > 0.02)
    with pytest.raises(KeyboardInterrupt) as stopped:
        trained.sample(30000, batch=8, seed=2, callback=lambda done, total: shares.append(done / total))
    finished = stopped.value.samples
    assert 0 < len(finished) < 30000
    with pytest.raises(digress.Stopped) as stopped:
        trained.sample(40, batch=4, callback=lambda done, total: done * 2 > total)
    assert 0 < len(stopped.value.samples) < 40


def test_ctrl_c_ends_sampling_and_evaluation(trained):
    large = GraphSet([networkx.gnp_random_graph(300, 0.1, seed=s) for s in range(40)])
    for call in (
        lambda: trained.sample(10**6),
        lambda: trained.bound(large, repeats=10**4),
        lambda: digress.evaluate(large, large, valid="sbm"),
    ):
        begun = threading.Event()
        interrupt_when(begun.is_set)
        with pytest.raises(KeyboardInterrupt):
            begun.set()
            call()


def test_what_other_handlers_raise_comes_through(trained):
    class Alarm(Exception):
        pass

    def ring(number, frame):
        raise Alarm

    before = signal.signal(signal.SIGALRM, ring)
    try:
        with pytest.raises(Alarm):
            signal.setitimer(signal.ITIMER_REAL, 0.1)
            trained.sample(10**6)
    finally:
        signal.signal(signal.SIGALRM, before)


def test_the_interpreter_lock_is_released(paths):
    """Another thread counts while a training runs that never calls back."""
    model = DiGress(threads=1, **{**TINY, "train.n_epochs": 300})
    counted, running = [0], threading.Event()

    def count():
        while not running.is_set():
            counted[0] += 1
            time.sleep(0)

    thread = threading.Thread(target=count)
    thread.start()
    model.fit(paths)
    running.set()
    thread.join()
    assert counted[0] > 100


def test_several_threads(trained, paths):
    expected = trained.sample(4, seed=1), repr(digress.evaluate(paths, paths))
    results, errors = [], []

    def work():
        try:
            for _ in range(3):
                results.append((trained.sample(4, seed=1), repr(digress.evaluate(paths, paths))))
                with pytest.raises(digress.InputError, match="graph 0: an edge 0 - 5"):
                    GraphSet.from_arrays([[[0], [5]]], nodes=[2])
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors and len(results) == 12 and all(result == expected for result in results)


def sample_two(model):
    return model.sample(2, seed=5)


@pytest.mark.parametrize("how", ["fork", "spawn"])
def test_other_processes(trained, how):
    if how == "spawn" and os.environ.get("LD_PRELOAD"):
        pytest.skip("not under a sanitizer")
    with multiprocessing.get_context(how).Pool(2) as pool:
        assert pool.map(sample_two, [trained] * 2) == [sample_two(trained)] * 2


def test_temporary_folders_go_with_their_owner(paths):
    model = DiGress(threads=1, **TINY).fit(paths)
    folder = os.path.dirname(os.path.dirname(model.checkpoint))
    child = os.fork()
    if child == 0:  # another process, which has the estimator, too, lets go of it
        del model
        gc.collect()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0 and os.path.exists(folder)
    del model
    gc.collect()
    assert not os.path.exists(os.path.dirname(folder))


class MallInfo(ctypes.Structure):
    _fields_ = [
        (name, ctypes.c_size_t)
        for name in "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost".split()
    ]


def allocated():
    """Bytes that malloc has given out and not got back."""
    mallinfo2 = ctypes.CDLL(None).mallinfo2
    mallinfo2.restype = MallInfo
    gc.collect()
    found = mallinfo2()
    return found.uordblks + found.hblkhd


@pytest.mark.skipif("LD_PRELOAD" in os.environ, reason="a sanitizer has a malloc of its own")
@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallinfo2"), reason="needs glibc 2.33")
def test_no_leak(trained, paths, tmp_path):
    """What is made is gone: nothing grows with the number of calls."""
    graphs = [networkx.gnp_random_graph(60, 0.5, seed=s) for s in range(20)]

    def fails(call):
        with pytest.raises(digress.Error):
            call()

    made = GraphSet(graphs)
    work = {
        "sets": lambda: GraphSet(graphs)[3:9].node_names,
        "views": lambda: GraphSet(graphs)[3].pair_class.sum(),
        "networkx": lambda: made.to_networkx(),
        "keys": lambda: digress.metrics.canonical_key(made[0]),
        "rows": lambda: digress.metrics.describe(made[0], "spectral"),
        "pictures": lambda: made[:1]._repr_svg_(),
        "samples": lambda: trained.sample(2),
        "models": lambda: digress.load(trained.checkpoint).bound(paths),
        "logits": lambda: trained.predict_logits(paths[0], 2),
        "tables": lambda: digress.evaluate(paths, paths, threads=1),
        "training": lambda: DiGress(threads=1, **{**TINY, "train.n_epochs": 1}).fit(paths),
        "files": lambda: paths.write(tmp_path / "g6", "graph6", force=True),
        "reading": lambda: GraphSet.read(tmp_path / "g6"),
        "refusals": lambda: fails(lambda: GraphSet.from_arrays([[[0], [0]]])),
        "refused files": lambda: fails(lambda: digress.load(tmp_path / "g6")),
    }
    # A leak grows in each round; what Python itself keeps now and then does not.
    grown = {}
    for name, call in work.items():
        for _ in range(12):
            call()
        for _ in range(4):
            before = allocated()
            for _ in range(24):
                call()
            grown[name] = (allocated() - before) / 24
            if grown[name] <= 200:
                break
    assert {name: size for name, size in grown.items() if size > 200} == {}


def test_imports_nothing_that_it_does_not_need():
    code = (
        "import sys, digress; found = {'networkx', 'pandas', 'scipy', 'torch', 'tqdm', 'rdkit'} & set(sys.modules); "
        "sys.exit(f'imported: {found}' if found else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
