// The table of readings, sorted by a column and filtered.
(() => {
  const table = Dom.byId("readings-table");
  if (table === null) {
    return;
  }
  const [body] = table.tBodies;
  const rows = Array.from(body.rows);
  const heads = Array.from(table.querySelectorAll("thead th"));
  const experiment = Dom.byId("readings-experiment");
  const words = Dom.byId("readings-words");

  const key = (row, column) => {
    const text = row.cells[column].textContent;
    // The first two columns are words; of the others the first number counts, and a dash comes last.
    return column < 2 ? text : Number.isNaN(parseFloat(text)) ? Infinity : parseFloat(text);
  };

  const compare = (a, b) => (typeof a === "string" ? a.localeCompare(b) : a === b ? 0 : a - b);

  const sort = (column, direction) => {
    const sign = direction === "descending" ? -1 : 1;
    const sorted = [...rows].sort((a, b) => sign * compare(key(a, column), key(b, column)));
    body.append(...sorted);
    heads.forEach((head, at) => {
      head.setAttribute("aria-sort", at === column ? direction : "none");
    });
  };

  const filter = () => {
    const wanted = words.value.toLowerCase();
    for (const row of rows) {
      const isOf = !experiment.value || row.cells[0].textContent === experiment.value;
      row.hidden = !(isOf && row.textContent.toLowerCase().includes(wanted));
    }
    const shown = rows.filter((row) => !row.hidden).length;
    Dom.byId("readings-count").textContent = `${shown} of ${rows.length} rows`;
  };

  const columns = heads.flatMap((_, at) => [`${at}`, `${at}-down`]);
  const show = () => {
    experiment.value = View.choice(
      "of",
      Array.from(experiment.options, (option) => option.value),
    );
    const [column, down] = View.choice("sort", ["", ...columns]).split("-");
    if (column !== "") {
      sort(Number(column), down ? "descending" : "ascending");
    }
    filter();
  };

  heads.forEach((head, column) => {
    head.addEventListener("click", () => {
      const direction = head.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
      View.keep("readings", "sort", direction === "ascending" ? String(column) : `${column}-down`);
      sort(column, direction);
    });
  });
  experiment.addEventListener("change", () => {
    View.keep("readings", "of", experiment.value || null);
    filter();
  });
  words.addEventListener("input", filter);
  View.follow(show);
})();
