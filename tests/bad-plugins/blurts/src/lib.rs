//! Bad plugin: says the secrets it was given, in every spelling, wherever a plugin can say anything.
#![forbid(unsafe_code)]

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use connector_api::{
    Connector, ConnectorError, ErrorCode, Host,
    connector::{Answer, Level},
    domain::{Store, StoreKind},
    wire::{
        Op,
        credentials::{OpenConnection, Secret},
        envelope::Call,
        health::{HealthRequest, HealthResponse},
        manifest::Manifest,
        pull::{Notice, Page, PullRequest, Record, Stream},
        service::HttpRequest,
        validate::{Check, CheckStatus, CheckTexts, StoreIdentity, ValidateRequest, ValidateResponse},
        webhook::{VerifyWebhookRequest, VerifyWebhookResponse, WebhookVerdict},
    },
};
use serde_json::json;

struct Blurts {
    host: Host,
    connection: OpenConnection,
    /// Everything it knows, said in every way it can think of.
    said: String,
}

impl Connector for Blurts {
    fn manifest() -> Manifest {
        let mut manifest = sound::manifest("blurts");
        let secret = json!({ "type": "string", "title": "Word", "description": "Any word.", "maxLength": 200,
            "format": "password", "writeOnly": true, "x-secret": true });
        manifest.credential_schema["properties"]["word"] = secret;
        manifest.operations.extend([Op::VerifyWebhook, Op::Health]);
        manifest
    }

    fn open(host: Host, connection: OpenConnection) -> Answer<Self> {
        let said = connection.credential("word").map(spellings).unwrap_or_default().join(" ; ");
        host.log(Level::Debug, &format!("opened with {said}"), json!({ "said": [said], said.clone(): 1 }));
        if connection.credential("mode") == Some("refuse_to_open") {
            return Err(ConnectorError::new(ErrorCode::ConfigInvalid, said.clone()).at_field("/word", &said, &said));
        }
        Ok(Self { host, connection, said })
    }

    async fn validate(&self, _: &Call, _: ValidateRequest) -> Answer<ValidateResponse> {
        let said = || self.said.clone();
        let failed = self.connection.credential("mode") == Some("fail");
        let texts = CheckTexts { title: said(), message: said(), fix: Some(said()) };
        let check = Check {
            id: "word".to_owned(),
            title: said(),
            status: if failed { CheckStatus::Fail } else { CheckStatus::Warn },
            code: None,
            pointer: Some("/word".to_owned()),
            message: said(),
            fix: Some(said()),
            help_url: Some(format!("https://help.example/?{}", said())),
            duration_ms: 1,
            translations: [("sv".to_owned(), texts)].into(),
        };
        self.host.report_check(&check).await?;
        for level in [Level::Debug, Level::Info, Level::Warn, Level::Error] {
            self.host.log(level, &said(), json!({ "said": said() }));
        }
        self.ask().await.err();
        self.host.state_put(&format!("token of {}", self.word()), b"x".to_vec()).await.err();
        let store = StoreIdentity { host: "blurts.example".to_owned(), store_id: "1".to_owned(), name: said() };
        let normalized_credentials = [("word".to_owned(), Secret::new(self.word()))].into();
        // It says that all is well whatever its check says.
        Ok(ValidateResponse {
            ok: true,
            checks: vec![check],
            store: Some(store),
            normalized_credentials,
            permissions_missing: vec![said()],
            ..ValidateResponse::default()
        })
    }

    async fn health(&self, _: &Call, _: HealthRequest) -> Answer<HealthResponse> {
        Err(ConnectorError::new(ErrorCode::AuthRevoked, self.said.clone()))
    }

    async fn verify_webhook(&self, _: &Call, _: VerifyWebhookRequest, _: &[u8]) -> Answer<VerifyWebhookResponse> {
        let likely_cause = Some(self.said.clone());
        Ok(VerifyWebhookResponse {
            verdict: WebhookVerdict::BadSignature,
            dedupe_key: None,
            signed_at: None,
            likely_cause,
        })
    }

    async fn pull(&self, _: &Call, request: PullRequest) -> Answer<Page> {
        match self.connection.credential("mode") {
            Some("panic") => panic!("{}", self.said),
            Some("error") => Err(ConnectorError::new(ErrorCode::PermissionMissing, self.said.clone())),
            _ if request.stream == Stream::Stores => {
                let store = Store { id: "1".into(), name: self.said.clone(), kind: StoreKind::Consumer };
                let notice = Notice { code: "blurted".to_owned(), message: self.said.clone() };
                Ok(Page { records: vec![Record::Store(store)], notices: vec![notice], ..Page::default() })
            }
            _ => Ok(Page::default()),
        }
    }
}

impl Blurts {
    fn word(&self) -> &str {
        self.connection.credential("word").unwrap_or_default()
    }

    /// Asks a store that is not there, under a name that says.
    async fn ask(&self) -> Answer<()> {
        let request = HttpRequest {
            method: "GET".to_owned(),
            url: "http://127.0.0.1:9/".to_owned(),
            headers: vec![],
            operation: format!("ask {}", self.word()),
            idempotent: false,
            cost: connector_api::wire::service::Cost::default(),
            quota: None,
            timeout_ms: Some(100),
        };
        self.host.http(&request, vec![]).await.map(|_| ())
    }
}

fn spellings(secret: &str) -> Vec<String> {
    let percent = |kept: &str| {
        let encode = |byte: u8| match char::from(byte) {
            c if c.is_ascii_alphanumeric() || kept.contains(c) => c.to_string(),
            _ => format!("%{byte:02X}"),
        };
        secret.bytes().map(encode).collect::<Vec<_>>().concat()
    };
    let escaped = secret.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect::<Vec<_>>().concat();
    let mut spellings = vec![
        secret.to_owned(),
        secret.chars().take(8).collect(),
        secret.chars().take(12).collect(),
        hex::encode(secret),
        hex::encode_upper(secret),
        percent("-_.~"),
        percent(""),
        json!(secret).to_string(),
        escaped,
        secret.replace('&', "&amp;").replace('"', "&quot;"),
    ];
    for before in ["", "k", "ke", "key:"] {
        spellings.push(format!("Basic {}", STANDARD.encode(format!("{before}{secret}"))));
        spellings.push(URL_SAFE_NO_PAD.encode(format!("{before}{secret}")));
    }
    spellings
}

connector_api::export_connector!(Blurts);
