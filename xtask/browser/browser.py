"""A page in Chromium without a network, used with a pointer, a finger and keys."""

import csv
import shutil
import sys

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select

ARGUMENTS = [
    "--headless=new",
    # A container has no user namespaces and little shared memory.
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--window-size=1280,800",
]

FRAMES = "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 0)))"

SHEET = """
const { data } = document.getElementById("digit-canvas").getContext("2d").getImageData(0, 0, 280, 280);
return Array.from(data.filter((_, at) => at % 4 === 0));
"""

PIXELS = """
const copy = document.createElement("canvas").getContext("2d");
copy.drawImage(document.getElementById("digit-pixels"), 0, 0);
return Array.from(copy.getImageData(0, 0, 28, 28).data.filter((_, at) => at % 4 === 0));
"""


def expect(is_so, otherwise):
    if not is_so:
        sys.exit(f"error: {otherwise}")


def rows_of(path):
    """The rows of a table in CSV."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class Page:
    def __enter__(self):
        driver = shutil.which("chromedriver")
        expect(driver, "chromedriver not found (Debian: chromium-driver)")
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium") or ""
        for argument in ARGUMENTS:
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=Service(driver))
        self.driver.execute_cdp_cmd("Network.enable", {})
        self.opened = []
        return self

    def __exit__(self, *_):
        self.driver.quit()

    def open(self, path, fragment=""):
        """Opens a file or an address."""
        address = path if isinstance(path, str) else path.as_uri()
        self.opened.append(address)
        # From another page, because a new fragment alone does not load the page again.
        self.driver.get("about:blank")
        self.driver.get(address + fragment)
        self.settle()

    def allow(self, path):
        """Allows a request for a file beside a page."""
        self.opened.append(path.as_uri())

    def expect_quiet(self):
        """Expects no error, and no request except for the pages and what they may ask for. An allowed file that is
        absent is no error."""
        said = [entry["message"] for entry in self.driver.get_log("browser")]
        said = [words for words in said if not ("mnist.js" in words and "ERR_FILE_NOT_FOUND" in words)]
        expect(not said, f"the browser says: {said}")
        log = "".join(entry["message"] for entry in self.driver.get_log("performance"))
        expect("Network.requestWillBeSent" in log, "the browser's log has no requests")
        asked = {piece.split('"')[0] for piece in log.split('"url":"')[1:]}
        other = {url for url in asked if url.split("#")[0] not in {*self.opened, "", "about:blank", "data:,"}
                 and not url.startswith("blob:null/")}
        expect(not other, f"the page asks for {other}")

    def settle(self):
        self.driver.execute_async_script(FRAMES)

    def find(self, name):
        return self.driver.find_element(By.ID, name)

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def count(self, selector):
        return len(self.driver.find_elements(By.CSS_SELECTOR, selector))

    def text(self, name):
        return self.find(name).get_attribute("textContent")

    def shown_probabilities(self):
        rows = self.driver.find_elements(By.CSS_SELECTOR, "#digit-probabilities li")
        shown = [row.get_attribute("data-probability") for row in rows]
        return [float(p) for p in shown if p]

    def pixels(self):
        """The 28 × 28 bytes of the network's input that the page shows, from a copy, which is read once."""
        levels = self.run(PIXELS)
        return bytes(levels)

    def sheet(self):
        """The grey levels of what is drawn, row by row."""
        return bytes(self.run(SHEET))

    def click(self, name):
        self.find(name).click()
        self.settle()

    def click_all(self, selector, at):
        self.driver.find_elements(By.CSS_SELECTOR, selector)[at].click()

    def type(self, name, words):
        self.find(name).send_keys(words)

    def select(self, selector, value):
        Select(self.driver.find_element(By.CSS_SELECTOR, f"#{selector}")).select_by_value(value)

    def press(self, selector, at, key):
        self.driver.find_elements(By.CSS_SELECTOR, selector)[at].send_keys(key)
        self.settle()

    def choose_file(self, path):
        self.find("digit-file").send_keys(str(path))
        self.wait()

    def wait(self):
        """Waits until a file is read."""
        self.driver.execute_async_script("setTimeout(arguments[0], 200)")

    def draw(self, strokes):
        sheet = self.find("digit-canvas")
        self.run("arguments[0].scrollIntoView({block: 'center'})", sheet)
        for stroke in strokes:
            pen = ActionChains(self.driver, duration=20)
            for at, (x, y) in enumerate(stroke):
                pen.move_to_element_with_offset(sheet, x - 140, y - 140)
                if at == 0:
                    pen.click_and_hold()
            pen.release().perform()
        self.settle()

    def touch(self, stroke):
        left, top = self.run("const box = arguments[0].getBoundingClientRect(); return [box.left, box.top]",
                             self.find("digit-canvas"))
        points = [{"x": left + x, "y": top + y} for x, y in stroke]
        events = [("touchStart", points[:1])] + [("touchMove", [point]) for point in points[1:]] + [("touchEnd", [])]
        for kind, at in events:
            self.driver.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})
        self.settle()

    def phone(self):
        size = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        self.driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True})
        self.settle()

    def expect_to_fit_a_phone(self):
        self.phone()
        width, window = self.run("return [document.documentElement.scrollWidth, innerWidth]")
        expect(width <= window, f"on a phone the page is {width} wide, the window {window}")
        self.desktop()

    def desktop(self):
        self.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        self.driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": False})
        self.settle()
