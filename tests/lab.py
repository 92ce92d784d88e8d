"""JupyterLab with the notebooks of a migration, in Chromium, and what is done on a board there."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Error, Locator, Page, expect

from workbench import notebook
from workbench.work import Work


def jupyterlab(work: Work, config: Path) -> Iterator[str]:
    """`workbench lab FOLDER`, as an analyst starts it; gives the address of a notebook (NAME), in tabs of its own.

    The notebooks write into the target `here`.
    """
    folder = work.migration.folder
    for name in notebook.STEPS.values():
        own = notebook.copies(folder).with_name(f"{name}.ipynb")
        own.write_text(own.read_text("utf-8").replace('target: str = \\"sandbox\\"', 'target: str = \\"here\\"'), "utf-8")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = {"ip": "127.0.0.1", "port": port, "port_retries": 0, "open_browser": False, "allow_root": True}
    settings = {"ServerApp": server, "IdentityProvider": {"token": "only-for-this-test"}}
    (config / "jupyter_server_config.json").write_text(json.dumps(settings))
    environment = {**os.environ, "JUPYTER_CONFIG_DIR": str(config)}
    command = [sys.executable, "-c", "from workbench.cli import main; main()", "lab", str(folder)]
    with (config / "lab.log").open("w") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        until(lambda: answers(f"http://127.0.0.1:{port}/api/status?token=only-for-this-test"), process)
        yield f"http://127.0.0.1:{port}/lab/workspaces/NAME/tree/notebooks/NAME.ipynb?token=only-for-this-test"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def until(ready: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    while not ready():
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.1)
        assert process.poll() is None, "JupyterLab ended"


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as response:
            return bool(response.status == 200)
    except OSError:
        return False


OUTSIDE: list[str] = []
"""What the pages asked of other machines: nothing."""


PATIENCE = 120_000
"""Milliseconds until a page that does not answer is given up: a machine with other work starts a kernel in a minute."""


def ready(page: Page) -> None:
    """Wait for the kernel; where it does not come, say what the page says instead."""
    try:
        page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
    except Error as error:
        shown = page.locator("#jp-main-statusbar, .jp-Dialog").all_inner_texts()
        raise AssertionError(f"No kernel; the page says {shown}") from error


def reloaded(page: Page) -> None:
    """The page anew, with its boards. JupyterLab waits four seconds for what the kernel knows of them, then shows none."""
    for _ in range(4):
        page.reload()
        ready(page)
        with suppress(Error):
            page.locator(".wb-board").first.wait_for(timeout=PATIENCE / 4)
            return
    raise AssertionError("The boards did not come back.")


def opened(browser: Browser, address: str, wait_for: str) -> Iterator[Page]:
    """A notebook after Run All; whatever is open stops its last cells."""
    expect.set_options(timeout=PATIENCE)
    page = browser.new_context(viewport={"width": 1280, "height": 2200}).new_page()
    page.on("request", lambda r: OUTSIDE.append(r.url) if "127.0.0.1" not in r.url and r.url.startswith("http") else None)
    page.set_default_timeout(PATIENCE)
    page.goto(address)
    ready(page)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    expect(page.get_by_text(wait_for).first).to_be_visible()
    yield page
    page.context.close()


def board(page: Page, holding: str) -> Locator:
    """The board that shows a row with this text."""
    return page.locator(".wb-board", has=page.locator(".wb-row", has_text=holding)).first


def choice(of: Locator, text: str) -> Locator:
    return of.get_by_role("combobox", name=f"Decision for {text}", exact=True)


def row(of: Locator, text: str) -> Locator:
    return of.locator(".wb-row", has=of.page.get_by_role("combobox", name=f"Decision for {text}", exact=True))


def write(of: Locator, text: str, cell: str, value: str) -> None:
    """Write into a cell of a row and leave it by Tab."""
    found = row(of, text).get_by_role("combobox", name=cell, exact=True)
    found.fill(value)
    found.press("Tab")


def press_confirm(of: Locator, text: str, word: str = "Confirm", then: str = "Reopen") -> None:
    """From the choice to the button by Tab, however many cells lie between, then Enter; the focus is seen all the way."""
    choice(of, text).focus()
    button = row(of, text).get_by_role("button", name=word)
    for _ in range(8):
        of.page.keyboard.press("Tab")
        assert of.page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        if button.evaluate("e => e === document.activeElement"):
            break
    expect(button).to_be_focused()
    of.page.keyboard.press("Enter")
    expect(row(of, text).get_by_role("button", name=then)).to_be_visible()


def becomes(of: Locator, seen: Callable[[], Any], wanted: object) -> None:
    """Wait until the file says so; what it says then is the assertion."""
    for _ in range(300):
        if seen() == wanted:
            break
        of.page.wait_for_timeout(100)
    assert seen() == wanted
    expect(of.get_by_role("status")).to_contain_text("saved to decisions/")


def minded(of: Locator) -> list[tuple[str, list[Any]]]:
    """What axe minds on a board."""
    of.evaluate("e => e.setAttribute('data-looked-at', '')")
    found = Axe().run(of.page, context="[data-looked-at]").response
    of.evaluate("e => e.removeAttribute('data-looked-at')")
    assert {"button-name", "label"} & {rule["id"] for rule in found["passes"]} == {"button-name", "label"}
    return [(rule["id"], [n["target"] for n in rule["nodes"]][:3]) for rule in found["violations"]]


def shot(of: Locator, name: str) -> None:
    """A picture to look at, where somebody wants one."""
    if folder := os.environ.get("WORKBENCH_TEST_SHOTS"):
        of.screenshot(path=Path(folder) / f"{name}.png")
