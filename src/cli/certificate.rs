//! `relocreg certificate`: checks a certificate without the registry.

use std::path::PathBuf;

use clap::Subcommand;

use super::say;
use crate::{
    certificates::{PublicKeys, Revocations, in_groups, verify},
    time::{Clock, civil_day},
};

/// What can be asked.
#[derive(Debug, Subcommand)]
pub enum Certificate {
    /// Checks the text of a certificate's code; needs no server and no network.
    Verify {
        /// The text of the code.
        statement: String,
        /// The registry's public keys (JWKS), as `relocreg keys token` writes them.
        #[arg(long)]
        keys: PathBuf,
        /// The signed list of revoked certificates.
        #[arg(long)]
        revoked: Option<PathBuf>,
    },
}

/// Answers it. An error is a certificate that is not good.
pub fn run(asked: Certificate) -> Result<(), String> {
    let Certificate::Verify { statement, keys, revoked } = asked;
    let read = |file: &PathBuf| std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()));
    let keys = PublicKeys::parse(&read(&keys)?).map_err(|fault| fault.to_string())?;
    let list = revoked.as_ref().map(|file| Revocations::parse(&read(file)?, &keys).map_err(|fault| format!("{}: {fault}", file.display())));
    let list = list.transpose()?;
    let verified = verify(&statement, &keys, list.as_ref(), civil_day(Clock::default().now())).map_err(|fault| fault.to_string())?;
    let told = &verified.statement;
    let revocation = match verified.not_revoked_as_of {
        Some(day) => format!("not revoked, by the list of {day}"),
        None => "unknown: no list was given (--revoked)".to_owned(),
    };
    say(&format!(
        "Genuine.\n  certificate   {}\n  initials      {}\n  registered    {} at {}\n  good until    {}\n  issued by     {} (key {})\n  revocation    {revocation}",
        in_groups(&told.number),
        told.initials.expose(),
        told.registered_on,
        told.center,
        told.valid_until,
        told.issuer,
        verified.key_id,
    ));
    Ok(())
}
