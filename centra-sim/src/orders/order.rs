//! What an order is, and the rules of its status: pending → confirmed → processing → shipped, with holds, cancelled lines,
//! shipments and returns.

use crate::config::Capture;
use crate::sale::CampaignVariant;
use crate::sale::effective_price::Applied;
use crate::seed::base::EXTERNAL_PAYMENT_PLUGIN;

/// How far an order is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Placed.
    Pending,
    /// May be sent.
    Confirmed,
    /// Has a shipment.
    Processing,
    /// All sent.
    Shipped,
    /// Will not happen.
    Cancelled,
}

impl Status {
    /// As Centra writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Confirmed => "CONFIRMED",
            Self::Processing => "PROCESSING",
            Self::Shipped => "SHIPPED",
            Self::Cancelled => "CANCELLED",
        }
    }
}

/// An order.
#[derive(Clone, Debug)]
pub struct Order {
    /// The number people see.
    pub number: i64,
    /// The id.
    pub hash: String,
    /// How far it is.
    pub status: Status,
    /// Whether it is held.
    pub held: bool,
    /// The channel's number, once it was set.
    pub external_id: Option<String>,
    /// Market.
    pub market: i64,
    /// Pricelist.
    pub pricelist: i64,
    /// Its currency's row.
    pub currency: i64,
    /// Shipping in sub-units.
    pub shipping: i64,
    /// Discounts in sub-units.
    pub discount: i64,
    /// Per cent of tax inside the prices.
    pub tax_percent: i64,
    /// Tax and fees on top of them, in sub-units; negative where tax is taken out.
    pub on_top: i64,
    /// Row of the payment plugin.
    pub payment_plugin: i64,
    /// Id of the selection it was made of.
    pub selection: Option<String>,
    /// Row of the shipping option's rates.
    pub price_group: Option<i64>,
    /// Lines.
    pub lines: Vec<Line>,
    /// Shipments.
    pub shipments: Vec<Shipment>,
    /// Returns.
    pub returns: Vec<Return>,
    /// What happened to its money.
    pub payments: Vec<Payment>,
    /// The customer's row.
    pub customer: i64,
    /// Where it goes, by the names of `Address`.
    pub delivery: Vec<(&'static str, String)>,
    /// Who pays.
    pub billing: Vec<(&'static str, String)>,
    /// For the merchant's eyes.
    pub internal_comment: Option<String>,
    /// Of the shopper.
    pub comment: String,
    /// Attributes: type, element, value.
    pub attributes: Vec<(String, String, String)>,
    /// When it was placed, seconds since 1970.
    pub placed_at: i64,
    /// When it changed.
    pub updated_at: i64,
}

/// A line.
#[derive(Clone, Debug)]
pub struct Line {
    /// Id.
    pub id: i64,
    /// The size bought.
    pub size: i64,
    /// Pieces ordered.
    pub ordered: i64,
    /// Pieces cancelled.
    pub cancelled: i64,
    /// Of one piece, in sub-units.
    pub unit: i64,
    /// Of one piece before campaigns.
    pub original: i64,
    /// The campaign that made the price.
    pub campaign: Option<LineCampaign>,
    /// What it stands for.
    pub kind: LineKind,
}

impl Line {
    /// The line, and of a bundle a line for each part: size, and pieces in one bundle.
    pub fn with_parts(self, parts: &[(i64, i64)], mut id: impl FnMut() -> i64) -> Vec<Self> {
        let kind = if parts.is_empty() { LineKind::Product } else { LineKind::Bundle };
        let ordered = self.ordered;
        let part = |(size, quantity): &(i64, i64)| Self {
            id: id(),
            size: *size,
            ordered: quantity * ordered,
            cancelled: 0,
            unit: 0,
            original: 0,
            campaign: None,
            kind: LineKind::Part,
        };
        let parts: Vec<Self> = parts.iter().map(part).collect();
        std::iter::once(Self { kind, ..self }).chain(parts).collect()
    }
}

/// What a line stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LineKind {
    /// Goods.
    #[default]
    Product,
    /// A bundle: it has the price, and nothing of it is sent.
    Bundle,
    /// A part of a bundle: it is sent, and costs nothing by itself.
    Part,
}

/// The campaign of a line, as it was when the order was placed.
#[derive(Clone, Debug)]
pub struct LineCampaign {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Its row.
    pub row: CampaignVariant,
}

impl LineCampaign {
    /// What an order keeps of the campaign behind a price.
    pub fn of(applied: Applied<'_>) -> Self {
        Self { id: applied.campaign.id, name: applied.campaign.name.clone(), row: applied.row.clone() }
    }
}

/// A shipment.
#[derive(Clone, Debug)]
pub struct Shipment {
    /// Id.
    pub id: i64,
    /// Order line, pieces, pieces sent back; each with its own id.
    pub lines: Vec<(i64, i64, i64, i64)>,
    /// May be packed.
    pub good_to_go: bool,
    /// Is paid.
    pub paid: bool,
    /// Its money was taken through Centra.
    pub captured: bool,
    /// When it left.
    pub shipped_at: Option<i64>,
    /// Carrier.
    pub carrier: Option<String>,
    /// Number of the parcel.
    pub tracking: Option<String>,
    /// When it was made.
    pub created_at: i64,
}

/// A return.
#[derive(Clone, Debug)]
pub struct Return {
    /// Id.
    pub id: i64,
    /// Shipment.
    pub shipment: i64,
    /// Shipment line and pieces.
    pub lines: Vec<(i64, i64)>,
    /// Whether the goods are back.
    pub completed: bool,
    /// Whether they go back on sale.
    pub restock: bool,
    /// Why.
    pub comment: Option<String>,
    /// When.
    pub created_at: i64,
    /// Payment entries of its refunds.
    pub refunds: Vec<i64>,
}

/// Something that happened to money.
#[derive(Clone, Debug)]
pub struct Payment {
    /// Id.
    pub id: i64,
    /// `AUTH`, `CAPTURE`, `REFUND`, …
    pub kind: &'static str,
    /// Sub-units.
    pub minor: i64,
    /// The provider's number.
    pub reference: Option<String>,
    /// When.
    pub at: i64,
}

impl Order {
    /// Pieces of a line that are wanted and in no shipment.
    pub fn unsent(&self, line: i64) -> i64 {
        let Some(own) = self.lines.iter().find(|own| own.id == line) else { return 0 };
        if own.kind == LineKind::Bundle {
            return 0;
        }
        let sent: i64 =
            self.shipments.iter().flat_map(|own| &own.lines).filter(|(_, of, ..)| *of == line).map(|own| own.2).sum();
        own.ordered - own.cancelled - sent
    }

    /// What is paid, in sub-units.
    pub fn total(&self) -> i64 {
        let lines: i64 = self.lines.iter().map(|line| line.unit * (line.ordered - line.cancelled)).sum();
        if self.status == Status::Cancelled { 0 } else { (lines + self.shipping + self.on_top - self.discount).max(0) }
    }

    /// Lets it be sent.
    pub fn confirm(&mut self) -> Result<(), String> {
        match self.status {
            Status::Pending if self.held => Err("Order is on hold and cannot be confirmed.".to_owned()),
            Status::Pending => {
                self.status = Status::Confirmed;
                Ok(())
            }
            other => Err(format!("Order with status {} cannot be confirmed.", other.name())),
        }
    }

    /// Cancels all of it.
    pub fn cancel(&mut self) -> Result<(), String> {
        if self.status == Status::Cancelled {
            return Err("Order is cancelled already.".to_owned());
        }
        if !self.shipments.is_empty() || self.payments.iter().any(|own| own.kind == "CAPTURE") {
            return Err("Order has shipments or captured payments and cannot be cancelled.".to_owned());
        }
        for line in &mut self.lines {
            line.cancelled = line.ordered;
        }
        self.status = Status::Cancelled;
        Ok(())
    }

    /// Cancels pieces of a line.
    pub fn cancel_line(&mut self, line: i64, quantity: i64) -> Result<(), String> {
        if matches!(self.status, Status::Cancelled | Status::Shipped) {
            return Err(format!("Lines of an order with status {} cannot be cancelled.", self.status.name()));
        }
        if !self.lines.iter().any(|own| own.id == line) {
            return Err(format!("Could not find OrderLine with ID {line}."));
        }
        if quantity < 1 || quantity > self.unsent(line) {
            return Err(format!("Only {} units of line {line} can be cancelled.", self.unsent(line)));
        }
        if let Some(own) = self.lines.iter_mut().find(|own| own.id == line) {
            own.cancelled += quantity;
        }
        self.settle();
        Ok(())
    }

    /// Makes a shipment.
    pub fn ship(
        &mut self,
        id: i64,
        lines: &[(i64, i64)],
        good_to_go: bool,
        paid: bool,
        now: i64,
    ) -> Result<(), String> {
        if self.held {
            return Err("Order is on hold.".to_owned());
        }
        if !matches!(self.status, Status::Confirmed | Status::Processing) {
            return Err(format!("Order with status {} cannot be shipped.", self.status.name()));
        }
        for (line, quantity) in lines {
            if *quantity < 1 || *quantity > self.unsent(*line) {
                return Err(format!("Only {} units of line {line} can be shipped.", self.unsent(*line)));
            }
        }
        let lines = (1..).zip(lines).map(|(place, (line, quantity))| (id * 100 + place, *line, *quantity, 0)).collect();
        let made = Shipment {
            id,
            lines,
            good_to_go,
            paid,
            captured: false,
            shipped_at: None,
            carrier: None,
            tracking: None,
            created_at: now,
        };
        self.shipments.push(made);
        self.status = Status::Processing;
        Ok(())
    }

    /// Asks for the money of a shipment: `Err` when there is none to take, or it is not given.
    pub fn capture(&mut self, id: i64, entry: i64, outcome: Capture, now: i64) -> Result<(), String> {
        let reserved: i64 = self.payments.iter().filter(|own| own.kind == "AUTH").map(|own| own.minor).sum();
        let taken: i64 = self.payments.iter().filter(|own| own.kind == "CAPTURE").map(|own| own.minor).sum();
        let worth = |lines: &[(i64, i64, i64, i64)]| -> i64 {
            let of = |line: i64| self.lines.iter().find(|own| own.id == line).map_or(0, |own| own.unit);
            lines.iter().map(|line| of(line.1) * line.2).sum()
        };
        let minor = self.shipments.iter().find(|own| own.id == id).map_or(0, |own| worth(&own.lines));
        if outcome == Capture::Refused || reserved - taken < minor || self.is_paid_outside() {
            return Err("Capture failed.".to_owned());
        }
        let kind = if outcome == Capture::Asked { "CAPTURE_REQUEST" } else { "CAPTURE" };
        self.payments.push(Payment { id: entry, kind, minor, reference: None, at: now });
        if let Some(own) = self.shipments.iter_mut().find(|own| own.id == id).filter(|_| outcome == Capture::Done) {
            (own.captured, own.paid) = (true, true);
        }
        Ok(())
    }

    /// Notes money that was taken outside of Centra: once, and no more than was reserved.
    pub fn captured_outside(&mut self, entry: i64, minor: i64, reference: &str) -> Result<(), String> {
        let sum = |kind: &str| self.payments.iter().filter(|own| own.kind == kind).map(|own| own.minor).sum::<i64>();
        if self.payments.iter().any(|own| own.kind == "CAPTURE") {
            return Err("A successful capture was received for this order already".to_owned());
        }
        if minor <= 0 || minor > sum("AUTH") {
            return Err("The captured amount is above the authorized one, or is nothing".to_owned());
        }
        let (reference, at) = (Some(reference.to_owned()), self.updated_at);
        self.payments.push(Payment { id: entry, kind: "CAPTURE", minor, reference, at });
        Ok(())
    }

    /// Whether its money is somewhere else: Centra neither takes it nor gives it back.
    pub fn is_paid_outside(&self) -> bool {
        self.payment_plugin == EXTERNAL_PAYMENT_PLUGIN
    }

    /// Says that a shipment has left.
    pub fn complete(&mut self, id: i64, at: i64) -> Result<&mut Shipment, String> {
        let missing = || format!("Could not find Shipment with ID {id}.");
        let index = self.shipments.iter().position(|own| own.id == id).ok_or_else(missing)?;
        let own = &self.shipments[index];
        match (own.good_to_go, own.paid, own.shipped_at) {
            (_, _, Some(_)) => return Err("Shipment is completed already.".to_owned()),
            (false, ..) => return Err("Shipment is not good to go.".to_owned()),
            (_, false, _) => return Err("Shipment is not paid.".to_owned()),
            _ => {}
        }
        self.shipments[index].shipped_at = Some(at);
        self.settle();
        Ok(&mut self.shipments[index])
    }

    /// After the last shipment the order is shipped; without anything wanted it is cancelled.
    fn settle(&mut self) {
        let unsent: i64 = self.lines.iter().map(|line| self.unsent(line.id)).sum();
        if unsent > 0 {
            return;
        }
        if self.shipments.is_empty() {
            self.status = Status::Cancelled;
        } else if self.shipments.iter().all(|own| own.shipped_at.is_some()) {
            self.status = Status::Shipped;
        }
    }

    /// Takes goods of a shipment back.
    pub fn take_back(&mut self, own: Return) -> Result<(), String> {
        let missing = || format!("Could not find Shipment with ID {}.", own.shipment);
        let shipment = self.shipments.iter_mut().find(|found| found.id == own.shipment).ok_or_else(missing)?;
        for (line, quantity) in &own.lines {
            let found = shipment.lines.iter().find(|found| found.0 == *line);
            let left = found.map_or(0, |found| found.2 - found.3);
            if shipment.shipped_at.is_none() || *quantity < 1 || *quantity > left {
                return Err(format!("Only {left} units of shipment line {line} can be returned."));
            }
        }
        for (line, quantity) in &own.lines {
            if let Some(found) = shipment.lines.iter_mut().find(|found| found.0 == *line) {
                found.3 += quantity;
            }
        }
        self.returns.push(own);
        Ok(())
    }

    /// What a return is worth, in sub-units.
    pub fn worth(&self, own: &Return) -> i64 {
        let line = |line: &(i64, i64)| {
            let sent = self.shipments.iter().flat_map(|own| &own.lines).find(|found| found.0 == line.0)?;
            Some(self.lines.iter().find(|own| own.id == sent.1)?.unit * line.1)
        };
        own.lines.iter().filter_map(line).sum()
    }
}
