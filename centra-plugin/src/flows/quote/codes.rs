//! Codes: those of an earlier cart go, those of this one come.

use serde_json::json;

use super::asked::Asked;
use crate::checkout::{Checkout, Session, Trouble};

/// Makes the session's codes those of the cart.
pub(super) async fn enter(checkout: &Checkout, session: &mut Session, asked: &mut Asked<'_>) -> Result<(), Trouble> {
    let wanted: Vec<String> = asked.cart.discounts.iter().map(|discount| discount.code.trim().to_owned()).collect();
    for code in in_force(session) {
        if wanted.contains(&code) {
            continue;
        }
        let reply = session.call(checkout, "DELETE", &["vouchers", &code], "CheckoutVoucherRemove", None).await?;
        // What cannot be taken out, such as one that came with an address of the shop, would falsify the price.
        if !reply.granted() && session.is_used {
            return Err(Trouble::Lost);
        }
    }
    for (index, code) in wanted.iter().enumerate() {
        if code.is_empty() || is_in_force(session, code) {
            continue;
        }
        let body = json!({ "voucher": code });
        session.call(checkout, "POST", &["vouchers"], "CheckoutVoucher", Some(&body)).await?;
        if !is_in_force(session, code) {
            let text = "the store does not accept this code for this cart";
            asked.said.mend("discount_refused", format!("/discounts/{index}/code"), text);
        }
    }
    Ok(())
}

fn in_force(session: &Session) -> Vec<String> {
    let discounts = session.answer.selection.as_ref().and_then(|selection| selection.discounts.as_ref());
    let codes = discounts.into_iter().flat_map(|discounts| &discounts.vouchers);
    codes.filter_map(|own| own.voucher.clone()).collect()
}

fn is_in_force(session: &Session, code: &str) -> bool {
    in_force(session).iter().any(|own| own.eq_ignore_ascii_case(code))
}
