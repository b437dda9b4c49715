//! One question to a running server, asked again as the published policy says.

use std::path::PathBuf;

use tonic::{
    Request, Response, Status,
    metadata::AsciiMetadataValue,
    transport::{Channel, Endpoint},
};

use super::{bearer, retrying};

/// Which server, and as whom it is asked.
#[derive(Debug, clap::Args)]
pub struct Server {
    /// The server's address.
    #[arg(long, default_value = "http://127.0.0.1:50051")]
    address: String,
    /// A file with the token; without it, the token is read from the setting `client.token`.
    #[arg(long)]
    token_file: Option<PathBuf>,
}

/// A line to a server.
pub struct Line {
    /// What clients are made of.
    pub channel: Channel,
    bearer: AsciiMetadataValue,
}

impl Line {
    /// Opens one, as whoever has the token.
    pub async fn open(server: &Server, token: Option<String>) -> Result<Self, String> {
        let (bearer, address) = (bearer(server.token_file.as_deref(), token)?, &server.address);
        let endpoint = Endpoint::from_shared(address.clone()).map_err(|_| format!("{address} is not an address"))?;
        let channel = endpoint.timeout(retrying::timeout()).connect().await.map_err(|_| format!("{address} cannot be reached"))?;
        Ok(Self { channel, bearer })
    }

    /// A request as whoever has the token.
    pub fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.metadata_mut().insert("authorization", self.bearer.clone());
        request
    }

    /// Asks, and says in words what was refused.
    pub async fn ask<T>(&self, call: impl AsyncFn() -> Result<Response<T>, Status>) -> Result<T, String> {
        let answer = retrying::call(call).await;
        answer.map(Response::into_inner).map_err(|status| format!("{}: {}", status.code(), status.message()))
    }
}
