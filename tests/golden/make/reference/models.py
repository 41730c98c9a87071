"""The network: logits, losses, gradients, a layer by itself, and steps of the optimizer."""
import copy

import torch
import torch.nn as nn
import torch.nn.functional as F

from inputs import STATS, masks, maxdiff, pair_mask, random_edges, random_nodes, symmetric_noise, uneven


def network(ref, c, seed, sharpen=True):
    torch.manual_seed(seed)
    net = ref.transformer.GraphTransformer(
        n_layers=c["n_layers"], input_dims=c["in"], hidden_mlp_dims=c["mlp"], hidden_dims=c["hidden"],
        output_dims=c["out"], act_fn_in=nn.ReLU(), act_fn_out=nn.ReLU()).eval()
    with torch.no_grad():
        for name, p in net.named_parameters():
            if "norm" in name:
                p.add_(0.2 * torch.randn_like(p))
            elif sharpen and name.endswith(("attn.q.weight", "attn.k.weight")):
                p.mul_(3.0)
    return net


def net_meta(c, net, extra=None):
    h = c["hidden"]
    m = dict(n_layers=c["n_layers"], n_head=h["n_head"], dx=h["dx"], de=h["de"], dy=h["dy"], dim_ffX=h["dim_ffX"],
             dim_ffE=h["dim_ffE"], dim_ffy_requested=h["dim_ffy"],
             dim_ffy_effective=net.tf_layers[0].lin_y1.weight.shape[0],
             **{f"in_{k}": v for k, v in c["in"].items()}, **{f"mlp_{k}": v for k, v in c["mlp"].items()},
             **{f"out_{k}": v for k, v in c["out"].items()}, layer_norm_eps="1e-5", dropout="0 (eval mode)")
    m.update(extra or {})
    return m


def net_inputs(c, onehot):
    node_mask = masks(c["sizes"])
    bs, n = node_mask.shape
    ox, oe, ix, ie = c["out"]["X"], c["out"]["E"], c["in"]["X"], c["in"]["E"]
    if onehot:
        X = torch.cat([random_nodes(node_mask, uneven(ox)), torch.randn(bs, n, ix - ox)], -1)
        E = torch.cat([random_edges(node_mask, uneven(oe)), symmetric_noise((bs, n, n, ie - oe), node_mask)], -1)
    else:
        X = torch.randn(bs, n, ix)
        E = symmetric_noise((bs, n, n, ie), node_mask)
    X = X * node_mask[..., None]
    y = torch.randn(bs, c["in"]["y"])
    tX, tE = random_nodes(node_mask, uneven(ox)), random_edges(node_mask, uneven(oe))
    return node_mask, X, E, y, tX, tE


def loss_of(ref, out, tX, tE):
    crit = ref.losses.TrainLossDiscrete([5, 0])
    loss = crit(masked_pred_X=out.X, masked_pred_E=out.E, pred_y=out.y, true_X=tX, true_E=tE,
                true_y=torch.zeros(tX.shape[0], 0), log=False)
    return loss, crit.node_loss.compute(), crit.edge_loss.compute()


def run_with_grad(ref, net, batch, trace=None):
    node_mask, X, E, y, tX, tE = batch
    hooks = []
    if trace is not None:
        def before(_, a):
            for k, v in zip("XEy", a[:3]):
                trace[f"mid/in/{k}"] = v.detach().clone()

        def after(i):
            def f(_, a, o):
                for k, v in zip("XEy", o):
                    trace[f"mid/layer{i}/{k}"] = v.detach().clone()
            return f
        hooks = [net.tf_layers[0].register_forward_pre_hook(before)]
        hooks += [l.register_forward_hook(after(i)) for i, l in enumerate(net.tf_layers)]
    net.zero_grad(set_to_none=True)
    out = net(X, E, y, node_mask)
    loss, lX, lE = loss_of(ref, out, tX, tE)
    loss.backward()
    for h in hooks:
        h.remove()
    none = [k for k, p in net.named_parameters() if p.grad is None]
    grads = {k: (torch.zeros_like(p) if p.grad is None else p.grad.clone()) for k, p in net.named_parameters()}
    return out, loss.detach(), lX.detach(), lE.detach(), grads, none


def margins(net, call):
    """Distance of this evaluation from the nearest kink: the smallest non-zero |input| of a ReLU, and the smallest
    non-zero gap between the two extreme entries of a min or max pooling. (Exact ties come from ReLU zeros and from the
    symmetry of E and do not matter.)"""
    relu, pool, hooks, held = [], [], [], []

    def note(v):
        v = v.detach().abs()
        relu.append(v[v > 0].min().item())

    def pooling(_, a):
        v = a[0].detach().reshape(a[0].shape[0], -1, a[0].shape[-1])
        if len(a) == 1:
            ok = torch.ones_like(v, dtype=torch.bool)
        else:
            ok = (a[1] if len(a) == 2 else a[1] * a[2]).bool().reshape(v.shape[0], -1, 1).expand_as(v)
        for sign in (1, -1):
            top = torch.where(ok, sign * v, torch.tensor(-1e9, dtype=v.dtype)).topk(2, dim=1).values
            gap = (top[:, 0] - top[:, 1])[top[:, 1] > -1e8]
            if (gap > 0).any():
                pool.append(gap[gap > 0].min().item())

    def watched(v):
        note(v)
        return F.relu(v)
    for m in net.modules():
        if isinstance(m, nn.ReLU):
            hooks.append(m.register_forward_pre_hook(lambda _, a: note(a[0])))
        elif hasattr(m, "activation"):
            held.append((m, m.activation))
            m.activation = watched
        elif type(m).__name__ in ("Xtoy", "Etoy"):
            hooks.append(m.register_forward_pre_hook(pooling))
    with torch.no_grad():
        call()
    for h in hooks:
        h.remove()
    for m, a in held:
        m.activation = a
    return min(relu), min(pool)


def clear_of_kinks(make, least=(1e-5, 2e-5), steps=0, ref=None):
    """first draw (the seed is raised by 10000 each time) whose evaluation stays clear of every kink"""
    for k in range(60):
        net, batch = make(10000 * k)
        m = margins(net, lambda: net(*batch[1:4], batch[0]))
        if m[0] < least[0] or m[1] < least[1]:
            continue
        trial = copy.deepcopy(net)
        opt = torch.optim.AdamW(trial.parameters(), lr=2e-4, amsgrad=True, weight_decay=1e-12)
        low = 1.0
        for _ in range(steps):
            run_with_grad(ref, trial, batch)
            opt.step()
            low = min(low, *margins(trial, lambda: trial(*batch[1:4], batch[0])))
        if low > 3e-6:
            return net, batch, 10000 * k, m
    raise RuntimeError("no draw clear of kinks")


def grad_file(ref, net, batch):
    t = {}
    node_mask, X, E, y, tX, tE = batch
    out, loss, lX, lE, grads, none = run_with_grad(ref, net, batch, t)
    t.update({f"param/{k}": v for k, v in net.state_dict().items()})
    t.update({f"grad/{k}": v for k, v in grads.items()})
    t.update({"in/X": X, "in/E": E, "in/y": y, "in/node_mask": node_mask, "target/X": tX, "target/E": tE,
              "out/X": out.X, "out/E": out.E, "out/loss": loss, "out/loss_X": lX, "out/loss_E": lE})
    # float64 run of the same network: how far single precision is from the exact value
    dbl = copy.deepcopy(net).double()
    o2, _, _, _, g2, _ = run_with_grad(ref, dbl, [batch[0]] + [v.double() for v in batch[1:]])
    st_ = {"out_X": maxdiff(out.X, o2.X), "out_E": maxdiff(out.E, o2.E),
           "grad_abs": max(maxdiff(grads[k], g2[k]) for k in grads),
           "grad_rel_to_tensor_max": max(maxdiff(grads[k], g2[k]) / (g2[k].abs().max().item() + 1e-30)
                                         for k in grads if g2[k].numel() and g2[k].abs().max() > 0),
           "max_out": max(out.X.abs().max().item(), out.E.abs().max().item()),
           "max_grad": max(g.abs().max().item() for g in grads.values() if g.numel())}
    return t, none, st_


def model_main(ref, c, base):
    def make(shift):
        net = network(ref, c, c["seed"] + shift)
        return net, net_inputs(c, onehot=False)
    net, batch, shift, m = clear_of_kinks(make, steps=3, ref=ref)
    t, none, s = grad_file(ref, net, batch)
    s["margins"] = m
    STATS["model_main"] = s
    meta = net_meta(c, net, {"branch": "main", "zero_gradient_parameters": " ".join(none), **base,
                             "seed": c["seed"] + shift, "kink_margins": "%.1e %.1e" % m})
    return net, batch, t, meta


def train_step(ref, net, batch, base):
    t = {}
    ps = dict(net.named_parameters())
    keep = ["mlp_in_E.0.weight", "tf_layers.0.self_attn.q.weight", "tf_layers.0.norm_y2.weight",
            "tf_layers.1.self_attn.e_mul.weight", "mlp_out_X.2.bias"]
    opt = torch.optim.AdamW(net.parameters(), lr=2e-4, amsgrad=True, weight_decay=1e-12)
    losses = []
    for k in range(3):
        out, loss, lX, lE, grads, none = run_with_grad(ref, net, batch)
        losses.append([loss, lX, lE])
        opt.step()
        for name in keep:
            if k in (0, 2):
                t[f"step{k + 1}/{name}"] = ps[name].detach().clone()
            t[f"grad{k + 1}/{name}"] = grads[name]
    for name in keep:
        s = opt.state[ps[name]]
        t[f"exp_avg/{name}"], t[f"exp_avg_sq/{name}"] = s["exp_avg"].clone(), s["exp_avg_sq"].clone()
        t[f"max_exp_avg_sq/{name}"] = s["max_exp_avg_sq"].clone()
    out, loss, lX, lE, _, _ = run_with_grad(ref, net, batch)
    losses.append([loss, lX, lE])
    t["losses"] = torch.tensor(losses)
    t["final/out_X"], t["final/out_E"] = out.X, out.E
    # the optimiser alone, on prescribed gradients that shrink so that amsgrad's running maximum matters
    p = nn.Parameter(torch.randn(7, 5))
    t["unit/param0"] = p.detach().clone()
    g = torch.randn(6, 7, 5) * torch.tensor([1.0, 3.0, 0.3, 0.1, 0.02, 1e-3])[:, None, None]
    g[:, 0, 0] = 0
    t["unit/grad"] = g
    o = torch.optim.AdamW([p], lr=3e-3, amsgrad=True, weight_decay=0.05)
    traj = []
    for k in range(6):
        p.grad = g[k].clone()
        o.step()
        traj.append(p.detach().clone())
    t["unit/param"] = torch.stack(traj)
    meta = dict(lr="2e-4", beta1="0.9", beta2="0.999", eps="1e-8", weight_decay="1e-12", amsgrad="true",
                unit_lr="3e-3", unit_weight_decay="0.05", start="model_main.safetensors", tensors=" ".join(keep), **base)
    return t, meta


def model_fixed(main, fixed, c, base):
    def make(shift):
        net = network(fixed, c, c["seed"] + shift)
        return net, net_inputs(c, onehot=True)
    net, batch, shift, m = clear_of_kinks(make)
    c = dict(c, seed=c["seed"] + shift)
    base = dict(base, seed=c["seed"], kink_margins="%.1e %.1e" % m)
    node_mask, X, E, y, _, _ = batch
    t, none, s = grad_file(fixed, net, batch)
    s["margins"] = m

    def alone(network_):
        """each graph by itself, without padding, against its rows of the padded batch"""
        res, worst = [], 0.0
        with torch.no_grad():
            full = network_(X, E, y, node_mask)
            for i, n in enumerate(c["sizes"]):
                o = network_(X[i:i + 1, :n], E[i:i + 1, :n, :n], y[i:i + 1], node_mask[i:i + 1, :n])
                worst = max(worst, maxdiff(o.X[0], full.X[i, :n]), maxdiff(o.E[0], full.E[i, :n, :n]))
                res.append(o)
        return res, worst

    res, s["padding_diff_fixed_bug"] = alone(net)
    for i, o in enumerate(res):
        t[f"alone/{i}/X"], t[f"alone/{i}/E"] = o.X[0], o.E[0]
    # loss and gradient of a network that never sees padding: same loss over the same nodes and pairs
    tX, tE = batch[4], batch[5]
    net.zero_grad(set_to_none=True)
    outs = [net(X[i:i + 1, :n], E[i:i + 1, :n, :n], y[i:i + 1], node_mask[i:i + 1, :n]) for i, n in enumerate(c["sizes"])]
    flat = lambda vs: torch.cat([v.reshape(-1, v.shape[-1]) for v in vs])[None]
    pack = fixed.utils.PlaceHolder(flat([o.X for o in outs]), flat([o.E for o in outs])[:, :, None], None)
    loss, lX, lE = loss_of(fixed, pack, flat([tX[i, :n] for i, n in enumerate(c["sizes"])]),
                           flat([tE[i, :n, :n] for i, n in enumerate(c["sizes"])])[:, :, None])
    loss.backward()
    t.update({"alone/loss": loss, "alone/loss_X": lX, "alone/loss_E": lE})
    for k, p in net.named_parameters():
        if "lin_y" not in k:                       # the 2048 wide ones are left out to keep the file small
            t[f"alone/grad/{k}"] = torch.zeros_like(p) if p.grad is None else p.grad.clone()
    s["padding_diff_grad_fixed_bug"] = max(maxdiff(v, t[k[6:]]) for k, v in t.items() if k.startswith("alone/grad/"))
    other = network(main, c, c["seed"])
    other.load_state_dict(net.state_dict())
    with torch.no_grad():
        o = other(X, E, y, node_mask)
    t["main_branch/X"], t["main_branch/E"] = o.X, o.E
    s["padding_diff_main"] = alone(other)[1]
    for depth in (1, 2, 3, 5):
        s[f"padding_diff_fixed_bug_{depth}_layers"] = alone(network(fixed, dict(c, n_layers=depth), c["seed"]))[1]
        s[f"padding_diff_main_{depth}_layers"] = alone(network(main, dict(c, n_layers=depth), c["seed"]))[1]
    STATS["model_fixed"] = s
    meta = net_meta(c, net, {"branch": "fixed_bug", "sizes": " ".join(map(str, c["sizes"])),
                             "zero_gradient_parameters": " ".join(none),
                             "padding_diff_fixed_bug": f"{s['padding_diff_fixed_bug']:.3e}",
                             "padding_diff_main": f"{s['padding_diff_main']:.3e}", **base})
    return t, meta


def model_paper(ref, c, base):
    net = network(ref, c, c["seed"], sharpen=False)
    node_mask, X, E, y, _, _ = net_inputs(c, onehot=True)
    mid = []
    hook = net.tf_layers[0].register_forward_hook(lambda _, a, o: mid.extend(o))
    with torch.no_grad():
        out = net(X, E, y, node_mask)
        hook.remove()
        o2 = copy.deepcopy(net).double()(X.double(), E.double(), y.double(), node_mask)
    STATS["model_paper"] = {"out_X": maxdiff(out.X, o2.X), "out_E": maxdiff(out.E, o2.E),
                            "max_out": max(out.X.abs().max().item(), out.E.abs().max().item())}
    t = {f"param/{k}": v for k, v in net.state_dict().items()}
    t.update({"in/X": X, "in/E": E, "in/y": y, "in/node_mask": node_mask, "out/X": out.X, "out/E": out.E,
              "mid/layer0/X": mid[0], "mid/layer0/y": mid[2]})
    return t, net_meta(c, net, {"branch": "main", **base})


def layer(ref, c, base):
    """one transformer layer on its own, with its y feed-forward width honoured, on a padded batch"""
    h = c["hidden"]

    def make(shift):
        torch.manual_seed(c["seed"] + shift)
        net = ref.transformer.XEyTransformerLayer(h["dx"], h["de"], h["dy"], h["n_head"], dim_ffX=h["dim_ffX"],
                                                  dim_ffE=h["dim_ffE"], dim_ffy=h["dim_ffy"]).eval()
        with torch.no_grad():
            for name, p in net.named_parameters():
                if "norm" in name:
                    p.add_(0.2 * torch.randn_like(p))
        node_mask = masks(c["sizes"])
        bs, n = node_mask.shape
        X = (torch.randn(bs, n, h["dx"]) * node_mask[..., None]).requires_grad_()
        E = (torch.randn(bs, n, n, h["de"]) * pair_mask(node_mask, True)[..., None]).requires_grad_()
        return net, [node_mask, X, E, torch.randn(bs, h["dy"]).requires_grad_()]
    net, (node_mask, X, E, y), shift, m = clear_of_kinks(make)
    base = dict(base, seed=c["seed"] + shift, kink_margins="%.1e %.1e" % m)
    oX, oE, oy = net(X, E, y, node_mask)
    w = [torch.randn_like(oX) * node_mask[..., None], torch.randn_like(oE) * pair_mask(node_mask, True)[..., None],
         torch.randn_like(oy)]
    sum((a * b).sum() for a, b in zip((oX, oE, oy), w)).backward()
    t = {f"param/{k}": v for k, v in net.state_dict().items()}
    t.update({f"grad/{k}": p.grad for k, p in net.named_parameters()})
    t.update({"in/X": X, "in/E": E, "in/y": y, "in/node_mask": node_mask, "out/X": oX, "out/E": oE, "out/y": oy,
              "cotangent/X": w[0], "cotangent/E": w[1], "cotangent/y": w[2],
              "grad_in/X": X.grad, "grad_in/E": E.grad, "grad_in/y": y.grad})
    return t, dict(branch="main", sizes=" ".join(map(str, c["sizes"])), **{k: v for k, v in h.items()}, **base)
