"""Dimensions and seeds of each file."""

PAPER = dict(n_layers=1, mlp=dict(X=128, E=64, y=128),
             hidden=dict(dx=256, de=64, dy=64, n_head=8, dim_ffX=256, dim_ffE=64, dim_ffy=256))
PAPER["in"], PAPER["out"] = dict(X=7, E=2, y=12), dict(X=1, E=2, y=0)

CONFIG = {
    "main": {"seed": 1001, "n_layers": 2, "in": dict(X=8, E=5, y=13), "out": dict(X=4, E=5, y=0),
             "mlp": dict(X=17, E=18, y=19), "sizes": [7, 7, 7],
             "hidden": dict(dx=20, de=21, dy=6, n_head=5, dim_ffX=23, dim_ffE=24, dim_ffy=25)},
    "fixed": {"seed": 1002, "n_layers": 3, "in": dict(X=9, E=4, y=10), "out": dict(X=3, E=4, y=0),
              "mlp": dict(X=13, E=15, y=16), "sizes": [9, 5, 7, 3],
              "hidden": dict(dx=24, de=14, dy=5, n_head=6, dim_ffX=21, dim_ffE=19, dim_ffy=17)},
    "paper": dict(PAPER, seed=1003, sizes=[12, 12]),
    "layer": {"seed": 1004, "sizes": [6, 5, 6],
              "hidden": dict(dx=15, de=11, dy=9, n_head=3, dim_ffX=13, dim_ffE=12, dim_ffy=25)},
    "schedule": dict(cosine_T=[100, 500, 1000], custom_T=500, gamma_T=500),
    "transitions": dict(seed=1005, dx=4, de=5, T=500, t=[1, 2, 60, 250, 499, 500], sizes=[6, 3, 5, 6, 4, 6],
                        abs_state=2),
    "features": dict(seed=1006, de=4, max_n_nodes=16,
                     zoo=dict(empty=6, d1=5, d2=4, complete=7, tree=9, cycle=10, er=[11, 12, 10], grid=(3, 4), star=6),
                     mol=dict(sizes=[9, 9, 7, 4, 8, 1], x_p=[0.6, 0.15, 0.2, 0.05], e_p=[0.6, 0.2, 0.1, 0.05, 0.05],
                              remove_h=True, valencies=[4, 3, 2, 1], weights=[12, 14, 16, 19], max_weight=150,
                              max_n_nodes=9)),
    "vlb": dict(seed=1007, dx=4, de=5, T=50, t=[1, 17, 50, 33], sizes=[6, 4, 5, 2],
                node_hist=[0, 1, 3, 2, 5, 7, 4]),
    "gaussian": dict(seed=1008, dx=4, de=5, T=500, t=[1, 170, 500, 499], sizes=[6, 4, 5, 3], norm_values=[2, 1, 1],
                     norm_biases=[0, 0, 0], table_t=[1, 2, 10, 100, 250, 400, 498, 499, 500],
                     node_hist=[0, 0, 3, 2, 5, 7, 4]),
}
