// The section that trains: its controls, the worker, and what is shown of a run.
Dom.guarded(Dom.byId("train-message"), () => {
  const { dataSet } = DATA.train;
  const slider = Dom.byId("train-slider");
  const button = (name) => Dom.byId(`train-${name}`);
  const says = (words) => {
    const message = Dom.byId("train-message");
    message.textContent = words;
    message.classList.toggle("waits", words.endsWith("…"));
  };

  // The worker and its data. A new worker is started after one that died, and for other data.

  let [worker, state, files, wall, images] = [null, "closed", null, null, 0];

  const close = () => {
    worker?.close();
    [worker, state] = [null, "closed"];
  };

  const died = (why) => {
    close();
    says(`${why}${history.isEmpty() ? "" : " What was trained so far is still here."}`);
    showButtons();
  };

  /** Starts the worker and finds the data, unless both are there. */
  const prepare = async () => {
    if (state !== "closed") {
      return;
    }
    state = "opening";
    showButtons();
    says("Starting the trainer …");
    const forms = View.choice("wasm", ["any", "exact"]) === "exact" ? ["exact"] : ["relaxed", "exact"];
    worker = await TrainWorker.open(forms, hear, died);
    if (files === null) {
      says(`Looking for ${dataSet} …`);
      files = (await TrainData.beside()) || (await TrainData.served(says));
    }
    if (files === null) {
      throw new Error(
        `${dataSet} is not beside this page. Choose its four files below, or drop the folder data/ of the repository here.`,
      );
    }
    says("Checking the SHA-256 of the data …");
    const { about, pixels, labels } = await worker.ask({ ask: "load", files }, "loaded");
    if (about.name !== dataSet) {
      throw new Error(`these are the files of ${about.name}; the runs on this page used ${dataSet}`);
    }
    [wall, images, state] = [{ pixels, labels }, about.train, "ready"];
    says("");
  };

  // The run.

  let history = TrainHistory.create();
  let [run, last, ended] = [null, null, null];
  let isDrawing = false;

  /** The epoch that the slider shows; null for the network as it is. */
  const shownEpoch = () => (Number(slider.value) < Number(slider.max) ? Number(slider.value) : null);

  /** Begins a run with the choices of the form. The run before is kept until this one has begun. */
  const begin = async () => {
    const { argument, isOwn, published } = TrainForm.request();
    const text = TrainForm.asText();
    const { begun, seen } = await worker.ask({ ask: "begin", argument }, "begun");
    history = TrainHistory.create();
    [last, ended] = [null, null];
    const { experiment: id } = argument;
    run = { id, text, worker, begun, isOwn, published, epoch: 0, step: 0, loss: null, seconds: null };
    drawn = {};
    Dom.byId("train-outcome").hidden = true;
    look(seen, 0);
    [slider.max, slider.value] = [0, 0];
    draw();
  };

  /** Takes a look at the network, if it can be shown; one that diverged cannot. */
  const look = ({ model, answers }, epoch) => {
    try {
      last = { bytes: model, model: { ...Model.parse(model), title: "The network in training" }, answers };
    } catch (_) {
      return;
    }
    if (epoch !== null) {
      history.keep(epoch, last);
    }
  };

  const progressed = ({ progress, seconds, seen }) => {
    const isEpoch = progress.epochs.length > 0;
    history.rows.push(...progress.epochs);
    Object.assign(run, { epoch: progress.epochs_done, step: progress.steps_done, best: progress.best_epoch });
    run.loss = progress.losses.length > 0 ? progress.losses[progress.losses.length - 1] : run.loss;
    run.seconds = seconds || run.seconds;
    if (seen !== null) {
      look(seen, isEpoch ? progress.epochs_done : null);
    }
    const follows = shownEpoch() === null;
    slider.max = progress.epochs_done;
    if (follows) {
      slider.value = slider.max;
    }
    draw();
  };

  const hear = (message) => {
    if (message.is === "progress") {
      progressed(message);
    } else if (message.is === "ended") {
      ended = message;
      showOutcome();
    } else if (message.is === "planted") {
      planted(message);
    } else if (message.is === "rests") {
      state = "ready";
      showButtons();
      draw();
    }
  };

  /** Goes on with the run, or begins one if there is none with the chosen settings. */
  const go = async (until) => {
    try {
      await prepare();
      state = "running";
      showButtons();
      const isRunning = run !== null && run.worker === worker && ended === null;
      if (!isRunning || run.text !== TrainForm.asText()) {
        await begin();
      }
      says("");
      worker.tell({ ask: "go", until });
    } catch (error) {
      refused(error);
    }
  };

  /** Says why nothing is trained. Without data, a worker is not needed; with a wrong setting, it can go on. */
  const refused = (error) => {
    if (state === "running" && error.isFatal !== true) {
      state = "ready";
    } else {
      close();
    }
    says(error.message);
    showButtons();
  };

  const take = async (found) => {
    try {
      const own = await TrainData.chosen(await found, says);
      close();
      files = own;
      await prepare();
      says(`${dataSet}: four files, with the published SHA-256. Press Train.`);
    } catch (error) {
      close();
      files = null;
      says(error.message);
    }
    showButtons();
  };

  // Mistakes, planted one at a time.

  let right = [];
  const plant = async () => {
    try {
      await prepare();
      Dom.byId("train-mistakes").replaceChildren();
      state = "running";
      showButtons();
      says("Training without a mistake …");
      worker.tell({ ask: "plant" });
    } catch (error) {
      refused(error);
    }
  };

  const planted = ({ at, losses, error }) => {
    right = at === -1 ? losses : right;
    const words = at === -1 ? "no mistake" : DATA.train.mistakes[at].mistake;
    Dom.byId("train-mistakes").append(TrainPictures.planted(words, losses, right, error));
    const [done, all] = [at + 1, DATA.train.mistakes.length];
    says(done < all ? `Mistake ${done + 1} of ${all} …` : "");
  };

  // What is shown.

  const showButtons = () => {
    const isRunning = state === "running" || state === "opening";
    for (const name of ["start", "step", "one-epoch", "plant"]) {
      button(name).disabled = isRunning;
    }
    button("pause").disabled = state !== "running";
    button("restart").disabled = isRunning || run === null;
    button("download").disabled = last === null;
    TrainForm.form.dataset.state = state;
  };

  const showStatus = () => {
    const { epoch, step, loss, seconds, begun } = run;
    const form = run.worker.form === "exact" ? "exact multiply-adds, slower" : "";
    const speed = `${seconds?.toFixed(2)} s an epoch, ${Math.round(images / 1000 / seconds)},000 images/s`;
    Dom.byId("train-epoch").textContent = epoch;
    Dom.byId("train-status").textContent = [
      step > 0 ? `step ${step} of ${begun.steps} in the next` : "",
      loss === null ? "" : `loss ${loss.toPrecision(3)}`,
      seconds === null ? "" : speed,
      form,
    ]
      .filter((words) => words !== "")
      .join(" · ");
  };

  const showNetwork = (of, isAtRest) => {
    const { model, answers, epoch } = of === null ? last : history.at(of);
    const when = of === null ? (run.epoch === 0 && run.step === 0 ? "Initial weights" : "Now") : `After epoch ${epoch}`;
    const note = TrainPictures.weights(Dom.byId("train-weights"), model);
    Dom.byId("train-weights-text").textContent = `${when}: weights of the first layer. ${note}`;
    const wrong = TrainPictures.wall(Dom.byId("train-wall"), wall, answers);
    Dom.byId("train-wall-text").textContent =
      `${when}: ${wrong} of the first ${answers.length} test images are wrong (orange, with the answer).`;
    Dom.byId("train-slider-text").textContent = of === null ? `epoch ${run.epoch}, now` : `epoch ${of}`;
    document.dispatchEvent(new CustomEvent("trained", { detail: { model, isAtRest } }));
  };

  // What is drawn: the network and whether it rests, and the curves.
  let drawn = {};
  let isSliding = false;

  const redraw = Dom.guarded(Dom.byId("train-message"), () => {
    isDrawing = false;
    if (run === null || last === null) {
      return;
    }
    Dom.byId("train-pictures").hidden = false;
    showStatus();
    const of = shownEpoch();
    const [network, isAtRest] = [of === null ? last : of, state !== "running" && !isSliding];
    if (network !== drawn.network || isAtRest !== drawn.isAtRest) {
      showNetwork(of, isAtRest);
    }
    const host = Dom.byId("train-curves");
    const epoch = of ?? history.rows.length;
    const curves = [run.text, history.rows.length, epoch, host.clientWidth].join();
    if (curves !== drawn.curves) {
      TrainPictures.curves(host, run.id, history.rows, epoch);
    }
    drawn = { network, isAtRest, curves };
  });

  /** Draws before the next frame, once; not at all while the page is not visible. */
  const draw = () => {
    if (!isDrawing) {
      isDrawing = true;
      requestAnimationFrame(redraw);
    }
  };

  /** The first epoch whose validation loss differs from the published one, in the digits that the page has. */
  const firstDifference = () => {
    const theirs = DATA.experiments.find(({ id }) => id === run.id).runs.find((it) => it.seed === run.published.seed);
    const ours = history.rows.map((row) => Number(row.val_loss.toPrecision(6)));
    const at = ours.findIndex((loss, epoch) => loss !== theirs.valLoss[epoch]);
    return at === -1 && ours.length === theirs.valLoss.length ? null : at === -1 ? ours.length + 1 : at + 1;
  };

  const outcome = (sums) => {
    if (run.published === undefined) {
      const why = run.isOwn ? "these settings are your own" : "this seed was not published";
      return `no published hash: ${why}`;
    }
    if (["model", "metrics"].every((name) => sums[name] === run.published[name])) {
      return "same bytes: your browser computed the published model";
    }
    const epoch = firstDifference();
    return `differs from the published run, ${epoch === null ? "but only beyond the sixth digit" : `from epoch ${epoch} on`}`;
  };

  const showOutcome = () => {
    const { files: sums, divergence, result } = ended.record;
    const own = { model: sums["model.safetensors"] ?? null, metrics: sums["metrics.csv"] };
    const words = [outcome(own), ...(divergence === null ? [] : [divergence])].join("; ");
    Dom.byId("train-result").textContent = words;
    Dom.byId("train-outcome").dataset.same = words.startsWith("same");
    for (const name of ["model", "metrics"]) {
      Dom.byId(`train-${name}-sha256`).textContent = own[name] ?? "–";
      Dom.byId(`train-${name}-published`).textContent = run.published?.[name] ?? "–";
    }
    const stopped = result.stop_reason === "early-stopping" ? "early stopping" : result.stop_reason.replace("-", " ");
    Dom.byId("train-scores").textContent =
      result.test_accuracy === null
        ? ""
        : `${result.epochs_run} epochs, ended by ${stopped}. The best is epoch ${result.best_epoch}; its test accuracy ` +
          `is ${Dom.percent(result.test_accuracy)}, its test loss ${result.test_loss.toFixed(4)}.`;
    Dom.byId("train-outcome").hidden = false;
  };

  /** Saves the run's model, or the present network if the run has not ended. */
  const download = () => {
    const bytes = ended?.files["model.safetensors"] ?? last.bytes;
    const address = URL.createObjectURL(new Blob([bytes], { type: "application/octet-stream" }));
    Dom.html("a", { href: address, download: "model.safetensors" }).click();
    URL.revokeObjectURL(address);
  };

  const restart = () => {
    run = null;
    go("end");
  };

  const pause = () => worker?.tell({ ask: "pause" });
  const runs = { start: () => go("end"), step: () => go("step"), "one-epoch": () => go("epoch") };
  for (const [name, action] of Object.entries({ ...runs, pause, restart, plant, download })) {
    button(name).addEventListener("click", action);
  }
  Dom.byId("train-data").addEventListener("change", ({ target }) => {
    take(Array.from(target.files));
    target.value = "";
  });
  let stillness = null;
  slider.addEventListener("input", () => {
    clearTimeout(stillness);
    isSliding = true;
    draw();
    stillness = setTimeout(() => {
      isSliding = false;
      draw();
    }, 300);
  });
  // Before the listener for models.
  const dropped = (event) => {
    const found = TrainData.dropped(event);
    if (found !== null) {
      // So that the files are not taken for a model.
      event.preventDefault();
      event.stopImmediatePropagation();
      take(found);
    }
  };
  window.addEventListener("drop", dropped, { capture: true });
  new ResizeObserver(draw).observe(Dom.byId("train-curves"));
  showButtons();
})();
