//! `relocreg demo`: the registry's story on a fresh SQLite file, through its own gRPC port, every outcome checked and told in plain words. The people are made up.

use std::{future::Future, time::Duration};

use chrono::{Datelike as _, Days, NaiveDate};
use tokio_util::sync::CancellationToken;
use tonic::{
    Request, Response, Status,
    metadata::{Ascii, MetadataValue},
    transport::{Channel, Endpoint},
};
use uuid::Uuid;

use super::say;
use crate::{
    auth::jwt::{Claims, Signer, Verifier},
    config::Found,
    messages::Language,
    occupations,
    proto::{
        self, consent_service_client::ConsentServiceClient, employer_service_client::EmployerServiceClient, google::r#type::Date,
        match_service_client::MatchServiceClient, permit_service_client::PermitServiceClient, register_relocant_request::Source,
        relocant_service_client::RelocantServiceClient, vacancy_service_client::VacancyServiceClient,
    },
    seal::{KeyFile, Keyring, Vault},
    server, telemetry,
    time::{Clock, civil_day},
};

const ISSUER: &str = "relocreg-demo";
const AUDIENCE: &str = "relocation.registry";

/// A synthetic specimen of a Russian passport's machine-readable zone; its check digits are right, the person does not exist.
const SPECIMEN: &str = "P<RUSSHCHELOKOVA<<IULIIA<<<<<<<<<<<<<<<<<<<<\n7500000015RUS9901317F3302141<<<<<<<<<<<<<<06";

/// Plays the story; with `once` ends after it.
pub async fn demo(once: bool) -> Result<(), String> {
    let folder = std::env::temp_dir().join(format!("relocreg-demo-{}", Uuid::new_v4().simple()));
    std::fs::create_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let outcome = Box::pin(play(once, &folder)).await;
    if let Err(error) = std::fs::remove_dir_all(&folder) {
        say(&format!("the demo's folder {} stays: {error}", folder.display()));
    }
    outcome
}

async fn play(once: bool, folder: &std::path::Path) -> Result<(), String> {
    let free =
        |wanted: &str| if once || std::net::TcpListener::bind(wanted).is_err() { "127.0.0.1:0".to_owned() } else { wanted.to_owned() };
    let found = Found::look(None)
        .with("database.url", format!("sqlite://{}/registry.db", folder.display()))
        .with("database.migrate", "true")
        .with("server.listen", free("127.0.0.1:50051"))
        .with("server.drain_ms", "0")
        .with("admin.listen", free("127.0.0.1:9464"))
        .with("seal.keys", "made below")
        .with("auth.key_set_file", "made below")
        .with("log.format", "pretty")
        .with("log.filter", "warn");
    let config = found.check().map_err(|faults| faults.to_string())?;
    let guard = telemetry::install(&config.log)?;
    let keys = KeyFile::generate().map_err(|failed| failed.to_string())?;
    let signer = Signer::generate().and_then(|document| Signer::from_pkcs8(&document)).map_err(|failed| failed.to_string())?;
    let verifier = Verifier::from_key_set(signer.key_set(), ISSUER.to_owned(), AUDIENCE.to_owned())?;
    let ready = server::prepare(config, Vault::new(Keyring::from_file(&keys)?), verifier, Clock::default())
        .await
        .map_err(|failed| failed.to_string())?;
    let (address, admin) = (ready.address, ready.admin_address);
    let stop = CancellationToken::new();
    let story = async {
        let channel = Endpoint::from_shared(format!("http://{address}")).map_err(|error| error.to_string())?.connect_lazy();
        let mut story = Story { channel, signer: &signer, today: civil_day(Clock::default().now()), step: 0 };
        let begun = tokio::time::Instant::now();
        let told = Box::pin(story.tell()).await;
        if let Ok(cast) = &told {
            say(&format!("\nThe story took {:.2} s; every outcome was checked.", begun.elapsed().as_secs_f64()));
            if !once {
                say(&invitation(&signer, cast, address, admin)?);
                story.trickle().await;
            }
        }
        stop.cancel();
        told.map(drop)
    };
    let (served, told) = tokio::join!(ready.serve(stop.clone()), story);
    guard.flush();
    told.and(served.map_err(|failed| failed.to_string()))
}

/// Whom the story is about, for the tokens.
struct Cast {
    hospital: String,
    person: String,
}

fn claims(role: &str) -> Claims {
    let exp = u64::try_from(Clock::default().now().timestamp()).unwrap_or(0) + 12 * 3600;
    let claims = Claims {
        iss: ISSUER.to_owned(),
        aud: AUDIENCE.to_owned(),
        exp,
        sub: format!("demo-{role}"),
        role: role.to_owned(),
        center: None,
        region: None,
        organisation: None,
        relocant: None,
    };
    match role {
        "registrar" | "kiosk" => Claims { center: Some("ala-01".to_owned()), ..claims },
        "permit_officer" | "matcher" => Claims { region: Some("KZ-10".to_owned()), ..claims },
        "integration" => Claims { organisation: Some("*".to_owned()), ..claims },
        _ => claims,
    }
}

fn invitation(signer: &Signer, cast: &Cast, address: std::net::SocketAddr, admin: std::net::SocketAddr) -> Result<String, String> {
    use std::fmt::Write as _;
    let mut text = format!(
        "\ngRPC    {address}   (plaintext; reflection and health are on)\nadmin   http://{admin}/metrics /live /ready\n\nTokens, good for 12 hours:\n"
    );
    for role in ["registrar", "permit_officer", "matcher", "employer", "person", "integration", "auditor", "ops", "kiosk"] {
        let mut claims = claims(role);
        match role {
            "employer" => claims.organisation = Some(cast.hospital.clone()),
            "person" => claims.relocant = Some(cast.person.clone()),
            _ => {}
        }
        let token = signer.sign(&claims).map_err(|failed| failed.to_string())?;
        // Writing into a string cannot fail.
        let _written = writeln!(text, "  {role:<15} {token}");
    }
    let service = "relocation.registry.v1.StayService/ListStayPolicies";
    let _written = write!(
        text,
        "\nTry, with one of the tokens as $TOKEN:\n  buf curl --http2-prior-knowledge -H \"authorization: Bearer $TOKEN\" http://{address}/{service}\n  \
         grpcurl -plaintext -H \"authorization: Bearer $TOKEN\" {address} {service}\n\nA person registers every few seconds. Ctrl-C ends the demo and removes its data.",
    );
    Ok(text)
}

struct Story<'a> {
    channel: Channel,
    signer: &'a Signer,
    today: NaiveDate,
    step: u32,
}

fn id() -> String {
    Uuid::new_v4().to_string()
}

fn date(day: NaiveDate) -> Option<Date> {
    Some(Date { year: day.year(), month: i32::try_from(day.month()).ok()?, day: i32::try_from(day.day()).ok()? })
}

fn text(date: Option<Date>) -> String {
    date.map_or_else(|| "never".to_owned(), |date| format!("{:04}-{:02}-{:02}", date.year, date.month, date.day))
}

fn there<T>(part: Option<T>) -> Result<T, String> {
    part.ok_or_else(|| "the answer lacks its record".to_owned())
}

fn expect(holds: bool, what: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(format!("the story went wrong: {what}")) }
}

async fn call<T>(answer: impl Future<Output = Result<Response<T>, Status>>) -> Result<T, String> {
    answer.await.map(Response::into_inner).map_err(|status| format!("the story went wrong: {} {}", status.code(), status.message()))
}

impl Story<'_> {
    fn bearer(&self, claims: &Claims) -> Result<MetadataValue<Ascii>, String> {
        let token = self.signer.sign(claims).map_err(|failed| failed.to_string())?;
        format!("Bearer {token}").parse().map_err(|_| "a token is no header".to_owned())
    }

    fn ask<T>(&self, claims: &Claims, message: T) -> Result<Request<T>, String> {
        let mut request = Request::new(message);
        request.metadata_mut().insert("authorization", self.bearer(claims)?);
        Ok(request)
    }

    fn told(&mut self, text: &str) {
        self.step += 1;
        say(&format!("{:>2}. {text}", self.step));
    }

    fn ahead(&self, days: u64) -> Option<Date> {
        date(self.today + Days::new(days))
    }

    async fn tell(&mut self) -> Result<Cast, String> {
        say("A district hospital, a doctor, and a home\n");
        let person = self.registers().await?;
        let hospital = self.opens().await?;
        self.matched(&hospital, &person.id).await?;
        self.permitted(&hospital.employer_id, &person.id).await?;
        Ok(Cast { hospital: hospital.employer_id, person: person.id })
    }

    async fn registers(&mut self) -> Result<proto::Relocant, String> {
        let clerk = claims("registrar");
        let mut people = RelocantServiceClient::new(self.channel.clone());
        let card = proto::Card {
            occupations: vec![proto::OccupationSkill { occupation: "2212".to_owned(), years: 3 }],
            languages: vec![proto::LanguageSkill { language: "ru".to_owned(), level: proto::LanguageLevel::C2.into() }],
            licence_state: proto::LicenceState::Recognised.into(),
            wished_regions: vec!["KZ-10".to_owned()],
            household_size: 3,
            earliest_start_date: None,
            looking: true,
            ..Default::default()
        };
        let request = proto::RegisterRelocantRequest {
            request_id: id(),
            region_code: "KZ-10".to_owned(),
            entry_date: date(self.today - Days::new(2)),
            phone: "+77010000001".to_owned(),
            card: Some(card),
            source: Some(Source::Mrz(SPECIMEN.to_owned())),
            ..Default::default()
        };
        let registered = call(people.register_relocant(self.ask(&clerk, request.clone())?)).await?;
        let (person, stay) = (there(registered.relocant)?, there(registered.stay_status)?);
        expect(stay.days_used == 3 && stay.days_remaining == 87, "three days are used")?;
        self.told(&format!("A clerk scans a passport. The person is registered; the code to remember is {}.", person.code));
        self.told(&format!(
            "The registry says at once: {} of 90 days used, lawful until {} (policy {}).",
            stay.days_used,
            text(stay.last_lawful_date),
            stay.policy_id
        ));
        let again = there(call(people.register_relocant(self.ask(&clerk, request)?)).await?.relocant)?;
        expect(again.id == person.id, "the same request makes no second person")?;
        self.told("The network fails and the clerk's computer sends it again: still one person.");
        Ok(person)
    }

    async fn opens(&mut self) -> Result<proto::Vacancy, String> {
        let matcher = claims("matcher");
        let mut employers = EmployerServiceClient::new(self.channel.clone());
        let register = proto::RegisterEmployerRequest {
            request_id: id(),
            validate_only: false,
            bin: "990140004654".to_owned(),
            name: "Аягөз аудандық ауруханасы".to_owned(),
            region_code: "KZ-10".to_owned(),
            relocation: None,
        };
        let hospital = there(call(employers.register_employer(self.ask(&matcher, register)?)).await?.employer)?;
        let verify = proto::VerifyEmployerRequest { request_id: id(), id: hospital.id.clone(), ..Default::default() };
        call(employers.verify_employer(self.ask(&matcher, verify)?)).await?;
        self.told(&format!("The district hospital of Ayagoz is registered (BIN {}) and verified.", hospital.bin));

        let own = Claims { organisation: Some(hospital.id.clone()), ..claims("employer") };
        let flat = proto::Home {
            kind: proto::HomeKind::Apartment.into(),
            count: 20,
            rooms: 2,
            people: 4,
            rent_minor: 0,
            available_from_date: date(self.today),
            ..Default::default()
        };
        let open = proto::OpenVacancyRequest {
            request_id: id(),
            validate_only: false,
            employer_id: hospital.id,
            occupation: "2212".to_owned(),
            region_code: "KZ-10".to_owned(),
            settlement: "Аягөз".to_owned(),
            openings: 20,
            pay_min_minor: 45_000_000,
            pay_max_minor: 70_000_000,
            currency: "KZT".to_owned(),
            languages: vec![proto::LanguageSkill { language: "ru".to_owned(), level: proto::LanguageLevel::B2.into() }],
            licence_required: true,
            closing_date: self.ahead(90),
            homes: vec![flat],
            ..Default::default()
        };
        let mut vacancies = VacancyServiceClient::new(self.channel.clone());
        let vacancy = there(call(vacancies.open_vacancy(self.ask(&own, open)?)).await?.vacancy)?;
        expect(vacancy.openings_free == 20, "twenty openings are free")?;
        let work = occupations::label(&vacancy.occupation, Language::English).unwrap_or_default();
        self.told(&format!("It opens twenty vacancies, ISCO {} ({work}), each with a free two-room flat.", vacancy.occupation));
        Ok(vacancy)
    }

    async fn matched(&mut self, vacancy: &proto::Vacancy, person_id: &str) -> Result<(), String> {
        let matcher = claims("matcher");
        let own = Claims { organisation: Some(vacancy.employer_id.clone()), ..claims("employer") };
        let person = Claims { relocant: Some(person_id.to_owned()), ..claims("person") };
        let mut service = MatchServiceClient::new(self.channel.clone());
        let rank = proto::RankCandidatesRequest { vacancy_id: vacancy.id.clone(), limit: 10, start_by_date: None };
        let ranked = call(service.rank_candidates(self.ask(&matcher, rank)?)).await?.candidates;
        let best = there(ranked.into_iter().next())?;
        expect(best.relocant_id == person_id && best.eligible, "the doctor is ranked first")?;
        let reasons: Vec<String> = best.reasons.iter().map(|reason| format!("{} {}", reason.code, reason.points)).collect();
        self.told(&format!("The matcher ranks who fits: {} points = {}.", best.score, reasons.join(" + ")));

        let home = there(vacancy.homes.first())?;
        let propose = proto::ProposeMatchRequest {
            request_id: id(),
            validate_only: false,
            vacancy_id: vacancy.id.clone(),
            relocant_id: person_id.to_owned(),
            home_id: home.id.clone(),
            hold_days: 7,
            arrive_by_date: self.ahead(30),
        };
        let proposed = there(call(service.propose_match(self.ask(&matcher, propose)?)).await?.r#match)?;
        let card = there(call(service.get_match(self.ask(&own, proto::GetMatchRequest { id: proposed.id.clone() })?)).await?.r#match)?;
        expect(card.relocant_id.is_empty(), "the employer does not see who it is")?;
        self.told("A match is proposed; one opening and one flat are held for seven days. The hospital sees what the person can do, not who it is.");

        for (who, side) in [(&person, proto::MatchSide::Relocant), (&own, proto::MatchSide::Employer)] {
            let accept = proto::AcceptMatchRequest { request_id: id(), id: proposed.id.clone(), side: side.into(), ..Default::default() };
            call(service.accept_match(self.ask(who, accept)?)).await?;
        }
        self.told("The doctor says yes, the hospital says yes.");
        self.disclosed(&own, &person, &proposed).await?;
        let arrive =
            proto::ConfirmArrivalRequest { request_id: id(), id: proposed.id, arrival_date: date(self.today), ..Default::default() };
        let arrived = there(call(service.confirm_arrival(self.ask(&own, arrive)?)).await?.r#match)?;
        expect(arrived.state() == proto::MatchState::Arrived, "the doctor has arrived")?;
        let mut vacancies = VacancyServiceClient::new(self.channel.clone());
        let now = there(call(vacancies.get_vacancy(self.ask(&own, proto::GetVacancyRequest { id: vacancy.id.clone() })?)).await?.vacancy)?;
        let flats = there(now.homes.first())?.free;
        expect(now.openings_free == 19 && flats == 19, "one opening and one flat are taken")?;
        self.told(&format!("The doctor arrives. {} openings and {flats} flats are left.", now.openings_free));
        Ok(())
    }

    async fn disclosed(&mut self, own: &Claims, person: &Claims, found: &proto::Match) -> Result<(), String> {
        let mut consents = ConsentServiceClient::new(self.channel.clone());
        let ask = || proto::DiscloseCandidateRequest {
            request_id: id(),
            validate_only: false,
            match_id: found.id.clone(),
            purpose: proto::ConsentPurpose::Contract.into(),
        };
        let refused =
            consents.disclose_candidate(self.ask(own, ask())?).await.is_err_and(|status| status.code() == tonic::Code::FailedPrecondition);
        expect(refused, "nothing is disclosed without a consent")?;
        let wordings = call(consents.list_consent_wordings(self.ask(person, proto::ListConsentWordingsRequest {})?)).await?.wordings;
        let wording = there(wordings.into_iter().find(|wording| wording.in_force))?;
        let give = proto::GiveConsentRequest {
            request_id: id(),
            validate_only: false,
            relocant_id: found.relocant_id.clone(),
            employer_id: found.employer_id.clone(),
            purpose: proto::ConsentPurpose::Contract.into(),
            fields: vec![proto::ConsentField::Name.into(), proto::ConsentField::Phone.into()],
            until_date: self.ahead(30),
            wording_version: wording.version,
        };
        call(consents.give_consent(self.ask(person, give)?)).await?;
        let disclosed = call(consents.disclose_candidate(self.ask(own, ask())?)).await?;
        expect(disclosed.family_name == "SHCHELOKOVA" && disclosed.document.is_none(), "exactly what was consented to is disclosed")?;
        self.told("Asked for the name, the registry refuses the hospital; the doctor consents to name and telephone for the contract; now it answers those two.");
        Ok(())
    }

    async fn permitted(&mut self, employer_id: &str, person_id: &str) -> Result<(), String> {
        let (clerk, officer) = (claims("registrar"), claims("permit_officer"));
        let mut permits = PermitServiceClient::new(self.channel.clone());
        let apply = proto::ApplyForPermitRequest {
            request_id: id(),
            validate_only: false,
            relocant_id: person_id.to_owned(),
            kind: proto::PermitKind::TemporaryResidenceWork.into(),
            employer_id: employer_id.to_owned(),
            region_code: "KZ-10".to_owned(),
            contract_until_date: self.ahead(300),
            passport_valid_until_date: date(NaiveDate::from_ymd_opt(2033, 2, 14).unwrap_or(self.today)),
            as_draft: false,
            basis_permit_id: String::new(),
        };
        let applied = there(call(permits.apply_for_permit(self.ask(&clerk, apply)?)).await?.permit)?;
        let permit = applied.id;
        call(permits.accept_application(
            self.ask(&officer, proto::AcceptApplicationRequest { request_id: id(), id: permit.clone(), ..Default::default() })?,
        ))
        .await?;
        call(
            permits.start_review(
                self.ask(&officer, proto::StartReviewRequest { request_id: id(), id: permit.clone(), ..Default::default() })?,
            ),
        )
        .await?;
        call(permits.approve_application(
            self.ask(&officer, proto::ApproveApplicationRequest { request_id: id(), id: permit.clone(), ..Default::default() })?,
        ))
        .await?;
        let issue = proto::IssuePermitRequest {
            request_id: id(),
            id: permit,
            valid_from_date: date(self.today),
            valid_until_date: self.ahead(300),
            ..Default::default()
        };
        let issued = there(call(permits.issue_permit(self.ask(&officer, issue)?)).await?.permit)?;
        expect(issued.validity() == proto::PermitValidity::Valid, "the permit is valid")?;
        self.told(&format!(
            "A temporary residence permit by work is applied for, accepted, reviewed, approved and issued: valid until {}, as long as the contract.",
            text(issued.valid_until_date)
        ));
        Ok(())
    }

    /// Registers somebody every few seconds until Ctrl-C.
    async fn trickle(&self) {
        let mut people = RelocantServiceClient::new(self.channel.clone());
        let register = async {
            for number in 1_u32.. {
                tokio::time::sleep(Duration::from_secs(3)).await;
                let typed = proto::TypedIdentity {
                    family_name: "Примерова".to_owned(),
                    given_names: "Анна".to_owned(),
                    birth_date: date(self.today - Days::new(10_000 + u64::from(number))),
                    citizenship: "RUS".to_owned(),
                    document: Some(proto::Document {
                        kind: proto::DocumentKind::Passport.into(),
                        issuing_country: "RUS".to_owned(),
                        number: format!("70{number:07}"),
                        ..Default::default()
                    }),
                    ..Default::default()
                };
                let request = proto::RegisterRelocantRequest {
                    request_id: id(),
                    region_code: "KZ-75".to_owned(),
                    entry_date: date(self.today),
                    source: Some(Source::Typed(typed)),
                    ..Default::default()
                };
                if let Ok(request) = self.ask(&claims("registrar"), request) {
                    // The next one comes anyway.
                    drop(people.register_relocant(request).await);
                }
            }
        };
        tokio::select! {
            () = register => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    }
}
