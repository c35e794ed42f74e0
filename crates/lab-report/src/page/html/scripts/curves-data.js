// Learning curves of chosen experiments and seeds, without values that are not finite.
const CurvesData = (() => {
  const COLUMNS = {
    "loss val": "valLoss",
    "loss train": "trainLoss",
    "accuracy val": "valAccuracy",
    "accuracy train": "trainAccuracy",
  };

  const ids = DATA.experiments.map((experiment) => experiment.id);
  const own = DATA.experiments.filter((experiment) => !experiment.reading).map((experiment) => experiment.id);
  const seeds = [...new Set(DATA.experiments.flatMap((experiment) => experiment.runs.map((run) => run.seed)))];
  // Seeds are text, because a double does not tell all of them apart.
  seeds.sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));

  /** Where accuracies are close to 1, only the logarithm of the error shows differences. */
  const isError = (view) => view.y === "accuracy" && view.scale === "log";

  /** Mean, lowest and highest over runs, up to the last epoch that all runs have. */
  const together = (runs) => {
    const [length] = Plot.range(runs.map((run) => run.numbers.length));
    const at = (epoch) => runs.map((run) => run.numbers[epoch]).filter((x) => x !== null);
    const of = (f) => Array.from({ length }, (_, epoch) => f(at(epoch)));
    const ranges = of(Plot.range);
    return {
      length,
      mean: of((numbers) => numbers.reduce((sum, x) => sum + x, 0) / numbers.length),
      low: ranges.map(([low]) => low),
      high: ranges.map(([, high]) => high),
    };
  };

  /** One line of the plot: an experiment on the validation or the training set. */
  const line = (experiment, set, view) => {
    const column = COLUMNS[`${view.y} ${set}`];
    const shown = (x) => (x === null ? null : isError(view) ? 1 - x : x);
    const seeds = new Set(view.seeds);
    const runs = experiment.runs
      .filter((run) => seeds.has(run.seed))
      .map((run) => ({ seed: run.seed, best: run.bestEpoch, numbers: run[column].map(shown) }))
      .filter((run) => run.numbers.length > 0);
    return runs.length === 0 ? null : { experiment, set, runs, ...together(runs) };
  };

  const lines = (view) => {
    const sets = view.set === "both" ? ["val", "train"] : [view.set];
    const chosen = DATA.experiments.filter((experiment) => view.experiments.includes(experiment.id));
    return chosen.flatMap((experiment) => sets.map((set) => line(experiment, set, view))).filter((it) => it !== null);
  };

  return { ids, own, seeds, isError, lines };
})();
