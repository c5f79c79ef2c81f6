//! The contract between a connector host and its platform plugins.
//!
//! A plugin author needs three things from this crate: the [`domain`] (what a store consists of), the [`Connector`]
//! trait (what a connector can be asked) and [`export_connector!`] (the one line that makes a library a plugin).
//! The author writes plain async Rust; no ABI, no runtime and no HTTP client is in sight, because the host owns the
//! network and hands it in as [`Host`].
//!
//! The flow of one call, outermost first:
//!
//! ```text
//! host ── abi::v1 (bytes in, bytes out, frozen) ── export (decode, guard against panics, dispatch)
//!      ── Connector (the author's code) ── Host (http, clock, state, quota, progress) ── back through abi::v1
//! ```
//!
//! # A whole connector
//!
//! It connects a shop by its address and a token, and reads the shop's products.
//!
//! ```standalone_crate
//! use std::collections::BTreeMap;
//!
//! use connector_api::{
//!     Connector, ConnectorError, ErrorCode, Host,
//!     connector::Answer,
//!     domain::Offer,
//!     wire::{
//!         Op, capability::Degree, credentials::OpenConnection, envelope::Call,
//!         manifest::{AuthKind, Manifest, Paging, StreamDeclaration},
//!         pull::{Page, PullRequest, Record, Stream},
//!         schemas::schema_of,
//!         service::{Cost, Header, HttpRequest},
//!         validate::{Check, CheckStatus, StoreIdentity, ValidateRequest, ValidateResponse},
//!     },
//! };
//! use schemars::JsonSchema;
//! use serde::Deserialize;
//! use serde_json::json;
//!
//! /// Connect your shop.
//! #[derive(Deserialize, JsonSchema)]
//! #[serde(deny_unknown_fields)]
//! struct Credentials {
//!     /// Copy it from the settings of your shop, under *API*.
//!     #[schemars(title = "Token", length(max = 200),
//!         extend("x-secret" = true, "writeOnly" = true, "format" = "password"))]
//!     token: String,
//! }
//!
//! /// The shop's own format.
//! #[derive(Deserialize)]
//! struct Product {
//!     id: String,
//!     name: String,
//! }
//!
//! struct Shop {
//!     host: Host,
//!     connection: OpenConnection,
//! }
//!
//! impl Connector for Shop {
//!     fn manifest() -> Manifest {
//!         Manifest {
//!             id: "corner-shop".to_owned(),
//!             name: "Corner shop".to_owned(),
//!             vendor: "Example Ltd".to_owned(),
//!             plugin_version: env!("CARGO_PKG_VERSION").to_owned(),
//!             contract_version: String::new(), // filled in by the export below
//!             panic_strategy: String::new(),
//!             auth: AuthKind::Keys,
//!             credential_schema: schema_of::<Credentials>().to_value(),
//!             settings_schema: json!({ "type": "object", "properties": {}, "additionalProperties": false }),
//!             operations: vec![Op::Validate, Op::Pull],
//!             capabilities: vec![],
//!             streams: vec![StreamDeclaration::new(Stream::Offers, Degree::Enumerate).paged(Paging::Whole)],
//!             permissions: vec![],
//!             webhook_setup: None,
//!             docs_url: None,
//!             estimated_minutes: Some(1),
//!         }
//!     }
//!
//!     fn open(host: Host, connection: OpenConnection) -> Answer<Self> {
//!         Ok(Self { host, connection })
//!     }
//!
//!     async fn validate(&self, _: &Call, _: ValidateRequest) -> Answer<ValidateResponse> {
//!         let error = self.products().await.err();
//!         let check = Check {
//!             id: "token_accepted".to_owned(),
//!             title: "The shop accepts the token".to_owned(),
//!             status: if error.is_some() { CheckStatus::Fail } else { CheckStatus::Pass },
//!             code: error.as_ref().map(|error| error.code.clone()),
//!             pointer: Some("/token".to_owned()),
//!             fix: error.as_ref().map(|_| "Copy the token again from the shop's settings.".to_owned()),
//!             message: error.map_or_else(|| "The products were read.".to_owned(), |error| error.message),
//!             help_url: None,
//!             duration_ms: 0,
//!             translations: BTreeMap::new(),
//!         };
//!         self.host.report_check(&check).await?;
//!         let (host, name) = ("shop.example".to_owned(), "Corner shop".to_owned());
//!         let ok = check.status == CheckStatus::Pass;
//!         let store = ok.then(|| StoreIdentity { host, store_id: "1".to_owned(), name });
//!         Ok(ValidateResponse { ok, checks: vec![check], store, ..ValidateResponse::default() })
//!     }
//!
//!     async fn pull(&self, _: &Call, request: PullRequest) -> Answer<Page> {
//!         if request.checkpoint.is_some() {
//!             return Err(ConnectorError::new(ErrorCode::CheckpointInvalid, "there is one page only"));
//!         }
//!         let offer = |product: Product| Record::Offer(Box::new(Offer::new(product.id, product.name)));
//!         let records: Vec<_> = self.products().await?.into_iter().map(offer).collect();
//!         Ok(Page { total: Some(records.len() as u64), records, ..Page::default() })
//!     }
//! }
//!
//! impl Shop {
//!     async fn products(&self) -> Answer<Vec<Product>> {
//!         let missing = || ConnectorError::new(ErrorCode::ConfigInvalid, "`token` is missing");
//!         let token = self.connection.credential("token").ok_or_else(missing)?;
//!         let request = HttpRequest {
//!             method: "GET".to_owned(),
//!             url: "https://shop.example/products".to_owned(),
//!             headers: vec![Header { name: "authorization".to_owned(), value: format!("Bearer {token}"), secret: true }],
//!             operation: "products".to_owned(),
//!             idempotent: true,
//!             cost: Cost::default(),
//!             quota: None,
//!             timeout_ms: None,
//!         };
//!         let answer = self.host.http(&request, vec![]).await?;
//!         match answer.response.status {
//!             200 => serde_json::from_slice(&answer.body).map_err(|_| {
//!                 ConnectorError::new(ErrorCode::PlatformAnswerInvalid, "the answer is not a list of products")
//!             }),
//!             401 => Err(ConnectorError::new(ErrorCode::AuthInvalid, "the shop refuses the token")),
//!             status => Err(ConnectorError::new(ErrorCode::PlatformUnavailable, format!("the shop answered {status}"))
//!                 .retry_with_backoff()),
//!         }
//!     }
//! }
//!
//! connector_api::export_connector!(Shop);
//! # use connector_api::testing::{block_on, run_conformance, ScriptedHost};
//! # fn main() {
//! #     let findings = block_on(run_conformance(&std::marker::PhantomData::<fn() -> Shop>));
//! #     let problems: Vec<_> = findings.iter().filter(|finding| finding.problem.is_some()).collect();
//! #     assert!(problems.is_empty(), "{problems:#?}");
//! #     let products = json!([{ "id": "apple", "name": "Apple" }]);
//! #     let host = ScriptedHost::new(move |_, _| Ok(ScriptedHost::json(200, &products)));
//! #     let mut connection = OpenConnection::default();
//! #     connection.credentials.insert("token".to_owned(), connector_api::wire::credentials::Secret::new("sesame"));
//! #     let shop = Shop::open(host.host(), connection).unwrap();
//! #     assert!(block_on(shop.validate(&Call::default(), ValidateRequest::default())).unwrap().ok);
//! #     let page = block_on(shop.pull(&Call::default(), PullRequest::new(Stream::Offers, 10))).unwrap();
//! #     assert_eq!(page.records.len(), 1);
//! # }
//! ```
//!
//! `plugin-template` is the same with prices, stock and tests; copy it to begin. The feature `testing` brings a scripted
//! host for its tests.
//!
//! # Modules
//!
//! In reading order, each uses only those before it:
//! [`domain`] → [`wire`] → [`connector`] → [`abi`] → [`export`], and `testing`, a feature, on top.
//!
//! # Versions
//!
//! The crate stays at major 1. [`abi::v1`] never changes: a newer host must load an older plugin, and
//! the layout check refuses any growth. What evolves is JSON: fields and enum values may be added, unknown fields are
//! ignored, unknown enum values survive as `Unknown(String)`. A new operation is a new `op` string.

#[macro_use]
mod open_enum;

pub mod domain;
pub mod wire;

pub mod connector;

pub mod abi;

pub mod export;

#[cfg(feature = "testing")]
pub mod testing;

pub use connector::{Connector, Host};
pub use wire::error::{ConnectorError, ErrorCode, FieldError, Retry};

/// Version of this contract, as the manifest of every plugin built against it records.
pub const CONTRACT_VERSION: &str = env!("CARGO_PKG_VERSION");
