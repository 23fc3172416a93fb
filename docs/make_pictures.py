"""Run the tutorial on the bundled model, and keep the pictures that it saves.

make docs-pictures
"""

import os
import shutil
from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory

from app.cli.own_service import own_service
from docs.blocks import ROOT, blocks

PAGE = "docs/tutorial.md"
PICTURES = ROOT / "docs/assets/tutorial"


def main() -> None:
    """Replace the pictures by those of a new run."""
    [table] = blocks(PAGE, "csv")
    with TemporaryDirectory() as folder, own_service("zinc250k") as http:
        os.environ["MOLWRIGHT_URL"] = str(http.base_url)
        Path(folder, "measured.csv").write_text(table)
        with chdir(folder):
            exec("\n".join(blocks(PAGE, "python")), {})  # noqa: S102
        PICTURES.mkdir(exist_ok=True)
        for picture in sorted(Path(folder).glob("*.svg")):
            shutil.copy(picture, PICTURES / picture.name)


if __name__ == "__main__":
    main()
