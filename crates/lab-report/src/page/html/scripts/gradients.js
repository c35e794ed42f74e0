// The gradient check's differences against ε, both logarithmic, with the law that they should follow.
Dom.guarded(Dom.byId("gradients-plot"), () => {
  const plot = Dom.byId("gradients-plot");
  if (plot === null || DATA.epsilons.length === 0) {
    return;
  }
  const names = [...new Set(DATA.epsilons.map(([name]) => name))];
  const series = names.map((name) => DATA.epsilons.filter(([of, , difference]) => of === name && difference > 0));

  /** A line with the slope of ε², slightly above the largest difference at an ε where the law should hold. */
  const law = (x, y) => {
    const there = DATA.epsilons.filter(([, epsilon]) => epsilon === 0.001);
    const through = 4 * Plot.range(there.map(([, , difference]) => difference))[1];
    if (!(through > 0)) {
      return [];
    }
    const reaches = (difference) => 0.001 * Math.sqrt(difference / through);
    const ends = [Math.max(x.from, reaches(y.from)), Math.min(x.to, reaches(y.to))];
    const points = ends.map((epsilon) => [x(epsilon), y(through * (epsilon / 0.001) ** 2)]);
    return [
      Dom.svg("path", { d: Plot.path(points), class: "law" }),
      Plot.text(x(0.001) - 12, y(through) - 6, "end", "as ε²", "name"),
    ];
  };

  const legend = (box, width) =>
    names.flatMap((name, index) => {
      const columns = width < 500 ? 2 : 3;
      const left = box.left + (index % columns) * ((box.right - box.left) / columns);
      const top = box.bottom + 58 + 20 * Math.floor(index / columns);
      return [Plot.mark(index, left + 6, top - 4), Plot.text(left + 18, top, "start", name)];
    });

  const draw = Dom.guarded(plot, () => {
    const width = Math.max(plot.clientWidth, 300);
    const height = Math.min(460, Math.max(380, 0.55 * width));
    const box = { left: 52, right: width - 12, top: 30, bottom: height - 110 };
    const x = Plot.scale(...Plot.range(DATA.epsilons.map(([, epsilon]) => epsilon)), box.left + 8, box.right - 8, true);
    const y = Plot.scale(
      ...Plot.range(series.flat().map(([, , difference]) => difference)),
      box.bottom - 6,
      box.top,
      true,
    );
    const parts = Plot.axes(x, y, box, { x: "ε", y: "absolute difference" }, { x: Plot.power, y: Plot.power });
    parts.push(...law(x, y));
    series.forEach((points, index) => {
      const places = points.map(([, epsilon, difference]) => [x(epsilon), y(difference)]);
      parts.push(Dom.svg("path", { d: Plot.path(places), class: `line thin c${index}` }));
      points.forEach(([name, epsilon, difference], at) => {
        const dot = Plot.mark(index, ...places[at]);
        dot.append(Dom.svg("title", {}, `${name}, ε = ${Plot.power(epsilon)}: ${difference.toExponential(2)}`));
        parts.push(dot);
      });
    });
    const size = {
      viewBox: `0 0 ${width} ${height}`,
      role: "img",
      "aria-label": "Difference of six weights against ε",
    };
    plot.replaceChildren(Dom.svg("svg", size, ...parts, ...legend(box, width)));
  });

  new ResizeObserver(draw).observe(plot);
})();
