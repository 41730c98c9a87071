import signal

import networkx
import pytest

import digress


@pytest.fixture(autouse=True)
def ctrl_c():
    """SIGINT raises KeyboardInterrupt, also where a shell has started the tests with it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session")
def paths():
    """Paths of 4 to 6 nodes."""
    return digress.GraphSet([networkx.path_graph(4 + k % 3) for k in range(12)])


TINY = {
    "model.n_layers": 1,
    "model.hidden_dims.dx": 8,
    "model.hidden_dims.de": 4,
    "model.diffusion_steps": 5,
    "sample.steps": 5,
    "train.batch_size": 4,
    "train.n_epochs": 3,
    "general.sample_every_val": 0,
    "general.log_every_steps": 1,
}


@pytest.fixture
def tiny():
    """A model that trains in a moment."""
    return digress.DiGress(threads=1, **TINY)


@pytest.fixture(scope="session")
def trained(paths):
    return digress.DiGress(threads=1, **TINY).fit(paths, val=paths)


needs_molecules = pytest.mark.skipif(
    not digress.graphs.lib.digress_has_molecules(), reason="the library was built without RDKit"
)
