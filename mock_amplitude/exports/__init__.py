"""Exports: jobs and their quotas, the file's columns and rows, and the signed address it lies at."""

from __future__ import annotations

from mock_amplitude.exports.export import Export
from mock_amplitude.exports.export_csv import export_lines, gzipped
from mock_amplitude.exports.import_csv import read_export
from mock_amplitude.exports.jobs import COMPLETED, EXPIRED, FAILED, RUNNING, Job
from mock_amplitude.exports.quotas import TEN_MINUTES, Usage, excess, month_of, month_used_up, next_month
from mock_amplitude.exports.signed_urls import S3Error, Signer

__all__ = [
    "COMPLETED",
    "EXPIRED",
    "FAILED",
    "RUNNING",
    "TEN_MINUTES",
    "Export",
    "Job",
    "S3Error",
    "Signer",
    "Usage",
    "excess",
    "export_lines",
    "gzipped",
    "month_of",
    "month_used_up",
    "next_month",
    "read_export",
]
