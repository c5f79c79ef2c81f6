//! The list of checks as it grows: each is timed, kept and told to the host as it ends.

use std::collections::BTreeMap;

use connector_api::{
    ConnectorError, ErrorCode, Host,
    domain::Timestamp,
    wire::validate::{Check, CheckStatus, CheckTexts},
};

use crate::swedish;

/// How one check went.
#[derive(Debug, Clone)]
pub(super) struct Verdict {
    status: CheckStatus,
    code: Option<ErrorCode>,
    pointer: Option<String>,
    message: String,
    fix: Option<String>,
    help_url: Option<&'static str>,
}

impl Verdict {
    fn new(status: CheckStatus, message: impl Into<String>) -> Self {
        Self { status, code: None, pointer: None, message: message.into(), fix: None, help_url: None }
    }

    /// As it should be.
    pub(super) fn pass(message: impl Into<String>) -> Self {
        Self::new(CheckStatus::Pass, message)
    }

    /// Works, but something should be looked at.
    pub(super) fn warn(code: ErrorCode, message: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { code: Some(code), fix: Some(fix.into()), ..Self::new(CheckStatus::Warn, message) }
    }

    /// The connection cannot work like this.
    pub(super) fn fail(code: ErrorCode, message: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { code: Some(code), fix: Some(fix.into()), ..Self::new(CheckStatus::Fail, message) }
    }

    /// Not checked.
    pub(super) fn skip(message: impl Into<String>) -> Self {
        Self::new(CheckStatus::Skip, message)
    }

    /// An operation's error as a verdict.
    pub(super) fn of_error(error: &ConnectorError, fix: impl Into<String>) -> Self {
        Self::fail(error.code.clone(), error.message.clone(), fix)
    }

    /// Names the field to change.
    pub(super) fn at(mut self, pointer: &str) -> Self {
        self.pointer = Some(pointer.to_owned());
        self
    }

    /// Names the field to change, unless one is named or nothing needs changing.
    pub(super) fn or_at(self, pointer: &str) -> Self {
        let at_rest = matches!(self.status, CheckStatus::Pass | CheckStatus::Skip);
        if at_rest || self.pointer.is_some() { self } else { self.at(pointer) }
    }

    /// Names the page that explains it.
    pub(super) fn help(mut self, url: &'static str) -> Self {
        self.help_url = Some(url);
        self
    }

    /// Whether it is as it should be.
    pub(super) fn is_pass(&self) -> bool {
        self.status == CheckStatus::Pass
    }

    /// Whether it works, even if something should be looked at.
    pub(super) fn is_usable(&self) -> bool {
        matches!(self.status, CheckStatus::Pass | CheckStatus::Warn)
    }

    /// Whether what comes after cannot go on.
    pub(super) fn is_fatal(&self) -> bool {
        self.status == CheckStatus::Fail
    }
}

/// The checks so far.
pub(super) struct Checklist<'a> {
    host: &'a Host,
    checks: Vec<Check>,
}

impl<'a> Checklist<'a> {
    pub(super) fn new(host: &'a Host) -> Self {
        Self { host, checks: vec![] }
    }

    /// When the next check begins.
    pub(super) async fn begin(&self) -> Result<Timestamp, ConnectorError> {
        self.host.now().await
    }

    /// Adds a check that began at `began`.
    pub(super) async fn end(
        &mut self,
        began: Timestamp,
        id: &str,
        title: &str,
        verdict: Verdict,
    ) -> Result<(), ConnectorError> {
        let spent = self.host.now().await?.as_unix_ms().saturating_sub(began.as_unix_ms());
        let check = Check {
            id: id.to_owned(),
            title: title.to_owned(),
            status: verdict.status,
            code: verdict.code,
            pointer: verdict.pointer,
            message: verdict.message,
            fix: verdict.fix,
            help_url: verdict.help_url.map(str::to_owned),
            duration_ms: u64::try_from(spent).unwrap_or(0),
            translations: BTreeMap::new(),
        };
        let translations = BTreeMap::from([(swedish::TAG.to_owned(), in_swedish(&check))]);
        let check = Check { translations, ..check };
        self.host.report_check(&check).await?;
        self.checks.push(check);
        Ok(())
    }

    /// Adds checks that were not made, with the reason.
    pub(super) async fn skip_all(&mut self, checks: &[(&str, &str)], why: &str) -> Result<(), ConnectorError> {
        for (id, title) in checks {
            let began = self.begin().await?;
            self.end(began, id, title, Verdict::skip(why)).await?;
        }
        Ok(())
    }

    pub(super) fn into_checks(self) -> Vec<Check> {
        self.checks
    }
}

fn in_swedish(check: &Check) -> CheckTexts {
    CheckTexts {
        title: swedish::said(&check.title),
        message: swedish::said(&check.message),
        fix: check.fix.as_deref().map(swedish::said),
    }
}
