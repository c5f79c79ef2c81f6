//! What is held of one person. The person is named in the body, never in an address that may be logged.

use axum::{Json, extract::State};

use crate::{
    http::{
        Host,
        auth::Signed,
        extract::{Body, JsonAnswer, Named},
    },
    order::person::{Erased, Person, PersonExport},
};

pub(in crate::http) async fn export(
    State(host): State<Host>,
    caller: Signed,
    Named(id): Named,
    Body(person): Body<Person>,
) -> JsonAnswer<PersonExport> {
    let viewer = caller.viewer();
    let orders = caller.ordering(&host.services);
    Ok(Json(orders.export_person(&viewer, &id, &person).await?))
}

pub(in crate::http) async fn erase(
    State(host): State<Host>,
    caller: Signed,
    Named(id): Named,
    Body(person): Body<Person>,
) -> JsonAnswer<Erased> {
    let viewer = caller.viewer();
    let orders = caller.ordering(&host.services);
    Ok(Json(orders.erase_person(&viewer, &id, &person).await?))
}
