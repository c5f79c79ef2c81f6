//! Texts that stand in place of a secret. The host never gives one out; programs and people that got one elsewhere hand it
//! back, and stored it would destroy the secret it stands for.

/// Signs that hide letters.
const SIGNS: [char; 7] = ['*', '•', '●', '∙', '⋅', '·', '█'];
/// Of these, those that no secret consists of in part either.
const DOTS: [char; 5] = ['•', '●', '∙', '⋅', '█'];
/// Words that stand in brackets where a secret is not shown.
const WORDS: [&str; 9] =
    ["hidden", "redacted", "masked", "secret", "removed", "unchanged", "encrypted", "filtered", "not shown"];

/// Whether a text is a mask: nothing but hiding signs, a few letters beside a row of them, or a word such as
/// `[redacted]`. Stars inside of a text are not: somebody may have chosen such a secret.
pub(super) fn is_mask(text: &str) -> bool {
    let is_hidden = !text.is_empty() && text.chars().all(|sign| SIGNS.contains(&sign));
    let has_dots = DOTS.iter().any(|dot| text.contains(&dot.to_string().repeat(3)));
    is_hidden || has_dots || text.starts_with("****") || text.ends_with("****") || is_word(text)
}

fn is_word(text: &str) -> bool {
    let brackets = [('<', '>'), ('[', ']'), ('(', ')'), ('{', '}')];
    let inside = brackets.into_iter().find_map(|(open, close)| text.strip_prefix(open)?.strip_suffix(close));
    inside.is_some_and(|word| WORDS.contains(&word.trim().to_lowercase().as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_are_known_and_odd_secrets_are_accepted() {
        for mask in [
            "*",
            "********",
            "••••",
            "sk_••••1f",
            "●●●●●",
            "****1f9c",
            "abcd****",
            "<hidden>",
            "[Redacted]",
            "(secret)",
        ] {
            assert!(is_mask(mask), "{mask}");
        }
        for secret in ["", "s3cr*t", "ab**cd**ef", "a****b", "hidden", "<hidden", "[a1b2c3]", "xxxxxxxx", "·a·b·"] {
            assert!(!is_mask(secret), "{secret}");
        }
    }
}
