"""Computes the numbers of tests/golden/*.safetensors again, in float64 from the formulas of README.md.

    python3 check.py FOLDER

It needs numpy only, neither PyTorch nor the reference.
"""
import math
import os
import sys

import numpy as np

from check_network import apply_layer, check_grads, check_model, check_train, losses, network
from check_tools import COUNT, read, same, sm

FILES = ("model_main model_fixed model_paper layer schedule transitions features vlb gaussian train_step").split()


# ------------------------------------------------------------------ discrete diffusion
def cosine(T):
    n = T + 2
    f = np.cos(0.5 * np.pi * (np.linspace(0, n, n) / n + 0.008) / 1.008) ** 2
    return 1 - f[1:] / f[:-1]


def check_schedule(t, meta):
    for T in meta["cosine_T"].split():
        b = cosine(int(T))
        same("betas64", b, t[f"cosine/T{T}/betas64"], 1e-12)
        same("betas", b, t[f"cosine/T{T}/betas"], 1e-7)
        ab = np.cumprod(1 - np.clip(b, 0, 0.9999))
        same("alphas_bar", ab, t[f"cosine/T{T}/alphas_bar"], 1e-7, 3e-4)
        assert len(b) == int(T) + 1
    T = int(meta["custom_T"])
    same("custom", np.maximum(cosine(T), 1.2 / (0.8 * 50 * 49 / 2)), t[f"custom/T{T}/betas64"], 1e-12)
    T = int(meta["gamma_T"])
    a2 = np.cumprod(1 - np.clip(cosine(T), 0, 0.999))
    same("alphas2", a2, t[f"continuous/T{T}/alphas2_64"], 1e-12)
    same("gamma", np.log(1 - a2) - np.log(a2), t[f"continuous/T{T}/gamma"], 1e-5, 1e-6)


def q_matrix(keep, kind, marg, absorbing):
    d = len(marg)
    u = {"marginal": np.tile(marg, (d, 1)), "uniform": np.full((d, d), 1 / d), "absorbing": np.eye(d)[[absorbing] * d]}[kind]
    return keep[:, None, None] * np.eye(d) + (1 - keep)[:, None, None] * u


def check_transitions(t, meta):
    mask = t["node_mask"] > 0
    n = mask.shape[1]
    em = mask[:, :, None] & mask[:, None, :] & ~np.eye(n, dtype=bool)
    for kind in ("marginal", "uniform", "absorbing"):
        for c, ok in (("X", mask), ("E", em)):
            marg = t["x_marginals" if c == "X" else "e_marginals"].astype(float)
            g = lambda k: t[f"{kind}/{k}/{c}"].astype(float)
            for name, keep in (("Qt", 1 - t["beta_t"]), ("Qsb", t["alpha_bar_s"]), ("Qtb", t["alpha_bar_t"])):
                same(f"{kind} {name} {c}", q_matrix(keep.astype(float), kind, marg, int(meta["absorbing_state"])), g(name), 1e-6)
            zt = t[f"{kind}/{c}_t"].astype(float)
            x0, pr = t[f"clean/{c}"].astype(float), sm(t[f"pred/logits_{c}"].astype(float))
            Qt, Qsb, Qtb = g("Qt"), g("Qsb"), g("Qtb")
            flat = lambda v: v.reshape(v.shape[0], -1, v.shape[-1])
            z, x, p_ = flat(zt), flat(x0), flat(pr)
            left = np.einsum("bij,bnj->bni", Qt, z)              # left[s] = Qt[s, z_t]
            den = np.einsum("bij,bnj->bni", Qtb, z)              # den[x0] = Qtb[x0, z_t]
            den = np.where(den == 0, 1e-6, den)
            o0 = left[:, :, None, :] * Qsb[:, None] / den[..., None]
            same(f"{kind} over0 {c}", o0.reshape(g("over0").shape), g("over0"), 2e-6, 1e-5)
            un = (p_[..., None] * o0).sum(2)
            un = np.where(un.sum(-1, keepdims=True) == 0, 1e-5, un)
            same(f"{kind} prob_s {c}", (un / un.sum(-1, keepdims=True)).reshape(zt.shape), g("prob_s"), 2e-6, 1e-5)
            for name, m in (("posterior", x), ("posterior_soft", p_)):
                d = np.where(flat(ok[..., None]), ((m @ Qtb) * z).sum(-1, keepdims=True), 1)
                v = np.where(flat(ok[..., None]), left * (m @ Qsb) / d, 0)
                same(f"{kind} {name} {c}", v.reshape(zt.shape), g(name), 2e-6, 1e-5)


def check_vlb(t, meta):
    mask, T = t["node_mask"] > 0, int(meta["T"])
    bs, n = mask.shape
    em = mask[:, :, None] & mask[:, None, :] & ~np.eye(n, dtype=bool)
    b = cosine(T)
    ab = np.cumprod(1 - np.clip(b, 0, 0.9999))
    for kind in ("marginal", "uniform"):
        g = lambda k: t[f"{kind}/{k}"].astype(float)
        hist = t["node_histogram"].astype(float)
        logN = np.log(hist[mask.sum(1)] / hist.sum())
        same("log_pN", logN, g("log_pN"))
        prior, kl, lp = np.zeros(bs), {}, {}
        for c, ok in (("X", mask), ("E", em)):
            marg = t["x_marginals" if c == "X" else "e_marginals"].astype(float)
            d = len(marg)
            lim = marg if kind == "marginal" else np.full(d, 1 / d)
            Q = lambda keep: q_matrix(np.asarray(keep, dtype=float), kind, marg, 0)
            x, z = t[c].astype(float), g(c + "_t")
            sh = (bs,) + (1,) * (x.ndim - 3)
            eps = lambda v: (v + 1e-7) / (v + 1e-7).sum(-1, keepdims=True)
            qT = eps(x @ Q([ab[T]] * bs).reshape(sh + (d, d)))
            e = (eps(lim) * (np.log(eps(lim)) - np.log(qT))).sum(-1) * ok
            prior += e.reshape(bs, -1).sum(1)
            Qt, Qsb, Qtb = (Q(v).reshape(sh + (d, d)) for v in (1 - g("beta_t"), g("alpha_bar_s"), g("alpha_bar_t")))
            left = z @ Qt.swapaxes(-1, -2)

            def post(m):
                den = ((m @ Qtb) * z).sum(-1, keepdims=True)
                return left * (m @ Qsb) / np.where(ok[..., None], den, 1)
            tru, pre = post(x), eps(post(sm(g("logits_" + c))))
            v = np.where(tru > 0, tru * (np.log(np.where(tru > 0, tru, 1)) - np.log(pre)), 0)
            kl[c] = v[ok].sum() / bs
            same(f"{kind} kl_{c}", kl[c], g("kl_" + c), 3e-5, 1e-5)
            pr = np.where(ok[..., None], sm(g("logits0_" + c)), 1)
            same(f"{kind} prob0 {c}", pr, g("prob0_" + c))
            lp[c] = (x * np.log(pr)).sum() / bs
            same(f"{kind} logp0 {c}", lp[c], g("logp0_" + c), 1e-5, 1e-5)
        same(f"{kind} kl_prior", prior, g("kl_prior"), 2e-5, 1e-4)
        Lt = T * (kl["X"] + kl["E"])
        same(f"{kind} Lt", Lt, g("Lt"), 3e-5 * T, 1e-5)
        nll = -logN + prior + Lt - lp["X"] - lp["E"]
        same(f"{kind} nll_per_graph", nll, g("nll_per_graph"), 3e-5 * T, 1e-5)
        same(f"{kind} nll", nll.mean(), g("nll"), 3e-5 * T, 1e-5)
        tt = t["t"]
        same("beta_t", b[tt], g("beta_t"), 1e-6)
        same("alpha_bar", [ab[tt], ab[tt - 1]], [g("alpha_bar_t"), g("alpha_bar_s")], 1e-6)


# ------------------------------------------------------------------ features
def cycle_formulas(A, which):
    d = A.sum(-1)
    A2 = A @ A
    A3 = A2 @ A
    A4 = A3 @ A
    A5 = A4 @ A
    A6 = A5 @ A
    D = lambda M: np.diagonal(M, axis1=-2, axis2=-1)
    c3 = D(A3)
    c4 = D(A4) - d * (d - 1) - (A @ d[..., None])[..., 0]
    if which == "main":
        c5 = D(A5) - 2 * c3 * d - (A @ c3[..., None])[..., 0] + c3
    else:
        c5 = D(A5) - 2 * ((A2 * A) @ d[..., None])[..., 0] - 2 * d * c3 - (A @ c3[..., None])[..., 0] + 5 * c3
    s = lambda v: v.sum((-1, -2))
    c6 = (D(A6).sum(-1) - 3 * (c3 ** 2).sum(-1) + 9 * s(A * A2 ** 2) - 6 * (d * D(A4)).sum(-1) + 6 * D(A4).sum(-1)
          - 4 * c3.sum(-1) + 4 * (d ** 3).sum(-1) + 3 * s(A3) - 12 * (d ** 2).sum(-1) + 4 * d.sum(-1))
    return (np.stack([c3 / 2, c4 / 2, c5 / 2], -1),
            np.stack([c3.sum(-1) / 6, c4.sum(-1) / 8, c5.sum(-1) / 10, c6 / 12], -1))


def check_features(t, meta):
    E, mask = t["E"].astype(float), t["node_mask"] > 0
    A, (bs, n), N = t["adjacency"].astype(float), mask.shape, mask.sum(1)
    same("adjacency", E[..., 1:].sum(-1), A)
    size = N[:, None] / float(meta["max_n_nodes"])
    for which in ("main", "fixed_bug"):
        x, y = cycle_formulas(A, which)
        same(which + " raw x", x, t[which + "/raw_cycles/X"], 1e-3)
        same(which + " raw y", y, t[which + "/raw_cycles/y"], 1e-3)
        x, y = np.minimum(x / 10, 1) * mask[..., None], np.minimum(y / 10, 1)
        same(which + " X", x, t[which + "/cycles/X"])
        same(which + " y", np.hstack([size, y]), t[which + "/cycles/y"])
    same("true cycles", t["fixed_bug/raw_cycles/y"], t["true_cycles/y"], 1e-3)
    same("true node cycles", t["fixed_bug/raw_cycles/X"], t["true_cycles/X"], 1e-3)
    L = A.sum(-1)[..., None] * np.eye(n) - A + 2 * n * np.eye(n) * ~mask[:, :, None]
    w, V = np.linalg.eigh(L)
    w = w / N[:, None]
    nc = (w < 1e-5).sum(1)
    same("components", nc, t["n_components"])
    ext = np.hstack([w, np.full((bs, n + 5), 2.0)])
    ev = np.stack([ext[i, nc[i]:nc[i] + 5] for i in range(bs)])
    y = np.hstack([t["main/cycles/y"], nc[:, None], ev])
    same("eigenvalues y", y, t["main/eigenvalues/y"], 5e-6)
    same("all y", y, t["main/all/y"], 5e-6)
    X = t["main/all/X"].astype(float)
    same("all X cycles", X[..., :3], t["main/cycles/X"])
    assert set(np.unique(X[..., 3])) <= {0.0, 1.0}
    same("indicator of connected graphs", X[..., 3][t["lcc_indicator_ok"] > 0], np.zeros((int(t["lcc_indicator_ok"].sum()), n)))
    used = 0
    for i in range(bs):
        for j in range(2):
            if t["eigenvector_ok"][i, j]:
                k = nc[i] + j
                v = V[i, :, k] * mask[i] if k < N[i] else np.zeros(n)
                u = X[i, :, 4 + j]
                same("eigenvector", u * (np.sign((u * v).sum()) or 1), v, 2e-4)
                used += k < N[i]
    assert used >= 4
    # molecules
    X, E, mask = t["mol/X"], t["mol/E"], t["mol/node_mask"] > 0
    val = E.argmax(-1).sum(-1)
    same("charge, valency", np.stack([X.argmax(-1) - val, val], -1), t["mol/feat_X"])
    wt = np.array([float(v) for v in meta["mol_weights"].split()])[X.argmax(-1)].sum(-1, keepdims=True) / float(meta["mol_max_weight"])
    same("weight", wt, t["mol/feat_y"])
    net_y = t["mol/net_y"]
    cx, cy = cycle_formulas(E[..., 1:].sum(-1).astype(float), "main")
    same("net X", t["mol/net_X"], np.concatenate([X, np.minimum(cx / 10, 1) * mask[..., None], t["mol/feat_X"]], -1))
    same("net y", net_y[:, [0, 1, 2, 3, 4, -2, -1]], np.hstack([mask.sum(1)[:, None] / float(meta["mol_max_n_nodes"]),
         np.minimum(cy / 10, 1), wt, t["mol/t"][:, None]]))
    same("net E", t["mol/net_E"], E)


# ------------------------------------------------------------------ continuous diffusion
def check_gaussian(t, meta):
    g = lambda k: t[k].astype(float)
    T, mask = int(meta["T"]), t["node_mask"] > 0
    bs, n = mask.shape
    gam = g("gamma")
    sig = lambda v: 1 / (1 + np.exp(-v))
    k = t["table/t"]
    gt, gs = gam[k], gam[k - 1]
    a2 = lambda v: sig(-v)
    for name, v in {"gamma_t": gt, "gamma_s": gs, "sigma_t": np.sqrt(sig(gt)), "alpha_t": np.sqrt(sig(-gt)), "snr_t": np.exp(-gt),
                    "sigma_s": np.sqrt(sig(gs)), "alpha_s": np.sqrt(sig(-gs)), "sigma2_t_given_s": 1 - a2(gt) / a2(gs),
                    "sigma_t_given_s": np.sqrt(1 - a2(gt) / a2(gs)), "alpha_t_given_s": np.sqrt(a2(gt) / a2(gs))}.items():
        same("table " + name, v, t["table/" + name], 3e-6, 1e-4)
    em = (mask[:, :, None] & mask[:, None, :] & ~np.eye(n, dtype=bool))[..., None]
    full = (mask[:, :, None] & mask[:, None, :])[..., None]
    for pre, nv, nb in (("normalized/", g("norm_values"), g("norm_biases")),
                        ("biased/normalized_", g("biased/norm_values"), g("biased/norm_biases"))):
        same(pre + "X", (g("raw/X") - nb[0]) / nv[0] * mask[..., None], g(pre + "X"))
        same(pre + "E", (g("raw/E") - nb[1]) / nv[1] * em, g(pre + "E"))
    same("back X", (g("biased/normalized_X") * nv[0] + nb[0]) * mask[..., None], g("biased/back_X"))
    same("back E", (g("biased/normalized_E") * nv[1] + nb[1]) * full, g("biased/back_E"))
    k = t["t"]
    b3, b4 = (lambda v: v[:, None, None]), (lambda v: v[:, None, None, None])
    gt, gs = gam[k], gam[k - 1]
    al, si, als, sis = np.sqrt(sig(-gt)), np.sqrt(sig(gt)), np.sqrt(sig(-gs)), np.sqrt(sig(gs))
    for c, b in (("X", b3), ("E", b4)):
        same("z_t " + c, b(al) * g("normalized/" + c) + b(si) * g("eps/" + c), g("z_t/" + c), 3e-6)
        ats, s2 = al / als, 1 - (al / als) ** 2
        mu = g("z_t/" + c) / b(ats) - b(s2 / (ats * si)) * g("pred_eps/" + c)
        same("mu " + c, mu, g("step/mu_" + c), 1e-5, 1e-4)
        sd = np.sqrt(s2) * sis / si
        same("step sigma", sd, g("step/sigma"), 1e-6, 1e-4)
        same("z_s " + c, g("step/mu_" + c) + b(sd) * g("step/eps_" + c), g("step/z_s_" + c), 1e-5, 1e-4)
        same("mse " + c, ((g("pred_eps/" + c) - g("eps/" + c)) ** 2).mean(), g("loss/mse_" + c))
        a0, s0 = np.sqrt(sig(-gam[0])), np.sqrt(sig(gam[0]))
        mu = (g("decode/z_0_" + c) - s0 * g("decode/pred_eps_" + c)) / a0
        same("decode mu " + c, mu, g("decode/mu_" + c), 1e-5)
        same("decode sigma", np.full(bs, s0 / a0), g("decode/sigma"))
        nv, nb = g("norm_values")["XE".index(c)], g("norm_biases")["XE".index(c)]
        lab = ((g("decode/mu_" + c) + (s0 / a0) * g("decode/eps_" + c)) * nv + nb).argmax(-1)
        same("decode " + c, np.where(mask if c == "X" else full[..., 0], lab, -1), g("decode/" + c))
        w = np.exp(-(gs - gt)) - 1
        err = (b(w) * (g("pred_eps/" + c) - g("eps/" + c)) ** 2).sum() / bs
        same("weighted error " + c, err, g("val/error_" + c), 1e-5, 1e-4)
        same("val z_0 " + c, a0 * g("z_t/" + c) + s0 * g("val/eps0_" + c), g("val/z_0_" + c), 1e-5)
        erf = np.vectorize(math.erf)
        Phi = lambda v: 0.5 * (1 + erf(v / math.sqrt(2)))
        u, s = g("val/z_0_" + c) * nv + nb, s0 * nv
        u = u * (mask[..., None] if c == "X" else full) - 1
        lg = np.log(Phi((u + 0.5) / s) - Phi((u - 0.5) / s) + 1e-10)
        lg = lg - np.log(np.exp(lg).sum(-1, keepdims=True))
        one = (g("normalized/" + c) * nv + nb) * (mask[..., None] if c == "X" else full)
        same("neg log p64 " + c, -(lg * one).sum() / bs, g("val64/neg_logp_" + c), 1e-6, 1e-6)
        same("neg log p " + c, -(lg * one).sum() / bs, g("val/neg_logp_" + c), 0.2, 2e-2)
    same("mse", g("loss/mse_X") + g("loss/mse_E"), g("loss/mse"))
    aT, sT = np.sqrt(sig(-gam[T])), np.sqrt(sig(gam[T]))
    kl = sum((0.5 * (sT ** 2 + (aT * g("normalized/" + c)) ** 2) - 0.5 - np.log(sT)).reshape(bs, -1).sum(1) for c in "XE")
    same("kl_prior", kl, g("val/kl_prior"), 2e-5, 1e-3)
    same("log p0", -(g("val/neg_logp_X") + g("val/neg_logp_E")), g("val/log_p0"), 1e-3)
    hist, N = g("node_histogram"), mask.sum(1)
    logN = np.log(hist[N] / hist.sum())
    dX, dE = g("raw/X").shape[-1], g("raw/E").shape[-1]
    nv = g("norm_values")
    corr = dX * N * np.log(nv[0]) + dE * 0.5 * N * (N - 1) * np.log(nv[1])
    nll = -logN + g("val/kl_prior") + corr + 0.5 * T * (g("val/error_X") + g("val/error_E")) - g("val/log_p0")
    same("nll", nll, g("val/nll_per_graph"), 1e-3, 1e-5)
    same("nll mean", nll.mean(), g("val/nll"), 1e-3, 1e-5)


def main():
    for d in sys.argv[1:]:
        data = {f: read(os.path.join(d, f + ".safetensors")) for f in FILES}
        for f in FILES:
            print(f"{f:12s} {len(data[f][0]):4d} tensors  {os.path.getsize(os.path.join(d, f + '.safetensors')):8d} bytes")
        check_model(*data["model_main"], "main", True)
        check_model(*data["model_paper"], "main", False)
        t, meta = data["model_fixed"]
        p = check_model(t, meta, "fixed_bug", True)
        X, E, y, mask = t["in/X"].astype(float), t["in/E"].astype(float), t["in/y"].astype(float), t["in/node_mask"] > 0
        oX, oE = network(p, X, E, y, mask, meta, "main")
        same("main_branch X", oX, t["main_branch/X"], 5e-6)
        same("main_branch E", oE, t["main_branch/E"], 5e-6)
        oX, oE = network(p, X, E, y, mask, meta, "masked")
        for i, n in enumerate(int(v) for v in meta["sizes"].split()):
            same(f"alone {i} X", oX[i, :n], t[f"alone/{i}/X"], 5e-6)
            same(f"alone {i} E", oE[i, :n, :n], t[f"alone/{i}/E"], 5e-6)
        f = lambda: (lambda a: a[0] + 5 * a[1])(losses(*network(p, X, E, y, mask, meta, "masked"), t["target/X"], t["target/E"]))
        same("alone loss", f(), t["alone/loss"])
        check_grads(t, p, f, "alone/grad/")
        t, meta = data["layer"]
        p = {k[6:]: v.astype(float) for k, v in t.items() if k.startswith("param/")}
        i = {k: t["in/" + k].astype(float) for k in "XEy"}
        lay = lambda: apply_layer(p, i["X"], i["E"], i["y"], t["in/node_mask"] > 0, int(meta["n_head"]), "main")
        for c, v in zip("XEy", lay()):
            same("layer out " + c, v, t["out/" + c], 5e-6)
        f = lambda: sum((v * t["cotangent/" + c]).sum() for c, v in zip("XEy", lay()))
        check_grads(t, p, f, "grad/")
        check_grads(t, i, f, "grad_in/")
        check_schedule(*data["schedule"])
        check_transitions(*data["transitions"])
        check_features(*data["features"])
        check_vlb(*data["vlb"])
        check_gaussian(*data["gaussian"])
        check_train(*data["train_step"], data["model_main"][0])
    print(f"{COUNT['passed']} passed, {COUNT['failed']} failed")
    sys.exit(COUNT["failed"] > 0)


if __name__ == "__main__":
    main()
