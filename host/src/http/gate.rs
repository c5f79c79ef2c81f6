//! Who is accepted: so many connections in all, fewer than the process may open, and a share of them for each address.
//!
//! When there are too many, an idle one is closed; connections with a running request are never closed. A few more are
//! accepted for `/livez` and `/readyz` only.

use std::{
    collections::{BTreeMap, HashMap},
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use ipnet::IpNet;
use rustix::process::{Resource, getrlimit};

use super::{
    client::{is_trusted, sharer},
    socket::{Limits, Socket, Stage},
};

/// Connections beyond the limit, which may only ask whether the host lives.
const SPARE: usize = 16;
/// Connections at most when the configuration does not say how many.
const USUAL: usize = 4_096;
/// Descriptors that are kept for the database, plugins, stores and logs, where that many can be.
const KEPT_BACK: usize = 256;

/// Accepts connections. Cheap to clone.
#[derive(Clone)]
pub(super) struct Gate(Arc<Inner>);

struct Inner {
    most: usize,
    share: usize,
    trusted: Vec<IpNet>,
    limits: Limits,
    inside: Mutex<Inside>,
}

#[derive(Default)]
struct Inside {
    next: u64,
    all: usize,
    /// By address, and there in the order in which they came.
    by: HashMap<IpAddr, BTreeMap<u64, Arc<Socket>>>,
}

/// A connection that was accepted, until it is dropped.
pub(super) struct Ticket {
    gate: Gate,
    number: u64,
    pub(super) socket: Arc<Socket>,
}

impl Gate {
    /// Accepts at most `most` connections, of which one address has at most `share_percent`.
    pub(super) fn new(most: usize, share_percent: u8, trusted: Vec<IpNet>, limits: Limits) -> Self {
        let share = (most * usize::from(share_percent) / 100).max(1);
        Self(Arc::new(Inner { most, share, trusted, limits, inside: Mutex::default() }))
    }

    /// Accepts a connection; `None` when it must be closed at once.
    pub(super) fn admit(&self, peer: IpAddr) -> Option<Ticket> {
        let gate = &self.0;
        let sharer = sharer(peer);
        let mut inside = gate.inside();
        let own = inside.by.get(&sharer).map_or(0, BTreeMap::len);
        let has_share = own >= gate.share && !is_trusted(peer, &gate.trusted);
        let is_full = inside.all >= gate.most;
        let displaced = match (has_share, is_full) {
            (true, _) => inside.closable(sharer),
            (false, true) => inside.closable_of_all(),
            (false, false) => None,
        };
        let is_spare = (has_share || is_full) && displaced.is_none();
        let displaced = if is_spare && inside.spares() >= SPARE { inside.oldest_spare() } else { displaced };
        if let Some(socket) = &displaced {
            socket.close();
        }
        // What was reported to close is not closed yet.
        if inside.all >= gate.most + 2 * SPARE {
            return None;
        }
        let socket = Socket::new(peer, sharer, is_spare, gate.limits);
        let number = inside.next;
        inside.next += 1;
        inside.all += 1;
        inside.by.entry(sharer).or_default().insert(number, Arc::clone(&socket));
        drop(inside);
        Some(Ticket { gate: self.clone(), number, socket })
    }

    /// Closes a connection that nothing is asked on: descriptors have run out all the same.
    pub(super) fn relieve(&self) {
        let inside = self.0.inside();
        if let Some(socket) = inside.closable_of_all() {
            socket.close();
        }
    }
}

impl Inner {
    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inside {
    /// One of the address with the most connections that has any to spare.
    fn closable_of_all(&self) -> Option<Arc<Socket>> {
        let heaviest = self.by.iter().max_by_key(|(_, sockets)| sockets.len()).map(|(address, _)| *address)?;
        self.closable(heaviest).or_else(|| self.by.keys().find_map(|address| self.closable(*address)))
    }

    /// Of an address's connections the one that is missed least: nothing was ever asked on it, nothing is at the moment, or
    /// it is slow; the oldest of its kind.
    fn closable(&self, address: IpAddr) -> Option<Arc<Socket>> {
        let sockets = self.by.get(&address)?.values().filter(|socket| !socket.is_spare && !socket.is_closing());
        let mut found: Option<(Stage, &Arc<Socket>)> = None;
        for socket in sockets {
            let stage = socket.stage();
            if stage != Stage::AtWork && found.is_none_or(|(other, _)| stage < other) {
                found = Some((stage, socket));
            }
            if stage == Stage::Fresh {
                break;
            }
        }
        found.map(|(_, socket)| Arc::clone(socket))
    }

    fn spares(&self) -> usize {
        self.spare().count()
    }

    fn oldest_spare(&self) -> Option<Arc<Socket>> {
        self.spare().min_by_key(|(number, _)| **number).map(|(_, socket)| Arc::clone(socket))
    }

    /// Those beyond the limit.
    fn spare(&self) -> impl Iterator<Item = (&u64, &Arc<Socket>)> {
        self.by.values().flatten().filter(|(_, socket)| socket.is_spare && !socket.is_closing())
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut inside = self.gate.0.inside();
        inside.all = inside.all.saturating_sub(1);
        if let Some(sockets) = inside.by.get_mut(&self.socket.sharer) {
            sockets.remove(&self.number);
            if sockets.is_empty() {
                inside.by.remove(&self.socket.sharer);
            }
        }
    }
}

/// How many connections there may be: what is configured, but never so many that nothing else could be opened.
pub(super) fn most_connections(configured: u32) -> usize {
    let descriptors =
        getrlimit(Resource::Nofile).current.map_or(usize::MAX, |most| most.try_into().unwrap_or(usize::MAX));
    let kept_back = (KEPT_BACK + 2 * SPARE).min(descriptors / 2);
    let possible = (descriptors - kept_back).max(1);
    match configured {
        0 => possible.min(USUAL),
        wanted => possible.min(wanted as usize),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{super::pace::Pace, *};

    const A: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const B: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

    fn gate(most: usize, trusted: &[&str]) -> Gate {
        let limits = Limits { head: Duration::from_secs(1), idle: Duration::from_secs(1), unread: Pace::new(1) };
        Gate::new(most, 50, trusted.iter().map(|network| network.parse().unwrap()).collect(), limits)
    }

    #[test]
    fn an_address_with_its_share_closes_its_own_idle_connections_and_no_others() {
        let gate = gate(8, &[]);
        let other = gate.admit(B).unwrap();
        let first: Vec<_> = (0..4).map(|_| gate.admit(A).unwrap()).collect();
        let _asks = first[0].socket.begin();
        let fifth = gate.admit(A).unwrap();
        assert!(!fifth.socket.is_spare && !other.socket.is_closing());
        let closing: Vec<_> = first.iter().map(|ticket| ticket.socket.is_closing()).collect();
        assert_eq!(closing, [false, true, false, false], "the oldest on which nothing was asked");
    }

    #[test]
    fn who_works_is_never_closed_and_a_few_more_may_ask_whether_the_host_lives() {
        let gate = gate(4, &["192.0.2.0/24"]);
        let tickets: Vec<_> = (0..4).map(|_| gate.admit(A).unwrap()).collect();
        let _asks: Vec<_> = tickets.iter().map(|ticket| (ticket.socket.begin(), ticket.socket.work())).collect();
        let spare: Vec<_> = (0..SPARE).map(|_| gate.admit(B).unwrap()).collect();
        let one_more = gate.admit(B).unwrap();
        assert!(spare.iter().chain([&one_more]).all(|ticket| ticket.socket.is_spare));
        assert!(spare[0].socket.is_closing() && !spare[1].socket.is_closing(), "the oldest gives way");
        assert!(tickets.iter().all(|ticket| !ticket.socket.is_closing()));
        let more: Vec<_> = std::iter::from_fn(|| gate.admit(B)).take(100).collect();
        assert_eq!(more.len(), SPARE - 1, "and no more while they are not closed");
        drop((spare, one_more, more));
        drop(tickets);
        assert!(!gate.admit(B).unwrap().socket.is_spare);
    }

    #[test]
    fn a_trusted_proxy_may_have_all_connections() {
        let gate = gate(4, &["192.0.2.1/32"]);
        let tickets: Vec<_> = (0..4).map(|_| gate.admit(A).unwrap()).collect();
        assert!(tickets.iter().all(|ticket| !ticket.socket.is_spare && !ticket.socket.is_closing()));
    }
}
