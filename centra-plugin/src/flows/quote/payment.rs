//! The payment method and its fee: the platform chooses one by itself, and counts its fee. The channel takes the money in a
//! way of its own, so one without a fee is chosen where there is one; an order names the method that stands for it.

use super::asked::Asked;
use crate::{
    checkout::{Checkout, Session, Trouble},
    error, external_payment,
};

/// Chooses the method that was asked for, else one without a fee.
pub(super) async fn choose(checkout: &Checkout, session: &mut Session, asked: &Asked<'_>) -> Result<(), Trouble> {
    let Some(wanted) = asked.payment_method else { return avoid_fee(checkout, session).await };
    let reply = session.call(checkout, "PUT", &["payment-methods", wanted], "CheckoutPayment", None).await?;
    let chosen = session.answer.selection.as_ref().and_then(|selection| selection.payment_method.as_deref());
    if reply.granted() || (matches!(reply.status, 200..=299) && chosen == Some(wanted)) {
        Ok(())
    } else if reply.status == 404 || reply.blames("paymentmethod") {
        Err(external_payment::not_external().into())
    } else {
        let what = format!("to the choice of a payment method is a refusal (HTTP status {})", reply.status);
        Err(error::answer_invalid(&what).into())
    }
}

/// Chooses a payment method without a fee if the cart has one with.
async fn avoid_fee(checkout: &Checkout, session: &mut Session) -> Result<(), Trouble> {
    let totals = session.answer.selection.as_ref().and_then(|selection| selection.totals.as_ref());
    let has_fee =
        totals.and_then(|totals| totals.handling_cost_price_as_number.exact()).is_some_and(|fee| !fee.0.is_zero());
    if !has_fee {
        return Ok(());
    }
    let is_free = |method: &&crate::wire::checkout::PaymentMethod| {
        method.handling_cost_as_number.or_zero().is_some_and(|fee| fee.0.is_zero())
    };
    let free = session.answer.payment_methods.iter().find(is_free).and_then(|method| method.payment_method.clone());
    if let Some(free) = free {
        session.call(checkout, "PUT", &["payment-methods", &free], "CheckoutPayment", None).await?;
    }
    Ok(())
}
