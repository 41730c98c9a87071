#!/usr/bin/env python3
"""Times the reference's GraphTransformer (PyTorch) on the shapes of `digress bench`: as it is, by
torch.compile, and by torch.compile with bfloat16 autocast.

Usage: time_reference.py CHECKOUT [--shape NAME] [--variant NAME] [--threads K] [--seconds T] [--cpu]
                         [--device cuda] [--batch B]

CHECKOUT is a clone of github.com/cvignac/DiGress; of it only the network is imported. Its checks of
masks, which read a number back and so cut torch.compile's graph, are left out, and its softmax
fills masked scores in without an index: both are to PyTorch's favour, and no number changes. Prints
JSON of the same form as `digress bench --json`: milliseconds a graph, medians. Every shape and
variant runs in a process of its own, so that its peak memory is its own. On a GPU a larger --batch
is fairer, and memory is the GPU's.
"""
import argparse
import contextlib
import functools
import json
import os
import resource
import statistics
import subprocess
import sys
import time
import types
import warnings

WIDE = dict(mlp=dict(X=256, E=128, y=128), dx=256, de=64, dy=64, heads=8, ffX=256, ffE=128, ffy=2048)
NARROW = dict(WIDE, mlp=dict(X=128, E=64, y=128), ffE=64)
SMALL = dict(mlp=dict(X=64, E=32, y=64), dx=64, de=32, dy=32, heads=4, ffX=128, ffE=32, ffy=64)
SMALL_MOLECULES = dict(SMALL, dx=96, ffX=96)

# name: nodes, layers, graphs in a batch, node and edge classes, widths (bench/bench.c has the same)
SHAPES = {
    "qm9": (9, 9, 256, 4, 5, WIDE),
    "comm20": (20, 8, 64, 1, 2, WIDE),
    "planar": (64, 10, 4, 1, 2, NARROW),
    "sbm": (187, 8, 1, 1, 2, NARROW),
    "qm9-small": (9, 5, 128, 4, 5, SMALL_MOLECULES),
    "planar-small": (64, 8, 16, 1, 2, SMALL),
    "tree-small": (64, 5, 16, 1, 2, SMALL),
}
VARIANTS = "eager", "compiled", "compiled-bf16"
NODE_FEATURES, GRAPH_FEATURES = 6, 12  # extra_features "all", and the time


class Absent(types.ModuleType):
    """Stands for a package that the network's module imports but does not need."""

    def __init__(self, name):
        super().__init__(name)
        self.__path__ = []

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})


def import_network(checkout, torch, ffy):
    sys.path.insert(0, os.path.abspath(checkout))
    absent = "omegaconf", "pytorch_lightning", "torch_geometric", "torch_geometric.utils", "wandb"
    sys.modules.update((name, Absent(name)) for name in absent)
    from src.models import transformer_model as model

    for name in absent:
        del sys.modules[name]

    def masked_softmax(x, mask, **kwargs):
        return torch.softmax(x.masked_fill(mask.unsqueeze(-1) == 0, -float("inf")), **kwargs)

    model.diffusion_utils.assert_correctly_masked = lambda variable, mask: None
    model.masked_softmax = masked_softmax
    model.XEyTransformerLayer = functools.partial(model.XEyTransformerLayer, dim_ffy=ffy)
    return model.GraphTransformer


def create_network(checkout, torch, layers, node_classes, edge_classes, widths):
    relu = torch.nn.ReLU()
    return import_network(checkout, torch, widths["ffy"])(
        n_layers=layers,
        input_dims=dict(X=node_classes + NODE_FEATURES, E=edge_classes, y=GRAPH_FEATURES),
        hidden_mlp_dims=widths["mlp"],
        hidden_dims=dict(dx=widths["dx"], de=widths["de"], dy=widths["dy"], n_head=widths["heads"],
                         dim_ffX=widths["ffX"], dim_ffE=widths["ffE"], dim_ffy=widths["ffy"]),
        output_dims=dict(X=node_classes, E=edge_classes, y=0),
        act_fn_in=relu, act_fn_out=relu)


def create_batch(torch, graphs, nodes, node_classes, edge_classes):
    """A full batch of random graphs: network inputs, and the classes to predict."""
    one_hot = torch.nn.functional.one_hot
    node_class = torch.randint(node_classes, (graphs, nodes))
    upper = torch.triu(torch.randint(edge_classes, (graphs, nodes, nodes)), 1)
    edge_class = upper + upper.transpose(1, 2)
    off_diagonal = ~torch.eye(nodes, dtype=torch.bool).expand(graphs, -1, -1)
    X = torch.cat((one_hot(node_class, node_classes).float(),
                   torch.rand(graphs, nodes, NODE_FEATURES)), -1)
    E = one_hot(edge_class, edge_classes).float() * off_diagonal.unsqueeze(-1)
    inputs = X, E, torch.rand(graphs, GRAPH_FEATURES), torch.ones(graphs, nodes, dtype=torch.bool)
    return inputs, node_class, edge_class, off_diagonal


def median_ms(call, graphs, seconds, clock, wait):
    call()  # torch.compile works here
    call()
    times, begin = [], time.perf_counter()
    while len(times) < 2 or time.perf_counter() - begin < seconds:
        wait()
        start = clock()
        call()
        wait()
        times.append(clock() - start)
    return 1000 * statistics.median(times) / graphs


def compile_network(torch, network):
    if os.environ.get("ATEN_CPU_CAPABILITY") == "avx2":
        import torch._inductor.config

        torch._inductor.config.cpp.simdlen = 256
    return torch.compile(network)


def time_shape(options):
    import torch

    warnings.filterwarnings("ignore", message="Initializing zero-element tensors")
    torch.manual_seed(0)
    torch.set_num_threads(options.threads)
    torch.set_default_device(options.device)
    nodes, layers, graphs, node_classes, edge_classes, widths = SHAPES[options.shape]
    graphs = options.batch or graphs
    network = create_network(options.checkout, torch, layers, node_classes, edge_classes, widths)
    inputs, node_class, edge_class, off_diagonal = create_batch(torch, graphs, nodes, node_classes,
                                                                edge_classes)
    optimizer = torch.optim.AdamW(network.parameters(), lr=2e-4, amsgrad=True, weight_decay=1e-12)
    cross_entropy = torch.nn.functional.cross_entropy
    call = network if options.variant == "eager" else compile_network(torch, network)
    bf16 = options.variant.endswith("bf16")

    def logits_of():
        with torch.autocast(options.device, dtype=torch.bfloat16) if bf16 else contextlib.nullcontext():
            return call(*inputs)

    def forward():
        with torch.no_grad():
            logits_of()

    def train():
        optimizer.zero_grad()
        logits = logits_of()
        loss = cross_entropy(logits.X.float().flatten(0, 1), node_class.flatten())
        loss = loss + 5 * cross_entropy(logits.E.float()[off_diagonal], edge_class[off_diagonal])
        loss.backward()
        optimizer.step()

    clock = time.process_time if options.cpu else time.perf_counter
    gpu = options.device == "cuda"
    wait = torch.cuda.synchronize if gpu else lambda: None
    network.eval()
    forward_ms = median_ms(forward, graphs, options.seconds, clock, wait)
    network.train()
    train_ms = median_ms(train, graphs, options.seconds, clock, wait)
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    memory = torch.cuda.max_memory_reserved() / 2**20 if gpu else resident
    return dict(shape=options.shape, backend="pytorch " + torch.__version__, precision=options.variant,
                isa=torch.cuda.get_device_name() if gpu else torch.backends.cpu.get_cpu_capability(), threads=options.threads, batch=graphs,
                parameters=sum(p.numel() for p in network.parameters()),
                forward_ms=forward_ms, train_ms=train_ms, peak_rss_mb=memory)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkout", help="a clone of github.com/cvignac/DiGress")
    parser.add_argument("--shape", choices=SHAPES, help="one shape (default: all)")
    parser.add_argument("--variant", choices=VARIANTS, help="one variant (default: all)")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--seconds", type=float, default=5, help="for each figure (default: 5)")
    parser.add_argument("--cpu", action="store_true", help="count CPU time, on one thread")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--batch", type=int, help="graphs in a batch (default: the shape's)")
    options = parser.parse_args()
    if options.cpu:
        options.threads = 1
    if options.shape and options.variant:
        print(json.dumps({"shapes": [time_shape(options)]}, indent=2))
        return
    rows = []
    for shape in [options.shape] if options.shape else SHAPES:
        for variant in [options.variant] if options.variant else VARIANTS:
            child = subprocess.run([sys.executable, *sys.argv, "--shape", shape, "--variant", variant],
                                   check=True, stdout=subprocess.PIPE)
            rows += json.loads(child.stdout)["shapes"]
    print(json.dumps({"shapes": rows}, indent=2))


if __name__ == "__main__":
    main()
