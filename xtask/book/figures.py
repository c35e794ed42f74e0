"""Draws the figures of the book's student part into docs/src/images, with the standard library alone.

Ends with 1 if a file was not as it is drawn now, so that `cargo xtask book` finds figures that were not committed.
"""

import csv
import math
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
BLUE, ORANGE = "#3b82c4", "#d9730d"  # readable on white and on black


def text(x, y, words, anchor="middle", size=14, color="currentColor"):
    """Words with `*italic*` letters and `_{lower}` or `^{upper}` indices."""
    spans = []
    for star, lower, upper, plain in re.findall(r"\*([^*]+)\*|_\{([^}]*)\}|\^\{([^}]*)\}|([^*_^]+)", words):
        if star:
            spans.append(f'<tspan font-family="serif" font-style="italic" font-size="{size + 2}">{star}</tspan>')
        elif lower or upper:
            dy = 4 if lower else -6
            spans.append(f'<tspan dy="{dy}" font-size="{size - 3}">{lower or upper}</tspan><tspan dy="{-dy}">\u200b</tspan>')
        else:
            spans.append(plain)
    words = "".join(spans)
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" fill="{color}">{words}</text>'


def line(points, color="currentColor", width=1.5, more=""):
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="{width}" {more}/>'


def arrow(x0, y0, x1, y1, color="currentColor"):
    angle = math.atan2(y1 - y0, x1 - x0)
    wings = [(x1 - 8 * math.cos(angle + turn), y1 - 8 * math.sin(angle + turn)) for turn in (0.45, -0.45)]
    return line([(x0, y0), (x1, y1)], color) + line([wings[0], (x1, y1), wings[1]], color)


def dot(x, y, color, radius=2.5):
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" fill="{color}"/>'


def box(x, y, width, height, color="currentColor", opacity=0.08):
    place = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
    return f'<rect {place} stroke="{color}" stroke-width="1.2" fill="{color}" fill-opacity="{opacity}"/>'


def matrix(x, y, columns, rows, name, shape, color="currentColor"):
    """A matrix around the height y, as a grid, with its name above and its shape below. Returns it, and its right side."""
    cell = 13
    width, height = columns * cell, rows * cell
    top = y - height / 2
    grid = [line([(x + i * cell, top), (x + i * cell, top + height)], color, 0.5) for i in range(1, columns)]
    grid += [line([(x, top + i * cell), (x + width, top + i * cell)], color, 0.5) for i in range(1, rows)]
    parts = [box(x, top, width, height, color), *grid]
    parts += [text(x + width / 2, y - 49, name), text(x + width / 2, y + 58, shape, size=12)]
    return parts, x + width


def shapes():
    """The three products of backpropagation, with 4 examples, fan-in 5 and fan-out 3."""
    below, above, weights = "*A*_{ℓ−1}", "*δ*_{ℓ}", "*W*_{ℓ}"
    products = [
        ("forward", (5, 4, below, "*B* × in"), (3, 5, weights, "in × out"), (3, 4, "*Z*_{ℓ}", "*B* × out")),
        ("δ below", (3, 4, above, "*B* × out"), (5, 3, weights + "^{⊤}", "out × in"), (5, 4, "d*E*/d*A*_{ℓ−1}", "*B* × in")),
        ("gradient", (4, 5, below + "^{⊤}", "in × *B*"), (3, 4, above, "*B* × out"), (3, 5, "d*W*_{ℓ}", "in × out")),
    ]
    parts = []
    for row, (name, *factors) in enumerate(products):
        y, x = 70 + 152 * row, 120
        parts.append(text(8, y + 5, name, "start"))
        for (columns, rows, label, shape), sign in zip(factors, ("·", "=", "")):
            color = BLUE if sign == "" else "currentColor"
            drawn, right = matrix(x + (65 - columns * 13) / 2, y, columns, rows, label, shape, color)
            parts += [*drawn, text(x + 96, y + 5, sign, size=18)]
            x += 128
    return 460, 440, parts


def delta():
    """The forward pass to the right, and δ back to the left."""
    parts = []
    names = ["*A*_{0}", "*Z*_{1}", "*A*_{1}", "*Z*_{2}", "*E*"]
    labels = ["· *W*_{1} + *b*_{1}", "*f*", "· *W*_{2} + *b*_{2}", "softmax, −ln"]
    xs = [26, 132, 206, 312, 428]
    for x, name in zip(xs, names):
        parts += [box(x - 20, 42, 40, 34), text(x, 65, name, size=16)]
    for i, label in enumerate(labels):
        parts += [arrow(xs[i] + 22, 59, xs[i + 1] - 22, 59), text((xs[i] + xs[i + 1]) / 2, 34, label, size=12)]
    back = [(428, 312, 380, "(*Y* − *T*)/*B*"), (312, 132, 256, "· *W*_{2}^{⊤} ∘ *f*′(*Z*_{1})")]
    for start, end, x, label in back:
        parts += [arrow(start - 22, 139, end + 22, 139, ORANGE), text(x, 114, label, size=12)]
    for x, name in ((132, "*δ*_{1}"), (312, "*δ*_{2}")):
        parts += [box(x - 20, 122, 40, 34, ORANGE, 0.15), text(x, 145, name, size=16)]
    for x, above, other, name in ((132, 26, "*A*_{0}^{⊤}", 1), (312, 206, "*A*_{1}^{⊤}", 2)):
        parts += [line([(above, 78), (above, 220), (x - 60, 220)], "currentColor", 1.2, 'stroke-dasharray="3 3"')]
        parts += [arrow(x, 158, x, 204, BLUE), box(x - 58, 206, 116, 30, BLUE, 0.15)]
        parts += [text(x, 226, f"d*W*_{{{name}}} = {other} · *δ*_{{{name}}}")]
    return 460, 246, parts


def descent():
    """Steps on E = w²/2 with three learning rates."""
    parts = []
    panels = ((0.08, -1.55, "too small"), (0.6, -1.55, "good"), (2.12, -1.05, "too large"))
    for panel, (alpha, w, label) in enumerate(panels):
        left, width = 6 + 152 * panel, 144
        at = lambda w: (left + width / 2 + 34 * w, 150 - 27 * w * w)
        parts.append(line([at(w / 20) for w in range(-41, 42)], more='opacity="0.5"'))
        path = []
        for _ in range(5):
            path.append(at(w))
            w -= alpha * w
        parts.append(line(path, BLUE, 1.2))
        parts += [dot(x, y, BLUE, 3) for x, y in path]
        parts += [text(left + width / 2, 20, f"{label}: *α* = {alpha:g}", size=12), text(left + width / 2, 172, "*w*")]
    return 460, 178, parts


def momentum():
    """30 steps on E = (w₁² + 40 w₂²)/2, a valley along w₁, without and with momentum."""
    parts = []
    for panel, (alpha, gamma) in enumerate(((0.047, 0.0), (0.047, 0.9), (0.3, 0.9))):
        middle = 78 + 118 * panel
        at = lambda w: (225 + 92 * w[0], middle - 92 * w[1])
        for level in (0.35, 0.7, 1.05, 1.4, 1.75, 2.1):
            size = f'rx="{92 * level:.1f}" ry="{92 * level / math.sqrt(40):.1f}"'
            parts.append(f'<ellipse cx="225" cy="{middle}" {size} fill="none" stroke="currentColor" stroke-opacity="0.3"/>')
        w, v, path = [-2.0, 0.24], [0.0, 0.0], []
        for _ in range(31):
            path.append(at(w))
            for i, slope in enumerate((w[0], 40 * w[1])):
                v[i] = gamma * v[i] + (1 - gamma) * alpha * slope
            w = [w[i] - v[i] for i in (0, 1)]
        color = ORANGE if gamma == 0 else BLUE
        parts += [line(path, color, 1.3), *(dot(x, y, color, 2.2) for x, y in path), dot(225, middle, "currentColor", 3)]
        name = "without momentum" if gamma == 0 else f"*γ* = {gamma}"
        parts.append(text(225, middle - 46, f"{name}, *α* = {alpha}", size=12))
    return 460, 360, parts


def early_stopping():
    """The learning curves of a committed run."""
    with open(ROOT / "results/paper/relu/seed-0/metrics.csv", encoding="utf-8") as file:
        epochs = list(csv.DictReader(file))
    at = lambda epoch, loss: (52 + 17 * epoch, 262 - 1200 * loss)
    parts = []
    for loss in (0, 0.05, 0.1, 0.15, 0.2):
        parts.append(line([at(1, loss), at(21.5, loss)], width=0.7, more='opacity="0.3"'))
        parts.append(text(58, at(0, loss)[1] + 5, f"{loss:g}", "end", 12))
    parts += [text(at(epoch, 0)[0], 282, str(epoch), size=12) for epoch in (1, 5, 10, 15, 20)]
    parts += [text(240, 302, "epoch", size=12), text(20, 16, "loss", "start", 12)]
    for column, color in (("train_loss", BLUE), ("val_loss", ORANGE)):
        curve = [at(int(row["epoch"]), float(row[column])) for row in epochs]
        parts += [line(curve, color, 2), *(dot(x, y, color) for x, y in curve)]
    best = min(epochs, key=lambda row: float(row["val_loss"]))
    x, y = at(int(best["epoch"]), float(best["val_loss"]))
    last, end = at(len(epochs), float(epochs[-1]["val_loss"]))
    parts += [line([(x, y + 8), (x, 262)], more='stroke-dasharray="3 3"'), text(x, 100, "lowest loss:", size=12)]
    parts += [text(x, 115, "these weights are kept", size=12), arrow(x, 121, x, y - 6)]
    parts += [text(448, 140, "third rise: stop", "end", 12), arrow(last, 146, last, end - 6)]
    parts += [text(118, 90, "validation", "start", 14, ORANGE), text(86, 205, "training", "start", 14, BLUE)]
    return 460, 310, parts


def main():
    stale = []
    for draw in (shapes, delta, descent, momentum, early_stopping):
        width, height, parts = draw()
        style = "svg{color:#24292f}@media(prefers-color-scheme:dark){svg{color:#e6edf3}}"
        head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        svg = "\n".join([f'{head} font-family="sans-serif">', f"<style>{style}</style>", *parts, "</svg>", ""])
        path = ROOT / "docs/src/images" / f"{draw.__name__.replace('_', '-')}.svg"
        if not path.exists() or path.read_text(encoding="utf-8") != svg:
            path.write_text(svg, encoding="utf-8", newline="\n")
            stale.append(f"{path} was drawn again")
    sys.exit("\n".join(stale) or 0)


main()
