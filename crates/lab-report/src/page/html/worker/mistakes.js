// The mistakes that the project's own checks have to find, planted one at a time in a small training. The test
// `mutations` of nn-train plants the same ones.
const Mistakes = (() => {
  const F = "tanh";
  // Both hidden layers are equally wide, so that W and Wᵀ have the same shape.
  const SIZES = [784, 32, 32, 10];
  const [BATCH, STEPS, RATE, GAMMA, L1, L2] = [32, 100, 0.5, 0.9, 0.0005, 0.005];
  /** The number of weights and biases that the gradient check looks at. */
  const CHECKED = 30;
  /** The number of images that it uses. */
  const EXAMPLES = 7;

  /** Normal numbers from a fixed seed, so that each mistake starts from the same weights. */
  const normal = () => {
    let state = 1;
    const uniform = () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return (state + 0.5) / 2 ** 32;
    };
    return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  };

  const initial = () => {
    const draw = normal();
    return SIZES.slice(1).map((fanOut, l) => ({
      w: Textbook.matrix(SIZES[l], fanOut, () => draw() / Math.sqrt(SIZES[l])),
      b: new Float64Array(fanOut),
    }));
  };

  const zeros = () =>
    SIZES.slice(1).map((fanOut, l) => ({ w: Textbook.matrix(SIZES[l], fanOut), b: new Float64Array(fanOut) }));

  /** The output layer's δ, with mistakes there. */
  const outputDelta = (delta, y, logits, labels, mistake) => {
    const count = labels.length;
    const target = (n, k) => (labels[n] === k ? 1 : 0);
    if (mistake === "NoMeanOverBatch") {
      return Textbook.map(delta, (x) => x * count);
    }
    if (mistake === "NoTarget") {
      return Textbook.map(y, (x) => x / count);
    }
    if (mistake === "NoMaximum") {
      const powers = logits.numbers.map(Math.exp);
      const sum = (n) => powers.subarray(n * logits.cols, (n + 1) * logits.cols).reduce((total, x) => total + x, 0);
      const sums = labels.map((_, n) => sum(n));
      return Textbook.matrix(
        count,
        logits.cols,
        (n, k) => (powers[n * logits.cols + k] / sums[n] - target(n, k)) / count,
      );
    }
    return delta;
  };

  const deltaBelow = (delta, w, z, a, mistake) => {
    if (mistake === "WeightsNotTransposed" && w.rows === w.cols) {
      return Textbook.deltaBelow(delta, Textbook.transposed(w), F, z);
    }
    const [f, at] = [mistake === "NoDerivative" ? "identity" : F, mistake === "DerivativeAtOutput" ? a : z];
    return Textbook.deltaBelow(delta, w, f, at);
  };

  const penaltyGradient = (w, mistake) => {
    const [l1, l2] = {
      PenaltyTwice: [L1, 2 * L2],
      PenaltyWithoutSign: [0, L1 + L2],
    }[mistake] ?? [L1, L2];
    const sign = mistake === "PenaltySign" ? -1 : 1;
    return Textbook.map(Textbook.penaltyGradient(w, l1, l2), (x) => sign * x);
  };

  /** Forward pass and loss of a batch; `scale` multiplies the logits. */
  const forward = (layers, { x, labels }, scale) => {
    const { a, z } = Textbook.forward(layers, F, x);
    const logits = Textbook.map(z[layers.length - 1], (value) => scale * value);
    return { a, z, logits, ...Textbook.crossEntropy(logits, labels) };
  };

  /** The loss with penalty. */
  const objective = (layers, batch, scale) =>
    layers.reduce((sum, { w }) => sum + Textbook.penalty(w, L1, L2), forward(layers, batch, scale).loss);

  /** The loss without penalty, and the gradient of the objective, with a mistake. */
  const lossAndGradient = (layers, batch, scale, mistake) => {
    const { a, z, logits, loss, y, delta: right } = forward(layers, batch, scale);
    const wrong = outputDelta(right, y, logits, batch.labels, mistake);
    let delta = Textbook.map(wrong, (value) => scale * value);
    const gradient = [];
    for (let l = layers.length - 1; l >= 0; l -= 1) {
      const { w } = layers[l];
      const d = Textbook.layerGradient(mistake === "InputsNotActivated" && l > 0 ? z[l - 1] : a[l], delta);
      if (mistake === "NoBiasGradient") {
        d.b.fill(0);
      }
      d.w = Textbook.map(d.w, (value, extra) => value + extra, penaltyGradient(w, mistake));
      gradient.unshift(d);
      if (l > 0) {
        delta = deltaBelow(delta, w, z[l - 1], a[l], mistake);
      }
    }
    return { loss, gradient };
  };

  /** The arrays of all weights and biases. */
  const arrays = (layers) => layers.flatMap(({ w, b }) => [w.numbers, b]);

  /** The largest relative difference between the gradient and central differences of the true loss, at ordinary
   * logits and at large ones. NaN if the gradient is not finite. */
  const gradientError = ({ x, labels }, mistake) => {
    const few = {
      x: { ...x, rows: EXAMPLES, numbers: x.numbers.subarray(0, EXAMPLES * x.cols) },
      labels: labels.slice(0, EXAMPLES),
    };
    const layers = initial();
    let largest = 0;
    for (const [scale, epsilon] of [
      [1, 1e-5],
      [4000, 1e-8],
    ]) {
      const { gradient } = lossAndGradient(layers, few, scale, mistake);
      const [all, own] = [arrays(layers), arrays(gradient)];
      if (!own.every((numbers) => numbers.every(Number.isFinite))) {
        return NaN;
      }
      for (let check = 0; check < CHECKED; check += 1) {
        const numbers = all[check % all.length];
        // Spread over the array; the middle of an image has ink.
        const at = Math.floor(numbers.length * ((0.5 + check * 0.618) % 1));
        const [value, slope] = [numbers[at], own[check % all.length][at]];
        const loss = (by) => {
          numbers[at] = value + by;
          return objective(layers, few, scale);
        };
        const numerical = (loss(epsilon) - loss(-epsilon)) / (2 * epsilon);
        numbers[at] = value;
        const size = Math.max(Math.abs(slope), Math.abs(numerical), 1e-3 * scale);
        largest = Math.max(largest, Math.abs(slope - numerical) / size);
      }
    }
    return largest;
  };

  /** The losses of a training with a mistake, step by step. */
  const train = (batches, mistake) => {
    const [layers, velocity] = [initial(), zeros()];
    return batches.map((batch) => {
      const { loss, gradient } = lossAndGradient(layers, batch, 1, mistake);
      for (let l = layers.length - 1; l >= 0; l -= 1) {
        if (mistake === "UpdatedTooEarly") {
          gradient[l] = lossAndGradient(layers, batch, 1, mistake).gradient[l];
        }
        if (mistake === "NoVelocity") {
          velocity[l] = zeros()[l];
        }
        const rate = { NoDamping: RATE / (1 - GAMMA), Uphill: -RATE }[mistake] ?? RATE;
        Textbook.sgdStep(layers[l], velocity[l], gradient[l], rate, GAMMA);
      }
      return loss;
    });
  };

  /** Batches of images, each image with mean 0 and deviation 1. */
  const batches = (pixels, labels) => {
    const side = SIZES[0];
    const batch = (step) => {
      const x = Textbook.matrix(BATCH, side);
      for (let n = 0; n < BATCH; n += 1) {
        const image = pixels.subarray((step * BATCH + n) * side, (step * BATCH + n + 1) * side);
        const [scale, shift] = Textbook.standardised(image);
        image.forEach((u, at) => {
          x.numbers[n * side + at] = u * scale - shift;
        });
      }
      return { x, labels: Array.from(labels.subarray(step * BATCH, (step + 1) * BATCH)) };
    };
    return Array.from({ length: STEPS }, (_, step) => batch(step));
  };

  /** In the order of the test's table. */
  const ALL = [
    "NoMeanOverBatch",
    "WeightsNotTransposed",
    "DerivativeAtOutput",
    "NoDerivative",
    "NoBiasGradient",
    "InputsNotActivated",
    "NoTarget",
    "PenaltySign",
    "PenaltyTwice",
    "PenaltyWithoutSign",
    "NoMaximum",
    "UpdatedTooEarly",
    "NoDamping",
    "NoVelocity",
    "Uphill",
  ];

  return { ALL, IMAGES: BATCH * STEPS, batches, train, gradientError };
})();
