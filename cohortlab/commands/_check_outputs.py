"""What `cohortlab check` writes: one report or several, each of them whole, whatever happens in between."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, Final, NamedTuple

import click

from cohortlab._version import __version__
from cohortlab.saying import is_coloured, say_error, write
from contracts.errors import BadInput
from contracts.examining import Finding, Tally, Trouble
from contracts.reports import REPORTS, GithubReport, Limited, Report, SarifReport, TextReport

SHOWN: Final = 10
"""Findings of one rule and file that people are shown, unless they say otherwise; machines get them all."""


class _Output(NamedTuple):
    report: Report
    write: Callable[[str], object]


class Outputs:
    """Hand what is found to every report."""

    def __init__(self, outputs: list[_Output], tally: Tally) -> None:
        self._outputs = outputs
        self._tally = tally

    def show(self, found: Finding | Trouble) -> None:
        """Report a finding, or what could not be judged; that is said on standard error, too."""
        if isinstance(found, Trouble):
            say_error(str(found))
        for output in self._outputs:
            report = output.report
            _put(output, report.trouble(found) if isinstance(found, Trouble) else report.finding(found))

    def broken_off(self, words: str) -> None:
        """Say in every report why there is no more."""
        trouble = Trouble("", words)
        self._tally.troubles.append(trouble)
        for output in self._outputs:
            with suppress(Exception):
                _put(output, output.report.trouble(trouble))


@contextmanager
def reporting(options: dict[str, Any], tally: Tally, *, told_otherwise: Collection[str] = ()) -> Iterator[Outputs]:
    """Open the reports that were asked for, and end each of them, also when what is inside breaks off.

    Standard output is left alone where the kind asked for is `told_otherwise`.
    """
    with ExitStack() as files:
        kind = "json" if options["as_json"] else options["output"]
        outputs = []
        if kind not in told_otherwise:
            limited = _limited(_report(kind, options), options["limit"], SHOWN if kind == "text" else 0)
            outputs.append(_Output(limited, write))
        for name in ("junit", "sarif"):
            if options[name] is not None:
                out = files.enter_context(_opened(options[name]))
                outputs.append(_Output(_limited(_report(name, options), options["limit"], 0), out))
        if options["github"] and kind != "github":
            outputs.append(_Output(_limited(_report("github", options), options["limit"], 0), sys.stderr.write))
        told = Outputs(outputs, tally)
        for output in outputs:
            _put(output, output.report.begin())
        try:
            yield told
        except BaseException as error:
            told.broken_off(_why(error))
            for output in outputs:
                with suppress(Exception):
                    _put(output, output.report.end(tally))
            raise
        for output in outputs:
            _put(output, output.report.end(tally))
        with _room():
            sys.stdout.flush()


def _why(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt | SystemExit):
        return "interrupted: what follows was not checked"
    if isinstance(error, BrokenPipeError):
        return "whoever read the output has gone: what follows was not checked"
    if isinstance(error, click.ClickException):
        return error.format_message()
    known = getattr(error, "exit_status", None) is not None
    return str(error) if known else f"cohortlab itself broke: {type(error).__name__}: {error}"


def _report(kind: str, options: dict[str, Any]) -> Report:
    if kind == "text":
        return TextReport(colour=is_coloured(sys.stdout), statistics=options["statistics"])
    if kind == "sarif":
        return SarifReport(__version__)
    return GithubReport(_in_workspace) if kind == "github" else REPORTS[kind]()


def _limited(report: Report, asked: int | None, usual: int) -> Report:
    limit = usual if asked is None else asked
    return Limited(report, limit) if limit else report


def _put(output: _Output, pieces: Iterable[str]) -> None:
    with _room():
        for piece in pieces:
            output.write(piece)


@contextmanager
def _room() -> Iterator[None]:
    """Say in words that there is no room for a report; whose reader has gone is no mistake."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise BadInput(f"the report cannot be written: {error.strerror or error}") from None


@contextmanager
def _opened(file: Path) -> Iterator[Callable[[str], object]]:
    try:
        with file.open("w", encoding="utf-8", errors="backslashreplace") as out:
            yield out.write
    except OSError as error:
        raise BadInput(f"the report {file} cannot be written: {error.strerror or error}") from None


def _in_workspace(file: str) -> str:
    """Return a file's path in the checkout, as GitHub names it; as it is given when it is elsewhere."""
    workspace = os.environ.get("GITHUB_WORKSPACE")
    path, root = Path(file).resolve(), Path(workspace or "/").resolve()
    return path.relative_to(root).as_posix() if workspace and path.is_relative_to(root) else file
