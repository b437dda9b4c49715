//! 98,000 people, as many as crossed in one week, from a file through the command line: rows a second, beside a bare insert of the same rows, many a statement, into the
//! same database in the same run; and how much memory the server takes for it.
//!
//! `REGISTRY_TEST_FSYNC=on tests/with-postgres cargo bench --bench import` prints it; `ROWS` makes it fewer. Only loopback is used, and every loop ends by itself.
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
    process::{Command, Stdio},
    str::FromStr as _,
    time::{Duration, Instant},
};

use relocation_registry::auth::jwt::install_crypto;
use sqlx::Connection as _;

use self::served::{
    Keys,
    binary::{serve, sheet},
};

/// Rows of one bare statement, and of one commit.
const AT_ONCE: u64 = 100;
const A_COMMIT: u64 = 10_000;

/// Resident memory of a process, in megabytes.
fn resident(id: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("0");
    line.split_whitespace().next().unwrap().parse::<f64>().unwrap() / 1024.0
}

fn rate(rows: u64, took: Duration) -> f64 {
    f64::from(u32::try_from(rows).unwrap()) / took.as_secs_f64()
}

/// Through the command line. Gives rows a second.
async fn imported(name: &str, url: &str, keys: &Keys, rows: u64) -> f64 {
    let folder = tempfile::tempdir().unwrap();
    let people = folder.path().join("people.csv");
    sheet(&people, 0..rows);
    let (server, address) = serve(folder.path(), url, keys).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let idle = resident(server.0.id());
    let token = folder.path().join("token");
    std::fs::write(&token, keys.bearer("ala-01").trim_start_matches("Bearer ")).unwrap();
    let begun = Instant::now();
    let mut client = Command::new(env!("CARGO_BIN_EXE_relocreg"))
        .args([
            "import",
            people.to_str().unwrap(),
            "--skip-review",
            "--yes",
            "--address",
            &address,
            "--token-file",
            token.to_str().unwrap(),
        ])
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let mut most: f64 = idle;
    let status = loop {
        if let Some(status) = client.try_wait().unwrap() {
            break status;
        }
        most = most.max(resident(server.0.id()));
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    let took = begun.elapsed();
    assert!(status.success(), "{status:?}");
    println!(
        "{name:<12} {rows} rows through the command line in {:>6.1} s, {:>6.0}/s   server {idle:.0} MB idle, {most:.0} MB at most (+{:.0})",
        took.as_secs_f64(),
        rate(rows, took),
        most - idle
    );
    rate(rows, took)
}

macro_rules! bare_rows {
    ($kind:ty, $connection:expr, $order:expr, $rows:expr) => {{
        let now = chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let begun = Instant::now();
        let mut done = 0;
        while done < $rows {
            let mut tx = $connection.begin().await.unwrap();
            for _ in 0..(A_COMMIT / AT_ONCE) {
                let count = AT_ONCE.min($rows - done);
                if count == 0 {
                    break;
                }
                let ids: Vec<uuid::Uuid> = (0..count).map(|_| uuid::Uuid::now_v7()).collect();
                let order = $order;
                let mut insert = sqlx::QueryBuilder::<$kind>::new(r#"INSERT INTO "request" ("subject", "operation", "request_id", "fingerprint", "reserved_id", "created_at") "#);
                insert.push_values(&ids, |mut row, id| {
                    row.push_bind("bench").push_bind("RegisterRelocant").push_bind(uuid::Uuid::new_v4()).push_bind(vec![7_u8; 32]).push_bind(*id).push_bind(now);
                });
                insert.build().execute(&mut *tx).await.unwrap();
                let mut insert = sqlx::QueryBuilder::<$kind>::new(r#"INSERT INTO "relocant" ("id", "code", "citizenship", "center", "region", "status", "sealed", "card", "version", "created_at", "updated_at") "#);
                insert.push_values(ids.iter().zip(done..), |mut row, (id, number)| {
                    row.push_bind(*id).push_bind(format!("b{number:08}")).push_bind("RUS").push_bind("x").push_bind("KZ-75").push_bind("REGISTERED");
                    row.push_bind(vec![7_u8; 808]).push_bind(serde_json::json!({"occupations": [], "looking": false})).push_bind(1_i64).push_bind(now).push_bind(now);
                });
                insert.build().execute(&mut *tx).await.unwrap();
                let mut insert = sqlx::QueryBuilder::<$kind>::new(r#"INSERT INTO "relocant_key" ("relocant_id", "key_version", "wrapped") "#);
                insert.push_values(&ids, |mut row, id| {
                    row.push_bind(*id).push_bind(1_i32).push_bind(vec![7_u8; 72]);
                });
                insert.build().execute(&mut *tx).await.unwrap();
                let mut insert = sqlx::QueryBuilder::<$kind>::new(r#"INSERT INTO "relocant_document" ("id", "relocant_id", "kind", "issuing_country") "#);
                insert.push_values(&ids, |mut row, id| {
                    row.push_bind(uuid::Uuid::now_v7()).push_bind(*id).push_bind("PASSPORT").push_bind("RUS");
                });
                insert.build().execute(&mut *tx).await.unwrap();
                let mut insert = sqlx::QueryBuilder::<$kind>::new(r#"INSERT INTO "relocant_tag" ("tag", "relocant_id") "#);
                let tags: Vec<_> = ids.iter().flat_map(|id| (0..6).map(move |_| (uuid::Uuid::new_v4().as_bytes()[..12].to_vec(), *id))).collect();
                insert.push_values(tags, |mut row, (tag, id)| {
                    row.push_bind(tag).push_bind(id);
                });
                insert.build().execute(&mut *tx).await.unwrap();
                let mut insert = sqlx::QueryBuilder::<$kind>::new(r#"INSERT INTO "journal" ("id", "commit_order", "at", "subject", "role", "operation", "request_id", "relocant_id", "decision", "events") "#);
                insert.push_values(&ids, |mut row, id| {
                    row.push_bind(uuid::Uuid::now_v7()).push_bind(order).push_bind(now).push_bind("bench").push_bind("registrar").push_bind("RegisterRelocant");
                    row.push_bind(uuid::Uuid::new_v4()).push_bind(*id).push_bind("DONE").push_bind(serde_json::json!([{"name": "relocant.registered", "relocant": id}]));
                });
                insert.build().execute(&mut *tx).await.unwrap();
                done += count;
            }
            tx.commit().await.unwrap();
        }
        rate($rows, begun.elapsed())
    }};
}

/// The same rows, many a statement and ten thousand a commit, with nobody asking for anything.
async fn bare(url: &str, rows: u64) -> f64 {
    if url.starts_with("sqlite") {
        let options = sqlx::sqlite::SqliteConnectOptions::from_str(url)
            .unwrap()
            .journal_mode(sqlx::sqlite::SqliteJournalMode::Wal)
            .synchronous(sqlx::sqlite::SqliteSynchronous::Full);
        let mut connection = sqlx::sqlite::SqliteConnection::connect_with(&options).await.unwrap();
        bare_rows!(sqlx::Sqlite, connection, 1_i64, rows)
    } else {
        let mut connection = sqlx::postgres::PgConnection::connect(url).await.unwrap();
        bare_rows!(sqlx::Postgres, connection, 1_i64, rows)
    }
}

async fn database(name: &str, url: &str, keys: &Keys, rows: u64) {
    let ours = imported(name, url, keys, rows).await;
    let bare = bare(url, rows).await;
    println!("{name:<12} bare insert of the same rows {bare:>6.0}/s   ratio {:.2}", ours / bare);
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    install_crypto();
    let keys = Keys::generate();
    let rows = std::env::var("ROWS").ok().and_then(|rows| rows.parse().ok()).unwrap_or(98_000);
    let folder = tempfile::tempdir().unwrap();
    database("SQLite", &format!("sqlite://{}/registry.db", folder.path().display()), &keys, rows).await;
    match std::env::var("REGISTRY_TEST_POSTGRES") {
        Ok(url) => database("PostgreSQL", &format!("{url}/postgres"), &keys, rows).await,
        Err(_) => println!("PostgreSQL   not measured: run it beside one, with tests/with-postgres"),
    }
}
