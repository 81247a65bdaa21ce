"""A headless Chromium for tests of pages; what it fetches and complains of is kept."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

PHONE = (390, 844)
DESKTOP = (1280, 900)

_HEAR = """
// What reaches the loudspeakers reaches an analyser too: window.loudness() is its peak.
const connect = AudioNode.prototype.connect;
AudioNode.prototype.connect = function (target, ...rest) {
  if (target === this.context.destination && this.context instanceof AudioContext) {
    const analyser = new AnalyserNode(this.context, {fftSize: 8192});
    connect.call(this, analyser);
    window.loudness = () => {
      const samples = new Float32Array(8192);
      analyser.getFloatTimeDomainData(samples);
      return samples.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    };
  }
  return connect.call(this, target, ...rest);
};
window.loudness = () => 0;
"""


@dataclass
class Tab:
    """A page in the browser: `page` is playwright's, `requests` and `complaints` are texts."""

    page: Any
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def until(self, expression: str) -> None:
        """Waits until a JavaScript expression is true (playwright's own way needs eval)."""
        for _ in range(400):
            if self.page.evaluate(expression):
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"never true: {expression}")


class Browser:
    """Opens files, and addresses of this machine, as tabs."""

    def __init__(self, browser: Any) -> None:
        self._browser = browser

    @contextmanager
    def open(
        self, place: Path | str, size: tuple[int, int] = DESKTOP, scheme: str = "light"
    ) -> Iterator:
        """Opens a file by its file:// address, without a network, or an http:// address."""
        context = self._browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme=scheme,
            has_touch=size == PHONE,
            accept_downloads=True,
            offline=isinstance(place, Path),
        )
        context.add_init_script(_HEAR)
        tab = Tab(context.new_page())
        tab.page.set_default_timeout(20_000)
        tab.page.on("request", lambda request: tab.requests.append(request.url))
        tab.page.on("console", lambda message: tab.complaints.append(message.text))
        tab.page.on("pageerror", lambda error: tab.complaints.append(str(error)))
        tab.page.goto(place if isinstance(place, str) else place.resolve().as_uri())
        yield tab
        context.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for the tests of a module; skips where there is none."""
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        pytest.skip("no Chromium here: make browser (as root) or apt-get install chromium")
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"]
        )
        yield Browser(chromium)
        chromium.close()
