// Tables that the buttons in the headings sort.
const Tables = (() => {
  /** A cell's sort key: its attribute, the number at its beginning, or its text. */
  const key = (cell) => {
    const text = cell.dataset.key || cell.textContent;
    const number = parseFloat(text);
    return Number.isNaN(number) ? text : number;
  };

  /** Numbers before words; a dash comes last. */
  const compare = (a, b) => {
    const [isWordA, isWordB] = [typeof a === "string", typeof b === "string"];
    if (isWordA !== isWordB) {
      return isWordA ? 1 : -1;
    }
    return isWordA ? a.localeCompare(b) : a - b;
  };

  /** Lets a table be sorted; the choice is kept in the address under `name`. */
  const sortable = (table, section, name) => {
    const [body] = table.tBodies;
    const rows = Array.from(body.rows);
    const heads = Array.from(table.tHead.rows[0].cells);

    const sort = (column, direction) => {
      const sign = direction === "descending" ? -1 : 1;
      body.append(...[...rows].sort((a, b) => sign * compare(key(a.cells[column]), key(b.cells[column]))));
      heads.forEach((head, at) => {
        if (head.hasAttribute("aria-sort")) {
          head.setAttribute("aria-sort", at === column ? direction : "none");
        }
      });
    };

    heads.forEach((head, column) => {
      head.addEventListener("click", () => {
        if (head.hasAttribute("aria-sort")) {
          const direction = head.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
          View.keep(section, name, direction === "ascending" ? String(column) : `${column}-down`);
          sort(column, direction);
        }
      });
    });
    View.follow(() => {
      const columns = heads.flatMap((_, at) => [`${at}`, `${at}-down`]);
      const [column, down] = View.choice(name, ["", ...columns]).split("-");
      if (column !== "") {
        sort(Number(column), down ? "descending" : "ascending");
      }
    });
    return rows;
  };

  /** A select that keeps its value in the address. */
  const select = (element, section, name, changed) => {
    const values = Array.from(element.options, (option) => option.value);
    element.addEventListener("change", () => {
      View.keep(section, name, element.value === values[0] ? null : element.value);
      changed();
    });
    View.follow(() => {
      element.value = View.choice(name, values);
    });
  };

  return { sortable, select };
})();
