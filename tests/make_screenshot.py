"""Makes docs/mixtape.png of a mixtape: python -m tests.make_screenshot DIR/index.html."""

import shutil
import sys
from pathlib import Path

from playwright import sync_api

from tests.browser import Browser
from tests.conftest import ROOT

SECONDS = 3.2


def main(file: Path) -> None:
    """Opens the page, plays a moment, and takes the picture."""
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        with Browser(chromium).open(file, (1180, 800)) as tab:
            tab.page.click("#play")
            tab.page.wait_for_timeout(1000 * SECONDS)
            tab.page.screenshot(path=ROOT / "docs" / "mixtape.png")
        chromium.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
