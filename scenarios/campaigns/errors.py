"""What ends a campaign before its end, by what to do next."""

from __future__ import annotations

from scenarios.errors import ScenarioError


class CampaignError(ScenarioError):
    """The root of what ends a campaign."""


class NoCluster(CampaignError):
    """Nobody answers where the scheduler should be: start it, or mend the address."""

    exit_status = 2


class OtherCode(CampaignError):
    """Somebody would do, or has done, the work with other code than this: install the same everywhere."""

    exit_status = 2


class FolderUnusable(CampaignError):
    """The folder is no campaign's, another one's, or cannot be written: name another."""

    exit_status = 2


class ClusterGone(CampaignError):
    """The scheduler went away, or a process of the pool: what was done is kept where there is a folder."""


class EndsWorkers(CampaignError):
    """A piece of work ended every worker that tried it: run its items one by one."""
