"""Discrete diffusion: schedules, transitions, posteriors and the bound."""
import os
import sys
import types

import numpy as np
import torch
import torch.nn.functional as F

from inputs import masks, pair_mask, random_edges, random_logits, random_nodes, uneven

NS = types.SimpleNamespace


def schedule(ref, c, base):
    t = {}
    for kind, T in [("cosine", T) for T in c["cosine_T"]] + [("custom", c["custom_T"])]:
        s = ref.schedule.PredefinedNoiseScheduleDiscrete(kind, T)
        fn = ref.du.cosine_beta_schedule_discrete if kind == "cosine" else ref.du.custom_beta_schedule_discrete
        key = f"{kind}/T{T}/"
        t[key + "betas64"] = np.asarray(fn(T), dtype=np.float64)
        t[key + "betas"], t[key + "alphas"], t[key + "alphas_bar"] = s.betas, s.alphas, s.alphas_bar
        assert len(s.betas) == T + 1
    T = c["gamma_T"]
    t[f"continuous/T{T}/alphas2_64"] = np.asarray(ref.du.cosine_beta_schedule(T), dtype=np.float64)
    t[f"continuous/T{T}/gamma"] = ref.schedule.PredefinedNoiseSchedule("cosine", T).gamma
    # the lookup by normalised time
    T = c["cosine_T"][0]
    s = ref.schedule.PredefinedNoiseScheduleDiscrete("cosine", T)
    ti = torch.arange(0, T + 1).float()
    t[f"lookup/T{T}/t_normalized"] = ti / T
    t[f"lookup/T{T}/beta"] = s(t_normalized=ti / T)
    t[f"lookup/T{T}/alpha_bar"] = s.get_alpha_bar(t_normalized=ti / T)
    return t, dict(s="0.008", cosine_T=" ".join(map(str, c["cosine_T"])), custom_T=c["custom_T"], gamma_T=c["gamma_T"],
                   custom_average_num_nodes=50, **base)


# ---------------------------------------------------------------- 5, 7: discrete diffusion
def discrete_model(ref, c, transition):
    """the reference's own class with a throw-away network; forward is replaced by the caller"""
    dims = NS(input_dims=dict(X=c["dx"], E=c["de"], y=1), output_dims=dict(X=c["dx"], E=c["de"], y=0),
              nodes_dist=ref.dist.DistributionNodes(torch.tensor(c["node_hist"], dtype=torch.float)),
              node_types=c["x_marg"], edge_types=c["e_marg"])
    cfg = NS(general=NS(name="fixture", log_every_steps=1, number_chain_steps=1),
             model=NS(diffusion_steps=c["T"], lambda_train=[5, 0], n_layers=0, hidden_mlp_dims=dict(X=4, E=4, y=4),
                      hidden_dims=dict(dx=4, de=4, dy=4, n_head=2, dim_ffX=4, dim_ffE=4),
                      diffusion_noise_schedule="cosine", transition="marginal" if transition == "absorbing" else transition))
    stdout, sys.stdout = sys.stdout, open(os.devnull, "w")
    try:
        m = ref.discrete.DiscreteDenoisingDiffusion(cfg, dims, None, None, None, ref.features.DummyExtraFeatures(),
                                                    ref.features.DummyExtraFeatures()).eval()
    finally:
        sys.stdout = stdout
    if transition == "absorbing":                       # that class returns bare tuples and takes no device
        a = ref.schedule.AbsorbingStateTransition(c["abs_state"], c["dx"], c["de"], 0)
        m.transition_model = NS(
            get_Qt=lambda b, device=None, **k: ref.utils.PlaceHolder(*a.get_Qt(b if b is not None else k["beta_t"])),
            get_Qt_bar=lambda b, device=None: ref.utils.PlaceHolder(*a.get_Qt_bar(b)))
    return m


def transitions(ref, c, base):
    torch.manual_seed(c["seed"])
    c = dict(c, x_marg=uneven(c["dx"]), e_marg=uneven(c["de"]), node_hist=[0.0] + [1.0] * max(c["sizes"]))
    node_mask = masks(c["sizes"])
    bs, n = node_mask.shape
    assert bs == len(c["t"])
    t_int = torch.tensor(c["t"]).float()[:, None]
    x_marg, e_marg = c["x_marg"], c["e_marg"]
    X, E = random_nodes(node_mask, x_marg), random_edges(node_mask, e_marg)
    lX, lE = random_logits(node_mask, c["dx"], c["de"])
    t = {"x_marginals": x_marg, "e_marginals": e_marg, "node_mask": node_mask, "t": torch.tensor(c["t"]),
         "clean/X": X, "clean/E": E, "pred/logits_X": lX, "pred/logits_E": lE}
    for kind in ("marginal", "uniform", "absorbing"):
        m = discrete_model(ref, c, kind)
        ns, tm = m.noise_schedule, m.transition_model
        beta, a_s, a_t = ns(t_int=t_int), ns.get_alpha_bar(t_int=t_int - 1), ns.get_alpha_bar(t_int=t_int)
        t.update({"beta_t": beta[:, 0], "alpha_bar_s": a_s[:, 0], "alpha_bar_t": a_t[:, 0]})
        Qt, Qsb, Qtb = tm.get_Qt(beta, "cpu"), tm.get_Qt_bar(a_s, "cpu"), tm.get_Qt_bar(a_t, "cpu")
        for k in "XE":
            t[f"{kind}/Qt/{k}"], t[f"{kind}/Qsb/{k}"] = getattr(Qt, k), getattr(Qsb, k)
            t[f"{kind}/Qtb/{k}"] = getattr(Qtb, k)
        # z_t ~ q(z_t | z_0), drawn by the reference's sampler
        smp = ref.du.sample_discrete_features(probX=X @ Qtb.X, probE=E @ Qtb.E.unsqueeze(1), node_mask=node_mask)
        z = ref.utils.PlaceHolder(F.one_hot(smp.X, c["dx"]).float(), F.one_hot(smp.E, c["de"]).float(), None).mask(node_mask)
        t[f"{kind}/X_t"], t[f"{kind}/E_t"] = z.X, z.E
        # p(z_s, | z_t, x_0) for each x_0 and the resulting p(z_s | z_t)
        for k, zt in (("X", z.X), ("E", z.E)):
            p = ref.du.compute_batched_over0_posterior_distribution(X_t=zt, Qt=getattr(Qt, k), Qsb=getattr(Qsb, k),
                                                                    Qtb=getattr(Qtb, k))
            t[f"{kind}/over0/{k}"] = p.reshape(*zt.shape, zt.shape[-1])
        seen = {}
        plain = ref.discrete.diffusion_utils.sample_discrete_features

        def spy(probX, probE, node_mask):
            seen["X"], seen["E"] = probX.clone(), probE.clone()
            return plain(probX, probE, node_mask)
        m.forward = lambda nd, ed, mask: ref.utils.PlaceHolder(lX.clone(), lE.clone(), torch.zeros(bs, 0))
        ref.discrete.diffusion_utils.sample_discrete_features = spy
        try:
            with torch.no_grad():
                m.sample_p_zs_given_zt((t_int - 1) / c["T"], t_int / c["T"], z.X, z.E, torch.zeros(bs, 0), node_mask)
        finally:
            ref.discrete.diffusion_utils.sample_discrete_features = plain
        t[f"{kind}/prob_s/X"], t[f"{kind}/prob_s/E"] = seen["X"], seen["E"]
        # posteriors given clean data, and given the predicted distribution (as used by the bound)
        for name, (a, b) in {"posterior": (X, E), "posterior_soft": (lX.softmax(-1), lE.softmax(-1))}.items():
            q = ref.du.posterior_distributions(X=a, E=b, y=None, X_t=z.X, E_t=z.E, y_t=None, Qt=Qt, Qsb=Qsb, Qtb=Qtb)
            q.E = q.E.reshape(bs, n, n, -1)
            for k, v, ok in (("X", q.X, node_mask), ("E", q.E, pair_mask(node_mask))):
                assert torch.isfinite(v[ok]).all(), (kind, name, k)
                t[f"{kind}/{name}/{k}"] = torch.where(ok[..., None], v, torch.zeros(()))     # elsewhere 0/0
    return t, dict(T=c["T"], absorbing_state=c["abs_state"], sizes=" ".join(map(str, c["sizes"])), **base)


def vlb(ref, c, base):
    torch.manual_seed(c["seed"])
    c = dict(c, x_marg=uneven(c["dx"]), e_marg=uneven(c["de"]))
    node_mask = masks(c["sizes"])
    bs, n = node_mask.shape
    X, E = random_nodes(node_mask, c["x_marg"]), random_edges(node_mask, c["e_marg"])
    t = {"x_marginals": c["x_marg"], "e_marginals": c["e_marg"], "node_mask": node_mask, "t": torch.tensor(c["t"]),
         "X": X, "E": E, "node_histogram": torch.tensor(c["node_hist"], dtype=torch.float)}
    y = torch.zeros(bs, 0)
    for kind in ("marginal", "uniform"):
        m = discrete_model(ref, c, kind)
        k = kind + "/"
        keep = torch.randint
        torch.randint = lambda *a, **kw: torch.tensor(c["t"])[:, None]
        try:
            nd = m.apply_noise(X, E, y, node_mask)
        finally:
            torch.randint = keep
        assert nd["t_int"][:, 0].tolist() == [float(v) for v in c["t"]]
        lX, lE = random_logits(node_mask, c["dx"], c["de"])
        l0X, l0E = random_logits(node_mask, c["dx"], c["de"])
        PH = ref.utils.PlaceHolder
        seen = {}

        def forward(noisy, extra, mask):
            seen["X0"], seen["E0"], seen["t0"] = noisy["X_t"].clone(), noisy["E_t"].clone(), noisy["t"].clone()
            return PH(l0X.clone(), l0E.clone(), torch.zeros(bs, 0))
        m.forward = forward
        rec = m.reconstruction_logp

        def spy(*a):
            seen["prob0"] = rec(*a)
            return seen["prob0"]
        m.reconstruction_logp = spy
        m.val_nll.register_forward_pre_hook(lambda _, a: seen.__setitem__("nlls", a[0].clone()))
        with torch.no_grad():
            nll = m.compute_val_loss(PH(lX, lE, torch.zeros(bs, 0)), nd, X, E, y, node_mask)
            kl_prior = m.kl_prior(X, E, node_mask)
            Lt = m.T * (m.val_X_kl.compute() + m.val_E_kl.compute())
            assert torch.allclose(Lt, m.compute_Lt(X, E, y, PH(lX, lE, torch.zeros(bs, 0)), nd, node_mask, True))
        assert (seen["t0"] == 0).all()
        log_pN = m.node_dist.log_prob(node_mask.sum(1).long())
        lXp, lEp = m.val_X_logp.compute(), m.val_E_logp.compute()
        assert torch.allclose(seen["nlls"], -log_pN + kl_prior + Lt - (lXp + lEp))
        t.update({k + "X_t": nd["X_t"].float(), k + "E_t": nd["E_t"].float(), k + "beta_t": nd["beta_t"][:, 0],
                  k + "alpha_bar_s": nd["alpha_s_bar"][:, 0], k + "alpha_bar_t": nd["alpha_t_bar"][:, 0],
                  k + "logits_X": lX, k + "logits_E": lE, k + "X_0": seen["X0"], k + "E_0": seen["E0"],
                  k + "logits0_X": l0X, k + "logits0_E": l0E, k + "prob0_X": seen["prob0"].X,
                  k + "prob0_E": seen["prob0"].E, k + "log_pN": log_pN, k + "kl_prior": kl_prior,
                  k + "kl_X": m.val_X_kl.compute(), k + "kl_E": m.val_E_kl.compute(), k + "Lt": Lt,
                  k + "logp0_X": lXp, k + "logp0_E": lEp, k + "nll_per_graph": seen["nlls"], k + "nll": nll})
    return t, dict(T=c["T"], sizes=" ".join(map(str, c["sizes"])), schedule="cosine", **base)
