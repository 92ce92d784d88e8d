"""Makes reports/sample anew: the report of a small demo, made from invented people, and its picture.

It runs in the sandbox of the demo, whose database it makes anew.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from workbench.demo import demo

SAMPLE = Path(__file__).parents[1] / "reports" / "sample"


def main() -> None:
    """Run the demo with 200 leads, keep its report, take the picture of the first screen."""
    with tempfile.TemporaryDirectory() as folder:
        outcome = demo(200, reports=folder, say=lambda line: sys.stderr.write(f"{line}\n"))
        shutil.rmtree(SAMPLE, ignore_errors=True)
        shutil.copytree(outcome.report, SAMPLE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 1200, "height": 965}, device_scale_factor=1.5)
        page.goto((SAMPLE / "index.html").as_uri())
        page.screenshot(path=str(SAMPLE / "report.png"))
        browser.close()


if __name__ == "__main__":
    main()
