//! People who are registered where there is no network: what a clerk sees, that a stolen machine tells nothing, and that nobody is lost or doubled whoever is killed when.

use std::{collections::BTreeSet, path::PathBuf, process::Stdio, time::Duration};

use relocation_registry::auth::jwt::Claims;
use sea_orm::ConnectionTrait as _;
use tokio::{
    io::AsyncWriteExt as _,
    process::{Child, Command},
};

use crate::harness::{
    direct,
    program::{Said, Server, sheet},
};

/// A centre with an outbox and a key pair, beside a server.
struct Center {
    server: Server,
    recipient: String,
}

impl Center {
    async fn start() -> Self {
        let mut center = Self { server: Server::start().await, recipient: String::new() };
        let key = center.path("queue.key");
        let made = center.relocreg(&["keys", "queue", &key]).output().await.unwrap();
        center.recipient = Said::new(made).out.trim().to_owned();
        center
    }

    fn path(&self, name: &str) -> String {
        self.server.folder.path().join(name).display().to_string()
    }

    fn relocreg(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_relocreg"));
        command.args(arguments).env("RELOCREG_QUEUE_FILE", self.path("queue.db"));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        command
    }

    async fn add(&self, name: &str, text: &str) -> Said {
        std::fs::write(self.server.file(name), text).unwrap();
        let file = self.server.file(name).display().to_string();
        Said::new(self.relocreg(&["queue", "add", &file, "--recipient", &self.recipient]).output().await.unwrap())
    }

    fn pushing(&self, token: &str, more: &[&str]) -> Command {
        let mut command = self.relocreg(&["queue", "push", "--spread", "0", "--address", &self.server.app.address]);
        command.args(["--token-file", &self.path(token), "--key-file", &self.path("queue.key")]).args(more);
        command
    }

    async fn push(&self, more: &[&str]) -> Said {
        Said::new(self.pushing("token", more).output().await.unwrap())
    }

    async fn list(&self) -> Vec<serde_json::Value> {
        let said = Said::new(self.relocreg(&["queue", "list", "--json"]).output().await.unwrap());
        serde_json::from_str(&said.out).unwrap()
    }

    async fn states(&self) -> Vec<String> {
        self.list().await.iter().map(|entry| entry["state"].as_str().unwrap().to_owned()).collect()
    }

    /// Starts a push and waits until so many entries are answered.
    async fn push_until(&self, answered: usize) -> Child {
        let mut child = self.pushing("token", &[]).spawn().unwrap();
        while self.states().await.iter().filter(|state| *state == "REGISTERED").count() < answered {
            assert!(child.try_wait().unwrap().is_none(), "it ended before {answered} were registered");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        child
    }

    /// Every entry is one person, who stands in the registry under its id and code.
    async fn assert_registered_once(&self, entries: usize) {
        let text = |value: &serde_json::Value| value.as_str().unwrap().replace('-', "");
        let listed: BTreeSet<_> = self.list().await.iter().map(|entry| (text(&entry["relocant_id"]), text(&entry["code"]))).collect();
        let kept = self.server.app.sql("SELECT lower(hex(id)), code FROM relocant").await;
        let kept: BTreeSet<(String, String)> =
            kept.iter().map(|row| (row.try_get_by_index(0).unwrap(), row.try_get_by_index(1).unwrap())).collect();
        assert_eq!((listed.len(), &listed), (entries, &kept));
    }
}

#[tokio::test]
async fn people_wait_without_a_network_and_are_registered_when_there_is_one() {
    let mut center = Center::start().await;
    center.server.child.kill().await.unwrap();
    let text = sheet(3);
    center.add("monday.csv", &text).await.assert_code(0);
    assert!(center.add("monday.csv", &text).await.out.contains("Added: 0 people"), "the same sheet adds nobody twice");
    assert_eq!(center.states().await, ["WAITING"; 3]);
    let said = center.push(&["--patience", "0"]).await;
    assert_eq!((said.code, center.states().await), (Some(7), vec!["WAITING".to_owned(); 3]), "{}", said.err);

    center.server.killed_and_started_again().await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let said = center.push(&[]).await;
    said.assert_code(0);
    assert!(said.out.contains("3 are registered, 0 of them to be looked at; 0 were refused; 0 wait."), "{}", said.out);
    center.assert_registered_once(3).await;
    let apart = "SELECT COUNT(*) FROM relocant WHERE captured_at < created_at";
    assert_eq!(center.server.app.sql(apart).await[0].try_get_by_index::<i64>(0).unwrap(), 3);
    assert!(center.push(&[]).await.out.contains("Nobody waits."));
    let table = Said::new(center.relocreg(&["queue", "list"]).output().await.unwrap());
    assert!(table.out.contains("3 in all: 0 waiting, 0 refused, 3 registered"), "{}", table.out);
}

#[tokio::test]
async fn a_stolen_machine_without_the_private_key_tells_nothing() {
    let center = Center::start().await;
    let text = sheet(1);
    let names: Vec<String> = text.lines().nth(1).unwrap().split(',').take(2).map(str::to_owned).collect();
    center.add("people.csv", &text).await.assert_code(0);
    for file in ["queue.db", "queue.db-wal"] {
        let bytes = std::fs::read(center.path(file)).unwrap_or_default();
        for name in &names {
            assert!(!name.is_empty() && !bytes.windows(name.len()).any(|part| part == name.as_bytes()), "{file} tells {name}");
        }
    }
    let other = center.path("other.key");
    Said::new(center.relocreg(&["keys", "queue", &other]).output().await.unwrap()).assert_code(0);
    let said = center.push(&["--key-file", &other]).await;
    assert_eq!(said.code, Some(2), "given twice");
    std::fs::copy(&other, center.path("queue.key")).unwrap();
    let said = center.push(&[]).await;
    assert!(said.code == Some(1) && said.err.contains("does not open entry 1"), "{}", said.err);
    assert_eq!((center.server.app.count("relocant").await, center.states().await), (0, vec!["WAITING".to_owned()]));
}

#[tokio::test]
async fn killing_the_push_or_the_server_and_pushing_as_somebody_else_loses_and_doubles_nobody() {
    let mut center = Center::start().await;
    let rows = 300;
    center.add("people.csv", &sheet(rows)).await.assert_code(0);
    let mut first = center.push_until(40).await;
    first.kill().await.unwrap();
    let second = center.push_until(120).await;
    center.server.killed_and_started_again().await;
    drop(second);
    // Another clerk finishes: to the registry, other requests.
    let app = &center.server.app;
    let other = app.token(&Claims { sub: "registrar-2".to_owned(), ..app.claims("registrar") });
    std::fs::write(center.path("other-token"), other).unwrap();
    Said::new(center.pushing("other-token", &[]).output().await.unwrap()).assert_code(0);
    center.assert_registered_once(rows).await;
}

#[tokio::test]
async fn two_pushes_at_once_by_two_clerks_register_everybody_once() {
    let center = Center::start().await;
    center.add("people.csv", &sheet(150)).await.assert_code(0);
    let app = &center.server.app;
    let other = app.token(&Claims { sub: "registrar-2".to_owned(), ..app.claims("registrar") });
    std::fs::write(center.path("other-token"), other).unwrap();
    let (mut one, mut two) = (center.pushing("token", &[]), center.pushing("other-token", &[]));
    let (one, two) = tokio::join!(one.output(), two.output());
    Said::new(one.unwrap()).assert_code(0);
    Said::new(two.unwrap()).assert_code(0);
    center.assert_registered_once(150).await;
}

#[tokio::test]
async fn a_person_who_comes_twice_is_to_be_looked_at_and_a_copied_outbox_is_told() {
    let center = Center::start().await;
    let text = sheet(1);
    center.add("people.csv", &text).await.assert_code(0);
    for file in ["queue.db", "queue.db-wal"] {
        let _there_is_none = std::fs::copy(center.path(file), center.path(&format!("copy-{file}")));
    }
    center.add("again.csv", &format!("{text}\n")).await.assert_code(0);
    center.push(&[]).await.assert_code(0);
    assert_eq!(center.states().await[1], "LOOK", "one document twice");
    assert!(center.list().await[1]["about"].as_str().unwrap().contains("same document as entry 1"));
    // In the copy somebody else has taken the place of the second entry.
    std::fs::write(center.server.file("other.csv"), sheet(1)).unwrap();
    let (other, copy): (PathBuf, String) = (center.server.file("other.csv"), center.path("copy-queue.db"));
    let add = ["queue", "add", &other.display().to_string(), "--recipient", &center.recipient, "--queue", &copy];
    Said::new(center.relocreg(&add).output().await.unwrap()).assert_code(0);
    // And the first entry is not written to the letter as it was sent, as by another version of the program.
    let outbox = direct(&format!("sqlite://{copy}")).await;
    outbox.execute_unprepared("UPDATE entry SET captured_at = '2026-11-20T08:00:00+00:00' WHERE number = 1").await.unwrap();
    outbox.close().await.unwrap();
    let said = center.push(&["--queue", &copy]).await;
    assert!(
        said.code == Some(5) && said.out.contains("1 are registered") && said.out.contains("1 were refused"),
        "{} {}",
        said.out,
        said.err
    );
    let listed = Said::new(center.relocreg(&["queue", "list", "--queue", &copy]).output().await.unwrap());
    assert!(listed.out.contains("already exists"), "{}", listed.out);
    let dropped = Said::new(center.relocreg(&["queue", "drop", "2", "--queue", &copy]).output().await.unwrap());
    dropped.assert_code(0);
    assert_eq!(center.server.app.count("relocant").await, 2);
}

#[tokio::test]
async fn a_person_is_asked_for_at_the_terminal_and_may_take_the_place_of_another() {
    let center = Center::start().await;
    let add = async |typed: &str, more: &[&str]| {
        let arguments = [&["queue", "add", "--recipient", center.recipient.as_str()], more].concat();
        let mut child = center.relocreg(&arguments).stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(typed.as_bytes()).await.unwrap();
        Said::new(child.wait_with_output().await.unwrap())
    };
    let zone = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10\nАлматы\n\n\n";
    assert!(add(zone, &[]).await.out.contains("Added as entry 1"));
    let said = add("\nИванова\n", &[]).await;
    assert!(said.code == Some(1) && said.err.contains("nobody was added"), "{}", said.err);
    let typed = "\nИванова\nАнна\n01.02.1990\nж\nРоссия\n\n\n\n\nАлматы\n\n\n";
    assert!(add(typed, &["--instead-of", "1"]).await.out.contains("Added as entry 2"));
    center.push(&[]).await.assert_code(0);
    center.assert_registered_once(1).await;
}

#[tokio::test]
async fn a_sheet_with_a_fault_adds_nobody_and_says_where_without_telling_what() {
    let center = Center::start().await;
    let text = sheet(2);
    let wrong = text.replacen(&text.lines().nth(2).unwrap().split(',').nth(2).unwrap().to_owned(), "31.02.1990", 1);
    let said = center.add("people.csv", &wrong).await;
    assert!(said.code == Some(5) && said.err.contains("line 3") && !said.err.contains("31.02"), "{}", said.err);
    let lines: Vec<&str> = text.lines().collect();
    let said = center.add("people.csv", &format!("{}\n{}2199-12-31\n{}\n", lines[0], lines[1], lines[2])).await;
    assert!(
        said.code == Some(5) && said.err.contains("line 2, entry_date: crossing in future") && !said.err.contains("2199"),
        "{}",
        said.err
    );
    let said = Said::new(center.relocreg(&["queue", "list"]).output().await.unwrap());
    assert!(said.code == Some(1) && said.err.contains("there is no outbox"), "{}", said.err);
}
