//! 2,000 people who ask once a second where their ticket stands: alone, while clerks register, and while more register than the house can take.
//!
//! `REGISTRY_TEST_FSYNC=on tests/with-postgres cargo bench --bench tickets` prints how long an answer takes from the moment it was due, beside calls that do nothing at the
//! same rate. Only loopback is used, and every loop ends by itself.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a benchmark that fails should say where"
)]
#![allow(clippy::disallowed_methods, reason = "a benchmark owns its tasks and is told by the environment")]

mod served;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use relocation_registry::{
    auth::jwt::install_crypto,
    proto::{
        self, center_service_client::CenterServiceClient, register_relocant_request::Source, relocant_service_client::RelocantServiceClient,
    },
    server,
    time::Clock,
};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tonic::{
    Code, Request, Status,
    transport::{Channel, Endpoint},
};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

use self::served::{Keys, config};

const ASKERS: usize = 2000;
/// Connections that they share: what a public page or a message service in between has.
const CONNECTIONS: usize = 50;
const SECONDS: u64 = 10;
const WAITING: usize = 2000;
static NUMBER: AtomicU64 = AtomicU64::new(0);

fn with_token<T>(message: T, token: &str) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("authorization", token.parse().unwrap());
    request
}

fn request_id() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// A centre that is open at all hours, with twenty counters and as many waiting tickets as people ask.
async fn queue(channel: &Channel, ops: &str, clerk: &str) -> Vec<String> {
    let hours = (1..=7).map(|weekday| proto::OpeningHours { weekday, opens: "00:00".to_owned(), closes: "24:00".to_owned() });
    let today = relocation_registry::time::civil_day(Clock::default().now());
    let special = (0..2).map(|days| proto::SpecialDay {
        date: Some(relocation_registry::api::date(today + chrono::Duration::days(days))),
        opens: "00:00".to_owned(),
        closes: "24:00".to_owned(),
    });
    let service = proto::ServiceKind::Registration.into();
    let plan = proto::CenterPlan {
        name: "x".to_owned(),
        address: "x".to_owned(),
        counters: 200,
        slot_minutes: 15,
        hours: hours.collect(),
        special_days: special.collect(),
        services: vec![proto::ServiceOffer { service, usual_minutes: 1, places_per_slot: 0 }],
        priorities: vec![],
    };
    let mut centers = CenterServiceClient::new(channel.clone());
    let open = proto::OpenCenterRequest {
        request_id: request_id(),
        center_id: "ala-01".to_owned(),
        region_code: "KZ-75".to_owned(),
        plan: Some(plan),
        ..Default::default()
    };
    centers.open_center(with_token(open, ops)).await.unwrap();
    for label in 1..=100 {
        let open =
            proto::OpenCounterRequest { request_id: request_id(), label: label.to_string(), services: vec![service], ..Default::default() };
        centers.open_counter(with_token(open, clerk)).await.unwrap();
    }
    let mut codes = Vec::with_capacity(WAITING);
    let begun = Instant::now();
    while codes.len() < WAITING {
        let take = proto::TakeTicketRequest { request_id: request_id(), service, people: 1, ..Default::default() };
        codes.push(centers.take_ticket(with_token(take, clerk)).await.unwrap().into_inner().ticket.unwrap().code);
    }
    println!("{:<12} {WAITING} tickets taken one after the other, {:.2} ms each", "", begun.elapsed().as_secs_f64() * 1000.0 / 2000.0);
    codes
}

/// How long answers took from the moment each was due, in milliseconds, and how many were refused.
struct Asked {
    took: Vec<f64>,
    refused: u64,
}

impl Asked {
    fn at(&self, share: f64) -> f64 {
        #[allow(
            clippy::as_conversions,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a rank"
        )]
        let rank = (self.took.len() as f64 * share) as usize;
        self.took[rank.min(self.took.len() - 1)]
    }

    fn line(&self, what: &str) -> String {
        let count = self.took.len();
        format!(
            "{what:<44} {count:>6} answers   median {:>6.2}   p99 {:>6.2}   most {:>7.2} ms   refused {}",
            self.at(0.5),
            self.at(0.99),
            self.at(1.0),
            self.refused
        )
    }
}

/// Everybody asks once a second, spread over the second.
async fn everybody<F, Fut>(channels: &[Channel], ask: F) -> Asked
where
    F: Fn(Channel, usize) -> Fut + Clone + Send + 'static,
    Fut: Future<Output = Result<(), Status>> + Send,
{
    let begun = Instant::now() + Duration::from_millis(100);
    let tasks: Vec<_> = (0..ASKERS)
        .map(|who| {
            let (channel, ask) = (channels[who % CONNECTIONS].clone(), ask.clone());
            tokio::spawn(async move {
                let (mut took, mut refused) = (Vec::new(), 0);
                for second in 0..SECONDS {
                    let due = begun + Duration::from_secs(second) + Duration::from_micros(u64::try_from(who).unwrap() * 500);
                    tokio::time::sleep_until(due).await;
                    match ask(channel.clone(), who).await {
                        Ok(()) => took.push(due.elapsed().as_secs_f64() * 1000.0),
                        Err(_) => refused += 1,
                    }
                }
                (took, refused)
            })
        })
        .collect();
    let mut asked = Asked { took: Vec::new(), refused: 0 };
    for task in tasks {
        let (took, refused) = task.await.unwrap();
        asked.took.extend(took);
        asked.refused += refused;
    }
    asked.took.sort_by(f64::total_cmp);
    asked
}

fn registration(number: u64) -> proto::RegisterRelocantRequest {
    let name = |factor: u64| {
        let syllables = ["ба", "ги", "до", "же", "ку", "лы", "мэ", "ню", "ря", "фо", "ха", "цу", "ши", "по", "ве", "те"];
        let mixed = (number + 1).wrapping_mul(factor);
        (0..5).map(|at| syllables[usize::try_from((mixed >> (4 * at + 30)) % 16).unwrap()]).collect::<String>()
    };
    let typed = proto::TypedIdentity {
        family_name: name(0x9e37_79b9_7f4a_7c15),
        given_names: name(0xc2b2_ae3d_27d4_eb4f),
        birth_date: Some(proto::google::r#type::Date { year: 1950 + i32::try_from(number % 50).unwrap(), month: 1, day: 1 }),
        citizenship: "RUS".to_owned(),
        ..Default::default()
    };
    proto::RegisterRelocantRequest {
        request_id: request_id(),
        region_code: "KZ-75".to_owned(),
        source: Some(Source::Typed(typed)),
        ..Default::default()
    }
}

/// So many clerks register without a pause, until it is over. Gives how many were registered and refused a second.
async fn registering(address: &str, clerk: &str, clerks: usize, over: CancellationToken) -> (u64, u64) {
    let (done, refused) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let tasks: Vec<_> = (0..clerks)
        .map(|_| {
            let (done, refused, over) = (Arc::clone(&done), Arc::clone(&refused), over.clone());
            let (address, clerk) = (address.to_owned(), clerk.to_owned());
            tokio::spawn(async move {
                let mut client = RelocantServiceClient::new(Endpoint::from_shared(address).unwrap().connect().await.unwrap());
                while !over.is_cancelled() {
                    let request = registration(NUMBER.fetch_add(1, Ordering::Relaxed));
                    match client.register_relocant(with_token(request, &clerk)).await {
                        Ok(_) => drop(done.fetch_add(1, Ordering::Relaxed)),
                        Err(status) if status.code() == Code::ResourceExhausted => {
                            refused.fetch_add(1, Ordering::Relaxed);
                            // As the answer asks: a second; a tenth of it, so that the house stays full.
                            tokio::time::sleep(Duration::from_millis(100)).await;
                        }
                        Err(status) => drop(status),
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    (done.load(Ordering::Relaxed) / SECONDS, refused.load(Ordering::Relaxed) / SECONDS)
}

async fn database(name: &str, url: &str, keys: &Keys) {
    println!("{name}");
    let ready = server::prepare(config(url, None), keys.vault(), keys.verifier(), Clock::default()).await.unwrap();
    let address = format!("http://{}", ready.address);
    let stop = CancellationToken::new();
    let serving = tokio::spawn(ready.serve(stop.clone()));
    let mut channels = Vec::with_capacity(CONNECTIONS);
    for _ in 0..CONNECTIONS {
        channels.push(Endpoint::from_shared(address.clone()).unwrap().connect().await.unwrap());
    }
    let (clerk, ops) = (keys.bearer("ala-01"), keys.bearer_of("ops", None));
    let kiosk = keys.bearer_of("kiosk", Some("ala-01"));
    let codes = Arc::new(queue(&channels[0], &ops, &clerk).await);
    let ask = {
        let (codes, kiosk) = (Arc::clone(&codes), kiosk.clone());
        move |channel: Channel, who: usize| {
            let request = with_token(proto::GetTicketRequest { code: codes[who % WAITING].clone() }, &kiosk);
            async move {
                let answer = CenterServiceClient::new(channel).get_ticket(request).await?.into_inner();
                assert!(answer.wait.is_some());
                Ok(())
            }
        }
    };
    let nothing = everybody(&channels, |channel, _| async move {
        HealthClient::new(channel).check(HealthCheckRequest { service: String::new() }).await.map(drop)
    });
    let nothing = nothing.await;
    println!("{}", nothing.line("calls that do nothing"));
    let alone = everybody(&channels, ask.clone()).await;
    println!("{}   ratio of the p99 to nothing {:.1}", alone.line("tickets"), alone.at(0.99) / nothing.at(0.99));
    for clerks in [4, 256] {
        let over = CancellationToken::new();
        let register = {
            let (address, clerk, over) = (address.clone(), clerk.clone(), over.clone());
            tokio::spawn(async move { registering(&address, &clerk, clerks, over).await })
        };
        let asked = everybody(&channels, ask.clone()).await;
        over.cancel();
        let (done, refused) = register.await.unwrap();
        println!("{}", asked.line(&format!("tickets, {clerks} clerks: {done}/s registered, {refused}/s refused")));
    }
    stop.cancel();
    drop(channels);
    serving.await.unwrap().unwrap();
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    install_crypto();
    let keys = Keys::generate();
    println!("{ASKERS} people ask once a second for {SECONDS} s over {CONNECTIONS} connections; server and load on the same two cores");
    let folder = tempfile::tempdir().unwrap();
    database("SQLite", &format!("sqlite://{}/registry.db", folder.path().display()), &keys).await;
    match std::env::var("REGISTRY_TEST_POSTGRES") {
        Ok(url) => database("PostgreSQL", &format!("{url}/postgres"), &keys).await,
        Err(_) => println!("PostgreSQL   not measured: run it beside one, with tests/with-postgres"),
    }
}
