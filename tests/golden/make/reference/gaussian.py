"""Continuous diffusion: the noise, a reverse step, decoding and the bound."""
import types

import torch

from inputs import masks, random_edges, random_logits, random_nodes, symmetric_noise, uneven

NS = types.SimpleNamespace


def gaussian(ref, c, base):
    torch.manual_seed(c["seed"])
    du = ref.gaussian.diffusion_utils
    node_mask = masks(c["sizes"])
    bs, n = node_mask.shape
    dx, de, T = c["dx"], c["de"], c["T"]
    infos = NS(input_dims=dict(X=dx, E=de, y=1), output_dims=dict(X=dx, E=de, y=0),
               nodes_dist=ref.dist.DistributionNodes(torch.tensor(c["node_hist"], dtype=torch.float)))
    cfg = NS(general=NS(name="fixture", log_every_steps=1, number_chain_steps=1),
             model=NS(diffusion_steps=T, n_layers=0, hidden_mlp_dims=dict(X=4, E=4, y=4), diffusion_noise_schedule="cosine",
                      hidden_dims=dict(dx=4, de=4, dy=4, n_head=2, dim_ffX=4, dim_ffE=4),
                      normalize_factors=c["norm_values"], norm_biases=c["norm_biases"]))
    m = ref.gaussian.LiftedDenoisingDiffusion(cfg, infos, None, None, None).eval()
    t = {"gamma": m.gamma.gamma.clone(), "node_mask": node_mask, "node_histogram": torch.tensor(c["node_hist"], dtype=torch.float),
         "norm_values": torch.tensor(c["norm_values"], dtype=torch.float),
         "norm_biases": torch.tensor(c["norm_biases"], dtype=torch.float)}
    # scalars along the schedule
    tt = torch.tensor(c["table_t"])[:, None]
    ss = tt - 1
    gt, gs = m.gamma(tt.float() / T), m.gamma(ss.float() / T)
    s2, s1, a1 = du.sigma_and_alpha_t_given_s(gt, gs, gt.shape)
    t.update({"table/t": tt[:, 0], "table/gamma_t": gt[:, 0], "table/gamma_s": gs[:, 0],
              "table/sigma_t": du.sigma(gt, gt.shape)[:, 0], "table/alpha_t": du.alpha(gt, gt.shape)[:, 0],
              "table/sigma_s": du.sigma(gs, gs.shape)[:, 0], "table/alpha_s": du.alpha(gs, gs.shape)[:, 0],
              "table/sigma2_t_given_s": s2[:, 0], "table/sigma_t_given_s": s1[:, 0], "table/alpha_t_given_s": a1[:, 0],
              "table/snr_t": du.SNR(gt)[:, 0]})
    # normalisation
    X, E, y = random_nodes(node_mask, uneven(dx)), random_edges(node_mask, uneven(de)), torch.zeros(bs, 0)
    z = ref.utils.normalize(X.clone(), E.clone(), y, m.norm_values, m.norm_biases, node_mask)
    t.update({"raw/X": X, "raw/E": E, "normalized/X": z.X, "normalized/E": z.E})
    nv, nb = [2.5, 1.5, 1], [0.25, -0.125, 0]
    w = ref.utils.normalize(X.clone(), E.clone(), y, nv, nb, node_mask)
    u = ref.utils.unnormalize(w.X, w.E, y, nv, nb, node_mask)
    t.update({"biased/normalized_X": w.X, "biased/normalized_E": w.E, "biased/back_X": u.X, "biased/back_E": u.E,
              "biased/norm_values": torch.tensor(nv), "biased/norm_biases": torch.tensor(nb)})
    # forward noising at chosen times
    keep, torch.randint = torch.randint, lambda *a, **k: torch.tensor(c["t"])[:, None]
    try:
        nd = m.apply_noise(z.X, z.E, y, node_mask)
    finally:
        torch.randint = keep
    pX, pE = random_logits(node_mask, dx, de, scale=0.9)
    pX, pE = nd["epsX"] * 0.8 + 0.3 * pX, nd["epsE"] * 0.8 + 0.3 * pE
    PH = ref.utils.PlaceHolder
    pred = PH(pX, pE, y)
    t.update({"t": torch.tensor(c["t"]), "eps/X": nd["epsX"], "eps/E": nd["epsE"], "z_t/X": nd["X_t"], "z_t/E": nd["E_t"],
              "pred_eps/X": pX, "pred_eps/E": pE})
    loss = ref.losses.TrainLoss()
    full = loss(masked_pred_epsX=pX, masked_pred_epsE=pE, pred_y=y, true_epsX=nd["epsX"], true_epsE=nd["epsE"], true_y=y,
                log=False)
    t.update({"loss/mse": full, "loss/mse_X": loss.train_node_mse.compute(), "loss/mse_E": loss.train_edge_mse.compute()})
    # one reverse step: mean and deviation handed to the sampler, then its noise and its result
    seen = {}
    plain_n, plain_f = du.sample_normal, du.sample_feature_noise

    def spy_n(mx, me, my, sigma, mask):
        seen.update(mX=mx.clone(), mE=me.clone(), sigma=sigma.clone())
        return plain_n(mx, me, my, sigma, mask)

    def spy_f(*a, **k):
        seen["eps"] = plain_f(*a, **k)
        return seen["eps"]
    fm = node_mask.float()
    m.forward = lambda *_: PH(pX.clone(), pE.clone(), y)
    du.sample_normal, du.sample_feature_noise = spy_n, spy_f
    try:
        tn = torch.tensor(c["t"])[:, None].float()
        o = m.sample_p_zs_given_zt((tn - 1) / T, tn / T, nd["X_t"], nd["E_t"], y, fm)
        t.update({"step/mu_X": seen["mX"], "step/mu_E": seen["mE"], "step/sigma": seen["sigma"][:, 0, 0],
                  "step/eps_X": seen["eps"].X, "step/eps_E": seen["eps"].E, "step/z_s_X": o.X, "step/z_s_E": o.E})
        # decoding of z_0
        a0 = du.alpha(m.gamma(torch.zeros(bs, 1)), (bs, 1, 1))
        s0 = du.sigma(m.gamma(torch.zeros(bs, 1)), (bs, 1, 1))
        n0 = plain_f(z.X.shape, z.E.shape, y.shape, node_mask)
        e0X, e0E = random_logits(node_mask, dx, de, scale=0.5)
        X0, E0 = a0 * z.X + s0 * n0.X, a0.unsqueeze(1) * z.E + s0.unsqueeze(1) * n0.E
        m.forward = lambda *_: PH(e0X.clone(), e0E.clone(), y)
        o = m.sample_discrete_graph_given_z0(X0, E0, y, fm)
        t.update({"decode/z_0_X": X0, "decode/z_0_E": E0, "decode/pred_eps_X": e0X, "decode/pred_eps_E": e0E,
                  "decode/mu_X": seen["mX"], "decode/mu_E": seen["mE"], "decode/sigma": seen["sigma"][:, 0, 0],
                  "decode/eps_X": seen["eps"].X, "decode/eps_E": seen["eps"].E, "decode/X": o.X, "decode/E": o.E})
        # the bound
        p0X, p0E = random_logits(node_mask, dx, de, scale=0.5)

        def forward(nd0, extra, mask):
            seen["z0"], seen["t_seen"] = nd0, extra.y.clone()
            return PH(p0X.clone(), p0E.clone(), y)
        m.forward = forward
        rec = m.reconstruction_logp

        def spy_r(**k):
            seen["logp0"] = rec(**k)
            return seen["logp0"]
        m.reconstruction_logp = spy_r
        m.val_nll.register_forward_pre_hook(lambda _, a: seen.__setitem__("nlls", a[0].clone()))
        nll = m.compute_val_loss(pred, nd, z.X, z.E, y, node_mask)
    finally:
        du.sample_normal, du.sample_feature_noise = plain_n, plain_f
    t.update({"val/kl_prior": m.kl_prior(z.X, z.E, y, node_mask), "val/error_X": m.val_X_mse.compute(),
              "val/error_E": m.val_E_mse.compute(), "val/eps0_X": seen["eps"].X, "val/eps0_E": seen["eps"].E,
              "val/z_0_X": seen["z0"]["X_t"], "val/z_0_E": seen["z0"]["E_t"], "val/log_p0": seen["logp0"],
              "val/neg_logp_X": m.val_X_logp.compute(), "val/neg_logp_E": m.val_E_logp.compute(),
              "val/log_pN": m.node_dist.log_prob(node_mask.sum(1).long()), "val/nll_per_graph": seen["nlls"], "val/nll": nll})
    assert torch.equal(seen["t_seen"][:, 0], torch.tensor(c["t"]).float() / T)
    # the reconstruction term again in float64: in single precision a difference of two cdf values near one is mostly noise
    m.double()
    m.val_X_logp.reset(), m.val_E_logp.reset()
    z0, y2 = seen["z0"], y.double()
    g0 = du.inflate_batch_array(m.gamma(torch.zeros(bs, 1).double()), X.size())
    lp = rec(data={"X": z.X.double(), "E": z.E.double(), "y": y2}, gamma_0=g0, eps={"X": None, "E": None, "y": y2},
             data_0={"X": z0["X_t"].double(), "E": z0["E_t"].double(), "y": y2}, pred_0=PH(None, None, y2), node_mask=node_mask)
    t.update({"val64/neg_logp_X": m.val_X_logp.compute(), "val64/neg_logp_E": m.val_E_logp.compute(), "val64/log_p0": lp})
    return t, dict(T=T, schedule="cosine", sizes=" ".join(map(str, c["sizes"])), **base)
