//! Every RPC once, in the order of a life: what a test needs that is about all of them. Every change is sent twice, for what holds for every change: the same
//! answer, one effect, one entry. Everything personal in it is a marker that can be looked for.

use std::collections::BTreeSet;

use chrono::Timelike as _;
use prost::Message;
use relocation_registry::{proto, time::wall_clock};

use crate::harness::{App, CHANGES, Client, samples};

/// Personal values of the story. None may be found outside sealed records and the answers to those who may see them.
pub const MARKERS: [&str; 9] =
    ["Маркерова", "Zzmarker", "ZZMARKER", "Новомаркер", "987650123", "77019998877", "zzmarker@example.kz", "1971-03-17", "710317400018"];

/// What changes something for several people at once.
const OF_SEVERAL: [&str; 6] = [
    "MatchService/ProposeFamily",
    "MatchService/WithdrawMatch",
    "HouseholdService/FormHousehold",
    "HouseholdService/ReportHouseholdDeparture",
    "HouseholdService/SplitHousehold",
    "HouseholdService/JoinHouseholds",
];

/// What was played, and where.
pub struct Story<'a> {
    app: &'a App,
    /// The RPCs that were called, such as `StayService/RecordEntry`.
    pub played: BTreeSet<String>,
    /// The answers in their order, each with its RPC.
    pub answers: Vec<(String, Vec<u8>)>,
    consents: Consents,
}

/// What the person of the story consents to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Consents {
    /// One consent, for a while.
    One,
    /// Everything, from the first day of the employer on.
    All,
    /// Nothing.
    None,
}

macro_rules! change {
    ($name:ident { $($field:ident $(: $value:expr)?),* $(,)? }) => {
        proto::$name { request_id: samples::request_id(), $($field $(: $value)?,)* ..Default::default() }
    };
}

impl Story<'_> {
    async fn ask<A: Message + Default>(&mut self, client: &Client, rpc: &str, request: impl Message) -> A {
        let answer = client.raw(rpc, request.encode_to_vec()).await.unwrap_or_else(|refused| panic!("{rpc}: {refused:?}"));
        self.played.insert(rpc.to_owned());
        self.answers.push((rpc.to_owned(), answer.clone()));
        A::decode(answer.as_slice()).unwrap()
    }

    async fn change<A: Message + Default>(&mut self, client: &Client, rpc: &str, request: impl Message) -> A {
        let entries = self.app.count(CHANGES).await;
        let bytes = request.encode_to_vec();
        let first = client.raw(rpc, bytes.clone()).await.unwrap_or_else(|refused| panic!("{rpc}: {refused:?}"));
        let people = if self.app.count(CHANGES).await == entries + 2 { 2 } else { 1 };
        let again = client.raw(rpc, bytes).await.unwrap_or_else(|refused| panic!("{rpc} again: {refused:?}"));
        assert_eq!(first, again, "{rpc}: the same request has the same answer");
        assert_eq!(self.app.count(CHANGES).await, entries + people, "{rpc}: one effect, one entry for each person");
        assert!(people == 1 || OF_SEVERAL.contains(&rpc), "{rpc} is about one person");
        self.played.insert(rpc.to_owned());
        self.answers.push((rpc.to_owned(), first.clone()));
        A::decode(first.as_slice()).unwrap()
    }

    async fn permit(&mut self, client: &Client, rpc: &str, request: impl Message) -> proto::Permit {
        // Every answer of this service holds the permit in its first field.
        self.change::<proto::GetPermitResponse>(client, &format!("PermitService/{rpc}"), request).await.permit.unwrap()
    }

    async fn matched(&mut self, client: &Client, rpc: &str, request: impl Message) -> proto::Match {
        self.change::<proto::GetMatchResponse>(client, &format!("MatchService/{rpc}"), request).await.r#match.unwrap()
    }
}

fn identity() -> proto::TypedIdentity {
    proto::TypedIdentity {
        family_name: "Маркерова".to_owned(),
        given_names: "Zzmarker".to_owned(),
        birth_date: samples::date("1971-03-17"),
        document: Some(proto::Document { number: "987650123".to_owned(), ..samples::document() }),
        patronymic: "Маркерова".to_owned(),
        sex: proto::Sex::Female.into(),
        iin: "710317400018".to_owned(),
        latin: Some(proto::Names { family_name: "Zzmarker".to_owned(), ..Default::default() }),
        ..samples::typed()
    }
}

/// Plays it. Gives which RPCs were called.
pub async fn play(app: &App) -> BTreeSet<String> {
    life(app, Consents::One).await.played
}

/// Plays it with a person who consents to so much.
pub async fn life(app: &App, consents: Consents) -> Story<'_> {
    let mut story = Story { app, played: BTreeSet::new(), answers: Vec::new(), consents };
    let (clerk, officer, matcher) = (app.role("registrar").await, app.role("permit_officer").await, app.role("matcher").await);

    // Arriving.
    let register = proto::RegisterRelocantRequest {
        phone: "+77019998877".to_owned(),
        email: "zzmarker@example.kz".to_owned(),
        entry_date: samples::in_days(-20),
        source: Some(proto::register_relocant_request::Source::Typed(identity())),
        ..samples::doctor()
    };
    let registered: proto::RegisterRelocantResponse = story.change(&clerk, "RelocantService/RegisterRelocant", register).await;
    let proto::Relocant { id, code, .. } = registered.relocant.unwrap();
    let amend = change!(AmendRelocantRequest { id: id.clone(), family_name: Some("Новомаркер".to_owned()) });
    let _: proto::AmendRelocantResponse = story.change(&clerk, "RelocantService/AmendRelocant", amend).await;
    documents(&mut story, &clerk, &id).await;
    people(&mut story, &clerk, &id).await;
    stays(&mut story, &clerk, &id).await;
    certificates(&mut story, &clerk, &id).await;
    duplicates(&mut story, &clerk, &id).await;
    queue(&mut story, app, &clerk).await;

    many(&mut story, &clerk).await;
    corrections(&mut story, app, &clerk, &id).await;

    // A verified employer, with vacancies.
    let register =
        change!(RegisterEmployerRequest {
            bin: samples::bin(), name: "Аягөз ауруханасы".to_owned(), region_code: "KZ-10".to_owned()
        });
    let registered: proto::RegisterEmployerResponse = story.change(&matcher, "EmployerService/RegisterEmployer", register).await;
    let employer = registered.employer.unwrap().id;
    let verify = change!(VerifyEmployerRequest { id: employer.clone() });
    let _: proto::VerifyEmployerResponse = story.change(&matcher, "EmployerService/VerifyEmployer", verify).await;
    let _: proto::GetEmployerResponse =
        story.ask(&matcher, "EmployerService/GetEmployer", proto::GetEmployerRequest { id: employer.clone() }).await;
    let _: proto::ListEmployersResponse =
        story.ask(&matcher, "EmployerService/ListEmployers", proto::ListEmployersRequest::default()).await;

    if consents == Consents::All {
        consent_to_everything(app, &id, &employer).await;
    }
    permits(&mut story, &clerk, &officer, &id, &employer).await;
    households(&mut story, &clerk, &id).await;
    work(&mut story, &matcher, &id, &employer).await;
    let shortage = proto::GetFiguresRequest { table: proto::FigureTable::Shortage.into(), ..Default::default() };
    let _: proto::GetFiguresResponse = story.ask(&matcher, "FigureService/GetFigures", shortage).await;

    contracts(&mut story, &id, code, &employer).await;
    let suspend = change!(SuspendEmployerRequest { id: employer.clone() });
    let _: proto::SuspendEmployerResponse = story.change(&matcher, "EmployerService/SuspendEmployer", suspend).await;
    removed(&mut story, &matcher, employer).await;
    let depart = change!(ReportDepartureRequest { id, departure_date: samples::in_days(0) });
    let _: proto::ReportDepartureResponse = story.change(&clerk, "RelocantService/ReportDeparture", depart).await;

    // Who follows and who checks.
    app.sequenced().await;
    let (integration, auditor) = (app.role("integration").await, app.role("auditor").await);
    let _: proto::WatchEventsResponse = story.ask(&integration, "EventService/WatchEvents", proto::WatchEventsRequest::default()).await;
    let events: proto::ListEventsResponse = story.ask(&integration, "EventService/ListEvents", proto::ListEventsRequest::default()).await;
    let entries: proto::ListEntriesResponse = story.ask(&auditor, "AuditService/ListEntries", proto::ListEntriesRequest::default()).await;
    assert!(!events.events.is_empty() && !entries.entries.is_empty());
    story
}

/// Consents to everything, beside the story.
async fn consent_to_everything(app: &App, relocant: &str, employer: &str) {
    let mut claims = app.claims("person");
    claims.relocant = Some(relocant.to_owned());
    let person = app.client(&claims).await;
    for purpose in 1..=3 {
        let give = change!(GiveConsentRequest {
            relocant_id: relocant.to_owned(),
            employer_id: employer.to_owned(),
            purpose,
            fields: (1..=5).collect(),
            until_date: samples::in_days(300),
            wording_version: 1,
        });
        person.consents().give_consent(give).await.unwrap();
    }
}

/// A consent, what is shown by it, and its end.
async fn consents(story: &mut Story<'_>, person: &Client, own: &Client, [relocant, employer, id]: [&str; 3]) {
    let wordings: proto::ListConsentWordingsResponse =
        story.ask(person, "ConsentService/ListConsentWordings", proto::ListConsentWordingsRequest {}).await;
    let give = change!(GiveConsentRequest {
        relocant_id: relocant.to_owned(),
        employer_id: employer.to_owned(),
        purpose: proto::ConsentPurpose::Recruitment.into(),
        fields: (1..=5).collect(),
        until_date: samples::in_days(30),
        wording_version: wordings.wordings.iter().find(|wording| wording.in_force).unwrap().version,
    });
    let given: proto::GiveConsentResponse = story.change(person, "ConsentService/GiveConsent", give).await;
    let disclose = change!(DiscloseCandidateRequest { match_id: id.to_owned(), purpose: proto::ConsentPurpose::Recruitment.into() });
    let disclosed: proto::DiscloseCandidateResponse = story.change(own, "ConsentService/DiscloseCandidate", disclose).await;
    assert_eq!((disclosed.family_name.as_str(), disclosed.phone.as_str()), ("Маркерова", "+77019998877"));
    let list = proto::ListConsentsRequest { relocant_id: relocant.to_owned(), ..Default::default() };
    let _: proto::ListConsentsResponse = story.ask(person, "ConsentService/ListConsents", list).await;
    let list = proto::ListDisclosuresRequest { relocant_id: relocant.to_owned(), ..Default::default() };
    let shown: proto::ListDisclosuresResponse = story.ask(person, "ConsentService/ListDisclosures", list).await;
    assert_eq!(shown.disclosures.len(), 1);
    let withdraw = change!(WithdrawConsentRequest { id: given.consent.unwrap().id });
    let _: proto::WithdrawConsentResponse = story.change(person, "ConsentService/WithdrawConsent", withdraw).await;
}

async fn people(story: &mut Story<'_>, clerk: &Client, id: &str) {
    let purpose = proto::Purpose::Registration.into();
    let get = proto::GetRelocantRequest { id: id.to_owned(), view: proto::RelocantView::Full.into(), purpose };
    let found: proto::GetRelocantResponse = story.ask(clerk, "RelocantService/GetRelocant", get).await;
    assert_eq!(found.relocant.unwrap().identity.unwrap().family_name, "Новомаркер");
    let document = proto::DocumentKey {
        kind: proto::DocumentKind::Passport.into(),
        issuing_country: "RUS".to_owned(),
        number: "987650123".to_owned(),
    };
    let find = proto::FindRelocantRequest { key: Some(proto::find_relocant_request::Key::Document(document)), purpose };
    let _: proto::FindRelocantResponse = story.ask(clerk, "RelocantService/FindRelocant", find).await;
    let _: proto::ListRelocantsResponse = story.ask(clerk, "RelocantService/ListRelocants", proto::ListRelocantsRequest::default()).await;
}

/// A second record of the same person: told apart, said to be the same, merged, parted.
async fn duplicates(story: &mut Story<'_>, clerk: &Client, id: &str) {
    let register = proto::RegisterRelocantRequest {
        source: Some(proto::register_relocant_request::Source::Typed(identity())),
        ..samples::registration()
    };
    let pairs = story.app.count("duplicate").await;
    let again: proto::RegisterRelocantResponse = story.change(clerk, "RelocantService/RegisterRelocant", register).await;
    // Of a pair that is decided before it was found nothing is known of its likeness, and the story would not be the same each time.
    crate::duplicates::found(story.app, pairs + 1).await;
    let other_id = again.relocant.unwrap().id;
    assert_eq!(again.likely_duplicates.iter().map(|likely| likely.relocant_id.as_str()).collect::<Vec<_>>(), [id]);
    for decision in [proto::DuplicateDecision::Different, proto::DuplicateDecision::Same] {
        let decide = change!(DecideDuplicateRequest { relocant_id: id.to_owned(), other_id: other_id.clone(), decision: decision.into() });
        let _: proto::DecideDuplicateResponse = story.change(clerk, "DuplicateService/DecideDuplicate", decide).await;
    }
    let of_person = proto::ListDuplicatesRequest { relocant_id: id.to_owned(), ..Default::default() };
    let listed: proto::ListDuplicatesResponse = story.ask(clerk, "DuplicateService/ListDuplicates", of_person).await;
    assert_eq!(listed.duplicates.len(), 1);
    let merge = change!(MergeRelocantsRequest { id: id.to_owned(), merged_id: other_id });
    let merged: proto::MergeRelocantsResponse = story.change(clerk, "DuplicateService/MergeRelocants", merge).await;
    let undo = change!(UndoMergeRequest { id: merged.merge.unwrap().id });
    let _: proto::UndoMergeResponse = story.change(clerk, "DuplicateService/UndoMerge", undo).await;
    let lineage: proto::ListMergesResponse =
        story.ask(clerk, "DuplicateService/ListMerges", proto::ListMergesRequest { relocant_id: id.to_owned() }).await;
    assert_eq!(lineage.merges.len(), 1);
}

/// What takes two clerks.
async fn corrections(story: &mut Story<'_>, app: &App, clerk: &Client, id: &str) {
    let mut claims = app.claims("registrar");
    claims.sub = "registrar-2".to_owned();
    let other = app.client(&claims).await;
    let propose = |family_name: &str| {
        let values = Some(proto::DecisiveValues { family_name: Some(family_name.to_owned()), ..Default::default() });
        change!(ProposeCorrectionRequest { relocant_id: id.to_owned(), values })
    };
    let mut proposed = Vec::new();
    for (name, decision) in [("Маркерова", "Approve"), ("Zzmarker", "Reject"), ("Zzmarker", "Withdraw")] {
        let answer: proto::ProposeCorrectionResponse = story.change(clerk, "CorrectionService/ProposeCorrection", propose(name)).await;
        let id = answer.correction.unwrap().id;
        let claimed: proto::ClaimCorrectionResponse =
            story.change(&other, "CorrectionService/ClaimCorrection", change!(ClaimCorrectionRequest {})).await;
        assert_eq!(claimed.correction.unwrap().id, id);
        let release = change!(ReleaseCorrectionRequest { id: id.clone() });
        let _: proto::ReleaseCorrectionResponse = story.change(&other, "CorrectionService/ReleaseCorrection", release).await;
        match decision {
            "Approve" => {
                let approve = change!(ApproveCorrectionRequest { id: id.clone() });
                let _: proto::ApproveCorrectionResponse = story.change(&other, "CorrectionService/ApproveCorrection", approve).await;
            }
            "Reject" => {
                let reject = change!(RejectCorrectionRequest { id: id.clone(), ground: proto::RejectionGround::NotProven.into() });
                let _: proto::RejectCorrectionResponse = story.change(&other, "CorrectionService/RejectCorrection", reject).await;
            }
            _ => {
                let withdraw = change!(WithdrawCorrectionRequest { id: id.clone() });
                let _: proto::WithdrawCorrectionResponse = story.change(clerk, "CorrectionService/WithdrawCorrection", withdraw).await;
            }
        }
        proposed.push(id);
    }
    let get = proto::GetCorrectionRequest { id: proposed[0].clone(), purpose: proto::Purpose::Registration.into() };
    let _: proto::GetCorrectionResponse = story.ask(&other, "CorrectionService/GetCorrection", get).await;
    let listed: proto::ListCorrectionsResponse =
        story.ask(clerk, "CorrectionService/ListCorrections", proto::ListCorrectionsRequest::default()).await;
    assert_eq!(listed.corrections.len(), 3);
}

/// Several at once, and a file.
async fn many(story: &mut Story<'_>, clerk: &Client) {
    let batch = proto::BatchRegisterRelocantsRequest { registrations: vec![samples::registration()] };
    let done: proto::BatchRegisterRelocantsResponse = story.change(clerk, "RelocantService/BatchRegisterRelocants", batch).await;
    assert!(matches!(done.results[0].outcome, Some(proto::registration_result::Outcome::Registered(_))));
    let row = proto::ImportRelocantsRequest {
        import_id: samples::request_id(),
        validate_only: false,
        line: 2,
        registration: Some(proto::RegisterRelocantRequest { request_id: String::new(), ..samples::registration() }),
    };
    let done: proto::ImportRelocantsResponse = story.change(clerk, "RelocantService/ImportRelocants", row).await;
    assert_eq!((done.acknowledged_line, done.rows.len()), (2, 1));
}

/// A day at a centre: a plan, a slot, a counter, and two tickets before it.
async fn queue(story: &mut Story<'_>, app: &App, clerk: &Client) {
    // Nobody is served any more shortly before midnight, and the story is told at any hour.
    let late = i64::from(wall_clock(app.clock.now()).num_seconds_from_midnight()) / 60 - 22 * 60;
    app.clock.advance_minutes(-late.max(0));
    queue_by_day(story, app, clerk).await;
    app.clock.advance_minutes(late.max(0));
}

async fn queue_by_day(story: &mut Story<'_>, app: &App, clerk: &Client) {
    let (ops, kiosk) = (app.role("ops").await, app.role("kiosk").await);
    let center_id = || "ala-01".to_owned();
    let opened: proto::OpenCenterResponse = story.change(&ops, "CenterService/OpenCenter", samples::center("ala-01")).await;
    let amend = change!(AmendCenterRequest { center_id: center_id(), plan: opened.center.unwrap().plan });
    let _: proto::AmendCenterResponse = story.change(clerk, "CenterService/AmendCenter", amend).await;
    let _: proto::GetCenterResponse =
        story.ask(&kiosk, "CenterService/GetCenter", proto::GetCenterRequest { center_id: center_id() }).await;
    let _: proto::ListCentersResponse = story.ask(&kiosk, "CenterService/ListCenters", proto::ListCentersRequest::default()).await;
    let service = proto::ServiceKind::Registration.into();
    let list = proto::ListSlotsRequest { center_id: center_id(), service, date: samples::in_days(1) };
    let slots: proto::ListSlotsResponse = story.ask(&kiosk, "CenterService/ListSlots", list).await;
    let book = change!(BookSlotRequest { center_id: center_id(), service, start_time: slots.slots[0].start_time, people: 2 });
    let booked: proto::BookSlotResponse = story.change(&kiosk, "CenterService/BookSlot", book).await;
    let code = booked.booking.unwrap().code;
    let reschedule = change!(RescheduleBookingRequest { code: code.clone(), start_time: slots.slots[1].start_time });
    let _: proto::RescheduleBookingResponse = story.change(&kiosk, "CenterService/RescheduleBooking", reschedule).await;
    let _: proto::GetBookingResponse = story.ask(&kiosk, "CenterService/GetBooking", proto::GetBookingRequest { code: code.clone() }).await;
    let _: proto::CancelBookingResponse = story.change(&kiosk, "CenterService/CancelBooking", change!(CancelBookingRequest { code })).await;

    let open = change!(OpenCounterRequest { label: "7".to_owned(), services: vec![service] });
    let opened: proto::OpenCounterResponse = story.change(clerk, "CenterService/OpenCounter", open).await;
    let counter_id = opened.counter.unwrap().id;
    let _: proto::ListCountersResponse = story.ask(clerk, "CenterService/ListCounters", proto::ListCountersRequest {}).await;
    let mut tickets = Vec::new();
    for _ in 0..2 {
        let taken: proto::TakeTicketResponse =
            story.change(&kiosk, "CenterService/TakeTicket", change!(TakeTicketRequest { service, people: 1 })).await;
        tickets.push(taken.ticket.unwrap());
    }
    let get = proto::GetTicketRequest { code: tickets[0].code.clone() };
    let _: proto::GetTicketResponse = story.ask(&kiosk, "CenterService/GetTicket", get).await;
    let watch = proto::WatchQueueRequest { center_id: center_id() };
    let _: proto::WatchQueueResponse = story.ask(&kiosk, "CenterService/WatchQueue", watch).await;
    let next = || change!(CallNextRequest { counter_id: counter_id.clone() });
    let ticket_id = tickets[0].id.clone();
    let called: proto::CallNextResponse = story.change(clerk, "CenterService/CallNext", next()).await;
    assert_eq!(called.ticket.unwrap().id, ticket_id);
    let _: proto::HoldTicketResponse =
        story.change(clerk, "CenterService/HoldTicket", change!(HoldTicketRequest { ticket_id: ticket_id.clone() })).await;
    let _: proto::RequeueTicketResponse =
        story.change(clerk, "CenterService/RequeueTicket", change!(RequeueTicketRequest { ticket_id: ticket_id.clone() })).await;
    let _: proto::CallNextResponse = story.change(clerk, "CenterService/CallNext", next()).await;
    let _: proto::ServeTicketResponse = story.change(clerk, "CenterService/ServeTicket", change!(ServeTicketRequest { ticket_id })).await;
    let _: proto::CallNextResponse = story.change(clerk, "CenterService/CallNext", next()).await;
    let ticket_id = tickets[1].id.clone();
    let _: proto::MarkNoShowResponse = story.change(clerk, "CenterService/MarkNoShow", change!(MarkNoShowRequest { ticket_id })).await;
    let nobody: proto::CallNextResponse = story.change(clerk, "CenterService/CallNext", next()).await;
    assert_eq!(nobody.ticket, None);
    let close = change!(CloseCounterRequest { counter_id });
    let _: proto::CloseCounterResponse = story.change(clerk, "CenterService/CloseCounter", close).await;
}

/// A family that grows, parts, comes together again, and leaves but for the person of the story.
async fn households(story: &mut Story<'_>, clerk: &Client, id: &str) {
    use proto::HouseholdRole as Role;
    let as_role = |id: &str, role: Role| proto::HouseholdRoleOf { relocant_id: id.to_owned(), role: role.into() };
    let mut family = Vec::new();
    for _ in 0..2 {
        let registered: proto::RegisterRelocantResponse =
            story.change(clerk, "RelocantService/RegisterRelocant", samples::registration()).await;
        family.push(registered.relocant.unwrap().id);
    }
    let members = vec![as_role(&family[0], Role::Head), as_role(id, Role::Spouse)];
    let form = change!(FormHouseholdRequest { members, since_date: samples::in_days(-9), unregistered_people: 1 });
    let formed: proto::FormHouseholdResponse = story.change(clerk, "HouseholdService/FormHousehold", form).await;
    let household = formed.household.unwrap().id;
    let (role, since_date) = (Role::Parent.into(), samples::in_days(-8));
    let add = change!(AddMemberRequest { id: household.clone(), relocant_id: family[1].clone(), role, since_date });
    let _: proto::AddMemberResponse = story.change(clerk, "HouseholdService/AddMember", add).await;
    let leaving = vec![as_role(id, Role::Head)];
    let split = change!(SplitHouseholdRequest { id: household.clone(), leaving, split_date: samples::in_days(-7) });
    let split: proto::SplitHouseholdResponse = story.change(clerk, "HouseholdService/SplitHousehold", split).await;
    let joined_id = split.new_household.unwrap().id;
    let join = change!(JoinHouseholdsRequest { id: household.clone(), joined_id, join_date: samples::in_days(-6) });
    let _: proto::JoinHouseholdsResponse = story.change(clerk, "HouseholdService/JoinHouseholds", join).await;
    let amend = change!(AmendHouseholdRequest { id: household.clone(), school_age_children: Some(1) });
    let _: proto::AmendHouseholdResponse = story.change(clerk, "HouseholdService/AmendHousehold", amend).await;
    let ask = proto::GetHouseholdRequest { id: household.clone() };
    let asked: proto::GetHouseholdResponse = story.ask(clerk, "HouseholdService/GetHousehold", ask).await;
    assert_eq!(asked.household.unwrap().places_needed, 4);
    let (ground, left_date) = (proto::LeavingGround::MovedOut.into(), samples::in_days(-5));
    let remove = change!(RemoveMemberRequest { id: household.clone(), relocant_id: id.to_owned(), ground, left_date });
    let _: proto::RemoveMemberResponse = story.change(clerk, "HouseholdService/RemoveMember", remove).await;
    let list = proto::ListHouseholdsRequest { relocant_id: id.to_owned(), ..Default::default() };
    let listed: proto::ListHouseholdsResponse = story.ask(clerk, "HouseholdService/ListHouseholds", list).await;
    assert_eq!(listed.households.len(), 2);
    let depart = change!(ReportHouseholdDepartureRequest { id: household, departure_date: samples::in_days(0) });
    let _: proto::ReportHouseholdDepartureResponse = story.change(clerk, "HouseholdService/ReportHouseholdDeparture", depart).await;
}

async fn certificates(story: &mut Story<'_>, clerk: &Client, id: &str) {
    let issue = change!(IssueCertificateRequest { relocant_id: id.to_owned() });
    let issued: proto::IssueCertificateResponse = story.change(clerk, "CertificateService/IssueCertificate", issue).await;
    let of_person = proto::ListCertificatesRequest { relocant_id: id.to_owned() };
    let _: proto::ListCertificatesResponse = story.ask(clerk, "CertificateService/ListCertificates", of_person).await;
    let revoke = change!(RevokeCertificateRequest { id: issued.certificate.unwrap().id });
    let _: proto::RevokeCertificateResponse = story.change(clerk, "CertificateService/RevokeCertificate", revoke).await;
    let _: proto::GetRevocationsResponse =
        story.ask(clerk, "CertificateService/GetRevocations", proto::GetRevocationsRequest::default()).await;
}

async fn documents(story: &mut Story<'_>, clerk: &Client, id: &str) {
    let kind = proto::DocumentKind::InternalPassport.into();
    let add = change!(AddDocumentRequest { id: id.to_owned(), document: Some(proto::Document { kind, ..samples::document() }) });
    let added: proto::AddDocumentResponse = story.change(clerk, "RelocantService/AddDocument", add).await;
    let document_id = added.relocant.unwrap().identity.unwrap().documents[1].id.clone();
    let ground = proto::WithdrawalGround::Lost.into();
    let withdraw = change!(WithdrawDocumentRequest { id: id.to_owned(), document_id, ground });
    let _: proto::WithdrawDocumentResponse = story.change(clerk, "RelocantService/WithdrawDocument", withdraw).await;
    let zone = "P<RUSZZMARKER<<ZZMARKER<<<<<<<<<<<<<<<<<<<<<\n9876501230RUS7103179F3302141<<<<<<<<<<<<<<00";
    let _: proto::ParseMrzResponse =
        story.ask(clerk, "RelocantService/ParseMrz", proto::ParseMrzRequest { mrz: zone_with_digits(zone) }).await;
}

/// The zone of a passport with its check digits put right.
fn zone_with_digits(zone: &str) -> String {
    let digit = |text: &str| char::from_digit(u32::from(mrz_check(text)), 10).unwrap();
    let (first, second) = zone.split_once('\n').unwrap();
    let mut second: Vec<char> = second.chars().collect();
    let part = |line: &[char], from: usize, to: usize| line[from..to].iter().collect::<String>();
    for (from, to) in [(0, 9), (13, 19), (21, 27), (28, 42)] {
        second[to] = digit(&part(&second, from, to));
    }
    let whole = part(&second, 0, 10) + &part(&second, 13, 20) + &part(&second, 21, 43);
    second[43] = digit(&whole);
    format!("{first}\n{}", second.into_iter().collect::<String>())
}

/// ICAO Doc 9303-3, 4.9.
fn mrz_check(text: &str) -> u8 {
    let value = |byte: u8| match byte {
        b'0'..=b'9' => u32::from(byte - b'0'),
        b'A'..=b'Z' => u32::from(byte - b'A') + 10,
        _ => 0,
    };
    let sum: u32 = text.bytes().zip([7, 3, 1].into_iter().cycle()).map(|(byte, weight)| value(byte) * weight).sum();
    u8::try_from(sum % 10).unwrap()
}

async fn stays(story: &mut Story<'_>, clerk: &Client, id: &str) {
    let exit = change!(RecordExitRequest { relocant_id: id.to_owned(), exit_date: samples::in_days(-10) });
    let exit: proto::RecordExitResponse = story.change(clerk, "StayService/RecordExit", exit).await;
    let correct = change!(CorrectCrossingRequest { crossing_id: exit.crossing.unwrap().id, crossing_date: samples::in_days(-9) });
    let _: proto::CorrectCrossingResponse = story.change(clerk, "StayService/CorrectCrossing", correct).await;
    let entry = change!(RecordEntryRequest { relocant_id: id.to_owned(), entry_date: samples::in_days(-2) });
    let _: proto::RecordEntryResponse = story.change(clerk, "StayService/RecordEntry", entry).await;
    let notify = change!(NotifyArrivalRequest { relocant_id: id.to_owned(), notified_date: samples::in_days(-1) });
    let _: proto::NotifyArrivalResponse = story.change(clerk, "StayService/NotifyArrival", notify).await;

    let due = proto::ListDuesRequest { relocant_id: id.to_owned(), ..Default::default() };
    let _: proto::ListDuesResponse = story.ask(clerk, "DueService/ListDues", due).await;
    let relocant_id = id.to_owned();
    let notices = proto::ListArrivalNoticesRequest { relocant_id: relocant_id.clone() };
    let _: proto::ListArrivalNoticesResponse = story.ask(clerk, "StayService/ListArrivalNotices", notices).await;
    let list = proto::ListCrossingsRequest { relocant_id: relocant_id.clone(), ..Default::default() };
    let _: proto::ListCrossingsResponse = story.ask(clerk, "StayService/ListCrossings", list).await;
    let status = proto::GetStayStatusRequest { relocant_id: relocant_id.clone(), on_date: None };
    let _: proto::GetStayStatusResponse = story.ask(clerk, "StayService/GetStayStatus", status).await;
    let plan = proto::PlanStayRequest { relocant_id, planned_entry_date: samples::in_days(5) };
    let _: proto::PlanStayResponse = story.ask(clerk, "StayService/PlanStay", plan).await;
    let evaluate = proto::EvaluateStayRequest { policy_id: "kz.eaeu.2023".to_owned(), on_date: samples::in_days(0), ..Default::default() };
    let _: proto::EvaluateStayResponse = story.ask(clerk, "StayService/EvaluateStay", evaluate).await;
    let _: proto::ListStayPoliciesResponse =
        story.ask(clerk, "StayService/ListStayPolicies", proto::ListStayPoliciesRequest::default()).await;
}

async fn permits(story: &mut Story<'_>, clerk: &Client, officer: &Client, relocant: &str, employer: &str) {
    let application = |as_draft| {
        change!(ApplyForPermitRequest {
            relocant_id: relocant.to_owned(),
            kind: proto::PermitKind::TemporaryResidenceWork.into(),
            employer_id: employer.to_owned(),
            region_code: "KZ-10".to_owned(),
            contract_until_date: samples::in_days(300),
            passport_valid_until_date: samples::in_days(2000),
            as_draft,
        })
    };
    // What there is and what it asks.
    let types = proto::ListPermitTypesRequest::default();
    let _: proto::ListPermitTypesResponse = story.ask(clerk, "PermitService/ListPermitTypes", types).await;
    let check = proto::CheckEligibilityRequest {
        relocant_id: relocant.to_owned(),
        kind: proto::PermitKind::TemporaryResidenceWork.into(),
        purpose: proto::Purpose::PermitDecision.into(),
        ..Default::default()
    };
    let checked: proto::CheckEligibilityResponse = story.ask(officer, "PermitService/CheckEligibility", check).await;
    assert_eq!(checked.eligibility.unwrap().verdict(), proto::EligibilityVerdict::NotKnown);
    // Returned, refused, appealed, issued, renewed, shortened, revoked.
    let id = story.permit(clerk, "ApplyForPermit", application(true)).await.id;
    story.permit(clerk, "SubmitApplication", change!(SubmitApplicationRequest { id: id.clone() })).await;
    let (ground, documents) = (proto::ReturnGround::DocumentMissing.into(), vec![proto::ApplicationDocument::LandlordConsent.into()]);
    story.permit(officer, "ReturnApplication", change!(ReturnApplicationRequest { id: id.clone(), ground, documents })).await;
    story.permit(clerk, "SubmitApplication", change!(SubmitApplicationRequest { id: id.clone() })).await;
    story.permit(officer, "AcceptApplication", change!(AcceptApplicationRequest { id: id.clone() })).await;
    story.permit(officer, "StartReview", change!(StartReviewRequest { id: id.clone() })).await;
    let ground = proto::RefusalGround::OtherLegalGround.into();
    story.permit(officer, "RefuseApplication", change!(RefuseApplicationRequest { id: id.clone(), ground })).await;
    story.permit(officer, "AppealRefusal", change!(AppealRefusalRequest { id: id.clone() })).await;
    story.permit(officer, "DecideAppeal", change!(DecideAppealRequest { id: id.clone(), granted: true })).await;
    let (valid_from_date, valid_until_date) = (samples::in_days(0), samples::in_days(300));
    story.permit(officer, "IssuePermit", change!(IssuePermitRequest { id: id.clone(), valid_from_date, valid_until_date })).await;
    let renew = change!(RenewPermitRequest {
        id: id.clone(),
        valid_until_date: samples::in_days(500),
        contract_until_date: samples::in_days(600),
        passport_valid_until_date: samples::in_days(2000),
    });
    let renewed = story.permit(officer, "RenewPermit", renew).await.id;
    let shorten = change!(ShortenPermitRequest { id: renewed.clone(), valid_until_date: samples::in_days(400) });
    story.permit(officer, "ShortenPermit", shorten).await;
    let ground = proto::RevocationGround::OtherLegalGround.into();
    story.permit(officer, "RevokePermit", change!(RevokePermitRequest { id: renewed, ground })).await;

    // Issued, then the host is lost.
    let id = story.permit(clerk, "ApplyForPermit", application(false)).await.id;
    story.permit(officer, "AcceptApplication", change!(AcceptApplicationRequest { id: id.clone() })).await;
    story.permit(officer, "StartReview", change!(StartReviewRequest { id: id.clone() })).await;
    story.permit(officer, "ApproveApplication", change!(ApproveApplicationRequest { id: id.clone() })).await;
    story.permit(officer, "IssuePermit", change!(IssuePermitRequest { id: id.clone(), valid_from_date, valid_until_date })).await;
    let lost = change!(ReportHostChangeRequest { id: id.clone(), contract_ended_date: samples::in_days(0) });
    story.permit(officer, "ReportHostChange", lost).await;
    story.permit(officer, "CancelPermit", change!(CancelPermitRequest { id: id.clone() })).await;

    study(story, clerk, officer, application(false)).await;

    let withdrawn = story.permit(clerk, "ApplyForPermit", application(false)).await.id;
    story.permit(clerk, "WithdrawApplication", change!(WithdrawApplicationRequest { id: withdrawn })).await;
    let _: proto::GetPermitResponse = story.ask(clerk, "PermitService/GetPermit", proto::GetPermitRequest { id }).await;
    let of_person = proto::ListPermitsRequest { relocant_id: relocant.to_owned(), ..Default::default() };
    let _: proto::ListPermitsResponse = story.ask(clerk, "PermitService/ListPermits", of_person).await;
}

/// Claimed, issued, then the enrolment is lost.
async fn study(story: &mut Story<'_>, clerk: &Client, officer: &Client, application: proto::ApplyForPermitRequest) {
    let kind = proto::PermitKind::TemporaryResidenceStudy.into();
    let id = story.permit(clerk, "ApplyForPermit", proto::ApplyForPermitRequest { kind, ..application }).await.id;
    let claim = change!(ClaimApplicationRequest { id: id.clone() });
    let _: proto::ClaimApplicationResponse = story.change(officer, "PermitService/ClaimApplication", claim).await;
    let release = change!(ReleaseClaimRequest { id: id.clone() });
    let _: proto::ReleaseClaimResponse = story.change(officer, "PermitService/ReleaseClaim", release).await;
    let claim = change!(ClaimApplicationsRequest { count: 50 });
    let claimed: proto::ClaimApplicationsResponse = story.change(officer, "PermitService/ClaimApplications", claim).await;
    assert_eq!(claimed.claims.iter().map(|claim| &claim.permit_id).collect::<Vec<_>>(), [&id]);
    story.permit(officer, "AcceptApplication", change!(AcceptApplicationRequest { id: id.clone() })).await;
    story.permit(officer, "StartReview", change!(StartReviewRequest { id: id.clone() })).await;
    story.permit(officer, "ApproveApplication", change!(ApproveApplicationRequest { id: id.clone() })).await;
    let (valid_from_date, valid_until_date) = (samples::in_days(0), samples::in_days(300));
    story.permit(officer, "IssuePermit", change!(IssuePermitRequest { id: id.clone(), valid_from_date, valid_until_date })).await;
    let ended = change!(ReportEnrolmentEndRequest { id: id.clone(), enrolment_ended_date: samples::in_days(0) });
    story.permit(officer, "ReportEnrolmentEnd", ended).await;
    let of_permit = proto::ListPermitRisksRequest { permit_id: id.clone(), ..Default::default() };
    let risks: proto::ListPermitRisksResponse = story.ask(clerk, "PermitService/ListPermitRisks", of_permit).await;
    assert_eq!(risks.risks.len(), 1);
    story.permit(officer, "CancelPermit", change!(CancelPermitRequest { id })).await;
}

/// Homes of a town, offered by the employer until they are offered no longer.
async fn homes(story: &mut Story<'_>, matcher: &Client, own: &Client, employer: &str) {
    let offered: proto::OpenHomeOfferResponse = story.change(own, "HomeService/OpenHomeOffer", crate::homes::offer(employer, 2)).await;
    let id = offered.offer.unwrap().id;
    let amend = change!(AmendHomeOfferRequest { id: id.clone(), rent_minor: Some(5_000_000) });
    let _: proto::AmendHomeOfferResponse = story.change(own, "HomeService/AmendHomeOffer", amend).await;
    let (state, on_date) = (proto::HomeCheckState::Checked.into(), samples::in_days(0));
    let check = change!(CheckHomeOfferRequest { id: id.clone(), state, on_date });
    let _: proto::CheckHomeOfferResponse = story.change(matcher, "HomeService/CheckHomeOffer", check).await;
    let _: proto::GetHomeOfferResponse = story.ask(own, "HomeService/GetHomeOffer", proto::GetHomeOfferRequest { id: id.clone() }).await;
    let _: proto::ListHomeOffersResponse = story.ask(own, "HomeService/ListHomeOffers", proto::ListHomeOffersRequest::default()).await;
    let _: proto::CloseHomeOfferResponse = story.change(own, "HomeService/CloseHomeOffer", change!(CloseHomeOfferRequest { id })).await;
}

/// Two people of one household, proposed together and taken back together; then a round that finds nobody.
async fn family(story: &mut Story<'_>, matcher: &Client, vacancy: &proto::Vacancy) {
    let clerk = story.app.role("registrar").await;
    let people = [clerk.register(samples::doctor()).await.id, clerk.register(samples::doctor()).await.id];
    let roles = people.iter().zip([proto::HouseholdRole::Head, proto::HouseholdRole::Spouse]);
    let members = roles.map(|(id, role)| proto::HouseholdRoleOf { relocant_id: id.clone(), role: role.into() }).collect();
    let form = change!(FormHouseholdRequest { members, since_date: samples::in_days(0) });
    let _: proto::FormHouseholdResponse = story.change(&clerk, "HouseholdService/FormHousehold", form).await;
    let proposal = |id: &String| proto::Proposal { vacancy_id: vacancy.id.clone(), relocant_id: id.clone(), home_id: String::new() };
    let propose = change!(ProposeFamilyRequest { proposals: people.iter().map(proposal).collect(), arrive_by_date: samples::in_days(30) });
    let proposed: proto::ProposeFamilyResponse = story.change(matcher, "MatchService/ProposeFamily", propose).await;
    let reason = proto::EndReason::Mistaken.into();
    story.matched(matcher, "WithdrawMatch", change!(WithdrawMatchRequest { id: proposed.matches[0].id.clone(), reason })).await;

    let run = change!(RunMatchingRoundRequest { occupation: "9629".to_owned(), arrive_by_date: samples::in_days(30) });
    let run: proto::RunMatchingRoundResponse = story.change(matcher, "MatchService/RunMatchingRound", run).await;
    let get = proto::GetMatchingRoundRequest { id: run.round.unwrap().id };
    let _: proto::GetMatchingRoundResponse = story.ask(matcher, "MatchService/GetMatchingRound", get).await;
    let list = proto::ListMatchingRoundsRequest::default();
    let listed: proto::ListMatchingRoundsResponse = story.ask(matcher, "MatchService/ListMatchingRounds", list).await;
    assert_eq!(listed.rounds.len(), 1);
}

/// A person on an employer's list of staff.
async fn contracts(story: &mut Story<'_>, relocant: &str, code: String, employer: &str) {
    let (mut claims, mut own) = (story.app.claims("person"), story.app.claims("employer"));
    (claims.relocant, own.organisation) = (Some(relocant.to_owned()), Some(employer.to_owned()));
    let (person, own) = (story.app.client(&claims).await, story.app.client(&own).await);
    // Without a consent to it the employer sees nobody, and a clerk keeps the list.
    let by_employer = story.consents == Consents::One;
    let staff = if by_employer { own } else { story.app.role("registrar").await };
    let give = change!(GiveConsentRequest {
        relocant_id: relocant.to_owned(),
        employer_id: employer.to_owned(),
        purpose: proto::ConsentPurpose::Contract.into(),
        fields: vec![proto::ConsentField::Name.into()],
        wording_version: 1,
        until_date: samples::in_days(30),
    });
    if by_employer {
        let _: proto::GiveConsentResponse = story.change(&person, "ConsentService/GiveConsent", give).await;
    }
    let record = change!(RecordContractRequest {
        employer_id: employer.to_owned(),
        code: if by_employer { code.clone() } else { String::new() },
        relocant_id: if by_employer { String::new() } else { relocant.to_owned() },
        kind: proto::ContractKind::Labour.into(),
        occupation: "2212".to_owned(),
        region_code: "KZ-10".to_owned(),
        start_date: samples::in_days(0),
        end_date: samples::in_days(300),
    });
    let recorded: proto::RecordContractResponse = story.change(&staff, "ContractService/RecordContract", record).await;
    let id = recorded.contract.unwrap().id;
    let amend = change!(AmendContractRequest { id: id.clone(), unlimited: true });
    let _: proto::AmendContractResponse = story.change(&staff, "ContractService/AmendContract", amend).await;
    let got: proto::GetContractResponse =
        story.ask(&staff, "ContractService/GetContract", proto::GetContractRequest { id: id.clone() }).await;
    assert_eq!(got.contract.unwrap().worker.map(|worker| worker.code), by_employer.then_some(code));
    let listed: proto::ListContractsResponse =
        story.ask(&person, "ContractService/ListContracts", proto::ListContractsRequest::default()).await;
    assert_eq!(listed.contracts.len(), 1);
    let end = change!(EndContractRequest { id, ended_date: samples::in_days(0), reason: proto::EndReason::Left.into() });
    let _: proto::EndContractResponse = story.change(&staff, "ContractService/EndContract", end).await;
}

/// A company that relocates gets its BIN, and an employer goes for good.
async fn removed(story: &mut Story<'_>, matcher: &Client, employer: String) {
    let relocation =
        proto::Relocation { kind: proto::RelocationKind::Branch.into(), origin_country: "RUS".to_owned(), activity: "62.01".to_owned() };
    let register =
        change!(RegisterEmployerRequest {
            name: "ТОО Переезд".to_owned(), region_code: "KZ-75".to_owned(), relocation: Some(relocation)
        });
    let registered: proto::RegisterEmployerResponse = story.change(matcher, "EmployerService/RegisterEmployer", register).await;
    let record = change!(RecordBinRequest { id: registered.employer.unwrap().id, bin: samples::bin() });
    let _: proto::RecordBinResponse = story.change(matcher, "EmployerService/RecordBin", record).await;
    let remove = change!(RemoveEmployerRequest { id: employer });
    let _: proto::RemoveEmployerResponse = story.change(matcher, "EmployerService/RemoveEmployer", remove).await;
}

async fn work(story: &mut Story<'_>, matcher: &Client, relocant: &str, employer: &str) {
    let (mut claims, mut own) = (story.app.claims("person"), story.app.claims("employer"));
    (claims.relocant, own.organisation) = (Some(relocant.to_owned()), Some(employer.to_owned()));
    let (person, own) = (story.app.client(&claims).await, story.app.client(&own).await);

    let opened: proto::OpenVacancyResponse = story.change(&own, "VacancyService/OpenVacancy", samples::vacancy(employer, 2, 2)).await;
    let vacancy = opened.vacancy.unwrap();
    let amend = change!(AmendVacancyRequest { id: vacancy.id.clone(), openings: Some(3) });
    let _: proto::AmendVacancyResponse = story.change(&own, "VacancyService/AmendVacancy", amend).await;
    let _: proto::GetVacancyResponse =
        story.ask(&own, "VacancyService/GetVacancy", proto::GetVacancyRequest { id: vacancy.id.clone() }).await;
    let _: proto::ListVacanciesResponse = story.ask(&own, "VacancyService/ListVacancies", proto::ListVacanciesRequest::default()).await;
    let confirm = change!(ConfirmLookingRequest { id: relocant.to_owned() });
    let _: proto::ConfirmLookingResponse = story.change(&person, "RelocantService/ConfirmLooking", confirm).await;
    let home_id = vacancy.homes[0].id.clone();
    let (state, on_date) = (proto::HomeCheckState::Checked.into(), samples::in_days(0));
    let check = change!(CheckHomeRequest { vacancy_id: vacancy.id.clone(), home_id, state, on_date });
    let _: proto::CheckHomeResponse = story.change(matcher, "VacancyService/CheckHome", check).await;
    for (openings, outcome) in [(1, proto::VacancyImport::Opened), (2, proto::VacancyImport::Amended), (2, proto::VacancyImport::Unchanged)]
    {
        let import = samples::import(employer, "A-1", openings);
        let imported: proto::ImportVacancyResponse = story.change(&own, "VacancyService/ImportVacancy", import).await;
        assert_eq!(imported.outcome(), outcome);
    }
    let words = proto::ListOccupationsRequest { words: "врач".to_owned(), language: "kk".to_owned(), ..Default::default() };
    let found: proto::ListOccupationsResponse = story.ask(&own, "OccupationService/ListOccupations", words).await;
    assert!(found.occupations.iter().any(|group| group.code == "2212" && group.title == "Маман дәрігерлер"));
    let rank = proto::RankCandidatesRequest { vacancy_id: vacancy.id.clone(), ..Default::default() };
    let ranked: proto::RankCandidatesResponse = story.ask(matcher, "MatchService/RankCandidates", rank).await;
    assert_eq!(ranked.candidates.len(), 1);
    let round = proto::PlanMatchingRoundRequest { arrive_by_date: samples::in_days(30), ..Default::default() };
    let planned: proto::PlanMatchingRoundResponse = story.ask(matcher, "MatchService/PlanMatchingRound", round).await;
    assert_eq!(planned.placements.len(), 1);

    homes(story, matcher, &own, employer).await;
    family(story, matcher, &vacancy).await;
    let proposal = || {
        change!(ProposeMatchRequest {
            vacancy_id: vacancy.id.clone(),
            relocant_id: relocant.to_owned(),
            home_id: vacancy.homes[0].id.clone(),
            arrive_by_date: samples::in_days(30),
        })
    };
    let declined = story.matched(matcher, "ProposeMatch", proposal()).await.id;
    let side = proto::MatchSide::Relocant.into();
    story.matched(&person, "DeclineMatch", change!(DeclineMatchRequest { id: declined, side })).await;
    let withdrawn = story.matched(matcher, "ProposeMatch", proposal()).await.id;
    story.matched(matcher, "WithdrawMatch", change!(WithdrawMatchRequest { id: withdrawn })).await;
    let id = story.matched(matcher, "ProposeMatch", proposal()).await.id;
    story.matched(&person, "AcceptMatch", change!(AcceptMatchRequest { id: id.clone(), side })).await;
    let side = proto::MatchSide::Employer.into();
    story.matched(&own, "AcceptMatch", change!(AcceptMatchRequest { id: id.clone(), side })).await;

    if story.consents == Consents::One {
        consents(story, &person, &own, [relocant, employer, &id]).await;
    }

    let arrive = change!(ConfirmArrivalRequest { id: id.clone(), arrival_date: samples::in_days(0) });
    story.matched(&own, "ConfirmArrival", arrive).await;
    let reason = proto::EndReason::ContractEnded.into();
    story.matched(&own, "EndMatch", change!(EndMatchRequest { id: id.clone(), reason })).await;
    let _: proto::GetMatchResponse = story.ask(&own, "MatchService/GetMatch", proto::GetMatchRequest { id }).await;
    let _: proto::ListMatchesResponse = story.ask(&own, "MatchService/ListMatches", proto::ListMatchesRequest::default()).await;
    let close = change!(CloseVacancyRequest { id: vacancy.id });
    let _: proto::CloseVacancyResponse = story.change(&own, "VacancyService/CloseVacancy", close).await;
}
