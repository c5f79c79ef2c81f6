//! What a process that serves is for.

use clap::ValueEnum;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a process that serves is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Requests and background work.
    #[default]
    All,
    /// Requests only.
    Web,
    /// Background work only.
    Worker,
}

impl Role {
    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Web => "web",
            Self::Worker => "worker",
        }
    }

    /// Whether it does background work.
    pub fn works(self) -> bool {
        self != Self::Web
    }

    /// Whether it serves channels, merchants, stores and operators.
    pub fn serves(self) -> bool {
        self != Self::Worker
    }
}
