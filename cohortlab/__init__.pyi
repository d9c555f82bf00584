"""What a user imports: for type checkers, and for `__init__.py`, which loads a name when it is asked for."""

from cohortlab._version import __version__
from cohortlab.testing import ClockStandsStill, Lab, MissingTrait, Profile, Profiles, Segment, Traits
from contracts.catalogue import all_rules
from contracts.check import CONTRACTS, Contract, contract
from contracts.delivery import are_deliverable, discard_reason, is_deliverable
from contracts.errors import ContractsError, MalformedJSON
from contracts.policy import Policy
from contracts.reading import parse_json
from contracts.rule import Rule, Severity, Violation
from contracts.trait_key import TRAIT_KEY_STYLES, TraitKey, TraitKeyFormat, trait_key_format
from downstream.routing import Connection, Destinations, DestinationsClient, RoutingSettings
from downstream.warehouse import Stop as WarehouseStop
from downstream.warehouse import (
    Warehouse,
    WarehouseClient,
    WarehouseColumn,
    WarehouseLoad,
    WarehouseNote,
    WarehouseSettings,
    WarehouseTrouble,
)
from mock_amplitude.app import AmplitudeFake
from mock_amplitude.app import create_app as amplitude_app
from mock_amplitude.client import AmplitudeClient
from mock_amplitude.cohorts import Cohort
from mock_amplitude.people import Member
from mock_amplitude.projects import Project
from mock_amplitude.settings import AmplitudeSettings
from mock_amplitude.state import AmplitudeState
from mock_core.clock import LabClock
from mock_core.errors import OutsideTheLab
from mock_core.seed import Seed
from mock_core.wire import Server
from mock_segment.app import SegmentFake
from mock_segment.app import create_app as segment_app
from mock_segment.client import SegmentClient
from mock_segment.delivery import Event as SegmentEvent
from mock_segment.delivery import SeenEvent, Verdict, Verdicts
from mock_segment.delivery import Source as SegmentSource
from mock_segment.settings import SegmentSettings
from mock_segment.state import SegmentState
from scenarios import shipped as shipped_scenarios
from scenarios.bench import Check
from scenarios.errors import BadScenario, NoSuchSubject, ScenarioError, SubjectFailed
from scenarios.files import Scenario, read_scenario
from scenarios.running import Outcome, run_scenario
from scenarios.subjects import Subject, SyncOrder, SyncResult, subject_maker
from syncer.clock import Clock, SystemClock
from syncer.difference import DiffCounts
from syncer.errors import (
    AlreadyRunning,
    CohortUnavailable,
    CredentialsRefused,
    DeliveryStopped,
    ExportFailed,
    MalformedExport,
    RunFailed,
    StateUnusable,
    SyncError,
    WrongCall,
)
from syncer.report import RunReport
from syncer.run import Engine
from syncer.secret import Secret
from syncer.settings import Settings
from syncer.state import FileState, MemoryState, State
from syncer.sync import Source, Sync, Target
from syncer.telling import (
    BatchSent,
    CohortFound,
    Diffed,
    Downloaded,
    ExportReady,
    ExportRequested,
    Listener,
    Retried,
    RunFinished,
    RunStarted,
    UserFailed,
)
from syncer.telling import Event as RunEvent
from syncer.wire import RequestsTransport, Transport

__all__ = [
    "CONTRACTS",
    "TRAIT_KEY_STYLES",
    "AlreadyRunning",
    "AmplitudeClient",
    "AmplitudeFake",
    "AmplitudeSettings",
    "AmplitudeState",
    "BadScenario",
    "BatchSent",
    "Check",
    "Clock",
    "ClockStandsStill",
    "Cohort",
    "CohortFound",
    "CohortUnavailable",
    "Connection",
    "Contract",
    "ContractsError",
    "CredentialsRefused",
    "DeliveryStopped",
    "Destinations",
    "DestinationsClient",
    "DiffCounts",
    "Diffed",
    "Downloaded",
    "Engine",
    "ExportFailed",
    "ExportReady",
    "ExportRequested",
    "FileState",
    "Lab",
    "LabClock",
    "Listener",
    "MalformedExport",
    "MalformedJSON",
    "Member",
    "MemoryState",
    "MissingTrait",
    "NoSuchSubject",
    "Outcome",
    "OutsideTheLab",
    "Policy",
    "Profile",
    "Profiles",
    "Project",
    "RequestsTransport",
    "Retried",
    "RoutingSettings",
    "Rule",
    "RunEvent",
    "RunFailed",
    "RunFinished",
    "RunReport",
    "RunStarted",
    "Scenario",
    "ScenarioError",
    "Secret",
    "Seed",
    "SeenEvent",
    "Segment",
    "SegmentClient",
    "SegmentEvent",
    "SegmentFake",
    "SegmentSettings",
    "SegmentSource",
    "SegmentState",
    "Server",
    "Settings",
    "Severity",
    "Source",
    "State",
    "StateUnusable",
    "Subject",
    "SubjectFailed",
    "Sync",
    "SyncError",
    "SyncOrder",
    "SyncResult",
    "SystemClock",
    "Target",
    "TraitKey",
    "TraitKeyFormat",
    "Traits",
    "Transport",
    "UserFailed",
    "Verdict",
    "Verdicts",
    "Violation",
    "Warehouse",
    "WarehouseClient",
    "WarehouseColumn",
    "WarehouseLoad",
    "WarehouseNote",
    "WarehouseSettings",
    "WarehouseStop",
    "WarehouseTrouble",
    "WrongCall",
    "__version__",
    "all_rules",
    "amplitude_app",
    "are_deliverable",
    "contract",
    "discard_reason",
    "is_deliverable",
    "parse_json",
    "read_scenario",
    "run_scenario",
    "segment_app",
    "shipped_scenarios",
    "subject_maker",
    "trait_key_format",
]
