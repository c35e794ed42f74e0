// The drawing, the network's input and output, and the choice of the network.
Dom.guarded(Dom.byId("digit-message"), () => {
  const PROBLEMS = {
    "no-digit": (what) => `No ${what} found.`,
    "several-digits": (what) => `More than one ${what} found; draw only one.`,
  };
  // Of these, only the border matters to images of something else.
  const DOUBTS = {
    border: "The ink reaches the sheet's border and may be cut off.",
    full: "A shape is fuller than a digit.",
    lines: "There are lines, as of ruled paper.",
    loops: "A shape has other loops than a digit.",
    ring: "A ring around the digit was left out.",
  };
  const canvas = Dom.byId("digit-canvas");
  const select = Dom.byId("digit-model");
  const message = Dom.byId("digit-message");
  const models = [...Model.embedded];
  let [model, bars, units, seen, unit] = [models.find((it) => it !== null) || null, [], [], null, 0];
  /** The class of the example on the sheet; null for a drawing. */
  let known = null;
  let prepared = {};

  const showBars = (probabilities) => {
    const best = probabilities === null ? -1 : Model.answer(probabilities);
    bars.forEach(({ row, bar, text }, k) => {
      const p = probabilities === null ? 0 : probabilities[k];
      row.classList.toggle("best", k === best);
      bar.style.width = `${100 * p}%`;
      text.textContent = probabilities === null ? "" : Dom.percent(p, 1);
      row.dataset.probability = probabilities === null ? "" : p;
    });
    Dom.byId("digit-answer").textContent = best === -1 ? "" : Model.className(model, best);
  };

  /** In the words of `mnist-lab predict`. */
  const uncertain = (probabilities) => {
    const best = Model.answer(probabilities);
    const p = probabilities[best];
    return p < DATA.unsure ? [`Uncertain, ${Model.className(model, best)} has only ${Dom.percent(p, 1)}.`] : [];
  };

  const doubtful = (doubts) => {
    const those = doubts.filter((doubt) => model.names === null || doubt === "border");
    return those.map((doubt) => DOUBTS[doubt]);
  };

  const showUnits = (activations) => {
    const largest = activations === null ? 1 : activations.reduce((most, x) => Math.max(most, Math.abs(x)), 1e-9);
    units.forEach((button, at) => {
      const value = activations === null ? 0 : activations[at];
      Units.setSquare(button, value / largest);
      const said = activations === null ? "" : `: ${value.toFixed(2)}`;
      button.setAttribute("aria-label", Units.name(model, at) + said);
    });
  };

  const showUnit = (of) => {
    unit = of;
    Units.paint(Dom.byId("digit-unit"), model, unit);
    const gives = seen === null ? "" : ` gives ${seen.units[unit].toFixed(3)}`;
    Dom.byId("digit-unit-text").textContent = `${Units.name(model, unit)}${gives}; ${Units.range(model, unit)}`;
  };

  const showPixels = (pixels) => Dom.paintInk(Dom.byId("digit-pixels"), pixels, 28, 28);

  /** Nothing was drawn, or nothing that can be classified. */
  const showNothing = (why) => {
    seen = null;
    message.textContent = why;
    showPixels(new Uint8Array(784));
    showBars(null);
  };

  /** Reads the drawing again, after it has changed. */
  const look = Dom.guarded(message, () => {
    known = sheet.isEmpty() ? null : known;
    prepared = sheet.isEmpty() ? {} : MnistPicture.prepare(sheet.grey(), canvas.width, canvas.height);
    classify();
  });

  /** Shows the model's answer. A model that is being trained is live: it soon changes again. */
  const classify = Dom.guarded(message, (isLive = false) => {
    if (model === null) {
      showNothing("No model is in this page; choose a file below.");
      return;
    }
    let answer = null;
    if (prepared.pixels === undefined) {
      const says = PROBLEMS[prepared.problem];
      showNothing(says === undefined ? "" : says(model.names === null ? "digit" : "shape"));
    } else {
      seen = Model.forward(model, prepared.pixels);
      const isNumber = seen.probabilities.every(Number.isFinite);
      message.textContent = isNumber
        ? [...uncertain(seen.probabilities), ...doubtful(prepared.doubts)].join(" ")
        : "The model's output is not a finite number; its weights are too large.";
      showPixels(prepared.pixels);
      showBars(isNumber ? seen.probabilities : null);
      answer = isNumber ? Model.answer(seen.probabilities) : null;
    }
    showUnits(seen === null ? null : seen.units);
    showUnit(unit);
    const pixels = prepared.pixels ?? null;
    // The class of a drawing is not known; the model's answer is the best guess.
    const detail = { model, pixels, label: known ?? answer, isLive };
    document.dispatchEvent(new CustomEvent("seen", { detail }));
  });

  const bar = (k) => {
    const [fill, text] = [Dom.html("span", { class: "bar" }), Dom.html("span", { class: "share" })];
    const row = Dom.html(
      "li",
      {},
      Dom.html("b", {}, Model.className(model, k)),
      Dom.html("span", { class: "track" }, fill),
      text,
    );
    return { row, bar: fill, text };
  };

  const use = (chosen) => {
    model = chosen;
    Dom.byId("weights").hidden = false;
    const isLinear = model.layers.length === 1;
    const classes = model.layers[model.layers.length - 1].fanOut;
    bars = Array.from({ length: classes }, (_, k) => bar(k));
    Dom.byId("digit-answer").classList.toggle("word", model.names !== null);
    Dom.byId("digit-probabilities").replaceChildren(...bars.map(({ row }) => row));
    Dom.byId("digit-units-title").textContent = isLinear ? "Classes" : "Hidden units";
    Dom.byId("digit-units-hint").textContent =
      `Each square is as large as the ${isLinear ? "logit of a class" : "output of a unit of the first hidden layer"}: ` +
      "filled above 0, outlined below 0, a dot at 0. Point at one, or use the arrow keys, to see its weights.";
    unit = 0;
    units = Units.grid(Dom.byId("digit-units"), model.layers[0].fanOut, Units.square, showUnit);
    Units.sheet(model);
    classify();
  };

  /** Shows the network in training, which is chosen when it appears, and no more once another model is chosen. */
  const trained = ({ detail }) => {
    let at = models.findIndex((it) => it?.isTraining);
    if (at === -1) {
      at = models.push(null) - 1;
      select.append(Dom.html("option", { value: at }, detail.model.title));
      select.value = at;
    }
    models[at] = { ...detail.model, isTraining: true };
    if (Number(select.value) !== at) {
      return;
    }
    if (detail.isAtRest || model?.isTraining !== true || model.layers[0].fanOut !== models[at].layers[0].fanOut) {
      use(models[at]);
    } else {
      model = models[at];
      classify(true);
    }
  };

  const readFile = async (file) => {
    try {
      const read = Model.parse(new Uint8Array(await file.arrayBuffer()));
      models.push(read);
      select.append(Dom.html("option", { value: models.length - 1 }, `${file.name}: ${read.title}`));
      select.value = models.length - 1;
      use(read);
    } catch (error) {
      message.textContent = `${file.name}: ${error.message}`;
    }
  };

  const example = (label, index) => {
    const { rows, cols } = DATA.examples;
    const pixels = Dom.bytes(DATA.examples.pixels).subarray(index * rows * cols, (index + 1) * rows * cols);
    const picture = Dom.html("canvas", { class: "pixels", "aria-hidden": "true" });
    Dom.paintInk(picture, pixels, rows, cols);
    const button = Dom.html("button", { type: "button", "aria-label": `Start from a ${label}` }, picture);
    button.addEventListener("click", () => {
      known = index;
      sheet.start({ pixels, rows, cols });
    });
    return button;
  };

  const dropped = (event) => {
    event.preventDefault();
    const [file] = event.dataTransfer.files;
    if (event.type === "drop" && file !== undefined) {
      readFile(file);
      Dom.byId("digit").scrollIntoView();
    }
  };

  let isWaiting = false;
  const sheet = Strokes.on(canvas, () => {
    // Once per frame, after the frame, so that the ink is not delayed.
    const answer = () => {
      isWaiting = false;
      look();
    };
    if (!isWaiting) {
      isWaiting = true;
      requestAnimationFrame(() => setTimeout(answer, 0));
    }
  });
  Dom.byId("weights").hidden = model === null;
  if (model !== null) {
    select.value = models.indexOf(model);
    use(model);
  }
  Dom.byId("digit-examples").append(...DATA.examples.of.map(example));
  Dom.byId("digit-undo").addEventListener("click", sheet.undo);
  Dom.byId("digit-clear").addEventListener("click", sheet.clear);
  select.addEventListener("change", () => use(models[Number(select.value)]));
  Dom.byId("digit-file").addEventListener("change", ({ target }) => {
    Array.from(target.files).forEach(readFile);
    // So that the same file can be chosen again, when it has changed.
    target.value = "";
  });
  document.addEventListener("trained", trained);
  window.addEventListener("dragover", dropped);
  window.addEventListener("drop", dropped);
})();
