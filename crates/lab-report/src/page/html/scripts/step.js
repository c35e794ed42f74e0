// The section that shows every number of one step: the stages, a picture of the chosen one, and the derivative of a
// chosen weight or bias.
Dom.guarded(Dom.byId("step-message"), () => {
  const host = Dom.byId("step-stages");
  if (host === null) {
    return;
  }
  const section = Dom.byId("step");
  const [choice, picture, slider] = ["step-class", "step-picture", "step-epsilon"].map(Dom.byId);
  const message = Dom.byId("step-message");
  const ACTIVATIONS = { relu: "ReLU" };
  const digits = (l) => String(l).replace(/\d/g, (digit) => "₀₁₂₃₄₅₆₇₈₉"[digit]);
  const nameOf = (k) => (model.names === null ? `class ${k}` : Model.className(model, k));

  let [model, layers, pixels, x, now, stages] = [null, null, null, null, null, []];
  let [stage, cell, place, taken, label] = [0, 0, null, 0, 0];

  // The stages.

  /** The name of an input or a unit of a layer; the outputs of the last layer are classes. */
  const unitOf = (l, at) => (l < 0 ? `pixel ${at + 1}` : l === layers.length - 1 ? nameOf(at) : `unit ${at + 1}`);
  const bias = (l) => (at) => ({ layer: l, bias: at, name: `the bias b${digits(l + 1)} of ${unitOf(l, at)}` });
  const weight = (l) => (at) => {
    const { cols } = layers[l].w;
    const ends = `from ${unitOf(l - 1, Math.floor(at / cols))} to ${unitOf(l, at % cols)}`;
    return { layer: l, weight: at, name: `the weight W${digits(l + 1)} ${ends}` };
  };

  const vector = (l, numbers, rest) => {
    const across = numbers.length === 784 ? 28 : numbers.length > 20 ? 16 : numbers.length;
    return { rows: Math.ceil(numbers.length / across), cols: across, numbers, name: (at) => unitOf(l, at), ...rest };
  };

  const forwardStages = ({ a, z }, count) => {
    const list = [
      vector(-1, a[0].numbers, {
        title: "X",
        says: "The input: the image's pixels, normalised. The image is a batch of one, so X is one row.",
      }),
    ];
    for (let l = 0; l < count; l += 1) {
      const [own, isLast] = [digits(l + 1), l === count - 1];
      const below = l === 0 ? "X" : `A${digits(l)}`;
      list.push(
        vector(l, z[l].numbers, {
          title: `Z${own}`,
          code: "pre_activations",
          place: bias(l),
          says:
            `Z${own} = ${below}·W${own} + b${own}: each unit adds its inputs, times its weights, and its bias. ` +
            `${isLast ? "These are the logits. " : ""}∂E/∂z of a unit equals ∂E/∂b, because the bias b is added to z.`,
        }),
      );
      if (!isLast) {
        list.push(
          vector(l, a[l + 1].numbers, {
            title: `A${own}`,
            code: "activate",
            place: bias(l),
            says: `A${own} = f(Z${own}), with f = ${ACTIVATIONS[model.activation] ?? model.activation}: the outputs of the hidden units, and the inputs of the next layer.`,
          }),
        );
      }
    }
    return list;
  };

  const backwardStages = ({ y, loss, deltas, gradients }, count) => {
    const top = digits(count);
    const list = [
      vector(count - 1, y.numbers, {
        title: "Y",
        code: "log_softmax",
        says: `Softmax turns the logits Z${top} into probabilities, which are positive and add up to 1. The code computes their logarithms, ln Y.`,
      }),
      vector(-1, Float64Array.of(loss), {
        title: "E",
        code: "cross_entropy",
        name: () => "E",
        says: "The cross-entropy E = −ln y of the right class: 0 if the network is certain and right, and large if the right class seems improbable.",
      }),
    ];
    for (let l = count - 1; l >= 0; l -= 1) {
      const [own, isLast] = [digits(l + 1), l === count - 1];
      const { fanIn, fanOut } = model.layers[l];
      list.push(
        vector(l, deltas[l].numbers, {
          title: `δ${own}`,
          code: isLast ? "cross_entropy" : "delta_below",
          place: bias(l),
          says: isLast
            ? `δ${own} = dE/dZ${own} = Y − T: the probabilities, minus 1 for the right class. So the right logit has to rise, and the others have to fall.`
            : `δ${own} = (δ${digits(l + 2)}·W${digits(l + 2)}ᵀ) ∘ f′(Z${own}): each unit is responsible in proportion to the weights through which it acted, and to the slope of f.`,
        }),
        {
          title: `dW${own}`,
          code: "layer_gradient",
          rows: fanIn,
          cols: fanOut,
          numbers: gradients[l].w.numbers,
          name: (at) => weight(l)(at).name,
          place: weight(l),
          says: `dW${own} = ${l === 0 ? "X" : `A${digits(l)}`}ᵀ·δ${own}, and db${own} = δ${own}: an input times the δ of the unit above. Row by row, the inputs; column by column, the units.`,
        },
      );
    }
    return list;
  };

  // What is drawn.

  const paint = (canvas, { numbers, rows, cols }) => {
    canvas.hidden = numbers.length === 1;
    const padded = new Float64Array(rows * cols);
    padded.set(numbers);
    Dom.paintSigned(canvas, padded, rows, cols);
    canvas.style.aspectRatio = `${cols} / ${Math.max(rows, cols / 12)}`;
  };

  const shown = (value) => (value === 0 ? "0" : Math.abs(value) < 1e-3 ? value.toExponential(3) : value.toPrecision(5));

  const showValue = () => {
    const of = stages[stage];
    const small = of.numbers.length <= 12 && of.numbers.length > 1;
    const all = small ? ` All: ${Array.from(of.numbers, (value) => Number(value.toPrecision(2))).join(", ")}` : "";
    const mark = Dom.byId("step-cell");
    mark.hidden = of.numbers.length === 1;
    const [across, down] = [cell % of.cols, Math.floor(cell / of.cols)];
    Object.assign(mark.style, {
      left: `${(100 * across) / of.cols}%`,
      top: `${(100 * down) / of.rows}%`,
      width: `${100 / of.cols}%`,
      height: `${100 / of.rows}%`,
    });
    Dom.byId("step-value").textContent = `${of.name(cell)}: ${shown(of.numbers[cell])}.${all}`;
  };

  const showStage = () => {
    const of = stages[stage];
    cell = Math.min(cell, of.numbers.length - 1);
    paint(picture, of);
    Dom.byId("step-title").textContent = of.title;
    Dom.byId("step-says").textContent = of.says;
    // Without the documentation, which the text beside replaces.
    const code = (DATA.textbook[of.code] ?? "").replace(/^\/\/\/.*\n/gm, "");
    Dom.byId("step-code").textContent = code;
    Dom.byId("step-code").parentElement.hidden = code === "";
    Array.from(host.children).forEach((button, at) => {
      button.setAttribute("aria-pressed", at === stage);
    });
    showValue();
  };

  const showStages = () => {
    if (host.children.length !== stages.length) {
      host.replaceChildren(
        ...stages.map((_, at) => {
          const button = Dom.html(
            "button",
            { type: "button" },
            Dom.html("canvas", { class: "pixels", "aria-hidden": "true" }),
            Dom.html("span"),
          );
          button.addEventListener("click", () => go(at));
          return button;
        }),
      );
    }
    stages.forEach((of, at) => {
      const [canvas, name] = host.children[at].children;
      paint(canvas, of);
      name.textContent = of.title === "E" ? `E = ${now.loss.toPrecision(3)}` : of.title;
    });
  };

  const derivative = (epsilon) => StepNumbers.central(layers, model.activation, x, label, place, epsilon);

  const backpropagated = () => {
    const { w, b } = now.gradients[place.layer];
    return place.bias === undefined ? w.numbers[place.weight] : b[place.bias];
  };

  const law = (exact, epsilon) => {
    const plot = Dom.byId("step-law");
    const [width, height] = [Math.max(plot.clientWidth, 280), 260];
    const box = { left: 56, right: width - 12, top: 30, bottom: height - 44 };
    const exponents = Array.from({ length: 37 }, (_, at) => -9 + at / 4);
    const points = exponents.map((exponent) => [10 ** exponent, Math.abs(derivative(10 ** exponent) - exact)]);
    const [epsilons, differences] = [
      Plot.scale(1e-9, 1, box.left, box.right, true),
      Plot.scale(1e-16, 1, box.bottom, box.top, true),
    ];
    const y = (value) => differences(Math.min(Math.max(value, 1e-16), 1));
    const parts = Plot.axes(epsilons, differences, box, { x: "ε", y: "difference" }, { x: Plot.power, y: Plot.power });
    const [, at] = points[28];
    const square = (from) => at * (from / 1e-2) ** 2;
    if (at > 0) {
      parts.push(
        Dom.svg("path", { d: Plot.path([1e-6, 1].map((from) => [epsilons(from), y(square(from))])), class: "law" }),
      );
    }
    parts.push(
      Dom.svg("path", { d: Plot.path(points.map(([from, value]) => [epsilons(from), y(value)])), class: "line c0" }),
    );
    parts.push(Plot.mark(1, epsilons(epsilon), y(Math.abs(derivative(epsilon) - exact))));
    plot.replaceChildren(Dom.svg("svg", { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" }, ...parts));
  };

  const showDerivative = () => {
    const isShown = place !== null && stages[stage].place !== undefined;
    Dom.byId("step-derivative").hidden = !isShown;
    if (!isShown) {
      return;
    }
    const epsilon = 10 ** Number(slider.value);
    const [exact, numerical] = [backpropagated(), derivative(epsilon)];
    Dom.byId("step-of").textContent = `Derivative of E with respect to ${place.name}`;
    Dom.byId("step-backpropagation").textContent = exact.toPrecision(10);
    Dom.byId("step-numerical").textContent = numerical.toPrecision(10);
    Dom.byId("step-difference").textContent = Math.abs(exact - numerical).toExponential(2);
    Dom.byId("step-epsilon-text").textContent = epsilon.toExponential(1);
    law(exact, epsilon);
  };

  const compute = () => {
    now = StepNumbers.pass(layers, model.activation, x, label);
    const count = layers.length;
    stages = [...forwardStages(now, count), ...backwardStages(now, count)];
    stage = Math.min(stage, stages.length - 1);
    const p = now.y.numbers[label];
    const right = p < 0.001 ? p.toExponential(1) : Dom.percent(p, 1);
    message.textContent = "";
    Dom.byId("step-state").textContent =
      `${taken === 0 ? "Before any step" : `After ${taken} step${taken === 1 ? "" : "s"}`}: ${nameOf(label)} has probability ${right}, loss ${now.loss.toPrecision(4)}.`;
    showStages();
    showStage();
    showDerivative();
  };

  // What the reader does.

  const go = (to) => {
    stage = Math.min(Math.max(to, 0), stages.length - 1);
    showStage();
    showDerivative();
  };

  const choose = (at) => {
    const of = stages[stage];
    if (at < 0 || at >= of.numbers.length) {
      return;
    }
    cell = at;
    showValue();
    if (of.place !== undefined) {
      place = of.place(at);
      showDerivative();
    }
  };

  const cellAt = (event) => {
    const { rows, cols } = stages[stage];
    const bounds = picture.getBoundingClientRect();
    const [across, down] = [(event.clientX - bounds.left) / bounds.width, (event.clientY - bounds.top) / bounds.height];
    const part = (share, count) => Math.min(Math.max(Math.floor(share * count), 0), count - 1);
    return part(down, rows) * cols + part(across, cols);
  };

  const pointed = (event) => {
    const at = cellAt(event);
    if (at < stages[stage].numbers.length) {
      cell = at;
      showValue();
    }
  };

  const pressed = (event) => {
    const { cols } = stages[stage];
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -cols, ArrowDown: cols, Home: -cell };
    if (event.key in steps) {
      event.preventDefault();
      choose(cell + steps[event.key]);
    }
  };

  const take = () => {
    const rate = Number(Dom.byId("step-rate").value);
    if (!(rate > 0 && rate <= 1000)) {
      message.textContent = `The learning rate is ${Dom.byId("step-rate").value}; expected a number above 0 and at most 1000.`;
      return;
    }
    StepNumbers.descend(layers, now.gradients, rate);
    taken += 1;
    compute();
  };

  const start = () => {
    layers = StepNumbers.layersOf(model);
    taken = 0;
    compute();
  };

  /** Another image, or another model. Without an image, the one before stays. */
  const see = ({ model: given, pixels: drawn, label: known }) => {
    const isOther = model !== given;
    model = given;
    pixels = drawn ?? pixels;
    x = model.normalise(pixels);
    const classes = model.layers[model.layers.length - 1].fanOut;
    if (isOther) {
      const option = (_, k) => Dom.html("option", { value: k }, Model.className(model, k));
      choice.replaceChildren(...Array.from({ length: classes }, option));
    }
    label = known ?? Math.min(label, classes - 1);
    choice.value = label;
    if (isOther) {
      layers = StepNumbers.layersOf(model);
      place = bias(layers.length - 1)(label);
      start();
    } else {
      compute();
    }
  };

  // The numbers are computed when the section is in sight, and not while a network is trained.
  let [latest, isInSight] = [null, false];
  const catchUp = Dom.guarded(message, () => {
    if (latest !== null && isInSight) {
      const detail = latest;
      latest = null;
      see(detail);
    }
  });

  const seen = ({ detail }) => {
    if (detail.model !== null && !detail.isLive) {
      latest = { ...detail, pixels: detail.pixels ?? latest?.pixels, label: detail.label ?? latest?.label };
      section.hidden = false;
      catchUp();
    }
  };

  new IntersectionObserver((entries) => {
    isInSight = entries[entries.length - 1].isIntersecting;
    catchUp();
  }).observe(section);

  choice.addEventListener("change", () => {
    label = Number(choice.value);
    compute();
  });
  picture.addEventListener("pointermove", pointed);
  picture.addEventListener("click", (event) => choose(cellAt(event)));
  picture.addEventListener("keydown", pressed);
  slider.addEventListener("input", showDerivative);
  Dom.byId("step-back").addEventListener("click", () => go(stage - 1));
  Dom.byId("step-next").addEventListener("click", () => go(stage + 1));
  Dom.byId("step-take").addEventListener("click", take);
  Dom.byId("step-undo").addEventListener("click", start);
  document.addEventListener("seen", seen);
  // To begin with, an image that the best model reads wrongly, because its gradient is large.
  const [first] = DATA.mistakes.of;
  const { pixels: all, rows, cols } = first === undefined ? DATA.examples : DATA.mistakes;
  const classes = DATA.examples.of;
  pixels = Dom.bytes(all).subarray(0, rows * cols);
  label = first === undefined ? 0 : classes.indexOf(first[1]);
  seen({ detail: { model: Model.embedded.find((it) => it !== null) ?? null, pixels: null, label: null } });
})();
