// A claim's numbers on one line: a dot for each run, the interval, the claimed range, the paper's number.
const Strips = (() => {
  const [EDGE, TOP, MIDDLE, BAR, AXIS, HEIGHT] = [6, 12, 25, 40, 46, 60];
  // Below this width, labels are short.
  const NARROW = 150;
  // The usual width of a letter.
  const LETTER = 6.2;
  const isShare = (claim) => ["test-accuracy", "near-zero", "training-rises"].includes(claim.quantity);
  const isPrinted = (claim) => claim.kind === "printed";
  /** Whether the numbers are logarithms, which are shown as the original numbers. */
  const isGeometric = (claim) => ["stop-epoch", "best-epoch"].includes(claim.quantity);

  const shown = (claim) => {
    if (claim.kind === "gradients") {
      return Plot.power;
    }
    if (isShare(claim)) {
      return (x) => String(Number((100 * x).toFixed(2)));
    }
    if (isGeometric(claim)) {
      return (x) => (isPrinted(claim) ? x.toFixed(0) : String(Number(x.toPrecision(3))));
    }
    // No more digits than a number has: the paper printed some losses with two.
    return (x) => String(Number(x.toFixed(4)));
  };

  const unit = (claim) => (!isShare(claim) ? "" : isPrinted(claim) ? " %" : " points");

  /** A claim as it is drawn: all numbers on the axis's scale. */
  const drawn = (claim) => {
    const back = (x) => (x === null ? null : isGeometric(claim) ? Math.exp(x) : x);
    const ranges = {
      printed: () => ({ bar: claim.prediction, claimed: [null, null], alike: null }),
      statement: () => ({ bar: claim.interval, claimed: claim.range, alike: claim.alike }),
      gradients: () => ({ bar: null, claimed: [null, claim.limit], alike: null }),
    }[claim.kind]();
    const printed = claim.kind === "gradients" ? claim.paper : claim.printed === null ? [] : [claim.printed];
    return {
      isLog: isGeometric(claim) || claim.kind === "gradients",
      dots: claim.numbers.map(([label, x]) => [label, back(x)]),
      mean: claim.mean === null ? [] : [back(claim.mean)],
      bar: ranges.bar === null ? [] : ranges.bar.map(back),
      claimed: ranges.claimed.map(back),
      alike: ranges.alike === null ? [] : ranges.alike.map(back),
      paper: printed.map(back),
      neutral: claim.kind === "statement" ? [back(0)] : [],
    };
  };

  const bounds = (it) => {
    const numbers = [...it.dots.map(([, x]) => x), ...it.bar, ...it.alike, ...it.paper, ...it.neutral];
    const [low, high] = Plot.range([...numbers, ...it.claimed.filter((end) => end !== null)]);
    if (it.isLog) {
      const room = (high / low) ** 0.06 || 1.1;
      return [low / room, high * room];
    }
    const room = 0.06 * (high - low) || 0.001;
    return [low - room, high + room];
  };

  const range = ([from, to], x, kind) => {
    const [start, end] = [from === null ? x(x.from) : x(from), to === null ? x(x.to) : x(to)];
    const size = { x: start, y: TOP + 3, width: Math.max(end - start, 1), height: AXIS - TOP - 3 };
    return Dom.svg("rect", { ...size, class: kind });
  };

  /** Dots that would cover each other are in rows, the first on the middle line. */
  const dots = (claim, it, x) => {
    const r = it.dots.length > 10 ? 2.2 : 3.2;
    const placed = [];
    const free = (at, y) => placed.every(([left, top]) => Math.hypot(left - at, top - y) >= 2 * r - 0.4);
    return it.dots.map(([label, value]) => {
      const at = x(value);
      let row = 0;
      const level = () => MIDDLE + (row % 2 === 0 ? -1 : 1) * Math.ceil(row / 2) * 1.8 * r;
      while (row < 6 && !free(at, level())) {
        row += 1;
      }
      placed.push([at, level()]);
      const title = Dom.svg("title", {}, `${label}: ${shown(claim)(value)}${unit(claim)}`);
      return Dom.svg("circle", { cx: at, cy: level(), r, class: "dot" }, title);
    });
  };

  /** The left end of words around a place, all of which is in the drawing. */
  const leftOf = (words, at, width) => Math.max(0, Math.min(at - half(words), width - 2 * half(words)));
  const half = (words) => (LETTER * words.length) / 2;

  const papers = (claim, it, x, width) =>
    it.paper.flatMap((value, index) => {
      const number = `${shown(claim)(value)}${unit(claim)}`;
      const words = it.paper.length > 1 ? "paper" : width < NARROW ? number : `paper ${number}`;
      const at = x(value);
      const label = index === 0 ? [Plot.text(leftOf(words, at, width), TOP - 3, "start", words, "paper-name")] : [];
      return [Plot.line(at, TOP, at, AXIS, "paper"), ...label];
    });

  /** Labels of the axis that leave room for each other. */
  const ticks = (claim, x, width) => {
    let free = 0;
    return Plot.ticks(x, width < 2 * NARROW ? 3 : 4).flatMap((tick) => {
      const words = shown(claim)(tick);
      const left = leftOf(words, x(tick), width);
      if (left < free) {
        return [];
      }
      free = left + LETTER * (words.length + 1);
      return [Plot.line(x(tick), AXIS, x(tick), AXIS + 3, "axis"), Plot.text(left, AXIS + 14, "start", words)];
    });
  };

  const spoken = (claim, it) => {
    const format = shown(claim);
    const [low, high] = Plot.range(it.dots.map(([, x]) => x)).map(format);
    const mean = it.mean.map((x) => `, mean ${format(x)}`).join("");
    const paper = it.paper.map(format).join(", ");
    return `Our ${it.dots.length} numbers: ${low} to ${high}${unit(claim)}${mean}.${paper && ` The paper: ${paper}.`}`;
  };

  const draw = (claim, width) => {
    const it = drawn(claim);
    const [from, to] = bounds(it);
    const isWhole = isGeometric(claim) && isPrinted(claim);
    const x = Object.assign(Plot.scale(from, to, EDGE, width - EDGE, it.isLog), { isWhole });
    const parts = claimedParts(it, x);
    if (it.bar.length > 0) {
      const [low, high] = it.bar.map(x);
      parts.push(Plot.line(low, BAR, high, BAR, "interval"));
      parts.push(...[low, high, ...it.mean.map(x)].map((at) => Plot.line(at, BAR - 4, at, BAR + 4, "end")));
    }
    parts.push(
      Plot.line(EDGE, AXIS, width - EDGE, AXIS, "axis"),
      ...papers(claim, it, x, width),
      ...dots(claim, it, x),
    );
    parts.push(...ticks(claim, x, width));
    const size = { viewBox: `0 0 ${width} ${HEIGHT}`, role: "img", "aria-label": spoken(claim, it) };
    return Dom.svg("svg", size, ...parts);
  };

  const claimedParts = (it, x) => {
    const isClaimed = it.claimed.some((end) => end !== null);
    const claimed = isClaimed ? [range(it.claimed, x, "claimed")] : [];
    return it.alike.length > 0 ? [...claimed, range(it.alike, x, "alike")] : claimed;
  };

  for (const place of document.querySelectorAll(".drawn")) {
    const host = place.querySelector(".strip");
    const claim = DATA.claims.list[Number(place.dataset.claim)];
    const show = Dom.guarded(host, () => host.replaceChildren(draw(claim, Math.max(host.clientWidth, 90))));
    new ResizeObserver(show).observe(host);
    show();
  }

  return { isShare, isGeometric };
})();
