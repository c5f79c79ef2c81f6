//! The address of a database: what to connect with, one set per host.

use std::{fs::File, time::Duration};

use sqlx::{ConnectOptions, postgres::PgConnectOptions};
use url::form_urlencoded;

use crate::store::{
    error::{Error, Result},
    server::ServerProblem,
};

/// As which the server lists the sessions of a host.
pub(crate) const APPLICATION: &str = "connector-host";
const STATEMENTS_KEPT: usize = 512;
/// Hosts that an address may name.
const MAX_HOSTS: usize = 16;
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// What the driver does not know, and is read here.
const ATTRIBUTES: &str = "target_session_attrs";
const FILES: [&str; 3] = ["sslrootcert", "sslcert", "sslkey"];
const CONNECT_TIMEOUT: &str = "connect_timeout";

/// Where a database is.
#[derive(Debug, Clone)]
pub(crate) struct Address {
    /// What to connect with; one of them accepts writes.
    pub(crate) hosts: Vec<PgConnectOptions>,
    /// Database and hosts, without user and password.
    pub(crate) name: String,
    /// How long one host may take to accept a connection.
    pub(crate) connect_within: Duration,
}

impl Address {
    /// Reads `postgres://USER:PASSWORD@HOST:PORT,HOST:PORT/DATABASE?…`.
    pub(crate) fn parse(url: &str) -> Result<Self> {
        let parts = Parts::of(url)?;
        let connect_within = parts.connect_within()?;
        parts.check_attributes()?;
        parts.check_files()?;
        let hosts = parts.hosts()?.into_iter().map(|(host, extra)| parts.options(&host, &extra));
        let hosts = hosts.collect::<Result<Vec<_>>>()?;
        let Some(first) = hosts.first() else { return Err(refused("it names no host")) };
        let database = first.get_database().unwrap_or(first.get_username());
        let places = hosts.iter().map(place).collect::<Vec<_>>().join(", ");
        Ok(Self { name: format!("{database} at {places}"), hosts, connect_within })
    }
}

/// The passwords that an address has, as written and as meant; also those of an address that cannot be used.
pub(crate) fn passwords(url: &str) -> Vec<String> {
    let Ok(parts) = Parts::of(url) else { return vec![] };
    let written = parts.user.trim_end_matches('@').split_once(':').map(|(_, password)| password.to_owned());
    // In this place a plus sign is itself.
    let pair = written.iter().map(|written| format!("p={}", written.replace('+', "%2B")));
    let meant: Vec<_> =
        pair.flat_map(|pair| form_urlencoded::parse(pair.as_bytes()).into_owned().collect::<Vec<_>>()).collect();
    let asked = ["password", "sslpassword"].into_iter().flat_map(|key| parts.values(key).map(str::to_owned));
    let all = meant.into_iter().map(|(_, meant)| meant).chain(asked).chain(written);
    all.filter(|password| !password.is_empty()).collect()
}

/// Where one host is.
fn place(host: &PgConnectOptions) -> String {
    match host.get_socket() {
        Some(socket) if host.get_port() == 5432 => socket.display().to_string(),
        Some(socket) => format!("{}:{}", socket.display(), host.get_port()),
        None => format!("{}:{}", host.get_host(), host.get_port()),
    }
}

/// None of what it says holds a password: the address is never quoted as a whole.
fn refused(why: impl Into<String>) -> Error {
    Error::Server { server: "server".to_owned(), problem: ServerProblem::Address(why.into()) }
}

/// Parameters of a query, by name.
type Parameters = Vec<(&'static str, String)>;

/// A URL that may name several hosts, which no URL of the web does.
struct Parts<'u> {
    scheme: &'u str,
    /// User and password with their `@`, or nothing.
    user: &'u str,
    hosts: &'u str,
    path: &'u str,
    query: Vec<(String, String)>,
}

impl<'u> Parts<'u> {
    fn of(url: &'u str) -> Result<Self> {
        let (scheme, rest) = url.split_once("://").ok_or_else(|| refused("it does not begin with `postgres://`"))?;
        if !matches!(scheme, "postgres" | "postgresql") {
            let shown: String = scheme.chars().take(20).collect();
            return Err(refused(format!("`{shown}` is not `postgres`")));
        }
        let rest = rest.split_once('#').map_or(rest, |(before, _)| before);
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = place.split_at(place.find('/').unwrap_or(place.len()));
        let (user, hosts) = authority.split_at(authority.rfind('@').map_or(0, |at| at + 1));
        let query = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        Ok(Self { scheme, user, hosts, path, query })
    }

    fn values<'s>(&'s self, key: &'s str) -> impl Iterator<Item = &'s str> {
        self.query.iter().filter(move |(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// The host always writes: what allows less is refused, what asks for it is what happens anyway.
    fn check_attributes(&self) -> Result<()> {
        match self.values(ATTRIBUTES).find(|value| !matches!(*value, "any" | "read-write" | "primary")) {
            Some(_) => {
                Err(refused(format!("`{ATTRIBUTES}` must be `read-write`: the host needs a server that writes")))
            }
            None => Ok(()),
        }
    }

    /// What is wrong with a file of TLS would otherwise look like a server that does not answer.
    fn check_files(&self) -> Result<()> {
        for key in FILES {
            if let Some(error) = self.values(key).find_map(|path| File::open(path).err()) {
                return Err(refused(format!("the file of `{key}` cannot be read ({error})")));
            }
        }
        Ok(())
    }

    fn connect_within(&self) -> Result<Duration> {
        let Some(seconds) = self.values(CONNECT_TIMEOUT).last() else { return Ok(CONNECT_WITHIN) };
        match seconds.parse() {
            Ok(seconds @ 1..=60) => Ok(Duration::from_secs(seconds)),
            _ => Err(refused(format!("`{CONNECT_TIMEOUT}` must be a number of seconds from 1 to 60"))),
        }
    }

    /// Each host as it stands before the path, and what is added for it to the query.
    fn hosts(&self) -> Result<Vec<(String, Parameters)>> {
        let listed = |key| self.values(key).last().map(|value| value.split(',').map(str::to_owned).collect());
        let (names, ports): (Option<Vec<String>>, Option<Vec<String>>) = (listed("host"), listed("port"));
        let hosts: Vec<_> = match names {
            // As everywhere else, these win over what stands before the path.
            Some(names) => names.into_iter().map(|name| (String::new(), vec![("host", name)])).collect(),
            None => self.hosts.split(',').map(|host| (host.to_owned(), vec![])).collect(),
        };
        if hosts.len() > MAX_HOSTS {
            return Err(refused(format!("it names more than {MAX_HOSTS} hosts")));
        }
        if hosts.len() > 1 && hosts.iter().any(|(host, extra)| host.is_empty() && extra.is_empty()) {
            return Err(refused("one of its hosts is empty"));
        }
        let ports = ports.unwrap_or_default();
        if ports.len() > 1 && ports.len() != hosts.len() {
            return Err(refused("it has another number of ports than of hosts"));
        }
        let with_port = hosts.into_iter().enumerate().map(|(number, (host, mut extra))| {
            let port = ports.get(number).or(ports.first()).map(|port| ("port", port.clone()));
            extra.extend(port);
            (host, extra)
        });
        Ok(with_port.collect())
    }

    fn options(&self, host: &str, extra: &[(&'static str, String)]) -> Result<PgConnectOptions> {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let own = ["host", "port", ATTRIBUTES, CONNECT_TIMEOUT];
        query.extend_pairs(self.query.iter().filter(|(key, _)| !own.contains(&&**key)));
        query.extend_pairs(extra);
        let Self { scheme, user, path, .. } = self;
        let url = format!("{scheme}://{user}{host}{path}?{}", query.finish());
        // What the driver says may quote the address.
        let options = url.parse::<PgConnectOptions>().map_err(|_| refused("a part of it is not understood"))?;
        let options = options.application_name(APPLICATION).statement_cache_capacity(STATEMENTS_KEPT);
        Ok(options.disable_statement_logging())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_found_wherever_an_address_has_them() {
        for (url, known) in [
            ("postgres://host:p%40ss+word@one:5432,two:5433/shop", vec!["p@ss+word", "p%40ss+word"]),
            ("postgres://host@one/shop?password=a%26b&sslpassword=key", vec!["a&b", "key"]),
            ("postgres://one,two/shop", vec![]),
        ] {
            assert_eq!(passwords(url), known, "{url}");
        }
    }

    fn places(url: &str) -> String {
        Address::parse(url).unwrap().name
    }

    #[test]
    fn one_host_or_several_are_named_without_user_and_password() {
        assert_eq!(places("postgres://u:secret@db/store"), "store at db:5432");
        assert_eq!(places("postgresql://u:s@h1:1,h2:2,[::1]:3/store?sslmode=disable"), "store at h1:1, h2:2, [::1]:3");
        assert_eq!(places("postgres:///store?host=/a,/b&port=1,2&user=u"), "store at /a:1, /b:2");
        assert_eq!(places("postgres://h1,h2/store?port=7&target_session_attrs=read-write"), "store at h1:7, h2:7");
        assert_eq!(places("postgres://u:p%40%2C%2F@h1,h2?dbname=store"), "store at h1:5432, h2:5432");
        assert_eq!(places("postgres://u:p@ss@h1,h2/store"), "store at h1:5432, h2:5432");
    }

    #[test]
    fn what_the_driver_does_not_know_is_read_here() {
        let address = Address::parse("postgres://h/s?connect_timeout=3&target_session_attrs=primary").unwrap();
        assert_eq!(address.connect_within, Duration::from_secs(3));
        for (url, part) in [
            ("postgres://u:secret@h/s?sslrootcert=/nowhere/root.crt", "the file of `sslrootcert` cannot be read"),
            ("postgres://u:secret@h1,h2/s?target_session_attrs=standby", "read-write"),
            ("postgres://u:secret@h/s?connect_timeout=never", "from 1 to 60"),
            ("postgres://u:secret@h1,h2,h3/s?port=1,2", "number of ports"),
            ("postgres://u:secret@h1,,h3/s", "empty"),
            ("postgres://u:secret@h1:port,h2/s", "not understood"),
            ("mysql://u:secret@h/s", "`mysql` is not `postgres`"),
            ("secret.db", "does not begin with"),
        ] {
            let error = Address::parse(url).unwrap_err().to_string();
            assert!(error.contains(part) && !error.contains("secret"), "{url}: {error}");
        }
        let hosts = vec!["h"; MAX_HOSTS + 1].join(",");
        assert!(Address::parse(&format!("postgres://{hosts}/s")).unwrap_err().to_string().contains("more than 16"));
    }
}
