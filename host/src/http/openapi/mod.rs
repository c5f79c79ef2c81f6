//! Routes with their description: what `routes` declares once becomes both the router and the OpenAPI 3.1 document.

mod about;
mod document;
mod events;
mod failures;
mod operation;
mod parameters;
mod schemas;
mod variants;

use std::collections::HashMap;

use axum::{
    Router,
    handler::Handler,
    routing::{MethodFilter, on},
};
use serde_json::{Map, Value, json};

pub(super) use about::{About, about};
pub(super) use operation::Operation;
use schemas::Schemas;

use super::{
    access::{Access, AccessList},
    host::Host,
};

/// Routes, and what the document has of them.
pub(super) struct Api {
    router: Router<Host>,
    paths: Map<String, Value>,
    tags: Vec<Value>,
    tag: &'static str,
    schemas: Schemas,
    access: AccessList,
}

impl Api {
    pub(super) fn new() -> Self {
        Self {
            router: Router::new(),
            paths: Map::new(),
            tags: vec![],
            tag: "",
            schemas: Schemas::new(),
            access: HashMap::new(),
        }
    }

    /// Begins a group: the operations that follow belong to this resource.
    pub(super) fn tag(mut self, name: &'static str, description: &str) -> Self {
        self.tags.push(json!({ "name": name, "description": description }));
        Self { tag: name, ..self }
    }

    /// Adds a route and its description.
    pub(super) fn route<H, T>(
        mut self,
        method: MethodFilter,
        path: &'static str,
        handler: H,
        access: Access,
        about: About,
        describe: impl FnOnce(Operation<'_>) -> Operation<'_>,
    ) -> Self
    where
        H: Handler<T, Host>,
        T: 'static,
    {
        self.router = self.router.route(path, on(method, handler));
        let name = name_of(method);
        self.access.entry(path).or_default().push((name, access));
        let operation = Operation::new(&mut self.schemas, (name, path), access, self.tag, about);
        let entry = self.paths.entry(path).or_insert_with(|| json!({}));
        entry[name] = describe(operation).finish();
        self
    }

    pub(super) fn into_router(self) -> Router<Host> {
        self.router
    }

    /// Who may call what.
    pub(super) fn access(self) -> AccessList {
        self.access
    }

    pub(super) fn into_document(self) -> Value {
        document::write(&self.paths, &self.tags, self.schemas)
    }
}

fn name_of(method: MethodFilter) -> &'static str {
    match method {
        MethodFilter::POST => "post",
        MethodFilter::PUT => "put",
        MethodFilter::PATCH => "patch",
        MethodFilter::DELETE => "delete",
        _ => "get",
    }
}
