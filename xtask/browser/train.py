"""Training in the page: to the program's bytes, from each source of data, with pauses, and under faults."""

import csv
import io
import json
import re
import shutil
import subprocess
import time

from browser import expect
from selenium.webdriver.common.keys import Keys

DATA = ["train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz",
        "t10k-labels-idx1-ubyte.gz"]

# Long enough for a slow machine; nothing is timed.
PATIENCE = 900

# A worker that a test can stop.
STOPPABLE = "window.Worker = class extends Worker { constructor(url) { super(url); window.stoppable = this; } };"


def sums(run):
    """The SHA-256 of a run's files, from its run.json."""
    files = json.loads((run / "run.json").read_text(encoding="utf-8"))["files"]
    return files["model.safetensors"], files["metrics.csv"]


def until(page, what, is_so):
    start = time.monotonic()
    while not is_so():
        said = page.text("train-message")
        expect(not re.search("failed|stopped|cannot|not ", said), f"{what}: the page says {said!r}")
        expect(time.monotonic() - start < PATIENCE, f"{what}: not after {PATIENCE} s")
        time.sleep(0.1)


def says(page, what, words):
    start = time.monotonic()
    while words not in page.text("train-message"):
        expect(time.monotonic() - start < 60, f"{what}: {page.text('train-message')!r}; expected {words!r}")
        time.sleep(0.1)


def has_ended(page):
    return not page.run("return document.getElementById('train-outcome').hidden")


def rests(page):
    return page.run("return document.getElementById('train-controls').dataset.state") == "ready"


def epoch(page):
    return int(page.text("train-epoch"))


def computed(page):
    return page.text("train-model-sha256"), page.text("train-metrics-sha256")


def ends_with_the_published_bytes(page, file, run):
    """The first press of a new visitor: the best run, from `mnist.js` beside the page, with the network off."""
    page.open(file)
    chosen = [page.find(name).get_attribute("value") for name in ["train-experiment", "train-seed"]]
    expect(chosen == ["relu", "4"], f"the page proposes {chosen}; expected the best run")
    page.press("#train-start", 0, Keys.ENTER)
    until(page, "an epoch", lambda: epoch(page) >= 3)
    page.press("#digit-examples button", 3, Keys.ENTER)
    model = page.run("const it = document.getElementById('digit-model'); return it.selectedOptions[0].text")
    expect(model == "The network in training", f"a drawing is read by {model}")
    # Each new state of the network answers; within an epoch, one may be wrong.
    until(page, "a 3 that is read as 3", lambda: page.text("digit-answer") == "3")
    until(page, "relu, seed 4", lambda: has_ended(page))
    expect(computed(page) == sums(run), f"relu, seed 4: {computed(page)}; expected {sums(run)}")
    said = page.text("train-result")
    expect(said.startswith("same bytes"), f"the page says {said!r}; expected the same bytes")
    status = page.text("train-status")
    expect(re.search("[0-9.]+ s an epoch, [0-9,]+ images/s", status), f"the page's status is {status!r}")
    print(f"relu, seed 4: {epoch(page)} epochs, the published bytes")
    # Back to an epoch, with the keys of a slider.
    before = page.text("train-wall-text")
    page.press("#train-slider", 0, Keys.HOME)
    expect("epoch 0" in page.text("train-slider-text"), "the slider does not go back to the initial weights")
    found = page.text("train-wall-text")
    expect(found != before and "After epoch 0" in found, f"at epoch 0 the wall says {found!r}")
    page.expect_to_fit_a_phone()


def has_the_programs_bytes(page, file, run, link, what, between=lambda: None):
    """Settings of one's own, from a link."""
    page.open(file, link)
    between()
    page.click("train-start")
    until(page, what, lambda: has_ended(page))
    expect(computed(page) == sums(run), f"{what}: {computed(page)}; the program has {sums(run)}")
    said = page.text("train-result")
    expect(said.startswith("no published hash"), f"{what}: the page says {said!r}")


def pauses_and_goes_on(page, evaluate, folder):
    """Steps, an epoch, and a pause; the model that is half trained is a model for the program."""
    page.click("train-step")
    until(page, "a step", lambda: rests(page))
    expect("step 1 of 375" in page.text("train-status"), f"after a step: {page.text('train-status')!r}")
    page.click("train-one-epoch")
    until(page, "an epoch", lambda: rests(page))
    expect(epoch(page) == 1, f"after an epoch: {epoch(page)}")
    page.driver.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(folder)})
    page.click("train-download")
    model = folder / "model.safetensors"
    start = time.monotonic()
    while not model.exists():
        expect(time.monotonic() - start < 60, "no model was downloaded")
        time.sleep(0.1)
    command = subprocess.run([*evaluate, model], check=True, stdout=subprocess.PIPE, text=True)
    rows = list(csv.reader(io.StringIO(command.stdout)))
    expect(len(rows) == 10_001, f"the program reads {len(rows)} lines of the model's answers")
    model.unlink()
    page.click("train-start")
    page.click("train-pause")
    until(page, "a pause", lambda: rests(page))
    expect(not has_ended(page), "a pause ends the run")


def takes_data(page, file, data, folder):
    """From a chooser and a drop, and not from wrong or damaged files."""
    page.open(file)
    page.click("train-start")
    says(page, "without data", "MNIST is not beside this page")

    def choose(files):
        page.find("train-data").send_keys("\n".join(str(it) for it in files))

    whole = [data / name for name in DATA]
    choose(whole[:3])
    says(page, "three files", "t10k-labels-idx1-ubyte not found among the 3 files")
    damaged = folder / DATA[2]
    damaged.write_bytes(whole[2].read_bytes()[:-100])
    choose([*whole[:2], damaged, whole[3]])
    says(page, "a damaged file", "t10k-images-idx3-ubyte")
    hostile = folder / DATA[1]
    hostile.write_bytes(b"<script>caught()</script>" * 1000)
    choose([whole[0], hostile, *whole[2:]])
    says(page, "markup as data", "train-labels-idx1-ubyte")
    swapped = folder / DATA[3]
    shutil.copy(whole[1], swapped)
    choose([*whole[:3], swapped])
    says(page, "labels of other images", "t10k-")
    choose(whole)
    says(page, "MNIST", "Press Train")
    page.select("train-experiment", "softmax")
    page.click("train-one-epoch")
    until(page, "an epoch", lambda: rests(page))
    expect(epoch(page) == 1, "the chosen files train no epoch")


def refuses_wrong_settings(page, file):
    for setting, expected in [("lr=-1", "lr is -1"), ("hidden=x", "hidden is `x`"), ("seed=x", "seed is x"),
                              ("hidden=20000,20000", "not enough memory"),
                              ("batch-size=60000", "batch size is 60000")]:
        page.open(file, f"#train=relu,seed=4,{setting}")
        page.click("train-start")
        says(page, setting, expected)
    page.open(file, "#train=relu,seed=4,lr=1000,momentum=0,hidden=8")
    page.click("train-start")
    until(page, "a run that diverges", lambda: has_ended(page))
    expect("diverged" in page.text("train-result"), f"a diverged run: {page.text('train-result')!r}")


def lives_with_faults(page, file):
    def before(script):
        command = page.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": script})
        page.open(file)
        page.click("train-start")
        page.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", command)

    for script, words in [("delete window.WebAssembly", "no WebAssembly"), ("delete window.Worker", "no workers"),
                          ("delete window.DecompressionStream", "no DecompressionStream")]:
        before(script)
        says(page, script, words)
    # Behind another tab, training goes on.
    before("")
    until(page, "an epoch", lambda: epoch(page) >= 1)
    own = page.driver.current_window_handle
    page.driver.switch_to.new_window("tab")
    time.sleep(3)
    page.driver.close()
    page.driver.switch_to.window(own)
    until(page, "more epochs after another tab", lambda: epoch(page) >= 2)
    before(STOPPABLE)
    until(page, "two epochs", lambda: epoch(page) >= 2)
    page.run("stoppable.dispatchEvent(new ErrorEvent('error', { message: 'out of memory' }))")
    says(page, "a worker that dies", "The trainer stopped: out of memory. What was trained so far is still here.")
    page.press("#train-slider", 0, Keys.HOME)
    expect("epoch 0" in page.text("train-slider-text"), "after the worker's end the slider does not go back")
    page.select("train-experiment", "softmax")
    page.click("train-one-epoch")
    until(page, "a new worker", lambda: rests(page))
    expect(epoch(page) == 1, "after the worker's end nothing can be trained")


def plants_mistakes(page, file):
    """The page's gradient check finds the mistakes that the one in Rust finds."""
    page.open(file)
    page.run("document.getElementById('train-plant').closest('details').open = true")
    page.click("train-plant")
    table = page.run("return DATA.train.mistakes")
    until(page, "the mistakes", lambda: page.count("#train-mistakes figure") == len(table) + 1)
    found = page.run("return Array.from(document.querySelectorAll('#train-mistakes figure'),"
                     " (it) => [it.querySelector('strong').textContent, it.dataset.found === 'true'])")
    expected = [["no mistake", False], *([row["mistake"], row["gradient_check"]] for row in table)]
    expect(found == expected, f"the gradient check in the page finds {found}; expected {expected}")


def check(page, path, runs, data, evaluate, folder):
    """`runs` has the program's runs and `mnist.js`, `data` MNIST's files."""
    place = folder / "trains"
    place.mkdir()
    file = place / "report.html"
    shutil.copy(path, file)
    takes_data(page, file, data, folder)
    shutil.copy(runs / "mnist.js", place / "mnist.js")
    page.allow(place / "mnist.js")
    ends_with_the_published_bytes(page, file, path.parent / "relu/seed-4")
    has_the_programs_bytes(page, file, runs / "softmax/seed-0", "#train=softmax,seed=0,epochs=3", "softmax, seed 0",
                           lambda: pauses_and_goes_on(page, evaluate, folder))
    has_the_programs_bytes(page, file, runs / "relu/seed-4", "#wasm=exact&train=relu,seed=4,epochs=1",
                           "relu, seed 4, in the exact form")
    expect("exact" in page.text("train-status"), f"the exact form's status is {page.text('train-status')!r}")
    refuses_wrong_settings(page, file)
    lives_with_faults(page, file)
    plants_mistakes(page, file)
