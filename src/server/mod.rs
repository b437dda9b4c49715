//! The composition root, read top to bottom: what is opened, in which order, which layers stand around every call and why there, and how it all ends.

mod admin;
mod admission;
mod background;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    net::TcpListener,
    sync::watch,
    time::{Instant, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tonic::transport::{Identity, Server, ServerTlsConfig, server::TcpIncoming};
use tonic_web::GrpcWebLayer;
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::{
    auth::{jwt::Verifier, layer::AuthLayer},
    centers,
    certificates::{self, Certifier, Issuer},
    config::{self, Config},
    console::{self, access::Access, pages::Sources},
    contracts, db,
    dues::{self, operations::Dues},
    duplicates, figures,
    gate::{Registry, sequencer::Sequencer},
    intake::api::Lane,
    law::Law,
    matches,
    messages::layer::LanguageLayer,
    programme::Newest,
    proto,
    seal::Vault,
    telemetry::{readings, rpc::ObserveLayer},
    time::Clock,
};

use self::admission::AdmissionLayer;

/// Bytes of one request at most; a registration takes about one thousand.
const MAX_REQUEST: usize = 256 * 1024;
/// Bytes of one answer at most.
const MAX_ANSWER: usize = 4 * 1024 * 1024;
/// How long a call may take when its caller does not say.
const LONGEST_CALL: Duration = Duration::from_secs(10);
/// How long everything may take from the signal to the end.
const HARD_STOP: Duration = Duration::from_secs(25);

/// What can keep a server from starting.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// The database could not be opened or asked.
    #[error("the database cannot be opened: {0}")]
    Database(crate::error::Error),
    /// The schema is older or newer than this build.
    #[error(transparent)]
    Schema(#[from] db::schema::Mismatch),
    /// A key or certificate cannot be used; the text says which.
    #[error("{0}")]
    Keys(String),
    /// The operator's file of dated law has faults; the text names each with its place.
    #[error("{0}")]
    Law(String),
    /// The key that signs certificates cannot be used.
    #[error("certificates.key_file: {0}")]
    Certificates(String),
    /// A listener could not be opened.
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, std::io::Error),
    /// The transport failed.
    #[error("the transport failed: {0}")]
    Transport(#[from] tonic::transport::Error),
}

/// A server that listens already and has not begun to serve.
#[derive(Debug)]
pub struct Ready {
    /// Where gRPC listens.
    pub address: SocketAddr,
    /// Where operators look.
    pub admin_address: SocketAddr,
    /// The gate, for callers in the same process.
    pub registry: Registry,
    listener: TcpListener,
    admin: TcpListener,
    config: Config,
    db: db::Database,
    certifier: Option<Arc<Certifier>>,
    verifier: Arc<Verifier>,
    tasks: TaskTracker,
}

/// Opens everything that `config` names.
///
/// # Errors
/// Whatever is missing or does not fit, before the first call is taken.
pub async fn prepare(config: Config, vault: Vault, verifier: Verifier, clock: Clock) -> Result<Ready, Failed> {
    let law = Law::load(config.law_file.as_deref()).map_err(Failed::Law)?;
    let certifier = config.certificates.as_ref().map(certifier).transpose().map_err(Failed::Certificates)?;
    let tasks = TaskTracker::new();
    let db = db::connect(&config.database, &tasks).await.map_err(Failed::Database)?;
    // Before migrating too: a database that is newer than this build must be left as it is.
    match db::schema::fits(&db).await.map_err(Failed::Database)? {
        Err(newer @ db::schema::Mismatch::Newer(_)) => return Err(newer.into()),
        Err(db::schema::Mismatch::Older(_)) | Ok(()) => {}
    }
    if config.database.migrate {
        let applied = db::schema::migrate(&db).await.map_err(Failed::Database)?;
        tracing::info!(applied, "the schema is up to date");
    }
    db::schema::fits(&db).await.map_err(Failed::Database)??;
    let listen = |address| async move { TcpListener::bind(address).await.map_err(|failed| Failed::Listen(address, failed)) };
    let (listener, admin) = (listen(config.server.listen).await?, listen(config.admin.listen).await?);
    let pools = db.clone();
    readings::read_from("database", move || pools.readings());
    let registry = Registry::new(db.clone(), Arc::new(vault), clock, Arc::new(law), Arc::new(Dues), Sequencer::default());
    Ok(Ready {
        address: listener.local_addr().unwrap_or(config.server.listen),
        admin_address: admin.local_addr().unwrap_or(config.admin.listen),
        registry,
        listener,
        admin,
        config,
        db,
        certifier,
        verifier: Arc::new(verifier),
        tasks,
    })
}

impl Ready {
    /// Serves until `stop`, then ends in order: say "not serving", keep answering while balancers notice, end the streams, finish what is under way, and
    /// after 25 seconds end what is left.
    ///
    /// # Errors
    /// [`Failed::Keys`] for a certificate that cannot be used; [`Failed::Transport`].
    pub async fn serve(self, stop: CancellationToken) -> Result<(), Failed> {
        let Self { registry, listener, admin, admin_address, config, db, certifier, verifier, tasks, .. } = self;
        let (draining, background) = (CancellationToken::new(), CancellationToken::new());
        let (serving, is_serving) = watch::channel(true);

        let numbering = tasks.spawn(registry.sequencer().clone().run(db.clone(), background.clone()));
        let sources = Sources { registry: registry.clone(), history: Arc::default(), programme: Newest::default() };
        background::start(&sources, &tasks, &background);
        let console = console::router(sources, Access::new(admin_address, config.admin.token.clone()), background.clone());
        tasks.spawn(admin::serve(admin, console, db.clone(), is_serving, background.clone()));
        let following = tasks.spawn(Arc::clone(&verifier).follow_file());

        let (health, health_service) = tonic_health::server::health_reporter();
        let services = services(&registry, certifier, &draining);
        for name in proto::SERVICES {
            health.set_service_status(name, tonic_health::ServingStatus::Serving).await;
        }
        let reflection = config.server.reflection.then(reflection).transpose().map_err(Failed::Keys)?;

        let server = builder(&config)?
            // Browsers: outermost, so that everything below sees plain gRPC.
            .layer(cors())
            .layer(GrpcWebLayer::new())
            // The span and the measurement hold all that follows, refusals too.
            .layer(ObserveLayer)
            // Around everything that refuses, so that each refusal is in the caller's language.
            .layer(LanguageLayer)
            // Refuse before a token is checked and a body read.
            .layer(AdmissionLayer::new(config.server.in_flight, config.server.waiting))
            // Innermost: who calls. What a caller may is the gate's question.
            .layer(AuthLayer::new(verifier))
            .add_routes(services)
            .add_service(health_service)
            .add_optional_service(reflection);

        let closing = CancellationToken::new();
        // Without it an answer of several segments waits 40 ms for the acknowledgement of its first.
        let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
        let serve = tasks.spawn(server.serve_with_incoming_shutdown(incoming, closing.clone().cancelled_owned()));
        tracing::info!("serving");

        stop.cancelled().await;
        let begun = Instant::now();
        tracing::info!("not serving any longer; draining");
        let _nobody_asks = serving.send(false);
        for name in proto::SERVICES.iter().chain([&""]) {
            health.set_service_status(*name, tonic_health::ServingStatus::NotServing).await;
        }
        tokio::time::sleep(Duration::from_millis(config.server.drain_ms)).await;
        // Streams end with a token to resume from; then connections are told to go away.
        draining.cancel();
        closing.cancel();
        let left = HARD_STOP.saturating_sub(begun.elapsed());
        let outcome = timeout(left, serve).await;
        background.cancel();
        following.abort();
        // The sequencer ends between two passes; closing the database under it would only make noise.
        let _ended_or_cut = timeout(HARD_STOP.saturating_sub(begun.elapsed()), numbering).await;
        tasks.close();
        let left = HARD_STOP.saturating_sub(begun.elapsed());
        drop(registry);
        // Whoever counts or follows by itself gives its connection back when it is told to stop, or is left behind.
        let _closed_or_left = timeout(left, db.close()).await;
        if timeout(left, tasks.wait()).await.is_err() {
            tracing::warn!("ended with work under way after {} s", HARD_STOP.as_secs());
        }
        if let Ok(Ok(transport)) = outcome {
            return transport.map_err(Failed::Transport);
        }
        tracing::warn!("connections were cut at the hard stop");
        Ok(())
    }
}

fn builder(config: &Config) -> Result<Server, Failed> {
    // Connections live ten minutes, give or take one, so that clients spread over instances and do not all come back at once.
    let jitter = u64::from(uuid::Uuid::new_v4().as_bytes().first().copied().unwrap_or_default()) * 120 / 255;
    let server = Server::builder()
        .accept_http1(true)
        .timeout(LONGEST_CALL)
        // tonic's own defaults lift hyper's bounds: one connection could open 100,000 streams.
        .max_concurrent_streams(100)
        .http2_max_local_error_reset_streams(Some(256))
        .http2_max_pending_accept_reset_streams(Some(20))
        .http2_max_header_list_size(8192)
        .http2_keepalive_interval(Some(Duration::from_secs(30)))
        .http2_keepalive_timeout(Some(Duration::from_secs(10)))
        // No grace: it would cut calls instead of letting them end.
        .max_connection_age(Duration::from_secs(540 + jitter));
    let (Some(cert), Some(key)) = (&config.server.tls_cert, &config.server.tls_key) else { return Ok(server) };
    let read = |file: &std::path::Path| std::fs::read(file).map_err(|failed| Failed::Keys(format!("{}: {failed}", file.display())));
    let tls = ServerTlsConfig::new().identity(Identity::from_pem(read(cert)?, read(key)?)).timeout(Duration::from_secs(5));
    Ok(server.tls_config(tls)?)
}

/// Which origins a browser may come from is the proxy's business; what it may read is the contract's.
fn cors() -> CorsLayer {
    let exposed = ["grpc-status", "grpc-message", "grpc-status-details-bin", "trace-id"].map(http::HeaderName::from_static);
    CorsLayer::new()
        .allow_origin(AllowOrigin::mirror_request())
        .allow_headers(tower_http::cors::AllowHeaders::mirror_request())
        .allow_methods([http::Method::POST])
        .expose_headers(exposed)
}

fn reflection() -> Result<tonic_reflection::server::v1::ServerReflectionServer<impl tonic_reflection::server::v1::ServerReflection>, String>
{
    tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(proto::FILE_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_types::pb::FILE_DESCRIPTOR_SET)
        .build_v1()
        .map_err(|failed| format!("reflection: {failed}"))
}

fn certifier(settings: &config::Certificates) -> Result<Arc<Certifier>, String> {
    let document = std::fs::read(&settings.key).map_err(|failed| format!("{}: {failed}", settings.key.display()))?;
    let issuer = Issuer { id: settings.issuer.clone(), kazakh: settings.issuer_kk.clone(), russian: settings.issuer_ru.clone() };
    Certifier::from_pkcs8(&document, issuer).map(Arc::new)
}

/// Every service of the contract. A capability is one line here.
fn services(registry: &Registry, certifier: Option<Arc<Certifier>>, draining: &CancellationToken) -> tonic::service::Routes {
    let mut routes = tonic::service::RoutesBuilder::default();
    macro_rules! serve {
        ($server:ty, $service:expr) => {
            routes.add_service(<$server>::new($service).max_decoding_message_size(MAX_REQUEST).max_encoding_message_size(MAX_ANSWER))
        };
    }
    serve!(proto::relocant_service_server::RelocantServiceServer<_>, crate::relocants::api::Service(registry.clone(), Lane::default()));
    serve!(
        proto::center_service_server::CenterServiceServer<_>,
        centers::api::Service {
            registry: registry.clone(),
            boards: centers::board::Boards::new(registry.clone()),
            draining: draining.clone()
        }
    );
    serve!(proto::correction_service_server::CorrectionServiceServer<_>, crate::corrections::api::Service(registry.clone()));
    serve!(proto::duplicate_service_server::DuplicateServiceServer<_>, duplicates::api::Service(registry.clone()));
    serve!(proto::certificate_service_server::CertificateServiceServer<_>, certificates::api::Service(registry.clone(), certifier));
    serve!(proto::household_service_server::HouseholdServiceServer<_>, crate::households::api::Service(registry.clone()));
    serve!(proto::stay_service_server::StayServiceServer<_>, crate::stays::api::Service(registry.clone()));
    serve!(proto::permit_service_server::PermitServiceServer<_>, crate::permits::api::Service(registry.clone()));
    serve!(proto::employer_service_server::EmployerServiceServer<_>, crate::employers::api::Service(registry.clone()));
    serve!(proto::occupation_service_server::OccupationServiceServer<_>, crate::occupations::api::Service(registry.clone()));
    serve!(proto::vacancy_service_server::VacancyServiceServer<_>, crate::vacancies::api::Service(registry.clone()));
    serve!(proto::home_service_server::HomeServiceServer<_>, crate::homes::api::Service(registry.clone()));
    serve!(proto::match_service_server::MatchServiceServer<_>, matches::api::Service(registry.clone()));
    serve!(proto::consent_service_server::ConsentServiceServer<_>, crate::consents::api::Service(registry.clone()));
    serve!(proto::contract_service_server::ContractServiceServer<_>, contracts::api::Service(registry.clone()));
    serve!(proto::due_service_server::DueServiceServer<_>, dues::api::Service(registry.clone()));
    serve!(
        proto::figure_service_server::FigureServiceServer<_>,
        figures::api::Service { registry: registry.clone(), turn: figures::operations::Turn::default() }
    );
    serve!(
        proto::event_service_server::EventServiceServer<_>,
        crate::feed::api::Events { registry: registry.clone(), draining: draining.clone() }
    );
    serve!(proto::audit_service_server::AuditServiceServer<_>, crate::feed::api::Audit(registry.clone()));
    routes.routes()
}
