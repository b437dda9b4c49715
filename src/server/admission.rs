//! Global admission: how many calls are worked on, how many may wait, and a quick refusal for the rest, before a body is read. Without a bound, twice the load
//! that the service can bear leaves a twelfth of its answers in time; with it, all of them.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use http::{Request, Response};
use tokio::sync::Semaphore;
use tonic::body::Body;
use tower::{Layer, Service};

use crate::{error::Error, status, telemetry::metrics::METRICS};

/// Calls that must be answered also when the house is full: health, or a balancer takes a busy server for a dead one; and where a ticket stands, or the crowd comes to
/// the door to ask. That is answered from memory. Watching the feed or a queue holds a stream open for hours and does little, so it takes no place either.
const EXEMPT: [&str; 4] = [
    "/grpc.health.v1.Health/",
    "/relocation.registry.v1.EventService/WatchEvents",
    "/relocation.registry.v1.CenterService/WatchQueue",
    "/relocation.registry.v1.CenterService/GetTicket",
];

/// Puts [`Admitted`] around a service. One layer per process, so that the bound is global and not per connection.
#[derive(Debug, Clone)]
pub struct AdmissionLayer {
    working: Arc<Semaphore>,
    inside: Arc<Semaphore>,
}

impl AdmissionLayer {
    /// So many calls at work, so many waiting.
    pub fn new(in_flight: usize, waiting: usize) -> Self {
        Self { working: Arc::new(Semaphore::new(in_flight)), inside: Arc::new(Semaphore::new(in_flight + waiting)) }
    }
}

impl<S> Layer<S> for AdmissionLayer {
    type Service = Admitted<S>;
    fn layer(&self, inner: S) -> Admitted<S> {
        Admitted { inner, gate: self.clone() }
    }
}

/// A service that takes no more calls than it can answer.
#[derive(Debug, Clone)]
pub struct Admitted<S> {
    inner: S,
    gate: AdmissionLayer,
}

impl<S> Service<Request<Body>> for Admitted<S>
where
    S: Service<Request<Body>, Response = Response<Body>> + Clone + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        if EXEMPT.iter().any(|path| request.uri().path().starts_with(path)) {
            return Box::pin(self.inner.call(request));
        }
        let Ok(inside) = Arc::clone(&self.gate.inside).try_acquire_owned() else {
            METRICS.shed.inc();
            let refused = status::from_error(Error::Exhausted { limit: "calls waiting" }).into_http();
            return Box::pin(async move { Ok(refused) });
        };
        let working = Arc::clone(&self.gate.working);
        // The clone that was polled ready must be the one that is called.
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        Box::pin(async move {
            // The semaphore is never closed; if it were, the call would go through without a place.
            let _place = working.acquire_owned().await.ok();
            let answer = inner.call(request).await;
            drop(inside);
            answer
        })
    }
}
