"""The build hook: in the wheel our packages lie inside of `cohortlab`, and their imports say so."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path, PurePosixPath
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).parent))  # a build runs without the repository on its path
from building.relocation import SUFFIXES, Move


class RelocationHook(BuildHookInterface[BuilderConfig]):
    """Hands hatchling the relocated text of modules; where files go is said in pyproject.toml, by `sources`."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the modules that change into a folder; an editable install has the repository's, as they are."""
        if version == "editable":
            return
        places = {
            PurePosixPath(file.relative_path): file.distribution_path
            for file in self.build_config.builder.recurse_selected_project_files()
        }
        move = Move.below("cohortlab", places)
        self._written = tempfile.TemporaryDirectory()
        for number, (file, place) in enumerate(places.items()):
            if file.suffix not in SUFFIXES:
                continue
            text = Path(self.root, file).read_bytes().decode()
            if (moved := move.text(text, str(file))) != text:
                written = Path(self._written.name, f"{number}{file.suffix}")
                written.write_bytes(moved.encode())
                build_data["force_include"][str(written)] = place

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002
        """Remove what was written; it is in the wheel now."""
        if version != "editable":
            self._written.cleanup()
