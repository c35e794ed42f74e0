// The specification curve: combinations sorted by an outcome, their choices below, and the selected combination.
Dom.guarded(Dom.byId("specification-plot"), () => {
  const { choices, experiments, near } = DATA.combinations;
  const { all, options, shown, column, described, seeds, distance } = Combinations;
  const controls = Dom.byId("specification-controls");
  const plot = Dom.byId("specification-plot");
  const boxes = Array.from(controls.querySelectorAll("input[type=checkbox]"));
  const panels = Array.from(plot.querySelectorAll(".drawing"));
  const rows = Array.from(controls.querySelectorAll(".option .drawing"));
  const cursor = Dom.html("div", { class: "column-cursor" });
  const { show, sort } = controls.elements;
  const HEIGHT = 150;
  let [order, rank, width] = [[], 0, 0];

  const outcome = () => {
    const [experiment, quantity] = sort.value.split(/-(.*)/);
    return sort.value === "distance" ? distance : column(Number(experiment), quantity);
  };

  const readView = () => {
    choices.forEach((choice, at) => {
      const shownOptions = View.choices(
        `c${at}`,
        Array.from(choice.values, (_, option) => option),
      ).map(String);
      for (const box of boxes.filter((it) => Number(it.name) === at)) {
        box.checked = shownOptions.includes(box.value);
      }
    });
    update();
  };

  const chosen = (event) => {
    if (event.target.type === "checkbox") {
      const { name } = event.target;
      const checked = boxes.filter((box) => box.name === name && box.checked).map((box) => box.value);
      const isAll = checked.length === choices[Number(name)].values.length;
      View.keep("specification", `c${name}`, isAll ? null : checked.join(","));
      update();
    }
  };

  const update = () => {
    const allowed = choices.map(() => new Set());
    for (const box of boxes.filter((it) => it.checked)) {
      allowed[Number(box.name)].add(Number(box.value));
    }
    const numbers = outcome();
    const isAllowed = (index) => allowed.every((of, choice) => of.has(options[choice][index]));
    const key = (index) => (numbers[index] === null ? Infinity : numbers[index]);
    order = all.filter(isAllowed).sort((a, b) => key(a) - key(b) || a - b);
    Dom.byId("specification-count").textContent = `${order.length} of ${all.length} combinations`;
    plot.setAttribute("aria-valuemax", Math.max(order.length, 1));
    draw();
  };

  const draw = () => {
    width = Math.max(panels[0].clientWidth, 100);
    panels.forEach((host, experiment) => {
      Dom.guarded(host, () => host.replaceChildren(panel(experiment)))();
    });
    for (const host of rows) {
      host.replaceChildren(marks(options[Number(host.dataset.choice)], Number(host.dataset.option)));
    }
    point(rank);
  };

  const place = (at) => ((at + 0.5) / order.length) * width;

  /** The outcome of an experiment in every column, with the paper's line and the band near it. */
  const panel = (experiment) => {
    const size = { viewBox: `0 0 ${width} ${HEIGHT}`, class: "columns", "aria-hidden": "true" };
    const numbers = column(experiment, show.value);
    if (numbers === undefined) {
      return Dom.svg(
        "svg",
        size,
        Plot.text(width / 2, HEIGHT / 2, "middle", "The paper printed no such number.", "name"),
      );
    }
    const quantity = experiments[experiment].numbers.find((number) => number.quantity === show.value);
    // Near 100 %, only the logarithm of the error shows differences.
    const isShare = show.value === "test-accuracy";
    const f = isShare ? (x) => 1 - x : (x) => x;
    const band = quantity === undefined ? [] : quantity.near;
    const inView = [...numbers.filter((x) => x !== null), ...band].map(f);
    const [low, high] = Plot.range(inView.length > 0 ? inView : [1, 2]);
    const y = Plot.scale(low / 1.1, high * 1.1, isShare ? 8 : HEIGHT - 8, isShare ? HEIGHT - 8 : 8, true);
    const parts = Plot.ticks(y, 4).flatMap((tick) => [
      Plot.line(0, y(tick), width, y(tick), "grid"),
      Plot.text(-6, y(tick) + 4, "end", isShare ? `${Number((100 * (1 - tick)).toFixed(1))} %` : String(tick)),
    ]);
    const stripe = (from, to, kind) =>
      Dom.svg("rect", { x: 0, y: Math.min(from, to), width, height: Math.max(Math.abs(to - from), 1), class: kind });
    if (quantity !== undefined) {
      parts.unshift(stripe(y(f(quantity.near[0])), y(f(quantity.near[1])), "near"));
      parts.push(Plot.line(0, y(f(quantity.printed)), width, y(f(quantity.printed)), "printed"));
    } else {
      parts.unshift(stripe(y(Math.min(near, high)), HEIGHT, "near"));
    }
    const there = order.map((index, at) => [place(at), numbers[index]]).filter(([, x]) => x !== null);
    const dots = there.map(([left, x]) => `M${left.toFixed(1)} ${y(f(x)).toFixed(1)}h0`).join("");
    return Dom.svg("svg", size, ...parts, Dom.svg("path", { d: dots, class: "dots" }));
  };

  /** Columns of an option: a pixel with several combinations is darker if more of them have this option. */
  const marks = (of, option) => {
    const columns = Math.min(order.length, Math.floor(width));
    const shares = Array.from({ length: columns }, (_, at) => {
      const [from, to] = [at, at + 1].map((end) => Math.floor((end * order.length) / columns));
      return order.slice(from, to).filter((index) => of[index] === option).length / (to - from);
    });
    const levels = ["", "", "", ""];
    const step = width / columns;
    for (let at = 0; at < columns; at += 1) {
      const level = Math.ceil(4 * shares[at]);
      const from = at;
      while (at + 1 < columns && Math.ceil(4 * shares[at + 1]) === level) {
        at += 1;
      }
      if (level > 0) {
        levels[level - 1] +=
          `M${(from * step).toFixed(1)} 3H${((at + 1) * step).toFixed(1)}V19H${(from * step).toFixed(1)}Z`;
      }
    }
    const paths = levels.map((d, level) => Dom.svg("path", { d, class: "chosen", opacity: (level + 1) / 4 }));
    return Dom.svg("svg", { viewBox: `0 0 ${width} 22`, class: "columns", "aria-hidden": "true" }, ...paths);
  };

  /** Shows the combination of a rank from 0. */
  const point = (to) => {
    rank = Math.max(0, Math.min(to, order.length - 1));
    const index = order[rank];
    const values = Dom.byId("specification-values");
    values.replaceChildren();
    for (const host of rows) {
      const isOn = options[Number(host.dataset.choice)][index] === Number(host.dataset.option);
      host.parentElement.classList.toggle("on", isOn);
    }
    cursor.hidden = index === undefined;
    if (index === undefined) {
      plot.setAttribute("aria-valuetext", "no combination");
      return;
    }
    cursor.style.left = `${panels[0].offsetLeft + place(rank)}px`;
    const said = `Rank ${rank + 1} of ${order.length}, distance ${shown("distance", distance[index])}: ${described(index)}`;
    plot.setAttribute("aria-valuenow", rank + 1);
    plot.setAttribute("aria-valuetext", said);
    const count = seeds[index] === 1 ? "1 seed" : `mean of ${seeds[index]} seeds`;
    values.append(Dom.html("p", {}, `${said} (${count}).`), table(index));
  };

  const table = (index) => {
    const heads = ["number", "ours", "paper", "distance"].map((head) => Dom.html("th", { scope: "col" }, head));
    const body = experiments.flatMap(({ id, numbers }) =>
      numbers.map(({ quantity, says, printed, ours, distance: far }) =>
        Dom.html(
          "tr",
          {},
          Dom.html("th", { scope: "row" }, `${id}: ${says}`),
          ...[shown(quantity, ours[index]), shown(quantity, printed), shown("distance", far[index])].map((words) =>
            Dom.html("td", {}, words),
          ),
        ),
      ),
    );
    return Dom.html("table", {}, Dom.html("thead", {}, Dom.html("tr", {}, ...heads)), Dom.html("tbody", {}, ...body));
  };

  const pointed = (event) => {
    const { left, width: wide } = panels[0].getBoundingClientRect();
    const share = (event.clientX - left) / wide;
    if (share >= 0 && share <= 1) {
      point(Math.floor(share * order.length));
    }
  };

  const pressed = (event) => {
    const page = Math.max(1, Math.round(order.length / 20));
    const steps = {
      ArrowLeft: -1,
      ArrowDown: -1,
      ArrowRight: 1,
      ArrowUp: 1,
      PageDown: -page,
      PageUp: page,
      Home: -Infinity,
      End: Infinity,
    };
    if (event.key in steps) {
      event.preventDefault();
      point(rank + steps[event.key]);
    }
  };

  Dom.byId("specification-columns").append(cursor);
  controls.addEventListener("change", chosen);
  cursor.parentElement.addEventListener("pointermove", pointed);
  cursor.parentElement.addEventListener("pointerdown", pointed);
  plot.addEventListener("keydown", pressed);
  Tables.select(show, "specification", "show", draw);
  Tables.select(sort, "specification", "sort", update);
  Dom.byId("specification-all").addEventListener("click", () => {
    choices.forEach((_, at) => {
      View.keep("specification", `c${at}`, null);
    });
    readView();
  });
  new ResizeObserver(draw).observe(panels[0]);
  View.follow(readView);
})();
