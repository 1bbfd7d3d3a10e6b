"""Build the wheel, install it into a new environment outside the checkout, and use it there.

Not a pytest module: it is run by ``make wheel``. The wheel must carry templates and schemas and work without the
checkout; an editable install would hide a missing file.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MOST_SCHEMA_BYTES = 6_000_000


def run(*command: str, cwd: Path) -> str:
    """Run a command and return what it printed; stop with its output when it fails."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "SROSCERT"))}
    done = subprocess.run(command, cwd=cwd, env=environment, text=True, capture_output=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout


def schema_sizes(wheel: Path) -> tuple[int, int, int]:
    """Return how many release schemas the wheel has, and their size in it and unpacked, in bytes."""
    with zipfile.ZipFile(wheel) as packed:
        found = [item for item in packed.infolist() if "/schemas/sros/" in item.filename]
    return len(found), sum(item.compress_size for item in found), sum(item.file_size for item in found)


PAGE = """
from datetime import UTC, datetime
from sroscert.cli.report import page_text
print(page_text([], datetime.now(UTC), ["intent.yaml"]))
"""


def main() -> None:
    """Build, install, and run the commands that need what the wheel must carry."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        run(sys.executable, "-m", "build", "--wheel", "--outdir", str(place), str(ROOT), cwd=place)
        wheel = next(place.glob("*.whl"))
        run(sys.executable, "-m", "venv", "venv", cwd=place)
        python = str(place / "venv/bin/python")
        constraints = str(ROOT / "constraints.txt")
        run(python, "-m", "pip", "install", "-q", "-c", constraints, f"{wheel}[lab]", cwd=place)
        intent = (ROOT / "lab/intents/tutorial.yaml").read_text(encoding="utf-8")
        (place / "intent.yaml").write_text(intent, encoding="utf-8")
        sroscert = str(place / "venv/bin/sroscert")
        releases = run(sroscert, "schema", "list", cwd=place).split()
        for release in ("21.2", "25.10"):
            if release not in releases:
                raise SystemExit(f"the wheel does not know {release}: {releases}")
            text = run(sroscert, "render", "-f", "intent.yaml", "--release", release, cwd=place)
            if "/configure system security pki ca-profile" not in text:
                raise SystemExit(f"render of {release} from the wheel printed:\n{text}")
        run(sroscert, "lab", "--help", cwd=place)
        url = "http://ca.example.net/cmp"
        run(sroscert, "init", "--router", "sr=192.0.2.1", "--cmp-url", url, "--yes", "--out", "first.yaml", cwd=place)
        run(sroscert, "lint", "-f", "first.yaml", "--release", "25.10", cwd=place)
        if "<title>" not in run(python, "-c", PAGE, cwd=place):
            raise SystemExit("the wheel has no templates for the report")
        count, packed, unpacked = schema_sizes(wheel)
    sys.stdout.write(f"{wheel.name}: installs and works without the checkout\n")
    sizes = f"{unpacked / 1e6:.1f} MB, {packed / 1e6:.1f} MB packed"
    sys.stdout.write(f"its schemas of {count} releases: {sizes}\n")
    if unpacked > MOST_SCHEMA_BYTES:
        raise SystemExit("the schemas have grown too large for a wheel: what was added to the table of roots?")


if __name__ == "__main__":
    main()
