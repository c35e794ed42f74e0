"""Every number of one step: those in the page against nn-core's textbook."""

import base64
import json
import re
import subprocess

from browser import expect
from selenium.webdriver.common.keys import Keys

RATE = "0.0001"
SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")


def shown(page, quantity):
    """The number that the page shows below the picture."""
    found = re.search(r": (-?[0-9.]+(?:e[-+]?[0-9]+)?)\.(?: |$)", page.text("step-value"))
    expect(found, f"{quantity}: the page says {page.text('step-value')!r}")
    return float(found[1])


def close(quantity, ours, theirs, relative=1e-3):
    expect(abs(ours - theirs) <= relative * abs(theirs) + 1e-12, f"{quantity} is {ours}; the textbook has {theirs}")


def check(page, path, textbook, folder):
    """The first two numbers of each quantity, the loss after a step, and a derivative by both ways."""
    page.open(path)
    page.press("#digit-examples button", 3, Keys.ENTER)
    # The numbers are computed when the section is in sight.
    expect(page.count("#step-stages button") == 0, "numbers are computed out of sight")
    page.run("document.getElementById('step').scrollIntoView()")
    page.settle()
    page.press("#step-class", 0, "5")
    label = page.find("step-class").get_attribute("value")
    expect(label == "5", f"the right class is {label}; expected the one that was chosen")
    model, pixels = folder / "step.safetensors", folder / "step.pixels"
    file = page.run("return DATA.models[Number(document.getElementById('digit-model').value)].file")
    model.write_bytes(base64.b64decode(file))
    pixels.write_bytes(page.pixels())
    command = subprocess.run([*textbook, model, pixels, label, RATE], check=True, stdout=subprocess.PIPE, text=True)
    expected = json.loads(command.stdout)
    names = [words.split(" ")[0].translate(SUBSCRIPTS) for words in page.run(
        "return Array.from(document.querySelectorAll('#step-stages button'), (it) => it.textContent)")]
    expect(sorted(names) == sorted(set(expected) - {"after"}), f"the page shows {names}; the textbook {list(expected)}")
    compared = 0
    for at, name in enumerate(names):
        page.click_all("#step-stages button", at)
        if name != "E":
            page.press("#step-picture", 0, Keys.HOME)
        for k, theirs in enumerate(expected[name]):
            close(f"{name}[{k}]", shown(page, name), theirs)
            compared += 1
            if k == 0 and len(expected[name]) > 1:
                page.press("#step-picture", 0, Keys.ARROW_RIGHT)
    expect(compared >= 19, f"only {compared} numbers were compared")
    # The derivative by an output's bias, which is not 0.
    page.click_all("#step-stages button", names.index("Z2"))
    page.press("#step-picture", 0, Keys.HOME)
    backpropagation, numerical = float(page.text("step-backpropagation")), float(page.text("step-numerical"))
    close("the chosen derivative", backpropagation, expected["δ2"][0], 1e-6)
    close("the central difference", numerical, backpropagation, 1e-2)
    before = page.text("step-epsilon-text"), page.text("step-difference")
    page.press("#step-epsilon", 0, Keys.ARROW_RIGHT)
    after = page.text("step-epsilon-text"), page.text("step-difference")
    expect(all(old != new for old, new in zip(before, after)), f"ε and difference stay {after}")
    page.click("step-take")
    loss = float(re.search(r"loss ([0-9.e+-]+[0-9])", page.text("step-state"))[1])
    close("the loss after a step", loss, expected["after"][0])
    page.click("step-undo")
    expect(page.text("step-state").startswith("Before any step"), "the steps are not undone")
    print(f"one step: {compared} numbers as in the textbook, the derivative by both ways, the loss after the step")
    page.expect_to_fit_a_phone()
