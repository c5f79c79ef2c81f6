//! Pictures and other files.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ExternalId;

/// A picture or file of an offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Media {
    /// The platform's id, or its position when there is none.
    pub id: ExternalId,
    /// What it is.
    pub kind: MediaKind,
    /// Where it can be fetched, https.
    pub url: String,
    /// Text for those who do not see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alt: Option<String>,
    /// Media type, such as `image/jpeg`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mime: Option<String>,
    /// Order, from 0.
    pub position: u32,
}

open_enum! {
    /// What a file is.
    pub enum MediaKind {
        /// A picture.
        Image = "image",
        /// A film.
        Video = "video",
        /// A three-dimensional model.
        Model3d = "model_3d",
        /// Anything else.
        File = "file",
    }
}
