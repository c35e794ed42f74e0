// Axes: maps from numbers to places in a drawing, and tick labels.
const Plot = (() => {
  /** A map from [from, to] to [start, end]; both numbers are above 0 if it is logarithmic. */
  const scale = (from, to, start, end, isLog) => {
    const f = isLog ? Math.log : (x) => x;
    const span = f(to) - f(from) || 1;
    const place = (x) => start + ((f(x) - f(from)) / span) * (end - start);
    return Object.assign(place, { from, to, isLog });
  };

  /** Round numbers in a scale's range, about `count` of them; integers if the scale is of whole numbers. */
  const ticks = (of, count) => {
    const isDrawn = Number.isFinite(of.from) && Number.isFinite(of.to) && (of.from > 0 || !of.isLog);
    return !isDrawn ? [] : of.isLog ? logTicks(of, count) : linearTicks(of, count);
  };

  /** Integers; of two that are next to each other as doubles, all are the first. */
  const integers = (first, last) => Array.from({ length: Math.max(last - first + 1, 0) }, (_, at) => first + at);

  const linearTicks = ({ from, to, isWhole }, count) => {
    const least = isWhole ? 1 : 0;
    const rough = Math.max((to - from || Math.abs(to) || 1) / count, least);
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((x) => x * power).find((x) => x >= rough);
    const places = integers(Math.ceil(from / step - 1e-9), Math.floor(to / step + 1e-9));
    return places.map((k) => Number((k * step).toPrecision(12)));
  };

  const logTicks = ({ from, to, isWhole }, count) => {
    const decades = Math.log10(to / from);
    const digits = decades > count ? [1] : decades > 2 ? [1, 3] : decades > 0.7 ? [1, 2, 5] : [1, 2, 3, 5, 7];
    const skip = Math.max(1, Math.ceil(decades / count));
    const found = [];
    for (const power of integers(Math.floor(Math.log10(from)), Math.ceil(Math.log10(to)))) {
      for (const digit of power % skip === 0 ? digits : []) {
        found.push(Number(`${digit}e${power}`));
      }
    }
    const inside = found.filter((x) => x >= from * 0.9999 && x <= to * 1.0001);
    return inside.length > 1 ? inside : linearTicks({ from, to, isWhole }, count);
  };

  const line = (x1, y1, x2, y2, kind) => Dom.svg("line", { x1, y1, x2, y2, class: kind });

  const text = (x, y, anchor, words, kind = "tick") =>
    Dom.svg("text", { x, y, "text-anchor": anchor, class: kind }, words);

  /** Both axes with a grid of horizontal lines. */
  const axes = (x, y, box, names, shown) => {
    const parts = [];
    for (const tick of ticks(y, 5)) {
      parts.push(line(box.left, y(tick), box.right, y(tick), "grid"));
      parts.push(text(box.left - 6, y(tick) + 4, "end", shown.y(tick)));
    }
    for (const tick of ticks(x, box.right - box.left > 480 ? 8 : 4)) {
      parts.push(line(x(tick), box.bottom, x(tick), box.bottom + 4, "axis"));
      parts.push(text(x(tick), box.bottom + 18, "middle", shown.x(tick)));
    }
    parts.push(line(box.left, box.bottom, box.right, box.bottom, "axis"));
    parts.push(text((box.left + box.right) / 2, box.bottom + 36, "middle", names.x, "name"));
    parts.push(text(box.left - 44, box.top - 12, "start", names.y, "name"));
    return parts;
  };

  /** The attribute `d` of a line through points; a gap where one is missing. */
  const path = (points) => {
    let isFirst = true;
    return points
      .map(([x, y]) => {
        if (!Number.isFinite(y)) {
          isFirst = true;
          return "";
        }
        const place = `${x.toFixed(1)} ${y.toFixed(1)}`;
        // A line of length 0, which has round ends: a single point is a dot.
        const move = isFirst ? `M${place}L` : "L";
        isFirst = false;
        return move + place;
      })
      .join("");
  };

  /** A line through the numbers of epochs; a gap for `null`, and for what the scale cannot show. */
  const curve = (numbers, x, y, kind) =>
    Dom.svg("path", { d: path(numbers.map((value, at) => [x(at + 1), value === null ? NaN : y(value)])), class: kind });

  /** The area between two lines. */
  const band = ({ low, high }, x, y, kind) => {
    const [there, back] = [high, low].map((numbers) => numbers.map((value, at) => [x(at + 1), y(value)]));
    return Dom.svg("path", { d: `${path([...there, ...back.reverse()])}Z`, class: `band ${kind}` });
  };

  /** A shape for each of six kinds, so that kinds differ not only in colour. */
  const mark = (kind, x, y) => {
    const r = 4;
    const shapes = [
      `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`,
      `M${x - r} ${y - r}h${2 * r}v${2 * r}h${-2 * r}Z`,
      `M${x} ${y - r}l${r} ${2 * r}h${-2 * r}Z`,
      `M${x} ${y + r}l${r} ${-2 * r}h${-2 * r}Z`,
      `M${x} ${y - r - 1}l${r + 1} ${r + 1}l${-r - 1} ${r + 1}l${-r - 1} ${-r - 1}Z`,
      `M${x - r} ${y - r}l${2 * r} ${2 * r}M${x - r} ${y + r}l${2 * r} ${-2 * r}`,
    ];
    return Dom.svg("path", { d: shapes[kind % 6], class: `mark c${kind % 6}` });
  };

  /** A power of ten as `2·10⁻⁵`. */
  const power = (x) => {
    const [digit, exponent] = x.toExponential(0).split("e");
    const raised = exponent
      .replace("+", "")
      .replace(/[-0-9]/g, (letter) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(letter)]);
    return `${digit === "1" ? "" : `${digit}·`}10${raised}`;
  };

  /** The least and the greatest of those that are numbers. */
  const range = (numbers) => {
    let [low, high] = [Infinity, -Infinity];
    for (const x of numbers) {
      if (Number.isFinite(x)) {
        low = Math.min(low, x);
        high = Math.max(high, x);
      }
    }
    return [low, high];
  };

  return { scale, ticks, line, text, axes, path, curve, band, mark, power, range };
})();
