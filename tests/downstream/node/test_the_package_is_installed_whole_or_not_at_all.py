"""Installing: what is missing is said in a sentence, and a folder of ours is whole or not there."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import pytest

from downstream.node import DestinationsError, NotInstalled, data_folder, install, installed, pinned_version

NPM = """#!/bin/sh
mkdir -p node_modules/@segment/action-destinations
printf '{"version": "%s"}' VERSION > node_modules/@segment/action-destinations/package.json
"""


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of the only programs there are, apart from the system's own."""
    folder = tmp_path / "programs"
    folder.mkdir()
    for name in ("sh", "mkdir", "echo"):
        (folder / name).symlink_to(Path("/bin") / name)
    monkeypatch.setenv("PATH", str(folder))
    return folder


def _program(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text, encoding="utf-8")
    (folder / name).chmod(0o755)


def test_a_whole_installation_appears(programs: Path, tmp_path: Path) -> None:
    """npm fills a folder aside, which then is put in place; a second time there is nothing to do."""
    _program(programs, "node", "#!/bin/sh\necho v22.13.0\n")
    _program(programs, "npm", NPM.replace("VERSION", pinned_version()))

    made = install(tmp_path / "place")
    _program(programs, "npm", "#!/bin/sh\nexit 1\n")

    assert (made.folder, made.version) == (tmp_path / "place", pinned_version())
    assert install(tmp_path / "place") == made
    assert json.loads((tmp_path / "place" / "package.json").read_text())["private"] is True
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".")] == []


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("npm error code ENOTFOUND\nnpm error request to the registry failed", "the registry cannot be reached"),
        (
            "npm error code EINTEGRITY\nnpm error sha512-x integrity checksum failed",
            "sha512-x integrity checksum failed",
        ),
        ("", "it did not say why"),
    ],
)
def test_a_failed_one_leaves_nothing(programs: Path, tmp_path: Path, said: str, told: str) -> None:
    """npm's reason is told, and what it had begun is gone."""
    _program(programs, "node", "#!/bin/sh\necho v22.13.0\n")
    _program(programs, "npm", f"#!/bin/sh\nmkdir node_modules\necho '{said}' >&2\nexit 1\n")
    place = tmp_path / "data" / "place"

    with pytest.raises(DestinationsError, match=told):
        install(place)

    assert list(place.parent.iterdir()) == []


def test_a_machine_without_node_is_told(programs: Path, tmp_path: Path) -> None:
    """Without Node nothing is begun."""
    with pytest.raises(NotInstalled, match="Node was not found"):
        install(tmp_path / "place")
    assert installed(tmp_path / "place") is None


@pytest.mark.parametrize("version", ["v16.20.2", "v18.16.9", "something else"])
def test_a_node_that_is_too_old_is_told(programs: Path, tmp_path: Path, version: str) -> None:
    """The version found and the one needed are both said."""
    _program(programs, "node", f"#!/bin/sh\necho {version}\n")

    with pytest.raises(NotInstalled, match=r"18\.17 or newer is needed"):
        install(tmp_path / "place")


def test_a_machine_without_npm_is_told(programs: Path, tmp_path: Path) -> None:
    """Node alone installs nothing."""
    _program(programs, "node", "#!/bin/sh\necho v20.1.0\n")

    with pytest.raises(NotInstalled, match="npm was not found"):
        install(tmp_path / "place")


def test_another_folder_is_left_alone(programs: Path, tmp_path: Path) -> None:
    """What is in the place and is not ours is the user's."""
    _program(programs, "node", "#!/bin/sh\necho v20.1.0\n")
    _program(programs, "npm", NPM.replace("VERSION", pinned_version()))
    (tmp_path / "place").mkdir()
    (tmp_path / "place" / "thesis.txt").touch()

    with pytest.raises(DestinationsError, match="move it away first"):
        install(tmp_path / "place")

    assert (tmp_path / "place" / "thesis.txt").exists()


def test_the_place_is_the_users_folder_for_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """XDG's folder, unless another is said; each version of the package has its own."""
    monkeypatch.delenv("COHORTLAB_DESTINATIONS", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))

    assert data_folder() == tmp_path / "cohortlab" / f"destinations-{pinned_version()}"
    monkeypatch.setenv("COHORTLAB_DESTINATIONS", "/elsewhere")
    assert data_folder() == Path("/elsewhere")


def test_the_lock_pins_all_by_digest_and_names_no_registry() -> None:
    """npm asks whatever registry it is set up for, and takes nothing but what was pinned (destination facts 7)."""
    lock = json.loads(files("downstream.node").joinpath("pinned", "package-lock.json").read_text())

    packages = {name: each for name, each in lock["packages"].items() if name}
    assert all(each["integrity"].startswith("sha512-") for each in packages.values())
    assert "resolved" not in json.dumps(lock)
    assert packages["node_modules/fast-uri"]["version"] == "3.1.5"
