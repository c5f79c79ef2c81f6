//! The conformance list, run on a loaded plugin file, and what only a host can see meanwhile: calls that hold their thread, and
//! secrets in any spelling.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use connector_api::{
    ConnectorError, Host,
    connector::{HostPort, Level, PortFuture, PortReply},
    testing::{Finding, Subject, SubjectCall, run_conformance},
    wire::{
        Op,
        credentials::OpenConnection,
        manifest::Manifest,
        service::{HttpRequest, LogRecord, Service},
    },
};
use serde_json::Value;

use super::{HostServices, PluginHandle, quarantine::FaultKind};
use crate::net::Scrubber;

/// How long one call of the list may take.
const DEADLINE: Duration = Duration::from_secs(10);

/// Runs the list on a plugin.
pub async fn verify(plugin: &PluginHandle) -> Vec<Finding> {
    let subject = LoadedSubject { plugin: plugin.clone(), leaks: Arc::default() };
    let mut findings = run_conformance(&subject).await;
    let held = plugin.behaviour().faults.into_iter();
    let mut held = held.filter(|faults| matches!(faults.kind, FaultKind::Late | FaultKind::Stuck));
    findings
        .push(Finding { check: "every_call_can_be_stopped", problem: held.next().map(|faults| faults.last_message) });
    let leaks = subject.leaks.lock().unwrap_or_else(PoisonError::into_inner);
    let places = leaks.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    let problem = (!places.is_empty()).then(|| format!("{places} contains a secret, perhaps encoded"));
    findings.push(Finding { check: "secrets_do_not_come_back_encoded", problem });
    findings
}

type Leaks = Arc<Mutex<BTreeSet<String>>>;

struct LoadedSubject {
    plugin: PluginHandle,
    leaks: Leaks,
}

impl Subject for LoadedSubject {
    fn manifest(&self) -> Result<Manifest, ConnectorError> {
        Ok(self.plugin.manifest().clone())
    }

    fn call(&self, host: Host, connection: OpenConnection, op: &str, meta: Vec<u8>, body: Vec<u8>) -> SubjectCall {
        let (plugin, op) = (self.plugin.clone(), op.to_owned());
        let scrubber = Arc::new(plugin.scrubber(&connection));
        let services = Arc::new(WatchedServices { host, scrubber, leaks: Arc::clone(&self.leaks) });
        Box::pin(async move {
            let connector = plugin.open_unscrubbed(Arc::clone(&services) as Arc<_>, &connection).await?;
            let reply = connector.send(&op, meta, body, DEADLINE).await;
            services.look_through(&op, &reply);
            reply
        })
    }
}

/// A scripted host that looks for secrets in what it is asked and told.
struct WatchedServices {
    host: Host,
    scrubber: Arc<Scrubber>,
    leaks: Leaks,
}

impl WatchedServices {
    fn look(&self, place: &str, text: &str) {
        if *self.scrubber.data(text) != *text {
            self.leaks.lock().unwrap_or_else(PoisonError::into_inner).insert(place.to_owned());
        }
    }

    fn look_through(&self, op: &str, reply: &PortReply) {
        match reply {
            Ok((meta, _)) => {
                let mut answer = serde_json::from_slice::<Value>(meta).unwrap_or_default();
                if let (Op::Validate, Some(answer)) = (Op::from(op), answer.as_object_mut()) {
                    // These exist to be sealed.
                    answer.remove("normalized_credentials");
                }
                self.look(&format!("the answer of `{op}`"), &answer.to_string());
            }
            Err(error) => {
                self.look(&format!("an error of `{op}`"), &serde_json::to_string(error).unwrap_or_default());
            }
        }
    }
}

impl HostServices for WatchedServices {
    fn call(self: Arc<Self>, service: String, meta: Vec<u8>, body: Vec<u8>) -> PortFuture {
        match Service::from(service.as_str()) {
            Service::Http => {
                let request = serde_json::from_slice::<HttpRequest>(&meta);
                self.look(
                    "the `operation` of a request",
                    &request.map(|request| request.operation).unwrap_or_default(),
                );
            }
            Service::State => self.look("the key of a kept value", &String::from_utf8_lossy(&meta)),
            Service::Progress => self.look("a check", &String::from_utf8_lossy(&meta)),
            _ => {}
        }
        self.host.call(&service, meta, body)
    }

    fn log(&self, level: Level, record: LogRecord) {
        if let Ok(record) = serde_json::to_string(&record) {
            self.look("a log line", &record);
            HostPort::log(&self.host, level, &record);
        }
    }
}
