//! What bundles consist of, asked for only where a page of offers holds any: most stores sell none, and need no `Bundle:read`.

use std::collections::BTreeMap;

use connector_api::{ConnectorError, wire::pull::Page};
use serde_json::json;

use super::source::{Source, note, read_rows};
use crate::{
    client::Variables,
    operation::Operation,
    wire::bundle::{Bundle, BundledProduct},
};

const ROOT: &str = "products";

/// The bundles that these products are, by product. One that cannot be read is missing.
pub async fn of_products(
    source: &Source,
    products: &[i64],
    page: &mut Page,
) -> Result<BTreeMap<i64, Bundle>, ConnectorError> {
    let mut found = BTreeMap::new();
    if products.is_empty() {
        return Ok(found);
    }
    let fits = source.client.fitting_rows(Operation::Bundles).await?.max(1) as usize;
    for ids in products.chunks(fits) {
        let variables = Variables::from([("ids", json!(ids)), ("limit", json!(ids.len())), ("page", json!(1))]);
        if can_read(source, &variables).await? {
            let size = u32::try_from(ids.len()).unwrap_or(u32::MAX);
            let list = source.named(Operation::Bundles, ROOT, &variables, size).await?;
            // A row that is lost leaves its offer without parts, which says so itself.
            let rows: Vec<BundledProduct> = read_rows(list.rows, &list.lost, &[ROOT], &mut Page::default());
            found.extend(rows.into_iter().filter_map(|own| Some((own.id, own.bundle?))));
        }
        // Asked again: what the token may not read is found out only by asking.
        if !can_read(source, &variables).await? {
            let text = "What bundles consist of cannot be read (Bundle:read): channels do not sell them.";
            note(page, "bundles_unreadable", text);
            break;
        }
    }
    Ok(found)
}

async fn can_read(source: &Source, variables: &Variables) -> Result<bool, ConnectorError> {
    Ok(source.client.fitted(Operation::Bundles, variables).await?.has("products.bundle"))
}
