//! A rolling restart, as an orchestrator does it: two servers on one PostgreSQL, each told to stop and started again in turn, while clerks work through both and two
//! programs follow the feed. Nobody is refused who tries once more, and no event is missed or told twice.

#![allow(clippy::print_stdout, reason = "what was measured is for whoever measures")]

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use relocation_registry::{auth::jwt::Signer, proto, seal::KeyFile};
use tokio::{task::JoinSet, time::MissedTickBehavior};
use tonic::{Code, Status, transport::Endpoint};

use crate::{
    binary::Binary,
    harness::{App, Bearer, Client, postgres_database, samples},
};

/// Rounds of restarting both servers.
const ROUNDS: usize = 5;
/// Clerks who call one after another, so that a slow machine has fewer calls and not a longer queue.
const CLERKS: u64 = 8;

/// How often all clerks together begin a call: as often as they can, or `ROLLING_RATE` times a second.
#[allow(clippy::disallowed_methods, reason = "whoever measures says it by the environment")]
fn pace() -> Option<Duration> {
    let rate: u32 = std::env::var("ROLLING_RATE").ok()?.parse().unwrap();
    Some(Duration::from_secs(CLERKS) / rate)
}

/// What a clerk asks.
enum Ask {
    Register(Box<proto::RegisterRelocantRequest>),
    Get(proto::GetRelocantRequest),
}

impl Ask {
    async fn of(&self, server: Client) -> Result<(), Status> {
        match self {
            Self::Register(request) => server.relocants().register_relocant((**request).clone()).await.map(drop),
            Self::Get(request) => server.relocants().get_relocant(request.clone()).await.map(drop),
        }
    }
}

/// A caller with a connection to each server.
#[derive(Clone)]
struct Caller(Vec<Client>);

impl Caller {
    fn new(servers: &[Binary], token: &str) -> Self {
        let endpoint = |server: &Binary| Endpoint::from_shared(server.app.address.clone()).unwrap().connect_timeout(Duration::from_secs(1));
        let client = |server| Client { channel: endpoint(server).connect_lazy(), bearer: Bearer::new(token) };
        Self(servers.iter().map(client).collect())
    }

    /// A call to one of the servers, and to the other when that one is not available: once, as balancing clients do by themselves.
    async fn call(&self, number: usize, tally: &Tally, request: Ask) {
        let at = |attempt: usize| self.0[(number + attempt) % self.0.len()].clone();
        let mut outcome = request.of(at(0)).await;
        // A connection that is being closed drops what was not sent yet, which is no answer of a server.
        let of_the_wire = |status: &Status| std::error::Error::source(status).is_some();
        if outcome.as_ref().is_err_and(|status| status.code() == Code::Unavailable || of_the_wire(status)) {
            tally.again.fetch_add(1, Ordering::Relaxed);
            outcome = request.of(at(1)).await;
        }
        match outcome {
            Ok(()) => tally.done.fetch_add(1, Ordering::Relaxed),
            Err(status) => {
                tally.faults.lock().unwrap().push(format!("{:?}: {}", status.code(), status.message()));
                0
            }
        };
    }
}

/// What the clerks' calls came to.
#[derive(Default)]
struct Tally {
    done: AtomicU64,
    again: AtomicU64,
    faults: Mutex<Vec<String>>,
}

/// Follows the feed until `until` is told and everything was seen; gives the entries' positions with how often each event came.
async fn follow(caller: Caller, ended: Arc<AtomicBool>, last: Arc<AtomicU64>) -> BTreeMap<(i64, i32), u32> {
    let (mut token, mut seen) = (String::new(), BTreeMap::new());
    for client in caller.0.iter().cycle() {
        let request = proto::WatchEventsRequest { resume_token: token.clone(), ..Default::default() };
        let Ok(stream) = client.events().watch_events(request).await else {
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        let mut stream = stream.into_inner();
        while let Ok(Ok(Some(message))) = tokio::time::timeout(Duration::from_secs(1), stream.message()).await {
            token = message.resume_token;
            if let Some(event) = message.event {
                *seen.entry((event.position, event.index)).or_default() += 1;
            }
        }
        let newest = seen.last_key_value().map_or(0, |((position, _), _)| u64::try_from(*position).unwrap());
        if ended.load(Ordering::Acquire) && newest >= last.load(Ordering::Acquire) {
            break;
        }
    }
    seen
}

/// Two servers that share a database and keys, with the settings that both have, a way past them, and where their key set is.
async fn two_servers() -> Option<(Vec<Binary>, Vec<(&'static str, String)>, App, tempfile::TempDir)> {
    let url = postgres_database().await?;
    let folder = tempfile::tempdir().unwrap();
    let signer = Signer::from_pkcs8(&Signer::generate().unwrap()).unwrap();
    std::fs::write(folder.path().join("jwks.json"), signer.key_set()).unwrap();
    let settings = vec![
        ("RELOCREG_DATABASE_URL", url.clone()),
        ("RELOCREG_DATABASE_MIGRATE", "true".to_owned()),
        ("RELOCREG_SEAL_KEYS", KeyFile::generate().unwrap().to_text().unwrap()),
        ("RELOCREG_AUTH_KEY_SET_FILE", folder.path().join("jwks.json").display().to_string()),
        ("RELOCREG_SERVER_DRAIN_MS", "300".to_owned()),
    ];
    let servers = vec![Binary::start(&settings).await, Binary::start(&settings).await];
    let app = App::beside(servers[0].app.address.clone(), servers[0].app.admin.clone(), url, signer.into());
    Some((servers, settings, app, folder))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_are_restarted_in_turn_and_nobody_notices() {
    let Some((mut servers, settings, app, _folder)) = two_servers().await else { return };
    let caller = |role: &str| Caller::new(&servers, &app.token(&app.claims(role)));
    let (clerks, watcher) = (caller("registrar"), caller("integration"));

    let (ended, last) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(u64::MAX)));
    let mut followers = JoinSet::new();
    for _ in 0..2 {
        followers.spawn(follow(watcher.clone(), Arc::clone(&ended), Arc::clone(&last)));
    }

    let (tally, stop) = (Arc::new(Tally::default()), Arc::new(AtomicBool::new(false)));
    let known = clerks.0[0].register(samples::registration()).await.id;
    let mut load = JoinSet::new();
    for clerk in 0..CLERKS {
        let (clerks, tally, stop, known) = (clerks.clone(), Arc::clone(&tally), Arc::clone(&stop), known.clone());
        load.spawn(async move {
            let mut tick = tokio::time::interval(pace().unwrap_or(Duration::from_millis(1)));
            tick.set_missed_tick_behavior(if pace().is_some() { MissedTickBehavior::Burst } else { MissedTickBehavior::Delay });
            for number in usize::try_from(clerk).unwrap().. {
                tick.tick().await;
                if stop.load(Ordering::Acquire) {
                    break;
                }
                // One call in ten registers somebody, with one request id however often it is sent.
                let get =
                    || proto::GetRelocantRequest { id: known.clone(), purpose: proto::Purpose::Registration.into(), ..Default::default() };
                let request = if number.is_multiple_of(10) { Ask::Register(Box::new(samples::doctor())) } else { Ask::Get(get()) };
                clerks.call(number, &tally, request).await;
            }
        });
    }

    let (begun, mut longest) = (Instant::now(), Duration::ZERO);
    for round in 0..ROUNDS * servers.len() {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let server = &mut servers[round % 2];
        let told = Instant::now();
        server.terminate().await;
        let ended = tokio::time::timeout(Duration::from_secs(25), server.child.wait()).await;
        assert!(ended.is_ok_and(|status| status.unwrap().success()), "it does not end in 25 s: {}", String::from_utf8_lossy(&server.log()));
        longest = longest.max(told.elapsed());
        server.start_again(&settings).await;
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    stop.store(true, Ordering::Release);
    load.join_all().await;

    app.sequenced().await;
    let events = app
        .sql("SELECT MAX(p.position) FROM journal_position p JOIN journal j ON j.id = p.entry_id WHERE CAST(j.events AS TEXT) <> '[]'")
        .await;
    let newest: i64 = events[0].try_get_by_index(0).unwrap();
    last.store(u64::try_from(newest).unwrap(), Ordering::Release);
    ended.store(true, Ordering::Release);
    let seen = tokio::time::timeout(Duration::from_secs(30), followers.join_all()).await.expect("the followers come to the end");
    let (done, again, faults) =
        (tally.done.load(Ordering::Relaxed), tally.again.load(Ordering::Relaxed), tally.faults.lock().unwrap().clone());
    // How many there were belongs to a zero.
    println!(
        "{done} calls in {:?}, {again} tried once more, {} failed; the longest stop took {longest:?}; {} events",
        begun.elapsed(),
        faults.len(),
        seen[0].len()
    );
    assert!(faults.is_empty(), "of {done} calls: {faults:?}");
    assert!(done > 200, "{done} calls are too few to say anything");
    assert_eq!(seen[0], seen[1]);
    assert!(seen[0].values().all(|times| *times == 1), "an event came twice");
    let told = app.sql("SELECT COUNT(*) FROM relocant").await[0].try_get_by_index::<i64>(0).unwrap();
    assert!(seen[0].len() >= usize::try_from(told).unwrap(), "{told} people and {} events", seen[0].len());
}
