// Every combination of choices: what was chosen in each, and its numbers as people read them.
const Combinations = (() => {
  const { choices, experiments, at, seeds, distance } = DATA.combinations;
  const all = Array.from(at, (_, index) => index);

  // Of each choice, the option of each combination. A combination's number counts through the options, the last
  // choice first.
  const options = choices.map(() => []);
  for (const number of at) {
    let rest = number;
    for (let choice = choices.length - 1; choice >= 0; choice -= 1) {
      const count = choices[choice].values.length;
      options[choice].push(rest % count);
      rest = Math.floor(rest / count);
    }
  }

  const literal = all.find((index) => options.every((of) => of[index] === 0));

  /** The distance from an experiment's line: the largest of its numbers' distances. */
  const lines = experiments.map(({ numbers }) =>
    all.map((index) => {
      const each = numbers.map((number) => number.distance[index]);
      return each.includes(null) ? null : Math.max(...each);
    }),
  );

  const SHOWN = {
    "test-accuracy": (x) => Dom.percent(x),
    "test-loss": (x) => x.toFixed(4),
    "stop-epoch": (x) => x.toFixed(0),
    distance: (x) => x.toFixed(1),
  };
  const shown = (quantity, x) => (x === null ? "diverged" : SHOWN[quantity](x));

  /** An experiment's numbers of a quantity; `null` where it diverged, nothing if the paper printed none. */
  const column = (experiment, quantity) => {
    const found = experiments[experiment].numbers.find((number) => number.quantity === quantity);
    return quantity === "distance" ? lines[experiment] : found?.ours;
  };

  /** What is chosen otherwise than by the literal reading. */
  const described = (index) => {
    const others = choices.filter((_, choice) => options[choice][index] > 0);
    const words = others.map((choice) => `${choice.setting} ${choice.values[options[choices.indexOf(choice)][index]]}`);
    return words.join(", ") || "the literal reading";
  };

  return { all, options, literal, lines, shown, column, described, seeds, distance };
})();
