"""The registry's story told by an independent client: Python, generated from the protos alone, against the real binary.

usage: story.py ADDRESS RELOCREG SIGNING_KEY PROTOS
"""

import datetime
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from grpc_tools import protoc

ADDRESS, RELOCREG, SIGNING_KEY, PROTOS = sys.argv[1:]
TODAY = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=5)).date()

generated = Path(tempfile.mkdtemp())
protos = sorted(str(path) for path in Path(PROTOS, "relocation").rglob("*.proto"))
date_proto = str(Path(PROTOS, "google/type/date.proto"))
if protoc.main(["protoc", f"-I{PROTOS}", f"-I{Path(protoc.__file__).parent / '_proto'}", f"--python_out={generated}", f"--grpc_python_out={generated}", *protos]) != 0:
    sys.exit("the protos do not compile with protoc")
sys.path.insert(0, str(generated))

from google.type import date_pb2  # noqa: E402
from relocation.registry.v1 import (  # noqa: E402
    audit_pb2, audit_pb2_grpc, common_pb2, employers_pb2, employers_pb2_grpc, events_pb2, events_pb2_grpc, matches_pb2,
    matches_pb2_grpc, relocants_pb2, relocants_pb2_grpc, stays_pb2, stays_pb2_grpc, vacancies_pb2, vacancies_pb2_grpc,
)

# The published retry policy, read by gRPC's own library.
channel = grpc.insecure_channel(ADDRESS, options=[("grpc.service_config", Path(PROTOS, "service_config.json").read_text())])
grpc.channel_ready_future(channel).result(timeout=20)


def caller(role, **reach):
    words = [RELOCREG, "keys", "sign", SIGNING_KEY, f"python-{role}", role]
    for name, value in reach.items():
        words += [f"--{name}", value]
    token = subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()
    return [("authorization", f"Bearer {token}")]


def day(ahead):
    found = TODAY + datetime.timedelta(days=ahead)
    return date_pb2.Date(year=found.year, month=found.month, day=found.day)


def new_id():
    return str(uuid.uuid4())


def refused(call):
    """The reason and the fields of a call that must be refused."""
    try:
        call()
    except grpc.RpcError as error:
        status = rpc_status.from_call(error)
        info, fields = error_details_pb2.ErrorInfo(), []
        for detail in status.details:
            if detail.Is(error_details_pb2.ErrorInfo.DESCRIPTOR):
                detail.Unpack(info)
            if detail.Is(error_details_pb2.BadRequest.DESCRIPTOR):
                bad = error_details_pb2.BadRequest()
                detail.Unpack(bad)
                fields = sorted(violation.field for violation in bad.field_violations)
        assert info.domain == "relocation.registry", info
        return info.reason, fields
    sys.exit("a call that must be refused was served")


people = relocants_pb2_grpc.RelocantServiceStub(channel)
clerk, matcher = caller("registrar", center="py-01"), caller("matcher", region="*")

registration = relocants_pb2.RegisterRelocantRequest(
    request_id=new_id(),
    region_code="KZ-10",
    entry_date=day(-4),
    typed=relocants_pb2.TypedIdentity(
        family_name="Құрманова", given_names="Әйгерім", birth_date=date_pb2.Date(year=1988, month=2, day=29), citizenship="KGZ",
        document=relocants_pb2.Document(kind="DOCUMENT_KIND_PASSPORT", issuing_country="KGZ", number="AC 123 4567"),
    ),
    card=common_pb2.Card(
        occupations=[common_pb2.OccupationSkill(occupation="2212", years=10)],
        languages=[common_pb2.LanguageSkill(language="kk", level="LANGUAGE_LEVEL_C1")],
        licence_state="LICENCE_STATE_RECOGNISED", household_size=2, looking=True,
    ),
)
first = people.RegisterRelocant(registration, metadata=clerk)
again = people.RegisterRelocant(registration, metadata=clerk)
assert first == again, "the same request has one answer"
assert first.stay_status.days_used == 5 and first.stay_status.policy_id == "kz.eaeu.2023", first.stay_status
person = first.relocant
found = people.FindRelocant(relocants_pb2.FindRelocantRequest(code=person.code, purpose="PURPOSE_REGISTRATION"), metadata=clerk).relocant
assert found == person, "the code finds the person"
assert "Құрманова" == found.identity.family_name

assert refused(lambda: people.RegisterRelocant(relocants_pb2.RegisterRelocantRequest(region_code="KZ-00"), metadata=clerk)) == (
    "INVALID_FIELDS", ["region_code", "request_id", "source"])
assert refused(lambda: people.ListRelocants(relocants_pb2.ListRelocantsRequest()))[0] == "UNAUTHENTICATED"

stays = stays_pb2_grpc.StayServiceStub(channel)
assert refused(lambda: stays.RecordExit(
    stays_pb2.RecordExitRequest(request_id=new_id(), relocant_id=person.id, exit_date=day(-5)), metadata=clerk))[0] == "EXIT_BEFORE_ENTRY"

employers = employers_pb2_grpc.EmployerServiceStub(channel)
hospital = employers.RegisterEmployer(employers_pb2.RegisterEmployerRequest(
    request_id=new_id(), bin="181141900093", name="Аягөз аудандық ауруханасы", region_code="KZ-10"), metadata=matcher).employer
employers.VerifyEmployer(employers_pb2.VerifyEmployerRequest(request_id=new_id(), id=hospital.id), metadata=matcher)
own = caller("employer", organisation=hospital.id)

vacancy = vacancies_pb2_grpc.VacancyServiceStub(channel).OpenVacancy(vacancies_pb2.OpenVacancyRequest(
    request_id=new_id(), employer_id=hospital.id, occupation="2212", region_code="KZ-10", settlement="Аягөз", openings=20,
    pay_min_minor=40_000_000, pay_max_minor=60_000_000, currency="KZT", licence_required=True, closing_date=day(60),
    homes=[vacancies_pb2.Home(kind="HOME_KIND_APARTMENT", count=20, rooms=2, people=4, available_from_date=day(0))]), metadata=own).vacancy

matches = matches_pb2_grpc.MatchServiceStub(channel)
ranked = matches.RankCandidates(matches_pb2.RankCandidatesRequest(vacancy_id=vacancy.id), metadata=matcher).candidates
assert ranked[0].relocant_id == person.id and ranked[0].eligible and ranked[0].score == sum(reason.points for reason in ranked[0].reasons)
match = matches.ProposeMatch(matches_pb2.ProposeMatchRequest(
    request_id=new_id(), vacancy_id=vacancy.id, relocant_id=person.id, home_id=vacancy.homes[0].id, arrive_by_date=day(20)), metadata=matcher).match
for who, side in [(caller("person", relocant=person.id), "MATCH_SIDE_RELOCANT"), (own, "MATCH_SIDE_EMPLOYER")]:
    match = matches.AcceptMatch(matches_pb2.AcceptMatchRequest(request_id=new_id(), id=match.id, side=side), metadata=who).match
assert match.state == matches_pb2.MATCH_STATE_ACCEPTED and match.relocant_id == ""
match = matches.ConfirmArrival(matches_pb2.ConfirmArrivalRequest(request_id=new_id(), id=match.id, arrival_date=day(0)), metadata=own).match
assert match.state == matches_pb2.MATCH_STATE_ARRIVED

types = []
for message in events_pb2_grpc.EventServiceStub(channel).WatchEvents(
        events_pb2.WatchEventsRequest(), metadata=caller("integration", organisation="*"), timeout=20):
    if message.HasField("event"):
        types.append(message.event.type)
        if message.event.type == "match.arrived":
            break
assert types == ["relocant.registered", "stay.entry_recorded", "employer.registered", "employer.verified", "vacancy.opened",
                 "match.proposed", "match.answered", "match.accepted", "match.arrived"], types
entries = audit_pb2_grpc.AuditServiceStub(channel).ListEntries(audit_pb2.ListEntriesRequest(), metadata=caller("auditor")).entries
assert [entry.position for entry in entries] == list(range(1, len(entries) + 1)), "positions are gap-free"
print(f"1 passed, 0 failed: the story through grpcio {grpc.__version__}, {len(entries)} journal entries")
