// The numbers of one step of gradient descent on one image, in the order in which they are computed.
const StepNumbers = (() => {
  /** The matrices of a model, whose files have each weight matrix transposed. */
  const layersOf = (model) =>
    model.layers.map(({ weight, bias, fanIn, fanOut }) => ({
      w: Textbook.matrix(fanIn, fanOut, (i, j) => weight[j * fanIn + i]),
      b: Float64Array.from(bias),
    }));

  const row = (numbers) => ({ rows: 1, cols: numbers.length, numbers: Float64Array.from(numbers) });

  /** Loss of the image, for one class. */
  const loss = (layers, activation, x, label) => {
    const { z } = Textbook.forward(layers, activation, row(x));
    return Textbook.crossEntropy(z[layers.length - 1], [label]).loss;
  };

  /** Forward pass and backpropagation. */
  const pass = (layers, activation, x, label) => {
    const { a, z } = Textbook.forward(layers, activation, row(x));
    const last = layers.length - 1;
    const output = Textbook.crossEntropy(z[last], [label]);
    const [deltas, gradients] = [[], []];
    let { delta } = output;
    for (let l = last; l >= 0; l -= 1) {
      deltas[l] = delta;
      gradients[l] = Textbook.layerGradient(a[l], delta);
      if (l > 0) {
        delta = Textbook.deltaBelow(delta, layers[l].w, activation, z[l - 1]);
      }
    }
    return { a, z, y: output.y, loss: output.loss, deltas, gradients };
  };

  /** dE/dw of one number by central differences. `place` is a layer with the index of a weight or of a bias. */
  const central = (layers, activation, x, label, place, epsilon) => {
    const { layer, weight, bias } = place;
    const [numbers, at] = bias === undefined ? [layers[layer].w.numbers, weight] : [layers[layer].b, bias];
    const value = numbers[at];
    const lossAt = (by) => {
      numbers[at] = value + by;
      return loss(layers, activation, x, label);
    };
    const derivative = (lossAt(epsilon) - lossAt(-epsilon)) / (2 * epsilon);
    numbers[at] = value;
    return derivative;
  };

  /** A step of plain gradient descent. */
  const descend = (layers, gradients, rate) => {
    layers.forEach((layer, l) => {
      const zero = { w: Textbook.map(layer.w, () => 0), b: layer.b.map(() => 0) };
      Textbook.sgdStep(layer, zero, gradients[l], rate, 0);
    });
  };

  return { layersOf, pass, central, descend };
})();
