"""Tests the pages of reports in Chromium without a network: their contents, their answers to drawings and to the test
set, and that texts stay texts. Called by `cargo xtask browser`.

usage: check.py PAGE HOSTILE_PAGE CLAIMS COMBINATIONS RUNS DATA evaluate: COMMAND... prepare: COMMAND... textbook: COMMAND...

CLAIMS and COMBINATIONS are folders of results with their report.html, RUNS has runs of the program, DATA has MNIST's
files. The first command, with the name of a model, prints its probabilities for the test images as CSV; the second,
with the names of pictures, what becomes of each; the third, with a model, an image, a label and a learning rate, the
numbers of a step as JSON.
"""

import base64
import csv
import gzip
import io
import json
import pathlib
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

import claims
import combinations
import pictures
import robust
import step
import train
from browser import Page, expect
from selenium.webdriver.common.keys import Keys

IMAGES = 10_000
DRAWN = 100
PHOTOGRAPHED = 100
LARGEST_DIFFERENCE = 1e-5
LARGEST_PAGE = 2_000_000

# Digits, and the strokes of each on the sheet of 280 × 280.
DRAWINGS = [
    (7, [[(70, 60), (200, 60), (180, 120), (140, 230)]]),
    (1, [[(140, 50), (138, 140), (136, 235)]]),
    (0, [[(140, 50), (80, 100), (75, 170), (120, 230), (175, 220), (205, 150), (190, 80), (140, 50)]]),
    (4, [[(90, 50), (80, 140), (190, 140)], [(175, 60), (170, 235)]]),
]

PREPARE = """
const { pixels } = MnistPicture.prepare(Dom.bytes(arguments[2]), arguments[0], arguments[1]);
return pixels === undefined ? null : Array.from(pixels);
"""

# A 2 and something else, of which the page's model is not sure; two digits.
UNSURE = [[(60, 60), (200, 200)], [(80, 200), (140, 140)]]
TWO = [[(60, 60), (60, 220)], [(200, 60), (190, 220)]]

NAMES = "return Array.from(document.querySelectorAll('#curves-plot .line-name'), (it) => it.textContent)"
CLASSES = "return Array.from(document.querySelectorAll('#digit-probabilities b'), (it) => it.textContent)"
BESIDE = "return document.getElementById('digit-answer').parentElement.textContent"

DROP = """
const dropped = new DataTransfer();
dropped.items.add(new File([Dom.bytes(arguments[0])], "dropped.safetensors"));
window.dispatchEvent(new DragEvent("drop", { dataTransfer: dropped, cancelable: true }));
"""

PREDICT = """
const [model, pixels] = [Model.parse(Dom.bytes(arguments[0])), Dom.bytes(arguments[1])];
const images = Array.from({length: pixels.length / 784}, (_, at) => pixels.subarray(784 * at, 784 * (at + 1)));
return images.map((image) => Array.from(Model.forward(model, image).probabilities));
"""


def shows_what_it_should(page):
    for part in ["verdicts", "distributions", "margins", "curves", "digit", "confusion", "weights", "gradients"]:
        expect(page.find(part).is_displayed(), f"part {part} is not shown")
    drawn = page.count(".drawn")
    for kind, count in {".strip svg": drawn, "#curves-plot path.line": 1, "#gradients-plot .mark": 6}.items():
        found = page.count(kind)
        expect(found >= count, f"{found} of {kind}; expected {count} or more")


def answers_drawings(page):
    expect(page.text("digit-answer") == "", "an empty sheet has an answer")
    for digit, strokes in DRAWINGS:
        page.draw(strokes)
        found = page.text("digit-answer")
        expect(found == str(digit), f"a drawn {digit} is taken for {found!r}")
        total = sum(page.shown_probabilities())
        expect(abs(total - 1) < 1e-9, f"probabilities add up to {total}")
        ink = max(page.pixels())
        expect(ink == 255, f"the brightest pixel that is shown has {ink}")
        page.click("digit-undo" if len(strokes) == 1 else "digit-clear")
        page.settle()
        expect(page.text("digit-answer") == "", "an empty sheet has an answer")
        expect(page.shown_probabilities() == [], "an empty sheet has probabilities")


def warns_beside_the_answer(page):
    limit = page.run("return DATA.unsure")
    for strokes, is_sure in [(DRAWINGS[0][1], True), (UNSURE, False)]:
        page.draw(strokes)
        answer, p = page.text("digit-answer"), max(page.shown_probabilities())
        expect((p >= limit) == is_sure, f"{strokes} is taken for {answer} with probability {p}")
        expected = "" if is_sure else f"Uncertain, {answer} has only {100 * p:.1f} %."
        found = page.text("digit-message")
        expect(found == expected, f"of a probability of {p} the page says {found!r}; expected {expected!r}")
        page.click("digit-clear")
    page.draw(TWO)
    expect("More than one digit found" in page.run(BESIDE), f"beside the answer of two digits is {page.run(BESIDE)!r}")
    page.click("digit-clear")
    expect(page.text("digit-message") == "", "an empty sheet has a message")


def shows_curves_as_they_end(page):
    expect(page.run("return document.querySelector('#curves-controls select[name=scale]').value") == "log",
           "the curves do not begin with a logarithmic scale")
    names = page.run(NAMES)
    ends = page.run("return DATA.experiments.map(({ id, runs }) => {"
                    " const all = runs.map((run) => run.valLoss).sort((a, b) => b.length - a.length);"
                    " return `${id} ${Number(all[0].at(-1).toPrecision(4))}`; })")
    expect(sorted(names) == sorted(ends), f"the lines are called {names}; expected {ends}")
    page.press("#curves-plot", 0, Keys.HOME)
    expect("after epoch 1" in page.text("curves-values"), "the first epoch's numbers are not shown")
    expect(page.run(NAMES) == names, "the names of the lines change with the cursor")


def answers_a_finger(page):
    page.phone()
    before = page.run("document.getElementById('digit-canvas').scrollIntoView({block: 'center'}); return scrollY")
    page.touch(DRAWINGS[0][1][0])
    expect(page.text("digit-answer") == "7", "a 7 drawn by a finger is not recognised")
    expect(page.run("return scrollY") == before, "the page scrolls under the finger")
    page.click("digit-clear")
    page.expect_to_fit_a_phone()


def answers_the_keyboard(page):
    for digit in range(10):
        page.press("#digit-examples button", digit, Keys.ENTER)
        found = page.text("digit-answer")
        expect(found == str(digit), f"the example of a {digit} is taken for {found!r}")
    page.press("#digit-units button", 0, Keys.ARROW_RIGHT)
    expect(page.text("digit-unit-text").startswith("unit 2 gives"), "an arrow key does not choose the next unit")
    page.press("#curves-plot", 0, Keys.END)
    last = page.run("return Math.max(...DATA.experiments.flatMap((e) => e.runs.map((run) => run.valLoss.length)))")
    expect(f"after epoch {last}" in page.text("curves-values"), "the last epoch's numbers are not shown")
    page.click("digit-clear")


def prepares_as_the_crate_does(page, images, prepare, folder):
    files, ours = [], []

    def add(width, height, grey, pixels):
        files.append(folder / f"{len(files)}.png")
        files[-1].write_bytes(pictures.png(width, height, grey))
        ours.append(pixels)

    for seed in range(DRAWN):
        page.draw(pictures.strokes(seed))
        pixels = page.pixels() if page.text("digit-answer") else None
        add(280, 280, page.sheet(), pixels)
        page.click("digit-clear")
    for seed in range(PHOTOGRAPHED):
        width, height, grey = pictures.photograph(images[784 * seed : 784 * (seed + 1)], seed)
        found = page.run(PREPARE, width, height, base64.b64encode(grey).decode())
        add(width, height, grey, None if found is None else bytes(found))
    command = subprocess.run([*prepare, *files], check=True, stdout=subprocess.PIPE, text=True)
    refused = 0
    for file, found, line in zip(files, ours, command.stdout.splitlines(), strict=True):
        is_refused = len(line) != 2 * 784
        refused += is_refused
        theirs = None if is_refused else bytes.fromhex(line)
        expect(found == theirs, f"{file.name}: other bytes than mnist-picture has, or one of the two refuses it")
    print(f"{DRAWN} drawings, {PHOTOGRAPHED} photographs: the same bytes as mnist-picture; both refuse {refused}")


def models(page):
    """Titles and files of the models in the page."""
    return [(model["title"], model["file"]) for model in page.run("return DATA.models") if model["file"]]


def agrees_on_the_test_set(page, images, evaluate, folder):
    for title, file in models(page):
        name = folder / "model.safetensors"
        name.write_bytes(base64.b64decode(file))
        command = subprocess.run([*evaluate, name], check=True, stdout=subprocess.PIPE, text=True)
        rows = list(csv.reader(io.StringIO(command.stdout)))[1:]
        expect(len(rows) == IMAGES, f"{len(rows)} rows of probabilities; expected {IMAGES}")
        largest = 0
        for first in range(0, IMAGES, 1000):
            part = base64.b64encode(images[784 * first : 784 * (first + 1000)]).decode()
            for row, ours in zip(rows[first:], page.run(PREDICT, file, part)):
                theirs = [float(cell) for cell in row[2:]]
                largest = max(largest, *(abs(a - b) for a, b in zip(ours, theirs, strict=True)))
                answer = ours.index(max(ours))
                expect(answer == int(row[1]), f"{title}, image {row[0]}: {answer}, mnist-lab says {row[1]}")
        expect(largest < LARGEST_DIFFERENCE, f"{title}: probabilities differ by {largest}")
        print(f"{title}: {IMAGES} images, the same classes, probabilities within {largest:.1e}")


def container(header, numbers=b""):
    """A safetensors file."""
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + numbers


def takes_models_and_refuses_others(page, folder):
    title, file = models(page)[-1]
    good = folder / "mine.safetensors"
    good.write_bytes(base64.b64decode(file))
    page.choose_file(good)
    chosen = page.run("const select = document.getElementById('digit-model'); return select.selectedOptions[0].text")
    expect(chosen.startswith("mine.safetensors: "), f"a model that was chosen is called {chosen}")

    page.run(DROP, base64.b64encode(good.read_bytes()).decode())
    page.wait()
    options = page.run("return document.getElementById('digit-model').options.length")
    expect(options == len(models(page)) + 2, f"after a model was chosen and one dropped there are {options}")

    # The same weights, as if trained on images of clothes.
    length = int.from_bytes(good.read_bytes()[:8], "little")
    header = json.loads(good.read_bytes()[8 : 8 + length])
    metadata = {**json.loads(header["__metadata__"]["mnist-lab"]), "dataset": "Fashion-MNIST"}
    clothes = folder / "clothes.safetensors"
    header["__metadata__"]["mnist-lab"] = json.dumps(metadata)
    clothes.write_bytes(container(header, good.read_bytes()[8 + length :]))
    expect(page.run(CLASSES) == [str(k) for k in range(10)], f"the digits are called {page.run(CLASSES)}")
    page.choose_file(clothes)
    names = page.run(CLASSES)
    expect(len(names) == 10 and names[1] == "Trouser", f"the classes of clothes are called {names}")
    page.draw(DRAWINGS[0][1])
    expect(page.text("digit-answer") == names[7], f"the answer is {page.text('digit-answer')}; expected {names[7]}")
    page.click("digit-clear")

    metadata = {"format": 1, "image": [14, 14], "settings": {"activation": "relu"}}
    weight = {"dtype": "F32", "shape": [10], "data_offsets": [0, 40]}
    for contents, expected in [
        (b"", "it has 0 bytes"),
        (b"\x89PNG\r\n\x1a\n and so on", "its header would be longer than the file"),
        (b"\x02\0\0\0\0\0\0\0[]", "its header is not a table"),
        (container({"fc1.bias": weight}), "tensor fc1.bias does not fit into the file"),
        (container({"fc1.bias": weight}, b"\xff" * 40), "tensor fc1.bias holds a number that is not finite"),
        (container({"fc1.bias": weight}, bytes(40)), "this is not a model of mnist-lab"),
        (container({"__metadata__": {"mnist-lab": json.dumps(metadata)}}), "the model takes images of 14 × 14"),
    ]:
        bad = folder / "bad.safetensors"
        bad.write_bytes(contents)
        page.choose_file(bad)
        found = page.text("digit-message")
        expect(expected in found, f"of a bad model the page says {found!r}; expected {expected!r}")


def keeps_a_view_in_the_address(page, path):
    last = page.run("return Array.from(document.getElementById('claims-verdict').options).pop().value")
    page.select("claims-verdict", last)
    page.select("curves-controls select[name=y]", "accuracy")
    page.select("curves-controls select[name=scale]", "linear")
    page.click_all("#curves-experiments input[value=softmax]", 0)
    state = "return ['curves-plot', 'claims-count'].map((name) => document.getElementById(name).textContent)"
    address, before = page.run("return location.hash"), page.run(state)
    expect("y=accuracy" in address and "scale=linear" in address and "softmax" not in address, f"the address is {address}")
    page.open(path)
    expect(page.run(state) != before, "the choices change nothing")
    page.open(path, address)
    after = page.run(state)
    expect(after == before, f"{address} shows {after}; expected {before}")


def keeps_texts_as_texts(page, path):
    page.open(path)
    expect(page.run("return window.caught === undefined"), "a text of the suite was run as a script")
    title = page.run("return document.querySelector('h1').textContent")
    expect(title.startswith("</script><script>"), f"the suite's title is shown as {title!r}")
    expect(page.count("img, main script, svg[onload]") == 0, "a text of the suite became an element")
    # Only this page has readings: sort them by test loss, then filter them by a word.
    page.click_all("#readings-table thead button", 4)
    losses = page.run("return Array.from(document.querySelectorAll('#readings-table tbody tr'),"
                      " (row) => parseFloat(row.cells[4].textContent))")
    expect(losses == sorted(losses) and len(losses) == 2, f"the readings' losses are {losses}")
    # The Enter key sends no form, which would load the page again.
    page.type("readings-words", "window.caught" + Keys.ENTER)
    page.settle()
    expect(page.text("readings-count") == "1 of 2 rows", f"the filter says {page.text('readings-count')}")


def in_a_browser(check):
    with tempfile.TemporaryDirectory() as folder, Page() as page:
        check(page, pathlib.Path(folder))
        page.expect_quiet()


def main():
    paths = sys.argv[1 : sys.argv.index("evaluate:")]
    path, hostile, judged, combined, runs, data = (pathlib.Path(it).resolve() for it in paths)
    names = ["evaluate:", "prepare:", "textbook:"]
    places = [sys.argv.index(name) for name in names] + [len(sys.argv)]
    evaluate, prepare, textbook = (sys.argv[start + 1 : end] for start, end in zip(places, places[1:]))
    for page_path in [path, judged / "report.html", combined / "report.html"]:
        size = page_path.stat().st_size
        expect(size <= LARGEST_PAGE, f"{page_path} has {size} bytes; expected at most {LARGEST_PAGE}")
    images = gzip.decompress((data / "t10k-images-idx3-ubyte.gz").read_bytes())[16:]

    def shows(page, folder):
        page.open(path)
        shows_what_it_should(page)
        answers_drawings(page)
        warns_beside_the_answer(page)
        shows_curves_as_they_end(page)
        answers_a_finger(page)
        answers_the_keyboard(page)
        takes_models_and_refuses_others(page, folder)
        page.open(path)
        prepares_as_the_crate_does(page, images, prepare, folder)
        agrees_on_the_test_set(page, images, evaluate, folder)
        keeps_a_view_in_the_address(page, path)
        claims.check(page, judged)
        combinations.check(page, combined)
        robust.check(page, path, folder)
        keeps_texts_as_texts(page, hostile)

    def trains(page, folder):
        step.check(page, path, textbook, folder)
        train.check(page, path, runs, data, evaluate, folder)

    with ThreadPoolExecutor() as browsers:
        for done in browsers.map(in_a_browser, [shows, trains]):
            pass
    print("the pages are as they should be")


main()
