"""Computes tests/golden/*.safetensors (recipe.safetensors apart) by calling the reference; see README.md.

    DIGRESS_REF=TREE_OF_MAIN DIGRESS_REF_FIXED=TREE_OF_FIXED_BUG python3 make.py FOLDER

The numbers come from the reference's own code; what is here makes inputs, calls and records.
"""
import json
import os
import sys
import warnings

import torch

import refload
import st
from configs import CONFIG
from discrete import schedule, transitions, vlb
from features import features
from gaussian import gaussian
from inputs import STATS
from models import layer, model_fixed, model_main, model_paper, train_step

warnings.filterwarnings("ignore")
torch.set_num_threads(1)


def main():
    outdir, cfg = sys.argv[1], CONFIG
    ref, fixed = refload.load(os.environ["DIGRESS_REF"]), refload.load(os.environ["DIGRESS_REF_FIXED"])
    base = {"reference": "cvignac/DiGress", "commit_main": "780242b8d3e7", "commit_fixed_bug": "2a7c9b7b1c57"}
    files = {}
    b = lambda c: dict(base, seed=c["seed"])
    net, batch, t, meta = model_main(ref, cfg["main"], b(cfg["main"]))
    files["model_main"] = ({k: v.clone() if torch.is_tensor(v) else v for k, v in t.items()}, meta)
    files["train_step"] = train_step(ref, net, batch, b(cfg["main"]))
    files["model_fixed"] = model_fixed(ref, fixed, cfg["fixed"], b(cfg["fixed"]))
    files["model_paper"] = model_paper(ref, cfg["paper"], b(cfg["paper"]))
    files["layer"] = layer(ref, cfg["layer"], b(cfg["layer"]))
    files["schedule"] = schedule(ref, cfg["schedule"], base)
    files["transitions"] = transitions(ref, cfg["transitions"], b(cfg["transitions"]))
    files["features"] = features(ref, fixed, cfg["features"], b(cfg["features"]))
    files["vlb"] = vlb(ref, cfg["vlb"], b(cfg["vlb"]))
    files["gaussian"] = gaussian(ref, cfg["gaussian"], b(cfg["gaussian"]))
    total = 0
    for name, (t, meta) in files.items():
        size = st.save(os.path.join(outdir, name + ".safetensors"), t, meta)
        total += size
        print(f"{name:12s} {len(t):4d} tensors {size:9d} bytes")
    print("total", total)
    print(json.dumps(STATS, indent=1))


if __name__ == "__main__":
    main()
