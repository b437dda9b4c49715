//! Copies of an embedded database: taken while it is served from, put back where there is none, and refused whenever something is not as it should be.

use std::{
    collections::BTreeSet,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use relocation_registry::{proto, seal::KeyFile};
use sea_orm::ConnectionTrait as _;
use tokio::process::Command;
use tokio_util::sync::CancellationToken;

use crate::harness::{program::Server, samples};

/// The program on the database of a server's folder, or on another one.
fn relocreg(server: &Server, url: &str, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_relocreg"));
    command
        .args(words)
        .env("RELOCREG_SEAL_KEYS", &server.keys)
        .env("RELOCREG_AUTH_KEY_SET_FILE", server.folder.path().join("jwks.json"))
        .env("RELOCREG_DATABASE_URL", url)
        .kill_on_drop(true);
    command
}

/// What it says when it succeeds, or why it does not.
async fn said(command: &mut Command) -> Result<String, String> {
    let output = command.output().await.unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
}

fn files(folder: &Path) -> BTreeSet<PathBuf> {
    std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect()
}

fn path(server: &Server, name: &str) -> (PathBuf, String) {
    let path = server.folder.path().join(name);
    let text = path.display().to_string();
    (path, text)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_taken_while_people_are_registered_is_put_back_with_everybody_before_it() {
    let mut server = Server::start().await;
    let clerk = server.app.role("registrar").await;
    let mut before = Vec::new();
    for _ in 0..10 {
        before.push(clerk.register(samples::registration()).await);
    }
    server.app.sequenced().await;
    let events = server.app.role("auditor").await.events().list_events(proto::ListEventsRequest::default()).await.unwrap().into_inner();

    let over = CancellationToken::new();
    let beside = {
        let (clerk, over) = (clerk.clone(), over.clone());
        async move {
            let mut registered = 0;
            while !over.is_cancelled() && registered < 10_000 {
                clerk.register(samples::registration()).await;
                registered += 1;
            }
            registered
        }
    };
    let (copy, name) = path(&server, "copy.db");
    let mut back_up = relocreg(&server, &server.app.url, &["backup", &name]);
    let backing_up = async {
        let outcome = said(&mut back_up).await;
        over.cancel();
        outcome
    };
    let (registered, told) = tokio::join!(beside, backing_up);
    assert!(registered > 0 && told.unwrap().contains("entries of the journal"));
    assert_eq!(std::fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
    let last = clerk.register(samples::registration()).await.id;
    server.app.sequenced().await;
    let mut ahead = proto::ListEventsRequest { page_size: 1000, ..Default::default() };
    loop {
        let page = server.app.role("auditor").await.events().list_events(ahead.clone()).await.unwrap().into_inner();
        ahead.resume_token = page.resume_token;
        if page.end {
            break;
        }
    }

    // The machine is lost; on another one the copy is put back and served from.
    server.child.kill().await.unwrap();
    for name in ["registry.db", "registry.db-wal", "registry.db-shm"] {
        drop(std::fs::remove_file(server.folder.path().join(name)));
    }
    let told = said(&mut relocreg(&server, &server.app.url, &["restore", &name])).await.unwrap();
    assert!(told.contains("sealed records, drawn by lot, were opened"), "{told}");
    assert!(files(server.folder.path()).iter().all(|file| !file.display().to_string().contains("unfinished")));
    server.child = Server::spawn(server.folder.path(), &server.keys, server.port).await;
    let clerk = server.app.role("registrar").await;
    let get = |id: &str| proto::GetRelocantRequest {
        id: id.to_owned(),
        view: proto::RelocantView::Full.into(),
        purpose: proto::Purpose::Registration.into(),
    };
    for person in &before {
        let found = clerk.relocants().get_relocant(get(&person.id)).await.unwrap().into_inner().relocant.unwrap();
        assert_eq!(found.identity, person.identity);
    }
    assert_eq!(clerk.relocants().get_relocant(get(&last)).await.unwrap_err().code(), tonic::Code::NotFound, "registered after the copy");
    // The journal goes on where it was, without a gap, and so does whoever followed the feed before the copy.
    let after = clerk.register(samples::registration()).await.id;
    server.app.sequenced().await;
    assert_eq!(server.app.count("journal_position").await, server.app.count("journal").await);
    let counted = server.app.count("journal_position WHERE position > (SELECT COUNT(*) FROM journal_position)").await;
    assert_eq!(counted, 0, "positions have no gap");
    let mut follow = proto::ListEventsRequest { resume_token: events.resume_token, page_size: 1000, ..Default::default() };
    let auditor = server.app.role("auditor").await;
    let mut seen = Vec::new();
    loop {
        let page = auditor.events().list_events(follow.clone()).await.unwrap().into_inner();
        seen.extend(page.events);
        follow.resume_token = page.resume_token;
        if page.end {
            break;
        }
    }
    assert!(seen.iter().any(|event| event.relocant_id == after));
    // Whoever followed further than the copy is told, before and after its places are given again.
    let told = async || crate::harness::reason(&auditor.events().list_events(ahead.clone()).await.unwrap_err());
    assert_eq!(told().await, "RESUME_TOKEN_OUT_OF_RANGE");
    for _ in 0..=registered {
        clerk.register(samples::registration()).await;
    }
    server.app.sequenced().await;
    assert_eq!(told().await, "RESUME_TOKEN_OUT_OF_RANGE", "the place is another entry's");
    assert!(seen.iter().all(|event| before.iter().all(|person| person.id != event.relocant_id)), "nothing comes twice");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_as_it_should_be_is_refused_and_nothing_is_left_behind() {
    let server = Server::start().await;
    server.app.role("registrar").await.register(samples::registration()).await;
    let (copy, name) = path(&server, "copy.db");
    said(&mut relocreg(&server, &server.app.url, &["backup", &name])).await.unwrap();
    let (_, elsewhere) = path(&server, "elsewhere.db");
    let elsewhere = format!("sqlite://{elsewhere}");

    let (other, other_name) = path(&server, "other.db");
    let bytes = std::fs::read(&copy).unwrap();
    let before = files(server.folder.path());
    let refused = async |url: &str, words: &[&str], why: &str| {
        let told = said(&mut relocreg(&server, url, words)).await.unwrap_err();
        assert!(told.contains(why), "{why:?} in {told}");
    };
    refused(&server.app.url, &["backup", &name], "there is such a file already").await;
    refused(&elsewhere, &["backup", &other_name], "there is no database").await;
    refused("postgres://nobody@127.0.0.1:1/none", &["backup", &other_name], "PostgreSQL").await;
    refused("postgres://nobody@127.0.0.1:1/none", &["restore", &name], "PostgreSQL").await;
    refused(&server.app.url, &["restore", &name], "there is such a file already").await;
    refused(&elsewhere, &["restore", &other_name], "No such file").await;
    let mut with_other_keys = relocreg(&server, &elsewhere, &["restore", &name]);
    with_other_keys.env("RELOCREG_SEAL_KEYS", KeyFile::generate().unwrap().to_text().unwrap());
    assert!(said(&mut with_other_keys).await.unwrap_err().contains("do not open what is sealed"));
    assert_eq!(files(server.folder.path()), before);

    // A file of something else, one that is cut off, and one with a page overwritten.
    let mut torn = bytes.clone();
    torn[4096 * 3..4096 * 5].fill(0x5a);
    for damaged in [b"people".to_vec(), bytes[..bytes.len() / 2].to_vec(), torn] {
        std::fs::write(&other, damaged).unwrap();
        refused(&elsewhere, &["restore", &other_name], "the file is damaged").await;
        std::fs::remove_file(&other).unwrap();
    }
    // A copy that a newer program has made.
    std::fs::write(&other, &bytes).unwrap();
    let db = sea_orm::Database::connect(format!("sqlite://{other_name}")).await.unwrap();
    db.execute_unprepared("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m29990101_000001_of_tomorrow', 0)").await.unwrap();
    db.close().await.unwrap();
    refused(&elsewhere, &["restore", &other_name], "newer than this server").await;
    std::fs::remove_file(&other).unwrap();
    assert_eq!(files(server.folder.path()), before);
    said(&mut relocreg(&server, &elsewhere, &["restore", &name])).await.unwrap();
}
