//! The commands of `relocreg`, one noun per file.

mod asking;
mod backup;
mod certificate;
mod demo;
mod dues;
mod figures;
mod health;
mod import;
mod keys;
mod matching;
mod permit;
mod queue;
mod retrying;
mod sending;
mod serve;
mod stay;
mod supervisor;
mod template;
mod top;
mod vacancies;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Parser, Subcommand};
use tonic::metadata::AsciiMetadataValue;

use crate::config::Found;

/// The relocation registry.
#[derive(Debug, Parser)]
#[command(name = "relocreg", version, about = "Registers relocants, their stays, permits and matches with employers who offer a home")]
struct Arguments {
    /// A configuration file in TOML; the environment (`RELOCREG_…`) goes before it.
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves gRPC until told to stop.
    Serve {
        /// Brings the schema up to date first, also on PostgreSQL.
        #[arg(long)]
        migrate: bool,
    },
    /// Plays the registry's story on a fresh SQLite file, then stays up with a trickle of traffic.
    Demo {
        /// Ends after the story.
        #[arg(long)]
        once: bool,
    },
    /// Brings the schema up to date.
    Migrate,
    /// Copies an embedded database while it is served from.
    Backup(backup::Backup),
    /// Puts a copy where there is no database.
    Restore(backup::Restore),
    /// Prints every setting with its source; secrets are masked.
    Config,
    /// Asks a running server whether it serves.
    Health {
        /// The server's address.
        #[arg(default_value = "http://127.0.0.1:50051")]
        address: String,
    },
    /// Shows what a running server does, as its console tells it.
    Top(top::Top),
    /// Says how long one may stay; needs no server.
    #[command(subcommand)]
    Stay(stay::Question),
    /// Lists what is due, from a running server.
    Dues(dues::Dues),
    /// Says who fits a vacancy and plans matching rounds, from a running server.
    #[command(subcommand)]
    Match(matching::Question),
    /// Prints figures that reveal nobody, from a running server.
    #[command(subcommand)]
    Figures(figures::Question),
    /// Registers the people of a sheet, on a running server.
    Import(import::Import),
    /// Imports an employer's vacancies, or makes an empty sheet for them.
    #[command(subcommand)]
    Vacancies(vacancies::Vacancies),
    /// Registers people where there is no network, and sends them when there is one.
    #[command(subcommand)]
    Queue(queue::Queue),
    /// Makes an empty sheet for `import`; needs no server.
    #[command(subcommand)]
    Template(template::Template),
    /// Says which permits there are; needs no server.
    #[command(subcommand)]
    Permit(permit::Question),
    /// Checks a certificate of registration; needs no server.
    #[command(subcommand)]
    Certificate(certificate::Certificate),
    /// Makes keys and tokens.
    #[command(subcommand)]
    Keys(keys::Keys),
}

/// Runs the command of the arguments.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        return failed("the cryptography could not be set up");
    }
    crate::auth::jwt::install_crypto();
    let found = Found::look(arguments.config.as_ref());
    // Two workers serve two cores; more only wake each other.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error.to_string()),
    };
    let outcome = runtime.block_on(async {
        let done = match arguments.command {
            Command::Serve { migrate } => serve::serve(if migrate { found.with("database.migrate", "true") } else { found }).await,

            Command::Demo { once } => Box::pin(demo::demo(once)).await,
            Command::Migrate => serve::migrate(found).await,
            Command::Backup(asked) => backup::back_up(asked, found).await,
            Command::Restore(asked) => backup::restore(asked, found).await,
            Command::Config => {
                say(&found.describe());
                found.check().map(drop).map_err(|faults| format!("these settings must be mended before `serve`:\n{faults}"))
            }
            Command::Health { address } => health::health(address).await,
            Command::Top(asked) => top::run(asked).await,
            Command::Stay(question) => stay::run(question, found.law_file().as_deref()),
            Command::Dues(asked) => dues::run(asked, found.client_token()).await,
            Command::Match(asked) => matching::run(asked, found.client_token()).await,
            Command::Figures(asked) => figures::run(asked, found.client_token()).await,
            // Its exit code says how far it came.
            Command::Import(asked) => return Box::pin(import::run(asked, found.client_token())).await,
            Command::Vacancies(asked) => return Box::pin(vacancies::run(asked, found.client_token())).await,
            Command::Queue(asked) => return Box::pin(queue::run(asked, found.queue(), found.client_token())).await,
            Command::Template(asked) => template::run(asked),
            Command::Permit(question) => permit::run(question, found.law_file().as_deref()),
            Command::Certificate(asked) => certificate::run(asked),
            Command::Keys(command) => keys::run(command),
        };
        done.map(|()| ExitCode::SUCCESS)
    });
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    match outcome {
        Ok(code) => code,
        Err(error) => failed(&error),
    }
}

/// The token of a client command, from its file or from the setting `client.token`, as a header.
fn bearer(token_file: Option<&Path>, token: Option<String>) -> Result<AsciiMetadataValue, String> {
    let token = match token_file {
        Some(file) => std::fs::read_to_string(file).map_err(|failed| format!("{}: {failed}", file.display()))?,
        None => token.ok_or("a token is needed: --token-file, or RELOCREG_CLIENT_TOKEN")?,
    };
    format!("Bearer {}", token.trim()).parse().map_err(|_| "the token cannot be sent".to_owned())
}

#[expect(clippy::print_stdout, reason = "what a command answers goes to standard output")]
fn say(text: &str) {
    println!("{text}");
}

#[expect(clippy::print_stderr, reason = "what is no answer goes to standard error")]
fn note(text: &str) {
    eprintln!("{text}");
}

/// Writes a file, unless there is one of that name.
fn save_new(file: &Path, bytes: &[u8]) -> Result<(), String> {
    let written = std::fs::File::create_new(file).and_then(|mut file| std::io::Write::write_all(&mut file, bytes));
    written.map_err(|failed| format!("{}: {failed}", file.display()))
}

#[expect(clippy::print_stderr, reason = "why a command failed goes to standard error")]
fn failed(why: &str) -> ExitCode {
    eprintln!("relocreg: {why}");
    ExitCode::FAILURE
}
