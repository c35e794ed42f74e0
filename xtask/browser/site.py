"""Serves a folder of web pages under a path, and opens every page in Chromium. No page may cause an error, a failed
request, or a request outside the path. Called by `cargo xtask site --check`.

usage: site.py FOLDER
"""

import functools
import http.server
import json
import pathlib
import sys
import threading

import train
from browser import Page, expect

PATH = "/some/path/"
DATA = pathlib.Path(__file__).parents[2] / "data"

# A page of the site, and the same page without its mnist.js, as in a repository that is served as it is.
TRAINS = ["results/paper/report.html", "results/served/report.html"]


class Handler(http.server.SimpleHTTPRequestHandler):
    def translate_path(self, path):
        # The server has nothing outside the path.
        name = path.removeprefix(PATH) if path.startswith(PATH) else "outside"
        if name.startswith("data/"):
            return str(DATA / name.removeprefix("data/"))
        if name == TRAINS[1]:
            name = TRAINS[0]
        return super().translate_path(name)

    def log_message(self, *_):
        pass


def events(page):
    """The browser's messages about requests since the last call."""
    for entry in page.driver.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        yield message["method"], message["params"]


def check(page, site, name):
    """Opens a page, and returns the number of its requests."""
    page.open(site + name)
    said = [entry["message"] for entry in page.driver.get_log("browser")]
    expect(not said, f"{name}: the browser says: {said}")
    requests = 0
    for method, params in events(page):
        if method == "Network.requestWillBeSent":
            url = params["request"]["url"]
            inside = url.startswith((site, "data:", "blob:", "about:"))
            expect(inside, f"{name}: the page asks for {url}, which is outside {site}")
            requests += url.startswith(site)
        elif method == "Network.responseReceived":
            status, url = params["response"]["status"], params["response"]["url"]
            expect(status < 400, f"{name}: {url} has status {status}")
        elif method == "Network.loadingFailed":
            expect(params.get("canceled"), f"{name}: a request failed: {params['errorText']}")
    expect(requests > 0, f"{name}: the browser's log has no requests")
    return requests


def trains(page, site, name):
    """An epoch, with data from the server."""
    page.open(site + name, "#train=softmax,seed=0")
    page.click("train-one-epoch")
    train.until(page, name, lambda: train.rests(page) and train.epoch(page) == 1)


def main():
    folder = pathlib.Path(sys.argv[1])
    # toc.html is the content of a frame in pages of mdBook.
    paths = [path for path in folder.rglob("*.html") if path.name != "toc.html"]
    names = sorted(path.relative_to(folder).as_posix() for path in paths)
    for name in ["index.html", "book/index.html", "results/paper/report.html", "results/paper/mnist.js"]:
        expect((folder / name).is_file(), f"{name} is missing")
    page = (folder / TRAINS[0]).read_text(encoding="utf-8")
    expect('href="../../book/backpropagation.html"' in page, "the report's page has no link to the book")
    handler = functools.partial(Handler, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server, Page() as page:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        site = f"http://127.0.0.1:{server.server_port}{PATH}"
        requests = sum(check(page, site, name) for name in names)
        trains(page, site, TRAINS[0])
        said = page.driver.get_log("browser")
        expect(not said, f"{TRAINS[0]}: the browser says {said}")
        trains(page, site, TRAINS[1])
        page.open(site)
        page.expect_to_fit_a_phone()
        server.shutdown()
    print(f"{len(names)} pages, {requests} requests, all of them below {PATH}; trains with mnist.js and with data/")


main()
