//! Writes the answer of a plan as JSON, field by field, straight into one buffer.

use serde_json::{Value as Json, json};

use apollo_compiler::ast::Type;
use apollo_compiler::response::JsonMap;

use crate::broken::Broken;
use crate::plan::{Plan, PlanField};
use crate::resolve::{self, Context};
use crate::value::{Node, Val};

/// Why a query could not be answered.
#[derive(Debug)]
pub struct ExecutionError {
    /// What is wrong, in Centra's manner.
    pub message: String,
    /// The keys and indices to the field.
    pub path: Vec<Json>,
    /// Whether the simulator is at fault, not the query.
    pub internal: bool,
}

/// The written answer.
#[derive(Debug)]
pub struct Answer {
    /// The JSON of `data`.
    pub data: Vec<u8>,
    /// Errors of single fields, injected by the fault plan.
    pub errors: Vec<Json>,
}

/// Which nullable fields a partial answer loses: every n-th, until so many are lost.
#[derive(Clone, Copy, Debug)]
pub struct Losses {
    /// Counted over the nullable fields that hold a value.
    pub every: usize,
    /// How many to lose.
    pub remaining: usize,
}

/// Why nothing was written.
enum Halt {
    /// The query cannot be answered.
    Failed(ExecutionError),
    /// A field that may not be null is: so is the next thing around it that may be.
    Null,
}

/// Executes a plan. `meta` holds the answers of `__schema` and `__type`, by response key.
pub fn execute(
    context: &Context<'_>,
    plan: &Plan,
    meta: &JsonMap,
    losses: Option<Losses>,
) -> Result<Answer, ExecutionError> {
    let mut writer = Writer {
        context,
        meta,
        out: Vec::with_capacity(16 * 1024),
        path: Vec::new(),
        errors: Vec::new(),
        losses,
        seen: 0,
    };
    match writer.object(&Node::Root, plan) {
        Ok(()) => Ok(Answer { data: writer.out, errors: writer.errors }),
        Err(Halt::Null) => Ok(Answer { data: b"null".to_vec(), errors: writer.errors }),
        Err(Halt::Failed(error)) => Err(error),
    }
}

#[derive(Clone, Copy)]
enum Segment<'p> {
    Key(&'p str),
    Index(usize),
}

struct Writer<'p, 'a> {
    context: &'p Context<'a>,
    meta: &'p JsonMap,
    out: Vec<u8>,
    path: Vec<Segment<'p>>,
    errors: Vec<Json>,
    losses: Option<Losses>,
    seen: usize,
}

impl<'p, 'a> Writer<'p, 'a> {
    fn object(&mut self, node: &Node<'a>, plan: &'p Plan) -> Result<(), Halt> {
        self.out.push(b'{');
        for (index, field) in plan.fields.iter().enumerate() {
            if index > 0 {
                self.out.push(b',');
            }
            self.out.extend_from_slice(&field.json_key);
            self.path.push(Segment::Key(&field.key));
            self.or_null(&field.ty, |writer| writer.field(node, plan, field))?;
            self.path.pop();
        }
        self.out.push(b'}');
        Ok(())
    }

    fn field(&mut self, node: &Node<'a>, plan: &'p Plan, field: &'p PlanField) -> Result<(), Halt> {
        if field.name.starts_with("__") {
            return self.meta_field(plan, field);
        }
        if self.is_broken(node, plan, field) {
            self.lose(field);
            return Err(Halt::Null);
        }
        let value = resolve::resolve(self.context, node, field).map_err(|message| self.error(message, false))?;
        if self.is_lost(field, &value) {
            self.lose(field);
            return Err(Halt::Null);
        }
        self.value(&value, field, &field.ty)
    }

    /// Writes something, or null in its place where its type allows that.
    fn or_null(&mut self, ty: &Type, write: impl FnOnce(&mut Self) -> Result<(), Halt>) -> Result<(), Halt> {
        let (written, depth) = (self.out.len(), self.path.len());
        match write(self) {
            Err(Halt::Null) if !ty.is_non_null() => {
                self.out.truncate(written);
                self.path.truncate(depth);
                self.out.extend_from_slice(b"null");
                Ok(())
            }
            result => result,
        }
    }

    fn meta_field(&mut self, plan: &Plan, field: &PlanField) -> Result<(), Halt> {
        if field.name == "__typename" {
            self.text(&plan.type_name);
            return Ok(());
        }
        match self.meta.get(field.key.as_str()) {
            None => self.out.extend_from_slice(b"null"),
            Some(value) => {
                let written = serde_json::to_writer(&mut self.out, value);
                written.map_err(|error| self.error(error.to_string(), true))?;
            }
        }
        Ok(())
    }

    fn value(&mut self, value: &Val<'a>, field: &'p PlanField, ty: &Type) -> Result<(), Halt> {
        match value {
            Val::Null if ty.is_list() && ty.is_non_null() => self.out.extend_from_slice(b"[]"),
            Val::Null if ty.is_non_null() => {
                let message = format!("Cannot return null for non-nullable field {}.", field.name);
                return Err(self.error(message, true));
            }
            Val::Null => self.out.extend_from_slice(b"null"),
            Val::Bool(true) => self.out.extend_from_slice(b"true"),
            Val::Bool(false) => self.out.extend_from_slice(b"false"),
            Val::Int(number) => self.out.extend_from_slice(number.to_string().as_bytes()),
            Val::Int64(number) => {
                let digits = number.to_string();
                if self.context.int64_as_string {
                    self.text(&digits);
                } else {
                    self.out.extend_from_slice(digits.as_bytes());
                }
            }
            Val::Float(number) => {
                let written = serde_json::to_writer(&mut self.out, number);
                written.map_err(|error| self.error(error.to_string(), true))?;
            }
            Val::Str(text) if field.is_enum => {
                let served = self.context.renames.served_enum_value(ty.inner_named_type(), text);
                self.text(served);
            }
            Val::Str(text) => self.text(text),
            Val::Time(seconds) => {
                let format = field.arguments.get("format").and_then(Json::as_str);
                self.text(&self.context.zone.write(*seconds, format));
            }
            Val::Node(node) => self.node(node, field)?,
            Val::Ref(kind, id) => self.node(&Node::Row(*kind, *id), field)?,
            Val::Refs(kind, ids) => {
                self.list(ids.len(), ty.item_type(), |writer, index| match ids.get(index) {
                    Some(id) => writer.node(&Node::Row(*kind, *id), field),
                    None => Ok(()),
                })?;
            }
            Val::List(items) => {
                self.list(items.len(), ty.item_type(), |writer, index| match items.get(index) {
                    Some(item) => writer.value(item, field, ty.item_type()),
                    None => Ok(()),
                })?;
            }
        }
        Ok(())
    }

    fn list(
        &mut self,
        length: usize,
        ty: &Type,
        mut item: impl FnMut(&mut Self, usize) -> Result<(), Halt>,
    ) -> Result<(), Halt> {
        self.out.push(b'[');
        for index in 0..length {
            if index > 0 {
                self.out.push(b',');
            }
            self.path.push(Segment::Index(index));
            self.or_null(ty, |writer| item(writer, index))?;
            self.path.pop();
        }
        self.out.push(b']');
        Ok(())
    }

    fn node(&mut self, node: &Node<'a>, field: &'p PlanField) -> Result<(), Halt> {
        let type_name = resolve::type_name(node);
        match field.plan_for(type_name) {
            Some(plan) => self.object(node, plan),
            None => Err(self.error(format!("{} cannot be a {type_name}.", field.name), true)),
        }
    }

    /// Whether the fault plan takes this field away. Root fields stay, so that something is left.
    fn is_lost(&mut self, field: &PlanField, value: &Val<'_>) -> bool {
        let Some(losses) = &mut self.losses else { return false };
        if field.ty.is_non_null() || matches!(value, Val::Null) || self.path.len() < 2 || losses.remaining == 0 {
            return false;
        }
        self.seen += 1;
        if !self.seen.is_multiple_of(losses.every) {
            return false;
        }
        losses.remaining -= 1;
        true
    }

    /// Whether the store can never give this field of this row.
    fn is_broken(&self, node: &Node<'_>, plan: &Plan, field: &PlanField) -> bool {
        let Node::Row(_, id) = node else { return false };
        let is_it =
            |broken: &Broken| broken.id == *id && broken.type_name == *plan.type_name && broken.field == field.name;
        self.context.broken.iter().any(is_it)
    }

    /// Names the field among the errors.
    fn lose(&mut self, field: &PlanField) {
        let (line, column) = field.position;
        self.errors.push(json!({
            "message": "Internal server error",
            "extensions": { "category": "internal" },
            "locations": [{ "line": line, "column": column }],
            "path": self.json_path(),
        }));
    }

    fn json_path(&self) -> Vec<Json> {
        let segment = |segment: &Segment<'_>| match segment {
            Segment::Key(key) => Json::from(*key),
            Segment::Index(index) => Json::from(*index),
        };
        self.path.iter().map(segment).collect()
    }

    fn error(&self, message: String, internal: bool) -> Halt {
        Halt::Failed(ExecutionError { message, path: self.json_path(), internal })
    }

    fn text(&mut self, text: &str) {
        if text.bytes().all(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\') {
            self.out.push(b'"');
            self.out.extend_from_slice(text.as_bytes());
            self.out.push(b'"');
        } else {
            self.out.extend_from_slice(Json::from(text).to_string().as_bytes());
        }
    }
}
