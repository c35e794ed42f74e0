// The learning curves: the choices, the drawing, and exact values under the pointer.
Dom.guarded(Dom.byId("curves-plot"), () => {
  const plot = Dom.byId("curves-plot");
  const controls = Dom.byId("curves-controls");
  // A screen does not show more.
  const [MOST_LINES, MOST_COLUMNS] = [200, 40];
  const SELECTS = ["y", "set", "scale", "as"];
  let [view, lines, x, epoch] = [{}, [], null, null];
  const isNarrow = () => plot.clientWidth < 500;

  const number = (experiment) => CurvesData.ids.indexOf(experiment.id) % 6;
  const kind = (experiment) => `c${number(experiment)}`;
  const shown = (value) => (view.y === "loss" ? value.toPrecision(6) : Dom.percent(value, 3));
  const name = (line) => line.experiment.id + (view.set === "both" && line.set === "train" ? ", training" : "");

  const readView = () => {
    view = {
      experiments: View.choices("e", CurvesData.ids, CurvesData.own),
      seeds: View.choices("s", CurvesData.seeds),
    };
    for (const key of SELECTS) {
      const select = controls.elements[key];
      view[key] = View.choice(
        key,
        Array.from(select.options, (option) => option.value),
      );
      select.value = view[key];
    }
    const checked = { experiments: new Set(view.experiments), seeds: new Set(view.seeds) };
    for (const box of controls.querySelectorAll("input")) {
      box.checked = checked[box.name].has(box.value);
    }
    lines = CurvesData.lines(view);
  };

  /** At most MOST_LINES of the runs, evenly chosen. */
  const some = (runs) => {
    const step = Math.max(1, runs.length / MOST_LINES);
    return Array.from({ length: Math.min(runs.length, MOST_LINES) }, (_, at) => runs[Math.floor(at * step)]);
  };

  /** The part of a run after the last epoch that all runs have. */
  const tail = (run, length) => run.numbers.map((value, at) => (at < length - 1 ? null : value));

  const drawLine = (line, y) => {
    const classes = `line ${kind(line.experiment)} ${line.set}`;
    if (view.as === "runs" || line.runs.length === 1) {
      return some(line.runs).map((run) => Plot.curve(run.numbers, x, y, `${classes} single`));
    }
    const longer = line.runs.filter((run) => run.numbers.length > line.length);
    const tails = some(longer).map((run) => Plot.curve(tail(run, line.length), x, y, `${classes} single`));
    const tenth = line.mean.map((value, at) => [at + 1, value]).filter(([at]) => at % 10 === 0 || at === line.length);
    const marks = tenth.map(([at, value]) => Plot.mark(number(line.experiment), x(at), y(value)));
    const band = Plot.band(line, x, y, kind(line.experiment));
    return [band, ...tails, Plot.curve(line.mean, x, y, classes), ...marks];
  };

  /** The end of the longest run of a line. */
  const endOf = ({ runs }) =>
    runs.reduce((longest, run) => (run.numbers.length > longest.length ? run.numbers : longest), []);

  /** A line's name and, if there is room, its last value. */
  const nameOf = (line, last) => {
    const words = view.y === "loss" ? Number(last.toPrecision(4)) : Dom.percent(last);
    return isNarrow() ? name(line) : `${name(line)} ${words}`;
  };

  /** Names beside the ends of lines, moved apart where they would cover each other. */
  const names = (y, box) => {
    const ends = lines.map((line) => ({ line, last: endOf(line) }));
    const placed = ends.map(({ line, last }) => {
      const value = last[last.length - 1];
      return { line, value, from: x(last.length), level: y(value) };
    });
    const shownEnds = placed
      .filter(({ value, level }) => value !== null && Number.isFinite(level))
      .sort((a, b) => a.level - b.level);
    let limit = box.top;
    for (const end of shownEnds) {
      end.at = Math.max(end.level, limit);
      limit = end.at + 15;
    }
    limit = box.bottom;
    for (const end of shownEnds.slice().reverse()) {
      end.at = Math.min(end.at, limit);
      limit = end.at - 15;
    }
    return shownEnds.flatMap(({ line, value, from, level, at }) => [
      Dom.svg("path", {
        d: Plot.path([
          [from, level],
          [box.right, level],
          [box.right + 10, at],
        ]),
        class: `leader ${kind(line.experiment)}`,
      }),
      Plot.mark(number(line.experiment), box.right + 14, at),
      Plot.text(box.right + 23, at + 4, "start", nameOf(line, value), `line-name ${kind(line.experiment)}`),
    ]);
  };

  const draw = Dom.guarded(plot, () => {
    const width = Math.max(plot.clientWidth, 300);
    const height = Math.min(440, Math.max(300, width * 0.55));
    const box = { left: 48, right: width - (isNarrow() ? 104 : 160), top: 30, bottom: height - 44 };
    plot.replaceChildren();
    const all = lines.flatMap((line) => line.runs.flatMap((run) => run.numbers)).filter((value) => value !== null);
    const numbers = view.scale === "log" ? all.filter((value) => value > 0) : all;
    if (numbers.length === 0) {
      plot.append(Dom.html("p", { class: "hint" }, "Choose an experiment and a seed."));
      Dom.byId("curves-values").replaceChildren();
      return;
    }
    const [low, high] = Plot.range(numbers);
    const [, longest] = Plot.range(lines.map((line) => endOf(line).length));
    x = Object.assign(Plot.scale(1, Math.max(longest, 2), box.left, box.right, false), { isWhole: true });
    const y = Plot.scale(low, high, box.bottom, box.top, view.scale === "log");
    const yName = CurvesData.isError(view) ? "error, 1 − accuracy" : view.y === "loss" ? "loss, nats" : "accuracy";
    const format = {
      x: String,
      y: (value) => (view.y === "loss" ? String(value) : `${Number((100 * value).toPrecision(4))} %`),
    };
    const parts = Plot.axes(x, y, box, { x: "epoch", y: yName }, format);
    parts.push(...lines.flatMap((line) => drawLine(line, y)), ...names(y, box));
    const [, most] = Plot.range(lines.map((line) => line.runs.length));
    if (view.as === "runs" && most > MOST_LINES) {
      parts.push(Plot.text(box.right, box.top - 12, "end", `${MOST_LINES} runs of each experiment`, "name"));
    }
    parts.push(Dom.svg("line", { id: "curves-cursor", y1: box.top, y2: box.bottom, class: "cursor" }));
    const size = { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" };
    plot.append(Dom.svg("svg", size, ...parts));
    point(epoch);
  });

  const cell = (value) => Dom.html("td", {}, Number.isFinite(value) ? shown(value) : "–");

  const row = (line) => {
    const at = epoch - 1;
    const runs = view.seeds.slice(0, MOST_COLUMNS).map((seed) => line.runs.find((run) => run.seed === seed));
    const numbers = runs.map((run) => cell(run === undefined ? NaN : run.numbers[at]));
    const sample = Dom.svg("svg", { viewBox: "0 -2 26 12", class: "sample", "aria-hidden": "true" });
    sample.append(
      Plot.line(0, 4, 26, 4, `line ${kind(line.experiment)} ${line.set}`),
      Plot.mark(number(line.experiment), 13, 4),
    );
    const title = `${line.experiment.title}, ${line.set === "val" ? "validation" : "training"}`;
    return Dom.html("tr", {}, Dom.html("th", { scope: "row" }, sample, ` ${title}`), cell(line.mean[at]), ...numbers);
  };

  /** Shows the numbers of an epoch, or none. */
  const point = (to) => {
    epoch = to;
    const cursor = Dom.byId("curves-cursor");
    const values = Dom.byId("curves-values");
    values.replaceChildren();
    if (cursor === null || to === null) {
      return;
    }
    epoch = Math.min(Math.max(to, 1), x.to);
    cursor.setAttribute("x1", x(epoch));
    cursor.setAttribute("x2", x(epoch));
    cursor.classList.add("on");
    const seeds = view.seeds.slice(0, MOST_COLUMNS).map((seed) => `seed ${seed}`);
    const more = view.seeds.length - seeds.length;
    const heads = ["mean", ...seeds, ...(more > 0 ? [`and ${more} seeds more`] : [])].map((head) =>
      Dom.html("th", { scope: "col" }, head),
    );
    const head = Dom.html("tr", {}, Dom.html("th", { scope: "col" }, `after epoch ${epoch}`), ...heads);
    values.append(Dom.html("table", {}, Dom.html("thead", {}, head), Dom.html("tbody", {}, ...lines.map(row))));
  };

  const pointed = (event) => {
    const svg = plot.querySelector("svg");
    if (svg === null) {
      return;
    }
    const bounds = svg.getBoundingClientRect();
    const place = ((event.clientX - bounds.left) / bounds.width) * svg.viewBox.baseVal.width;
    const share = (place - x(1)) / (x(2) - x(1));
    point(Math.round(1 + share));
  };

  const pressed = (event) => {
    const steps = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity };
    if (x !== null && event.key in steps) {
      event.preventDefault();
      point((epoch === null ? 0 : epoch) + steps[event.key]);
    }
  };

  const box = (name_, value, words) =>
    Dom.html("label", {}, Dom.html("input", { type: "checkbox", name: name_, value }), ` ${words}`);

  const chosen = () => {
    const list = (key, all, short) => {
      const boxes = Array.from(controls.querySelectorAll(`input[name=${key}]:checked`), (it) => it.value);
      View.keep("curves", short, boxes.join() === all.join() ? null : boxes.join());
    };
    list("experiments", CurvesData.own, "e");
    list("seeds", CurvesData.seeds, "s");
    for (const key of SELECTS) {
      const select = controls.elements[key];
      View.keep("curves", key, select.selectedIndex === 0 ? null : select.value);
    }
    update();
  };

  const update = () => {
    readView();
    draw();
  };

  for (const { id, title } of DATA.experiments) {
    Dom.byId("curves-experiments").append(box("experiments", id, title));
  }
  for (const seed of CurvesData.seeds) {
    Dom.byId("curves-seeds").append(box("seeds", seed, seed));
  }
  controls.addEventListener("change", chosen);
  plot.addEventListener("pointermove", pointed);
  plot.addEventListener("pointerdown", pointed);
  plot.addEventListener("keydown", pressed);
  View.follow(update);
  new ResizeObserver(draw).observe(plot);
})();
