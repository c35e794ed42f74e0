// Which verdict cards are shown.
(() => {
  const section = Dom.byId("verdicts-section");
  const verdict = Dom.byId("verdicts-verdict");
  if (section === null) {
    return;
  }
  const cards = Array.from(document.querySelectorAll(".card"));
  const values = (select) => Array.from(select.options, (option) => option.value);

  const show = () => {
    section.value = View.choice("section", values(section));
    verdict.value = View.choice("verdict", values(verdict));
    for (const card of cards) {
      const isIn = !section.value || card.dataset.section === section.value;
      const isSo = !verdict.value || card.dataset.verdict === verdict.value;
      card.hidden = !(isIn && isSo);
    }
    const shown = cards.filter((card) => !card.hidden).length;
    Dom.byId("verdicts-count").textContent = `${shown} of ${cards.length} claims`;
  };

  const choose = (key, select) => {
    View.keep("verdicts", key, select.value || null);
    show();
  };
  section.addEventListener("change", () => choose("section", section));
  verdict.addEventListener("change", () => choose("verdict", verdict));
  View.follow(show);
})();
