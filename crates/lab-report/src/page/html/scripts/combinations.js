// Every combination of choices: the chosen values, and the numbers as text.
const Combinations = (() => {
  const { choices, experiments, at, seeds, distance } = DATA.combinations;
  const all = Array.from(at, (_, index) => index);

  // For each choice, the option of each combination. In a combination's number, the last choice counts fastest.
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

  /** An experiment's numbers of a quantity; `null` if it diverged, `undefined` if the paper printed none. */
  const column = (experiment, quantity) => {
    const found = experiments[experiment].numbers.find((number) => number.quantity === quantity);
    return quantity === "distance" ? lines[experiment] : found?.ours;
  };

  /** The choices that differ from the literal reading. */
  const described = (index) => {
    const words = choices.flatMap(({ setting, values }, choice) => {
      const option = options[choice][index];
      return option > 0 ? [`${setting} ${values[option]}`] : [];
    });
    return words.join(", ") || "the literal reading";
  };

  return { all, options, literal, lines, shown, column, described, seeds, distance };
})();
