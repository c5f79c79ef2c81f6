//! What every connector must do, whatever its platform: a list of named checks.
//!
//! They run against anything that behaves like a loaded plugin ([`Subject`]): a plugin file in a host, or a connector
//! linked into its own tests.

use std::{future::Future, pin::Pin};

use serde_json::{Value, json};

use super::ScriptedHost;
use crate::{
    ConnectorError, ErrorCode,
    connector::{Connector, Host, PortReply},
    domain::Timestamp,
    wire::{
        Op,
        credentials::{OpenConnection, Secret},
        envelope::Envelope,
        manifest::Manifest,
        profile,
        validate::{CheckStatus, ValidateResponse},
        webhook::{VerifyWebhookResponse, WebhookVerdict},
    },
};

/// A secret planted into every credential; it must never come back.
pub const CONFORMANCE_SECRET: &str = "c0nf0rmance-secret-Zq8vX2";

/// A call in the making.
pub type SubjectCall = Pin<Box<dyn Future<Output = PortReply> + Send>>;

/// A plugin under test.
pub trait Subject: Sync {
    /// Its manifest.
    fn manifest(&self) -> Result<Manifest, ConnectorError>;

    /// Opens a connection and runs one operation on it.
    fn call(&self, host: Host, connection: OpenConnection, op: &str, meta: Vec<u8>, body: Vec<u8>) -> SubjectCall;
}

/// How one check of the list went.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    /// Name of the check.
    pub check: &'static str,
    /// What is wrong; absent when it passed.
    pub problem: Option<String>,
}

/// Runs the whole list. It takes no network and no time: the scripted host answers.
///
/// A connector that is linked into its own tests is named by its type; a plugin file needs a [`Subject`] that loads it.
///
/// ```
/// use std::marker::PhantomData;
///
/// use connector_api::testing::{block_on, run_conformance};
/// # use connector_api::testing::examples::*;
/// # connector_api::example_connector! {
/// #     async fn validate(&self, _: &Call, _: ValidateRequest) -> Answer<ValidateResponse> {
/// #         Ok(ValidateResponse { ok: true, ..ValidateResponse::default() })
/// #     }
/// # }
///
/// let findings = block_on(run_conformance(&PhantomData::<fn() -> Shop>));
///
/// // This one answers `validate`, which its manifest does not declare.
/// let failed: Vec<_> = findings.iter().filter(|finding| finding.problem.is_some()).collect();
/// assert_eq!(failed.len(), 1);
/// assert_eq!(failed[0].check, "undeclared_operations_are_refused");
/// ```
pub async fn run_conformance(subject: &dyn Subject) -> Vec<Finding> {
    let manifest = match subject.manifest() {
        Ok(manifest) => manifest,
        Err(error) => return vec![Finding { check: "manifest_is_readable", problem: Some(error.to_string()) }],
    };
    let list = Conformance { subject, manifest };
    let mut findings = vec![Finding { check: "manifest_is_readable", problem: None }];
    let mut note = |check, problem: Result<(), String>| findings.push(Finding { check, problem: problem.err() });
    note("identity_is_well_formed", list.identity_is_well_formed());
    note("forms_follow_the_profile", list.forms_follow_the_profile());
    note("streams_have_an_order", list.streams_have_an_order());
    note("an_unknown_operation_is_refused", list.an_unknown_operation_is_refused().await);
    note("undeclared_operations_are_refused", list.undeclared_operations_are_refused().await);
    note("an_unreadable_request_is_refused", list.an_unreadable_request_is_refused().await);
    note("unknown_fields_are_ignored", list.unknown_fields_are_ignored().await);
    note("missing_credentials_are_named", list.missing_credentials_are_named().await);
    note("a_dead_network_fails_visibly", list.a_dead_network_fails_visibly().await);
    note("ok_is_what_the_checks_say", list.ok_is_what_the_checks_say().await);
    note("a_foreign_checkpoint_is_refused", list.a_foreign_checkpoint_is_refused().await);
    note("hostile_answers_are_survived", list.hostile_answers_are_survived().await);
    note("a_webhook_without_proof_is_not_authentic", list.a_webhook_without_proof_is_not_authentic().await);
    note("secrets_do_not_come_back", list.secrets_do_not_come_back().await);
    findings
}

struct Conformance<'a> {
    subject: &'a dyn Subject,
    manifest: Manifest,
}

impl Conformance<'_> {
    fn identity_is_well_formed(&self) -> Result<(), String> {
        profile::check_identity(&self.manifest).map_or(Ok(()), Err)
    }

    fn forms_follow_the_profile(&self) -> Result<(), String> {
        profile::check_forms(&self.manifest).map_or(Ok(()), Err)
    }

    fn streams_have_an_order(&self) -> Result<(), String> {
        profile::check_streams(&self.manifest).map_or(Ok(()), Err)
    }

    async fn an_unknown_operation_is_refused(&self) -> Result<(), String> {
        self.expect_code("levitate", json!({}), ErrorCode::UnsupportedOperation).await
    }

    async fn undeclared_operations_are_refused(&self) -> Result<(), String> {
        for name in Op::KNOWN.iter().filter(|name| !self.manifest.operations.contains(&Op::from(**name))) {
            self.expect_code(name, sample_request(&Op::from(*name)), ErrorCode::UnsupportedOperation).await?;
        }
        Ok(())
    }

    async fn an_unreadable_request_is_refused(&self) -> Result<(), String> {
        for op in &self.manifest.operations {
            let reply = self
                .subject
                .call(ScriptedHost::offline().host(), self.planted(), op.as_str(), b"{\"op\":".to_vec(), vec![])
                .await;
            match reply {
                Err(error) if error.code == ErrorCode::InvalidRequest => {}
                other => {
                    return Err(format!("`{op}` answered half a request with {}", shown(&other.map(|(meta, _)| meta))));
                }
            }
        }
        Ok(())
    }

    async fn unknown_fields_are_ignored(&self) -> Result<(), String> {
        for op in &self.manifest.operations {
            let mut request = sample_request(op);
            request["a_field_of_the_future"] = json!({ "deep": [1, 2, 3] });
            if let Err(error) = self.call(&ScriptedHost::offline(), self.planted(), op.as_str(), request).await
                && error.code == ErrorCode::InvalidRequest
            {
                return Err(format!("`{op}` refuses a field it does not know: {}", error.message));
            }
        }
        Ok(())
    }

    async fn missing_credentials_are_named(&self) -> Result<(), String> {
        let Some(field) = profile::required_fields(&self.manifest.credential_schema).into_iter().next() else {
            return Ok(());
        };
        let host = ScriptedHost::offline();
        let answer = self.validate(&host, OpenConnection::default()).await?;
        if !host.requests().is_empty() {
            return Err("it sent a request without credentials".to_owned());
        }
        let pointer = format!("/{field}");
        let named = answer
            .checks
            .iter()
            .any(|check| check.status == CheckStatus::Fail && check.pointer.as_deref() == Some(pointer.as_str()));
        if answer.ok || !named {
            return Err(format!("no failed check points at `{pointer}` when no credentials are given"));
        }
        Ok(())
    }

    async fn a_dead_network_fails_visibly(&self) -> Result<(), String> {
        let host = ScriptedHost::offline();
        let answer = self.validate(&host, self.planted()).await?;
        if host.requests().is_empty() {
            return Ok(()); // this connector needs no network to validate
        }
        let failed = answer.checks.iter().find(|check| check.status == CheckStatus::Fail);
        match failed {
            _ if answer.ok => Err("validation is ok although no address answers".to_owned()),
            None => Err("validation is not ok, but no check says why".to_owned()),
            Some(check) if check.fix.is_none() => Err(format!("check `{}` fails without saying what to do", check.id)),
            Some(_) => Ok(()),
        }
    }

    async fn ok_is_what_the_checks_say(&self) -> Result<(), String> {
        let hosts =
            [200, 401, 403, 404, 500].map(|status| ScriptedHost::new(move |_, _| Ok(ScriptedHost::text(status, "{}"))));
        for host in hosts.into_iter().chain([ScriptedHost::offline()]) {
            for connection in [self.planted(), OpenConnection::default()] {
                let answer = self.validate(&host, connection).await?;
                if answer.ok == answer.checks.iter().any(|check| check.status == CheckStatus::Fail) {
                    return Err(format!("`ok` is {}, which contradicts the checks", answer.ok));
                }
            }
        }
        Ok(())
    }

    async fn a_foreign_checkpoint_is_refused(&self) -> Result<(), String> {
        for declared in &self.manifest.streams {
            let request = json!({ "stream": declared.stream, "limit": 10, "checkpoint": { "not": ["yours"] } });
            match self.call(&ScriptedHost::offline(), self.planted(), "pull", request).await {
                Err(_) => {}
                Ok(_) => return Err(format!("`{}` accepts a checkpoint it never made", declared.stream)),
            }
        }
        Ok(())
    }

    async fn hostile_answers_are_survived(&self) -> Result<(), String> {
        let bodies: [&'static [u8]; 6] =
            [b"", b"null", b"{\"data\":", b"[[[[[[", b"<html>sorry</html>", b"\xff\xfe\x00"];
        for body in bodies {
            for status in [200, 204, 302, 400, 404, 500] {
                let host = ScriptedHost::new(move |_, _| {
                    let mut answer = ScriptedHost::text(status, "");
                    answer.body = body.to_vec();
                    Ok(answer)
                });
                if let Some(first) = self.manifest.streams.first() {
                    let request = json!({ "stream": first.stream, "limit": 10 });
                    no_panic(self.call(&host, self.planted(), "pull", request).await)?;
                }
                no_panic(self.call(&host, self.planted(), "validate", json!({})).await)?;
            }
        }
        Ok(())
    }

    async fn a_webhook_without_proof_is_not_authentic(&self) -> Result<(), String> {
        if !self.manifest.operations.contains(&Op::VerifyWebhook) {
            return Ok(());
        }
        let request = sample_request(&Op::VerifyWebhook);
        let Ok(meta) = self.call(&ScriptedHost::offline(), self.planted(), "verify_webhook", request).await else {
            return Ok(());
        };
        let answer: VerifyWebhookResponse = read(&meta)?;
        if answer.verdict == WebhookVerdict::Authentic {
            return Err("it accepts an unsigned webhook as authentic".to_owned());
        }
        Ok(())
    }

    async fn secrets_do_not_come_back(&self) -> Result<(), String> {
        let host = ScriptedHost::new(|request, body| {
            // A platform that repeats what it was sent, as careless error pages do.
            let headers: String = request.headers.iter().map(|header| header.value.as_str()).collect();
            let text = format!(
                "{{\"errors\":[{{\"message\":\"{headers} {}\"}}]}}",
                String::from_utf8_lossy(body).escape_default()
            );
            Ok(ScriptedHost::text(400, &text))
        });
        let mut shown_text = String::new();
        for op in &self.manifest.operations {
            let mut reply = self.call(&host, self.planted(), op.as_str(), sample_request(op)).await;
            if let (Op::Validate, Ok(meta)) = (op, &mut reply) {
                // Normalised credentials are how validation hands secrets back to be sealed.
                let mut answer: Value = read(meta)?;
                if let Some(answer) = answer.as_object_mut() {
                    answer.remove("normalized_credentials");
                }
                *meta = answer.to_string().into_bytes();
            }
            shown_text += &shown(&reply);
        }
        shown_text += &format!("{:?} {:?} {:?}", host.logs(), host.checks(), host.state().values());
        if shown_text.contains(CONFORMANCE_SECRET) {
            return Err("an answer, an error, a check, a log line or a stored value contains a secret".to_owned());
        }
        Ok(())
    }

    async fn validate(&self, host: &ScriptedHost, connection: OpenConnection) -> Result<ValidateResponse, String> {
        let meta = self
            .call(host, connection, "validate", json!({}))
            .await
            .map_err(|error| format!("validation must return checks, not an error: {error}"))?;
        read(&meta)
    }

    async fn expect_code(&self, op: &str, request: Value, code: ErrorCode) -> Result<(), String> {
        match self.call(&ScriptedHost::offline(), self.planted(), op, request).await {
            Err(error) if error.code == code => Ok(()),
            other => Err(format!("`{op}` should be refused with `{code}`, but answered {}", shown(&other))),
        }
    }

    async fn call(
        &self,
        host: &ScriptedHost,
        connection: OpenConnection,
        op: &str,
        request: Value,
    ) -> Result<Vec<u8>, ConnectorError> {
        let envelope = Envelope {
            op: op.to_owned(),
            trace_id: "conformance".to_owned(),
            deadline_ms: 10_000,
            idempotency_key: Some("conformance".to_owned()),
            request,
        };
        let meta = serde_json::to_vec(&envelope).unwrap_or_default();
        self.subject.call(host.host(), connection, op, meta, vec![]).await.map(|(meta, _)| meta)
    }

    /// A connection whose every credential is filled, secrets with the planted one.
    fn planted(&self) -> OpenConnection {
        let schema = &self.manifest.credential_schema;
        let credentials = profile::fields(schema)
            .map(|(name, field)| {
                let example = field["examples"][0].as_str().unwrap_or("https://store.example").to_owned();
                let value = if profile::is_secret(field) { CONFORMANCE_SECRET.to_owned() } else { example };
                (name.to_owned(), Secret::new(value))
            })
            .collect();
        OpenConnection { connection_id: "conn_conformance".into(), credentials, ..OpenConnection::default() }
    }
}

fn no_panic(reply: Result<Vec<u8>, ConnectorError>) -> Result<(), String> {
    match reply {
        Err(error) if error.code == ErrorCode::PluginPanicked => Err(error.message),
        _ => Ok(()),
    }
}

fn sample_request(op: &Op) -> Value {
    let cart = json!({ "id": "c", "currency": "EUR", "lines": [] });
    match op {
        Op::Pull => json!({ "stream": "stores", "limit": 10 }),
        Op::Fetch => json!({ "refs": [] }),
        Op::Quote => json!({ "cart": cart }),
        Op::SubmitOrder => json!({ "draft": { "idempotency_key": "k", "cart": cart } }),
        Op::FindOrders => {
            json!({ "draft": { "idempotency_key": "k", "cart": cart }, "submitted_at": Timestamp::from_unix_ms(0) })
        }
        Op::HoldOrder => json!({ "order_id": "1", "hold": true }),
        Op::PollEvents => json!({ "limit": 10 }),
        Op::ConfirmEvents => json!({ "receipt": {} }),
        Op::CreateShipment | Op::GetOrder | Op::ConfirmOrder | Op::Refund | Op::Capture => {
            json!({ "order_id": "1", "lines": [] })
        }
        Op::CancelOrder | Op::CreateReturn => json!({ "order_id": "1", "lines": [], "restock": true }),
        Op::VerifyWebhook => json!({ "headers": [], "received_at": Timestamp::from_unix_ms(0) }),
        Op::ParseWebhook => json!({ "headers": [] }),
        _ => json!({}),
    }
}

fn read<T: serde::de::DeserializeOwned>(meta: &[u8]) -> Result<T, String> {
    serde_json::from_slice(meta).map_err(|error| format!("the answer breaks the contract: {error}"))
}

fn shown(reply: &Result<Vec<u8>, ConnectorError>) -> String {
    match reply {
        Ok(meta) => String::from_utf8_lossy(meta).into_owned(),
        Err(error) => format!("{error} {:?}", error.field_errors),
    }
}

/// A connector linked into its own tests, as a [`Subject`].
impl<C: Connector> Subject for std::marker::PhantomData<fn() -> C> {
    fn manifest(&self) -> Result<Manifest, ConnectorError> {
        Ok(crate::export::manifest_of::<C>())
    }

    fn call(&self, host: Host, connection: OpenConnection, _op: &str, meta: Vec<u8>, body: Vec<u8>) -> SubjectCall {
        match C::open(host, connection) {
            Ok(connector) => Box::pin(crate::export::dispatch(std::sync::Arc::new(connector), meta, body)),
            Err(error) => Box::pin(std::future::ready(Err(error))),
        }
    }
}
