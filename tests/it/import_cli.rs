//! The people of a sheet, registered by the program itself: what a clerk sees and finds beside the file, and that nothing is lost or doubled whoever is killed when.

use calamine::{DataType as _, Reader as _};
use relocation_registry::proto::register_relocant_request::Source;
use tokio::process::Command;

use crate::harness::{
    program::{Said, Server, sheet},
    samples,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_template_that_is_filled_in_is_registered_and_once_only() {
    let server = Server::start().await;
    let file = server.file("people.csv");
    let template = Command::new(env!("CARGO_BIN_EXE_relocreg")).args(["template", "csv"]).arg(&file).status().await.unwrap();
    assert!(template.success());
    let again = Command::new(env!("CARGO_BIN_EXE_relocreg")).args(["template", "csv"]).arg(&file).output().await.unwrap();
    assert!(!again.status.success(), "it does not overwrite");
    let mut text = server.text("people.csv");
    text += "Примерова;Анна;Ивановна;31.01.1990;Ж;Россия;Паспорт;RUS Россия;70 0000001;14.02.2020;2030-02-14;;город Алматы;;8 701 000 00 01;a@example.org;PRIMEROVA;ANNA;;;2212;8;да\n";
    text += "Образцов;;;1985-05-05;М;UZB;;;;;;;KZ-10;;;;;;;;;;\n";
    std::fs::write(&file, text).unwrap();

    let said = server.import("people.csv", &["--yes"]).await;
    said.assert_code(0);
    assert!(said.out.contains("examples, passed over") && said.out.contains("2 people are registered"), "{}", said.out);
    assert_eq!(server.files(), ["people.csv", "people.registered.csv"].map(str::to_owned).into());
    let codes = server.codes("people.registered.csv");
    assert_eq!(codes.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [3, 4]);

    let (clerk, purpose) = (server.app.role("registrar").await, relocation_registry::proto::Purpose::Registration.into());
    let key = relocation_registry::proto::find_relocant_request::Key::Code(codes[0].1.clone());
    let find = relocation_registry::proto::FindRelocantRequest { key: Some(key), purpose };
    let found = clerk.relocants().find_relocant(find).await.unwrap().into_inner().relocant.unwrap();
    let (card, identity) = (found.card.unwrap(), found.identity.unwrap());
    assert_eq!((found.region_code.as_str(), card.occupations[0].occupation.as_str(), card.looking), ("KZ-75", "2212", true));
    assert_eq!((identity.phone.as_str(), identity.patronymic.as_str()), ("+77010000001", "Ивановна"));
    assert_eq!((identity.sex(), identity.latin.unwrap().family_name), (relocation_registry::proto::Sex::Female, "PRIMEROVA".to_owned()));
    assert_eq!(identity.documents[0].expiry_date, samples::date("2030-02-14"));

    // The same file again, also with nothing left of the first time.
    std::fs::remove_file(server.file("people.registered.csv")).unwrap();
    server.import("people.csv", &["--skip-review"]).await.assert_code(0);
    assert_eq!((server.app.count("relocant").await, server.codes("people.registered.csv")), (2, codes));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_workbook_whose_faults_come_back_coloured_can_be_mended_and_imported() {
    use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
    let server = Server::start().await;
    let mut book = Workbook::new();
    let page = book.add_worksheet();
    for (at, heading) in (0..).zip(["Фамилия", "Дата рождения", "Гражданство", "Регион пребывания", "Пол"])
    {
        page.write_string(0, at, heading).unwrap();
    }
    let look = Format::new().set_num_format("dd.mm.yyyy");
    for (row, (name, year, sex)) in (1..).zip([("Образцова", 1990, "Ж"), ("Секретова", 1899, "Ж"), ("Примеров", 1991, "Narnia")])
    {
        let day = ExcelDateTime::from_ymd(if year < 1900 { 2090 } else { year }, 1, 31).unwrap();
        page.write_string(row, 0, name).unwrap().write_datetime_with_format(row, 1, &day, &look).unwrap();
        page.write_string(row, 2, "Россия")
            .unwrap()
            .write_string(row, 3, "KZ-75 Алматы қаласы")
            .unwrap()
            .write_string(row, 4, sex)
            .unwrap();
    }
    book.save(server.file("people.xlsx")).unwrap();
    let said = server.import("people.xlsx", &["--yes"]).await;
    said.assert_code(5);
    said.assert_no_value();
    assert!(said.out.contains("B (Дата рождения)") && said.out.contains("E (Пол)"), "{}", said.out);
    assert_eq!(server.app.count("relocant").await, 1);

    let mut copy: calamine::Xlsx<_> = calamine::open_workbook(server.file("people.errors.xlsx")).unwrap();
    let range = copy.worksheet_range("Люди").unwrap();
    let rows: Vec<Vec<String>> = range.rows().map(|row| row.iter().map(|cell| cell.as_string().unwrap_or_default()).collect()).collect();
    assert_eq!(rows[0][..3], ["Строка", "Что не так", "Фамилия"]);
    assert_eq!((rows.len(), rows[1][0].as_str(), rows[1][2].as_str(), rows[2][0].as_str()), (3, "3", "Секретова", "4"));
    assert!(rows[1][1].starts_with("B (Дата рождения): ") && rows[2][1].contains("E (Пол): такого значения нет"), "{rows:?}");
    let unpacked = |part: &str| {
        let mut archive = zip::ZipArchive::new(std::fs::File::open(server.file("people.errors.xlsx")).unwrap()).unwrap();
        std::io::read_to_string(archive.by_name(part).unwrap()).unwrap()
    };
    let notes = unpacked("xl/comments1.xml");
    assert!(notes.contains(r#"ref="D2""#) && notes.contains(r#"ref="G3""#) && !notes.contains(r#"ref="C2""#), "{notes}");
    assert!(unpacked("xl/styles.xml").contains("FFFFC7CE"));

    // Mended, the copy is imported as it is; whoever was registered is not in it.
    let mut book = Workbook::new();
    let page = book.add_worksheet();
    for (row, cells) in (0..).zip(rows) {
        for (at, cell) in (0..).zip(cells) {
            let mended = if cell == "Narnia" { "М".to_owned() } else { cell };
            page.write_string(row, at, if row == 1 && at == 3 { "31.01.1992".to_owned() } else { mended }).unwrap();
        }
    }
    page.write_string(2, 3, "31.01.1991").unwrap();
    book.save(server.file("people.errors.xlsx")).unwrap();
    server.import("people.errors.xlsx", &["--yes"]).await.assert_code(0);
    assert_eq!(server.app.count("relocant").await, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_that_cannot_be_registered_are_written_back_with_line_and_column() {
    let server = Server::start().await;
    let tomorrow = samples::in_days(2).unwrap();
    let text = sheet(1)
        + "Секретова,Анна,31.13.1891,RUS,,,,,KZ-75,\n"
        + "Секретова,Анна,31.01.1990,RUS,Паспорт,RUS,9988776655,010101000000,KZ-75,\n"
        + &format!("Секретова,Анна,31.01.1990,RUS,,,,,KZ-75,{}-{:02}-{:02}\n", tomorrow.year, tomorrow.month, tomorrow.day)
        + "Секретова,Анна,31.01.1990,Narnia,,,,,,\n";
    std::fs::write(server.file("people.csv"), text.replace(',', ";")).unwrap();
    let said = server.import("people.csv", &["--yes", "--language", "en"]).await;
    said.assert_code(5);
    said.assert_no_value();
    let day = format!("{}-{:02}-{:02}", tomorrow.year, tomorrow.month, tomorrow.day);
    assert!(said.out.contains("J (entry_date): is refused: crossing in future"), "{}", said.out);
    assert!(!said.out.contains(&day) && !said.err.contains(&day), "{}", said.err);
    assert_eq!((server.app.count("relocant").await, server.codes("people.registered.csv").len()), (1, 1));
    let copy = server.text("people.errors.csv");
    let lines: Vec<&str> = copy.lines().collect();
    assert!(lines[0].starts_with("\u{feff}line;what is wrong;family_name;"), "{copy}");
    for (line, begins) in [
        (1, "3;C (birth_date): is not a day"),
        (2, "4;H (iin): "),
        (3, "5;J (entry_date): "),
        (4, "6;\"D (citizenship): is not a known value; choose from the list of the template; I (region): is required\";Секретова"),
    ] {
        assert!(lines[line].starts_with(begins) || lines[line].replace(";\"", ";").starts_with(begins), "{}", lines[line]);
    }
    assert!(said.out.contains("rows with faults, which are left out") && said.err.contains("C (birth_date)"), "{}\n{}", said.out, said.err);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dry_run_tells_all_and_leaves_nothing_behind() {
    let server = Server::start().await;
    let known = samples::registration();
    let Some(Source::Typed(typed)) = known.source.clone() else { panic!("nobody") };
    server.app.role("registrar").await.register(known).await;
    let (day, number) = (typed.birth_date.unwrap(), typed.document.unwrap().number);
    let row = |name: &str, number: &str| {
        format!("{},{},{}-{:02}-{:02},RUS,PASSPORT,RUS,{number},,KZ-75,\n", name, typed.given_names, day.year, day.month, day.day)
    };
    let text = sheet(2) + &row(&typed.family_name, &number) + &row("Двойникова", "555000111") + &row("Двойникова", "555 000 111");
    std::fs::write(server.file("people.csv"), text).unwrap();
    let said = server.import("people.csv", &["--dry-run"]).await;
    said.assert_code(0);
    assert!(said.out.contains("line 6 as 5") && said.out.contains("lines 4 (100 %), 5 ("), "{}", said.out);
    assert_eq!((server.app.count("relocant").await, server.files()), (1, ["people.csv".to_owned()].into()));

    // Nor does a review that nobody says yes to.
    for more in [&[][..], &["--no-input"]] {
        let said = server.import("people.csv", more).await;
        said.assert_code(1);
        assert!(said.err.contains("no terminal"), "{}", said.err);
    }
    assert_eq!((server.app.count("relocant").await, server.files()), (1, ["people.csv".to_owned()].into()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn headings_that_are_wrong_are_all_told_before_anything_is_sent() {
    let server = Server::start().await;
    std::fs::write(server.file("people.csv"), "family_name,Farbe,birth_date\nСекретова,rot,1990-01-31\n").unwrap();
    let said = server.import("people.csv", &["--yes"]).await;
    said.assert_code(1);
    said.assert_no_value();
    for part in ["column B (Farbe)", "the column citizenship", "the column region"] {
        assert!(said.err.contains(part), "{part}: {}", said.err);
    }
    std::fs::write(server.file("people.csv"), b"\xd4\xe0\xec\xe8\xeb\xe8\xff\n").unwrap();
    assert!(server.import("people.csv", &["--yes"]).await.err.contains("not UTF-8"));

    std::fs::write(server.file("map.toml"), "Farbe = \"-\"\nStaat = \"citizenship\"\nOrt = \"region\"\n").unwrap();
    std::fs::write(server.file("people.csv"), "family_name,Farbe,birth_date,Staat,Ort\nПримеров,rot,1990-01-31,RUS,KZ-75\n").unwrap();
    let map = server.file("map.toml").display().to_string();
    server.import("people.csv", &["--yes", "--map", &map]).await.assert_code(0);
    assert_eq!(server.app.count("relocant").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_in_the_middle_it_goes_on_and_every_row_is_one_person() {
    let server = Server::start().await;
    std::fs::write(server.file("people.csv"), sheet(2_000)).unwrap();
    let mut child = server.import_until("people.csv", &["--skip-review"], 600).await;
    child.kill().await.unwrap();
    let state = server.text("people.csv.import-state");
    assert!(state.is_ascii() && state.contains("acknowledged_line"), "{state}");
    let said = server.import("people.csv", &["--yes"]).await;
    said.assert_code(0);
    assert!(said.out.contains("Going on"), "{}", said.out);
    server.assert_registered_once("people.registered.csv", 2_000).await;
    assert_eq!(server.files().len(), 2, "the state is gone");

    // Another content under the name of an import that is not finished is not mixed with it.
    std::fs::write(server.file("people.csv.import-state"), &state).unwrap();
    let codes: String = server.text("people.registered.csv");
    std::fs::write(server.file("people.csv"), server.text("people.csv") + "Ли,,1990-01-31,RUS,,,,,KZ-75,\n").unwrap();
    let kept: usize = serde_json::from_str::<serde_json::Value>(&state).unwrap()["registered"].as_u64().unwrap().try_into().unwrap();
    assert!(kept >= 500 && codes.lines().count() > kept);
    let said = server.import("people.csv", &["--yes"]).await;
    said.assert_code(1);
    assert!(said.err.contains("other content"), "{}", said.err);
    assert_eq!(server.app.count("relocant").await, 2_000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_the_server_is_killed_in_the_middle_it_waits_and_goes_on_and_every_row_is_one_person() {
    let mut server = Server::start().await;
    std::fs::write(server.file("people.csv"), sheet(2_000)).unwrap();
    let child = server.import_until("people.csv", &["--skip-review"], 600).await;
    server.killed_and_started_again().await;
    Said::new(child.wait_with_output().await.unwrap()).assert_code(0);
    server.assert_registered_once("people.registered.csv", 2_000).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stays_away_and_one_that_says_no_have_codes_of_their_own() {
    let mut server = Server::start().await;
    std::fs::write(server.file("people.csv"), sheet(3)).unwrap();
    std::fs::write(server.folder.path().join("token"), server.app.token(&server.app.claims("auditor"))).unwrap();
    let said = server.import("people.csv", &["--yes"]).await;
    said.assert_code(1);
    assert!(said.err.contains("may not"), "{}", said.err);
    server.child.kill().await.unwrap();
    let said = server.import("people.csv", &["--yes", "--patience", "1"]).await;
    said.assert_code(7);
    assert!(said.err.contains("cannot be reached"), "{}", said.err);
}
