//! Figures: counted right, protected before they are written, the same for everybody all day, made once by however many replicas.

use chrono::NaiveDate;
use prost::Message as _;
use relocation_registry::{
    auth::jwt::Verifier,
    classifiers::Region,
    figures::operations::{in_need, make},
    gate::Registry,
    proto::{self, FigureTable},
    seal::{KeyFile, Keyring, Vault},
    server,
};
use tonic::{Code, Status};

use crate::{
    duplicates::merge,
    harness::{AUDIENCE, App, Client, ISSUER, config, fields, reason, samples},
    matches::{of_person, open, proposal, propose},
    on_every_database,
    permits::employer,
};

async fn figures(client: &Client, table: FigureTable, on: Option<i64>) -> Result<proto::Figures, Status> {
    let request = proto::GetFiguresRequest { table: table.into(), on_date: on.and_then(samples::in_days) };
    client.figures().get_figures(request).await.map(|answer| answer.into_inner().figures.unwrap())
}

/// The answer as it is on the wire.
async fn bytes(client: &Client, table: FigureTable) -> Vec<u8> {
    let request = proto::GetFiguresRequest { table: table.into(), on_date: None };
    client.raw("FigureService/GetFigures", request.encode_to_vec()).await.unwrap()
}

/// The cell or margin of a place; an empty code is a margin.
fn at<'a>(figures: &'a proto::Figures, region: &str, column: &str) -> &'a proto::FigureCell {
    let all = figures.cells.iter().chain(&figures.region_margins).chain(&figures.column_margins).chain(&figures.total);
    let mut found = all.filter(|cell| cell.region_code == region && cell.column_code == column);
    let cell = found.next().unwrap_or_else(|| panic!("{region} {column}"));
    assert_eq!(found.next(), None, "{region} {column} once");
    cell
}

fn counts(figures: &proto::Figures, places: [(&str, &str); 5]) -> [Option<i32>; 5] {
    places.map(|(region, column)| at(figures, region, column).count)
}

fn free(figures: &proto::Figures, region: &str, column: &str) -> (i32, i32) {
    let offer = at(figures, region, column).offer.unwrap();
    (offer.openings, offer.homes)
}

/// A client whose token outlives a clock that is turned.
async fn lasting(app: &App, role: &str) -> Client {
    let mut claims = app.claims(role);
    claims.exp += 500 * 86_400;
    app.client(&claims).await
}

/// Registers people who can do this work; gives their ids.
async fn people(clerk: &Client, many: usize, occupations: &[&str], region: &str, looking: bool) -> Vec<String> {
    let mut ids = Vec::new();
    for _ in 0..many {
        let mut request = samples::doctor();
        request.region_code = region.to_owned();
        let card = request.card.as_mut().unwrap();
        let skill = |occupation: &&str| proto::OccupationSkill { occupation: (*occupation).to_owned(), years: 5 };
        (card.occupations, card.looking) = (occupations.iter().map(skill).collect(), looking);
        ids.push(clerk.register(request).await.id);
    }
    ids
}

/// The same registry, asked in this process, on the app's clock.
pub async fn inside(app: &App) -> Registry {
    let (keys, signer) = app.keys();
    let vault = Vault::new(Keyring::from_file(&KeyFile::parse(&keys).unwrap()).unwrap());
    let verifier = Verifier::from_key_set(signer.key_set(), ISSUER.to_owned(), AUDIENCE.to_owned()).unwrap();
    server::prepare(config(&app.url), vault, verifier, app.clock.clone()).await.unwrap().registry
}

on_every_database! {
    async fn what_is_counted_is_what_a_hand_counts(app: App) {
        let (clerk, matcher) = (lasting(&app, "registrar").await, lasting(&app, "matcher").await);
        // In Almaty 12 look for work with health, one of them in two occupations of the group and as a teacher; 10 for work with teaching. Seven do not look.
        let mut doctors = people(&clerk, 11, &["2212"], "KZ-75", true).await;
        doctors.extend(people(&clerk, 1, &["2212", "2221", "2330"], "KZ-75", true).await);
        people(&clerk, 9, &["2330"], "KZ-75", true).await;
        let others = people(&clerk, 7, &["2212"], "KZ-75", false).await;
        people(&clerk, 9, &["2212"], "KZ-10", true).await;
        people(&clerk, 11, &["0110"], "KZ-10", true).await;
        merge(&clerk, &others[0], &others[1]).await.unwrap();

        let hospital = employer(&app).await;
        let vacancy = open(&app, &hospital, 20, 15).await;
        let without_home = proto::OpenVacancyRequest { region_code: "KZ-75".to_owned(), homes: vec![], ..samples::vacancy(&hospital, 40, 1) };
        let elsewhere = matcher.vacancies().open_vacancy(without_home).await.unwrap().into_inner().vacancy.unwrap();
        let closed = open(&app, &hospital, 3, 3).await;
        let close = proto::CloseVacancyRequest { request_id: samples::request_id(), id: closed.id, ..Default::default() };
        matcher.vacancies().close_vacancy(close).await.unwrap();
        let gone = employer(&app).await;
        open(&app, &gone, 5, 5).await;
        let suspend = proto::SuspendEmployerRequest { request_id: samples::request_id(), id: gone, ..Default::default() };
        matcher.employers().suspend_employer(suspend).await.unwrap();
        for doctor in &doctors {
            propose(&matcher, proposal(&vacancy, doctor)).await.unwrap();
        }
        for doctor in doctors.iter().take(10) {
            let request = proto::ProposeMatchRequest { vacancy_id: elsewhere.id.clone(), home_id: String::new(), ..proposal(&vacancy, doctor) };
            let (id, side) = (propose(&matcher, request).await.unwrap().id, proto::MatchSide::Relocant.into());
            let decline = proto::DeclineMatchRequest { request_id: samples::request_id(), id, side, ..Default::default() };
            of_person(&app, doctor).await.matches().decline_match(decline).await.unwrap();
        }

        let shortage = figures(&matcher, FigureTable::Shortage, None).await.unwrap();
        assert_eq!((shortage.date, shortage.cells.len()), (samples::in_days(0), 20 * 40));
        assert_eq!(shortage.method, Some(proto::FigureMethod { threshold: 10, rounded_to: 5 }));
        let places = [("KZ-75", "22"), ("KZ-75", "23"), ("KZ-10", "22"), ("KZ-75", ""), ("", "22")];
        assert_eq!(counts(&shortage, places), [Some(10), Some(10), None, Some(20), Some(10)], "12, 10, 9, 22 and 12");
        assert_eq!(at(&shortage, "", "").count, Some(20), "nobody is counted by armed forces");
        let withheld = |region, column| at(&shortage, region, column).cells_withheld;
        assert_eq!((withheld("KZ-75", ""), withheld("", "22"), withheld("", ""), withheld("KZ-75", "22")), (38, 19, 798, 0));
        assert_eq!((free(&shortage, "KZ-10", "22"), free(&shortage, "KZ-75", "22")), ((20, 15), (40, 0)));
        assert_eq!((free(&shortage, "", "22"), free(&shortage, "", "")), ((60, 15), (60, 15)));
        let ratio = |region| at(&shortage, region, "22").offer.unwrap().people_per_hundred_openings;
        assert_eq!((ratio("KZ-75"), ratio("KZ-10"), ratio("")), (Some(25), None, None));
        let funnel = figures(&matcher, FigureTable::MatchFunnel, None).await.unwrap();
        let places = [("KZ-10", "PROPOSED"), ("KZ-10", "LAPSED"), ("KZ-10", ""), ("KZ-75", "DECLINED"), ("", "")];
        assert_eq!(counts(&funnel, places), [Some(10), None, Some(10), Some(10), Some(20)], "12, none and 10");
        let arrivals = figures(&matcher, FigureTable::Arrivals, None).await.unwrap();
        assert!(arrivals.cells.iter().all(|cell| cell.count.is_none() && cell.offer.is_none()), "this week is not over");
        assert_eq!(arrivals.cells.len(), 20 * 26);

        let today: NaiveDate = relocation_registry::time::civil_day(app.clock.now());
        let week = today.format("%G-W%V").to_string();
        app.clock.advance_days(8);
        people(&clerk, 10, &["2212"], "KZ-75", false).await;
        let arrivals = figures(&matcher, FigureTable::Arrivals, None).await.unwrap();
        let places = [("KZ-75", week.as_str()), ("KZ-10", week.as_str()), ("KZ-75", ""), ("", week.as_str()), ("", "")];
        assert_eq!(counts(&arrivals, places), [Some(25), Some(20), Some(25), Some(45), Some(45)], "27 without the merged record, 20, and 47");
        let funnel = figures(&matcher, FigureTable::MatchFunnel, None).await.unwrap();
        let places = [("KZ-10", "PROPOSED"), ("KZ-10", "LAPSED"), ("KZ-10", ""), ("KZ-75", "DECLINED"), ("KZ-75", "LAPSED")];
        assert_eq!(counts(&funnel, places), [None, Some(10), Some(10), Some(10), None], "nobody had to write that the holds ran out");
        let shortage = figures(&matcher, FigureTable::Shortage, None).await.unwrap();
        assert_eq!(free(&shortage, "KZ-10", "22"), (20, 15), "whoever holds or takes it");

        app.clock.advance_days(27 * 7);
        let arrivals = figures(&matcher, FigureTable::Arrivals, None).await.unwrap();
        assert_eq!((arrivals.total.unwrap().count, arrivals.cells.iter().filter_map(|cell| cell.count).count()), (None, 0), "too long ago");
        let shortage = figures(&matcher, FigureTable::Shortage, None).await.unwrap();
        assert_eq!(free(&shortage, "", ""), (0, 0), "nothing can be proposed any longer");
    }

    async fn figures_are_the_same_for_everybody_all_day_and_new_the_next(app: App) {
        let (clerk, matcher) = (lasting(&app, "registrar").await, lasting(&app, "matcher").await);
        people(&clerk, 12, &["2212"], "KZ-75", true).await;
        let first = bytes(&clerk, FigureTable::Shortage).await;
        people(&clerk, 5, &["2212"], "KZ-75", true).await;
        app.clock.advance_minutes(1);
        for role in ["registrar", "permit_officer", "employer", "matcher", "auditor", "ops", "integration"] {
            assert_eq!(bytes(&lasting(&app, role).await, FigureTable::Shortage).await, first, "{role}");
        }
        let mut of_region = app.claims("matcher");
        of_region.region = Some("KZ-10".to_owned());
        assert_eq!(bytes(&app.client(&of_region).await, FigureTable::Shortage).await, first, "whatever the region");
        for role in ["person", "kiosk"] {
            let denied = figures(&app.role(role).await, FigureTable::Shortage, None).await.unwrap_err();
            assert_eq!(denied.code(), Code::PermissionDenied, "{role}");
        }

        app.clock.advance_days(1);
        let next = figures(&matcher, FigureTable::Shortage, None).await.unwrap();
        assert_eq!((next.date, at(&next, "KZ-75", "22").count), (samples::in_days(1), Some(15)));
        let former = figures(&matcher, FigureTable::Shortage, Some(0)).await.unwrap();
        assert_eq!(proto::GetFiguresResponse { figures: Some(former) }.encode_to_vec(), first, "the day before stays as it was");
        for day in [-1, 2] {
            assert_eq!(reason(&figures(&matcher, FigureTable::Shortage, Some(day)).await.unwrap_err()), "FIGURES_NOT_MADE", "{day}");
        }
        app.clock.advance_days(1);
        figures(&matcher, FigureTable::Shortage, Some(1)).await.unwrap();
        figures(&matcher, FigureTable::Shortage, Some(-1)).await.unwrap_err();
        assert_eq!(app.count("figure").await, 6, "who asks for another day makes nothing of today");
        let wrong = proto::GetFiguresRequest { table: 9, on_date: Some(proto::google::r#type::Date { year: 2026, month: 2, day: 30 }) };
        assert_eq!(fields(&matcher.figures().get_figures(wrong).await.unwrap_err()), ["table", "on_date"]);
    }

    async fn what_a_small_count_was_is_written_nowhere(app: App) {
        let (clerk, matcher) = (lasting(&app, "registrar").await, lasting(&app, "matcher").await);
        figures(&matcher, FigureTable::Shortage, None).await.unwrap();
        people(&clerk, 9, &["2212"], "KZ-75", true).await;
        app.clock.advance_days(8);
        figures(&matcher, FigureTable::Shortage, None).await.unwrap();
        for table in ["SHORTAGE", "MATCH_FUNNEL"] {
            let rows = app.sql(&format!("SELECT CAST(content AS TEXT) FROM figure WHERE kind = '{table}' ORDER BY civil_day")).await;
            let rows: Vec<String> = rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
            assert_eq!((rows.len(), &rows[0]), (2, &rows[1]), "nine people leave no trace");
        }
        let arrivals = app.sql("SELECT CAST(content AS TEXT) FROM figure WHERE kind = 'ARRIVALS' ORDER BY civil_day").await;
        let people = |row: &sea_orm::QueryResult| {
            let content: serde_json::Value = serde_json::from_str(&row.try_get_by_index::<String>(0).unwrap()).unwrap();
            content["people"].clone()
        };
        assert_eq!(people(&arrivals[0]), people(&arrivals[1]));
    }

    async fn replicas_that_ask_at_once_make_one_table(app: App) {
        let other = app.another().await;
        people(&app.role("registrar").await, 10, &["2212"], "KZ-75", true).await;
        let (one, two) = (lasting(&app, "matcher").await, lasting(&other, "employer").await);
        for round in 1..=5 {
            let asked = (0..12).map(|caller| {
                let client = if caller % 2 == 0 { one.clone() } else { two.clone() };
                async move { bytes(&client, FigureTable::Shortage).await }
            });
            let told = futures_util::future::join_all(asked).await;
            assert!(told.iter().all(|answer| *answer == told[0]), "round {round}");
            assert_eq!(app.count("figure").await, 3 * round);
            app.clock.advance_days(1);
            other.clock.advance_days(1);
        }
        other.handle().stop().await;
    }

    async fn figures_are_kept_for_four_hundred_days(app: App) {
        let matcher = lasting(&app, "matcher").await;
        figures(&matcher, FigureTable::Arrivals, None).await.unwrap();
        app.clock.advance_days(399);
        figures(&matcher, FigureTable::Arrivals, None).await.unwrap();
        figures(&matcher, FigureTable::Arrivals, Some(0)).await.unwrap();
        app.clock.advance_days(1);
        figures(&matcher, FigureTable::Arrivals, None).await.unwrap();
        assert_eq!(reason(&figures(&matcher, FigureTable::Arrivals, Some(0)).await.unwrap_err()), "FIGURES_NOT_MADE");
        assert_eq!(app.count("figure").await, 6);
    }

    async fn homes_that_were_refused_are_not_offered(app: App) {
        let matcher = lasting(&app, "matcher").await;
        let hospital = employer(&app).await;
        let request = proto::OpenVacancyRequest { region_code: "KZ-19".to_owned(), ..samples::vacancy(&hospital, 2, 5) };
        let vacancy = matcher.vacancies().open_vacancy(request).await.unwrap().into_inner().vacancy.unwrap();
        let (state, on_date) = (proto::HomeCheckState::Refused.into(), samples::in_days(0));
        let refuse = proto::CheckHomeRequest { request_id: samples::request_id(), vacancy_id: vacancy.id, home_id: vacancy.homes[0].id.clone(), state, on_date, ..Default::default() };
        matcher.vacancies().check_home(refuse).await.unwrap();
        let shortage = figures(&matcher, FigureTable::Shortage, None).await.unwrap();
        assert_eq!(free(&shortage, "KZ-19", "22"), (2, 0));
    }

    async fn rounds_ask_where_people_are_missing_by_the_newest_day(app: App) {
        let (clerk, registry) = (lasting(&app, "registrar").await, inside(&app).await);
        let ask = async || in_need(&registry).await.unwrap().contains(&(Region::AlmatyCity, *b"22"));
        assert!(!ask().await, "no figures were ever made");
        let hospital = employer(&app).await;
        let vacancy = proto::OpenVacancyRequest { region_code: "KZ-75".to_owned(), ..samples::vacancy(&hospital, 12, 1) };
        lasting(&app, "matcher").await.vacancies().open_vacancy(vacancy).await.unwrap();
        people(&clerk, 9, &["2212"], "KZ-75", true).await;
        // As once an hour: again and again, made once.
        let day = make(&registry).await.unwrap();
        assert_eq!((make(&registry).await.unwrap(), app.count("figure").await), (day, 3));
        assert!(ask().await, "nine are withheld, and twelve are sought");
        people(&clerk, 4, &["2221"], "KZ-75", true).await;
        make(&registry).await.unwrap();
        assert!(ask().await, "today's stay as they are");
        app.clock.advance_days(1);
        assert!(ask().await, "and are the newest until others are made");
        make(&registry).await.unwrap();
        assert!(!ask().await, "fifteen are shown");
    }
}

/// What the command prints.
async fn printed(app: &App, arguments: &[&str]) -> String {
    let done = tokio::process::Command::new(env!("CARGO_BIN_EXE_relocreg"))
        .arg("figures")
        .args(arguments)
        .args(["--address", &app.address])
        .env("RELOCREG_CLIENT_TOKEN", app.token(&app.claims("employer")))
        .output()
        .await
        .unwrap();
    String::from_utf8(if done.status.success() { done.stdout } else { done.stderr }).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_prints_each_table_for_people_and_for_programs() {
    let app = App::sqlite().await;
    people(&app.role("registrar").await, 12, &["2212"], "KZ-75", true).await;
    let shortage = printed(&app, &["shortage"]).await;
    assert!(shortage.contains("KZ-75      22         0      0      10                       -\n"), "{shortage}");
    assert!(printed(&app, &["arrivals"]).await.contains("week        all\n"));
    assert!(printed(&app, &["funnel"]).await.contains("region   proposed   accepted    arrived"));
    let told: serde_json::Value = serde_json::from_str(&printed(&app, &["shortage", "--json"]).await).unwrap();
    assert_eq!((&told["total"]["count"], &told["total"]["cells_withheld"], &told["threshold"]), (&10.into(), &799.into(), &10.into()));
    assert!(printed(&app, &["funnel", "--day", "2020-02-01"]).await.contains("there are no figures of 2020-02-01"));
    app.handle().stop().await;
}
