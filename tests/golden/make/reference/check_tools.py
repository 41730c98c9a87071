"""A reader of safetensors of its own, and a comparison that counts."""
import json
import math
import struct

import numpy as np

NP = {"F64": "<f8", "F32": "<f4", "I64": "<i8", "I32": "<i4", "U8": "<u1"}
COUNT = {"passed": 0, "failed": 0}


def read(path):
    raw = open(path, "rb").read()
    (n,) = struct.unpack_from("<Q", raw)
    assert n % 8 == 0 and raw[8:9] == b"{"
    head = json.loads(raw[8:8 + n].decode("utf-8"))
    meta = head.pop("__metadata__", {})
    assert all(isinstance(v, str) for v in meta.values())
    body, out, at = raw[8 + n:], {}, 0
    for name, d in sorted(head.items(), key=lambda kv: (kv[1]["data_offsets"], kv[0])):
        a, b = d["data_offsets"]
        dt = np.dtype(NP[d["dtype"]])
        assert a == at and b - a == dt.itemsize * math.prod(d["shape"]), name
        assert a % dt.itemsize == 0, name
        v = np.frombuffer(body[a:b], dt).reshape(d["shape"])
        assert np.isfinite(v).all(), name
        out[name], at = v, b
    assert at == len(body)
    return out, meta


def same(what, got, want, atol=2e-6, rtol=2e-6):
    got, want = np.asarray(got, dtype=np.float64), np.asarray(want, dtype=np.float64)
    if got.shape != want.shape:
        err, ok = f"shape {got.shape} against {want.shape}", False
    else:
        d = np.abs(got - want)
        err = float(d.max()) if d.size else 0.0
        ok = bool(np.isfinite(got).all() and (d <= atol + rtol * np.abs(want)).all())
    COUNT["failed"] += not ok
    COUNT["passed"] += bool(ok)
    if not ok:
        print("  FAIL", what, err)


sm = lambda v: np.exp(v - v.max(-1, keepdims=True)) / np.exp(v - v.max(-1, keepdims=True)).sum(-1, keepdims=True)
lsm = lambda v: v - v.max(-1, keepdims=True) - np.log(np.exp(v - v.max(-1, keepdims=True)).sum(-1, keepdims=True))
relu = lambda v: np.maximum(v, 0)
