//! `relocreg health`: the standard health service, asked once; for containers and people.

use std::time::Duration;

use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};

use super::say;

/// Ends well when the server serves.
pub async fn health(address: String) -> Result<(), String> {
    let endpoint = tonic::transport::Endpoint::from_shared(address.clone()).map_err(|_| format!("{address} is not an address"))?;
    let ask = async {
        let channel = endpoint.connect().await.map_err(|_| format!("{address} cannot be reached"))?;
        let answer = HealthClient::new(channel).check(HealthCheckRequest { service: String::new() }).await;
        answer.map(|answer| answer.into_inner().status()).map_err(|status| format!("{address} answered {}", status.code()))
    };
    match tokio::time::timeout(Duration::from_secs(3), ask).await {
        Err(_) => Err(format!("{address} did not answer in 3 s")),
        Ok(Err(failed)) => Err(failed),
        Ok(Ok(ServingStatus::Serving)) => {
            say("SERVING");
            Ok(())
        }
        Ok(Ok(ServingStatus::NotServing | ServingStatus::Unknown | ServingStatus::ServiceUnknown)) => {
            Err(format!("{address} is not serving"))
        }
    }
}
