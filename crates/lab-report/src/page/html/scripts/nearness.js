// The distance of each combination from both lines of the paper.
Dom.guarded(Dom.byId("nearness-plot"), () => {
  const plot = Dom.byId("nearness-plot");
  if (plot === null) {
    return;
  }
  const { experiments, near } = DATA.combinations;
  const { lines, literal, distance } = Combinations;
  const points = Combinations.all.filter((index) => lines.every((line) => line[index] !== null));
  const { nearest } = DATA.combinations;

  const draw = Dom.guarded(plot, () => {
    const width = Math.max(plot.clientWidth, 300);
    const height = Math.min(480, Math.max(320, width * 0.6));
    const box = { left: 48, right: width - 12, top: 30, bottom: height - 44 };
    const axis = (line, start, end) => {
      const [low, high] = Plot.range([...points.map((index) => line[index]), near / 2]);
      return Plot.scale(low / 1.15, high * 1.1, start, end, true);
    };
    const x = axis(lines[0], box.left, box.right);
    const y = axis(lines[1], box.bottom, box.top);
    const names = { x: `${experiments[0].id}: prediction errors`, y: `${experiments[1].id}: prediction errors` };
    const square = { x: box.left, y: y(near), width: x(near) - box.left, height: box.bottom - y(near), class: "near" };
    const dots = points.map((index) => `M${x(lines[0][index]).toFixed(1)} ${y(lines[1][index]).toFixed(1)}h0`).join("");
    const named = (index, words, kind) => {
      const [left, top] = [x(lines[0][index]), y(lines[1][index])];
      const isLeft = left > width - 140;
      return [
        Plot.mark(kind, left, top),
        Plot.text(left + (isLeft ? -9 : 9), top + 4, isLeft ? "end" : "start", words, "named"),
      ];
    };
    const parts = [
      Dom.svg("rect", square),
      ...Plot.axes(x, y, box, names, { x: String, y: String }),
      Plot.text(box.left + 6, box.bottom - 8, "start", `every number within ${near}`, "name"),
      Dom.svg("path", { d: dots, class: "dots" }),
      ...named(literal, "literal reading", 1),
      ...named(nearest, "highest joint p", 4),
    ];
    const size = {
      viewBox: `0 0 ${width} ${height}`,
      role: "img",
      "aria-label": `Distances of ${points.length} combinations from both lines; that with the highest joint p-values is ${distance[nearest].toFixed(1)} prediction errors away`,
    };
    plot.replaceChildren(Dom.svg("svg", size, ...parts));
  });

  new ResizeObserver(draw).observe(plot);
})();
