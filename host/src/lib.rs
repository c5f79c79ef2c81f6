//! Loads platform plugins, keeps merchants' connections and syncs their catalogs. Knows no platform by name.
#![forbid(unsafe_code)]

pub mod plugin;
