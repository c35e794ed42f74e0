// The table of readings, sorted by a column and filtered.
Dom.guarded(Dom.byId("readings-count"), () => {
  const table = Dom.byId("readings-table");
  if (table === null) {
    return;
  }
  const experiment = Dom.byId("readings-experiment");
  const words = Dom.byId("readings-words");
  const rows = Tables.sortable(table, "readings", "sort");

  const filter = () => {
    const wanted = words.value.toLowerCase();
    for (const row of rows) {
      const isOf = !experiment.value || row.cells[0].textContent === experiment.value;
      row.hidden = !(isOf && row.textContent.toLowerCase().includes(wanted));
    }
    const shown = rows.filter((row) => !row.hidden).length;
    Dom.byId("readings-count").textContent = `${shown} of ${rows.length} rows`;
  };

  Tables.select(experiment, "readings", "of", filter);
  words.addEventListener("input", filter);
  View.follow(filter);
})();
