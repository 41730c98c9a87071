"""Draws a graph's way from noise, as `digress sample --chain` keeps it, to SVG.

    digress sample demo/run -n 20 --out samples --chain 2      # after ./dev demo
    python3 docs/draw_chain.py samples/chains/000001 > docs/chain.svg
"""
import cmath
import math
import pathlib
import random
import sys

PANELS, WIDTH, HEIGHT, MARGIN, RADIUS = 5, 160, 110, 14, 4.5


def read(path):
    lines = [line.split() for line in path.read_text().splitlines()]
    edges = [(int(line[0]), int(line[1])) for line in lines if line and line[0] != "#"]
    nodes = next(int(line[2]) for line in lines if line[:2] == ["#", "nodes"])
    return nodes, edges


def layout(nodes, edges, rounds=600):
    """Edges pull, nodes push (Fruchterman and Reingold, 1991)."""
    draw = random.Random(1)
    at = [complex(draw.random(), draw.random()) for _ in range(nodes)]
    ideal = math.sqrt(1 / nodes)
    for step in range(rounds):
        force = [0j] * nodes
        for i in range(nodes):
            for j in range(nodes):
                apart = at[i] - at[j]
                if i != j:
                    force[i] += apart * ideal**2 / max(abs(apart), 1e-3) ** 2
        for i, j in edges:
            pull = (at[i] - at[j]) * abs(at[i] - at[j]) / ideal
            force[i], force[j] = force[i] - pull, force[j] + pull
        most = 0.1 * (1 - step / rounds)
        at = [p + f / max(abs(f), 1e-9) * min(abs(f), most) for p, f in zip(at, force)]
    return upright(at)


def upright(at):
    """Turned with the longest axis across, and stretched to fill the unit square."""
    middle = sum(at) / len(at)
    turn = cmath.exp(-0.5j * cmath.phase(sum((p - middle) ** 2 for p in at) or 1))
    at = [(p - middle) * turn for p in at]
    left, top = min(p.real for p in at), min(p.imag for p in at)
    wide, high = max(p.real for p in at) - left, max(p.imag for p in at) - top
    return [complex((p.real - left) / (wide or 1), (p.imag - top) / (high or 1)) for p in at]


def panel(number, edges, places, final):
    def x(i):
        return f"{number * WIDTH + MARGIN + places[i].real * (WIDTH - 2 * MARGIN):.1f}"

    def y(i):
        return f"{MARGIN + places[i].imag * (HEIGHT - 2 * MARGIN):.1f}"

    for i, j in edges:
        kept = "#3b82c4" if (i, j) in final else "#b8b8b8"
        print(f'<line x1="{x(i)}" y1="{y(i)}" x2="{x(j)}" y2="{y(j)}" stroke="{kept}" stroke-width="1.2"/>')
    for i in range(len(places)):
        print(f'<circle cx="{x(i)}" cy="{y(i)}" r="{RADIUS}" fill="#d9622b"/>')


def main():
    frames = sorted(pathlib.Path(sys.argv[1]).glob("*.edges"))
    shown = [frames[round(k * (len(frames) - 1) / (PANELS - 1))] for k in range(PANELS)]
    nodes, last = read(frames[-1])
    places = layout(nodes, last)
    print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {PANELS * WIDTH} {HEIGHT}" width="{PANELS * WIDTH}">')
    for number, path in enumerate(shown):
        panel(number, read(path)[1], places, set(last))
    print("</svg>")


main()
