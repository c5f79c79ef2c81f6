//! Guesses that only a cart shows: a cart is something new in the store, which a probe does not make.

use connector_api::wire::probe::Assumption;

use super::guess::Guess;

/// Such a guess, and how to see it.
pub(super) struct ByHand {
    pub(super) guess: Guess,
    how: &'static str,
}

pub(super) const LINE_TAX: ByHand = ByHand {
    guess: Guess {
        id: "cart_line_tax",
        assumed: "A line of a Storefront cart has no tax in it where tax comes on top, or its `includingTax: false` has not.",
        otherwise: "The sum that the store names decides; where neither fits, the quote has the message `total_unclear`.",
    },
    how: "price a cart to a state of the US, and compare `lineValue` with `ITEMS_SUBTOTAL`.",
};

pub(super) const DISCOUNT_SIGNS: ByHand = ByHand {
    guess: Guess {
        id: "cart_discount_signs",
        assumed: "Discounts of a cart may have either sign, and `GRAND_TOTAL` may include added tax or not.",
        otherwise: "The sum that adds up decides; where none does, the quote has the message `total_unclear`.",
    },
    how: "price the same cart with a code, and compare the `totals`.",
};

pub(super) const SECRET_REFUSAL: ByHand = ByHand {
    guess: Guess {
        id: "secret_refusal",
        assumed: "The Storefront API refuses a wrong shared secret with the category `authorization`.",
        otherwise: "The check of a wrong secret says something else, and does not name the field.",
    },
    how: "set a market (`setMarket`) in a new session with a wrong `X-Shared-Secret`, and read `errors`.",
};

pub(super) const SHIPPING_IDS: ByHand = ByHand {
    guess: Guess {
        id: "storefront_shipping_ids",
        assumed: "Ids of shipping methods of the Storefront API are those of `ShippingOption`.",
        otherwise: "Orders that choose one are refused.",
    },
    how: "compare `shippingMethods { id }` of a cart with `shippingOptions { id uri }`.",
};

impl ByHand {
    /// Says how to see it.
    pub(super) fn judge(&self) -> Assumption {
        self.guess.not_seen(format!("A probe opens no session and makes no cart. To see it: {}", self.how))
    }
}
