//! `relocreg keys`: sealing keys, and for a desk without an identity provider the signing key and tokens.

use std::{io::Write as _, os::unix::fs::OpenOptionsExt as _, path::PathBuf};

use clap::Subcommand;

use super::{note, queue::PrivateKey, say};
use crate::{
    auth::jwt::{Claims, Signer},
    seal::KeyFile,
    time::Clock,
};

/// What can be made.
#[derive(Debug, Subcommand)]
pub enum Keys {
    /// Makes a file of sealing keys. Whoever loses it loses every name in the registry.
    Seal {
        /// Where to write it; it must not be there yet.
        file: PathBuf,
    },
    /// Makes a key pair for people who are registered without a network, and prints the public key for the setting `queue.recipient`. Whoever loses the private key
    /// loses those who were not pushed yet.
    Queue {
        /// Where to write the private key; it must not be there yet.
        file: PathBuf,
    },
    /// Makes a key pair that signs tokens, and the key set that verifies them.
    Token {
        /// Where to write the private key; it must not be there yet.
        signing_key: PathBuf,
        /// Where to write the key set, for `auth.key_set_file`.
        key_set: PathBuf,
    },
    /// Prints a token, good for as many minutes as asked.
    Sign {
        /// The private key.
        signing_key: PathBuf,
        /// The caller's opaque id.
        subject: String,
        /// registrar, `permit_officer`, employer, matcher, auditor, ops, integration, person or kiosk.
        role: String,
        /// A registrar's or kiosk's registration centre.
        #[arg(long)]
        center: Option<String>,
        /// A permit officer's or matcher's region, or * for all.
        #[arg(long)]
        region: Option<String>,
        /// An employer's or integration's employer id.
        #[arg(long)]
        organisation: Option<String>,
        /// A person's own id.
        #[arg(long)]
        relocant: Option<String>,
        /// Minutes until it ends.
        #[arg(long, default_value_t = 15)]
        minutes: u32,
        /// The issuer that the server expects.
        #[arg(long, default_value = "relocreg")]
        issuer: String,
        /// The audience that the server expects.
        #[arg(long, default_value = "relocation.registry")]
        audience: String,
    },
}

/// Makes it.
pub fn run(command: Keys) -> Result<(), String> {
    match command {
        Keys::Seal { file } => {
            let keys = KeyFile::generate().and_then(|keys| keys.to_text()).map_err(|failed| failed.to_string())?;
            write_secret(&file, keys.as_bytes())?;
            say(&format!("sealing keys written to {}", file.display()));
        }
        Keys::Queue { file } => {
            let (key, recipient) = PrivateKey::generate();
            write_secret(&file, key.text().as_bytes())?;
            note(&format!(
                "private key written to {}; only `relocreg queue push` needs it. The public key, for queue.recipient:",
                file.display()
            ));
            say(&recipient.to_string());
        }
        Keys::Token { signing_key, key_set } => {
            let document = Signer::generate().map_err(|failed| failed.to_string())?;
            let signer = Signer::from_pkcs8(&document).map_err(|failed| failed.to_string())?;
            write_secret(&signing_key, &document)?;
            std::fs::write(&key_set, signer.key_set()).map_err(|error| format!("{}: {error}", key_set.display()))?;
            say(&format!("signing key written to {}, key set to {}", signing_key.display(), key_set.display()));
        }
        Keys::Sign { signing_key, subject, role, center, region, organisation, relocant, minutes, issuer, audience } => {
            let document = std::fs::read(&signing_key).map_err(|error| format!("{}: {error}", signing_key.display()))?;
            let signer = Signer::from_pkcs8(&document).map_err(|_| format!("{} is not a signing key", signing_key.display()))?;
            role.parse::<crate::auth::Role>().map_err(|_| format!("{role} is not a role"))?;
            let exp = u64::try_from(Clock::default().now().timestamp()).unwrap_or(0) + u64::from(minutes) * 60;
            let claims = Claims { iss: issuer, aud: audience, exp, sub: subject, role, center, region, organisation, relocant };
            say(&signer.sign(&claims).map_err(|failed| failed.to_string())?);
        }
    }
    Ok(())
}

/// Readable by its owner alone, and never over something that is there.
fn write_secret(file: &PathBuf, bytes: &[u8]) -> Result<(), String> {
    let opened = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
    opened.and_then(|mut opened| opened.write_all(bytes)).map_err(|error| format!("{}: {error}", file.display()))
}
