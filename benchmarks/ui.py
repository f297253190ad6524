"""The commander's page: seconds from the request until map, figures and lists are drawn, in headless Chromium.

``python -m benchmarks.ui [--visits N] [--json]``. ``usable_cold_s`` is a page that starts its own kernel,
``usable_warm_s`` one that is handed the kernel kept ready. Needs Chromium.
"""

from __future__ import annotations

import argparse
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from benchmarks._table import show

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "sample_data" / "river_crossing"
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
]
WARM_UP_S = 15.0


def visit(browser: Browser, url: str) -> float:
    """Return the seconds until the commander's page is usable, and leave it."""
    page = browser.new_page(viewport={"width": 1600, "height": 1000})
    start = time.monotonic()
    page.goto(f"{url}/voila/render/dashboards/commander.ipynb", wait_until="commit")
    page.wait_for_selector(".wb-map[data-ready]", timeout=60_000)
    page.wait_for_selector(".wb-kpi .figure", timeout=60_000)
    page.wait_for_function("() => { const c = document.querySelector('#loading'); return !c || !c.offsetParent }")
    seconds = time.monotonic() - start
    page.goto("about:blank")
    page.close()
    return seconds


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--visits", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    words = parser.parse_args()
    chromium = shutil.which("chromium") or sys.exit("Chromium is needed: apt-get install chromium")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    workbench = [sys.executable, "-m", "workbench"]
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        plan = [*workbench, "plan", str(SAMPLE), "--iterations", "2000", "--out", f"{folder}/out", "--json"]
        subprocess.run(plan, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
        serve = [*workbench, "app", "--port", str(port), "--scenario", str(SAMPLE), "--out", f"{folder}/out"]
        cold, warm = [], []
        for _ in range(words.visits):
            process = subprocess.Popen(serve, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                answers = False
                while not answers:
                    time.sleep(0.1)
                    try:
                        urllib.request.urlopen(f"{url}/workbench/pages", timeout=2).close()
                        answers = True
                    except OSError:
                        answers = process.poll() is not None
                browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
                cold.append(visit(browser, url))
                time.sleep(WARM_UP_S)
                warm.append(visit(browser, url))
                browser.close()
            finally:
                process.terminate()
                process.wait(30)
    figures = {"usable_cold_s": statistics.median(cold), "usable_warm_s": statistics.median(warm)}
    budgets = {"usable_cold_s": 6.0, "usable_warm_s": 3.0}
    rows = [
        (f"commander's page, {name}", f"{value:.1f} s", f"budget {budgets[name]:g} s", f"{value / budgets[name]:.2f}")
        for name, value in figures.items()
    ]
    show("ui", figures, rows, as_json=words.json)


if __name__ == "__main__":
    main()
