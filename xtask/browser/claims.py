"""The part of the page on claims: the headline, filters and order, and verdicts with other margins."""

from collections import Counter

from browser import expect, rows_of
from selenium.webdriver.common.keys import Keys

VERDICTS = {
    "reproduced": "reproduced",
    "equivalent": "equivalent",
    "better": "differs: ours is better",
    "not-reproduced": "not reproduced",
    "undecided": "undecided",
    "contradicted": "contradicted by the paper's own numbers",
}

ROWS = "return Array.from(document.querySelectorAll('#claims-table tbody tr')).filter((row) => !row.hidden)"
CLAIMS = f"{ROWS}.map((row) => row.cells[1].textContent)"
P_VALUES = f"{ROWS}.map((row) => parseFloat(row.cells[4].dataset.key)).filter((p) => !Number.isNaN(p))"
# Verdict, sign, shape and colour.
SIGNS = """
return Array.from(document.querySelectorAll(`#${arguments[0]} .verdict`), (host) => {
  const { content, borderRadius, clipPath, backgroundColor, boxShadow } = getComputedStyle(host, "::before");
  const shape = `${borderRadius} ${clipPath} ${backgroundColor === "rgba(0, 0, 0, 0)"}`;
  return [host.closest("[data-verdict]").dataset.verdict, content, shape, boxShadow.split(")")[0]];
});
"""
MOST_PIXELS = 100
MARGIN = """
const at = DATA.claims.list.findIndex(({ quantity }) => quantity === arguments[0]);
return document.querySelectorAll("#margins-table tbody tr")[at].cells[1].textContent;
"""
# The verdicts with factor 1, in the middle of the slider.
AT_ONE = "return DATA.claims.list.map(({ byFactor }) => DATA.claims.words[Number(byFactor[40])][0])"


def headline(claims):
    counts = Counter(claim["verdict"] for claim in claims)
    said = [f"{counts[name]} {words}" for name, words in VERDICTS.items() if counts[name]]
    return f"{len(claims)} claims: {', '.join(said)}"


def shows_its_verdicts(page, folder):
    page.open(folder / "report.html")
    claims = rows_of(folder / "claims.csv")
    lead = page.run("return document.querySelector('.lead').textContent")
    expect(lead.startswith("6 printed results: "), f"the page begins with {lead!r}")
    expect(page.run(CLAIMS) == [claim["claim"] for claim in claims], "the table has other claims than claims.csv")
    expect(page.count(".strip svg") == page.count(".drawn") > 20, "a claim has no drawing")
    shows_verdicts_by_shape_and_colour(page)
    for name in VERDICTS:
        names = [claim["claim"] for claim in claims if claim["verdict"] == name]
        if names:
            page.select("claims-verdict", name)
            expect(page.run(CLAIMS) == names, f"the filter on {name} shows other claims")
            cards, own = page.count(".drawn:not([hidden])"), page.count(f".drawn[data-verdict='{name}']")
            expect(cards == own, f"the filter on {name} shows {cards} drawings; expected {own}")
            count = page.text("claims-count")
            expect(count == f"{len(names)} of {len(claims)} claims", f"the filter says {count}")
    page.select("claims-verdict", "")
    page.press("#claims-table thead button", 2, Keys.ENTER)
    upwards = page.run(P_VALUES)
    page.press("#claims-table thead button", 2, Keys.ENTER)
    downwards = page.run(P_VALUES)
    expect(len(upwards) > 2 and upwards == sorted(upwards) == downwards[::-1], "the table is not sorted by p")


def shows_verdicts_by_shape_and_colour(page):
    for part in ["claims-table", "printed-numbers", "statements", "margins-table"]:
        signs = {tuple(sign) for sign in page.run(SIGNS, part)}
        verdicts = {name for name, *_ in signs}
        expect(len(signs) == len(verdicts) > 2, f"{part}: a verdict is shown in two ways: {signs}")
        for what, kinds in zip(["sign", "shape", "colour"], list(zip(*signs))[1:]):
            expect(len(set(kinds)) == len(verdicts), f"{part}: two verdicts have the same {what}: {signs}")


def is_compact_on_a_phone(page):
    page.phone()
    for part, rows in [("distributions", ".drawn"), ("verdicts", "#claims-table tbody tr")]:
        height, count = page.find(part).size["height"], page.count(rows)
        expect(height <= MOST_PIXELS * count, f"on a phone, the {count} claims of {part} are {height} pixels high")
    page.desktop()


def moves_the_margins(page, folder):
    path = folder / "report.html"
    page.open(path)
    expected = [claim["verdict"] for claim in rows_of(folder / "claims.csv")]
    expect(page.run(AT_ONE) == expected, f"with factor 1 the page has {page.run(AT_ONE)}; expected {expected}")
    at_one = page.text("margins-tally")
    said = headline(rows_of(folder / "claims.csv"))
    expect(said in at_one, f"with factor 1 the page says {at_one!r}; expected {said!r}")
    # As the rules have them, in the units of REPORT.md.
    for quantity, unit in [("test-accuracy", " points"), ("training-rises", " points"), ("stop-epoch", "factor ")]:
        expect(unit in page.run(MARGIN, quantity), f"the margin of {quantity} is {page.run(MARGIN, quantity)!r}")
    page.press("#margins-factor", 0, Keys.HOME)
    least = page.text("margins-tally")
    expect(least.startswith("What if: factor 0.25.") and said not in least, f"with factor 1/4 the page says {least!r}")
    changed = page.count("#margins-table tr.changed")
    expect(changed > 0, "no verdict changes with a quarter of the margins")
    address = page.run("return location.hash")
    page.open(path, address)
    expect(page.text("margins-tally") == least, f"{address} shows {page.text('margins-tally')!r}")
    page.press("#margins-reset", 0, Keys.ENTER)
    expect(page.text("margins-tally") == at_one, "factor 1 does not come back")
    expect(page.count("#margins-table tr.changed") == 0, "a verdict stays changed with factor 1")


def check(page, folder):
    shows_its_verdicts(page, folder)
    is_compact_on_a_phone(page)
    moves_the_margins(page, folder)
    page.expect_to_fit_a_phone()
