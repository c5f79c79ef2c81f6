//! The mutations of the Integration API that concern orders. A `userError` means that nothing was changed.

use serde_json::{Map, Value as Json, json};

use crate::orders::Book;
use crate::orders::order::{Order, Payment, Return};
use crate::store::Store;
use crate::value::{Kind, Record};

/// What a mutation did, or why it changed nothing.
type Done = Result<Made, (String, Vec<&'static str>)>;

/// What was made or changed: its field in the payload, the row, and a remark on it.
struct Made {
    field: &'static str,
    kind: Kind,
    id: i64,
    remark: Option<String>,
}

impl Made {
    fn plain(field: &'static str, kind: Kind, id: i64) -> Self {
        Self { field, kind, id, remark: None }
    }
}

/// Mutations that are simulated, with the type of their payload.
const PAYLOADS: &[(&str, &str)] = &[
    ("confirmOrder", "OrderConfirmPayload"),
    ("updateDirectToConsumerOrder", "DirectToConsumerOrderUpdatePayload"),
    ("cancelDirectToConsumerOrder", "DirectToConsumerOrderCancelPayload"),
    ("createShipment", "ShipmentCreatePayload"),
    ("completeShipment", "ShipmentCompletePayload"),
    ("createReturn", "ReturnCreatePayload"),
    ("completeReturn", "ReturnCompletePayload"),
    ("refundReturn", "ReturnRefundPayload"),
];

/// The type of a mutation's payload.
pub fn payload_type(name: &str) -> Option<&'static str> {
    PAYLOADS.iter().find(|(own, _)| *own == name).map(|(_, payload)| *payload)
}

/// Carries out one mutation; `None` when it is not simulated.
pub fn run(store: &Store, name: &str, arguments: &Map<String, Json>, payload: &'static str) -> Option<Record> {
    let input = arguments.get("input").cloned().unwrap_or(Json::Null);
    let id = arguments.get("id").and_then(Json::as_i64).unwrap_or(0);
    let done = match name {
        "confirmOrder" => change(store, &input["order"], &["input", "order"], |order, _| order.confirm()),
        "updateDirectToConsumerOrder" => {
            let reference = arguments.get("order").cloned().unwrap_or(Json::Null);
            change(store, &reference, &["order"], |order, _| update(order, &input))
        }
        "cancelDirectToConsumerOrder" => {
            let reference = json!({ "id": arguments.get("id") });
            change(store, &reference, &["id"], |order, _| {
                one_policy(&input["stockAction"]).and_then(|()| order.cancel())
            })
        }
        "createShipment" => create_shipment(store, &input),
        "completeShipment" => of_shipment(store, id, &input),
        "createReturn" => create_return(store, &input),
        "completeReturn" => of_return(store, id, |order, index, _| {
            if order.returns[index].completed {
                return Err("Return is completed already.".to_owned());
            }
            order.returns[index].completed = true;
            Ok(())
        }),
        "refundReturn" => of_return(store, id, refund),
        _ => return None,
    };
    let record = Record::new(payload);
    Some(match done {
        Ok(Made { field, kind, id, remark }) => {
            let remarks = remark.map(|text| Record::new("UserWarning").with("message", text));
            let record = record.with(field, (kind, id)).with("userErrors", Vec::<Record>::new());
            record.with("userWarnings", remarks.into_iter().collect::<Vec<_>>())
        }
        Err((message, path)) => {
            let error = Record::new("UserError").with("message", message).with("path", path);
            record.with("userErrors", vec![error]).with("userWarnings", Vec::<Record>::new())
        }
    })
}

fn change(
    store: &Store,
    reference: &Json,
    path: &[&'static str],
    edit: impl FnOnce(&mut Order, &mut Book) -> Result<(), String>,
) -> Done {
    let number = store.book().find(reference).map_err(|message| (message, path.to_vec()))?;
    store.edit_order(number, "update", edit).map_err(|message| (message, path.to_vec()))?;
    Ok(Made::plain("order", Kind::DirectToConsumerOrder, number))
}

fn one_policy(policy: &Json) -> Result<(), String> {
    let given = policy.as_object().map_or(0, |fields| fields.values().filter(|value| !value.is_null()).count());
    if given == 1 { Ok(()) } else { Err("Exactly one input field should be provided.".to_owned()) }
}

fn pairs(list: &Json, of: &str) -> Vec<(i64, i64)> {
    let pair = |own: &Json| Some((own[of]["id"].as_i64()?, own["quantity"].as_i64()?));
    list.as_array().into_iter().flatten().filter_map(pair).collect()
}

fn update(order: &mut Order, input: &Json) -> Result<(), String> {
    let text = |name: &str| input[name].as_str().map(str::to_owned);
    for line in input["cancelLines"].as_array().into_iter().flatten() {
        one_policy(&line["stockActionPolicy"])?;
    }
    for (line, quantity) in pairs(&input["cancelLines"], "line") {
        order.cancel_line(line, quantity)?;
    }
    order.held = input["isOnHold"].as_bool().unwrap_or(order.held);
    order.external_id = text("externalId").or(order.external_id.take());
    order.internal_comment = text("internalComment").or(order.internal_comment.take());
    Ok(())
}

fn create_shipment(store: &Store, input: &Json) -> Done {
    let path = || vec!["input", "order"];
    let number = store.book().find(&input["order"]).map_err(|message| (message, path()))?;
    let flag = |name: &str| input[name].as_bool().unwrap_or(false);
    let (mut made, mut remark) = (0, None);
    let edit = |order: &mut Order, book: &mut Book| {
        made = book.id();
        let lines = pairs(&input["lines"], "orderLine");
        // `isPaid` is ignored when `capture` is used.
        let paid = flag("isPaid") && !flag("capture");
        order.ship(made, &lines, flag("isGoodToGo"), paid, order.updated_at)?;
        if flag("capture") {
            remark = order.capture(made, book.id(), store.config.capture, order.updated_at).err();
        }
        Ok(())
    };
    store.edit_order(number, "update", edit).map_err(|message| (message, vec!["input", "lines"]))?;
    store.publish_shipment(made, "create");
    Ok(Made { remark, ..Made::plain("shipment", Kind::DirectToConsumerShipment, made) })
}

fn of_shipment(store: &Store, id: i64, input: &Json) -> Done {
    let path = || vec!["id"];
    let holds = |order: &&Order| order.shipments.iter().any(|own| own.id == id);
    let number = store.book().orders.values().find(holds).map(|order| order.number);
    let number = number.ok_or_else(|| (format!("Could not find Shipment with ID {id}."), path()))?;
    let at = input["shippedAt"].as_str().and_then(crate::date::read);
    let edit = |order: &mut Order, _: &mut Book| {
        let at = at.unwrap_or(order.updated_at);
        let own = order.complete(id, at)?;
        let info = &input["shipmentInfo"];
        own.carrier = info["carrier"].as_str().map(str::to_owned);
        own.tracking = info["trackingNumber"].as_str().map(str::to_owned);
        Ok(())
    };
    store.edit_order(number, "update", edit).map_err(|message| (message, path()))?;
    store.publish_shipment(id, "update");
    Ok(Made::plain("shipment", Kind::DirectToConsumerShipment, id))
}

fn create_return(store: &Store, input: &Json) -> Done {
    let shipment = input["shipment"]["id"].as_i64().unwrap_or(0);
    let holds = |order: &&Order| order.shipments.iter().any(|own| own.id == shipment);
    let number = store.book().orders.values().find(holds).map(|order| order.number);
    let missing = || (format!("Could not find Shipment with ID {shipment}."), vec!["input", "shipment"]);
    let number = number.ok_or_else(missing)?;
    let mut made = 0;
    let edit = |order: &mut Order, book: &mut Book| {
        one_policy(&input["returnStockActionPolicy"])?;
        made = book.id();
        order.take_back(Return {
            id: made,
            shipment,
            lines: pairs(&input["lines"], "shipmentLine"),
            completed: false,
            restock: input["returnStockActionPolicy"]["releaseItemsBackToWarehouse"] == true,
            comment: input["comment"].as_str().map(str::to_owned),
            created_at: order.updated_at,
            refunds: vec![],
        })
    };
    store.edit_order(number, "update", edit).map_err(|message| (message, vec!["input", "lines"]))?;
    store.publish_return(made, "create");
    Ok(Made::plain("return", Kind::DirectToConsumerReturn, made))
}

fn of_return(store: &Store, id: i64, edit: impl FnOnce(&mut Order, usize, &mut Book) -> Result<(), String>) -> Done {
    let path = || vec!["id"];
    let holds = |order: &&Order| order.returns.iter().any(|own| own.id == id);
    let number = store.book().orders.values().find(holds).map(|order| order.number);
    let number = number.ok_or_else(|| (format!("Could not find Return with ID {id}."), path()))?;
    let edit = |order: &mut Order, book: &mut Book| {
        let index = order.returns.iter().position(|own| own.id == id).unwrap_or(0);
        edit(order, index, book)
    };
    store.edit_order(number, "update", edit).map_err(|message| (message, path()))?;
    store.publish_return(id, "update");
    Ok(Made::plain("return", Kind::DirectToConsumerReturn, id))
}

fn refund(order: &mut Order, index: usize, book: &mut Book) -> Result<(), String> {
    let own = &order.returns[index];
    if !own.completed || !own.refunds.is_empty() {
        return Err("Only a completed return can be refunded, and only once.".to_owned());
    }
    if order.is_paid_outside() {
        return Err("This order is paid with External Payment: give its money back at the payment provider.".to_owned());
    }
    let (id, minor) = (book.id(), order.worth(own));
    order.returns[index].refunds.push(id);
    order.payments.push(Payment { id, kind: "REFUND", minor, reference: None, at: order.updated_at });
    Ok(())
}
