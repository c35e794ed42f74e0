// The network in training: its curves, its weights, and its answers to test images.
const TrainPictures = (() => {
  const SIDE = 28;
  const MOST_UNITS = 128;
  const [RIGHT, WRONG] = [
    [150, 150, 150],
    [255, 140, 60],
  ];

  /** A canvas of tiles, `across` in a row. */
  const sheet = (canvas, count, across, paint) => {
    const [cell, down] = [SIDE + 1, Math.ceil(count / across)];
    canvas.width = cell * across - 1;
    canvas.height = cell * down - 1;
    const context = canvas.getContext("2d");
    for (let at = 0; at < count; at += 1) {
      const tile = context.createImageData(SIDE, SIDE);
      paint(tile.data, at);
      context.putImageData(tile, cell * (at % across), cell * Math.floor(at / across));
    }
    return { context, cell };
  };

  /** The weights of the first layer's units, each picture scaled by its largest weight. */
  const weights = (canvas, model) => {
    const { weight, fanIn, fanOut } = model.layers[0];
    const count = Math.min(fanOut, MOST_UNITS);
    sheet(canvas, count, count <= 20 ? 5 : 16, (data, unit) => {
      Dom.fillSigned(data, weight.subarray(unit * fanIn, (unit + 1) * fanIn));
    });
    return count < fanOut ? `The first ${count} of ${fanOut} units.` : "";
  };

  /** Test images, grey if the network is right; orange, framed and with its answer if not. Returns the wrong ones. */
  const wall = (canvas, { pixels, labels }, answers) => {
    const across = 25;
    const isWrong = (at) => answers[at] !== labels[at];
    const { context, cell } = sheet(canvas, labels.length, across, (data, at) => {
      Dom.fillInk(data, pixels.subarray(at * SIDE * SIDE, (at + 1) * SIDE * SIDE), isWrong(at) ? WRONG : RIGHT);
    });
    Object.assign(context, { strokeStyle: "#ff8c3c", fillStyle: "#fff", font: "bold 11px sans-serif", lineWidth: 1 });
    const wrong = Array.from(labels.keys()).filter(isWrong);
    for (const at of wrong) {
      const [x, y] = [cell * (at % across), cell * Math.floor(at / across)];
      context.strokeRect(x + 0.5, y + 0.5, SIDE - 1, SIDE - 1);
      context.fillText(answers[at], x + 3, y + 11);
    }
    return wrong.length;
  };

  const COLUMNS = [
    { y: "loss", name: "loss, nats", val: "val_loss", train: "train_loss", of: (x) => x, shown: String },
    {
      y: "accuracy",
      name: "error, 1 − accuracy",
      val: "val_accuracy",
      train: "train_accuracy",
      of: (x) => 1 - x,
      shown: (x) => `${Number((100 * x).toPrecision(3))} %`,
    },
  ];

  /** One plot: the range of our runs, and the present run on training and validation set. */
  const plot = (column, published, rows, epoch, width) => {
    const height = 240;
    const box = { left: 52, right: width - 12, top: 30, bottom: height - 44 };
    const own = ["val", "train"].map((set) => rows.map((row) => column.of(row[column[set]])));
    const numbers = [...own.flat(), ...published.flatMap(({ low, high }) => [...low, ...high])].filter((x) => x > 0);
    const [low, high] = Plot.range(numbers);
    const longest = Math.max(10, rows.length, ...published.map(({ length }) => length));
    const x = Object.assign(Plot.scale(1, longest, box.left, box.right, false), { isWhole: true });
    const y = Plot.scale(low, high, box.bottom, box.top, true);
    const format = { x: String, y: column.shown };
    const parts = Plot.axes(x, y, box, { x: "epoch", y: column.name }, format);
    parts.push(...published.map((line) => Plot.band(line, x, y, "c0")));
    parts.push(Plot.curve(own[1], x, y, "line c1 train"), Plot.curve(own[0], x, y, "line c1"));
    if (epoch > 0) {
      parts.push(Plot.line(x(epoch), box.top, x(epoch), box.bottom, "cursor on"));
    }
    return Dom.svg("svg", { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" }, ...parts);
  };

  /** The curves of a run, over those of our runs of the same experiment. */
  const curves = (host, experiment, rows, epoch) => {
    const width = Math.max(host.clientWidth, 280);
    const view = { scale: "log", set: "val", experiments: [experiment], seeds: CurvesData.seeds };
    const drawn = COLUMNS.map((column) => {
      const published = CurvesData.lines({ ...view, y: column.y });
      const isDrawn = rows.length > 0 || published.length > 0;
      return isDrawn ? plot(column, published, rows, epoch, Math.min(width, 480)) : "";
    });
    host.replaceChildren(...drawn);
  };

  /** The losses with a mistake, over those without it. */
  const planted = (words, losses, right, error) => {
    const [width, height] = [200, 70];
    const smooth = (numbers) =>
      numbers.map((_, at) => {
        const own = numbers.slice(Math.max(0, at - 9), at + 1);
        return own.reduce((sum, x) => sum + x, 0) / own.length;
      });
    const x = Plot.scale(1, right.length, 0, width, false);
    const y = Plot.scale(0.2, 10, height, 0, true);
    const inside = (value) => Math.min(Math.max(value, 0.2), 10);
    const drawn = (numbers, kind) => Plot.curve(smooth(numbers).map(inside), x, y, kind);
    const isFound = !(error < 0.01);
    const off = Number.isNaN(error) ? "gives no number" : `is ${Math.round(100 * error)} % off`;
    // As the curve ends: one batch says little.
    const last = smooth(losses)[losses.length - 1];
    return Dom.html(
      "figure",
      { "data-found": isFound },
      Dom.svg(
        "svg",
        { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" },
        drawn(right, "line thin c5"),
        drawn(losses, "line c1"),
      ),
      Dom.html(
        "figcaption",
        {},
        Dom.html("strong", {}, words),
        Dom.html("span", {}, `Loss ${last < 10 ? last.toFixed(2) : last.toFixed(0)}`),
        Dom.html("span", {}, `Gradient check: ${isFound ? `✗ ${off}` : "✓ passes"}`),
      ),
    );
  };

  return { weights, wall, curves, planted };
})();
