//! Fifty centres come back from a day without a network and push 500 people each, all at once, while clerks go on registering at their counters: how long until everybody
//! is registered, and what the clerks feel of it.
//!
//! `REGISTRY_TEST_FSYNC=on tests/with-postgres cargo bench --bench push` prints it; `CENTERS` and `ENTRIES` make it fewer. Server, pushes and clerks share the machine.
//! Only loopback is used, and every loop ends by itself.
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

use std::{
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use relocation_registry::{auth::jwt::install_crypto, proto::relocant_service_client::RelocantServiceClient};
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

/// Registrations a second at the counters: 98,000 people in a week of forty hours are 0.7 a second, this is some thirty times as many.
const A_SECOND: u64 = 20;

/// The pushes' own work is done elsewhere in truth, so they get what the server and the clerks leave of the machine.
fn relocreg(folder: &Path, center: u64) -> Command {
    let mut command = Command::new("nice");
    command
        .args(["-n", "19", env!("CARGO_BIN_EXE_relocreg")])
        .env("RELOCREG_QUEUE_FILE", folder.join(format!("queue-{center}.db")))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn said(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Clerks register at a steady rate, each from the moment the person is due, until it is over. Gives how long each took, in milliseconds.
async fn counters(channel: Channel, clerk: String, first: u64, over: CancellationToken) -> Vec<f64> {
    let (begun, mut calls) = (Instant::now(), Vec::new());
    for number in 0..A_SECOND * 300 {
        let due = begun + Duration::from_micros(number * 1_000_000 / A_SECOND);
        tokio::select! {
            () = tokio::time::sleep_until(due) => {}
            () = over.cancelled() => break,
        }
        let (channel, clerk) = (channel.clone(), clerk.clone());
        calls.push(tokio::spawn(async move {
            let mut request = Request::new(person(first + number));
            request.metadata_mut().insert("authorization", clerk.parse().unwrap());
            RelocantServiceClient::new(channel).register_relocant(request).await.unwrap();
            due.elapsed().as_secs_f64() * 1000.0
        }));
    }
    let mut took = Vec::with_capacity(calls.len());
    for call in calls {
        took.push(call.await.unwrap());
    }
    took.sort_by(f64::total_cmp);
    took
}

fn at(took: &[f64], hundredths: usize) -> f64 {
    took[(took.len() * hundredths / 100).min(took.len() - 1)]
}

async fn database(name: &str, url: &str, keys: &Keys, centers: u64, entries: u64) {
    let folder = tempfile::tempdir().unwrap();
    let (server, address) = serve(folder.path(), url, keys).await;
    let [token, key] = ["token", "queue.key"].map(|name| folder.path().join(name));
    std::fs::write(&token, keys.bearer("ala-01").trim_start_matches("Bearer ")).unwrap();
    let recipient = said(relocreg(folder.path(), 0).args(["keys", "queue"]).arg(&key));
    for center in 0..centers {
        let people = folder.path().join(format!("people-{center}.csv"));
        sheet(&people, center * entries..(center + 1) * entries);
        said(relocreg(folder.path(), center).args(["queue", "add"]).arg(&people).args(["--recipient", &recipient]));
    }
    let channel = Endpoint::from_shared(address.clone()).unwrap().connect().await.unwrap();
    let over = CancellationToken::new();
    let alone = tokio::spawn(counters(channel.clone(), keys.bearer("ala-01"), 10_000_000, over.clone()));
    tokio::time::sleep(Duration::from_secs(15)).await;
    over.cancel();
    let alone = alone.await.unwrap();

    let over = CancellationToken::new();
    let beside = tokio::spawn(counters(channel.clone(), keys.bearer("ala-01"), 20_000_000, over.clone()));
    let begun = Instant::now();
    let mut pushes: Vec<_> = (0..centers)
        .map(|center| {
            let mut command = relocreg(folder.path(), center);
            command.args(["queue", "push", "--address", &address, "--token-file"]).arg(&token).arg("--key-file").arg(&key);
            command.spawn().unwrap()
        })
        .collect();
    while pushes.iter_mut().any(|push| push.try_wait().unwrap().is_none()) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let took = begun.elapsed();
    over.cancel();
    let beside = beside.await.unwrap();
    for push in &mut pushes {
        assert!(push.wait().unwrap().success());
    }
    let mut registered = 0;
    for center in 0..centers {
        let listed: serde_json::Value =
            serde_json::from_str(&said(relocreg(folder.path(), center).args(["queue", "list", "--json"]))).unwrap();
        let listed = listed.as_array().unwrap();
        registered += listed.iter().filter(|entry| ["REGISTERED", "LOOK"].contains(&entry["state"].as_str().unwrap())).count();
    }
    println!("{name:<12} {registered} of {} people of {centers} centres registered in {:.1} s", centers * entries, took.as_secs_f64());
    for (what, took) in [("alone", &alone), ("beside the pushes", &beside)] {
        let count = took.len();
        println!("{:<12} clerks {what:<18} {count:>5} calls   median {:>6.2}   p99 {:>6.2} ms", "", at(took, 50), at(took, 99));
    }
    println!("{:<12} ratio of the p99 {:.1}, of the median {:.1}", "", at(&beside, 99) / at(&alone, 99), at(&beside, 50) / at(&alone, 50));
    drop(server);
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    install_crypto();
    let keys = Keys::generate();
    let number = |name: &str, otherwise| std::env::var(name).ok().and_then(|number| number.parse().ok()).unwrap_or(otherwise);
    let (centers, entries) = (number("CENTERS", 50), number("ENTRIES", 500));
    let folder = tempfile::tempdir().unwrap();
    database("SQLite", &format!("sqlite://{}/registry.db", folder.path().display()), &keys, centers, entries).await;
    match std::env::var("REGISTRY_TEST_POSTGRES") {
        Ok(url) => database("PostgreSQL", &format!("{url}/postgres"), &keys, centers, entries).await,
        Err(_) => println!("PostgreSQL   not measured: run it beside one, with tests/with-postgres"),
    }
}
