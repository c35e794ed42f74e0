// Verdicts against margins: a row for each claim, with the verdicts that each factor would give.
Dom.guarded(Dom.byId("margins-tally"), () => {
  const SIGNS = {
    reproduced: "✓",
    equivalent: "≈",
    better: "▲",
    "not-reproduced": "✗",
    undecided: "○",
    contradicted: "‡",
  };
  const [WIDTH, HEIGHT, STEPS] = [240, 20, 80];
  const { list } = DATA.claims;
  const words = Object.fromEntries(DATA.claims.words);
  const slider = Dom.byId("margins-factor");
  const all = Dom.byId("margins-all");
  const body = Dom.byId("margins-table").tBodies[0];

  const factors = Array.from({ length: STEPS + 1 }, (_, at) => 2 ** (-2 + (4 * at) / STEPS));
  const names = DATA.claims.words.map(([name]) => name);
  const judged = factors.map((_, step) => list.map(({ byFactor }) => names[Number(byFactor[step])]));
  const stepOf = (logarithm) => Math.round(((logarithm + 2) / 4) * STEPS);
  const place = (logarithm) => ((logarithm + 2) / 4) * WIDTH;

  /** Stretches of one verdict: verdict, first step, last step. */
  const stretches = (claim) => {
    const found = [];
    judged.forEach((verdicts, step) => {
      const last = found[found.length - 1];
      if (last !== undefined && last[0] === verdicts[claim]) {
        last[2] = step;
      } else {
        found.push([verdicts[claim], step, step]);
      }
    });
    return found;
  };

  const bar = (found) => {
    const edge = (step) => Math.min(Math.max(((step - 0.5) / STEPS) * WIDTH, 0), WIDTH);
    const parts = found.flatMap(([verdict, first, last]) => {
      const [start, end] = [edge(first), edge(last + 1)];
      const title = Dom.svg(
        "title",
        {},
        `${words[verdict]}: factor ${factors[first].toFixed(2)} to ${factors[last].toFixed(2)}`,
      );
      const size = { x: start, y: 1, width: end - start, height: HEIGHT - 2, "data-verdict": verdict };
      const sign = end - start < 12 ? [] : [Plot.text((start + end) / 2, 14, "middle", SIGNS[verdict], "sign")];
      return [Dom.svg("rect", size, title), ...sign];
    });
    const spoken = found
      .map(([verdict, first]) => `${words[verdict]} from factor ${factors[first].toFixed(2)}`)
      .join(", ");
    const size = { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": spoken };
    const middle = Plot.line(place(0), 0, place(0), HEIGHT, "one");
    return Dom.svg("svg", size, ...parts, middle, Plot.line(0, -1, 0, HEIGHT + 1, "factor"));
  };

  const margin = (claim, factor) => {
    if (claim.margin === null) {
      return claim.kind === "line" ? "of each number" : "none";
    }
    const scaled = factor * claim.margin;
    if (claim.kind === "gradients") {
      return scaled.toExponential(1);
    }
    if (Strips.isGeometric(claim)) {
      return `factor ${Math.exp(scaled).toFixed(2)}`;
    }
    return Strips.isShare(claim) ? `${(100 * scaled).toFixed(2)} points` : scaled.toFixed(4);
  };

  const rows = list.map((claim, at) => {
    const found = stretches(at);
    const cells = { margin: Dom.html("td", { "data-name": "margin" }), verdict: Dom.html("td", { class: "verdict" }) };
    const drawing = Dom.html("td", { class: "bar" }, bar(found));
    const row = Dom.html("tr", {}, Dom.html("th", { scope: "row" }, claim.claim), cells.margin, drawing, cells.verdict);
    return { claim, row, ...cells, cursor: drawing.querySelector(".factor"), changes: found.length > 1 };
  });
  body.append(...rows.map(({ row }) => row));

  const tally = (verdicts) => {
    const counts = Object.keys(words).map((name) => [
      verdicts.filter((verdict) => verdict === name).length,
      words[name],
    ]);
    const said = counts.filter(([count]) => count > 0).map(([count, name]) => `${count} ${name}`);
    return `${verdicts.length} claims: ${said.join(", ")}`;
  };

  const show = () => {
    const logarithm = Number(slider.value);
    const factor = 2 ** logarithm;
    const verdicts = judged[stepOf(logarithm)];
    const said = logarithm === 0 ? "Factor 1, the verdict" : `What if: factor ${factor.toFixed(2)}`;
    slider.setAttribute("aria-valuetext", `factor ${factor.toFixed(2)}`);
    Dom.byId("margins-tally").textContent = `${said}. ${tally(verdicts)}.`;
    rows.forEach((it, at) => {
      it.row.hidden = !(it.changes || all.checked);
      it.row.dataset.verdict = verdicts[at];
      it.row.classList.toggle("changed", verdicts[at] !== it.claim.verdict);
      it.margin.textContent = margin(it.claim, factor);
      const was = verdicts[at] === it.claim.verdict ? "" : ` (verdict: ${words[it.claim.verdict]})`;
      it.verdict.textContent = words[verdicts[at]] + was;
      it.cursor.setAttribute("x1", place(logarithm));
      it.cursor.setAttribute("x2", place(logarithm));
    });
  };

  const follow = () => {
    const factor = View.number("factor", 0);
    slider.value = factor;
    show();
  };

  const keep = (value) => View.keep("margins", "factor", Number(value) === 0 ? null : value);
  slider.addEventListener("input", show);
  slider.addEventListener("change", () => keep(slider.value));
  all.addEventListener("change", show);
  Dom.byId("margins-reset").addEventListener("click", () => {
    slider.value = 0;
    keep(0);
    show();
  });
  View.follow(follow);
})();
