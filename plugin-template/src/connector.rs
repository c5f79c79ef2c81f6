//! What the host may ask: one function per operation, each in the same five steps: take the input, ask the platform,
//! judge the answer, map it, give it back.

use std::collections::BTreeMap;

use connector_api::{
    Connector, ConnectorError, ErrorCode, Host,
    connector::Answer,
    wire::{
        Op,
        capability::{CapabilityDeclaration, CapabilityName, CapabilityState, Degree},
        credentials::OpenConnection,
        envelope::Call,
        manifest::{AuthKind, Manifest, Paging, StreamDeclaration},
        pull::{Checkpoint, Notice, Page, PullRequest, Record, Stream},
        service::{Cost, Header, HttpRequest},
        validate::{Check, CheckStatus, StoreIdentity, ValidateRequest, ValidateResponse},
    },
};

use crate::{
    form::{self, Credentials, Settings},
    shop::{self, Shop},
};

/// One connection to a shop.
#[derive(Debug)]
pub struct Template {
    host: Host,
    connection: OpenConnection,
}

const STREAMS: [Stream; 4] = [Stream::Stores, Stream::Offers, Stream::Prices, Stream::Inventory];

impl Connector for Template {
    fn manifest() -> Manifest {
        Manifest {
            id: "template".to_owned(),
            name: "Template shop".to_owned(),
            vendor: "The connector host project".to_owned(),
            plugin_version: env!("CARGO_PKG_VERSION").to_owned(),
            contract_version: String::new(),
            panic_strategy: String::new(),
            auth: AuthKind::Keys,
            credential_schema: form::schema_of::<Credentials>(),
            settings_schema: form::schema_of::<Settings>(),
            operations: vec![Op::Validate, Op::Pull],
            capabilities: vec![CapabilityDeclaration {
                name: CapabilityName::Catalog,
                degree: Some(Degree::Enumerate),
                needs_fields: vec![],
                summary: "Reads products, prices and stock.".to_owned(),
            }],
            streams: STREAMS
                .map(|stream| StreamDeclaration::new(stream, Degree::Enumerate).paged(Paging::Whole))
                .to_vec(),
            permissions: vec![],
            webhook_setup: None,
            docs_url: None,
            estimated_minutes: Some(1),
        }
    }

    fn open(host: Host, connection: OpenConnection) -> Answer<Self> {
        Ok(Self { host, connection })
    }

    async fn validate(&self, _: &Call, _: ValidateRequest) -> Answer<ValidateResponse> {
        let shop = self.shop().await;
        let check = check_of(&shop);
        self.host.report_check(&check).await?;
        Ok(ValidateResponse {
            ok: shop.is_ok(),
            checks: vec![check],
            store: shop.as_ref().ok().map(|shop| identity(self.connection.credential("shop_url"), shop)),
            capabilities: vec![CapabilityState {
                name: CapabilityName::Catalog,
                on: shop.is_ok(),
                degraded: false,
                reason: shop.map_or_else(|error| error.message, |shop| format!("{} is readable.", shop.name)),
            }],
            ..ValidateResponse::default()
        })
    }

    async fn pull(&self, _: &Call, request: PullRequest) -> Answer<Page> {
        let start = position(request.checkpoint.as_ref())?;
        let shop = self.shop().await?;
        if request.stream == Stream::Stores {
            return Ok(Page { records: vec![Record::Store(shop::store(&shop))], ..Page::default() });
        }
        let tag = self.connection.settings.get("only_tag").and_then(|tag| tag.as_str()).unwrap_or_default();
        let chosen: Vec<_> = shop
            .products
            .iter()
            .filter(|product| tag.is_empty() || product.tags.iter().any(|own| own == tag))
            .collect();
        let page = chosen.iter().skip(start).take(request.limit as usize);
        let end = start + request.limit as usize;
        let sales = chosen.iter().filter(|product| request.stream == Stream::Prices && product.sale.is_some()).count();
        let mut answer = Page {
            next: (end < chosen.len()).then(|| Checkpoint(end.into())),
            total: Some((chosen.len() + sales) as u64),
            ..Page::default()
        };
        for product in page {
            let records = match request.stream {
                Stream::Offers => Ok(vec![Record::Offer(Box::new(shop::offer(product)))]),
                Stream::Prices => {
                    shop::prices(product, &shop.currency).map(|prices| prices.into_iter().map(Record::Price).collect())
                }
                Stream::Inventory => Ok(vec![Record::InventoryLevel(shop::inventory(product))]),
                other => {
                    return Err(ConnectorError::new(
                        ErrorCode::InvalidRequest,
                        format!("there is no stream `{other}`"),
                    ));
                }
            };
            // One record that cannot be read must not keep the others away; counted, it keeps the run from retiring anything.
            match records {
                Ok(records) => answer.records.extend(records),
                Err(message) => {
                    answer.skipped += 1;
                    answer.notices.push(Notice { code: "record_unreadable".to_owned(), message });
                }
            }
        }
        Ok(answer)
    }
}

impl Template {
    async fn shop(&self) -> Result<Shop, ConnectorError> {
        let missing = |field: &str| {
            ConnectorError::new(ErrorCode::ConfigInvalid, format!("`{field}` is missing")).at_field(
                &format!("/{field}"),
                "required",
                "Please fill this in.",
            )
        };
        let url = self.connection.credential("shop_url").ok_or_else(|| missing("shop_url"))?;
        let word = self.connection.credential("access_word").ok_or_else(|| missing("access_word"))?;
        let request = HttpRequest {
            method: "GET".to_owned(),
            url: url.trim().to_owned(),
            headers: vec![Header { name: "authorization".to_owned(), value: format!("Bearer {word}"), secret: true }],
            operation: "shop".to_owned(),
            idempotent: true,
            cost: Cost::default(),
            quota: None,
            timeout_ms: None,
        };
        let answer = self.host.http(&request, vec![]).await?;
        // A 429 never comes here: the host makes the error `rate_limited` of it and waits as long as the platform asks.
        match answer.response.status {
            200 => serde_json::from_slice(&answer.body).map_err(|_| {
                ConnectorError::new(ErrorCode::PlatformAnswerInvalid, "the address does not hold a shop document")
            }),
            401 | 403 => Err(ConnectorError::new(ErrorCode::AuthInvalid, "the shop refuses the access word").at_field(
                "/access_word",
                "refused",
                "Copy it again from the shop's settings.",
            )),
            500..=599 => Err(ConnectorError::new(ErrorCode::PlatformUnavailable, "the shop fails for the moment")
                .retry_with_backoff()),
            status => Err(ConnectorError::new(ErrorCode::PlatformAnswerInvalid, format!("the shop answered {status}"))
                .at_field("/shop_url", "wrong", "Check the address.")),
        }
    }
}

/// Which shop it is, the same each time: a connection is renewed for the same shop only.
fn identity(url: Option<&str>, shop: &Shop) -> StoreIdentity {
    let address = url.unwrap_or_default().trim();
    let address = address.split_once("://").map_or(address, |(_, rest)| rest);
    let (host, path) = address.split_once('/').unwrap_or((address, ""));
    StoreIdentity { host: host.to_ascii_lowercase(), store_id: format!("/{path}"), name: shop.name.clone() }
}

fn position(checkpoint: Option<&Checkpoint>) -> Result<usize, ConnectorError> {
    let Some(Checkpoint(value)) = checkpoint else { return Ok(0) };
    value
        .as_u64()
        .and_then(|position| usize::try_from(position).ok())
        .ok_or_else(|| ConnectorError::new(ErrorCode::CheckpointInvalid, "not a checkpoint of this connector"))
}

fn check_of(shop: &Result<Shop, ConnectorError>) -> Check {
    let error = shop.as_ref().err();
    Check {
        id: "shop_answers".to_owned(),
        title: "The shop answers".to_owned(),
        status: if error.is_some() { CheckStatus::Fail } else { CheckStatus::Pass },
        code: error.map(|error| error.code.clone()),
        pointer: Some(
            error
                .and_then(|error| error.field_errors.first())
                .map_or_else(|| "/shop_url".to_owned(), |field| field.pointer.clone()),
        ),
        message: error.map_or_else(|| "The shop's document was read.".to_owned(), |error| error.message.clone()),
        fix: error.map(|_| "Check the address and the access word, then try again.".to_owned()),
        help_url: None,
        duration_ms: 0,
        translations: BTreeMap::new(),
    }
}
