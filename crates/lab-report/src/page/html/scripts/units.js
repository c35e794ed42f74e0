// Units of a model's first layer: buttons of which one takes the focus, arrow keys move it, and the pointer chooses.
const Units = (() => {
  const MOST = 512;

  /** The number of buttons in the first row, which arrow keys up and down step over. */
  const columns = (buttons) => {
    const beyond = buttons.findIndex((button) => button.offsetTop > buttons[0].offsetTop);
    return beyond === -1 ? buttons.length : beyond;
  };

  const step = (buttons, key) => {
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns(buttons), ArrowDown: columns(buttons) };
    return steps[key];
  };

  /** Fills `host` with a button for each unit, drawn by `face`; `chosen` is called with the selected unit. */
  const grid = (host, count, face, chosen) => {
    const buttons = Array.from({ length: Math.min(count, MOST) }, (_, unit) =>
      Dom.html("button", { type: "button", tabindex: unit === 0 ? 0 : -1 }, face(unit)),
    );
    const choose = (unit) => {
      buttons.forEach((button, at) => {
        button.tabIndex = at === unit ? 0 : -1;
        button.classList.toggle("chosen", at === unit);
      });
      chosen(unit);
    };
    buttons.forEach((button, unit) => {
      button.addEventListener("pointerenter", () => choose(unit));
      button.addEventListener("focus", () => choose(unit));
      button.addEventListener("keydown", (event) => {
        const next = buttons[unit + step(buttons, event.key)];
        if (next !== undefined) {
          event.preventDefault();
          next.focus();
        }
      });
    });
    host.replaceChildren(...buttons);
    return buttons;
  };

  const weightsOf = (model, unit) => {
    const { weight, fanIn } = model.layers[0];
    return weight.subarray(unit * fanIn, (unit + 1) * fanIn);
  };

  const paint = (canvas, model, unit) => Dom.paintSigned(canvas, weightsOf(model, unit), 28, 28);

  /** The name of a unit; in a model without hidden layer, a unit is a class. */
  const name = (model, unit) =>
    model.layers.length === 1 ? `class ${Model.className(model, unit)}` : `unit ${unit + 1}`;

  const range = (model, unit) => {
    const [low, high] = Plot.range(weightsOf(model, unit));
    return `weights from ${low.toFixed(2)} to ${high.toFixed(2)}`;
  };

  /** A square whose size is a number's distance from 0: full above 0, outlined below. */
  const square = () => Dom.svg("svg", { viewBox: "0 0 20 20", "aria-hidden": "true" }, Dom.svg("rect"));

  const setSquare = (button, share) => {
    const side = 16 * Math.sqrt(Math.min(Math.abs(share), 1));
    const rect = button.querySelector("rect");
    for (const [key, value] of Object.entries({ x: 10 - side / 2, y: 10 - side / 2, width: side, height: side })) {
      rect.setAttribute(key, value.toFixed(2));
    }
    rect.setAttribute("class", share < 0 ? "minus" : "plus");
  };

  /** The sheet of all units' weights, and the weights of one unit. */
  const sheet = (model) => {
    const face = (unit) => {
      const canvas = Dom.html("canvas", { class: "pixels", "aria-hidden": "true" });
      paint(canvas, model, unit);
      return canvas;
    };
    const chosen = (unit) => {
      paint(Dom.byId("weights-unit"), model, unit);
      Dom.byId("weights-text").textContent = `${name(model, unit)}: ${range(model, unit)}`;
      Dom.byId("weights-out").replaceChildren(...outgoing(model, unit));
    };
    const buttons = grid(Dom.byId("weights-sheet"), model.layers[0].fanOut, face, chosen);
    buttons.forEach((button, unit) => {
      button.setAttribute("aria-label", name(model, unit));
    });
    Dom.byId("weights-sheet").classList.toggle("few", buttons.length <= 20);
    document.querySelector(".model-title").textContent = model.title;
    chosen(0);
  };

  const outgoing = (model, unit) => {
    const next = model.layers[1];
    if (next === undefined || model.layers.length > 2) {
      return [];
    }
    const weights = Array.from({ length: next.fanOut }, (_, k) => next.weight[k * next.fanIn + unit]);
    const cells = weights.map((w, k) =>
      Dom.html("tr", {}, Dom.html("th", { scope: "row" }, Model.className(model, k)), Dom.html("td", {}, w.toFixed(2))),
    );
    const caption = Dom.html("caption", {}, "Weights to each class");
    return [Dom.html("table", { class: "small" }, caption, ...cells)];
  };

  return { grid, paint, name, range, square, setSquare, sheet };
})();
