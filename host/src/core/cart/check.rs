//! What may stand in a cart and in an order, said once for both: every text is put into its one form, every mistake is named
//! with its pointer.

use std::collections::HashSet;

use connector_api::{
    FieldError,
    domain::{Address, Currency, ExternalId, Money, Pii},
};

use crate::spelling::{self, Flaw};

/// Most lines of a cart.
pub const MAX_LINES: usize = 200;
/// Most units of one line.
pub const MAX_QUANTITY: u32 = 1_000_000;
/// Most discount codes.
pub const MAX_CODES: usize = 20;
/// Most characters of an id, a SKU or a code.
pub const MAX_ID: usize = 200;
/// Most characters of any other text.
pub const MAX_TEXT: usize = 500;
/// Most characters of a language's tag.
const MAX_LOCALE: usize = 35;

/// Puts what was given into its one form, and gathers what is wrong with it.
#[derive(Default)]
pub struct Check {
    currency: Option<Currency>,
    found: Vec<FieldError>,
    line_ids: HashSet<String>,
    codes: HashSet<String>,
}

impl Check {
    /// Of a cart in this currency.
    pub fn new(currency: Currency) -> Self {
        Self { currency: Some(currency), ..Self::default() }
    }

    /// Of texts without a cart.
    pub fn of_texts() -> Self {
        Self::default()
    }

    /// Everything that is wrong.
    pub fn mistakes(self) -> Vec<FieldError> {
        self.found
    }

    /// Names a mistake.
    pub fn add(&mut self, pointer: &str, code: &str, message: impl Into<String>) {
        self.found.push(FieldError::new(pointer, code, message));
    }

    /// Names a mistake, unless something else is wrong with the same field.
    pub fn add_if_new(&mut self, pointer: &str, code: &str, message: &str) {
        if self.found.iter().all(|found| found.pointer != pointer) {
            self.add(pointer, code, message);
        }
    }

    /// Whether nothing is wrong so far.
    pub fn is_clean(&self) -> bool {
        self.found.is_empty()
    }

    fn flaw(&mut self, pointer: &str, flaw: Option<Flaw>) {
        if let Some(flaw) = flaw {
            self.add(pointer, flaw.code(), flaw.message());
        }
    }

    /// A text for people; blank is as good as absent.
    pub fn text(&mut self, pointer: &str, given: &mut Option<String>, most: usize) {
        let Some(own) = given else { return };
        if !own.trim().is_empty() {
            self.flaw(pointer, spelling::flaw(own, most));
        }
        *given = Some(spelling::tidy(own)).filter(|own| !own.is_empty());
    }

    /// A text about a person; blank is as good as absent.
    pub fn personal(&mut self, pointer: &str, given: &mut Option<Pii<String>>) {
        let mut own = given.take().map(|Pii(own)| own);
        self.text(pointer, &mut own, MAX_TEXT);
        *given = own.map(Pii);
    }

    /// A text that distinguishes things, and must be there.
    pub fn name(&mut self, pointer: &str, given: &mut String, most: usize) {
        self.flaw(pointer, spelling::flaw_of_name(given, most));
        *given = spelling::tidy(given);
    }

    /// A text that distinguishes things; blank is as good as absent.
    pub fn optional_name(&mut self, pointer: &str, given: &mut Option<String>, most: usize) {
        let Some(own) = given else { return };
        if own.trim().is_empty() {
            *given = None;
            return;
        }
        self.name(pointer, own, most);
    }

    /// An id of the platform's; blank is as good as absent.
    pub fn id(&mut self, pointer: &str, given: &mut Option<ExternalId>) {
        let mut own = given.take().map(|ExternalId(own)| own);
        self.optional_name(pointer, &mut own, MAX_ID);
        *given = own.map(ExternalId);
    }

    /// An e-mail address.
    pub fn email(&mut self, pointer: &str, given: &mut Option<Pii<String>>) {
        self.personal(pointer, given);
        if given.as_ref().is_some_and(|Pii(own)| !spelling::is_email(own)) {
            self.add(pointer, "email", "must be an e-mail address such as ada@example.com");
        }
    }

    /// A telephone number.
    pub fn phone(&mut self, pointer: &str, given: &mut Option<Pii<String>>) {
        self.personal(pointer, given);
        if given.as_ref().is_some_and(|Pii(own)| !spelling::is_phone(own)) {
            self.add(pointer, "phone", "must be a telephone number such as +46 70 123 45 67");
        }
    }

    /// The tag of a language.
    pub fn locale(&mut self, pointer: &str, given: &mut Option<String>) {
        self.optional_name(pointer, given, MAX_LOCALE);
        let is_tag = |own: &String| own.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_".contains(letter));
        if given.as_ref().is_some_and(|own| !is_tag(own)) {
            self.add(pointer, "format", "must be a language such as `en` or `sv-SE`");
        }
    }

    /// An address, as far as it is given.
    pub fn address(&mut self, pointer: &str, address: &mut Address) {
        let place = |field: &str| format!("{pointer}/{field}");
        address.country = spelling::tidy(&address.country).to_ascii_uppercase();
        if address.country.len() != 2 || !address.country.bytes().all(|letter| letter.is_ascii_uppercase()) {
            self.add(&place("country"), "country", "must be two letters of ISO 3166-1, such as SE");
        }
        self.personal(&place("name"), &mut address.name);
        self.personal(&place("company"), &mut address.company);
        self.personal(&place("line1"), &mut address.line1);
        self.personal(&place("line2"), &mut address.line2);
        self.personal(&place("city"), &mut address.city);
        self.text(&place("region_code"), &mut address.region_code, MAX_ID);
        self.personal(&place("postal_code"), &mut address.postal_code);
        self.phone(&place("phone"), &mut address.phone);
        self.email(&place("email"), &mut address.email);
    }

    /// An amount that somebody pays.
    pub fn money(&mut self, pointer: &str, money: Option<Money>) {
        let Some(money) = money else { return };
        if let Some(currency) = self.currency.filter(|currency| *currency != money.currency) {
            let message = format!("must be in {currency}, the cart's currency, not in {}", money.currency);
            self.add(pointer, "currency", message);
        }
        if money.amount_minor < 0 {
            self.add(pointer, "range", "must not be below zero");
        }
    }

    /// The caller's id of a cart, which may be left out.
    pub fn cart_id(&mut self, pointer: &str, id: &mut String) {
        if id.trim().is_empty() {
            "cart".clone_into(id);
        } else {
            self.name(pointer, id, MAX_ID);
        }
    }

    /// How many lines there are.
    pub fn lines(&mut self, pointer: &str, count: usize) {
        if count == 0 {
            self.add(pointer, "required", "must have at least one line");
        }
        if count > MAX_LINES {
            self.add(pointer, "too_many", format!("must have at most {MAX_LINES} lines"));
        }
    }

    /// What every line has. Each has an id of its own.
    pub fn line(&mut self, pointer: &str, id: &mut String, offer: &mut Option<ExternalId>, quantity: u32) {
        let place = |field: &str| format!("{pointer}/{field}");
        self.name(&place("id"), id, MAX_ID);
        if !self.line_ids.insert(spelling::key(id)) {
            self.add(&place("id"), "repeated", "each line has an id of its own");
        }
        self.id(&place("offer_id"), offer);
        if quantity == 0 || quantity > MAX_QUANTITY {
            self.add(&place("quantity"), "range", format!("must be from 1 to {MAX_QUANTITY}"));
        }
    }

    /// How many codes there are.
    pub fn codes(&mut self, pointer: &str, count: usize) {
        if count > MAX_CODES {
            self.add(pointer, "too_many", format!("must have at most {MAX_CODES} codes"));
        }
    }

    /// A code the shopper entered. None is entered twice.
    pub fn code(&mut self, pointer: &str, code: &mut String) {
        self.name(pointer, code, MAX_ID);
        if !self.codes.insert(spelling::key(code)) {
            self.add(pointer, "repeated", "a code is entered once");
        }
    }
}
