// Forward pass, backpropagation and update in plain matrices and double precision, with the names and the order of
// nn-core's textbook.rs.
const Textbook = (() => {
  /** A matrix, row by row. */
  const matrix = (rows, cols, of = () => 0) => {
    const numbers = new Float64Array(rows * cols);
    for (let at = 0; at < numbers.length; at += 1) {
      numbers[at] = of(Math.floor(at / cols), at % cols);
    }
    return { rows, cols, numbers };
  };

  /** `f` of each number, and of the number of `other` in the same place. */
  const map = ({ rows, cols, numbers }, f, other = null) => ({
    rows,
    cols,
    numbers: numbers.map((x, at) => f(x, other === null ? undefined : other.numbers[at])),
  });

  const transposed = (a) => matrix(a.cols, a.rows, (i, j) => a.numbers[j * a.cols + i]);

  /** A·B. */
  const dot = (a, b) => {
    const c = matrix(a.rows, b.cols);
    for (let i = 0; i < a.rows; i += 1) {
      for (let k = 0; k < a.cols; k += 1) {
        const x = a.numbers[i * a.cols + k];
        for (let j = 0; j < b.cols; j += 1) {
          c.numbers[i * b.cols + j] += x * b.numbers[k * b.cols + j];
        }
      }
    }
    return c;
  };

  const sigmoid = (z) => 1 / (1 + Math.exp(-z));

  const ACTIVATIONS = new Map([
    ["identity", { f: (z) => z, derivative: () => 1 }],
    ["sigmoid", { f: sigmoid, derivative: (z) => sigmoid(z) * (1 - sigmoid(z)) }],
    ["tanh", { f: Math.tanh, derivative: (z) => 1 - Math.tanh(z) ** 2 }],
    ["relu", { f: (z) => Math.max(z, 0), derivative: (z) => (z > 0 ? 1 : 0) }],
  ]);

  /** Z = A·W + 1·bᵀ [examples × fan-out]. */
  const preActivations = (a, { w, b }) => {
    const z = dot(a, w);
    z.numbers.forEach((x, at) => {
      z.numbers[at] = x + b[at % z.cols];
    });
    return z;
  };

  const activate = (f, z) => map(z, ACTIVATIONS.get(f).f);
  const derivative = (f, z) => map(z, ACTIVATIONS.get(f).derivative);

  /** A_0 … A_{L−1}, the layers' inputs, and Z_1 … Z_L, of which the last are the logits. */
  const forward = (layers, f, x) => {
    const [a, z] = [[], []];
    layers.forEach((layer, l) => {
      a.push(l === 0 ? x : activate(f, z[l - 1]));
      z.push(preActivations(a[l], layer));
    });
    return { a, z };
  };

  /** The mean cross-entropy E in nats, the probabilities y, and δ = dE/dZ = (y − t) / B of the output layer. */
  const crossEntropy = (logits, labels) => {
    const [y, delta] = [matrix(logits.rows, logits.cols), matrix(logits.rows, logits.cols)];
    let loss = 0;
    labels.forEach((label, n) => {
      const [from, to] = [n * logits.cols, (n + 1) * logits.cols];
      const row = logits.numbers.subarray(from, to);
      const largest = Math.max(...row);
      const logSum = Math.log(row.reduce((sum, z) => sum + Math.exp(z - largest), 0));
      row.forEach((z, k) => {
        y.numbers[from + k] = Math.exp(z - largest - logSum);
        delta.numbers[from + k] = (y.numbers[from + k] - (k === label ? 1 : 0)) / labels.length;
      });
      loss -= (row[label] - largest - logSum) / labels.length;
    });
    return { loss, y, delta };
  };

  /** δ_{l−1} = (δ_l·W_lᵀ) ∘ f′(Z_{l−1}). */
  const deltaBelow = (delta, w, f, zBelow) =>
    map(dot(delta, transposed(w)), (x, slope) => x * slope, derivative(f, zBelow));

  /** dW = Aᵀ·δ and db = Σ_n δ_n. */
  const layerGradient = (a, delta) => {
    const b = new Float64Array(delta.cols);
    delta.numbers.forEach((x, at) => {
      b[at % delta.cols] += x;
    });
    return { w: dot(transposed(a), delta), b };
  };

  const penalty = (w, l1, l2) => w.numbers.reduce((sum, x) => sum + l1 * Math.abs(x) + (l2 / 2) * x * x, 0);

  const penaltyGradient = (w, l1, l2) => map(w, (x) => l1 * Math.sign(x) + l2 * x);

  /** Δw ← γ Δw + (1 − γ) α dE/dw, then w ← w − Δw; `velocity` is Δw. */
  const sgdStep = (layer, velocity, d, learningRate, momentum) => {
    const step = (w, v, g) =>
      w.forEach((_, at) => {
        v[at] = momentum * v[at] + (1 - momentum) * learningRate * g[at];
        w[at] -= v[at];
      });
    step(layer.w.numbers, velocity.w.numbers, d.w.numbers);
    step(layer.b, velocity.b, d.b);
  };

  /** The scale 1/σ and the shift μ/σ that give an image mean 0 and deviation 1; zeros if all its pixels are the same.
   * With D = n·Σu² − (Σu)² = n²σ², an integer, they are n/√D and Σu/√D. */
  const standardised = (pixels) => {
    let [sum, squares] = [0, 0];
    for (const u of pixels) {
      sum += u;
      squares += u * u;
    }
    const root = Math.sqrt(pixels.length * squares - sum * sum);
    return root > 0 ? [pixels.length / root, sum / root] : [0, 0];
  };

  return {
    ACTIVATIONS,
    standardised,
    matrix,
    map,
    transposed,
    forward,
    crossEntropy,
    deltaBelow,
    layerGradient,
    penalty,
    penaltyGradient,
    sgdStep,
  };
})();
