"""Training, sampling and likelihoods, in scikit-learn's manner."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import struct
import sys
import tempfile
import threading
import weakref
from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Mapping, Optional, Tuple, Union

import numpy as np

from ._call import (
    Callbacks,
    InputError,
    Stopped,
    Watch,
    check,
    ffi,
    lib,
    long_call,
    path_bytes,
    pointer,
    text_or_null,
    whole_number,
)
from ._interop import need
from ._steering import Steering, split_y
from .evaluation import as_set
from .graphs import GraphSet

PACKAGE = pathlib.Path(__file__).parent

#: Called after every training step with its numbers, by name; True ends the training, saved.
StepCallback = Callable[[Dict[str, float]], Optional[bool]]


@dataclass(frozen=True)
class Bound:
    """The variational bound on -log p in nats a graph, and its terms (docs/how-it-works.md)."""

    nll: float
    nll_exact: float
    without_pn: float
    without_pn_exact: float
    log_pn: float
    kl_prior: float
    kl_prior_exact: float
    kl_X: float
    kl_E: float
    kl_X_exact: float
    kl_E_exact: float
    reconstruction: float
    reconstruction_exact: float


def presets() -> List[str]:
    """The names that DiGress(preset=...) knows."""
    return sorted(path.stem for path in (PACKAGE / "configs").glob("*.yaml"))


def _preset_path(preset: Any) -> pathlib.Path:
    path = PACKAGE / "configs" / f"{preset}.yaml"
    if isinstance(preset, str) and os.sep not in preset and path.is_file():
        return path
    if isinstance(preset, (str, os.PathLike)) and pathlib.Path(preset).is_file():
        return pathlib.Path(preset)
    raise InputError(f"preset {preset!r}: expected a YAML file or one of {', '.join(presets())}")


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_text(part) for part in value) + "]"
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    return repr(value) if isinstance(value, float) else str(value)


class _Bar:
    """tqdm's bar where tqdm is there and somebody looks; nothing otherwise."""

    def __init__(self, wanted: Optional[bool], label: str, unit: str) -> None:
        self._bar: Any = None
        if wanted is None:
            wanted = sys.stderr.isatty() or "ipykernel" in sys.modules
        if not wanted:
            return
        try:
            from tqdm.auto import tqdm
        except ImportError:
            return
        self._bar = tqdm(desc=label, unit=unit, total=None)

    def __bool__(self) -> bool:
        return self._bar is not None

    def show(self, done: int, total: Optional[int] = None, **numbers: Any) -> None:
        self._bar.total = total
        self._bar.n = done
        if numbers:
            self._bar.set_postfix(numbers, refresh=False)
        self._bar.refresh() if done == total else self._bar.update(0)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()


class _Folder:
    """A temporary folder that goes with its owner, in the process that made it alone."""

    def __init__(self) -> None:
        self.name = tempfile.mkdtemp(prefix="digress-")
        weakref.finalize(self, _remove, self.name, os.getpid())


def _remove(name: str, process: int) -> None:
    if os.getpid() == process:
        shutil.rmtree(name, ignore_errors=True)


class DiGress:
    """A model of graphs.

    preset: a config of `presets()` or a YAML file; None: sizes chosen to fit the training set.
    max_minutes: the training's time; None: as the config says. run: the folder for config, logs and
    checkpoints; None: a temporary one, which goes with the estimator. force: a run in that folder
    is replaced. threads 0: all processors. progress: a bar by tqdm; None: where somebody looks.
    Any key of docs/configuration.md may be given, "model.n_layers" as `**{"model.n_layers": 4}` or
    as model__n_layers=4. Nothing is checked before fit.

    After fit: `history`, `checkpoint`, and sample, score, bound, save. Results depend on the seed
    alone, never on the threads.
    """

    def __init__(
        self,
        preset: Union[str, os.PathLike, None] = None,
        *,
        max_minutes: Optional[float] = None,
        seed: int = 0,
        threads: int = 0,
        run: Union[str, os.PathLike, None] = None,
        force: bool = False,
        progress: Optional[bool] = None,
        **keys: Any,
    ) -> None:
        self.preset = preset
        self.max_minutes = max_minutes
        self.seed = seed
        self.threads = threads
        self.run = run
        self.force = force
        self.progress = progress
        self.keys = keys
        self._forget()

    def _forget(self) -> None:
        self._temporary: Optional[_Folder] = None
        self._lock = threading.Lock()
        self._folder: Optional[str] = None
        self._checkpoint: Optional[str] = None
        self._models: Dict[Tuple[str, ...], Any] = {}
        self._sets: Tuple[Optional[GraphSet], Optional[GraphSet]] = (None, None)

    # ---- parameters ----

    _NAMES = ("preset", "max_minutes", "seed", "threads", "run", "force", "progress")

    def get_params(self, deep: bool = True) -> Dict[str, Any]:
        """All parameters by name, config keys included."""
        return {**{name: getattr(self, name) for name in self._NAMES}, **self.keys}

    def set_params(self, **params: Any) -> "DiGress":
        """Sets parameters; what has no parameter's name is a config key."""
        for name, value in params.items():
            if name in self._NAMES:
                setattr(self, name, value)
            else:
                self.keys[name] = value
        return self

    def __repr__(self) -> str:
        defaults = DiGress().get_params()
        shown = {k: v for k, v in self.get_params().items() if k not in defaults or v != defaults[k]}
        text = ", ".join(f"{name}={value!r}" for name, value in shown.items())
        return f"DiGress({text})" if not self._checkpoint else f"<DiGress({text}): {self._about()}>"

    def _about(self) -> str:
        model = self._model()
        return (
            f"{lib.digress_model_parameter_count(model)} parameters, "
            f"{lib.digress_model_diffusion_steps(model)} steps, graphs of up to "
            f"{lib.digress_model_max_nodes(model)} nodes"
        )

    def _assignments(self, more: Mapping[str, Any]) -> List[str]:
        keys = {name.replace("__", "."): value for name, value in self.keys.items()}
        keys.setdefault("train.seed", self.seed)
        if self.max_minutes is not None:
            keys["train.max_minutes"] = self.max_minutes
        keys.update((name.replace("__", "."), value) for name, value in more.items())
        return [f"{name}={_text(value)}" for name, value in keys.items() if value is not None]

    # ---- training ----

    def fit(
        self,
        graphs: Any,
        y: Any = None,
        val: Any = None,
        callback: Optional[StepCallback] = None,
    ) -> "DiGress":
        """Trains anew on graphs, a GraphSet or what GraphSet(...) takes.

        val: graphs for the bound while training, by which the best checkpoint is kept; None: the
        last one is. y: targets that samples can be asked for: numbers [graphs], called "y", or a
        dict or DataFrame of columns; graphs that carry targets can have them named by the key
        model.targets instead. callback: called after every step
        with its numbers (epoch, step, loss, loss_X, loss_E, gradient_norm, learning_rate,
        graphs_per_second, seconds_left); True ends the training. Ctrl-C saves, and raises
        KeyboardInterrupt: partial_fit goes on. Errors: InputError, NumericError (the training
        diverged), IOError.
        """
        train, named = as_set(graphs, "graphs"), {}
        if y is not None:
            train, names = split_y(train, y)
            named = {"model.targets": names}
        held_out = None if val is None else as_set(val, "val")
        replaces = self.force or (self.run is None or self._folder == os.fspath(self.run))
        self._forget()
        if self.run is None:
            self._temporary = _Folder()
            self._folder = os.path.join(self._temporary.name, "run")
        else:
            self._folder = os.fspath(self.run)
        self._sets = (train, held_out)
        self._train(callback, self._assignments(named), resume=False, force=replaces)
        return self

    def partial_fit(
        self,
        graphs: Any = None,
        y: Any = None,
        val: Any = None,
        callback: Optional[StepCallback] = None,
        **budgets: Any,
    ) -> "DiGress":
        """Goes on with the training, bit for bit; without one, begins one.

        graphs, val: the same as before, which a fitted estimator still has. Budgets, as
        max_minutes=20 or n_epochs=, max_steps=, count from the training's beginning. Errors: as fit.
        """
        if self._folder is None or not os.path.isdir(self._folder):
            return self.set_params(**budgets).fit(graphs, y, val, callback)
        known = ("max_minutes", "n_epochs", "max_steps", "save_every_minutes")
        for name in budgets:
            if name not in known:
                raise InputError(f"there is no budget {name!r}: expected {', '.join(known)}")
        train = self._sets[0] if graphs is None else as_set(graphs, "graphs")
        held_out = self._sets[1] if val is None else as_set(val, "val")
        if train is None:
            raise InputError("graphs: give the graphs that it was trained on")
        self._sets = (train, held_out)
        more = [f"train.{name}={_text(value)}" for name, value in budgets.items()]
        self._train(callback, more, resume=True, force=False)
        return self

    def _train(self, callback: Optional[StepCallback], keys: List[str], resume: bool, force: bool) -> None:
        options, watch = ffi.new("digress_train_options *"), Watch()
        bar = _Bar(self.progress, "training", "step")
        step = Callbacks(lambda raw: _report(raw, callback, bar))
        kept = [ffi.new("char[]", path_bytes(self._folder))]
        kept += [text_or_null(key, "key") for key in keys]
        array = ffi.new("char *[]", kept[1:] or [ffi.NULL])
        options.run, options.assignments = kept[0], ffi.cast("const char *const *", array)
        options.assignment_count = len(keys)
        if self.preset is not None and not resume:
            kept.append(ffi.new("char[]", path_bytes(_preset_path(self.preset))))
            options.config = kept[-1]
        options.choose = self.preset is None and not resume
        train, held_out = self._sets
        options.train = train._set  # type: ignore[union-attr]
        options.val = ffi.NULL if held_out is None else held_out._set
        options.resume, options.force = resume, force
        options.threads = whole_number(self.threads, "threads", 0, 4096)
        watch.fill(options.watch)
        if callback or bar:
            options.step, options.step_context = lib.digress_python_step, step.handle
        try:
            long_call(lambda: lib.digress_train(options), watch)
        except Exception:
            if step.raised is not None:
                raise step.raised from None
            raise
        finally:
            bar.close()
            self._find_checkpoint()

    def _find_checkpoint(self) -> None:
        self._models = {}
        for name in ("best", "last"):
            path = os.path.join(self._folder or "", "checkpoints", f"{name}.safetensors")
            if os.path.isfile(path):
                self._checkpoint = path
                return

    @property
    def history(self) -> Any:
        """The training's log, a row a logged step or event: a pandas DataFrame where pandas is
        there, otherwise a list of dicts."""
        if self._folder is None:
            raise InputError("there is no history: the model was loaded, or not trained yet")
        with open(os.path.join(self._folder, "log.jsonl"), encoding="utf-8") as lines:
            rows = [json.loads(line) for line in lines]
        try:
            return need("pandas", "history").DataFrame(rows)
        except ImportError:
            return rows

    @property
    def checkpoint(self) -> str:
        """The file that the model is in: the best of its training where a validation set said
        which, else the last. Errors: InputError before fit."""
        if self._checkpoint is None:
            raise InputError("the model is not trained yet: call fit first, or digress.load")
        return self._checkpoint

    # ---- the model ----

    def _model(self, sampling: Tuple[str, ...] = ()) -> Any:
        """The model with these assignments of sample.*; each has its own, so that several threads
        may sample."""
        with self._lock:
            if sampling not in self._models:
                if len(self._models) > 4:
                    self._models.pop(next(iter(self._models)))
                self._models[sampling] = self._open(sampling)
            return self._models[sampling]

    def _open(self, sampling: Tuple[str, ...]) -> Any:
        out = ffi.new("digress_model **")
        check(lib.digress_model_load(path_bytes(self.checkpoint), out))
        model = ffi.gc(out[0], lib.digress_model_free)
        chosen = dict(assignment.split("=", 1) for assignment in sampling)
        backend, precision = (text_or_null(chosen.pop(name, None), name) for name in ("backend", "precision"))
        check(lib.digress_model_use(model, backend, precision))
        if "eta" in chosen and self._continuous:
            check(lib.digress_model_set_eta(model, float(chosen.pop("eta"))))
        for name, value in chosen.items():
            check(lib.digress_model_set_sampling(model, text_or_null(f"{name}={value}", "option")))
        return model

    @property
    def config(self) -> str:
        """The whole config of the model, as YAML. Errors: InputError before fit."""
        with open(self.checkpoint, "rb") as file:
            (size,) = struct.unpack("<Q", file.read(8))
            return str(json.loads(file.read(size))["__metadata__"]["digress.config"])

    @property
    def _continuous(self) -> bool:
        return "type: continuous" in (line.strip() for line in self.config.splitlines())

    @property
    def targets(self) -> List[str]:
        """The targets that the network reads, and that samples can be asked for; of a regression,
        those that it predicts. Errors: InputError before fit."""
        model = self._model()
        names = (lib.digress_model_target_name(model, k) for k in range(lib.digress_model_target_count(model)))
        return [ffi.string(name).decode() for name in names]

    def sample(
        self,
        n: int = 1,
        *,
        nodes: Any = None,
        seed: int = 0,
        first: int = 0,
        steps: int = 0,
        sampler: Optional[str] = None,
        eta: Optional[float] = None,
        omega: Optional[float] = None,
        distortion: Optional[str] = None,
        target: Any = None,
        guidance: float = 1.0,
        regressor: Optional["DiGress"] = None,
        regressor_scale: float = 10.0,
        fix: Any = None,
        fix_edges_only: bool = False,
        resample: int = 0,
        connected: bool = False,
        acyclic: bool = False,
        planar: bool = False,
        max_degree: int = 0,
        valences: bool = False,
        batch: int = 0,
        precision: Optional[str] = None,
        backend: Optional[str] = None,
        callback: Optional[Callable[[int, int], Optional[bool]]] = None,
    ) -> GraphSet:
        """n new graphs. Sample k depends on seed, first + k and what follows here alone.

        nodes: 64, "20:40" or a range, a histogram file; None: as the training graphs. steps: reverse
        steps; 0: as the model says. sampler ("posterior", "renoise", "flow"), eta, omega,
        distortion: docs/sampling.md; None: as the checkpoint says. target: what a model that was
        fitted with targets is asked for, {"logP": 2.5} or columns of several, sample k by row k modulo
        their length, NaN for nothing; guidance: above 1, further away from graphs in general. regressor: a
        model of model__task="regression" that leads samples to the targets instead, and how far. fix: a
        graph that every sample contains as its first nodes; fix_edges_only: not their classes;
        resample: times that each step is taken around it. connected, acyclic, planar, max_degree,
        valences: what every sample must be; how often that intervened is the `interventions` of the
        set. precision: "f32" or "bf16"; backend: "native" or "onednn". callback: called with the graph
        steps done and their total; True ends the sampling. Errors: InputError, NumericError. What
        ends it early, KeyboardInterrupt or Stopped, has as `samples` the graphs that were finished.
        """
        chosen = {"sampler": sampler, "eta": eta, "omega": omega, "distortion": distortion}
        chosen.update(precision=precision, backend=backend)
        model = self._model(tuple(f"{k}={_text(v)}" for k, v in chosen.items() if v is not None))
        options, watch = ffi.new("digress_sample_options *"), Watch()
        bar = _Bar(self.progress, "sampling", "graph step")
        step = Callbacks(lambda done, total: _tell(done, total, callback, bar))
        options.count = whole_number(n, "n", 1, 2**32 - 1)
        options.seed = whole_number(seed, "seed", 0, 2**64 - 1)
        options.first = whole_number(first, "first", 0, 2**32 - 1)
        options.steps = whole_number(steps, "steps")
        options.threads = whole_number(self.threads, "threads", 0, 4096)
        options.batch = whole_number(batch, "batch")
        sizes = text_or_null(_nodes_text(nodes), "nodes")
        options.nodes = sizes
        watch.fill(options.watch)
        limits = dict(
            connected=connected, acyclic=acyclic, planar=planar, max_degree=max_degree, valences=valences
        )
        steering = Steering(target, guidance, fix, fix_edges_only, resample, limits)
        steering.fill(options)
        if regressor is not None:
            if not isinstance(regressor, DiGress):
                raise InputError(f"regressor: a {type(regressor).__name__}: expected a DiGress that was fitted")
            leading = regressor._model()
            options.regressor, options.regressor_scale = leading, float(regressor_scale)
        if callback or bar:
            options.progress, options.progress_context = lib.digress_python_progress, step.handle
        out, finished = ffi.new("digress_graph_set **"), self.classes
        options.finished = finished._set
        try:
            long_call(lambda: lib.digress_model_sample(model, options, out), watch)
        except BaseException as error:
            ended = step.raised if step.raised is not None and isinstance(error, Stopped) else error
            ended.samples = finished  # type: ignore[attr-defined]
            raise ended from None
        finally:
            bar.close()
        made = GraphSet._own(out[0])
        made.interventions = steering.interventions()
        return made

    def bound(self, graphs: Any, repeats: int = 1, seed: int = 0) -> Bound:
        """The bound on -log p of graphs, as means over them, with `repeats` draws of t a graph.
        Errors: InputError (an empty set, classes that are not the model's)."""
        given, model = as_set(graphs, "graphs"), self._model()
        out, watch = ffi.new("digress_bound *"), Watch()
        asked = ffi.new("digress_watch *")
        watch.fill(asked)
        numbers = (
            whole_number(repeats, "repeats", 1),
            whole_number(seed, "seed", 0, 2**64 - 1),
            whole_number(self.threads, "threads", 0, 4096),
        )
        long_call(lambda: lib.digress_model_bound(model, given._set, *numbers, asked, out), watch)
        return Bound(**{name: getattr(out, name) for name in Bound.__dataclass_fields__})

    def predict_logits(self, graph: Any, t: float) -> Tuple[np.ndarray, np.ndarray]:
        """What the network makes of a graph as one at step t of 0 .. T: float32 logits of the clean
        graph's classes, [n, node classes] and [n, n, edge classes]. Classes are taken by number.
        Errors: InputError (several graphs, t above T, more classes than the model has)."""
        given, classes = as_set(graph, "graph"), self.classes
        if len(given) != 1:
            raise InputError(f"graph: {len(given)} graphs: expected one")
        n, number = given[0].n, float(t)
        X = np.empty((n, len(classes.node_names)), np.float32)
        E = np.empty((n, n, len(classes.edge_names)), np.float32)
        check(
            lib.digress_model_predict(
                self._model(), given._set, 0, number, pointer("float *", X), pointer("float *", E)
            )
        )
        return X, E

    def score(self, graphs: Any, y: Any = None) -> float:
        """Higher is better: minus the exact bound, in nats a graph."""
        return -self.bound(graphs).nll_exact

    @property
    def classes(self) -> GraphSet:
        """An empty set with the classes of the model's graphs."""
        out = ffi.new("digress_graph_set **")
        model = self._model()
        check(lib.digress_graph_set_create_like(lib.digress_model_classes(model), out))
        return GraphSet._own(out[0])

    def save(self, path: Union[str, os.PathLike]) -> None:
        """Writes the checkpoint, which digress.load and the command line read."""
        source = self.checkpoint
        part = f"{os.fspath(path)}.part"
        shutil.copyfile(source, part)
        os.replace(part, path)

    def export(self, path: Union[str, os.PathLike]) -> None:
        """Writes the model without what only its training needs, a fifth of the size: samples are
        the same, but it cannot be trained on."""
        check(lib.digress_model_save(self._model(), path_bytes(path)))

    @classmethod
    def load(cls, path: Union[str, os.PathLike]) -> "DiGress":
        """digress.load."""
        return load(path)

    def __getstate__(self) -> Dict[str, Any]:
        state: Dict[str, Any] = {"params": self.get_params(), "checkpoint": None}
        if self._checkpoint is not None:
            state["checkpoint"] = pathlib.Path(self._checkpoint).read_bytes()
        return state

    def __setstate__(self, state: Dict[str, Any]) -> None:
        self.__init__(**state["params"])  # type: ignore[misc]
        if state["checkpoint"] is not None:
            self._temporary = _Folder()
            self._checkpoint = os.path.join(self._temporary.name, "model.safetensors")
            pathlib.Path(self._checkpoint).write_bytes(state["checkpoint"])


def _nodes_text(nodes: Any) -> Optional[str]:
    if nodes is None or isinstance(nodes, str):
        return nodes
    if isinstance(nodes, range) and nodes.step == 1 and len(nodes):
        return f"{nodes[0]}:{nodes[-1]}"
    if isinstance(nodes, os.PathLike):
        return os.fspath(nodes)
    return str(whole_number(nodes, "nodes", 1))


def _report(raw: Any, callback: Optional[StepCallback], bar: _Bar) -> Optional[bool]:
    names = (
        "epoch step loss loss_X loss_E gradient_norm learning_rate graphs_per_second seconds_left"
    ).split()
    numbers = {name: getattr(raw, name) for name in names}
    if bar:
        left = numbers["seconds_left"]
        bar.show(raw.step, None, loss=f"{raw.loss:.4g}", left=f"{left:.0f} s" if left >= 0 else "?")
    return callback(numbers) if callback else None


def _tell(done: int, total: int, callback: Any, bar: _Bar) -> Optional[bool]:
    if bar:
        bar.show(done, total)
    return callback(done, total) if callback else None


def _folders_of_models() -> List[pathlib.Path]:
    given = os.environ.get("DIGRESS_MODELS")
    return ([pathlib.Path(given)] if given else []) + [PACKAGE / "models"]


def load(path: Union[str, os.PathLike]) -> DiGress:
    """A trained model: a checkpoint, a run's folder, or the name of a model in the folder that the
    environment's DIGRESS_MODELS names or that comes with the package. Errors: InputError (no such
    model, no checkpoint), IOError."""
    given = pathlib.Path(os.fsdecode(path_bytes(path)))
    places = [given]
    if given.is_dir():
        places = [given / "checkpoints" / f"{name}.safetensors" for name in ("best", "last")]
    elif not given.exists() and len(given.parts) == 1:
        places = [folder / f"{given.name}.safetensors" for folder in _folders_of_models()]
    for place in places:
        if place.is_file():
            model = DiGress()
            model._checkpoint = str(place)
            model._model()
            if given.is_dir() and (given / "log.jsonl").is_file():
                model._folder = str(given)
                model.run = str(given)
            return model
    known = sorted(file.stem for folder in _folders_of_models() for file in folder.glob("*.safetensors"))
    raise InputError(
        f"{given}: there is no such checkpoint, run or model; models by name: "
        + (", ".join(known) or "none (the environment's DIGRESS_MODELS names a folder of them)")
    )
