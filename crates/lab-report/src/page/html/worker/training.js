// The worker that trains, so that the page stays responsive. Each message of the page says in
// `ask` what it asks for, and each answer in `is` what it is.
(() => {
  /** The time of one call of the trainer, in milliseconds. After each, the worker reads the page's messages. */
  const SLICE = 50;
  /** The time between two looks at the network during an epoch, in milliseconds. */
  const REFRESH = 400;
  /** The number of test images that the page shows. */
  const WALL = 300;
  const PIXELS = 784;

  let wasm = null;
  let wall = null;
  let run = null;

  const tell = (message, moved = []) => self.postMessage(message, moved);

  const decoded = (base64) => {
    const letters = atob(base64);
    const bytes = new Uint8Array(letters.length);
    for (let at = 0; at < letters.length; at += 1) {
      bytes[at] = letters.charCodeAt(at);
    }
    return bytes;
  };

  const unzipped = (bytes) =>
    new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();

  /** Starts the first form that this browser runs with the program's bits. */
  const open = async ({ forms }) => {
    let reason = "its multiply-adds round twice";
    for (const { name, base64 } of forms) {
      try {
        const opened = new Wasm(await WebAssembly.compile(await unzipped(decoded(base64))));
        if (opened.isFused()) {
          wasm = opened;
          tell({ is: "opened", form: name });
          return;
        }
      } catch (error) {
        reason = error.message;
      }
    }
    throw Object.assign(
      new Error(`this browser cannot run the trainer, which needs WebAssembly with SIMD: ${reason}`),
      {
        isFatal: true,
      },
    );
  };

  /** Takes the four files, as bytes or in base64, and checks them. */
  const load = ({ files }) => {
    files.forEach((file, at) => {
      wasm.bytes("data_file", typeof file === "string" ? decoded(file) : new Uint8Array(file), at);
    });
    const about = wasm.json("load");
    const bytes = wasm.bytes("images", undefined, 1, 0, WALL);
    wall = bytes.slice(0, WALL * PIXELS);
    tell({ is: "loaded", about, pixels: wall.slice(), labels: bytes.slice(WALL * PIXELS) });
  };

  /** The network as it is: the bytes of its model file, and its answers to the wall's images. */
  const look = () => {
    const probabilities = new Float32Array(wasm.bytes("classify", wall, 0).buffer);
    const classes = probabilities.length / WALL;
    const answers = new Uint8Array(WALL);
    for (let image = 0; image < WALL; image += 1) {
      const own = probabilities.subarray(image * classes, (image + 1) * classes);
      answers[image] = own.indexOf(Math.max(...own));
    }
    run.looked = performance.now();
    return { model: wasm.bytes("model", undefined, 0), answers };
  };

  const begin = ({ argument }) => {
    const begun = wasm.json("begin", argument);
    run = { perEpoch: begun.steps, done: 0, epochs: 0, slice: 4, milliseconds: 0, isGoing: false, isPaused: false };
    tell({ is: "begun", begun, seen: look() });
  };

  /** Lets the messages in that have come meanwhile. */
  const turn = () =>
    new Promise((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = resolve;
      port2.postMessage(null);
    });

  /** A call of the trainer, which ends with an epoch at the latest. */
  const slice = (steps) => {
    const start = performance.now();
    const progress = wasm.json("train", undefined, Math.min(steps, run.perEpoch - run.done));
    const milliseconds = performance.now() - start;
    run.milliseconds += milliseconds;
    const isEpoch = progress.epochs.length > 0;
    if (!isEpoch && steps > 1) {
      run.slice = Math.max(1, Math.min(2 * run.slice, Math.round((run.slice * SLICE) / milliseconds)));
    }
    const seconds = isEpoch ? run.milliseconds / 1000 : null;
    if (isEpoch) {
      run.milliseconds = 0;
    }
    run.done = progress.steps_done;
    return { progress, seconds, isEpoch };
  };

  /** Trains until a step or an epoch is done, the run ends, or the page asks for a pause. */
  const go = async ({ until }) => {
    if (run === null || run.isGoing) {
      return;
    }
    const own = run;
    own.isGoing = true;
    own.isPaused = false;
    let isOver = false;
    while (!isOver) {
      const { progress, seconds, isEpoch } = slice(until === "step" ? 1 : own.slice);
      const isLast = progress.end !== null || own.isPaused || until === "step" || (until === "epoch" && isEpoch);
      const isDue = isEpoch || isLast || performance.now() - own.looked > REFRESH;
      tell({ is: "progress", progress, seconds, seen: isDue ? look() : null });
      if (progress.end !== null) {
        end();
      }
      await turn();
      isOver = isLast || own.isPaused || own !== run;
    }
    own.isGoing = false;
    if (own === run) {
      tell({ is: "rests" });
    }
  };

  const pause = () => {
    if (run !== null) {
      run.isPaused = true;
    }
  };

  /** The files of a run that has ended, as the program writes them. */
  const end = () => {
    const record = JSON.parse(new TextDecoder().decode(wasm.bytes("finish")));
    const names = Object.keys(record.files);
    const files = names.map((name) => [name, wasm.bytes("run_file", new TextEncoder().encode(name))]);
    tell({ is: "ended", record, files: Object.fromEntries(files) });
  };

  /** Trains without a mistake and with each, on the first training images. */
  const plant = async () => {
    const bytes = wasm.bytes("images", undefined, 0, 0, Mistakes.IMAGES);
    const split = Mistakes.IMAGES * PIXELS;
    const batches = Mistakes.batches(bytes.subarray(0, split), bytes.subarray(split));
    for (const mistake of [null, ...Mistakes.ALL]) {
      const [losses, error] = [Mistakes.train(batches, mistake), Mistakes.gradientError(batches[0], mistake)];
      tell({ is: "planted", at: Mistakes.ALL.indexOf(mistake), losses, error });
      await turn();
    }
    tell({ is: "rests" });
  };

  const requests = { open, load, begin, go, pause, plant };

  self.addEventListener("message", async ({ data }) => {
    try {
      await requests[data.ask](data);
    } catch (error) {
      // What is not the trainer's own refusal leaves it in an unknown state.
      tell({ is: "failed", at: data.ask, why: error.message, isFatal: error.isFatal !== false });
    }
  });
})();
