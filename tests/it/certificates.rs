//! What a person carries away: issued, checked without the registry, revoked.

use relocation_registry::{
    certificates::{Fault, PublicKeys, Revocations, verify},
    proto,
    time::{Clock, civil_day},
};
use ring::signature::Ed25519KeyPair;
use tonic::Code;

use crate::{
    harness::{Client, certificates, fields, reason, samples},
    on_every_database,
};

async fn issue(client: &Client, request: proto::IssueCertificateRequest) -> Result<proto::IssueCertificateResponse, tonic::Status> {
    client.certificates().issue_certificate(request).await.map(tonic::Response::into_inner)
}

fn request(relocant_id: &str) -> proto::IssueCertificateRequest {
    proto::IssueCertificateRequest { request_id: samples::request_id(), validate_only: false, relocant_id: relocant_id.to_owned() }
}

fn keys() -> PublicKeys {
    PublicKeys::of(&Ed25519KeyPair::from_pkcs8(&std::fs::read(certificates().key).unwrap()).unwrap()).unwrap()
}

async fn revocations(client: &Client) -> Revocations {
    let answer = client.certificates().get_revocations(proto::GetRevocationsRequest::default()).await.unwrap().into_inner();
    Revocations::parse(&answer.revocations, &keys()).unwrap()
}

on_every_database! {
    async fn a_certificate_is_the_same_when_it_is_asked_for_again_and_checks_without_the_registry(app: App) {
        let clerk = app.role("registrar").await;
        let person = clerk.register(samples::registration()).await;
        let asked = request(&person.id);
        let (issued, again) = (issue(&clerk, asked.clone()).await.unwrap(), issue(&clerk, asked).await.unwrap());
        assert!(issued == again, "the same request, the same bytes");
        assert!(issued.pdf.starts_with(b"%PDF-"));
        let verified = verify(&issued.statement, &keys(), None, civil_day(Clock::default().now())).unwrap();
        assert_eq!((verified.statement.center.as_str(), verified.not_revoked_as_of), ("ala-01", None));
        assert!(issued.certificate.unwrap().number.replace('-', "") == verified.statement.number);
        assert_eq!(app.count("certificate").await, 1);
        let tried = issue(&clerk, proto::IssueCertificateRequest { validate_only: true, ..request(&person.id) }).await.unwrap();
        assert!(tried.pdf.is_empty() && tried.statement.is_empty());
        assert_eq!(app.count("certificate").await, 1);
    }

    async fn a_revoked_certificate_is_on_the_list_and_revoked_once(app: App) {
        let clerk = app.role("registrar").await;
        let person = clerk.register(samples::registration()).await.id;
        let (kept, lost) = (issue(&clerk, request(&person)).await.unwrap(), issue(&clerk, request(&person)).await.unwrap());
        assert!(revocations(&clerk).await.is_empty());
        let revoke = || proto::RevokeCertificateRequest { request_id: samples::request_id(), id: lost.certificate.as_ref().unwrap().id.clone(), ..Default::default() };
        assert!(clerk.certificates().revoke_certificate(revoke()).await.unwrap().into_inner().certificate.unwrap().revoke_time.is_some());
        let again = clerk.certificates().revoke_certificate(revoke()).await.unwrap_err();
        assert_eq!((again.code(), reason(&again).as_str()), (Code::FailedPrecondition, "CERTIFICATE_REVOKED"));
        let (revoked, today) = (revocations(&clerk).await, civil_day(Clock::default().now()));
        assert_eq!(revoked.len(), 1);
        assert_eq!(verify(&lost.statement, &keys(), Some(&revoked), today).unwrap_err(), Fault::Revoked);
        assert_eq!(verify(&kept.statement, &keys(), Some(&revoked), today).unwrap().not_revoked_as_of, Some(today));
        let listed = proto::ListCertificatesRequest { relocant_id: person };
        assert_eq!(clerk.certificates().list_certificates(listed).await.unwrap().into_inner().certificates.len(), 2);
    }

    async fn nobody_elses_certificate_is_issued_seen_or_revoked(app: App) {
        let clerk = app.role("registrar").await;
        let person = clerk.register(samples::registration()).await.id;
        let issued = issue(&clerk, request(&person)).await.unwrap().certificate.unwrap();
        let mut claims = app.claims("registrar");
        claims.center = Some("ast-02".to_owned());
        let elsewhere = app.client(&claims).await;
        let revoke = proto::RevokeCertificateRequest { request_id: samples::request_id(), id: issued.id, ..Default::default() };
        assert_eq!(issue(&elsewhere, request(&person)).await.unwrap_err().code(), Code::NotFound);
        assert_eq!(elsewhere.certificates().revoke_certificate(revoke).await.unwrap_err().code(), Code::NotFound);
        let list = proto::ListCertificatesRequest { relocant_id: person };
        assert_eq!(elsewhere.certificates().list_certificates(list).await.unwrap_err().code(), Code::NotFound);
    }

    async fn a_name_that_cannot_be_printed_is_named_and_nothing_is_issued(app: App) {
        let clerk = app.role("registrar").await;
        let typed = proto::TypedIdentity { family_name: "محمد".to_owned(), ..samples::typed() };
        let person = clerk.register(samples::registration_with(typed)).await.id;
        let refused = issue(&clerk, request(&person)).await.unwrap_err();
        assert_eq!((refused.code(), fields(&refused)), (Code::InvalidArgument, vec!["family_name".to_owned()]));
        assert_eq!(app.count("certificate").await, 0);
        let latin = Some(proto::Names { family_name: "Mohammed".to_owned(), ..Default::default() });
        let amend = proto::AmendRelocantRequest { request_id: samples::request_id(), id: person.clone(), latin, ..Default::default() };
        clerk.relocants().amend_relocant(amend).await.unwrap();
        issue(&clerk, request(&person)).await.unwrap();
    }

    async fn without_a_key_none_is_issued_and_that_is_said(app: App) {
        let settings = relocation_registry::config::Config { certificates: None, ..crate::harness::config(&app.url) };
        let (keys, signer) = app.keys();
        let without = crate::harness::App::start_with(settings, keys, signer).await.unwrap();
        let clerk = without.role("registrar").await;
        let person = clerk.register(samples::registration()).await.id;
        assert_eq!(reason(&issue(&clerk, request(&person)).await.unwrap_err()), "NO_CERTIFICATE_KEY");
        let list = clerk.certificates().get_revocations(proto::GetRevocationsRequest::default()).await.unwrap_err();
        assert_eq!(reason(&list), "NO_CERTIFICATE_KEY");
        without.handle().stop().await;
    }
}
