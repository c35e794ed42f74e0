// A claim's numbers on one line: a dot for each run, the interval, the claimed range, the paper's number.
(() => {
  const [WIDTH, LEFT, RIGHT, MIDDLE, BAR, AXIS] = [320, 12, 308, 42, 74, 82];
  const isShare = (claim) => ["test-accuracy", "near-zero", "training-rises"].includes(claim.quantity);
  const isPrinted = (claim) => claim.kind === "printed";
  /** Whether the numbers are logarithms, which are shown as the original numbers. */
  const isGeometric = (claim) => ["stop-epoch", "best-epoch"].includes(claim.quantity);

  const shown = (claim) => {
    if (claim.kind === "gradients") {
      return Plot.power;
    }
    if (isShare(claim)) {
      return (x) => Number((100 * x).toFixed(2)) + (isPrinted(claim) ? " %" : "");
    }
    if (isGeometric(claim)) {
      return (x) => x.toFixed(isPrinted(claim) ? 0 : 2);
    }
    // No more digits than a number has: the paper printed some losses with two.
    return (x) => String(Number(x.toFixed(4)));
  };

  const unit = (claim) => (!isPrinted(claim) && isShare(claim) ? " points" : "");

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
    const [start, end] = [from === null ? LEFT : x(from), to === null ? RIGHT : x(to)];
    return Dom.svg("rect", { x: start, y: 20, width: Math.max(end - start, 1), height: AXIS - 20, class: kind });
  };

  /** Dots that would cover each other are in rows, the first on the middle line. */
  const dots = (claim, it, x) => {
    const r = it.dots.length > 10 ? 2.6 : 4;
    const placed = [];
    const free = (at, y) => placed.every(([left, top]) => Math.hypot(left - at, top - y) >= 2 * r - 0.4);
    return it.dots.map(([label, value]) => {
      const at = x(value);
      let row = 0;
      const level = () => MIDDLE + (row % 2 === 0 ? -1 : 1) * Math.ceil(row / 2) * 1.8 * r;
      while (row < 8 && !free(at, level())) {
        row += 1;
      }
      placed.push([at, level()]);
      const title = Dom.svg("title", {}, `${label}: ${shown(claim)(value)}${unit(claim)}`);
      return Dom.svg("circle", { cx: at, cy: level(), r, class: "dot" }, title);
    });
  };

  const papers = (claim, it, x) =>
    it.paper.flatMap((value, index) => {
      const words = it.paper.length > 1 ? "paper" : `paper ${shown(claim)(value)}`;
      const at = x(value);
      const anchor = at < 70 ? "start" : at > WIDTH - 70 ? "end" : "middle";
      const label = index === 0 ? [Plot.text(at, 12, anchor, words, "paper-name")] : [];
      return [Plot.line(at, 16, at, AXIS, "paper"), ...label];
    });

  const spoken = (claim, it) => {
    const format = shown(claim);
    const [low, high] = Plot.range(it.dots.map(([, x]) => x)).map(format);
    const mean = it.mean.map((x) => `, mean ${format(x)}`).join("");
    const paper = it.paper.map(format).join(", ");
    return `Our ${it.dots.length} numbers: ${low} to ${high}${unit(claim)}${mean}.${paper && ` The paper: ${paper}.`}`;
  };

  const draw = (claim) => {
    const it = drawn(claim);
    const [from, to] = bounds(it);
    const x = Plot.scale(from, to, LEFT, RIGHT, it.isLog);
    const parts = claimedParts(it, x);
    if (it.bar.length > 0) {
      const [low, high] = it.bar.map(x);
      parts.push(Plot.line(low, BAR, high, BAR, "interval"));
      parts.push(...[low, high, ...it.mean.map(x)].map((at) => Plot.line(at, BAR - 5, at, BAR + 5, "end")));
    }
    parts.push(Plot.line(LEFT, AXIS, RIGHT, AXIS, "axis"), ...papers(claim, it, x), ...dots(claim, it, x));
    for (const tick of Plot.ticks(x, 4)) {
      parts.push(Plot.text(x(tick), AXIS + 16, "middle", shown(claim)(tick)));
    }
    const size = { viewBox: `0 0 ${WIDTH} 102`, role: "img", "aria-label": spoken(claim, it) };
    return Dom.svg("svg", size, ...parts);
  };

  const claimedParts = (it, x) => {
    const isClaimed = it.claimed.some((end) => end !== null);
    const claimed = isClaimed ? [range(it.claimed, x, "claimed")] : [];
    return it.alike.length > 0 ? [...claimed, range(it.alike, x, "alike")] : claimed;
  };

  for (const card of document.querySelectorAll(".card")) {
    const host = card.querySelector(".strip");
    Dom.guarded(host, () => host.append(draw(DATA.claims.list[Number(card.dataset.claim)])))();
  }
})();
