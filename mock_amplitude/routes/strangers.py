"""Strangers: ids that name nothing here, and what they probably are instead."""

from __future__ import annotations

from contracts.nearest import nearest
from mock_amplitude.projects import Project
from mock_amplitude.state import AmplitudeState

_LONGEST = 80


def unknown_cohort(state: AmplitudeState, project: Project, word: str) -> str:
    """Say that a project has no cohort of that id, and what the id is of instead, if anything."""
    told = f"Cohort {word[:_LONGEST]} not found"
    job = state.world.jobs.get(word)
    if job is not None and job.project_id == project.id:
        return (
            f"{told}: that is the request_id of a download of cohort {job.cohort_id}; its state is at "
            f"GET /api/5/cohorts/request-status/{word}, its file at GET /api/5/cohorts/request/{word}/file"
        )
    cohorts = [cohort for cohort in state.cohorts() if cohort.project_id == project.id]
    named = [cohort.id for cohort in cohorts if cohort.name == word]
    if named:
        return f"{told}: that is the name of cohort {' and of '.join(named)}; a path takes its id"
    held = [cohort.id for cohort in cohorts if cohort.id != word and cohort.id in word]
    if held:
        return f"{told}: cohort {held[0]} is, and a path takes its id alone"
    return told


def unknown_request(state: AmplitudeState, project: Project, word: str) -> str:
    """Say that a project has asked for no download of that id, and what the id is of instead, if anything."""
    told = f"Request {word[:_LONGEST]} not found"
    cohort = state.world.cohorts.by_id.get(word)
    if cohort is not None and cohort.project_id == project.id:
        return (
            f"{told}: that is the id of a cohort; GET /api/5/cohorts/request/{word} asks for a download of it "
            "and answers the request_id"
        )
    close = [each for each in state.world.jobs if each.lower() == word.lower()]
    if close:
        return f"{told}: {nearest(word, close)} Upper and lower case differ"
    return told
