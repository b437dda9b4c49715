"""Fills a registry with made-up people, so that every page of the console has something to show.

usage: populate.py programme|calls|trickle ADDRESS RELOCREG SIGNING_KEY PROTOS DATABASE

`programme` is for a fresh registry. `calls` only asks, some 200 times; `trickle` goes on asking a little for three minutes, so that no minute is without a call.
"""

import datetime
import sqlite3
import subprocess
import sys
import tempfile
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
from grpc_tools import protoc

WHAT, ADDRESS, RELOCREG, SIGNING_KEY, PROTOS, DATABASE = sys.argv[1:]
TODAY = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=5)).date()

generated = Path(tempfile.mkdtemp())
protos = sorted(str(path) for path in Path(PROTOS, "relocation").rglob("*.proto"))
if protoc.main(["protoc", f"-I{PROTOS}", f"-I{Path(protoc.__file__).parent / '_proto'}", f"--python_out={generated}", f"--grpc_python_out={generated}", *protos]) != 0:
    sys.exit("the protos do not compile with protoc")
sys.path.insert(0, str(generated))

from google.type import date_pb2  # noqa: E402
from relocation.registry.v1 import (  # noqa: E402
    centers_pb2 as centers, centers_pb2_grpc, common_pb2 as common, employers_pb2 as employers, employers_pb2_grpc, figures_pb2 as figures,
    figures_pb2_grpc, matches_pb2 as matches, matches_pb2_grpc, permits_pb2 as permits, permits_pb2_grpc, relocants_pb2 as relocants,
    relocants_pb2_grpc, stays_pb2 as stays, stays_pb2_grpc, vacancies_pb2 as vacancies, vacancies_pb2_grpc,
)

channel = grpc.insecure_channel(ADDRESS)
grpc.channel_ready_future(channel).result(timeout=20)


def caller(role, **reach):
    words = [RELOCREG, "keys", "sign", SIGNING_KEY, f"made-up-{role}", role]
    for name, value in reach.items():
        words += [f"--{name}", value]
    return [("authorization", "Bearer " + subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip())]


def day(ahead):
    found = TODAY + datetime.timedelta(days=ahead)
    return date_pb2.Date(year=found.year, month=found.month, day=found.day)


def new_id():
    return str(uuid.uuid4())


def refused(call, request, metadata):
    try:
        call(request, metadata=metadata, timeout=10)
    except grpc.RpcError as error:
        return error.code()
    sys.exit("a call that must be refused was served")


def every(things, do):
    """Does something with each, four at a time."""
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(do, things))


clerk, matcher, officer = caller("registrar", center="made-up-1"), caller("matcher", region="*"), caller("permit_officer", region="*")
people = relocants_pb2_grpc.RelocantServiceStub(channel)
crossings = stays_pb2_grpc.StayServiceStub(channel)
pairing = matches_pb2_grpc.MatchServiceStub(channel)
offered = vacancies_pb2_grpc.VacancyServiceStub(channel)
table = figures_pb2_grpc.FigureServiceStub(channel)

# How many stay where; some are too few to be shown.
STAYING = {"KZ-75": 90, "KZ-71": 60, "KZ-79": 45, "KZ-35": 30, "KZ-61": 25, "KZ-19": 20, "KZ-15": 15, "KZ-55": 12, "KZ-10": 11, "KZ-63": 5, "KZ-47": 3}
SYLLABLES = ["ба", "ги", "до", "же", "ку", "лы", "мэ", "ню", "ря", "фо", "ха", "цу", "ши", "по", "ве", "те"]


def name(count, factor):
    # Spread, so that no two are nearly the same: whoever is like another is looked at as one person.
    mixed = (count + 1) * factor % 2**32
    return "Ойдан" + "".join(SYLLABLES[(mixed >> (6 * at + 2)) % 16] for at in range(5))


def register(numbered):
    count, region = numbered
    born = datetime.date(1950, 1, 1) + datetime.timedelta(days=count * 7919 % 18_000)
    request = relocants.RegisterRelocantRequest(
        # From this month's arrivals to those whose days are nearly used up.
        request_id=new_id(), region_code=region, entry_date=day(-(count % 89)),
        typed=relocants.TypedIdentity(
            family_name=name(count, 2_654_435_761), given_names=name(count, 2_246_822_519), citizenship="RUS",
            birth_date=date_pb2.Date(year=born.year, month=born.month, day=born.day),
            document=relocants.Document(kind="DOCUMENT_KIND_PASSPORT", issuing_country="RUS", number=f"{count * 7_654_321 % 10**9:09}", expiry_date=day(200 + count)),
        ),
        card=common.Card(
            occupations=[common.OccupationSkill(occupation=["2212", "7212", "2512"][count % 3], years=8)],
            languages=[common.LanguageSkill(language="ru", level="LANGUAGE_LEVEL_C2")],
            licence_state="LICENCE_STATE_RECOGNISED", household_size=1 + count % 4, looking=True,
        ),
    )
    return people.RegisterRelocant(request, metadata=clerk).relocant.id


def programme():
    ids = every(enumerate(region for region, many in STAYING.items() for _ in range(many)), register)

    firms = employers_pb2_grpc.EmployerServiceStub(channel)
    firm = firms.RegisterEmployer(employers.RegisterEmployerRequest(
        request_id=new_id(), bin="181141900093", name="Ойдан шығарылған зауыт", region_code="KZ-35"), metadata=matcher).employer.id
    firms.VerifyEmployer(employers.VerifyEmployerRequest(request_id=new_id(), id=firm), metadata=matcher)
    own = caller("employer", organisation=firm)

    def offer(numbered):
        count, region = numbered
        openings = 12 + count * 13 % 70
        return offered.OpenVacancy(vacancies.OpenVacancyRequest(
            request_id=new_id(), employer_id=firm, occupation=["2212", "7212", "2512"][count % 3], region_code=region, settlement="Ойдан", openings=openings,
            pay_min_minor=40_000_000, pay_max_minor=60_000_000, currency="KZT", closing_date=day(60),
            homes=[vacancies.Home(kind="HOME_KIND_APARTMENT", count=openings, rooms=2, people=4, available_from_date=day(0))]), metadata=own).vacancy

    vacant = every(enumerate([*STAYING, "KZ-59", "KZ-11", "KZ-27", "KZ-39", "KZ-43", "KZ-31", "KZ-33"]), offer)
    welding = max((vacancy for vacancy in vacant if vacancy.occupation == "7212"), key=lambda vacancy: vacancy.openings)
    welders = [id for count, id in enumerate(ids) if count % 3 == 1][:60]

    def pair(numbered):
        count, person = numbered
        match = pairing.ProposeMatch(matches.ProposeMatchRequest(
            request_id=new_id(), vacancy_id=welding.id, relocant_id=person, home_id=welding.homes[0].id, arrive_by_date=day(20)), metadata=matcher).match.id
        if count >= 48:
            return
        if count < 12:
            pairing.DeclineMatch(matches.DeclineMatchRequest(request_id=new_id(), id=match, side="MATCH_SIDE_EMPLOYER", reason="END_REASON_SKILLS"), metadata=own)
            return
        for who, side in [(caller("person", relocant=person), "MATCH_SIDE_RELOCANT"), (own, "MATCH_SIDE_EMPLOYER")]:
            pairing.AcceptMatch(matches.AcceptMatchRequest(request_id=new_id(), id=match, side=side), metadata=who)
        if count < 32:
            pairing.ConfirmArrival(matches.ConfirmArrivalRequest(request_id=new_id(), id=match, arrival_date=day(0)), metadata=own)

    every(enumerate(welders[:min(len(welders), welding.openings)]), pair)

    issuing = permits_pb2_grpc.PermitServiceStub(channel)

    def permit(numbered):
        count, person = numbered
        id = issuing.ApplyForPermit(permits.ApplyForPermitRequest(
            request_id=new_id(), relocant_id=person, kind="PERMIT_KIND_TEMPORARY_RESIDENCE_WORK", employer_id=firm, region_code="KZ-35",
            contract_until_date=day(300), passport_valid_until_date=day(2000)), metadata=clerk).permit.id
        for step in (issuing.AcceptApplication, issuing.StartReview, issuing.ApproveApplication)[:count % 4]:
            step({issuing.AcceptApplication: permits.AcceptApplicationRequest, issuing.StartReview: permits.StartReviewRequest,
                  issuing.ApproveApplication: permits.ApproveApplicationRequest}[step](request_id=new_id(), id=id), metadata=officer)
        if count % 8 == 7:
            issuing.IssuePermit(permits.IssuePermitRequest(request_id=new_id(), id=id, valid_from_date=day(0), valid_until_date=day(300)), metadata=officer)

    every(enumerate(ids[100:200]), permit)

    queues = centers_pb2_grpc.CenterServiceStub(channel)
    hours = [centers.OpeningHours(weekday=weekday, opens="00:00", closes="24:00") for weekday in range(1, 8)]
    holidays = [centers.SpecialDay(date=day(ahead), opens="00:00", closes="24:00") for ahead in range(-1, 8)]
    for count, region in enumerate(["KZ-75", "KZ-71", "KZ-79"]):
        center = f"made-up-{count + 2}"
        queues.OpenCenter(centers.OpenCenterRequest(
            request_id=new_id(), center_id=center, region_code=region, plan=centers.CenterPlan(
                name="Ойдан", address="Ойдан, 1", counters=20, slot_minutes=15, hours=hours, special_days=holidays,
                services=[centers.ServiceOffer(service="SERVICE_KIND_INFORMATION", usual_minutes=1)])), metadata=caller("ops"))
        kiosk, desk = caller("kiosk", center=center), caller("registrar", center=center)
        counter = queues.OpenCounter(centers.OpenCounterRequest(request_id=new_id(), label="1", services=["SERVICE_KIND_INFORMATION"]), metadata=desk).counter.id
        for _ in range(60 - 15 * count):
            try:
                queues.TakeTicket(centers.TakeTicketRequest(request_id=new_id(), service="SERVICE_KIND_INFORMATION", people=1), metadata=kiosk)
            except grpc.RpcError as error:
                # Shortly before midnight there is no time left for so many.
                if "DAY_FULL" not in str(error):
                    raise
                break
        else:
            ends = [(queues.ServeTicket, centers.ServeTicketRequest, 15), (queues.MarkNoShow, centers.MarkNoShowRequest, 11 - 6 * count), (queues.HoldTicket, centers.HoldTicketRequest, 10)]
            for call, request, many in ends[: 3 - count]:
                for _ in range(many):
                    called = queues.CallNext(centers.CallNextRequest(request_id=new_id(), counter_id=counter), metadata=desk).ticket.id
                    call(request(request_id=new_id(), ticket_id=called), metadata=desk)

    # Nobody can be registered last month; figures by week are of weeks that are over.
    with sqlite3.connect(DATABASE, timeout=10) as database:
        for count, id in enumerate(ids[::2]):
            back = f"-{7 * [1, 1, 1, 2, 2, 3, 4, 4, 4, 4, 6, 7][count % 12]} days"
            database.execute("UPDATE relocant SET created_at = replace(created_at, date(created_at), date(created_at, ?)) WHERE id = ?", (back, uuid.UUID(id).bytes))


def ask(rounds):
    known = people.ListRelocants(relocants.ListRelocantsRequest(page_size=20), metadata=clerk).relocants
    vacant = offered.ListVacancies(vacancies.ListVacanciesRequest(page_size=20), metadata=matcher).vacancies
    for count in range(rounds):
        people.GetRelocant(relocants.GetRelocantRequest(id=known[count % len(known)].id, purpose="PURPOSE_REGISTRATION"), metadata=clerk)
        crossings.GetStayStatus(stays.GetStayStatusRequest(relocant_id=known[count % len(known)].id), metadata=clerk)
        pairing.RankCandidates(matches.RankCandidatesRequest(vacancy_id=vacant[count % len(vacant)].id), metadata=matcher)
        if count % 10 == 0:
            refused(people.GetRelocant, relocants.GetRelocantRequest(id=new_id(), purpose="PURPOSE_REGISTRATION"), clerk)


def calls():
    for kind in figures.FigureTable.values()[1:]:
        table.GetFigures(figures.GetFiguresRequest(table=kind), metadata=caller("auditor"))
    # There is no such method; the call is kept as one that failed.
    missing = channel.unary_unary("/relocation.registry.v1.RelocantService/MadeUp", request_serializer=bytes, response_deserializer=bytes)
    refused(missing, b"", clerk)
    ask(70)


def trickle():
    for _ in range(18):
        time.sleep(10)
        ask(8)


{"programme": programme, "calls": calls, "trickle": trickle}[WHAT]()
