// A verdict's numbers on one line: a dot for each run, the interval that decides, the claimed range, the paper's value.
(() => {
  const [WIDTH, LEFT, RIGHT, MIDDLE] = [320, 12, 308, 34];

  const shown = (strip) => {
    const isShare = ["test-accuracy", "near-zero"].includes(strip.quantity);
    if (strip.rule === "gradients") {
      return Plot.power;
    }
    if (isShare) {
      return strip.rule === "printed" ? (x) => Dom.percent(x) : (x) => (100 * x).toFixed(2);
    }
    if (strip.geometric) {
      return (x) => x.toFixed(strip.rule === "printed" ? 0 : 2);
    }
    // No more digits than a number has: the paper printed some losses with two.
    return (x) => String(Number(x.toFixed(4)));
  };

  const unit = (strip) => {
    if (strip.rule === "comparison" && ["test-accuracy", "near-zero"].includes(strip.quantity)) {
      return " points";
    }
    return "";
  };

  /** What has to be in view: all numbers, and both sides of no difference for a comparison. */
  const bounds = (strip) => {
    const neutral = strip.rule === "comparison" ? [strip.geometric ? 1 : 0] : [];
    const numbers = [...strip.dots.map((dot) => dot.value), ...(strip.interval || []), ...strip.paper];
    const ends = strip.claimed.filter((end) => end !== null);
    const [low, high] = Plot.range([...numbers, ...ends, ...neutral]);
    if (strip.geometric) {
      const room = (high / low) ** 0.06 || 1.1;
      return [low / room, high * room];
    }
    const room = 0.06 * (high - low) || 0.001;
    return [low - room, high + room];
  };

  const claimedRange = (strip, x) => {
    const [from, to] = strip.claimed;
    if (from === null && to === null) {
      return [];
    }
    const start = from === null ? LEFT : x(from);
    const end = to === null ? RIGHT : x(to);
    return [
      Dom.svg("rect", { x: start, y: MIDDLE - 16, width: Math.max(end - start, 1), height: 32, class: "claimed" }),
      Plot.text((start + end) / 2, MIDDLE + 30, "middle", "claimed"),
    ];
  };

  /** Dots that would cover each other stand in two or more rows. */
  const dots = (strip, x) => {
    const placed = [];
    return strip.dots.map(({ label, value }) => {
      const taken = placed.filter((other) => Math.abs(other - x(value)) < 7).length;
      placed.push(x(value));
      const height = MIDDLE + (taken % 2 === 0 ? -1 : 1) * Math.ceil(taken / 2) * 6;
      const title = Dom.svg("title", {}, `${label}: ${shown(strip)(value)}${unit(strip)}`);
      return Dom.svg("circle", { cx: x(value), cy: height, r: 4, class: "dot" }, title);
    });
  };

  const papers = (strip, x) =>
    strip.paper.flatMap((value, index) => {
      const words = strip.paper.length > 1 ? "paper" : `paper ${shown(strip)(value)}`;
      const at = x(value);
      const anchor = at < 70 ? "start" : at > WIDTH - 70 ? "end" : "middle";
      const label = index === 0 ? [Plot.text(at, 11, anchor, words, "paper-name")] : [];
      return [Plot.line(at, 15, at, MIDDLE + 16, "paper"), ...label];
    });

  const spoken = (strip) => {
    const numbers = strip.dots.map((dot) => `${dot.label}: ${shown(strip)(dot.value)}`).join("; ");
    const paper = strip.paper.map(shown(strip)).join(", ");
    return `Our runs: ${numbers}.${paper ? ` The paper: ${paper}.` : ""}`;
  };

  const draw = (strip) => {
    const [from, to] = bounds(strip);
    const x = Plot.scale(from, to, LEFT, RIGHT, strip.geometric);
    const parts = [...claimedRange(strip, x), Plot.line(LEFT, MIDDLE, RIGHT, MIDDLE, "axis")];
    if (strip.interval) {
      const [low, high] = strip.interval.map(x);
      parts.push(Plot.line(low, MIDDLE, high, MIDDLE, "interval"));
      parts.push(
        Plot.line(low, MIDDLE - 6, low, MIDDLE + 6, "end"),
        Plot.line(high, MIDDLE - 6, high, MIDDLE + 6, "end"),
      );
    }
    parts.push(...papers(strip, x), ...dots(strip, x));
    for (const tick of Plot.ticks(x, 4)) {
      parts.push(Plot.text(x(tick), MIDDLE + 46, "middle", shown(strip)(tick)));
    }
    const size = { viewBox: `0 0 ${WIDTH} 84`, role: "img", "aria-label": spoken(strip) };
    return Dom.svg("svg", size, ...parts);
  };

  for (const host of document.querySelectorAll("[data-strip]")) {
    host.append(draw(DATA.strips[Number(host.dataset.strip)]));
  }
})();
