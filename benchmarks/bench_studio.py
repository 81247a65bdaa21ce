"""The studio, measured in Chromium: from the click on Generate to the notes of ten melodies.

    python -m benchmarks.bench_studio [--clicks=30]

Ten melodies of 128 steps of ssc_basic_rnn (one-hot, 2 x 256), the engine warm. "On the page" is the
time until the rolls are in the document, which the page itself takes; "painted" adds the next two
frames. The load of the machine is printed, for this is a matter of milliseconds.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUNDLE = "ssc_basic_rnn"
WATCH = """() => new Promise((done) => {
  const began = performance.now();
  new PerformanceObserver((list, observer) => {
    observer.disconnect();
    const shown = list.getEntries()[0].duration;
    const painted = () => done([shown, performance.now() - began]);
    requestAnimationFrame(() => requestAnimationFrame(painted));
  }).observe({entryTypes: ["measure"]});
  document.getElementById("generate").click();
})"""


def clicks(address: str, count: int) -> list[tuple[float, float]]:
    """Returns milliseconds of each click until the notes are on the page, and painted."""
    from playwright.sync_api import sync_playwright

    names = ("chromium", "chromium-browser", "google-chrome")
    path = next(filter(None, map(shutil.which, names)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(address)
        page.wait_for_selector("html[data-ready]")
        page.select_option("#bundle", BUNDLE)
        found = []
        for _ in range(count + 5):
            page.wait_for_timeout(300)
            found.append(tuple(page.evaluate(WATCH)))
        assert page.locator(".song").count() == 10
        browser.close()
    return found[5:]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clicks", type=int, default=30)
    count = parser.parse_args().clicks
    print("load", *(f"{load:.1f}" for load in os.getloadavg()))
    command = [sys.executable, "-m", "ssc_melody", "studio", "--port=0", "--nobrowser"]
    studio = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert studio.stdout is not None
        found = clicks(studio.stdout.readline().split()[-1], count)
    finally:
        studio.terminate()
        studio.wait()
    for name, values in zip(("on the page", "painted"), zip(*found, strict=True), strict=True):
        print(
            f"{name}: median {statistics.median(values):.0f} ms, "
            f"least {min(values):.0f}, most {max(values):.0f}"
        )
    print("load", *(f"{load:.1f}" for load in os.getloadavg()))


if __name__ == "__main__":
    main()
