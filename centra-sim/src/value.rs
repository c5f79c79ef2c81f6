//! What a field of the simulated store can hold: scalars, references to rows, embedded records and lists.

use std::borrow::Cow;

/// Declares the tables of the store and the GraphQL object type each one backs.
macro_rules! kinds {
    ($($kind:ident),+ $(,)?) => {
        /// A table of the store; each backs the GraphQL object type of the same name.
        #[expect(missing_docs, reason = "the variants are named exactly as the types of the schema")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Kind { $($kind),+ }

        impl Kind {
            /// Every table.
            pub const ALL: &'static [Self] = &[$(Self::$kind),+];

            /// The GraphQL object type of this table's rows.
            pub fn type_name(self) -> &'static str {
                match self { $(Self::$kind => stringify!($kind)),+ }
            }

            /// The table whose rows have this type.
            pub fn named(type_name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|kind| kind.type_name() == type_name)
            }
        }
    };
}

kinds!(
    Store,
    Market,
    Pricelist,
    Currency,
    Country,
    CountryState,
    Language,
    Category,
    Collection,
    Brand,
    Folder,
    Product,
    ProductVariant,
    ProductSize,
    Display,
    DisplayItem,
    ProductMedia,
    Warehouse,
    AllocationRule,
    SizeChart,
    Size,
    TaxGroup,
    TaxRule,
    TaxClass,
    ShippingOption,
    ShippingPriceGroup,
    StorePlugin,
    Customer,
    DirectToConsumerOrder,
    DirectToConsumerShipment,
    DirectToConsumerReturn,
    PaymentHistoryEntry,
    Campaign,
    CampaignVariant,
    Voucher,
    StockChange,
    Event,
    EventListener,
    IdConversionEntry,
    PriceAlteration,
    MappedAttribute,
    AttributeType,
    Bundle,
    BundleSection,
    GiftCertificate,
);

/// An amount in the currency's own sub-units (which are not always 1/100) and the id of its currency row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Money {
    /// Sub-units.
    pub minor: i64,
    /// Row id in [`Kind::Currency`].
    pub currency: i64,
}

/// The value of one field.
#[derive(Clone, Debug)]
pub enum Val<'a> {
    /// No value.
    Null,
    /// A Boolean.
    Bool(bool),
    /// An `Int`.
    Int(i64),
    /// An `Int64`, whose JSON form is a switch of the simulator.
    Int64(i64),
    /// A `Float`.
    Float(f64),
    /// A `String`, or the literal of an enum.
    Str(Cow<'a, str>),
    /// Seconds since 1970, written in the format the query asks for.
    Time(i64),
    /// An object.
    Node(Node<'a>),
    /// A row of a table.
    Ref(Kind, i64),
    /// Rows of a table, on which the list arguments of the schema work.
    Refs(Kind, Cow<'a, [i64]>),
    /// Any other list.
    List(Vec<Val<'a>>),
}

/// An object whose fields can be asked for.
#[derive(Clone, Debug)]
pub enum Node<'a> {
    /// The root of a query.
    Root,
    /// A row of a table.
    Row(Kind, i64),
    /// An object without a table.
    Record(Cow<'a, Record>),
    /// A `MonetaryValue`.
    Money(Money),
    /// The price of a variant in a pricelist.
    Price {
        /// The variant.
        variant: i64,
        /// The pricelist.
        pricelist: i64,
    },
    /// The stock of a size in a warehouse.
    Stock {
        /// The size.
        size: i64,
        /// The warehouse.
        warehouse: i64,
    },
    /// The sums of [`Node::Stock`] over sizes and warehouses.
    StockTotals(StockSums),
    /// One page of a Relay connection.
    Connection(Box<Page>),
    /// One element of a page of a Relay connection.
    Edge(Kind, i64),
    /// The page information of a connection.
    PageInfo(Box<Page>),
    /// The numbers of rows.
    Counters,
}

/// A page of a Relay connection.
#[derive(Clone, Debug)]
pub struct Page {
    /// The table paged through.
    pub kind: Kind,
    /// The rows of this page.
    pub ids: Vec<i64>,
    /// Whether rows follow.
    pub has_next: bool,
    /// Whether rows precede.
    pub has_previous: bool,
    /// All rows that match, counted only when the query asks for it.
    pub total: Option<i64>,
    /// The object type of the connection.
    pub type_name: String,
}

/// Quantities of one size in one warehouse, or their sums.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StockSums {
    /// Units on the shelf.
    pub physical: i64,
    /// Units reserved for orders.
    pub allocated: i64,
    /// Units ordered by customers without a reservation.
    pub demand: i64,
    /// Units on their way from a supplier.
    pub incoming: i64,
}

impl StockSums {
    /// Units that can still be sold.
    pub fn free(self) -> i64 {
        self.physical - self.allocated
    }

    /// Adds another warehouse or size.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            physical: self.physical + other.physical,
            allocated: self.allocated + other.allocated,
            demand: self.demand + other.demand,
            incoming: self.incoming + other.incoming,
        }
    }
}

/// An object given by its type and fields. A field that is left out is null, or an empty list.
#[derive(Clone, Debug)]
pub struct Record {
    /// The GraphQL object type.
    pub type_name: &'static str,
    /// The fields, in no particular order.
    pub fields: Vec<(&'static str, Val<'static>)>,
}

impl Record {
    /// An object of this type without fields.
    pub fn new(type_name: &'static str) -> Self {
        Self { type_name, fields: Vec::new() }
    }

    /// Sets a field.
    #[must_use]
    pub fn with(mut self, field: &'static str, value: impl Into<Val<'static>>) -> Self {
        self.set(field, value);
        self
    }

    /// Sets a field in place.
    pub fn set(&mut self, field: &'static str, value: impl Into<Val<'static>>) {
        let value = value.into();
        match self.fields.iter_mut().find(|(name, _)| *name == field) {
            Some((_, old)) => *old = value,
            None => self.fields.push((field, value)),
        }
    }

    /// Reads a field.
    pub fn get(&self, field: &str) -> Val<'_> {
        self.fields.iter().find(|(name, _)| *name == field).map_or(Val::Null, |(_, value)| value.reborrow())
    }
}

impl Val<'_> {
    /// The same value, borrowed where it can be.
    pub fn reborrow(&self) -> Val<'_> {
        match self {
            Val::Null => Val::Null,
            Val::Bool(value) => Val::Bool(*value),
            Val::Int(value) => Val::Int(*value),
            Val::Int64(value) => Val::Int64(*value),
            Val::Float(value) => Val::Float(*value),
            Val::Time(value) => Val::Time(*value),
            Val::Str(text) => Val::Str(Cow::Borrowed(text)),
            Val::Ref(kind, id) => Val::Ref(*kind, *id),
            Val::Refs(kind, ids) => Val::Refs(*kind, Cow::Borrowed(ids)),
            Val::List(items) => Val::List(items.iter().map(Val::reborrow).collect()),
            Val::Node(Node::Record(record)) => Val::Node(Node::Record(Cow::Borrowed(record))),
            Val::Node(node) => Val::Node(node.clone()),
        }
    }

    /// The text, when it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Val::Str(text) => Some(text),
            _ => None,
        }
    }
}

impl From<bool> for Val<'_> {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Val<'_> {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<f64> for Val<'_> {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl<'a> From<&'a str> for Val<'a> {
    fn from(value: &'a str) -> Self {
        Self::Str(Cow::Borrowed(value))
    }
}

impl From<String> for Val<'_> {
    fn from(value: String) -> Self {
        Self::Str(Cow::Owned(value))
    }
}

impl From<Record> for Val<'_> {
    fn from(value: Record) -> Self {
        Self::Node(Node::Record(Cow::Owned(value)))
    }
}

impl From<Money> for Val<'_> {
    fn from(value: Money) -> Self {
        Self::Node(Node::Money(value))
    }
}

impl<'a, T: Into<Val<'a>>> From<Vec<T>> for Val<'a> {
    fn from(values: Vec<T>) -> Self {
        Self::List(values.into_iter().map(Into::into).collect())
    }
}

impl<'a, T: Into<Val<'a>>> From<Option<T>> for Val<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl From<(Kind, i64)> for Val<'_> {
    fn from((kind, id): (Kind, i64)) -> Self {
        Self::Ref(kind, id)
    }
}

impl From<(Kind, Vec<i64>)> for Val<'_> {
    fn from((kind, ids): (Kind, Vec<i64>)) -> Self {
        Self::Refs(kind, Cow::Owned(ids))
    }
}
