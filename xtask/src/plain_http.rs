//! Requests to processes of our own on this machine; HTTP/1.0, so that an answer ends with its connection.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use anyhow::{Context, bail};

/// How long a process may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// One request. `authority` is host and port; the error holds the whole answer.
pub(crate) fn request(
    authority: &str,
    method: &str,
    path: &str,
    authorization: &str,
    body: Option<&str>,
) -> anyhow::Result<String> {
    let mut stream = TcpStream::connect(authority).with_context(|| format!("{authority} does not answer"))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let body = body.unwrap_or_default();
    write!(
        stream,
        "{method} {path} HTTP/1.0\r\nhost: {authority}\r\nauthorization: {authorization}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").context("the answer has no end")?;
    if !head.split(' ').nth(1).is_some_and(|status| status.starts_with('2')) {
        bail!("{method} {path}: {}\n{body}", head.lines().next().unwrap_or_default());
    }
    Ok(body.to_owned())
}
