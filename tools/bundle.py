"""Make the offline installer: wheels, a lock file with hashes, an install script, notebooks and sample data.

Run where there is a package index, as ``make bundle``; carry the folder to the machine without a network and run its
``install.sh`` there.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from importlib.metadata import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
INSTALL = """\
#!/bin/sh
# Installs the workbench from the wheels beside this script; needs Python {python} with venv, and no network.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
target=${{1:-$here/.venv}}
python=${{PYTHON:-python{python}}}
"$python" -m venv "$target"
"$target/bin/python" -m pip install --quiet --disable-pip-version-check --no-index --find-links "$here/wheels" \\
  --require-hashes -r "$here/requirements.lock"
echo "Compiling the engines' kernels, once (about a minute) ..."
"$target/bin/workbench" plan "$here/sample_data/four_drops" --iterations 1 --jobs 1 --json --out "$target/warm-up" \\
  >/dev/null
echo "Installed in $target. Next, from $here:"
echo "  $target/bin/workbench plan sample_data/river_crossing"
echo "  $target/bin/workbench app --scenario sample_data/river_crossing"
"""


def run(*words: str) -> None:
    """Run a command, letting its output through, and stop if it fails."""
    subprocess.run(words, check=True, cwd=ROOT)


def lock_line(wheel: Path) -> str:
    """Return the requirement that admits exactly this wheel."""
    name, version = wheel.name.split("-")[:2]
    return f"{name.replace('_', '-')}=={version} --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}"


def main(folder: Path) -> None:
    """Fill ``folder`` with the bundle; it must be new, or a bundle made before."""
    if folder.exists() and any(folder.iterdir()) and not (folder / "requirements.lock").is_file():
        sys.exit(f"{folder} is not empty and is no bundle; name another folder.")
    shutil.rmtree(folder, ignore_errors=True)
    wheels = folder / "wheels"
    wheels.mkdir(parents=True)
    run(sys.executable, "-m", "build", "--wheel", "--outdir", str(wheels.resolve()))
    (ours,) = wheels.glob("*.whl")
    run(
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--disable-pip-version-check",
        "--only-binary=:all:",
        "--dest",
        str(wheels.resolve()),
        str(ours.resolve()),
    )
    lines = [lock_line(w) for w in sorted(wheels.glob("*.whl"))]
    (folder / "requirements.lock").write_text("\n".join(lines) + "\n", encoding="utf-8")
    script = folder / "install.sh"
    script.write_text(INSTALL.format(python=f"{sys.version_info.major}.{sys.version_info.minor}"), encoding="utf-8")
    script.chmod(0o755)
    for name in ("notebooks", "sample_data"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    shutil.copy(ROOT / "README.md", folder)
    size = sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()) / 2**20
    version = metadata("lastmile-workbench")["Version"]
    sys.stdout.write(f"Bundle of version {version} in {folder}: {len(lines)} wheels, {size:.0f} MiB.\n")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "dist/bundle"))
