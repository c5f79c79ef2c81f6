//! The licences of everything that is shipped: an expression for each package, and every text once.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::Context;

use super::dependencies::{Package, Shipped};

/// How files with licences and notices begin, in upper case.
const NAMES: [&str; 6] = ["LICENSE", "LICENCE", "COPYING", "NOTICE", "UNLICENSE", "COPYRIGHT"];
const LINE: &str = "--------------------------------------------------------------------------------";

/// The document. Packages of this workspace are under the project's own licences, which are beside it.
pub(super) fn written(shipped: &[Shipped]) -> anyhow::Result<String> {
    let mut document = String::from("Licences of the packages that this release is built from\n\n");
    let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for package in shipped.iter().map(|one| &one.package).filter(|package| package.source.is_some()) {
        let own = texts_of(package)?;
        let note = if own.is_empty() { " (its package has no text of it)" } else { "" };
        let licence = package.license.as_deref().unwrap_or("see its text");
        document += &format!("{} {}: {licence}{note}\n", package.name, package.version);
        for text in own {
            texts.entry(text).or_default().push(format!("{} {}", package.name, package.version));
        }
    }
    for (text, packages) in &texts {
        document += &format!("\n{LINE}\n{}\n{LINE}\n\n{text}\n", packages.join(", "));
    }
    Ok(document)
}

/// Texts in a package's folder, sorted, without differences that no reader sees.
fn texts_of(package: &Package) -> anyhow::Result<Vec<String>> {
    let folder = package.manifest_path.parent().unwrap_or(Path::new("."));
    let mut files: Vec<_> = fs::read_dir(folder)
        .with_context(|| format!("{}: run `cargo fetch`", folder.display()))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.is_file() && is_licence(path))
        .collect();
    files.sort();
    let mut texts = vec![];
    for file in files {
        let bytes = fs::read(&file).with_context(|| file.display().to_string())?;
        let text = String::from_utf8_lossy(&bytes);
        let text = text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim_matches('\n').to_owned();
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    Ok(texts)
}

fn is_licence(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_uppercase();
    let is_code = path.extension().is_some_and(|extension| extension == "rs" || extension == "toml");
    !is_code && NAMES.iter().any(|start| name.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::{super::dependencies::sample, *};

    #[test]
    fn a_text_stands_once_for_all_packages_that_have_it() {
        let folder = tempfile::tempdir().unwrap();
        let files = [
            ("host/LICENSE", "ours"),
            ("json/LICENSE-MIT", "Permission\r\n"),
            ("json/NOTICE", "Thanks"),
            ("text/license.txt", "Permission  \n\n"),
            ("text/licence.rs", "fn code() {}"),
        ];
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let document = written(&sample(folder.path()).shipped(&["host"]).unwrap()).unwrap();
        assert!(document.contains("\njson 1.0.0: MIT/Apache-2.0\ntext 1.0.0: Unicode-3.0\n"), "{document}");
        assert!(document.contains(&format!("\n{LINE}\njson 1.0.0, text 1.0.0\n{LINE}\n\nPermission\n")), "{document}");
        assert!(
            document.contains("Thanks") && !document.contains("ours") && !document.contains("fn code"),
            "{document}"
        );
    }
}
