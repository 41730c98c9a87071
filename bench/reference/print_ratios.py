#!/usr/bin/env python3
"""Prints two sets of benchmark results side by side, as a Markdown table: the second one's variants,
and how many times faster the first is than the fastest of them.

Usage: print_ratios.py OURS.json ... -- THEIRS.json ...
"""
import json
import sys

FIGURES = ("forward", "forward_ms"), ("train step", "train_ms")


def read_rows(paths):
    return [row for path in paths for row in json.load(open(path))["shapes"]]


def main():
    split = sys.argv.index("--")
    theirs = {}
    for row in read_rows(sys.argv[split + 1:]):
        theirs.setdefault(row["shape"], {})[row["precision"]] = row
    variants = list(next(iter(theirs.values())))
    heading = ["shape", "batch", "digress with"]
    for figure, _ in FIGURES:
        heading += [f"{figure}: PyTorch {variants[0]}", *variants[1:], "digress", "times faster"]
    heading += ["memory: PyTorch", "digress"]
    print("| " + " | ".join(heading) + " |\n" + "| --- " * len(heading) + "|")
    for row in read_rows(sys.argv[1:split]):
        others = [theirs[row["shape"]][variant] for variant in variants]
        batch = str(row["batch"])
        if row["batch"] != others[0]["batch"]:
            batch += f" (PyTorch {others[0]['batch']})"
        cells = [row["shape"], batch, row["backend"] + " " + row["precision"]]
        for _, key in FIGURES:
            times = [other[key] for other in others]
            cells += [f"{value:.3g}" for value in (*times, row[key])] + [f"{min(times) / row[key]:.1f}"]
        least = min(other["peak_rss_mb"] for other in others)
        cells += [f"{least:.0f} MB", f"{row['peak_rss_mb']:.0f} MB"]
        print("| " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
