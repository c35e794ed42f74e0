"""Pictures to be prepared by the page and by the crate mnist-picture: drawings and artificial photographs."""

import random
import struct
import zlib


def png(width, height, grey):
    """A PNG of 8-bit grey levels, row by row."""

    def chunk(name, contents):
        return struct.pack(">I", len(contents)) + name + contents + struct.pack(">I", zlib.crc32(name + contents))

    rows = b"".join(b"\0" + grey[width * y : width * (y + 1)] for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def strokes(seed):
    """One or two bent lines somewhere on the sheet of 280 × 280; two may be apart, as two digits."""
    rng = random.Random(seed)
    lines = []
    for _ in range(rng.randint(1, 2)):
        x, y = rng.randint(20, 260), rng.randint(20, 260)
        line = [(x, y)]
        for _ in range(rng.randint(0, 4)):
            x = min(max(x + rng.randint(-90, 90), 15), 265)
            y = min(max(y + rng.randint(-90, 90), 15), 265)
            line.append((x, y))
        lines.append(line)
    return lines


def photograph(image, seed):
    """Width, height and grey levels of a test image, enlarged, on paper that is unevenly lit and noisy."""
    rng = random.Random(seed)
    scale = rng.uniform(2, 7)
    width, height = rng.randint(int(30 * scale), 320), rng.randint(int(30 * scale), 240)
    left, top = rng.uniform(0, width - 28 * scale), rng.uniform(0, height - 28 * scale)
    paper, ink, noise = rng.uniform(150, 250), rng.uniform(0.4, 0.9), rng.uniform(0, 8)
    slope = rng.uniform(-0.3, 0.3) / width
    is_negative = rng.random() < 0.3
    grey = bytearray()
    for y in range(height):
        for x in range(width):
            level = paper * (1 + slope * x) * (1 - ink * between(image, (x - left) / scale, (y - top) / scale) / 255)
            level = min(max(round(level + rng.gauss(0, noise)), 0), 255)
            grey.append(255 - level if is_negative else level)
    return width, height, bytes(grey)


def between(image, x, y):
    """The ink at a place between the pixels of a 28 × 28 image; 0 outside the image."""
    column, row = int(x // 1), int(y // 1)
    if not (0 <= column < 27 and 0 <= row < 27):
        return 0
    right, down = x - column, y - row
    at = 28 * row + column
    above = image[at] * (1 - right) + image[at + 1] * right
    below = image[at + 28] * (1 - right) + image[at + 29] * right
    return above * (1 - down) + below * down
