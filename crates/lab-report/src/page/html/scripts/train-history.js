// What the page remembers of a run: the rows of its epochs, and the network after each.
const TrainHistory = (() => {
  /** The most memory for networks, in bytes. If they need more, every second one is dropped. */
  const MOST = 48e6;
  const LARGEST = 32767;

  /** Numbers in 16 bits each, as multiples of a step. */
  const packed = (numbers) => {
    const [low, high] = Plot.range(numbers);
    const step = Math.max(-low, high) / LARGEST || 1;
    return { step, multiples: Int16Array.from(numbers, (x) => Math.round(x / step)) };
  };

  const unpacked = ({ step, multiples }) => Float32Array.from(multiples, (k) => k * step);

  const layersOf = (layers, f) => layers.map((layer) => ({ ...layer, weight: f(layer.weight), bias: f(layer.bias) }));

  const create = () => {
    const rows = [];
    const seen = new Map();
    let bytes = 0;

    const forget = () => {
      const epochs = [...seen.keys()];
      for (const epoch of epochs.slice(1, -1).filter((_, at) => at % 2 === 0)) {
        bytes -= seen.get(epoch).bytes;
        seen.delete(epoch);
      }
    };

    /** Keeps the network after an epoch; 0 are the initial weights. */
    const keep = (epoch, { model, answers }) => {
      const size = 2 * model.layers.reduce((sum, layer) => sum + layer.weight.length + layer.bias.length, 0);
      seen.set(epoch, { model: { ...model, layers: layersOf(model.layers, packed) }, answers, bytes: size });
      bytes += size;
      while (bytes > MOST && seen.size > 2) {
        forget();
      }
    };

    /** The network after this epoch, or after the last one before it that is kept. */
    const at = (epoch) => {
      const kept = Math.max(...[...seen.keys()].filter((it) => it <= epoch));
      const { model, answers } = seen.get(kept);
      return { epoch: kept, model: { ...model, layers: layersOf(model.layers, unpacked) }, answers };
    };

    return { rows, keep, at, isEmpty: () => seen.size === 0 };
  };

  return { create };
})();
