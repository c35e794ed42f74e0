// The worker that trains: its start, requests and answers.
const TrainWorker = (() => {
  const NEEDED = [
    ["WebAssembly", "WebAssembly"],
    ["Worker", "workers"],
    ["DecompressionStream", "DecompressionStream"],
  ];

  /** Starts a worker, with the first of the trainer's forms that this browser runs. `hear` gets what the worker says
   * unasked, and `died` the reason of its end. */
  const open = async (forms, hear, died) => {
    for (const [key, name] of NEEDED) {
      if (globalThis[key] === undefined) {
        throw new Error(`This browser has no ${name}, which training needs.`);
      }
    }
    // The page uses the textbook too, and has it once.
    const scripts = ["textbook.js", "train-worker"].map((id) => Dom.byId(id).textContent);
    const address = URL.createObjectURL(new Blob(scripts, { type: "text/javascript" }));
    const worker = new Worker(address);
    let waiting = null;

    /** Asks the worker, and waits for the answer that it calls `is`. */
    const ask = (request, is) =>
      new Promise((resolve, reject) => {
        waiting = { is, resolve, reject };
        worker.postMessage(request);
      });

    const answered = (data) => {
      const { resolve, reject } = waiting;
      waiting = null;
      if (data.is === "failed") {
        reject(Object.assign(new Error(data.why), { isFatal: data.isFatal }));
      } else {
        resolve(data);
      }
    };

    const ended = (why) => {
      waiting?.reject(Object.assign(new Error(why), { isFatal: true }));
      waiting = null;
      died(why);
    };

    worker.addEventListener("message", ({ data }) => {
      if (waiting !== null && (data.is === waiting.is || data.is === "failed")) {
        answered(data);
      } else if (data.is === "failed") {
        ended(`The trainer failed: ${data.why}.`);
      } else {
        hear(data);
      }
    });
    worker.addEventListener("error", ({ message }) => ended(`The trainer stopped: ${message || "no reason given"}.`));
    const base64 = (name) => Dom.byId(`train-${name}`).textContent;
    try {
      const { form } = await ask(
        { ask: "open", forms: forms.map((name) => ({ name, base64: base64(name) })) },
        "opened",
      );
      return { form, ask, tell: (request) => worker.postMessage(request), close: () => worker.terminate() };
    } catch (error) {
      worker.terminate();
      throw error;
    } finally {
      URL.revokeObjectURL(address);
    }
  };

  return { open };
})();
