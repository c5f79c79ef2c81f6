//! Rust text without its comments and without the content of its strings, line for line.

/// Replaces both by spaces.
pub(super) fn of(text: &str) -> String {
    let mut letters = Letters { rest: text, code: String::with_capacity(text.len()) };
    while let Some(letter) = letters.rest.chars().next() {
        let rest = letters.rest;
        if rest.starts_with("//") {
            letters.blank(rest.find('\n').unwrap_or(rest.len()));
        } else if rest.starts_with("/*") {
            letters.blank(length_of_comment(rest));
        } else if let Some(length) = length_of_raw_string(rest).filter(|_| !letters.is_inside_a_word()) {
            letters.blank(length);
        } else if letter == '"' {
            letters.blank(length_of_string(rest));
        } else if letter == '\'' {
            letters.keep_or_blank(length_of_character(rest));
        } else {
            letters.keep(letter.len_utf8());
        }
    }
    letters.code
}

struct Letters<'a> {
    rest: &'a str,
    code: String,
}

impl Letters<'_> {
    fn keep(&mut self, length: usize) {
        self.code.push_str(&self.rest[..length]);
        self.rest = &self.rest[length..];
    }

    fn blank(&mut self, length: usize) {
        self.code.extend(self.rest[..length].chars().map(|letter| if letter == '\n' { '\n' } else { ' ' }));
        self.rest = &self.rest[length..];
    }

    /// A character literal is blanked; a lifetime is kept.
    fn keep_or_blank(&mut self, length: Option<usize>) {
        match length {
            Some(length) => self.blank(length),
            None => self.keep(1),
        }
    }

    fn is_inside_a_word(&self) -> bool {
        self.code.chars().next_back().is_some_and(|letter| letter.is_alphanumeric() || letter == '_')
    }
}

fn length_of_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if rest.starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                break;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    at
}

fn length_of_string(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        match letter {
            '\\' => is_escaped = !is_escaped,
            '"' if !is_escaped => return at + 1,
            _ => is_escaped = false,
        }
    }
    text.len()
}

/// Of `r"…"`, `r#"…"#` and the like, with an optional `b` or `c` before.
fn length_of_raw_string(text: &str) -> Option<usize> {
    let after_prefix = text.strip_prefix(['b', 'c']).unwrap_or(text).strip_prefix('r')?;
    let hashes = after_prefix.len() - after_prefix.trim_start_matches('#').len();
    let content = after_prefix[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let length = content.find(&end).map_or(content.len(), |at| at + end.len());
    Some(text.len() - content.len() + length)
}

fn length_of_character(text: &str) -> Option<usize> {
    let mut letters = text.char_indices().skip(1);
    let (_, first) = letters.next()?;
    if first == '\\' {
        letters.next();
        return letters.find(|(_, letter)| *letter == '\'').map(|(at, _)| at + 1);
    }
    letters.next().filter(|(_, letter)| *letter == '\'').map(|(at, _)| at + 1)
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn comments_and_the_content_of_strings_go_and_everything_else_stays() {
        let cases = [
            ("a // b\nc", "a     \nc"),
            ("a /* b /* c */ d */ e", "a                   e"),
            (r#"f("x \" y") + 1"#, "f(        ) + 1"),
            (r##"let s = r#"a "b" // c"#;"##, "let s =                ;"),
            ("let c = '\"'; // x", "let c =    ;     "),
            (r"let c = '\''; g", "let c =     ; g"),
            ("fn f<'a>(x: &'a str) {}", "fn f<'a>(x: &'a str) {}"),
            ("\"two\nlines\" end", "    \n       end"),
        ];
        for (text, code) in cases {
            assert_eq!(of(text).trim_end(), code.trim_end(), "{text}");
        }
    }

    #[test]
    fn lines_are_kept() {
        let text = "//! doc\nfn f() {\n    /* a\n b */ g();\n}\n";
        assert_eq!(of(text).lines().count(), text.lines().count());
    }
}
