//! Every setting, where it comes from, and what it may be. A setting is looked for in the environment (`RELOCREG_DATABASE_URL`), then in the configuration
//! file (`[database] url = …`), then here. All are checked at start and all faults are told at once; secrets are never printed.

use std::{collections::BTreeMap, fmt, fmt::Write as _, net::SocketAddr, path::PathBuf, str::FromStr};

/// The settings of one process.
#[derive(Debug, Clone)]
pub struct Config {
    /// The gRPC listener and its bounds.
    pub server: Server,
    /// The listener for operators.
    pub admin: Admin,
    /// The database.
    pub database: Database,
    /// The text of the sealing keys.
    pub seal: Secret,
    /// Who may call.
    pub auth: Auth,
    /// The operator's own versions of dated law.
    pub law_file: Option<PathBuf>,
    /// The key that signs certificates of registration, and in whose name; without it none is issued.
    pub certificates: Option<Certificates>,
    /// Logs and spans.
    pub log: Log,
}

/// The listener for operators.
#[derive(Debug, Clone)]
pub struct Admin {
    /// Where to listen.
    pub listen: SocketAddr,
    /// What opens the console from elsewhere, and changes which lines are logged.
    pub token: Option<Secret>,
}

/// Certificates of registration.
#[derive(Debug, Clone)]
pub struct Certificates {
    /// The private key, as `relocreg keys token` makes one.
    pub key: PathBuf,
    /// The issuer's short name.
    pub issuer: String,
    /// The issuer's full name in Kazakh.
    pub issuer_kk: String,
    /// The issuer's full name in Russian.
    pub issuer_ru: String,
}

/// The gRPC listener and its bounds.
#[derive(Debug, Clone)]
pub struct Server {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The certificate chain, as PEM; with `tls_key` it switches TLS on.
    pub tls_cert: Option<PathBuf>,
    /// The certificate's private key, as PEM.
    pub tls_key: Option<PathBuf>,
    /// Calls that may be worked on at the same time.
    pub in_flight: usize,
    /// Calls that may wait for their turn; one more is refused.
    pub waiting: usize,
    /// How long to go on answering after saying "not serving", so that balancers notice.
    pub drain_ms: u64,
    /// Whether clients may ask for the contract.
    pub reflection: bool,
}

/// The database.
#[derive(Debug, Clone)]
pub struct Database {
    /// `sqlite://FILE` or `postgres://…`.
    pub url: String,
    /// Connections to PostgreSQL.
    pub connections: u32,
    /// Connections for readers of SQLite, beside the one writer.
    pub read_connections: u32,
    /// How long one statement may run on PostgreSQL.
    pub statement_timeout_ms: u64,
    /// Whether `serve` brings the schema up to date first.
    pub migrate: bool,
}

/// Who may call.
#[derive(Debug, Clone)]
pub struct Auth {
    /// The key set that tokens are verified against (JSON Web Key Set).
    pub key_set: PathBuf,
    /// The issuer that every token must name.
    pub issuer: String,
    /// The audience that every token must name.
    pub audience: String,
}

/// Logs and spans.
#[derive(Debug, Clone)]
pub struct Log {
    /// How lines look.
    pub format: LogFormat,
    /// Which lines, as `tracing_subscriber::EnvFilter` reads it.
    pub filter: String,
    /// What is exported over OTLP.
    pub otlp: Signals,
}

/// What is exported over OTLP. A signal is on when a standard variable names an endpoint for it and none switches it off.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Signals {
    /// Spans.
    pub traces: bool,
    /// Instruments.
    pub metrics: bool,
    /// Log lines.
    pub logs: bool,
}

impl Signals {
    /// Looks at the variables of <https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/>.
    fn look(environment: impl Fn(&str) -> Option<String>) -> Self {
        let is_off = environment("OTEL_SDK_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true"));
        let on = |signal: &str| {
            let endpoint = environment("OTEL_EXPORTER_OTLP_ENDPOINT").or(environment(&format!("OTEL_EXPORTER_OTLP_{signal}_ENDPOINT")));
            let exporter = environment(&format!("OTEL_{signal}_EXPORTER"));
            !is_off && endpoint.is_some() && exporter.is_none_or(|exporter| exporter == "otlp")
        };
        Self { traces: on("TRACES"), metrics: on("METRICS"), logs: on("LOGS") }
    }
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::EnumString)]
#[strum(serialize_all = "lowercase")]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people.
    Pretty,
}

/// A value that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// One setting: its name in the file, what it is when nobody sets it, whether it is secret, what it means.
struct Setting {
    name: &'static str,
    default: Option<&'static str>,
    secret: bool,
    meaning: &'static str,
}

const fn setting(name: &'static str, default: Option<&'static str>, meaning: &'static str) -> Setting {
    Setting { name, default, secret: false, meaning }
}

const SETTINGS: [Setting; 29] = [
    setting("server.listen", Some("127.0.0.1:50051"), "where gRPC listens"),
    setting("server.tls_cert", None, "PEM file of the certificate chain; with tls_key it switches TLS on"),
    setting("server.tls_key", None, "PEM file of the private key"),
    setting("server.in_flight", Some("64"), "calls worked on at the same time"),
    setting("server.waiting", Some("128"), "calls that may wait; one more is refused"),
    setting("server.drain_ms", Some("2000"), "answering goes on so long after 'not serving'"),
    setting("server.reflection", Some("true"), "whether clients may ask for the contract"),
    setting("admin.listen", Some("127.0.0.1:9464"), "where the console, /metrics, /live and /ready listen"),
    setting(
        "admin.token_file",
        None,
        "file of a token that opens the console when it does not listen on loopback, and changes the log level",
    ),
    Setting {
        name: "database.url",
        default: Some("sqlite://relocreg.db"),
        secret: true,
        meaning: "sqlite://FILE or postgres://USER:PASSWORD@HOST/DB",
    },
    setting("database.connections", Some("16"), "connections to PostgreSQL"),
    setting("database.read_connections", Some("4"), "readers of SQLite beside its one writer"),
    setting("database.statement_timeout_ms", Some("10000"), "how long a statement may run on PostgreSQL"),
    setting("database.migrate", Some("auto"), "whether serve brings the schema up to date: true, false, or auto (SQLite only)"),
    Setting { name: "seal.keys", default: None, secret: true, meaning: "the sealing keys themselves, as `relocreg keys seal` prints them" },
    setting("seal.keys_file", None, "file of the sealing keys"),
    setting("auth.key_set_file", None, "key set that tokens are verified against (JWKS)"),
    setting("auth.issuer", Some("relocreg"), "the issuer that tokens must name"),
    setting("auth.audience", Some("relocation.registry"), "the audience that tokens must name"),
    setting(
        "law.file",
        None,
        "TOML file with versions of stay policies, permits, figures and working days to add or to put in place of those built in",
    ),
    setting(
        "certificates.key_file",
        None,
        "private key that signs certificates of registration (`relocreg keys token` makes one); without it none is issued",
    ),
    setting("certificates.issuer", Some("relocreg"), "the issuer's short name, in the signed statement"),
    setting("certificates.issuer_kk", Some("Релоканттар тізілімі"), "the issuer's full name in Kazakh, on the page"),
    setting("certificates.issuer_ru", Some("Реестр релокантов"), "the issuer's full name in Russian, on the page"),
    Setting { name: "client.token", default: None, secret: true, meaning: "the token that client commands such as `relocreg dues` send" },
    setting("queue.file", Some("relocreg-queue.db"), "where `relocreg queue` keeps people who were registered without a network"),
    setting("queue.recipient", None, "the public key that they are sealed for, as `relocreg keys queue` prints it"),
    setting("queue.key_file", None, "file of the private key, which only pushing needs"),
    setting("log.format", Some("json"), "json or pretty"),
];

/// The filter of log lines stands apart, since `RUST_LOG` is what people know.
const FILTER: Setting = setting("log.filter", Some("info"), "which log lines; RUST_LOG works too");

/// What was found for each setting, before it is checked.
#[derive(Debug)]
pub struct Found {
    values: BTreeMap<&'static str, (String, String)>,
    otlp: Signals,
    faults: Vec<String>,
}

/// All faults of the settings, one a line.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct Faults(Vec<String>);

impl Found {
    /// Looks for every setting: environment, then file, then default.
    pub fn look(file: Option<&PathBuf>) -> Self {
        let mut faults = Vec::new();
        let table = file.map(|file| read(file, &mut faults)).unwrap_or_default();
        let mut values = BTreeMap::new();
        for setting in SETTINGS.iter().chain([&FILTER]) {
            let variable = variable(setting.name);
            let from_environment = environment(&variable).map(|value| (value, format!("environment {variable}")));
            let from_rust_log =
                (setting.name == FILTER.name).then(|| environment("RUST_LOG").map(|value| (value, "environment RUST_LOG".to_owned())));
            let from_file = table
                .get(setting.name)
                .map(|value| (value.clone(), format!("file {}", file.map(|f| f.display().to_string()).unwrap_or_default())));
            let from_default = setting.default.map(|value| (value.to_owned(), "default".to_owned()));
            if let Some(found) = from_environment.or(from_rust_log.flatten()).or(from_file).or(from_default) {
                values.insert(setting.name, found);
            }
        }
        let known = |name: &String| SETTINGS.iter().chain([&FILTER]).any(|setting| setting.name == name);
        faults.extend(table.keys().filter(|name| !known(name)).map(|name| format!("{name}: there is no such setting")));
        Self { values, otlp: Signals::look(environment), faults }
    }

    /// Sets a value that neither environment nor file should decide; for the demo and command line flags.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.values.insert(name, (value.into(), "command line".to_owned()));
        self
    }

    /// Every setting with its value and source, secrets masked; for `relocreg config`.
    pub fn describe(&self) -> String {
        let mut text = String::new();
        for setting in SETTINGS.iter().chain([&FILTER]) {
            let (value, source) = match self.values.get(setting.name) {
                Some((value, source)) => (if setting.secret { masked(setting.name, value) } else { value.clone() }, source.as_str()),
                None => ("-".to_owned(), "not set"),
            };
            // Writing into a string cannot fail.
            let _written = writeln!(text, "{:<30} {value:<34} {source}\n{:<30} {}", setting.name, "", setting.meaning);
        }
        text
    }

    /// The operator's file of dated law, for commands that need nothing else.
    pub fn law_file(&self) -> Option<PathBuf> {
        self.optional("law.file").map(PathBuf::from)
    }

    /// The token of client commands.
    pub fn client_token(&self) -> Option<String> {
        self.optional("client.token")
    }

    /// The file of people who were registered without a network, the public key that they are sealed for, and the file of the private key.
    pub fn queue(&self) -> (PathBuf, Option<String>, Option<PathBuf>) {
        (self.text("queue.file").into(), self.optional("queue.recipient"), self.optional("queue.key_file").map(PathBuf::from))
    }

    /// Checks everything.
    ///
    /// # Errors
    /// All faults at once; what `serve` cannot do without is a fault.
    pub fn check(mut self) -> Result<Config, Faults> {
        let url = self.text("database.url");
        if !url.starts_with("sqlite:") && !url.starts_with("postgres:") && !url.starts_with("postgresql:") {
            self.faults.push("database.url: must begin with sqlite: or postgres:".to_owned());
        }
        let seal = self.seal();
        let key_set = self.optional("auth.key_set_file").unwrap_or_else(|| {
            self.faults
                .push("auth.key_set_file: is required; without it nobody can be let in (`relocreg keys token` makes one)".to_owned());
            String::new()
        });
        let (tls_cert, tls_key) = (self.optional("server.tls_cert").map(PathBuf::from), self.optional("server.tls_key").map(PathBuf::from));
        if tls_cert.is_some() != tls_key.is_some() {
            self.faults.push("server.tls_cert, server.tls_key: one without the other".to_owned());
        }
        let migrate = match self.text("database.migrate").as_str() {
            "auto" => url.starts_with("sqlite:"),
            "true" => true,
            "false" => false,
            _ => {
                self.faults.push("database.migrate: must be true, false or auto".to_owned());
                false
            }
        };
        let admin_token = self.admin_token();
        let unspecified = SocketAddr::from(([0, 0, 0, 0], 0));
        let config = Config {
            server: Server {
                listen: self.parsed("server.listen", "an address and port", unspecified),
                tls_cert,
                tls_key,
                in_flight: self.parsed("server.in_flight", "a whole number", 1),
                waiting: self.parsed("server.waiting", "a whole number", 0),
                drain_ms: self.parsed("server.drain_ms", "a whole number of milliseconds", 0),
                reflection: self.parsed("server.reflection", "true or false", false),
            },
            admin: Admin { listen: self.parsed("admin.listen", "an address and port", unspecified), token: admin_token },
            database: Database {
                connections: self.parsed("database.connections", "a whole number", 1),
                read_connections: self.parsed("database.read_connections", "a whole number", 1),
                statement_timeout_ms: self.parsed("database.statement_timeout_ms", "a whole number of milliseconds", 1),
                migrate,
                url,
            },
            seal: Secret(seal),
            auth: Auth { key_set: PathBuf::from(key_set), issuer: self.text("auth.issuer"), audience: self.text("auth.audience") },
            law_file: self.law_file(),
            certificates: self.optional("certificates.key_file").map(|key| Certificates {
                key: PathBuf::from(key),
                issuer: self.text("certificates.issuer"),
                issuer_kk: self.text("certificates.issuer_kk"),
                issuer_ru: self.text("certificates.issuer_ru"),
            }),
            log: Log {
                format: self.parsed("log.format", "json or pretty", LogFormat::Json),
                filter: self.text("log.filter"),
                otlp: self.otlp,
            },
        };
        if config.server.in_flight == 0 || config.database.connections == 0 || config.database.read_connections == 0 {
            self.faults.push("server.in_flight, database.connections, database.read_connections: must be 1 or more".to_owned());
        }
        if self.faults.is_empty() { Ok(config) } else { Err(Faults(self.faults)) }
    }

    /// Checks what commands that only touch the database need.
    ///
    /// # Errors
    /// All faults at once.
    pub fn check_database(self) -> Result<(Database, Log), Faults> {
        let with_stand_ins = self.with("seal.keys", "-").with("auth.key_set_file", "-").without("seal.keys_file");
        with_stand_ins.check().map(|config| (config.database, config.log))
    }

    /// The token in the file, without the end of its line.
    fn admin_token(&mut self) -> Option<Secret> {
        let file = self.optional("admin.token_file")?;
        let fault = match std::fs::read_to_string(&file) {
            Ok(token) if token.trim().len() >= 16 => return Some(Secret(token.trim().to_owned())),
            Ok(_) => "holds no token of 16 characters or more".to_owned(),
            Err(failed) => failed.to_string(),
        };
        self.faults.push(format!("admin.token_file: {file}: {fault}"));
        None
    }

    fn without(mut self, name: &'static str) -> Self {
        self.values.remove(name);
        self
    }

    fn seal(&mut self) -> String {
        match (self.optional("seal.keys"), self.optional("seal.keys_file")) {
            (Some(_), Some(_)) => self.fault("seal.keys, seal.keys_file: one of them, not both".to_owned()),
            (Some(text), None) => text,
            (None, Some(file)) => {
                std::fs::read_to_string(&file).unwrap_or_else(|failed| self.fault(format!("seal.keys_file {file}: {failed}")))
            }
            (None, None) => {
                self.fault("seal.keys_file: is required; without keys nothing can be sealed (`relocreg keys seal` makes some)".to_owned())
            }
        }
    }

    fn fault(&mut self, fault: String) -> String {
        self.faults.push(fault);
        String::new()
    }

    fn optional(&self, name: &str) -> Option<String> {
        self.values.get(name).map(|(value, _)| value.clone()).filter(|value| !value.is_empty())
    }

    fn text(&self, name: &str) -> String {
        self.optional(name).unwrap_or_default()
    }

    fn parsed<T: FromStr>(&mut self, name: &str, shape: &str, otherwise: T) -> T {
        self.text(name).parse().unwrap_or_else(|_| {
            self.faults.push(format!("{name}: must be {shape}"));
            otherwise
        })
    }
}

fn masked(name: &str, value: &str) -> String {
    // A file name is no secret; a password in an address is.
    if name == "database.url" && value.starts_with("sqlite:") { value.to_owned() } else { "(set)".to_owned() }
}

fn variable(name: &str) -> String {
    format!("RELOCREG_{}", name.replace('.', "_").to_uppercase())
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn read(file: &PathBuf, faults: &mut Vec<String>) -> BTreeMap<String, String> {
    let mut flat = BTreeMap::new();
    match std::fs::read_to_string(file) {
        Err(failed) => faults.push(format!("{}: {failed}", file.display())),
        Ok(text) => match text.parse::<toml::Table>() {
            // The parser's message quotes the line, which may hold a secret.
            Err(failed) => faults.push(format!("{}: is not TOML at byte {}", file.display(), failed.span().map_or(0, |span| span.start))),
            Ok(table) => flatten("", table, &mut flat),
        },
    }
    flat
}

fn flatten(prefix: &str, table: toml::Table, flat: &mut BTreeMap<String, String>) {
    for (key, value) in table {
        let name = if prefix.is_empty() { key } else { format!("{prefix}.{key}") };
        if let toml::Value::Table(inner) = value {
            flatten(&name, inner, flat);
        } else {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            flat.insert(name, text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_is_exported_when_an_endpoint_is_named_and_nothing_switches_it_off() {
        let look = |set: &[(&str, &str)]| {
            let set: BTreeMap<String, String> = set.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            Signals::look(|name| set.get(name).cloned())
        };
        let all = Signals { traces: true, metrics: true, logs: true };
        let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4317");
        assert_eq!(look(&[]), Signals::default());
        assert_eq!(look(&[endpoint]), all);
        assert_eq!(look(&[endpoint, ("OTEL_LOGS_EXPORTER", "none"), ("OTEL_METRICS_EXPORTER", "otlp")]), Signals { logs: false, ..all });
        assert_eq!(look(&[("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://127.0.0.1:1")]), Signals { traces: true, ..Signals::default() });
        assert_eq!(look(&[endpoint, ("OTEL_SDK_DISABLED", "true")]), Signals::default());
    }

    fn found() -> Found {
        let values =
            SETTINGS.iter().chain([&FILTER]).filter_map(|s| s.default.map(|d| (s.name, (d.to_owned(), "default".to_owned())))).collect();
        Found { values, otlp: Signals::default(), faults: vec![] }
    }

    #[test]
    fn serving_without_keys_is_refused_and_every_fault_is_told() {
        let faults = found().with("server.listen", "nowhere").with("server.in_flight", "many").check().unwrap_err().to_string();
        for name in ["seal.keys_file", "auth.key_set_file", "server.listen", "server.in_flight"] {
            assert!(faults.contains(name), "{name} is missing in: {faults}");
        }
    }

    #[test]
    fn secrets_are_not_described() {
        let text = found().with("seal.keys", "s3cr3t").with("database.url", "postgres://u:s3cr3t@h/d").describe();
        assert!(!text.contains("s3cr3t"), "{text}");
    }

    #[test]
    fn sqlite_migrates_by_itself_and_postgresql_does_not() {
        let check = |url: &str| found().with("seal.keys", "k").with("auth.key_set_file", "f").with("database.url", url).check().unwrap();
        assert!(check("sqlite://x").database.migrate);
        assert!(!check("postgres://x/y").database.migrate);
    }
}
