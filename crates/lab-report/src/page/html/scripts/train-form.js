// The form of the section that trains: experiment, seed and settings, and the link to them.
const TrainForm = (() => {
  const form = Dom.byId("train-controls");
  const [choice, seed] = ["train-experiment", "train-seed"].map(Dom.byId);
  const inputs = Array.from(form.querySelectorAll("[data-setting]"));

  const experiment = () => DATA.train.experiments.find(({ id }) => id === choice.value);
  const original = (input) => {
    const value = experiment().settings[input.name];
    return value === undefined ? input.dataset.setting : value.length === 0 ? "none" : String(value);
  };
  /** The settings that differ from the experiment's: names and texts. */
  const changes = () =>
    inputs.filter((input) => input.value.trim() !== original(input)).map((input) => [input.name, input.value.trim()]);
  /** The choices as a link has them. */
  const asText = () =>
    [choice.value, ...[["seed", seed.value.trim()], ...changes()].map((pair) => pair.join("="))].join(",");
  /** A setting's text as suites have it: a number, true, false, or else a text. */
  const typed = (text) => {
    const number = Number(text);
    return text !== "" && Number.isFinite(number) ? number : ({ true: true, false: false }[text] ?? text);
  };
  const showChanges = () => {
    const count = changes().length;
    Dom.byId("train-changes").textContent = count === 0 ? "" : `(${count} changed)`;
    for (const input of inputs) {
      input.classList.toggle("changed", input.value.trim() !== original(input));
    }
  };
  const showSettings = () => {
    for (const input of inputs) {
      input.value = original(input);
    }
    showChanges();
  };

  /** Fills the form from a link. A comma in a value, as in `hidden=256,64`, continues the value. */
  const readLink = () => {
    const text = View.text("train");
    const ids = DATA.train.experiments.map(({ id }) => id);
    if (text === null || text === asText()) {
      return;
    }
    const [id, ...parts] = text.split(",");
    choice.value = ids.includes(id) ? id : ids[0];
    showSettings();
    const assignments = [];
    for (const part of parts) {
      if (part.includes("=")) {
        assignments.push(part);
      } else if (assignments.length > 0) {
        assignments.push(`${assignments.pop()},${part}`);
      }
    }
    for (const assignment of assignments) {
      const [key, value] = [
        assignment.slice(0, assignment.indexOf("=")),
        assignment.slice(assignment.indexOf("=") + 1),
      ];
      const input = key === "seed" ? seed : inputs.find(({ name }) => name === key);
      if (input !== undefined) {
        input.value = value;
      }
    }
    showChanges();
  };

  /** The request of the worker for a run, and the run as it was published, if it was. */
  const request = () => {
    const { id, settings, runs } = experiment();
    const own = changes().map(([name, value]) => [name, typed(value)]);
    const argument = { experiment: id, seed: seed.value.trim(), settings: { ...settings, ...Object.fromEntries(own) } };
    const isOwn = own.length > 0;
    return { argument, isOwn, published: isOwn ? undefined : runs.find((it) => it.seed === argument.seed) };
  };

  form.addEventListener("change", ({ target }) => {
    if (target === choice) {
      showSettings();
    }
    if (target.type !== "file") {
      showChanges();
      View.keep("train", "train", asText());
    }
  });
  showSettings();
  View.follow(readLink);
  return { form, asText, request };
})();
