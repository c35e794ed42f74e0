// A model of mnist-lab, and its forward pass. Numbers are computed in double precision, so probabilities agree with
// those of a program in single precision to about six digits.
const Model = (() => {
  const FORMAT = 1;
  const SIDE = 28;

  const CLASS_NAMES = new Map(DATA.classNames);

  const readMetadata = (metadata) => {
    const text = metadata["mnist-lab"];
    if (typeof text !== "string") {
      throw new Error("this is not a model of mnist-lab: the metadata has no entry mnist-lab");
    }
    const parsed = JSON.parse(text);
    if (parsed.format !== FORMAT) {
      throw new Error(`the model has format ${parsed.format}; expected ${FORMAT}`);
    }
    const [rows, cols] = parsed.image;
    if (rows !== SIDE || cols !== SIDE) {
      throw new Error(`the model takes images of ${rows} × ${cols}; this page draws 28 × 28`);
    }
    if (!Textbook.ACTIVATIONS.has(parsed.settings.activation)) {
      throw new Error(`the model has the activation ${parsed.settings.activation}, which is unknown here`);
    }
    return parsed;
  };

  const expect = (tensors, name, shape) => {
    const tensor = tensors.get(name);
    if (tensor === undefined) {
      throw new Error(`the model has no tensor ${name}`);
    }
    const fits = shape.length === tensor.shape.length && shape.every((side, at) => side === tensor.shape[at]);
    if (!fits) {
      throw new Error(`tensor ${name} is ${tensor.shape.join(" × ")}; expected ${shape.join(" × ")}`);
    }
    return tensor.numbers;
  };

  const layersOf = (tensors, hidden) => {
    const last = tensors.get(`fc${hidden.length + 1}.bias`);
    if (last === undefined || last.shape.length !== 1 || last.shape[0] < 1) {
      throw new Error(`the model has no tensor fc${hidden.length + 1}.bias with a number for each class`);
    }
    let fanIn = SIDE * SIDE;
    return [...hidden, last.shape[0]].map((fanOut, index) => {
      const weight = expect(tensors, `fc${index + 1}.weight`, [fanOut, fanIn]);
      const bias = expect(tensors, `fc${index + 1}.bias`, [fanOut]);
      const layer = { weight, bias, fanIn, fanOut };
      fanIn = fanOut;
      return layer;
    });
  };

  /** Every way to normalise is affine: x = u · a · b − c · d, with a and c of the image, b and d of the pixel. */
  const normaliser = (tensors, way) => {
    if (way === "per-image") {
      return (pixels) => {
        const [a, c] = Textbook.standardised(pixels);
        return Float64Array.from(pixels, (u) => u * a - c);
      };
    }
    const length = way === "per-pixel" ? SIDE * SIDE : 1;
    const scale = expect(tensors, "normalize.scale", [length]);
    const shift = expect(tensors, "normalize.shift", [length]);
    return (pixels) => Float64Array.from(pixels, (u, at) => u * scale[at % length] - shift[at % length]);
  };

  /** Reads a `model.safetensors`; an error says what is wrong with the file. */
  const parse = (bytes) => {
    const { metadata, tensors } = Safetensors.parse(bytes);
    const { settings, experiment, seed, dataset } = readMetadata(metadata);
    return {
      title: `${experiment}, seed ${seed}`,
      names: CLASS_NAMES.get(dataset) || null,
      layers: layersOf(tensors, settings.hidden),
      normalise: normaliser(tensors, settings.normalize),
      activation: settings.hidden.length > 0 ? settings.activation : "identity",
    };
  };

  /** Pre-activations of a layer: W·x + b, with W [fan-out × fan-in]. */
  const weighted = ({ weight, bias, fanIn, fanOut }, x) => {
    const z = new Float64Array(fanOut);
    for (let unit = 0; unit < fanOut; unit += 1) {
      let sum = bias[unit];
      for (let at = 0, w = unit * fanIn; at < fanIn; at += 1, w += 1) {
        sum += weight[w] * x[at];
      }
      z[unit] = sum;
    }
    return z;
  };

  const softmax = (z) => {
    const largest = z.reduce((most, x) => Math.max(most, x), -Infinity);
    const powers = z.map((x) => Math.exp(x - largest));
    const sum = powers.reduce((total, x) => total + x, 0);
    return powers.map((x) => x / sum);
  };

  /** The first layer's outputs (in a model without hidden layer, the logits) and the
   * classes' probabilities, from 784 bytes. */
  const forward = (model, pixels) => {
    let x = model.normalise(pixels);
    let first = null;
    for (const layer of model.layers.slice(0, -1)) {
      x = weighted(layer, x).map(Textbook.ACTIVATIONS.get(model.activation).f);
      first = first || x;
    }
    const z = weighted(model.layers[model.layers.length - 1], x);
    return { units: first || z, probabilities: softmax(z) };
  };

  /** The place of the first of the largest numbers. */
  const answer = (probabilities) => probabilities.indexOf(Math.max(...probabilities));

  /** The name of a class; its number if it has no name. */
  const className = ({ names }, k) => names?.[k] ?? String(k);

  /** The page's models; null for a model that is not in the page, or not for 28 × 28 pixels. */
  const embedded = DATA.models.map(({ file }) => {
    try {
      return file === null ? null : parse(Dom.bytes(file));
    } catch (_) {
      return null;
    }
  });

  return { parse, forward, answer, className, embedded };
})();
