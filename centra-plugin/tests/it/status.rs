//! The three axes of an order's status over every combination of what decides them.

use std::fmt::Write as _;

use centra_plugin::map::{
    payment::Moved,
    status::{Paying, Quantities, financial, fulfillment, order},
};

const RAW: &[&str] = &["PENDING", "CONFIRMED", "PROCESSING", "SHIPPED", "ARCHIVED", "CANCELLED", "BRAND_NEW"];

/// Wanted, cancelled, sent (none when unreadable), being sent, returned.
type Case = (&'static str, u32, u32, Option<u32>, bool, u32);

/// An order of two pieces in every state.
const QUANTITIES: &[Case] = &[
    ("nothing sent", 2, 0, Some(0), false, 0),
    ("packed", 2, 0, Some(0), true, 0),
    ("one of two sent", 2, 0, Some(1), true, 0),
    ("one sent, other cancelled", 1, 1, Some(1), true, 0),
    ("all sent", 2, 0, Some(2), true, 0),
    ("all sent, one back", 2, 0, Some(2), true, 1),
    ("all sent, all back", 2, 0, Some(2), true, 2),
    ("all cancelled", 0, 2, Some(0), false, 0),
    ("shipments unreadable", 2, 0, None, false, 0),
];

#[test]
fn status_and_goods_over_all_combinations() {
    let mut table = String::new();
    for (name, wanted, canceled, sent, being_sent, returned) in QUANTITIES {
        let quantity = Quantities {
            wanted: *wanted,
            canceled: *canceled,
            sent: *sent,
            being_sent: *being_sent,
            returned: *returned,
        };
        for raw in RAW {
            writeln!(table, "{name:26} {raw:11} {:10} {}", order(raw, &quantity), fulfillment(raw, &quantity)).unwrap();
        }
    }
    insta::assert_snapshot!("status_and_goods", table);
}

#[test]
fn money_over_all_combinations() {
    let moved =
        |authorized, captured, refunded, voided, pending| Moved { authorized, captured, refunded, voided, pending };
    let histories: &[(&str, Option<Moved>)] = &[
        ("unreadable", None),
        ("empty", Some(Moved::default())),
        ("asked for", Some(moved(0, 0, 0, false, true))),
        ("authorized", Some(moved(100, 0, 0, false, false))),
        ("authorized, voided", Some(moved(100, 0, 0, true, false))),
        ("half taken", Some(moved(100, 50, 0, false, false))),
        ("half taken, rest voided", Some(moved(100, 50, 0, true, false))),
        ("taken", Some(moved(100, 100, 0, false, false))),
        ("half refunded", Some(moved(100, 100, 50, false, false))),
        ("refunded", Some(moved(100, 100, 100, false, false))),
    ];
    let mut table = String::new();
    for (name, moved) in histories {
        for (paid_shipments, waiting) in [(0, false), (0, true), (60, false), (100, false)] {
            for raw in ["CONFIRMED", "CANCELLED"] {
                let paying = Paying { moved: *moved, due: 100, paid_shipments, waiting };
                let status = financial(raw, &paying);
                writeln!(table, "{name:24} paid shipments {paid_shipments:3} waiting {waiting:5} {raw:9} {status}")
                    .unwrap();
            }
        }
    }
    insta::assert_snapshot!("money", table);
    let free = Paying { moved: Some(Moved::default()), due: 0, ..Paying::default() };
    assert_eq!(financial("CONFIRMED", &free).to_string(), "paid");
}
