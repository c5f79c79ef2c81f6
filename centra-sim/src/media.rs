//! Pictures of the simulated products: small drawings, made from the media row's shape and colour.

use crate::shop::View;
use crate::value::Kind;

/// The outline of a kind of garment, in a 300 × 400 field.
fn outline(shape: &str) -> &'static str {
    match shape {
        "trousers" => "M95 60 H205 L225 350 H165 L150 150 L135 350 H75 Z",
        "dress" => "M115 50 H185 L175 150 L230 350 H70 L125 150 Z",
        "shoe" => "M60 230 L120 225 L165 175 Q190 215 245 235 Q265 250 255 275 H60 Z",
        "bag" => {
            "M75 160 H225 L240 330 H60 Z M115 160 Q115 90 150 90 Q185 90 185 160 H172 Q172 105 150 105 Q128 105 128 160 Z"
        }
        "hat" => {
            "M50 260 Q150 220 250 260 Q150 300 50 260 Z M95 245 Q100 140 150 140 Q200 140 205 245 Q150 222 95 245 Z"
        }
        "coat" => {
            "M110 55 H190 L245 110 L225 215 L205 190 L212 355 H88 L95 190 L75 215 L55 110 Z M146 70 H154 V355 H146 Z"
        }
        _ => "M110 70 Q150 100 190 70 L250 115 L225 165 L200 148 V330 H100 V148 L75 165 L50 115 Z",
    }
}

/// The drawing of a media row.
pub fn svg(view: View<'_>, id: i64) -> Option<String> {
    if !view.exists(Kind::ProductMedia, id) {
        return None;
    }
    let text =
        |field: &str, default: &str| view.get(Kind::ProductMedia, id, field).as_str().unwrap_or(default).to_owned();
    let (shape, colour) = (text("shape", "shirt"), text("colour", "#5b6770"));
    let outline = outline(&shape);
    // Every second picture shows the back: mirrored, on a darker ground.
    let (ground, mirror) = if id % 2 == 0 { ("#e4e1da", "translate(300 0) scale(-1 1)") } else { ("#f3f1ec", "") };
    Some(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 300 400\" width=\"600\" height=\"800\">\
         <rect width=\"300\" height=\"400\" fill=\"{ground}\"/>\
         <ellipse cx=\"150\" cy=\"362\" rx=\"105\" ry=\"9\" fill=\"#000\" opacity=\".08\"/>\
         <g transform=\"{mirror}\"><path d=\"{outline}\" fill=\"{colour}\" fill-rule=\"evenodd\" stroke=\"#2b2b2b\" \
         stroke-opacity=\".35\" stroke-width=\"2\" stroke-linejoin=\"round\"/></g></svg>"
    ))
}
