//! Who may look at the console. On loopback whoever is on the machine; elsewhere who has the token.

use std::net::SocketAddr;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use sha2::{Digest as _, Sha256};

use crate::config::Secret;

/// Who may look.
#[derive(Debug, Clone)]
pub struct Access {
    is_local: bool,
    token: Option<Secret>,
}

impl Access {
    /// For a listener at an address.
    pub fn new(listener: SocketAddr, token: Option<Secret>) -> Self {
        Self { is_local: listener.ip().is_loopback(), token }
    }

    /// Whether a caller shows the token: as a bearer's, or as the password of any name, which is how browsers ask for one.
    pub fn has_token(&self, headers: &HeaderMap) -> bool {
        let Some(token) = &self.token else { return false };
        let Some(shown) = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()) else { return false };
        let shown = match shown.split_once(' ') {
            Some(("Bearer", shown)) => shown.to_owned(),
            Some(("Basic", shown)) => {
                let decoded = BASE64_STANDARD.decode(shown).ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
                decoded.split_once(':').map(|(_, password)| password.to_owned()).unwrap_or_default()
            }
            _ => return false,
        };
        // Hashes are compared, so that the time it takes says nothing about the token.
        Sha256::digest(shown.as_bytes()) == Sha256::digest(token.0.as_bytes())
    }

    /// Why somebody may not look, if so.
    fn refusal(&self, headers: &HeaderMap) -> Option<(StatusCode, &'static str)> {
        if self.is_local {
            // A page of somebody else whose name is made to lead here would have that name.
            let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
            let name = host.rsplit_once(':').map_or(host, |(name, port)| if port.ends_with(']') { host } else { name });
            let is_here = ["localhost", "127.0.0.1", "[::1]"].contains(&name);
            return (!is_here).then_some((StatusCode::MISDIRECTED_REQUEST, "the console answers to localhost\n"));
        }
        if self.has_token(headers) {
            None
        } else if self.token.is_none() {
            Some((StatusCode::FORBIDDEN, "set admin.token_file to look from elsewhere\n"))
        } else {
            Some((StatusCode::UNAUTHORIZED, "this needs the token of admin.token_file\n"))
        }
    }
}

/// Lets through who may look.
pub async fn guard(State(access): State<Access>, request: Request, next: Next) -> Response {
    match access.refusal(request.headers()) {
        None => next.run(request).await,
        Some((StatusCode::UNAUTHORIZED, text)) => {
            (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Basic realm=\"relocreg\", charset=\"UTF-8\"")], text).into_response()
        }
        Some(refusal) => refusal.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(listener: &str, token: Option<&str>, headers: &[(header::HeaderName, &str)]) -> Option<u16> {
        let access = Access::new(listener.parse().unwrap(), token.map(|token| Secret(token.to_owned())));
        let headers = headers.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect();
        access.refusal(&headers).map(|(code, _)| code.as_u16())
    }

    #[test]
    fn on_loopback_only_a_name_of_loopback_is_answered() {
        for (host, refused) in
            [("127.0.0.1:9464", None), ("localhost", None), ("[::1]:9464", None), ("evil.example:9464", Some(421)), ("", Some(421))]
        {
            assert_eq!(refusal("127.0.0.1:9464", None, &[(header::HOST, host)]), refused, "{host}");
        }
    }

    #[test]
    fn elsewhere_only_the_token_opens() {
        let (bearer, basic) = (("Bearer s3cret"), format!("Basic {}", BASE64_STANDARD.encode("anybody:s3cret")));
        let ask = |token, shown: &str| refusal("10.0.0.1:9464", token, &[(header::HOST, "localhost"), (header::AUTHORIZATION, shown)]);
        assert_eq!(refusal("10.0.0.1:9464", None, &[(header::HOST, "localhost")]), Some(403));
        assert_eq!((ask(Some("s3cret"), bearer), ask(Some("s3cret"), &basic)), (None, None));
        for wrong in ["Bearer s3cre", "Bearer ", "Basic s3cret", "s3cret", "Basic !"] {
            assert_eq!(ask(Some("s3cret"), wrong), Some(401), "{wrong}");
        }
        assert_eq!(ask(None, "Bearer "), Some(403), "no token is not an empty one");
    }
}
