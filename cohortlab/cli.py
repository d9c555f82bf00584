"""The command line: a group whose commands are loaded when they are called, and the last stop of every error."""

from __future__ import annotations

import errno
import gc
import os
import signal
import sys
from importlib import import_module
from io import TextIOWrapper

import click

from cohortlab._version import __version__

# Command name -> the line `cohortlab --help` shows. Each is cohortlab/commands/<name>.py with a `command` in it.
COMMANDS = {
    "demo": "Watch a cohort sync, hour after hour, on two exports that ship.",
    "up": "Serve both fakes until interrupted.",
    "load": "Load what was delivered into the tables of a warehouse.",
    "sync": "Run the sync engine against the fakes or the real services.",
    "target": "Name the Segment sources that syncs tell.",
    "run": "Replay scenario files and judge them.",
    "strength": "Say which planted bugs your scenarios let live.",
    "trace": "Walk one user and trait from the membership change to the profile.",
    "new": "Write a commented scenario to start from.",
    "cohort": "Make cohorts in a lab that runs, and move people in and out.",
    "explain": "Say why somebody is in a cohort with a definition, or is not.",
    "fault": "Arm and lift faults in a lab that runs.",
    "clock": "Read and move the clock of a lab that runs.",
    "setting": "Read and change the settings of a lab that runs.",
    "replay": "Show any moment of a recorded run.",
    "salvage": "Save what can be read of a damaged journal or recording.",
    "simulate": "Rehearse our engine against thousands of generated histories.",
    "forecast": "Let a month of syncs pass against the quotas, before it begins.",
    "record": "Record a sync with the real services, by a proxy on loopback.",
    "import": "Make a lab's journals of recordings, with strangers in place of people.",
    "keep": "Keep what happened in a lab, or was recorded, as a scenario.",
    "drift": "Say where the lab is unlike the real services that were recorded.",
    "check": "Check payloads against the contracts.",
    "fidelity": "Say what each behaviour rests on, and how sure that is.",
    "destinations": "Say what a cohort's trait becomes at each of Segment's destinations.",
    "docs": "Print a page of the documentation.",
    "skill": "Print the page for coding agents.",
    "rule": "Explain a rule of the contracts.",
}

STATUS_BROKEN = 3


class _LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"cohortlab.commands.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            from contracts.nearest import nearest  # noqa: PLC0415 - only for a misspelt command

            meant = nearest(name, COMMANDS)
            raise click.UsageError(f"There is no command {name!r}; {meant}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="cohortlab")
def command() -> None:
    """Rehearse an Amplitude to Segment cohort sync on your own machine.

    Exit status: 0 fine; 1 what was checked did not hold; 2 the call or an input file is wrong;
    3 the lab itself broke.
    """


_ENDS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


def _end(number: int, _frame: object) -> None:
    """Unwind, once: a second signal must not break off what ends programs and takes their folders away."""
    for each in _ENDS:
        signal.signal(each, signal.SIG_IGN)
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    sys.exit(128 + number)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit; users meet words, never a traceback."""
    # A polite end unwinds: temporary folders go, programs under test are killed. `up` and `watch` have their own.
    # Events are many and refer to nothing: looking for cycles among them took a tenth of the time.
    gc.set_threshold(100_000, 20, 20)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a name that a terminal cannot show, or a path, is no reason to break
            stream.reconfigure(errors="backslashreplace")
    for each in _ENDS:
        if signal.getsignal(each) is not signal.SIG_IGN:  # as nohup leaves it
            signal.signal(each, _end)
    sys.exit(_flushed(run(sys.argv[1:] if arguments is None else arguments)))


def _flushed(status: int) -> int:
    """Write out what standard output still holds; the interpreter would say in its own way that it cannot."""
    try:
        sys.stdout.flush()
    except OSError as error:
        _hold_back()
        if isinstance(error, BrokenPipeError) or status not in {0, 1}:  # somebody has gone, or it has been said
            return status
        from cohortlab.saying import say_error  # noqa: PLC0415 - `--help` has no time for what it does not say

        say_error(f"standard output cannot be written: {error.strerror}.")
        return 2
    return status


def _hold_back() -> None:
    """Keep the interpreter from writing at its exit what could not be written."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


# Words that people try for an option, as git and pip have them.
_AS_OPTION = {"help": "--help", "version": "--version"}


def run(arguments: list[str]) -> int:
    """Run the command line and return its exit status."""
    if arguments and (option := _AS_OPTION.get(arguments[0])):
        arguments = [*arguments[1:], option]
    try:
        status = command.main(arguments, prog_name="cohortlab", standalone_mode=False)
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except SystemExit as ended:  # a command that has said what there is to say
        return ended.code if isinstance(ended.code, int) else 0
    except BrokenPipeError:
        _hold_back()  # whoever read the output has gone
        return 0
    except (Exception, KeyboardInterrupt) as error:
        return _said(error)
    return status if isinstance(status, int) else 0


_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EROFS}


def _said(error: BaseException) -> int:
    """Say what ended a command, and return its exit status."""
    from cohortlab.saying import say, say_error  # noqa: PLC0415 - `--help` has no time for what it does not say

    if isinstance(error, click.ClickException):
        say_error(error)
        return 2
    if isinstance(error, click.Abort | KeyboardInterrupt):
        say("Interrupted.", err=True)
        return 130
    if os.environ.get("COHORTLAB_DEBUG"):
        raise error
    known = getattr(error, "exit_status", None)
    if isinstance(known, int):
        for each in getattr(error, "mistakes", (str(error),)):  # a file may have several
            say_error(each)
        return known
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        say_error(f"{error.filename or 'standard output'} cannot be written: {error.strerror}.")
        return 2
    say_error(f"cohortlab itself broke: {type(error).__name__}: {error}")
    say("Set COHORTLAB_DEBUG=1 to see where, and please report it.", err=True)
    return STATUS_BROKEN
