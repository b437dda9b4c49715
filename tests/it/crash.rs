//! The process is killed under load, again and again. What was acknowledged is there, and nothing is there twice.

use std::{
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use relocation_registry::proto::{self, relocant_service_client::RelocantServiceClient};
use sea_orm::ConnectionTrait as _;
use tonic::{Code, Request};

use crate::harness::{CHANGES, direct, postgres_database, samples};

/// How often the process is killed; the full figure of 20 by `CRASH_ROUNDS=20`.
fn rounds() -> u32 {
    #[allow(clippy::disallowed_methods, reason = "whoever runs the test says how long")]
    std::env::var("CRASH_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(4)
}

struct Site {
    folder: tempfile::TempDir,
    url: String,
    port: u16,
    token: String,
}

impl Site {
    fn relocreg(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_relocreg"));
        let file = |name: &str| self.folder.path().join(name);
        command
            .args(words)
            .env("RELOCREG_SEAL_KEYS_FILE", file("seal.toml"))
            .env("RELOCREG_AUTH_KEY_SET_FILE", file("jwks.json"))
            .env("RELOCREG_DATABASE_URL", &self.url)
            .env("RELOCREG_DATABASE_MIGRATE", "true")
            .env("RELOCREG_SERVER_LISTEN", format!("127.0.0.1:{}", self.port))
            .env("RELOCREG_ADMIN_LISTEN", "127.0.0.1:0")
            .env("RELOCREG_LOG_FILTER", "off");
        command
    }

    fn new(folder: tempfile::TempDir, url: String) -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut site = Self { url, port, token: String::new(), folder };
        let path = |name: &str| site.folder.path().join(name).display().to_string();
        let (seal, signing, set) = (path("seal.toml"), path("signing.key"), path("jwks.json"));
        assert!(site.relocreg(&["keys", "seal", &seal]).stdout(Stdio::null()).status().unwrap().success());
        assert!(site.relocreg(&["keys", "token", &signing, &set]).stdout(Stdio::null()).status().unwrap().success());
        let token = site.relocreg(&["keys", "sign", &signing, "crash", "registrar", "--center", "x"]).output().unwrap().stdout;
        site.token = String::from_utf8(token).unwrap().trim().to_owned();
        site
    }

    fn serve(&self) -> Child {
        self.relocreg(&["serve"]).spawn().unwrap()
    }
}

/// One writer: a request is sent with the same id until it is answered, and what is answered is written down outside the system.
async fn write(site: Arc<Site>, stop: Arc<AtomicBool>, ledger: Arc<Mutex<Vec<String>>>) {
    let channel = tonic::transport::Endpoint::from_shared(format!("http://127.0.0.1:{}", site.port)).unwrap().connect_lazy();
    let mut client = RelocantServiceClient::new(channel);
    while !stop.load(Ordering::Relaxed) {
        let registration: proto::RegisterRelocantRequest = samples::registration();
        for _ in 0..2000 {
            let mut request = Request::new(registration.clone());
            request.metadata_mut().insert("authorization", format!("Bearer {}", site.token).parse().unwrap());
            request.set_timeout(Duration::from_secs(5));
            match client.register_relocant(request).await {
                Ok(answer) => {
                    ledger.lock().unwrap().push(answer.into_inner().relocant.unwrap().id);
                    break;
                }
                Err(status)
                    if matches!(
                        status.code(),
                        Code::Unavailable | Code::Unknown | Code::Cancelled | Code::DeadlineExceeded | Code::Aborted | Code::Internal
                    ) =>
                {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                Err(status) => panic!("{status:?}"),
            }
        }
    }
}

async fn killed_again_and_again(folder: tempfile::TempDir, url: String) {
    let site = Arc::new(Site::new(folder, url));
    let (stop, ledger) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Vec::new())));
    let mut server = site.serve();
    #[allow(clippy::disallowed_methods, reason = "the test owns these writers")]
    let writers: Vec<_> = (0..8).map(|_| tokio::spawn(write(Arc::clone(&site), Arc::clone(&stop), Arc::clone(&ledger)))).collect();
    for round in 0..rounds() {
        let acknowledged = ledger.lock().unwrap().len();
        for _ in 0..400 {
            tokio::time::sleep(Duration::from_millis(25)).await;
            if ledger.lock().unwrap().len() > acknowledged + 40 {
                break;
            }
        }
        tokio::time::sleep(Duration::from_millis(u64::from(round) * 7 % 40)).await;
        server.kill().unwrap();
        server.wait().unwrap();
        server = site.serve();
    }
    stop.store(true, Ordering::Relaxed);
    for writer in writers {
        writer.await.unwrap();
    }
    server.kill().unwrap();
    server.wait().unwrap();

    let db = direct(&site.url).await;
    let count = |sql: &str| {
        let (db, sql) = (db.clone(), sql.to_owned());
        async move {
            let row = db.query_one_raw(sea_orm::Statement::from_string(db.get_database_backend(), sql)).await.unwrap().unwrap();
            row.try_get_by_index::<i64>(0).unwrap()
        }
    };
    let mut acknowledged = ledger.lock().unwrap().clone();
    let all = i64::try_from(acknowledged.len()).unwrap();
    acknowledged.sort();
    acknowledged.dedup();
    assert_eq!(i64::try_from(acknowledged.len()).unwrap(), all, "no answer came twice for two requests");
    assert!(all > i64::from(rounds()) * 40);
    // Every writer went on until its last request was answered, so what is there is what was acknowledged.
    assert_eq!(count("SELECT COUNT(*) FROM relocant").await, all, "nothing lost, nothing doubled");
    let changes = format!("SELECT COUNT(*) FROM {CHANGES}");
    assert_eq!(count(&changes).await, all, "one entry each");
    assert_eq!(count("SELECT COUNT(*) FROM request").await, all, "one request each");
    db.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_or_doubled_when_the_process_is_killed_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/registry.db", folder.path().display());
    killed_again_and_again(folder, url).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_or_doubled_when_the_process_is_killed_on_postgresql() {
    let Some(url) = postgres_database().await else { return };
    killed_again_and_again(tempfile::tempdir().unwrap(), url).await;
}
