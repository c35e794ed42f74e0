// Brings a grey picture of a digit to MNIST's form, with the same bytes as the crate mnist-picture, whose
// files paper.rs, pieces.rs and field.rs say why each step is as it is. What is here is there under the same
// name, in the same order: +, −, ×, ÷, floor and comparisons of doubles.
//
// MnistPicture.prepare(grey, width, height), with the grey levels row by row in a Uint8Array, gives
// { pixels: Uint8Array(784) } or { problem: "no-digit" | "several-digits" }.
"use strict";

const MnistPicture = (() => {
  const LONGEST = 400;
  const COARSE = 50;
  const REACH = 5;
  const ROUNDS = 20;
  const DARKEST_PAPER = 32;
  const SIGMA_OF_MAD = 1.4826;
  const MIN_CONTRAST = 24;
  const SIGMAS = 6;
  const LEAST = 5;
  const LEAST_PART = 40;
  const MOST_PIECES = 100;
  const SIDE = 28;
  const PIXELS = SIDE * SIDE;
  const BOX = 20;

  const { abs, floor, max, min } = Math;

  function prepare(grey, width, height) {
    if (width * height === 0 || max(width, height) < LEAST) return { problem: "no-digit" };
    const whole = asItIs(grey, width, height);
    if (whole) return { pixels: whole };
    const found = inkOf(grey, width, height);
    const pieces = piecesOf(found);
    if (pieces.digits.length === 0) return { problem: "no-digit" };
    if (pieces.digits.length > 1) return { problem: "several-digits" };
    return { pixels: field(found, pieces, pieces.digits[0]) };
  }

  // paper.rs

  function inkOf(grey, width, height) {
    const picture = reduce(width, height, LONGEST, (place) => grey[place] - 127.5);
    const surface = fit(coarse(picture));
    const sharp = departure(picture, surface);
    const sign = signOf(sharp);
    sharp.values = sharp.values.map((value) => value * sign);
    subtract(sharp, opened(smooth(coarse(sharp))));
    relate(sharp, picture, sign);
    const smoothed = smooth(sharp);
    return { sharp, smooth: smoothed, noise: SIGMA_OF_MAD * deviation(outer(smoothed)) };
  }

  function coarse(plane) {
    return reduce(plane.width, plane.height, COARSE, (place) => plane.values[place]);
  }

  function signOf(departure) {
    let above = 0;
    let below = 0;
    for (const value of departure.values) {
      const square = value * value;
      if (value > 0) above += square * square;
      else below += square * square;
    }
    return below > above ? -1 : 1;
  }

  function reduce(width, height, longest, level) {
    const factor = floor((max(width, height) + longest - 1) / longest);
    const columns = floor((width + factor - 1) / factor);
    const rows = floor((height + factor - 1) / factor);
    const values = new Float64Array(columns * rows);
    for (let y = 0; y < height; y++) {
      for (let column = 0; column < columns; column++) {
        let sum = 0;
        for (let x = column * factor; x < min(width, (column + 1) * factor); x++) {
          sum += level(y * width + x);
        }
        values[floor(y / factor) * columns + column] += sum;
      }
    }
    for (let y = 0; y < rows; y++) {
      for (let x = 0; x < columns; x++) {
        const wide = min(factor, width - x * factor);
        const high = min(factor, height - y * factor);
        values[y * columns + x] /= wide * high;
      }
    }
    return { width: columns, height: rows, values };
  }

  function powers(plane, x, y) {
    const u = (2 * x + 1) / plane.width - 1;
    const v = (2 * y + 1) / plane.height - 1;
    return [1, u, v, u * u, u * v, v * v];
  }

  function value(surface, power) {
    let sum = 0;
    for (let k = 0; k < 6; k++) sum += surface[k] * power[k];
    return sum;
  }

  const outwards = (power) => max(power[3], power[5]);

  function fit(plane) {
    let surface = [0, 0, 0, 0, 0, 0];
    for (let round = 0; round < ROUNDS; round++) {
      const equations = Array.from({ length: 6 }, () => new Float64Array(7));
      for (let y = 0; y < plane.height; y++) {
        for (let x = 0; x < plane.width; x++) {
          const power = powers(plane, x, y);
          const level = plane.values[y * plane.width + x];
          const difference = abs(level - value(surface, power));
          const far = outwards(power) * outwards(power);
          const weight = round === 0 ? far : far / max(difference, 1);
          for (let i = 0; i < 6; i++) {
            for (let j = 0; j < 6; j++) equations[i][j] += weight * power[i] * power[j];
            equations[i][6] += weight * power[i] * level;
          }
        }
      }
      surface = solve(equations);
    }
    return surface;
  }

  function solve(equations) {
    const ridge = 1e-6 * equations[0][0];
    for (let k = 1; k < 6; k++) equations[k][k] += ridge;
    for (let k = 0; k < 6; k++) {
      const pivot = equations[k];
      for (let i = 0; i < 6; i++) {
        if (i === k) continue;
        const factor = equations[i][k] / pivot[k];
        for (let j = k; j < 7; j++) equations[i][j] -= factor * pivot[j];
      }
    }
    return [0, 1, 2, 3, 4, 5].map((k) => equations[k][6] / equations[k][k]);
  }

  function departure(picture, surface) {
    const { width, height } = picture;
    const values = new Float64Array(width * height);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const place = y * width + x;
        values[place] = picture.values[place] - value(surface, powers(picture, x, y));
      }
    }
    return { width, height, values };
  }

  function opened(plane) {
    const eroded = extremes(extremes(plane, min), min);
    return extremes(extremes(eroded, max), max);
  }

  function extremes(plane, more) {
    const { width, height } = plane;
    const values = new Float64Array(width * height);
    for (let x = 0; x < width; x++) {
      for (let y = 0; y < height; y++) {
        let extreme = plane.values[y * width + x];
        for (let i = max(x, REACH) - REACH; i < min(width, x + REACH + 1); i++) {
          extreme = more(extreme, plane.values[y * width + i]);
        }
        values[x * height + y] = extreme;
      }
    }
    return { width: height, height: width, values };
  }

  function subtract(plane, coarse) {
    const factor = floor((max(plane.width, plane.height) + COARSE - 1) / COARSE);
    const between = (place, side) => {
      const exact = max((place + 0.5) / factor - 0.5, 0);
      const first = min(floor(exact), side - 1);
      return [first, min(first + 1, side - 1), exact - first];
    };
    plane.values.forEach((value, place) => {
      const [left, right, u] = between(place % plane.width, coarse.width);
      const [top, bottom, v] = between(floor(place / plane.width), coarse.height);
      const row = (y) => coarse.values[y * coarse.width + left] * (1 - u) + coarse.values[y * coarse.width + right] * u;
      plane.values[place] = value - (row(top) * (1 - v) + row(bottom) * v);
    });
    const paper = median(outer(plane));
    plane.values = plane.values.map((value) => value - paper);
  }

  function relate(ink, picture, sign) {
    ink.values = ink.values.map((value, place) => {
      const paper = 127.5 - sign * picture.values[place] + value;
      return (255 * value) / max(paper, DARKEST_PAPER);
    });
  }

  function smooth(plane) {
    const { width, height } = plane;
    const values = new Float64Array(width * height);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        let sum = 0;
        let count = 0;
        for (let row = max(y, 1) - 1; row < min(height, y + 2); row++) {
          for (let column = max(x, 1) - 1; column < min(width, x + 2); column++) {
            sum += plane.values[row * width + column];
            count += 1;
          }
        }
        values[y * width + x] = sum / count;
      }
    }
    return { width, height, values };
  }

  function outer(plane) {
    return plane.values.filter((_, place) => {
      const [x, y] = [place % plane.width, floor(place / plane.width)];
      return outwards(powers(plane, x, y)) >= 0.5;
    });
  }

  function deviation(values) {
    const middle = median(values.slice());
    return median(values.map((value) => abs(value - middle)));
  }

  function median(values) {
    values.sort();
    const half = floor(values.length / 2);
    return values.length % 2 === 1 ? values[half] : (values[half - 1] + values[half]) / 2;
  }

  // pieces.rs

  const longestSide = (b) => max(b.right - b.left, b.bottom - b.top);

  const union = (a, b) => ({
    left: min(a.left, b.left),
    top: min(a.top, b.top),
    right: max(a.right, b.right),
    bottom: max(a.bottom, b.bottom),
  });

  function piecesOf(ink) {
    const least = max(MIN_CONTRAST, SIGMAS * ink.noise);
    let squares = 0;
    let cubes = 0;
    for (const level of ink.smooth.values) {
      if (level > least) {
        squares += level * level;
        cubes += level * level * level;
      }
    }
    const full = squares > 0 ? cubes / squares : Infinity;
    const edge = max(full / 3, 3 * ink.noise);
    const inked = full / 2;
    const { numbers, found } = connected(ink, edge, inked);
    return { digits: digits(joined(ofOnePen(found)), ink.sharp), numbers, edge, inked };
  }

  function connected(ink, edge, inked) {
    const { width, height, values } = ink.smooth;
    const numbers = new Uint32Array(values.length);
    const found = [];
    let number = 0;
    const open = [];
    for (let start = 0; start < values.length; start++) {
      if (numbers[start] !== 0 || values[start] <= edge) continue;
      number += 1;
      numbers[start] = number;
      open.push(start);
      let bounds = null;
      let area = 0;
      let level = 0;
      while (open.length > 0) {
        const place = open.pop();
        const x = place % width;
        const y = floor(place / width);
        if (ink.sharp.values[place] > inked) {
          const pixel = { left: x, top: y, right: x + 1, bottom: y + 1 };
          bounds = bounds === null ? pixel : union(bounds, pixel);
          area += 1;
          level += ink.sharp.values[place];
        }
        for (let row = max(y, 1) - 1; row < min(y + 2, height); row++) {
          for (let column = max(x, 1) - 1; column < min(x + 2, width); column++) {
            const next = row * width + column;
            if (numbers[next] === 0 && values[next] > edge) {
              numbers[next] = number;
              open.push(next);
            }
          }
        }
      }
      if (bounds !== null) found.push({ numbers: [number], bounds, area, level });
    }
    return { numbers, found };
  }

  function ofOnePen(pieces) {
    const longest = longestOf(pieces);
    const mean = (piece) => piece.level / piece.area;
    const large = pieces.filter((piece) => 4 * longestSide(piece.bounds) >= longest);
    const darkest = large.map(mean).reduce((a, b) => max(a, b), 0);
    const kept = pieces.filter((piece) => mean(piece) > 0.6 * darkest && 20 * longestSide(piece.bounds) >= longest);
    return kept.length > MOST_PIECES ? [] : kept;
  }

  function joined(pieces) {
    const longest = longestOf(pieces);
    let first = 0;
    while (first < pieces.length) {
      const piece = pieces[first];
      let other = first + 1;
      while (other < pieces.length && !belong(piece, pieces[other], longest)) other += 1;
      if (other === pieces.length) {
        first += 1;
        continue;
      }
      const [joining] = pieces.splice(other, 1);
      piece.numbers.push(...joining.numbers);
      piece.bounds = union(piece.bounds, joining.bounds);
      piece.area += joining.area;
      piece.level += joining.level;
      first = 0;
    }
    return pieces;
  }

  function longestOf(pieces) {
    return pieces.reduce((longest, piece) => max(longest, longestSide(piece.bounds)), 0);
  }

  function belong(a, b, longest) {
    const apart = (low, high) => max(low - high, 0);
    const left = max(a.bounds.left, b.bounds.left);
    const right = min(a.bounds.right, b.bounds.right);
    const across = apart(left, right);
    const down = apart(max(a.bounds.top, b.bounds.top), min(a.bounds.bottom, b.bounds.bottom));
    const width = (piece) => piece.bounds.right - piece.bounds.left;
    const over = 2 * apart(right, left) >= min(width(a), width(b));
    const small = 2 * min(longestSide(a.bounds), longestSide(b.bounds)) <= longest;
    const close = 6 * max(across, down) <= longest;
    return (over && 4 * down <= longest) || (small && close);
  }

  function digits(pieces, picture) {
    const least = max(LEAST, floor(max(picture.width, picture.height) / LEAST_PART));
    const isInside = ({ bounds }) =>
      bounds.left > 1 && bounds.top > 1 && bounds.right + 1 < picture.width && bounds.bottom + 1 < picture.height;
    const inside = longestOf(pieces.filter(isInside));
    if (inside >= 2 * least) {
      pieces = pieces.filter((piece) => isInside(piece) || 2 * longestSide(piece.bounds) <= 3 * inside);
    }
    const longest = longestOf(pieces);
    const area = (pieces) => pieces.reduce((sum, piece) => sum + piece.area, 0);
    const large = pieces.filter((piece) => 2 * longestSide(piece.bounds) > longest);
    if (longest < least || 2 * area(large) < area(pieces)) return [];
    return large.sort((a, b) => a.bounds.left - b.bounds.left);
  }

  // field.rs

  function asItIs(grey, width, height) {
    if (width !== SIDE || height !== SIDE) return null;
    const border = [];
    for (let place = 0; place < PIXELS; place++) {
      const x = place % SIDE;
      const y = floor(place / SIDE);
      if (x === 0 || y === 0 || x + 1 === SIDE || y + 1 === SIDE) border.push(grey[place]);
    }
    border.sort((a, b) => a - b);
    const middle = border.length / 2;
    const background = border[middle - 1] + border[middle];
    const departure = (place) => 2 * grey[place] - background;
    const squares = (sign) => {
      let sum = 0;
      for (let place = 0; place < PIXELS; place++) {
        const towards = max(sign * departure(place), 0);
        sum += towards * towards;
      }
      return sum;
    };
    const sign = squares(-1) > squares(1) ? -1 : 1;
    const values = new Float64Array(PIXELS);
    let bounds = null;
    for (let place = 0; place < PIXELS; place++) {
      values[place] = floor(max(sign * departure(place), 0) / 2);
      if (values[place] > 0) {
        const [left, top] = [place % SIDE, floor(place / SIDE)];
        const pixel = { left, top, right: left + 1, bottom: top + 1 };
        bounds = bounds === null ? pixel : union(bounds, pixel);
      }
    }
    if (bounds === null || longestSide(bounds) !== BOX) return null;
    const all = { width: SIDE, height: SIDE, values };
    return centre(stretch(crop(all, bounds, (_, level) => level)));
  }

  function field(ink, pieces, digit) {
    const isIts = (place) => digit.numbers.includes(pieces.numbers[place]);
    let sum = 0;
    let count = 0;
    for (let place = 0; place < ink.sharp.values.length; place++) {
      const level = ink.sharp.values[place];
      if (level > pieces.inked && isIts(place)) {
        sum += level;
        count += 1;
      }
    }
    const full = sum / count - pieces.edge;
    const cropped = crop(ink.sharp, digit.bounds, (place, level) =>
      isIts(place) ? min(max((level - pieces.edge) / full, 0), 1) : 0,
    );
    const longest = max(cropped.width, cropped.height);
    const scaled = (side) => max(floor((2 * BOX * side + longest) / (2 * longest)), 1);
    const [width, height] = [scaled(cropped.width), scaled(cropped.height)];
    return centre(stretch(resized(resized(cropped, width), height)));
  }

  function resized(plane, side) {
    const ratio = plane.width / side;
    const reach = max(ratio, 1);
    const values = new Float64Array(side * plane.height);
    for (let i = 0; i < side; i++) {
      const middle = (i + 0.5) * ratio - 0.5;
      const first = max(floor(middle - reach), 0);
      const end = min(floor(middle + reach) + 1, plane.width);
      for (let y = 0; y < plane.height; y++) {
        let sum = 0;
        let weights = 0;
        for (let x = first; x < end; x++) {
          const weight = max(1 - abs(x - middle) / reach, 0);
          sum += weight * plane.values[y * plane.width + x];
          weights += weight;
        }
        values[i * plane.height + y] = sum / weights;
      }
    }
    return { width: plane.height, height: side, values };
  }

  function crop(plane, bounds, change) {
    const width = bounds.right - bounds.left;
    const height = bounds.bottom - bounds.top;
    const values = new Float64Array(width * height);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const place = (y + bounds.top) * plane.width + x + bounds.left;
        values[y * width + x] = change(place, plane.values[place]);
      }
    }
    return { width, height, values };
  }

  function stretch(plane) {
    const brightest = plane.values.reduce((most, level) => max(most, level), 0);
    const values = plane.values.map((level) => floor((level * 255) / brightest + 0.5));
    return { width: plane.width, height: plane.height, values };
  }

  function centre(digit) {
    let mass = 0;
    let massX = 0;
    let massY = 0;
    digit.values.forEach((level, place) => {
      mass += level;
      massX += level * (place % digit.width);
      massY += level * floor(place / digit.width);
    });
    const start = (moment, side) => min(max(floor(SIDE / 2 - moment / mass + 0.5), 0), SIDE - side);
    const left = start(massX, digit.width);
    const top = start(massY, digit.height);
    const field = new Uint8Array(PIXELS);
    digit.values.forEach((level, place) => {
      const x = place % digit.width;
      const y = floor(place / digit.width);
      field[(top + y) * SIDE + left + x] = level;
    });
    return field;
  }

  return { prepare };
})();
