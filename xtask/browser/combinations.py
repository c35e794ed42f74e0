"""The part of the page on combinations: the answer, filters, order, and the selected combination."""

import re

from browser import expect, rows_of
from selenium.webdriver.common.keys import Keys

TIME = """
const [box] = document.querySelectorAll("#specification-choices input");
const start = performance.now();
box.click();
box.click();
return (performance.now() - start) / 2;
"""
OURS = "return Array.from(document.querySelectorAll('#specification-values tbody tr'), (row) => row.cells[1].textContent)"


def words_of(text):
    """A text without Markdown."""
    return " ".join(re.sub(r"[*`\\]", "", text).split())


def shows_the_answer(page, folder):
    lead = words_of(page.run("return document.querySelector('.lead').textContent"))
    first = lead.split(":")[0]
    report = words_of((folder / "REPORT.md").read_text(encoding="utf-8"))
    expect(first and first in report, f"the page begins with {lead!r}, which REPORT.md does not")
    for part in ["nearness", "specification", "explained"]:
        expect(page.find(part).is_displayed(), f"part {part} is not shown")


def has_the_numbers(page, fits):
    ours = sorted(page.run("return DATA.combinations.distance"))
    exact = sorted(float(fit["distance"]) for fit in fits)
    far = max(abs(a / b - 1) for a, b in zip(ours, exact, strict=True))
    expect(far < 0.01, f"distances differ from fits.csv by a factor of 1 + {far}")


def count_is(page, expected, of):
    found = page.text("specification-count")
    expect(found == f"{expected} of {of} combinations", f"the filter says {found!r}; expected {expected} of {of}")


def filters_and_sorts(page, path, fits):
    count_is(page, len(fits), len(fits))
    choice, option = page.run("const [{ setting, values }] = DATA.combinations.choices; return [setting, values[0]]")
    others = [fit for fit in fits if fit[choice.replace("-", "_")] != option]
    page.press("#specification-choices input", 0, Keys.SPACE)
    count_is(page, len(others), len(fits))
    page.select("specification-controls select[name=sort]", "0-test-loss")
    page.select("specification-controls select[name=show]", "test-loss")
    experiment = page.run("return DATA.combinations.experiments[0].id")
    losses = [float(fit[f"{experiment}_test_loss"]) for fit in others if fit[f"{experiment}_test_loss"]]
    for key, expected in [(Keys.HOME, min(losses)), (Keys.END, max(losses))]:
        page.press("#specification-plot", 0, key)
        found = page.run(OURS)[1]
        expect(found in (f"{expected:.4f}", "diverged"), f"at the end of the order the loss is {found}; expected {expected}")
    address, before = page.run("return location.hash"), page.text("specification-count")
    page.open(path, address)
    expect(page.text("specification-count") == before, f"{address} shows other combinations")
    page.click("specification-all")
    count_is(page, len(fits), len(fits))


def answers_the_keyboard(page):
    page.press("#specification-plot", 0, Keys.HOME)
    page.press("#specification-plot", 0, Keys.ARROW_RIGHT)
    plot = page.find("specification-plot")
    rank, said = (plot.get_attribute(f"aria-value{name}") for name in ("now", "text"))
    expect(rank == "2" and said.startswith("Rank 2 of "), f"after an arrow key the rank is {rank}: {said}")
    chosen = page.count("#specification-choices .option.on")
    choices = page.run("return DATA.combinations.choices.length")
    expect(chosen == choices, f"{chosen} options are marked; expected one of each of {choices} choices")


def check(page, folder):
    path = folder / "report.html"
    fits = rows_of(folder / "fits.csv")
    page.open(path)
    shows_the_answer(page, folder)
    has_the_numbers(page, fits)
    filters_and_sorts(page, path, fits)
    answers_the_keyboard(page)
    page.expect_to_fit_a_phone()
    print(f"{folder.name}: {len(fits)} combinations, {page.run(TIME):.0f} ms to filter them")
