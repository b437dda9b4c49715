//! A registry per test: its own database, its own keys, a clock that can be turned, and clients for every role.

pub mod program;
pub mod samples;

use std::sync::atomic::{AtomicU32, Ordering};

use relocation_registry::{
    auth::jwt::{Claims, Signer, Verifier, install_crypto},
    config::{Admin, Auth, Config, Database, Log, LogFormat, Secret, Server, Signals},
    proto::{
        self, audit_service_client::AuditServiceClient, event_service_client::EventServiceClient,
        relocant_service_client::RelocantServiceClient, stay_service_client::StayServiceClient,
    },
    seal::{KeyFile, Keyring, Vault},
    server::{self, Failed},
    time::Clock,
};
use tokio_util::sync::CancellationToken;
use tonic::{
    Request, Status,
    service::{Interceptor, interceptor::InterceptedService},
    transport::{Channel, Endpoint},
};
use tonic_types::StatusExt as _;

/// Runs a case on both databases: `name::sqlite` and `name::postgres`.
#[macro_export]
macro_rules! on_every_database {
    ($($(#[$attribute:meta])* async fn $name:ident($app:ident: App) $body:block)*) => {$(
        mod $name {
            #[allow(unused_imports, reason = "not every case needs all that its file needs")]
            use super::*;

            $(#[$attribute])*
            async fn case($app: $crate::harness::App) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                let app = $crate::harness::App::sqlite().await;
                let handle = app.handle();
                case(app).await;
                handle.stop().await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                let Some(app) = $crate::harness::App::postgres().await else { return };
                let handle = app.handle();
                case(app).await;
                handle.stop().await;
            }
        }
    )*};
}

pub const ISSUER: &str = "test-issuer";
pub const AUDIENCE: &str = "test-audience";

/// The entries of what callers have changed, to be counted: the registry's own, such as of a lead time that is reached, come by themselves and have no request.
pub const CHANGES: &str = "journal WHERE decision = 'DONE' AND request_id IS NOT NULL";

/// A running registry.
#[derive(Clone)]
pub struct App {
    pub clock: Clock,
    pub address: String,
    pub admin: String,
    pub url: String,
    signer: std::sync::Arc<Signer>,
    handle: Handle,
    keys: String,
    directory: Option<std::sync::Arc<tempfile::TempDir>>,
}

/// Ends a running registry.
#[derive(Clone)]
pub struct Handle {
    stop: CancellationToken,
    done: tokio::sync::watch::Receiver<bool>,
}

impl Handle {
    pub async fn stop(mut self) {
        self.stop.cancel();
        let _gone = self.done.wait_for(|done| *done).await;
    }
}

pub fn config(url: &str) -> Config {
    Config {
        server: Server {
            listen: "127.0.0.1:0".parse().unwrap(),
            tls_cert: None,
            tls_key: None,
            in_flight: 64,
            waiting: 1024,
            drain_ms: 0,
            reflection: true,
        },
        admin: Admin { listen: "127.0.0.1:0".parse().unwrap(), token: None },
        database: Database { url: url.to_owned(), connections: 8, read_connections: 4, statement_timeout_ms: 10_000, migrate: true },
        seal: Secret(String::new()),
        auth: Auth { key_set: "unused".into(), issuer: ISSUER.to_owned(), audience: AUDIENCE.to_owned() },
        law_file: None,
        certificates: Some(certificates()),
        log: Log { format: LogFormat::Json, filter: "off".to_owned(), otlp: Signals::default() },
    }
}

/// A key that signs certificates, the same for all registries of this run, and its public part.
pub fn certificates() -> relocation_registry::config::Certificates {
    static KEY: std::sync::OnceLock<tempfile::NamedTempFile> = std::sync::OnceLock::new();
    let file = KEY.get_or_init(|| {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), Signer::generate().unwrap()).unwrap();
        file
    });
    relocation_registry::config::Certificates {
        key: file.path().to_owned(),
        issuer: "test".to_owned(),
        issuer_kk: "Тізілім".to_owned(),
        issuer_ru: "Реестр".to_owned(),
    }
}

/// The PostgreSQL server that `tests/run` has started, when it has.
pub fn postgres_server() -> Option<String> {
    #[allow(clippy::disallowed_methods, reason = "tests are told by the environment where their server is")]
    let (server, required) = (std::env::var("REGISTRY_TEST_POSTGRES").ok(), std::env::var("REGISTRY_REQUIRE_POSTGRES").is_ok());
    assert!(server.is_some() || !required, "REGISTRY_TEST_POSTGRES is not set");
    server
}

/// Connections past the service. Without the pool's task for idle ones, as the service's own are: see `db`.
pub async fn direct(url: &str) -> sea_orm::DatabaseConnection {
    let mut options = sea_orm::ConnectOptions::new(url);
    options.idle_timeout(None).max_lifetime(None).sqlx_logging(false);
    sea_orm::Database::connect(options).await.expect("the database answers")
}

/// A new empty database on that server.
pub async fn postgres_database() -> Option<String> {
    use sea_orm::ConnectionTrait as _;
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let server = postgres_server()?;
    let name = format!("t{}_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed), uuid::Uuid::new_v4().simple());
    let admin = direct(&format!("{server}/postgres")).await;
    admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.expect("a database can be made");
    admin.close().await.unwrap();
    Some(format!("{server}/{name}"))
}

impl App {
    pub async fn sqlite() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/registry.db", directory.path().display());
        let mut app = Self::start(config(&url)).await;
        app.directory = Some(std::sync::Arc::new(directory));
        app
    }

    pub async fn postgres() -> Option<Self> {
        let url = postgres_database().await?;
        Some(Self::start(config(&url)).await)
    }

    pub async fn start(config: Config) -> Self {
        let keys = KeyFile::generate().unwrap().to_text().unwrap();
        let signer = Signer::from_pkcs8(&Signer::generate().unwrap()).unwrap();
        Self::start_with(config, keys, signer.into()).await.expect("the server starts")
    }

    /// A second server on the same database, with the same keys.
    pub async fn another(&self) -> Self {
        let mut app =
            Self::start_with(config(&self.url), self.keys.clone(), std::sync::Arc::clone(&self.signer)).await.expect("the server starts");
        app.directory.clone_from(&self.directory);
        app
    }

    pub async fn start_with(config: Config, keys: String, signer: std::sync::Arc<Signer>) -> Result<Self, Failed> {
        install_crypto();
        let vault = Vault::new(Keyring::from_file(&KeyFile::parse(&keys).unwrap()).unwrap());
        let verifier = Verifier::from_key_set(signer.key_set(), ISSUER.to_owned(), AUDIENCE.to_owned()).unwrap();
        let (clock, url) = (Clock::default(), config.database.url.clone());
        let ready = server::prepare(config, vault, verifier, clock.clone()).await?;
        let (address, admin) = (format!("http://{}", ready.address), format!("http://{}", ready.admin_address));
        let (stop, (ended, done)) = (CancellationToken::new(), tokio::sync::watch::channel(false));
        let stopped = stop.clone();
        #[allow(clippy::disallowed_methods, reason = "the test owns this server")]
        tokio::spawn(async move {
            ready.serve(stopped).await.expect("the server ends well");
            let _nobody_waits = ended.send(true);
        });
        Ok(Self { clock, address, admin, url, signer, handle: Handle { stop, done }, keys, directory: None })
    }

    /// A registry that runs in a process of its own; whoever started it ends it.
    pub fn beside(address: String, admin: String, url: String, signer: std::sync::Arc<Signer>) -> Self {
        install_crypto();
        let handle = Handle { stop: CancellationToken::new(), done: tokio::sync::watch::channel(true).1 };
        Self { clock: Clock::default(), address, admin, url, signer, handle, keys: String::new(), directory: None }
    }

    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    pub fn keys(&self) -> (String, std::sync::Arc<Signer>) {
        (self.keys.clone(), std::sync::Arc::clone(&self.signer))
    }

    /// Claims of a role with everything its reach needs; the case changes what it is about.
    #[allow(clippy::unused_self, reason = "reads as the registry's own")]
    pub fn claims(&self, role: &str) -> Claims {
        let exp = u64::try_from(Clock::default().now().timestamp()).unwrap() + 600;
        let mut claims = Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            exp,
            sub: format!("{role}-1"),
            role: role.to_owned(),
            center: None,
            region: None,
            organisation: None,
            relocant: None,
        };
        match role {
            "registrar" | "kiosk" => claims.center = Some("ala-01".to_owned()),
            "permit_officer" | "matcher" => claims.region = Some("*".to_owned()),
            "integration" => claims.organisation = Some("*".to_owned()),
            "employer" => claims.organisation = Some(uuid::Uuid::now_v7().to_string()),
            "person" => claims.relocant = Some(uuid::Uuid::now_v7().to_string()),
            _ => {}
        }
        claims
    }

    pub fn token(&self, claims: &Claims) -> String {
        self.signer.sign(claims).unwrap()
    }

    pub async fn role(&self, role: &str) -> Client {
        self.client(&self.claims(role)).await
    }

    pub async fn client(&self, claims: &Claims) -> Client {
        self.client_with_token(&self.token(claims)).await
    }

    pub async fn client_with_token(&self, token: &str) -> Client {
        let channel = Endpoint::from_shared(self.address.clone()).unwrap().connect().await.expect("the server listens");
        Client { channel, bearer: Bearer::new(token) }
    }

    /// Waits until every entry has its position, for ten seconds at most.
    pub async fn sequenced(&self) {
        for _ in 0..400 {
            if self.count("journal_position").await == self.count("journal").await {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(25)).await;
        }
        panic!("entries without a position after ten seconds");
    }

    /// Runs a statement past the service, on a connection of its own.
    pub async fn sql(&self, sql: &str) -> Vec<sea_orm::QueryResult> {
        use sea_orm::ConnectionTrait as _;
        let db = direct(&self.url).await;
        let rows = db.query_all_raw(sea_orm::Statement::from_string(db.get_database_backend(), sql)).await.unwrap();
        db.close().await.unwrap();
        rows
    }

    pub async fn count(&self, table: &str) -> i64 {
        self.sql(&format!("SELECT COUNT(*) FROM {table}")).await[0].try_get_by_index(0).unwrap()
    }
}

/// Puts the token on every call.
#[derive(Clone)]
pub struct Bearer(String);

impl Bearer {
    pub fn new(token: &str) -> Self {
        Self(format!("Bearer {token}"))
    }
}

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.metadata_mut().insert("authorization", self.0.parse().unwrap());
        Ok(request)
    }
}

/// A caller with clients of every service.
#[derive(Clone)]
pub struct Client {
    pub channel: Channel,
    pub bearer: Bearer,
}

/// Requests and answers as bytes, for what holds whatever the RPC is.
#[derive(Clone, Copy)]
struct Raw;

impl tonic::codec::Codec for Raw {
    type Encode = Vec<u8>;
    type Decode = Vec<u8>;
    type Encoder = Self;
    type Decoder = Self;
    fn encoder(&mut self) -> Self {
        *self
    }
    fn decoder(&mut self) -> Self {
        *self
    }
}

impl tonic::codec::Encoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;
    fn encode(&mut self, item: Vec<u8>, buffer: &mut tonic::codec::EncodeBuf<'_>) -> Result<(), Status> {
        prost::bytes::BufMut::put_slice(buffer, &item);
        Ok(())
    }
}

impl tonic::codec::Decoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;
    fn decode(&mut self, buffer: &mut tonic::codec::DecodeBuf<'_>) -> Result<Option<Vec<u8>>, Status> {
        let mut item = vec![0; prost::bytes::Buf::remaining(buffer)];
        prost::bytes::Buf::copy_to_slice(buffer, &mut item);
        Ok(Some(item))
    }
}

type Intercepted = InterceptedService<Channel, Bearer>;

impl Client {
    pub fn relocants(&self) -> RelocantServiceClient<Intercepted> {
        RelocantServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
    }
    pub fn duplicates(&self) -> proto::duplicate_service_client::DuplicateServiceClient<Intercepted> {
        proto::duplicate_service_client::DuplicateServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
    }
    pub fn certificates(&self) -> proto::certificate_service_client::CertificateServiceClient<Intercepted> {
        proto::certificate_service_client::CertificateServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
    }
    pub fn households(&self) -> proto::household_service_client::HouseholdServiceClient<Intercepted> {
        proto::household_service_client::HouseholdServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
    }
    pub fn stays(&self) -> StayServiceClient<Intercepted> {
        StayServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
    }
    pub fn permits(&self) -> proto::permit_service_client::PermitServiceClient<Intercepted> {
        proto::permit_service_client::PermitServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
    }
    pub fn employers(&self) -> proto::employer_service_client::EmployerServiceClient<Intercepted> {
        proto::employer_service_client::EmployerServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
    }
    pub fn homes(&self) -> proto::home_service_client::HomeServiceClient<Intercepted> {
        proto::home_service_client::HomeServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
    }

    pub fn vacancies(&self) -> proto::vacancy_service_client::VacancyServiceClient<Intercepted> {
        proto::vacancy_service_client::VacancyServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
    }
    pub fn occupations(&self) -> proto::occupation_service_client::OccupationServiceClient<Intercepted> {
        proto::occupation_service_client::OccupationServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
    }
    pub fn matches(&self) -> proto::match_service_client::MatchServiceClient<Intercepted> {
        proto::match_service_client::MatchServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
    }
    pub fn corrections(&self) -> proto::correction_service_client::CorrectionServiceClient<Intercepted> {
        proto::correction_service_client::CorrectionServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
    }
    pub fn centers(&self) -> proto::center_service_client::CenterServiceClient<Intercepted> {
        proto::center_service_client::CenterServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
    }
    pub fn dues(&self) -> proto::due_service_client::DueServiceClient<Intercepted> {
        proto::due_service_client::DueServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
    }
    pub fn figures(&self) -> proto::figure_service_client::FigureServiceClient<Intercepted> {
        proto::figure_service_client::FigureServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
    }
    pub fn consents(&self) -> proto::consent_service_client::ConsentServiceClient<Intercepted> {
        proto::consent_service_client::ConsentServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
    }
    pub fn contracts(&self) -> proto::contract_service_client::ContractServiceClient<Intercepted> {
        proto::contract_service_client::ContractServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
    }
    pub fn events(&self) -> EventServiceClient<Intercepted> {
        EventServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
    }
    pub fn audit(&self) -> AuditServiceClient<Intercepted> {
        AuditServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
    }

    /// Sends the bytes of a request to any RPC, asking for Kazakh, and gives the bytes of the (first) answer. A stream that stays silent for two seconds has no
    /// fault to tell.
    pub async fn raw(&self, rpc: &str, message: Vec<u8>) -> Result<Vec<u8>, Status> {
        let mut grpc = tonic::client::Grpc::new(InterceptedService::new(self.channel.clone(), self.bearer.clone()));
        grpc.ready().await.unwrap();
        let path = http::uri::PathAndQuery::from_maybe_shared(format!("/relocation.registry.v1.{rpc}")).unwrap();
        let mut request = Request::new(message);
        request.metadata_mut().insert("accept-language", "kk".parse().unwrap());
        let mut answers = grpc.server_streaming(request, path, Raw).await?.into_inner();
        let first = tokio::time::timeout(std::time::Duration::from_secs(2), answers.message()).await;
        first.map_or_else(|_| Ok(vec![]), |answer| answer.map(Option::unwrap_or_default))
    }

    /// Registers a synthetic person and gives the record.
    pub async fn register(&self, request: proto::RegisterRelocantRequest) -> proto::Relocant {
        self.relocants().register_relocant(request).await.unwrap().into_inner().relocant.unwrap()
    }

    /// Every journal entry.
    pub async fn entries(&self) -> Vec<proto::Entry> {
        let (mut entries, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = proto::ListEntriesRequest { page_size: 200, page_token, ..Default::default() };
            let page = self.audit().list_entries(request).await.unwrap().into_inner();
            entries.extend(page.entries);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return entries;
            }
        }
    }
}

/// A page of the admin listener, head and all.
pub async fn http_get(address: &str, path: &str) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut socket = tokio::net::TcpStream::connect(address.trim_start_matches("http://")).await.unwrap();
    socket.write_all(format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").as_bytes()).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    answer
}

/// The reason in a status's `ErrorInfo`.
pub fn reason(status: &Status) -> String {
    status.get_error_details().error_info().expect("every error has an ErrorInfo").reason.clone()
}

/// The locale and the text for people: of the whole, and then of each field at fault.
pub fn said(status: &Status) -> Vec<(String, String)> {
    let details = status.get_error_details();
    let fields = details.bad_request().map(|bad| bad.field_violations.clone()).unwrap_or_default();
    let whole = details.localized_message().cloned();
    let texts = std::iter::once(whole).chain(fields.into_iter().map(|field| field.localized_message));
    texts.map(|text| text.expect("every error has a text for people")).map(|text| (text.locale, text.message)).collect()
}

/// The fields at fault in a status's `BadRequest`.
pub fn fields(status: &Status) -> Vec<String> {
    let details = status.get_error_details();
    details
        .bad_request()
        .expect("an invalid argument has a BadRequest")
        .field_violations
        .iter()
        .map(|violation| violation.field.clone())
        .collect()
}

/// Compares with a golden file; `ACCEPT=1` writes it instead, and the review sees the difference.
pub fn assert_golden(name: &str, text: &str) {
    assert_same(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/golden").join(name), text);
}

/// The same with a file that stands elsewhere.
pub fn assert_same(file: &std::path::Path, text: &str) {
    #[allow(clippy::disallowed_methods, reason = "whoever runs the test accepts by the environment")]
    if std::env::var("ACCEPT").is_ok() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
    assert!(
        std::fs::read_to_string(file).unwrap_or_default() == text,
        "{} has changed; if that is meant, run the test with ACCEPT=1 and commit it",
        file.display()
    );
}

/// As a well-behaved client does: again when writers met or nobody had time, a little later each time.
pub async fn patiently<T, F: Future<Output = Result<T, Status>>>(ask: impl Fn() -> F) -> Result<T, Status> {
    for attempt in 1..=30_u64 {
        match ask().await {
            Err(status) if [tonic::Code::Aborted, tonic::Code::Unavailable].contains(&status.code()) => {
                let spread = u64::from(uuid::Uuid::new_v4().as_bytes()[0]) % 16;
                tokio::time::sleep(std::time::Duration::from_millis(attempt * (1 + spread))).await;
            }
            outcome => return outcome,
        }
    }
    panic!("refused thirty times for the moment")
}
