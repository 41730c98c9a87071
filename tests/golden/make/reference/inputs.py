"""Random graphs, masks and logits in the reference's layout: padded to the largest graph."""
import torch
import torch.nn.functional as F

STATS = {}  # what was measured on the way: distance from float64, effect of padding, wrong cycle counts


def masks(sizes):
    n = max(sizes)
    return torch.arange(n)[None, :] < torch.tensor(sizes)[:, None]


def pair_mask(node_mask, diagonal=False):
    m = node_mask[:, :, None] & node_mask[:, None, :]
    return m if diagonal else m & ~torch.eye(node_mask.shape[1], dtype=torch.bool)


def random_nodes(node_mask, p):
    bs, n = node_mask.shape
    c = torch.multinomial(torch.as_tensor(p, dtype=torch.float), bs * n, True).reshape(bs, n)
    return F.one_hot(c, len(p)).float() * node_mask[:, :, None]


def random_edges(node_mask, p):
    bs, n = node_mask.shape
    c = torch.multinomial(torch.as_tensor(p, dtype=torch.float), bs * n * n, True).reshape(bs, n, n)
    c = torch.triu(c, 1)
    return F.one_hot(c + c.transpose(1, 2), len(p)).float() * pair_mask(node_mask)[..., None]


def symmetric_noise(shape, node_mask):
    e = torch.triu(torch.randn(shape).permute(0, 3, 1, 2), 1)
    return (e + e.transpose(2, 3)).permute(0, 2, 3, 1) * pair_mask(node_mask)[..., None]


def random_logits(node_mask, dx, de, scale=2.0):
    return (scale * torch.randn(*node_mask.shape, dx) * node_mask[..., None],
            scale * symmetric_noise((node_mask.shape[0],) + (node_mask.shape[1],) * 2 + (de,), node_mask))


def uneven(k):
    p = torch.rand(k) + 0.15
    return p / p.sum()


def maxdiff(a, b):
    return (a.double() - b.double()).abs().max().item() if a.numel() else 0.0
