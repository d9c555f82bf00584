"""Campaigns: much work of one kind, in pieces, done by a crew: here, in threads, in processes, or on a Dask cluster.

The work is a function from some items to their results, and the same whoever does it. A crew is an executor of
`concurrent.futures` and what is known of it. What is done is kept in a folder, if there is one, and not done again.
"""

from __future__ import annotations

from scenarios.campaigns.campaign import Work, campaign, first_that
from scenarios.campaigns.cluster import cluster
from scenarios.campaigns.crews import Crew, alone, processes, threads
from scenarios.campaigns.errors import CampaignError, ClusterGone, FolderUnusable, OtherCode
from scenarios.campaigns.kept import Kept
from scenarios.campaigns.plain import Plain

__all__ = [
    "CampaignError",
    "ClusterGone",
    "Crew",
    "FolderUnusable",
    "Kept",
    "OtherCode",
    "Plain",
    "Work",
    "alone",
    "campaign",
    "cluster",
    "first_that",
    "processes",
    "threads",
]
