// The confusion matrix. A count off the diagonal opens its images and the model's probabilities.
Dom.guarded(Dom.byId("confusion-matrix"), () => {
  const table = Dom.byId("confusion-matrix");
  if (table === null) {
    return;
  }
  const { rows, cols, of: mistakes } = DATA.mistakes;
  const pixels = Dom.bytes(DATA.mistakes.pixels);
  // The first model in the page is the best one.
  const [model = null] = Model.embedded;

  const image = (index) => pixels.subarray(index * rows * cols, (index + 1) * rows * cols);

  /** Ten upright bars, each with its class below it. */
  const bars = (probabilities) => {
    const parts = Array.from(probabilities).flatMap((p, k) => {
      const title = Dom.svg("title", {}, `${k}: ${Dom.percent(p)}`);
      return [
        Dom.svg(
          "rect",
          { x: 3 + 12 * k, y: 32 - 30 * p, width: 8, height: Math.max(30 * p, 0.5), class: "bar" },
          title,
        ),
        Plot.text(7 + 12 * k, 42, "middle", k),
      ];
    });
    const spoken = Array.from(probabilities, (p, k) => `${k}: ${Dom.percent(p)}`).join(", ");
    return Dom.svg(
      "svg",
      { viewBox: `0 0 ${12 * probabilities.length + 2} 45`, role: "img", "aria-label": spoken },
      ...parts,
    );
  };

  const figure = ([position, label, predicted, probability], index) => {
    const canvas = Dom.html("canvas", {
      class: "pixels",
      role: "img",
      "aria-label": `test image ${position}, a ${label}`,
    });
    Dom.paintInk(canvas, image(index), rows, cols);
    const words = `${label} → ${predicted}, ${Dom.percent(probability, 1)}`;
    const says = model === null ? [] : [bars(Model.forward(model, image(index)).probabilities)];
    const place = Dom.html("span", { class: "tick" }, `image ${position}`);
    return Dom.html("figure", {}, canvas, Dom.html("figcaption", {}, words, " ", place), ...says);
  };

  const open = (label, predicted, count, isByHand) => {
    const found = mistakes.map((mistake, index) => ({ mistake, index }));
    const these = found.filter(({ mistake }) => mistake[1] === label && mistake[2] === predicted);
    const title = Dom.byId("confusion-title");
    const shown = these.length < count ? `, of which ${these.length} are in this page` : "";
    title.textContent = `${count} images of a ${label}, taken for a ${predicted}${shown}`;
    Dom.byId("confusion-images").replaceChildren(...these.map(({ mistake, index }) => figure(mistake, index)));
    for (const button of table.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", button.dataset.cell === `${label}-${predicted}`);
    }
    if (isByHand) {
      View.keep("confusion", "cell", `${label}-${predicted}`);
    }
  };

  const cell = ([label, predicted, count]) => {
    if (label === predicted) {
      return Dom.html("td", { class: "right" }, count);
    }
    if (count === 0) {
      return Dom.html("td", { class: "none" }, "·");
    }
    const spoken = `${count} of label ${label}, predicted ${predicted}`;
    const button = Dom.html(
      "button",
      { type: "button", "aria-label": spoken, "data-cell": `${label}-${predicted}` },
      count,
    );
    button.addEventListener("click", () => open(label, predicted, count, true));
    return Dom.html("td", {}, button);
  };

  const classes = [...new Set(DATA.confusion.map(([label]) => label))];
  const head = classes.map((k) => Dom.html("th", { scope: "col" }, k));
  const corner = Dom.html("th", { class: "corner" }, "label ↓ predicted →");
  table.append(Dom.html("thead", {}, Dom.html("tr", {}, corner, ...head)));
  const body = classes.map((k) => {
    const cells = DATA.confusion.filter(([label]) => label === k).map(cell);
    return Dom.html("tr", {}, Dom.html("th", { scope: "row" }, k), ...cells);
  });
  table.append(Dom.html("tbody", {}, ...body));

  const wrong = DATA.confusion.filter(([label, predicted, count]) => label !== predicted && count > 0);
  wrong.sort((a, b) => b[2] - a[2]);
  if (wrong.length > 0) {
    const names = wrong.map(([label, predicted]) => `${label}-${predicted}`);
    View.follow(() => open(...wrong[names.indexOf(View.choice("cell", names))], false));
  }
})();
