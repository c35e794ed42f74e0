"""Pages with more runs, larger numbers or worse data than ours: each part that can be shown is shown."""

import json
import re

from browser import expect

DATA = re.compile(r'(<script type="application/json" id="data">)(.*?)(</script>)', re.DOTALL)
PARTS = {"curves": "#curves-plot path.line", "gradients": "#gradients-plot .mark", "strips": ".strip svg"}
EPOCHS = "return Array.from(document.querySelectorAll('#curves-plot .tick[text-anchor=middle]'), (it) => it.textContent)"
OPENED = "return performance.getEntriesByType('navigation')[0].domComplete"


def many_runs(data):
    for experiment in data["experiments"]:
        run = experiment["runs"][0]
        columns = {name: (numbers * 100)[:100] for name, numbers in run.items() if isinstance(numbers, list)}
        count = 1_600 if experiment is data["experiments"][0] else 1
        experiment["runs"] = [{**run, **columns, "seed": str(seed)} for seed in range(count)]


def long_runs(data):
    run = data["experiments"][0]["runs"][0]
    run.update({name: (numbers * 150_000)[:150_000] for name, numbers in run.items() if isinstance(numbers, list)})


def few_epochs(data):
    for run in (run for experiment in data["experiments"] for run in experiment["runs"]):
        run.update({name: numbers[:3] for name, numbers in run.items() if isinstance(numbers, list)})


def one_large_loss(data):
    run = data["experiments"][0]["runs"][0]
    run.update({name: [1e26] for name, numbers in run.items() if isinstance(numbers, list)})
    data["experiments"] = [{**data["experiments"][0], "runs": [run]}]


def no_gradients(data):
    data["epsilons"] = None


def no_curve(data):
    data["experiments"][0]["runs"][0]["valLoss"] = None


def no_claim(data):
    # The first that has a drawing.
    next(claim for claim in data["claims"]["list"] if claim["numbers"])["numbers"] = None


def close_seeds(data):
    runs = data["experiments"][0]["runs"]
    runs[0]["seed"], runs[1]["seed"] = str(2**53), str(2**53 + 1)


def parts(page):
    return {name: page.count(selector) for name, selector in PARTS.items()}


def check(page, path, folder):
    text = path.read_text(encoding="utf-8")
    page.open(path)
    whole = parts(page)
    seeds = page.count("#curves-seeds input")
    for change, lost in [(many_runs, ""), (long_runs, ""), (few_epochs, ""), (one_large_loss, ""), (close_seeds, ""),
                         (no_gradients, "gradients"), (no_curve, "curves"), (no_claim, "strips")]:
        data = json.loads(DATA.search(text)[2])
        change(data)
        changed = json.dumps(data).replace("<", "\\u003c")
        file = folder / f"{change.__name__}.html"
        file.write_text(DATA.sub(lambda found: found[1] + changed + found[3], text), encoding="utf-8")
        page.open(file)
        if change is many_runs:
            print(f"1600 runs of 100 epochs: open after {page.run(OPENED):.0f} ms")
        if change is few_epochs:
            found = page.run(EPOCHS)
            expect(found == ["1", "2", "3"], f"the axis of three epochs has {found}; expected whole epochs")
        if change is close_seeds:
            found = page.count("#curves-seeds input")
            expect(found == seeds + 2, f"with two seeds more, next to each other, {found} are shown; expected {seeds + 2}")
        for name, count in parts(page).items():
            if name == lost:
                expect(count < whole[name], f"{change.__name__}: {count} of {name} are shown; expected fewer")
            else:
                expect(count > 0, f"{change.__name__}: no {name} are shown")
        said = page.run("return Array.from(document.querySelectorAll('p.hint'), (it) => it.textContent)")
        failed = sum(words.startswith("This part cannot be shown: ") for words in said)
        expect(failed == (1 if lost else 0), f"{change.__name__}: {failed} parts say that they cannot be shown")
        page.draw([[(140, 50), (138, 140), (136, 235)]])
        expect(page.text("digit-answer") == "1", f"{change.__name__}: a drawn 1 is not read")
