//! Who gets in, and who may do what.

use std::fmt::Write as _;

use relocation_registry::{
    auth::{Permission, Role},
    proto,
};
use strum::IntoEnumIterator as _;
use tonic::Code;

use crate::{
    harness::{reason, samples},
    on_every_database,
};

/// The whole policy as text. A change of this file is a decision about people's safety; accept it by writing it.
#[test]
fn the_policy_is_the_golden_one() {
    let mut policy = String::new();
    for permission in Permission::iter() {
        let roles: Vec<&str> = Role::iter().filter(|role| role.permissions().contains(&permission)).map(Role::name).collect();
        writeln!(policy, "{permission}: {}", roles.join(" ")).unwrap();
    }
    crate::harness::assert_golden("permissions.txt", &policy);
}

#[test]
fn every_rpc_has_a_permission_and_every_permission_an_rpc() {
    use prost::Message as _;
    let set = prost_types::FileDescriptorSet::decode(proto::FILE_DESCRIPTOR_SET).unwrap();
    let mut rpcs: Vec<String> =
        set.file.iter().flat_map(|file| &file.service).flat_map(|service| &service.method).map(|method| method.name().to_owned()).collect();
    let mut permissions: Vec<String> = Permission::iter().map(|permission| permission.to_string()).collect();
    rpcs.sort();
    permissions.sort();
    assert_eq!(rpcs, permissions);
}

on_every_database! {
    async fn who_may_not_is_told_so_and_the_attempt_is_journaled(app: App) {
        let employer = app.role("employer").await;
        let denied = employer.relocants().register_relocant(samples::registration()).await.unwrap_err();
        assert_eq!((denied.code(), reason(&denied).as_str()), (Code::PermissionDenied, "PERMISSION_DENIED"));
        app.sequenced().await;
        let entries = app.role("auditor").await.entries().await;
        let entry = entries.iter().find(|entry| entry.decision() == proto::Decision::Denied).unwrap();
        assert_eq!((entry.operation.as_str(), entry.subject.as_str()), ("RegisterRelocant", "employer-1"));
        assert_eq!(app.count("relocant").await, 0);
    }

    async fn a_token_that_is_wrong_in_any_way_does_not_get_in(app: App) {
        let good = app.claims("registrar");
        let ask = proto::ListRelocantsRequest::default();
        assert!(app.client(&good).await.relocants().list_relocants(ask.clone()).await.is_ok());

        let mut wrong = Vec::new();
        let mut claims = app.claims("registrar");
        claims.exp = 1;
        wrong.push(("expired", app.token(&claims)));
        let mut claims = app.claims("registrar");
        "other".clone_into(&mut claims.aud);
        wrong.push(("audience", app.token(&claims)));
        let mut claims = app.claims("registrar");
        "other".clone_into(&mut claims.iss);
        wrong.push(("issuer", app.token(&claims)));
        let mut claims = app.claims("registrar");
        claims.center = None;
        wrong.push(("no center", app.token(&claims)));
        let mut claims = app.claims("registrar");
        "king".clone_into(&mut claims.role);
        wrong.push(("no role", app.token(&claims)));
        let token = app.token(&good);
        let at = token.len() - 20;
        let other = if &token[at..=at] == "A" { "B" } else { "A" };
        wrong.push(("tampered", format!("{}{other}{}", &token[..at], &token[at + 1..])));
        wrong.push(("cut", token[..token.len() - 10].to_owned()));
        let parts: Vec<&str> = token.split('.').collect();
        // {"alg":"none"} and {"alg":"HS256"}
        wrong.push(("none", format!("eyJhbGciOiJub25lIn0.{}.", parts[1])));
        wrong.push(("hmac", format!("eyJhbGciOiJIUzI1NiJ9.{}.{}", parts[1], parts[2])));
        wrong.push(("empty", String::new()));
        for (what, token) in wrong {
            let refused = app.client_with_token(&token).await.relocants().list_relocants(ask.clone()).await.unwrap_err();
            assert_eq!((refused.code(), reason(&refused).as_str()), (Code::Unauthenticated, "UNAUTHENTICATED"), "{what}");
        }
    }

    async fn every_role_is_held_to_its_permissions_at_the_gate(app: App) {
        for role in Role::iter() {
            let client = app.role(role.name()).await;
            let may = role.permissions();
            let denied = |outcome: Result<(), tonic::Status>| outcome.is_err_and(|status| status.code() == Code::PermissionDenied);
            let registering = client.relocants().register_relocant(samples::registration()).await.map(drop);
            assert_eq!(denied(registering), !may.contains(&Permission::RegisterRelocant), "{role} registering");
            let listing = client.relocants().list_relocants(proto::ListRelocantsRequest::default()).await.map(drop);
            assert_eq!(denied(listing), !may.contains(&Permission::ListRelocants), "{role} listing");
            let auditing = client.audit().list_entries(proto::ListEntriesRequest::default()).await.map(drop);
            assert_eq!(denied(auditing), !may.contains(&Permission::ListEntries), "{role} auditing");
            let watching = client.events().list_events(proto::ListEventsRequest::default()).await.map(drop);
            assert_eq!(denied(watching), !may.contains(&Permission::ListEvents), "{role} listing events");
        }
    }
}
