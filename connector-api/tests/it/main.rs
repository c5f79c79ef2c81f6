//! The contract seen from outside: exported schemas, and messages of other versions.

mod abi_hash;
mod wire_compat;
mod wire_schemas;
