//! A copy of an embedded database of many people, taken while clerks go on registering, and put back: how long each takes, and what the clerks feel of it.
//!
//! `cargo bench --bench restore` prints it for 100,000 people; `PEOPLE` makes it fewer. Only loopback is used, and every loop ends by itself.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a benchmark that fails should say where"
)]
#![allow(clippy::disallowed_methods, reason = "a benchmark owns its tasks and is told by the environment")]

#[allow(dead_code, reason = "this one starts the release binary")]
mod served;

use std::{path::Path, process::Command, time::Duration};

use relocation_registry::{
    auth::jwt::install_crypto,
    proto::{self, relocant_service_client::RelocantServiceClient},
};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tonic::{
    Request,
    transport::{Channel, Endpoint},
};

use self::served::{
    Keys,
    binary::{person, serve, sheet},
};

fn relocreg(folder: &Path, keys: &Keys, database: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_relocreg"));
    command
        .env("RELOCREG_SEAL_KEYS", &keys.text)
        .env("RELOCREG_AUTH_KEY_SET_FILE", folder.join("jwks.json"))
        .env("RELOCREG_DATABASE_URL", format!("sqlite://{}", database.display()));
    command
}

/// What it says, and how long it took.
fn timed(command: &mut Command) -> (String, Duration) {
    let begun = Instant::now();
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    (String::from_utf8(output.stdout).unwrap(), begun.elapsed())
}

/// Clerks register one after the other until it is over. Gives how long each took, in milliseconds, the shortest first.
async fn counters(channel: Channel, clerk: String, first: u64, over: CancellationToken) -> Vec<f64> {
    let mut took = Vec::new();
    for number in 0..100_000 {
        if over.is_cancelled() {
            break;
        }
        let begun = Instant::now();
        let mut request = Request::new(person(first + number));
        request.metadata_mut().insert("authorization", clerk.parse().unwrap());
        RelocantServiceClient::new(channel.clone()).register_relocant(request).await.unwrap();
        took.push(begun.elapsed().as_secs_f64() * 1000.0);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    took.sort_by(f64::total_cmp);
    took
}

fn told(took: &[f64]) -> String {
    format!("{} registered, median {:.1} ms, longest {:.1} ms", took.len(), took[took.len() / 2], took[took.len() - 1])
}

async fn run(people: u64) {
    let (folder, keys) = (tempfile::tempdir().unwrap(), Keys::generate());
    let [database, rows, token, copy] = ["registry.db", "people.csv", "token", "copy.db"].map(|name| folder.path().join(name));
    let (server, address) = serve(folder.path(), &format!("sqlite://{}", database.display()), &keys).await;
    std::fs::write(&token, keys.bearer("ala-01").trim_start_matches("Bearer ")).unwrap();
    sheet(&rows, 0..people);
    let mut import = relocreg(folder.path(), &keys, &database);
    import.arg("import").arg(&rows).args(["--yes", "--address", &address, "--token-file"]).arg(&token);
    println!("{people} people are registered from a file in {:.0} s", timed(&mut import).1.as_secs_f64());

    let channel = Endpoint::from_shared(address).unwrap().connect().await.unwrap();
    let clerks = |first, over: &CancellationToken| tokio::spawn(counters(channel.clone(), keys.bearer("ala-01"), first, over.clone()));
    let over = CancellationToken::new();
    let alone = clerks(10_000_000, &over);
    tokio::time::sleep(Duration::from_secs(5)).await;
    over.cancel();
    let (alone, over) = (alone.await.unwrap(), CancellationToken::new());
    let beside = clerks(20_000_000, &over);
    let (mut back_up, file) = (relocreg(folder.path(), &keys, &database), copy.clone());
    back_up.arg("backup").arg(&copy);
    let (said, took) = tokio::task::spawn_blocking(move || timed(&mut back_up)).await.unwrap();
    over.cancel();
    println!("backup: {:.1} s, {:.0} MB\n  {}", took.as_secs_f64(), megabytes(&file), said.lines().next().unwrap_or_default());
    println!("  clerks alone:     {}\n  clerks beside it: {}", told(&alone), told(&beside.await.unwrap()));
    drop(server);

    let restored = folder.path().join("restored.db");
    let (said, took) = timed(relocreg(folder.path(), &keys, &restored).arg("restore").arg(&copy));
    let begun = Instant::now();
    let (server, address) = serve(folder.path(), &format!("sqlite://{}", restored.display()), &keys).await;
    println!(
        "restore: {:.1} s, served from {:.1} s later\n  {}",
        took.as_secs_f64(),
        begun.elapsed().as_secs_f64(),
        said.lines().next().unwrap_or_default()
    );
    let channel = Endpoint::from_shared(address).unwrap().connect().await.unwrap();
    let mut list = Request::new(proto::ListRelocantsRequest { page_size: 1, ..Default::default() });
    list.metadata_mut().insert("authorization", keys.bearer("ala-01").parse().unwrap());
    assert_eq!(RelocantServiceClient::new(channel).list_relocants(list).await.unwrap().into_inner().relocants.len(), 1);
    drop(server);
}

fn megabytes(file: &Path) -> f64 {
    f64::from(u32::try_from(std::fs::metadata(file).unwrap().len() / 1000).unwrap()) / 1000.0
}

fn main() {
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    install_crypto();
    let people = std::env::var("PEOPLE").map_or(100_000, |people| people.parse().unwrap());
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(run(people));
}
