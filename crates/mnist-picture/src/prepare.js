// Brings a grey picture of a digit to MNIST's form, with the same bytes as the crate mnist-picture, whose
// files say why each step is as it is. Functions here have the names and the order of the functions there:
// +, −, ×, ÷, floor and comparisons of doubles.
//
// MnistPicture.prepare(grey, width, height), with the grey levels row by row in a Uint8Array, gives
// { pixels: Uint8Array(784), doubts } or { problem: "no-digit" | "several-digits" }. The doubts are some of
// "border", "full", "lines", "loops" and "ring".
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
    const { strokes, doubts } = piecesOf(ink);
    if (strokes.pieces.length === 0) return { problem: "no-digit" };
    if (strokes.pieces.length > 1) return { problem: "several-digits" };
    return { pixels: field(ink, strokes, strokes.pieces[0]), doubts };
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

  function reduce(width, height, factor, levels, middle) {
    const columns = floor((width + factor - 1) / factor);
    const rows = floor((height + factor - 1) / factor);
    const values = new Float64Array(columns * rows);
    for (let y = 0; y < height; y++) {
      const row = floor(y / factor) * columns;
      for (let column = 0; column < columns; column++) {
        const end = y * width + min(width, (column + 1) * factor);
        let sum = 0;
        for (let place = y * width + column * factor; place < end; place++) sum += levels[place] - middle;
        values[row + column] += sum;
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
    const { width, height, values: levels } = plane;
    const values = new Float64Array(width * height);
    for (let y = 0; y < height; y++) {
      const [top, bottom] = [max(y, 1) - 1, min(height, y + 2)];
      for (let x = 0; x < width; x++) {
        const [left, right] = [max(x, 1) - 1, min(width, x + 2)];
        let sum = 0;
        for (let row = top; row < bottom; row++) {
          for (let place = row * width + left; place < row * width + right; place++) sum += levels[place];
        }
        values[y * width + x] = sum / ((bottom - top) * (right - left));
      }
    }
    return { width, height, values };
  }

  // Leaves the values in another order.
  function median(values) {
    const half = floor(values.length / 2);
    let [low, high] = [0, values.length - 1];
    while (low < high) {
      const pivot = values[floor((low + high) / 2)];
      let [i, j] = [low - 1, high + 1];
      for (;;) {
        do i += 1;
        while (values[i] < pivot);
        do j -= 1;
        while (values[j] > pivot);
        if (i >= j) break;
        const other = values[i];
        values[i] = values[j];
        values[j] = other;
      }
      if (half <= j) high = j;
      else low = j + 1;
    }
    const upper = values[half];
    if (values.length % 2 === 1) return upper;
    let below = -Infinity;
    for (let at = 0; at < half; at++) below = max(below, values[at]);
    return (below + upper) / 2;
  }

  // Each pixel of `belongs` is 1 or 0.
  function label(width, height, across, belongs) {
    const numbers = new Uint32Array(width * height);
    const open = new Uint32Array(width * height);
    const regions = [];
    for (let start = 0; start < width * height; start++) {
      if (numbers[start] !== 0 || belongs[start] === 0) continue;
      const number = regions.length + 1;
      numbers[start] = number;
      open[0] = start;
      let [count, area] = [1, 0];
      let [left, top, right, bottom] = [width, height, 0, 0];
      while (count > 0) {
        count -= 1;
        const place = open[count];
        const x = place % width;
        const y = (place - x) / width;
        area += 1;
        left = min(left, x);
        top = min(top, y);
        right = max(right, x + 1);
        bottom = max(bottom, y + 1);
        const [first, end] = [max(x, 1) - 1, min(x + 2, width)];
        for (let row = max(y, 1) - 1; row < min(y + 2, height); row++) {
          for (let column = first; column < end; column++) {
            const next = row * width + column;
            if (belongs[next] === 0 || numbers[next] !== 0) continue;
            if (across || row === y || column === x) {
              numbers[next] = number;
              open[count] = next;
              count += 1;
            }
          }
        }
      }
      regions.push({ bounds: { left, top, right, bottom }, area });
    }
    return { numbers, regions };
  }

  // Of the pixels within bounds, 1 or 0.
  function within(bounds, width, belongs) {
    const mask = new Uint8Array(widthOf(bounds) * heightOf(bounds));
    let at = 0;
    for (let y = bounds.top; y < bounds.bottom; y++) {
      for (let place = y * width + bounds.left; place < y * width + bounds.right; place++) {
        mask[at] = belongs(place) ? 1 : 0;
        at += 1;
      }
    }
    return mask;
  }

  // Of each number up to the greatest, whether it is one of these: 1 or 0.
  function oneOf(numbers, all) {
    const are = new Uint8Array(all.reduce((a, b) => max(a, b), 0) + 1);
    for (const number of numbers) are[number] = 1;
    return are;
  }

  function fill(numbers, width, number, bounds) {
    const [w, h] = [widthOf(bounds), heightOf(bounds)];
    const mask = within(bounds, width, (place) => numbers[place] !== number);
    const outside = label(w, h, false, mask);
    const open = outside.regions.map(({ bounds: b }) => b.left === 0 || b.top === 0 || b.right === w || b.bottom === h);
    const inside = outside.numbers.map((n) => (n === 0 || !open[n - 1] ? 1 : 0));
    return { bounds, inside, area: inside.reduce((sum, is) => sum + is, 0) };
  }

  function has(filled, x, y) {
    const b = filled.bounds;
    const isNear = x >= b.left && x < b.right && y >= b.top && y < b.bottom;
    return isNear && filled.inside[(y - b.top) * widthOf(b) + x - b.left] === 1;
  }

  function span(filled, row) {
    const w = widthOf(filled.bounds);
    const columns = filled.inside.subarray(row * w, (row + 1) * w);
    const first = columns.indexOf(1);
    return first === -1 ? [w, w] : [first, columns.lastIndexOf(1) + 1];
  }

  function isRound(filled) {
    const w = widthOf(filled.bounds);
    let [n, x, y, xx, xy, yy] = [0, 0, 0, 0, 0, 0];
    for (let place = 0; place < filled.inside.length; place++) {
      if (filled.inside[place] === 0) continue;
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
            const [a, b] = [chain[chain.length - 2], chain[chain.length - 1]];
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
    const small = smooth(reduce(width, height, factor, grey, 0));
    if (min(small.width, small.height) < SIDE) return null;
    const { numbers, regions } = label(small.width, small.height, false, evenOf(small));
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

  function evenOf(small) {
    const { width, height, values } = small;
    const beside = new Float64Array((width - 1) * height);
    for (let y = 0; y < height; y++) {
      for (let x = 1; x < width; x++) {
        beside[y * (width - 1) + x - 1] = abs(values[y * width + x] - values[y * width + x - 1]);
      }
    }
    const noise = median(beside);
    const most = max(LEAST_STEP, STEP_PER_SIDE / max(width, height), 3 * noise);
    const even = new Uint8Array(width * height).fill(1);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const place = y * width + x;
        const [before, above] = [place - 1, place - width];
        if (x > 0 && abs(values[place] - values[before]) > most) even[place] = even[before] = 0;
        if (y > 0 && abs(values[place] - values[above]) > most) even[place] = even[above] = 0;
      }
    }
    return even;
  }

  function isPage(filled, region, number, numbers, small) {
    if (100 * filled.area >= 97 * small.values.length || 2 * region.area < filled.area) return false;
    const b = filled.bounds;
    const isCut = b.left === 0 || b.top === 0 || b.right === small.width || b.bottom === small.height;
    if (0.46 * hull(filled) > filled.area || (!isCut && isRound(filled))) return false;
    const holes = within(b, small.width, (place) => numbers[place] !== number);
    for (let place = 0; place < holes.length; place++) holes[place] *= filled.inside[place];
    const longest = longestOf(label(widthOf(b), heightOf(b), true, holes).regions);
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
    const picture = reduce(width, height, factorOf(width, height, MOST), grey, 127.5);
    const surface = fit(coarse(picture));
    const sharp = departure(picture, surface);
    const sign = signOf(sharp);
    for (let place = 0; place < sharp.values.length; place++) sharp.values[place] *= sign;
    subtract(sharp, opened(smooth(coarse(sharp))));
    relate(sharp, picture, sign);
    const smoothed = smooth(sharp);
    return { sharp, smooth: smoothed, noise: SIGMA_OF_MAD * deviation(outer(smoothed)) };
  }

  function coarse(plane) {
    const factor = factorOf(plane.width, plane.height, COARSE);
    return reduce(plane.width, plane.height, factor, plane.values, 0);
  }

  function signOf(departure) {
    let above = 0;
    let below = 0;
    for (let place = 0; place < departure.values.length; place++) {
      const value = departure.values[place];
      const square = value * value;
      if (value > 0) above += square * square;
      else below += square * square;
    }
    return below > above ? -1 : 1;
  }

  // From −1 to 1 across the picture.
  const alongSide = (side) => Float64Array.from({ length: side }, (_, place) => (2 * place + 1) / side - 1);

  const value = (s, u, v) => s[0] + s[1] * u + s[2] * v + s[3] * (u * u) + s[4] * (u * v) + s[5] * (v * v);

  const outwards = (u, v) => max(u * u, v * v);

  function fit(plane) {
    const [us, vs] = [alongSide(plane.width), alongSide(plane.height)];
    const power = new Float64Array(6);
    let surface = new Float64Array(6);
    for (let round = 0; round < ROUNDS; round++) {
      const equations = new Float64Array(42);
      for (let y = 0; y < plane.height; y++) {
        for (let x = 0; x < plane.width; x++) {
          const [u, v] = [us[x], vs[y]];
          const level = plane.values[y * plane.width + x];
          const difference = abs(level - value(surface, u, v));
          const far = outwards(u, v) * outwards(u, v);
          const weight = round === 0 ? far : far / max(difference, 1);
          power[0] = 1;
          power[1] = u;
          power[2] = v;
          power[3] = u * u;
          power[4] = u * v;
          power[5] = v * v;
          for (let i = 0; i < 6; i++) {
            const weighted = weight * power[i];
            for (let j = 0; j < 6; j++) equations[7 * i + j] += weighted * power[j];
            equations[7 * i + 6] += weighted * level;
          }
        }
      }
      surface = solve([0, 1, 2, 3, 4, 5].map((i) => equations.subarray(7 * i, 7 * i + 7)));
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
    return Float64Array.from(equations, (row, k) => row[6] / row[k]);
  }

  function departure(picture, surface) {
    const { width, height } = picture;
    const [us, vs] = [alongSide(width), alongSide(height)];
    const values = new Float64Array(width * height);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const place = y * width + x;
        values[place] = picture.values[place] - value(surface, us[x], vs[y]);
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
    // The pixels on both sides of each place, and how much of the second.
    const between = (sides, side) => {
      const exact = Float64Array.from({ length: sides }, (_, place) => max((place + 0.5) / factor - 0.5, 0));
      const first = exact.map((it) => min(floor(it), side - 1));
      return [first, first.map((it) => min(it + 1, side - 1)), exact.map((it, place) => it - first[place])];
    };
    const [lefts, rights, us] = between(plane.width, coarse.width);
    const [tops, bottoms, vs] = between(plane.height, coarse.height);
    const { values: levels, width } = coarse;
    for (let y = 0; y < plane.height; y++) {
      const [top, bottom, v] = [tops[y] * width, bottoms[y] * width, vs[y]];
      for (let x = 0; x < plane.width; x++) {
        const [left, right, u] = [lefts[x], rights[x], us[x]];
        const above = levels[top + left] * (1 - u) + levels[top + right] * u;
        const below = levels[bottom + left] * (1 - u) + levels[bottom + right] * u;
        plane.values[y * plane.width + x] -= above * (1 - v) + below * v;
      }
    }
    const paper = median(outer(plane));
    for (let place = 0; place < plane.values.length; place++) plane.values[place] -= paper;
  }

  function relate(ink, picture, sign) {
    for (let place = 0; place < ink.values.length; place++) {
      const value = ink.values[place];
      const paper = 127.5 - sign * picture.values[place] + value;
      ink.values[place] = (255 * value) / max(paper, DARKEST_PAPER);
    }
  }

  function outer(plane) {
    const [us, vs] = [alongSide(plane.width), alongSide(plane.height)];
    const values = new Float64Array(plane.values.length);
    let count = 0;
    for (let y = 0; y < plane.height; y++) {
      for (let x = 0; x < plane.width; x++) {
        if (outwards(us[x], vs[y]) < 0.5) continue;
        values[count] = plane.values[y * plane.width + x];
        count += 1;
      }
    }
    return values.subarray(0, count);
  }

  function deviation(values) {
    const middle = median(values);
    return median(values.map((value) => abs(value - middle)));
  }

  // pieces.rs

  const MIN_CONTRAST = 24;
  const SIGMAS = 6;
  const LEAST_PART = 40;
  const MOST_PIECES = 100;
  const LINE_PART = 5;
  const INSET_PART = 12;

  function piecesOf(ink) {
    const { strokes, doubts } = takeOut(ink);
    const found = digits(joined(ofOnePen(strokes.pieces)), ink.sharp);
    for (const digit of found) doubts.push(...doubtsOf(digit, strokes.numbers, ink.sharp));
    return { strokes: { ...strokes, pieces: found }, doubts: [...new Set(doubts)].sort() };
  }

  function levelsOf(ink) {
    const least = max(MIN_CONTRAST, SIGMAS * ink.noise);
    let squares = 0;
    let cubes = 0;
    for (let place = 0; place < ink.smooth.values.length; place++) {
      const level = ink.smooth.values[place];
      if (level > least) {
        squares += level * level;
        cubes += level * level * level;
      }
    }
    const full = squares > 0 ? cubes / squares : Infinity;
    return { edge: max(full / 3, 3 * ink.noise), inked: full / 2 };
  }

  function above(values, edge) {
    const are = new Uint8Array(values.length);
    for (let place = 0; place < values.length; place++) are[place] = values[place] > edge ? 1 : 0;
    return are;
  }

  function connected(ink) {
    const { width, height, values } = ink.smooth;
    const { edge, inked } = levelsOf(ink);
    const { numbers, regions } = label(width, height, true, above(values, edge));
    const pieces = new Array(regions.length).fill(null);
    for (let place = 0; place < values.length; place++) {
      const number = numbers[place];
      const level = ink.sharp.values[place];
      if (number === 0 || level <= inked) continue;
      const [x, y] = [place % width, floor(place / width)];
      const pixels = regions[number - 1].area;
      pieces[number - 1] ??= { numbers: [number], bounds: pixelAt(x, y), pixels, area: 0, level: 0 };
      const piece = pieces[number - 1];
      const b = piece.bounds;
      b.left = min(b.left, x);
      b.right = max(b.right, x + 1);
      b.bottom = y + 1;
      piece.area += 1;
      piece.level += level;
    }
    return { numbers, pieces: pieces.filter((piece) => piece !== null), edge, inked };
  }

  function doubtsOf(digit, numbers, picture) {
    const b = digit.bounds;
    const doubts = [];
    if (b.left === 0 || b.top === 0 || b.right === picture.width || b.bottom === picture.height) doubts.push("border");
    const [w, h] = [widthOf(b), heightOf(b)];
    const isIts = oneOf(digit.numbers, numbers);
    const isPaper = within(b, picture.width, (place) => isIts[numbers[place]] === 0);
    if (isUnderlined(w, h, isPaper)) doubts.push("lines");
    const { numbers: paper, regions } = label(w, h, false, isPaper);
    const isClosed = ({ bounds: it }) => it.left > 0 && it.top > 0 && it.right < w && it.bottom < h;
    const areaOf = (these) => these.reduce((sum, it) => sum + it.area, 0);
    const filled = w * h - areaOf(regions.filter((it) => !isClosed(it)));
    const inked = w * h - areaOf(regions);
    const isWide = 2 * min(w, h) >= max(w, h);
    if (isWide && (25 * filled >= 23 * w * h || 25 * inked >= 19 * w * h)) doubts.push("full");
    const loops = [];
    regions.forEach((it, index) => {
      if (isClosed(it) && it.area >= 4 && 100 * it.area >= w * h) loops.push(fill(paper, w, index + 1, it.bounds));
    });
    const [first, second] = loops.map((it) => it.bounds);
    const common = () => max(min(first.bottom, second.bottom) - max(first.top, second.top), 0);
    const beside = loops.length === 2 && 2 * common() >= min(heightOf(first), heightOf(second));
    const isBent = (it) => 6 * it.area >= w * h && 0.43 * hull(it) > it.area;
    if (loops.length > 2 || beside || loops.some(isBent)) doubts.push("loops");
    return doubts;
  }

  function isUnderlined(w, h, isPaper) {
    const part = floor(w / LINE_PART);
    const band = h - min(h, part);
    const inkOf = (x, from, to) => {
      let count = 0;
      for (let y = from; y < to; y++) count += 1 - isPaper[y * w + x];
      return count;
    };
    let [first, last] = [0, w - 1];
    while (first < w && inkOf(first, 0, band) === 0) first += 1;
    while (last > first && inkOf(last, 0, band) === 0) last -= 1;
    const inset = floor((w + INSET_PART - 1) / INSET_PART);
    if (first === w || first < inset || last + inset >= w) return false;
    for (let x = 0; x < w; x++) {
      const thickness = inkOf(x, band, h);
      if ((x < first || x > last) && (thickness === 0 || 2 * thickness > part)) return false;
    }
    return true;
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
    let strokes = connected(ink);
    for (let round = 0; round < FRAMES; round++) {
      const { pieces, numbers, edge } = strokes;
      const found = [];
      for (const piece of pieces.slice(0, MOST_FRAMES)) {
        const kind = kindOf(piece, pieces, numbers, ink.smooth);
        if (kind === null) continue;
        found.push(piece.numbers[0]);
        if (kind !== "frame") doubts.push(kind);
      }
      if (found.length > 0) {
        erase(ink, numbers, found);
      } else {
        const boxes = pieces.map((piece) => piece.bounds).filter((b) => 4 * longestSide(b) >= max(width, height));
        let erased = eraseLines(ink, edge, { left: 0, top: 0, right: width, bottom: height });
        for (const box of boxes.slice(0, MOST_BOXES)) erased = eraseLines(ink, edge, box) || erased;
        if (!erased) break;
        doubts.push("lines");
      }
      strokes = connected(ink);
    }
    return { strokes, doubts };
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
    const isFound = oneOf(found, numbers);
    for (let place = 0; place < numbers.length; place++) {
      if (numbers[place] !== 0 && isFound[numbers[place]] === 0) continue;
      const x = place % width;
      const y = floor(place / width);
      let isNear = 0;
      for (let row = max(y, 2) - 2; row < min(height, y + 3); row++) {
        for (let column = max(x, 2) - 2; column < min(width, x + 3); column++) {
          isNear |= isFound[numbers[row * width + column]];
        }
      }
      if (isNear === 1) ink.sharp.values[place] = ink.smooth.values[place] = 0;
    }
  }

  // How many of a line's pixels are inked; 0 if too few are.
  function coveredOf(inked, start, places, isWhole) {
    const length = places.length;
    const most = floor(((isWhole ? 15 : 25) * length) / 100);
    let missed = 0;
    for (let at = 0; at < length && missed <= most; at++) missed += 1 - inked[start + places[at]];
    if (missed > most) return 0;
    const end = min(max(floor(length / END_PART), 3), length);
    const isInked = (place) => inked[start + place] === 1;
    const reaches = places.subarray(0, end).some(isInked) && places.subarray(length - end).some(isInked);
    return reaches || !isWhole ? length - missed : 0;
  }

  // Of each pixel, how far the ink goes on one way, in both senses.
  function thicknessOf(inked, width, step) {
    const thickness = new Uint32Array(inked.length);
    const isFirst = (place) => (step === 1 ? place % width === 0 : place < width);
    for (let place = 0; place < inked.length; place++) {
      if (inked[place] === 1) thickness[place] = isFirst(place) ? 1 : thickness[place - step] + 1;
    }
    for (let place = inked.length - 1; place >= step; place--) {
      const before = place - step;
      if (inked[place] * inked[before] === 1 && !isFirst(place)) thickness[before] = thickness[place];
    }
    return thickness;
  }

  // The median thickness of a line's inked pixels; Infinity if most are too thick for any line.
  function thickOf(thickness, start, places, covered) {
    let thicker = 0;
    for (let at = 0; at < places.length; at++) {
      if (THIN * thickness[start + places[at]] > places.length) thicker += 1;
    }
    if (2 * thicker > covered) return Infinity;
    return median(Float64Array.from(places, (place) => thickness[start + place]).filter((it) => it > 0));
  }

  function linesOf(inked, width, window, isWhole) {
    const lines = [];
    for (const isLevel of [true, false]) {
      const [from, to] = isLevel ? [window.left, window.right] : [window.top, window.bottom];
      const [low, high] = isLevel ? [window.top, window.bottom] : [window.left, window.right];
      const [along, across] = isLevel ? [1, width] : [width, 1];
      const length = to - from;
      // No line is covered more than all of them together.
      const all = new Uint8Array(length);
      for (let at = 0; at < length; at++) {
        for (let k = low; k < high; k++) all[at] |= inked[(from + at) * along + k * across];
      }
      if (coveredOf(all, 0, Uint32Array.from(all.keys()), isWhole) === 0) continue;
      const thickness = thicknessOf(inked, width, across);
      for (let slope = -SLOPES; slope <= SLOPES; slope++) {
        const places = new Int32Array(length);
        for (let at = 0; at < length; at++) {
          const drift = floor((slope * (2 * at - length) + STEEPNESS) / (2 * STEEPNESS));
          places[at] = (from + at) * along + drift * across;
        }
        const most = floor((abs(slope) * length + 2 * STEEPNESS - 1) / (2 * STEEPNESS));
        for (let middle = low + most; middle + most < high; middle++) {
          const start = middle * across;
          const covered = coveredOf(inked, start, places, isWhole);
          if (covered === 0) continue;
          const thick = thickOf(thickness, start, places, covered);
          if (THIN * thick <= length) lines.push({ isLevel, middle, start, places, covered, thick });
        }
      }
    }
    return lines.sort((a, b) => b.covered - a.covered);
  }

  function eraseLines(ink, edge, window) {
    const { width, height } = ink.smooth;
    const isWhole = widthOf(window) === width && heightOf(window) === height;
    const inked = above(ink.smooth.values, edge);
    const lines = linesOf(inked, width, window, isWhole);
    if (lines.length === 0) return false;
    const count = () => inked.reduce((sum, is) => sum + is, 0);
    const all = count();
    const erased = [];
    const least = [Infinity, Infinity];
    const most = [-Infinity, -Infinity];
    for (const { isLevel, middle, start, places, thick } of lines) {
      // Better lines may have taken the ink.
      if (coveredOf(inked, start, places, isWhole) === 0) continue;
      const way = isLevel ? 1 : 0;
      least[way] = min(least[way], middle);
      most[way] = max(most[way], middle);
      const step = isLevel ? width : 1;
      for (const along of places) {
        const place = start + along;
        if (inked[place] === 0) continue;
        const low = isLevel ? 0 : place - (place % width);
        const high = isLevel ? inked.length : low + width;
        let [first, end] = [place, place + step];
        while (first - step >= low && inked[first - step] === 1) first -= step;
        while (end < high && inked[end] === 1) end += step;
        if (2 * (end - first) > step * (3 * thick + 2)) continue;
        for (let other = first; other < end; other += step) {
          inked[other] = 0;
          erased.push(other);
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

  function field(ink, strokes, digit) {
    const its = oneOf(digit.numbers, strokes.numbers);
    const isIts = (place) => its[strokes.numbers[place]] === 1;
    let sum = 0;
    let count = 0;
    for (let place = 0; place < ink.sharp.values.length; place++) {
      const level = ink.sharp.values[place];
      if (level > strokes.inked && isIts(place)) {
        sum += level;
        count += 1;
      }
    }
    const full = sum / count - strokes.edge;
    const cropped = crop(ink.sharp, digit.bounds, (place, level) =>
      isIts(place) ? min(max((level - strokes.edge) / full, 0), 1) : 0,
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
