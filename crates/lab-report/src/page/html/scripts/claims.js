// Filters the claims in the table and the drawings.
Dom.guarded(Dom.byId("claims-count"), () => {
  const section = Dom.byId("claims-section");
  const verdict = Dom.byId("claims-verdict");
  const words = Dom.byId("claims-words");
  const rows = Tables.sortable(Dom.byId("claims-table"), "verdicts", "order");
  const drawings = Array.from(document.querySelectorAll(".drawn"));

  const filter = () => {
    const wanted = words.value.toLowerCase();
    for (const row of rows) {
      const isIn = !section.value || row.dataset.section === section.value;
      const isSo = !verdict.value || row.dataset.verdict === verdict.value;
      row.hidden = !(isIn && isSo && row.textContent.toLowerCase().includes(wanted));
    }
    const shown = new Set(rows.filter((row) => !row.hidden).map((row) => row.dataset.claim));
    for (const drawing of drawings) {
      drawing.hidden = !shown.has(drawing.dataset.claim);
    }
    Dom.byId("claims-count").textContent = `${shown.size} of ${rows.length} claims`;
  };

  Tables.select(section, "verdicts", "section", filter);
  Tables.select(verdict, "verdicts", "verdict", filter);
  words.addEventListener("input", filter);
  View.follow(filter);
})();
