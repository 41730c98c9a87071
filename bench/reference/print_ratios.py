#!/usr/bin/env python3
"""Prints two sets of benchmark results side by side, as a Markdown table.

Usage: print_ratios.py OURS.json ... -- THEIRS.json ...
"""
import json
import sys


def read_rows(paths):
    return [row for path in paths for row in json.load(open(path))["shapes"]]


def main():
    split = sys.argv.index("--")
    theirs = {row["shape"]: row for row in read_rows(sys.argv[split + 1:])}
    print("| shape | batch | products | forward: PyTorch | digress | times faster "
          "| train step: PyTorch | digress | times faster | memory: PyTorch | digress |")
    print("| --- " * 11 + "|")
    for row in read_rows(sys.argv[1:split]):
        other = theirs[row["shape"]]
        batch = str(row["batch"])
        if row["batch"] != other["batch"]:
            batch += f" (PyTorch {other['batch']})"
        cells = [row["shape"], batch, row["backend"] + " " + row["precision"]]
        for key in ("forward_ms", "train_ms"):
            cells += [f"{other[key]:.3g}", f"{row[key]:.3g}", f"{other[key] / row[key]:.1f}"]
        cells += [f"{other['peak_rss_mb']:.0f} MB", f"{row['peak_rss_mb']:.0f} MB"]
        print("| " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
