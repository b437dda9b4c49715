//! An employer's vacancies from files, imported by the program itself: from a sheet as Excel writes it and from JSON-LD, as often as one likes.

use relocation_registry::proto;
use serde_json::json;
use tokio::process::Command;

use crate::{
    harness::{
        Client,
        program::{Said, Server},
        samples,
    },
    matches::of_employer,
    permits::employer,
};

/// Runs the command on a file of the server's folder, as the employer.
async fn run(server: &Server, employer: &str, name: &str, more: &[&str]) -> Said {
    let mut claims = server.app.claims("employer");
    claims.organisation = Some(employer.to_owned());
    std::fs::write(server.folder.path().join("token"), server.app.token(&claims)).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_relocreg"));
    command.args(["vacancies", "import"]).arg(server.file(name)).args(["--employer", employer, "--address", &server.app.address]);
    command.arg("--token-file").arg(server.folder.path().join("token")).args(more);
    Said::new(command.output().await.unwrap())
}

async fn all(client: &Client) -> Vec<proto::Vacancy> {
    client.vacancies().list_vacancies(proto::ListVacanciesRequest::default()).await.unwrap().into_inner().vacancies
}

fn written(days: i64) -> String {
    let day = samples::in_days(days).unwrap();
    format!("{:04}-{:02}-{:02}", day.year, day.month, day.day)
}

const HEADINGS: &str = "Номер вакансии*;Код профессии*;Регион*;Населённый пункт*;Число мест*;Оплата от*;Оплата до;Открыта до*;Вид жилья;Число жилищ;Комнат;На сколько человек;Аренда;Жильё с";

/// A sheet as Excel saves it in Kazakhstan: a mark at the beginning, semicolons, decimal commas.
fn sheet(pay: &str) -> String {
    let (from, closing) = (written(1), written(90));
    format!(
        "\u{feff}{HEADINGS}\r\n\
         A-1;2212;Абайская область;Аягөз;20;{pay};700 000,00;{closing};Квартира;20;2;4;;{from}\r\n\
         A-1;;;;;;;;Дом;2;4;6;15000,50;{from}\r\n\
         A-2;2221;KZ-71;Астана;1;300000;;{closing};;;;;;\r\n"
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sheet_from_excel_opens_its_vacancies_and_given_again_changes_nothing() {
    let server = Server::start().await;
    let hospital = employer(&server.app).await;
    let own = of_employer(&server.app, &hospital).await;
    std::fs::write(server.file("vacancies.csv"), sheet("450 000,00")).unwrap();

    let said = run(&server, &hospital, "vacancies.csv", &["--check"]).await;
    said.assert_code(0);
    assert!(said.out.ends_with("would be 2 opened, 0 amended, 0 unchanged, 0 refused\n"), "{}", said.out);
    assert_eq!(server.app.count("vacancy").await, 0, "it only asks");

    let said = run(&server, &hospital, "vacancies.csv", &[]).await;
    said.assert_code(0);
    assert!(said.out.contains("2212 Specialist medical practitioners") && said.out.contains("2 opened, 0 amended"), "{}", said.out);
    let opened = all(&own).await;
    assert_eq!((opened[0].pay_min_minor, opened[0].pay_max_minor, opened[0].currency.as_str()), (45_000_000, 70_000_000, "KZT"));
    assert_eq!(
        opened[0].homes.iter().map(|home| (home.kind(), home.rent_minor)).collect::<Vec<_>>(),
        [(proto::HomeKind::Apartment, 0), (proto::HomeKind::House, 1_500_050)]
    );
    assert_eq!((opened[1].external_ref.as_str(), opened[1].pay_max_minor, opened[1].homes.len()), ("A-2", 30_000_000, 0));

    let said = run(&server, &hospital, "vacancies.csv", &["--json"]).await;
    said.assert_code(0);
    let told: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!((told[0]["outcome"].as_str(), told[1]["outcome"].as_str()), (Some("unchanged"), Some("unchanged")));
    assert_eq!(told[0]["vacancy_id"].as_str(), Some(opened[0].id.as_str()));
    assert_eq!(all(&own).await, opened, "given again, it changes nothing");

    // A changed pay amends, and changed back amends again: the file counts as it is now.
    for (pay, minor) in [("500 000", 50_000_000), ("450 000,00", 45_000_000)] {
        std::fs::write(server.file("vacancies.csv"), sheet(pay)).unwrap();
        let said = run(&server, &hospital, "vacancies.csv", &[]).await;
        said.assert_code(0);
        assert!(said.out.contains("0 opened, 1 amended, 1 unchanged, 0 refused"), "{}", said.out);
        assert_eq!(all(&own).await[0].pay_min_minor, minor);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_faults_of_a_file_are_told_with_their_places_and_nothing_is_sent() {
    let server = Server::start().await;
    let hospital = employer(&server.app).await;
    let text = sheet("450,000").replace(";2221;", ";2213;").replace("KZ-71", "Нарния");
    std::fs::write(server.file("vacancies.csv"), text).unwrap();
    let said = run(&server, &hospital, "vacancies.csv", &[]).await;
    said.assert_code(1);
    for part in ["nothing was sent", "line 2, column F (Оплата от*): is no amount", "line 4, column C (Регион*): is not a known value"]
    {
        assert!(said.err.contains(part), "{part}: {}", said.err);
    }
    std::fs::write(server.file("broken.json"), "[\n  {\"@type\": \"JobPosting\",}\n]").unwrap();
    let said = run(&server, &hospital, "broken.json", &[]).await;
    said.assert_code(1);
    assert!(said.err.contains("line 2, column 26: this is no JSON"), "{}", said.err);
    assert_eq!(server.app.count("vacancy").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn job_postings_are_imported_and_what_the_server_refuses_is_told_with_its_reason() {
    let server = Server::start().await;
    let hospital = employer(&server.app).await;
    let own = of_employer(&server.app, &hospital).await;
    let posting = |reference: &str, openings: i32| {
        json!({
            "@type": "JobPosting",
            "title": "Врач",
            "identifier": reference,
            "occupationalCategory": "2212",
            "jobLocation": {"address": {"addressRegion": "KZ-10", "addressLocality": "Аягөз"}},
            "totalJobOpenings": openings,
            "baseSalary": {"currency": "KZT", "value": {"value": 450_000, "unitText": "MONTH"}},
            "validThrough": written(60),
            "employmentType": "FULL_TIME",
            "housing": {"kind": "HOUSE", "count": 1, "rooms": 3, "people": 5, "rent": 0, "from": written(0)},
        })
    };
    let graph =
        |openings| json!({"@context": "https://schema.org", "@graph": [posting("J-1", openings), posting("J-2", openings)]}).to_string();
    std::fs::write(server.file("jobs.json"), graph(1)).unwrap();
    let said = run(&server, &hospital, "jobs.json", &[]).await;
    said.assert_code(0);
    assert!(said.out.contains("2 opened") && said.err.contains("passed over: \"employmentType\" (2)"), "{}\n{}", said.out, said.err);
    assert_eq!(all(&own).await.iter().map(|vacancy| vacancy.homes[0].people).collect::<Vec<_>>(), [5, 5]);

    let closed = all(&own).await.remove(0).id;
    let close = proto::CloseVacancyRequest { request_id: samples::request_id(), id: closed, ..Default::default() };
    own.vacancies().close_vacancy(close).await.unwrap();
    std::fs::write(server.file("jobs.json"), graph(2)).unwrap();
    let said = run(&server, &hospital, "jobs.json", &[]).await;
    said.assert_code(5);
    assert!(
        said.out.contains("refused    $.@graph[0]   J-1 ") && said.out.contains("VACANCY_CLOSED: the vacancy is closed"),
        "{}",
        said.out
    );
    assert!(said.out.contains("0 opened, 1 amended, 0 unchanged, 1 refused"), "{}", said.out);
    assert_eq!(all(&own).await[1].openings, 2, "the others are not held up by it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_template_is_made_once_and_a_server_that_says_no_or_is_away_has_a_code_of_its_own() {
    let mut server = Server::start().await;
    let hospital = employer(&server.app).await;
    let make = async || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_relocreg"));
        Said::new(command.args(["vacancies", "template"]).arg(server.file("empty.csv")).args(["--language", "kk"]).output().await.unwrap())
    };
    make().await.assert_code(0);
    make().await.assert_code(1);
    assert!(server.text("empty.csv").starts_with("\u{feff}Сілтеме*;"));
    let said = run(&server, &hospital, "empty.csv", &[]).await;
    said.assert_code(0);
    assert!(said.out.contains("0 opened"), "an empty template has nothing: {}", said.out);

    std::fs::write(server.file("vacancies.csv"), sheet("1")).unwrap();
    let stranger = employer(&server.app).await;
    let suspend = proto::SuspendEmployerRequest { request_id: samples::request_id(), id: stranger.clone(), ..Default::default() };
    server.app.role("matcher").await.employers().suspend_employer(suspend).await.unwrap();
    let said = run(&server, &stranger, "vacancies.csv", &[]).await;
    said.assert_code(5);
    assert!(said.out.contains("EMPLOYER_NOT_VERIFIED") && said.out.contains("2 refused"), "{}", said.out);
    server.child.kill().await.unwrap();
    let said = run(&server, &hospital, "vacancies.csv", &[]).await;
    said.assert_code(1);
    assert!(said.err.contains("cannot be reached"), "{}", said.err);
}
