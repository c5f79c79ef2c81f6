//! What is held of one person. The person is named in the body, never in an address that may be logged.

use axum::{Json, extract::State};

use crate::{
    core::order::person::{Erased, Person, PersonExport},
    http::{
        Host,
        auth::Signed,
        extract::{Body, JsonAnswer, Named},
    },
};

pub(in crate::http) async fn export(
    State(host): State<Host>,
    caller: Signed,
    Named(id): Named,
    Body(person): Body<Person>,
) -> JsonAnswer<PersonExport> {
    let ctx = caller.ctx(&host);
    Ok(Json(host.services.orders.export_person(&ctx, &id, &person).await?))
}

pub(in crate::http) async fn erase(
    State(host): State<Host>,
    caller: Signed,
    Named(id): Named,
    Body(person): Body<Person>,
) -> JsonAnswer<Erased> {
    let ctx = caller.ctx(&host);
    Ok(Json(host.services.orders.erase_person(&ctx, &id, &person).await?))
}
