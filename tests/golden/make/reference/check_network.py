"""The network, its gradients and the optimizer again, in float64 from the formulas of README.md."""
import math

import numpy as np

from check_tools import lsm, relu, same


def pool(v, mask, mode):
    """v (n_items, d) of one graph; mask (n_items)"""
    if mode == "main":                       # everything counts, padding included
        return np.concatenate([v.mean(0), v.min(0), v.max(0), v.std(0, ddof=1)])
    k = mask.sum()
    m = (v.sum(0) if mode == "fixed_bug" else v[mask].sum(0)) / k
    w = v[mask]
    return np.concatenate([m, w.min(0), w.max(0), ((w - m) ** 2).mean(0)])


def apply_layer(p, X, E, y, mask, heads, mode):
    lin = lambda k, v: v @ p[k + ".weight"].T + p[k + ".bias"]

    def norm(k, v):
        m = v.mean(-1, keepdims=True)
        return (v - m) / np.sqrt(((v - m) ** 2).mean(-1, keepdims=True) + 1e-5) * p[k + ".weight"] + p[k + ".bias"]
    bs, n, dx = X.shape
    xm, em = mask[..., None], (mask[:, :, None] & mask[:, None, :])[..., None]
    a = "self_attn."
    q, k, v = (lin(a + c, X) * xm for c in "qkv")
    Y = q[:, :, None] * k[:, None] / math.sqrt(dx // heads)
    Y = Y * (lin(a + "e_mul", E) * em + 1) + lin(a + "e_add", E) * em
    nE = lin(a + "y_e_add", y)[:, None, None] + (lin(a + "y_e_mul", y)[:, None, None] + 1) * Y
    nE = lin(a + "e_out", nE) * em
    S = np.where(mask[:, None, :, None], Y, -np.inf)
    S = np.exp(S - S.max(2, keepdims=True))
    S = S / S.sum(2, keepdims=True)
    nX = lin(a + "y_x_add", y)[:, None] + (lin(a + "y_x_mul", y)[:, None] + 1) * (S * v[:, None]).sum(2)
    nX = lin(a + "x_out", nX) * xm
    py = np.stack([pool(X[b], mask[b], mode) for b in range(bs)])
    pe = np.stack([pool(E[b].reshape(n * n, -1), em[b].reshape(-1), mode) for b in range(bs)])
    ny = lin(a + "y_y", y) + lin(a + "x_y.lin", py) + lin(a + "e_y.lin", pe)
    ny = lin(a + "y_out.2", relu(lin(a + "y_out.0", ny)))
    X, E, y = norm("normX1", X + nX), norm("normE1", E + nE), norm("norm_y1", y + ny)
    return (norm("normX2", X + lin("linX2", relu(lin("linX1", X)))), norm("normE2", E + lin("linE2", relu(lin("linE1", E)))),
            norm("norm_y2", y + lin("lin_y2", relu(lin("lin_y1", y)))))


def network(p, X, E, y, mask, meta, mode, trace=None):
    mlp = lambda k, v, last: last(relu(v @ p[k + ".0.weight"].T + p[k + ".0.bias"]) @ p[k + ".2.weight"].T + p[k + ".2.bias"])
    n = X.shape[1]
    xm, em = mask[..., None], (mask[:, :, None] & mask[:, None, :])[..., None]
    oX, oE = int(meta["out_X"]), int(meta["out_E"])
    X0, E0 = X[..., :oX], E[..., :oE]
    X, E, y = mlp("mlp_in_X", X, relu), mlp("mlp_in_E", E, relu), mlp("mlp_in_y", y, relu)
    X, E = X * xm, (E + E.swapaxes(1, 2)) / 2 * em
    if trace is not None:
        trace["in"] = (X, E, y)
    for i in range(int(meta["n_layers"])):
        pre = f"tf_layers.{i}."
        X, E, y = apply_layer({k[len(pre):]: v for k, v in p.items() if k.startswith(pre)}, X, E, y, mask,
                              int(meta["n_head"]), mode)
        if trace is not None:
            trace[f"layer{i}"] = (X, E, y)
    X, E = mlp("mlp_out_X", X, lambda v: v) + X0, (mlp("mlp_out_E", E, lambda v: v) + E0) * ~np.eye(n, dtype=bool)[:, :, None]
    return X * xm, (E + E.swapaxes(1, 2)) / 2 * em


def losses(X, E, tX, tE):
    kx, ke = tX.any(-1), tE.any(-1)
    return -(lsm(X) * tX).sum(-1)[kx].mean(), -(lsm(E) * tE).sum(-1)[ke].mean()


def check_model(t, meta, mode, grads):
    p = {k[6:]: v.astype(np.float64) for k, v in t.items() if k.startswith("param/")}
    X, E, y, mask = t["in/X"].astype(float), t["in/E"].astype(float), t["in/y"].astype(float), t["in/node_mask"] > 0
    tr = {}
    oX, oE = network(p, X, E, y, mask, meta, mode, tr)
    same("out/X", oX, t["out/X"], 5e-6)
    same("out/E", oE, t["out/E"], 5e-6)
    for k, v in tr.items():
        for c, w in zip("XEy", v):
            if f"mid/{k}/{c}" in t:
                same(f"mid/{k}/{c}", w, t[f"mid/{k}/{c}"], 1e-5)
    if not grads:
        return p
    lx, le = losses(oX, oE, t["target/X"], t["target/E"])
    same("loss", [lx, le, lx + 5 * le], [t["out/loss_X"], t["out/loss_E"], t["out/loss"]])
    f = lambda: (lambda a: a[0] + 5 * a[1])(losses(*network(p, X, E, y, mask, meta, mode), t["target/X"], t["target/E"]))
    check_grads(t, p, f, "grad/")
    for k in meta["zero_gradient_parameters"].split():
        assert not t["grad/" + k].any(), k
    assert set(p) == {k[5:] for k in t if k.startswith("grad/")}
    return p


def check_grads(t, p, f, prefix, h=1e-6):
    r = np.random.RandomState(0)
    names = [k for k in p if p[k].size and prefix + k in t]
    got, want = [], []
    for k in names:
        idx = tuple(r.randint(0, s) for s in p[k].shape)
        keep = p[k][idx]
        p[k][idx] = keep + h
        a = f()
        p[k][idx] = keep - h
        b = f()
        p[k][idx] = keep
        got.append((a - b) / (2 * h))
        want.append(t[prefix + k][idx])
    same(f"{prefix} by differences, {len(names)} entries", got, want, 5e-6, 1e-4)


def adamw(p, grads, lr, wd):
    m = v = vmax = np.zeros_like(p)
    for k, g in enumerate(grads, 1):
        p = p * (1 - lr * wd)
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        vmax = np.maximum(vmax, v)
        p = p - lr / (1 - 0.9 ** k) * m / (np.sqrt(vmax) / math.sqrt(1 - 0.999 ** k) + 1e-8)
        yield p, m, v, vmax


def check_train(t, meta, main):
    traj = [a[0] for a in adamw(t["unit/param0"].astype(float), t["unit/grad"].astype(float), 3e-3, 0.05)]
    same("unit adamw", traj, t["unit/param"], 1e-6)
    for k in meta["tensors"].split():
        st = list(adamw(main["param/" + k].astype(float), [t[f"grad{i}/{k}"].astype(float) for i in (1, 2, 3)], 2e-4, 1e-12))
        same("step 1 " + k, st[0][0], t["step1/" + k], 2e-7, 2e-7)
        same("step 3 " + k, st[2][0], t["step3/" + k], 3e-7, 3e-7)
        same("moments " + k, st[2][1:], [t[f"{s}/{k}"] for s in ("exp_avg", "exp_avg_sq", "max_exp_avg_sq")], 1e-9, 1e-5)
        same("grad1 " + k, main["grad/" + k], t["grad1/" + k], 0, 0)
    same("losses", t["losses"][0], [main["out/loss"], main["out/loss_X"], main["out/loss_E"]], 0, 0)
