// Brings a grey picture of a digit to MNIST's form, with the same bytes as the crate mnist-picture, whose
// files say why each step is as it is. Functions here have the names and the order of the functions there:
// +, −, ×, ÷, floor and comparisons of doubles.
//
// MnistPicture.prepare(grey, width, height), with the grey levels row by row in a Uint8Array, gives
// { pixels: Uint8Array(784), doubts } or { problem: "no-digit" | "several-digits" }. The doubts are some of
// "border", "lines", "loops" and "ring".
"use strict";

const MnistPicture = (() => {
  const SIDE = 28;
  const PIXELS = SIDE * SIDE;
  const BOX = 20;
  const LEAST = 5;

  const { abs, floor, max, min } = Math;

  // form.rs

  const PAGES = 3;

  function prepare(grey, width, height) {
    if (width * height === 0 || max(width, height) < LEAST) return { problem: "no-digit" };
    const whole = asItIs(grey, width, height);
    if (whole) return { pixels: whole, doubts: [] };
    let picture = { levels: grey, width, height };
    for (let round = 0; round < PAGES; round++) {
      const smaller = page(picture.levels, picture.width, picture.height);
      if (smaller === null) break;
      picture = smaller;
    }
    const ink = inkOf(picture.levels, picture.width, picture.height);
    const pieces = piecesOf(ink);
    if (pieces.digits.length === 0) return { problem: "no-digit" };
    if (pieces.digits.length > 1) return { problem: "several-digits" };
    return { pixels: field(ink, pieces, pieces.digits[0]), doubts: pieces.doubts };
  }

  // plane.rs

  const widthOf = (b) => b.right - b.left;
  const heightOf = (b) => b.bottom - b.top;
  const longestSide = (b) => max(widthOf(b), heightOf(b));
  const pixelAt = (x, y) => ({ left: x, top: y, right: x + 1, bottom: y + 1 });

  const union = (a, b) => ({
    left: min(a.left, b.left),
    top: min(a.top, b.top),
    right: max(a.right, b.right),
    bottom: max(a.bottom, b.bottom),
  });

  const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

  function factorOf(width, height, most) {
    let factor = 1;
    while (floor((width + factor - 1) / factor) * floor((height + factor - 1) / factor) > most) factor += 1;
    return factor;
  }

  function reduce(width, height, factor, level) {
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

  function median(values) {
    values.sort();
    const half = floor(values.length / 2);
    return values.length % 2 === 1 ? values[half] : (values[half - 1] + values[half]) / 2;
  }

  function label(width, height, across, belongs) {
    const numbers = new Uint32Array(width * height);
    const regions = [];
    const open = [];
    for (let start = 0; start < width * height; start++) {
      if (numbers[start] !== 0 || !belongs(start)) continue;
      const number = regions.length + 1;
      numbers[start] = number;
      open.push(start);
      const bounds = pixelAt(start % width, floor(start / width));
      let area = 0;
      while (open.length > 0) {
        const place = open.pop();
        const x = place % width;
        const y = floor(place / width);
        area += 1;
        bounds.left = min(bounds.left, x);
        bounds.top = min(bounds.top, y);
        bounds.right = max(bounds.right, x + 1);
        bounds.bottom = max(bounds.bottom, y + 1);
        for (let row = max(y, 1) - 1; row < min(y + 2, height); row++) {
          for (let column = max(x, 1) - 1; column < min(x + 2, width); column++) {
            const next = row * width + column;
            const beside = row === y || column === x;
            if (numbers[next] === 0 && (across || beside) && belongs(next)) {
              numbers[next] = number;
              open.push(next);
            }
          }
        }
      }
      regions.push({ bounds, area });
    }
    return { numbers, regions };
  }

  function fill(numbers, width, number, bounds) {
    const [w, h] = [widthOf(bounds), heightOf(bounds)];
    const at = (place) => (bounds.top + floor(place / w)) * width + bounds.left + (place % w);
    const outside = label(w, h, false, (place) => numbers[at(place)] !== number);
    const open = outside.regions.map(({ bounds: b }) => b.left === 0 || b.top === 0 || b.right === w || b.bottom === h);
    const inside = Array.from(outside.numbers, (n) => n === 0 || !open[n - 1]);
    return { bounds, inside, area: inside.filter((is) => is).length };
  }

  function has(filled, x, y) {
    const b = filled.bounds;
    const isNear = x >= b.left && x < b.right && y >= b.top && y < b.bottom;
    return isNear && filled.inside[(y - b.top) * widthOf(b) + x - b.left];
  }

  function span(filled, row) {
    const w = widthOf(filled.bounds);
    const columns = filled.inside.slice(row * w, (row + 1) * w);
    const first = columns.indexOf(true);
    return first === -1 ? [w, w] : [first, columns.lastIndexOf(true) + 1];
  }

  function isRound(filled) {
    const w = widthOf(filled.bounds);
    let [n, x, y, xx, xy, yy] = [0, 0, 0, 0, 0, 0];
    for (let place = 0; place < filled.inside.length; place++) {
      if (!filled.inside[place]) continue;
      const u = place % w;
      const v = floor(place / w);
      n += 1;
      x += u;
      y += v;
      xx += u * u;
      xy += u * v;
      yy += v * v;
    }
    [x, y] = [x / n, y / n];
    [xx, xy, yy] = [xx / n - x * x, xy / n - x * y, yy / n - y * y];
    return n * n > 151 * (xx * yy - xy * xy);
  }

  function hull(filled) {
    const side = (right) => {
      const chain = [];
      for (let row = 0; row < heightOf(filled.bounds); row++) {
        const [first, end] = span(filled, row);
        const x = right ? end : first;
        for (const y of [row, row + 1]) {
          while (chain.length > 1) {
            const [a, b] = chain.slice(-2);
            const turn = (b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0]);
            if (right ? turn > 0 : turn < 0) break;
            chain.pop();
          }
          chain.push([x, y]);
        }
      }
      return chain;
    };
    const twice = (chain) => {
      let sum = 0;
      for (let k = 1; k < chain.length; k++) sum += (chain[k][0] + chain[k - 1][0]) * (chain[k][1] - chain[k - 1][1]);
      return sum;
    };
    return twice(side(true)) - twice(side(false));
  }

  // page.rs

  const MOST_OF_PAGE = 200 * 200;
  const LEAST_STEP = 6;
  const STEP_PER_SIDE = 700;
  const LEAST_PAGE = 64;

  function page(grey, width, height) {
    const factor = factorOf(width, height, MOST_OF_PAGE);
    const small = smooth(reduce(width, height, factor, (place) => grey[place]));
    if (min(small.width, small.height) < SIDE) return null;
    const steep = steepOf(small);
    const { numbers, regions } = label(small.width, small.height, false, (place) => !steep[place]);
    const pages = [];
    regions.forEach((region, index) => {
      if (LEAST_PAGE * region.area < small.values.length) return;
      const filled = fill(numbers, small.width, index + 1, region.bounds);
      if (isPage(filled, region, index + 1, numbers, small)) pages.push({ number: index + 1, filled });
    });
    if (pages.length === 0) return null;
    const largest = pages.reduce((most, it) => (it.filled.area > most.filled.area ? it : most));
    const isAlone = ({ filled }) => 3 * filled.area < largest.filled.area || meet(largest.filled.bounds, filled.bounds);
    if (!pages.every((it) => it === largest || isAlone(it))) return null;
    return cutOut(grey, width, height, factor, small, numbers, largest);
  }

  function steepOf(small) {
    const { width, height, values } = small;
    const difference = (a, b) => abs(values[a] - values[b]);
    const beside = [];
    for (let place = 0; place < values.length; place++) {
      if (place % width > 0) beside.push(difference(place, place - 1));
    }
    const noise = median(Float64Array.from(beside));
    const most = max(LEAST_STEP, STEP_PER_SIDE / max(width, height), 3 * noise);
    return Array.from(values, (_, place) => {
      const x = place % width;
      const y = floor(place / width);
      return (
        (x > 0 && difference(place, place - 1) > most) ||
        (x + 1 < width && difference(place, place + 1) > most) ||
        (y > 0 && difference(place, place - width) > most) ||
        (y + 1 < height && difference(place, place + width) > most)
      );
    });
  }

  function isPage(filled, region, number, numbers, small) {
    if (100 * filled.area >= 97 * small.values.length || 2 * region.area < filled.area) return false;
    const b = filled.bounds;
    const isCut = b.left === 0 || b.top === 0 || b.right === small.width || b.bottom === small.height;
    if (0.46 * hull(filled) > filled.area || (!isCut && isRound(filled))) return false;
    const w = widthOf(b);
    const isHole = (place) => {
      const at = (b.top + floor(place / w)) * small.width + b.left + (place % w);
      return filled.inside[place] && numbers[at] !== number;
    };
    const longest = longestOf(label(w, heightOf(b), true, isHole).regions);
    return longest >= 4 && 25 * longest >= longestSide(b);
  }

  function cutOut(grey, width, height, factor, small, numbers, { number, filled }) {
    const b = filled.bounds;
    const rows = [];
    for (let y = b.top; y < b.bottom; y++) {
      const row = rowOf(y, small, numbers, number, filled);
      if (rows.length > 0 && row.first >= row.end) row.before = row.after = rows[rows.length - 1].after;
      rows.push(row);
    }
    const used = rows.filter((row) => row.first < row.end);
    if (used.length === 0) return null;
    const left = used.reduce((least, row) => min(least, row.first), Infinity);
    const right = used.reduce((most, row) => max(most, row.end), 0);
    const top = b.top + rows.indexOf(used[0]);
    const bottom = b.top + rows.indexOf(used[used.length - 1]) + 1;
    const [x0, x1] = [left * factor, min(width, right * factor)];
    const [y0, y1] = [top * factor, min(height, bottom * factor)];
    const levels = new Uint8Array((x1 - x0) * (y1 - y0));
    let place = 0;
    for (let y = y0; y < y1; y++) {
      const row = rows[floor(y / factor) - b.top];
      for (let x = x0; x < x1; x++) {
        const column = floor(x / factor);
        if (column < row.first) levels[place] = row.before;
        else if (column >= row.end) levels[place] = row.after;
        else levels[place] = grey[y * width + x];
        place += 1;
      }
    }
    return { width: x1 - x0, height: y1 - y0, levels };
  }

  function rowOf(y, small, numbers, number, filled) {
    const b = filled.bounds;
    const [begin, finish] = span(filled, y - b.top);
    const [first, end] = [b.left + begin, b.left + finish];
    const isPaper = (x) => numbers[y * small.width + x] === number;
    const level = (x) => floor(small.values[y * small.width + x] + 0.5);
    let [low, high] = [first, end - 1];
    while (low < end && !isPaper(low)) low += 1;
    if (low >= end) return { first, end: first, before: 0, after: 0 };
    while (!isPaper(high)) high -= 1;
    return { first, end, before: level(low), after: level(high) };
  }

  // paper.rs

  const MOST = 400 * 400;
  const COARSE = 50 * 50;
  const REACH = 5;
  const ROUNDS = 20;
  const DARKEST_PAPER = 32;
  const SIGMA_OF_MAD = 1.4826;

  function inkOf(grey, width, height) {
    const picture = reduce(width, height, factorOf(width, height, MOST), (place) => grey[place] - 127.5);
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
    const factor = factorOf(plane.width, plane.height, COARSE);
    return reduce(plane.width, plane.height, factor, (place) => plane.values[place]);
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
    const factor = factorOf(plane.width, plane.height, COARSE);
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

  // pieces.rs

  const MIN_CONTRAST = 24;
  const SIGMAS = 6;
  const LEAST_PART = 40;
  const MOST_PIECES = 100;

  function piecesOf(ink) {
    const doubts = new Set(takeOut(ink));
    const { edge, inked } = levelsOf(ink);
    const { numbers, found } = connected(ink, edge, inked);
    const pieces = { digits: digits(joined(ofOnePen(found)), ink.sharp), numbers, edge, inked };
    for (const digit of pieces.digits) {
      for (const doubt of doubtsOf(digit, numbers, ink.sharp)) doubts.add(doubt);
    }
    return { ...pieces, doubts: [...doubts].sort() };
  }

  function levelsOf(ink) {
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
    return { edge: max(full / 3, 3 * ink.noise), inked: full / 2 };
  }

  function connected(ink, edge, inked) {
    const { width, height, values } = ink.smooth;
    const { numbers, regions } = label(width, height, true, (place) => values[place] > edge);
    const pieces = new Array(regions.length).fill(null);
    ink.sharp.values.forEach((level, place) => {
      const number = numbers[place];
      if (number === 0 || level <= inked) return;
      const pixel = pixelAt(place % width, floor(place / width));
      const pixels = regions[number - 1].area;
      pieces[number - 1] ??= { numbers: [number], bounds: pixel, pixels, area: 0, level: 0 };
      const piece = pieces[number - 1];
      piece.bounds = union(piece.bounds, pixel);
      piece.area += 1;
      piece.level += level;
    });
    return { numbers, found: pieces.filter((piece) => piece !== null) };
  }

  function doubtsOf(digit, numbers, picture) {
    const b = digit.bounds;
    const doubts = [];
    if (b.left === 0 || b.top === 0 || b.right === picture.width || b.bottom === picture.height) doubts.push("border");
    const [w, h] = [widthOf(b), heightOf(b)];
    const isPaper = (place) =>
      !digit.numbers.includes(numbers[(b.top + floor(place / w)) * picture.width + b.left + (place % w)]);
    const loops = label(w, h, false, isPaper).regions.filter(({ bounds: it, area }) => {
      const isClosed = it.left > 0 && it.top > 0 && it.right < w && it.bottom < h;
      return isClosed && area >= 4 && 100 * area >= w * h;
    });
    const [first, second] = loops.map((it) => it.bounds);
    const beside = loops.length === 2 && (first.right <= second.left || second.right <= first.left);
    if (loops.length > 2 || beside) doubts.push("loops");
    return doubts;
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
      piece.pixels += joining.pixels;
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
    let least = LEAST;
    while (LEAST_PART * (least + 1) * (LEAST_PART * (least + 1)) <= picture.values.length) least += 1;
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
    return large;
  }

  // frame.rs

  const FRAMES = 4;
  const MOST_FRAMES = 60;
  const MOST_BOXES = 8;
  const THIN = 12;
  const THIN_ALONE = 8;
  const END_PART = 40;
  const SLOPES = 16;
  const STEEPNESS = 80;

  function takeOut(ink) {
    const doubts = [];
    const { width, height } = ink.smooth;
    for (let round = 0; round < FRAMES; round++) {
      const { edge, inked } = levelsOf(ink);
      const { numbers, found: pieces } = connected(ink, edge, inked);
      const found = [];
      for (const piece of pieces.slice(0, MOST_FRAMES)) {
        const kind = kindOf(piece, pieces, numbers, ink.smooth);
        if (kind === null) continue;
        found.push(piece.numbers[0]);
        if (kind !== "frame") doubts.push(kind);
      }
      if (found.length > 0) {
        erase(ink, numbers, found);
        continue;
      }
      const boxes = pieces.map((piece) => piece.bounds).filter((b) => 4 * longestSide(b) >= max(width, height));
      let erased = eraseLines(ink, edge, { left: 0, top: 0, right: width, bottom: height });
      for (const box of boxes.slice(0, MOST_BOXES)) erased = eraseLines(ink, edge, box) || erased;
      if (round > 0 || !erased) break;
      doubts.push("lines");
    }
    return doubts;
  }

  function kindOf(piece, pieces, numbers, picture) {
    const b = piece.bounds;
    const others = pieces.filter((other) => other !== piece);
    if (longestOf(others) < LEAST || longestSide(b) < 2 * LEAST) return null;
    const [atLeft, atRight] = [b.left < 3, b.right + 3 > picture.width];
    const [atTop, atBottom] = [b.top < 3, b.bottom + 3 > picture.height];
    if (isRule(piece)) {
      const isLevel = widthOf(b) > heightOf(b);
      const across = isLevel ? atLeft && atRight : atTop && atBottom;
      const crossing = others.filter(
        (other) => !isRule(other) || widthOf(other.bounds) > heightOf(other.bounds) !== isLevel,
      );
      if (crossing.length === 0) return null;
      const all = crossing.map((other) => other.bounds).reduce(union);
      const under = all.bottom <= b.top + 1 && 10 * widthOf(b) >= 11 * widthOf(all);
      const long = 2 * heightOf(b) >= 3 * heightOf(all);
      return (isLevel ? across || under : across && long) ? "lines" : null;
    }
    const filled = fill(numbers, picture.width, piece.numbers[0], b);
    const inside = others.filter(({ bounds: it }) => {
      const [x, y] = [floor((it.left + it.right) / 2), floor((it.top + it.bottom) / 2)];
      return longestSide(it) >= LEAST && has(filled, x, y);
    });
    if (inside.length > 0) {
      const round = isRound(filled);
      const thin = 5 * piece.pixels <= filled.area;
      const large = 5 * longestOf(inside) >= longestSide(b);
      if (5 * piece.pixels <= 2 * filled.area && (large || (thin && !round))) return round ? "ring" : "frame";
    }
    const within = others.some(({ bounds: it }) => {
      const both = union(b, it);
      const isIn = both.left === b.left && both.top === b.top && both.right === b.right && both.bottom === b.bottom;
      return 6 * longestSide(it) >= longestSide(b) && isIn;
    });
    const sides = [atLeft, atRight, atTop, atBottom].filter((at) => at).length;
    const spare = 4 * piece.pixels <= widthOf(b) * heightOf(b);
    return sides >= 2 && within && spare ? "frame" : null;
  }

  function isRule(piece) {
    const b = piece.bounds;
    const long = longestSide(b);
    return THIN_ALONE * piece.pixels <= long * long && 5 * min(widthOf(b), heightOf(b)) <= long;
  }

  function erase(ink, numbers, found) {
    const { width, height } = ink.smooth;
    for (let place = 0; place < numbers.length; place++) {
      if (numbers[place] !== 0 && !found.includes(numbers[place])) continue;
      const x = place % width;
      const y = floor(place / width);
      let isNear = false;
      for (let row = max(y, 2) - 2; row < min(height, y + 3); row++) {
        for (let column = max(x, 2) - 2; column < min(width, x + 3); column++) {
          isNear ||= found.includes(numbers[row * width + column]);
        }
      }
      if (isNear) ink.sharp.values[place] = ink.smooth.values[place] = 0;
    }
  }

  // Across its direction, where a line is.
  const acrossAt = (line, along) => max(floor(line.middle + line.slope * (along - (line.from + line.to) / 2) + 0.5), 0);

  function pointOf(line, along) {
    const across = acrossAt(line, along);
    return line.isLevel ? [along, across] : [across, along];
  }

  const shareOf = (isWhole) => (isWhole ? 85 : 75);

  function linesOf(inked, width, window, isWhole) {
    const share = shareOf(isWhole);
    const lines = [];
    for (const isLevel of [true, false]) {
      const [from, to] = isLevel ? [window.left, window.right] : [window.top, window.bottom];
      const [low, high] = isLevel ? [window.top, window.bottom] : [window.left, window.right];
      for (let k = -SLOPES; k <= SLOPES; k++) {
        const slope = k / STEEPNESS;
        const drift = abs((slope * (to - from)) / 2);
        for (let middle = low; middle < high; middle++) {
          if (middle - drift < low || middle + drift + 1 > high) continue;
          const line = { isLevel, slope, middle, from, to, covered: 0 };
          const end = min(max(floor((to - from) / END_PART), 3), to - from);
          let [atStart, atEnd, missed] = [false, false, 0];
          for (let along = from; along < to; along++) {
            const across = acrossAt(line, along);
            if (inked[isLevel ? across * width + along : along * width + across] === 0) {
              missed += 1;
              // Most lines are refused here, long before their end.
              if (100 * (to - from - missed) < share * (to - from)) break;
              continue;
            }
            line.covered += 1;
            atStart ||= along < from + end;
            atEnd ||= along >= to - end;
          }
          const reaches = atStart && atEnd;
          if (100 * line.covered >= share * (to - from) && (reaches || !isWhole)) lines.push(line);
        }
      }
    }
    return lines.sort((a, b) => b.covered - a.covered);
  }

  function eraseLines(ink, edge, window) {
    const { width, height } = ink.smooth;
    const isWhole = widthOf(window) === width && heightOf(window) === height;
    const inked = Uint8Array.from(ink.smooth.values, (level) => (level > edge ? 1 : 0));
    const count = () => inked.reduce((sum, is) => sum + is, 0);
    const all = count();
    const erased = [];
    const least = [Infinity, Infinity];
    const most = [-Infinity, -Infinity];
    const share = shareOf(isWhole);
    for (const line of linesOf(inked, width, window, isWhole)) {
      const length = line.to - line.from;
      const runs = [];
      for (let along = line.from; along < line.to; along++) {
        const run = runAt(inked, width, height, line, along);
        if (run !== null) runs.push(run);
      }
      const lengths = runs.map((run) => run.length).sort((a, b) => a - b);
      const thick = lengths[floor(lengths.length / 2)] ?? 0;
      if (100 * runs.length < share * length || THIN * thick > length) continue;
      const way = line.isLevel ? 1 : 0;
      least[way] = min(least[way], line.middle);
      most[way] = max(most[way], line.middle);
      for (const run of runs) {
        if (2 * run.length > 3 * thick + 2) continue;
        for (let y = run.bounds.top; y < run.bounds.bottom; y++) {
          for (let x = run.bounds.left; x < run.bounds.right; x++) {
            inked[y * width + x] = 0;
            erased.push(y * width + x);
          }
        }
      }
    }
    const far = (way, side) => 2 * (most[way] - least[way]) >= side;
    const isBox = far(1, heightOf(window)) && far(0, widthOf(window));
    const left = count();
    if (erased.length === 0 || !(isWhole || isBox) || 20 * left < all || left < LEAST * LEAST) return false;
    for (const place of erased) ink.sharp.values[place] = ink.smooth.values[place] = 0;
    return true;
  }

  function runAt(inked, width, height, line, along) {
    const [x, y] = pointOf(line, along);
    if (inked[y * width + x] === 0) return null;
    const bounds = pixelAt(x, y);
    if (line.isLevel) {
      while (bounds.top > 0 && inked[(bounds.top - 1) * width + x]) bounds.top -= 1;
      while (bounds.bottom < height && inked[bounds.bottom * width + x]) bounds.bottom += 1;
      return { length: heightOf(bounds), bounds };
    }
    while (bounds.left > 0 && inked[y * width + bounds.left - 1]) bounds.left -= 1;
    while (bounds.right < width && inked[y * width + bounds.right]) bounds.right += 1;
    return { length: widthOf(bounds), bounds };
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
        const pixel = pixelAt(left, top);
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
