//! What stands before replicas: hands each connection to one of those that say they are ready.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use crate::{
    api::exchange,
    wait::{park, wait_until},
};

/// How often replicas are asked whether they are ready.
const ASK_EVERY: Duration = Duration::from_millis(100);
const PATIENCE: Duration = Duration::from_secs(5);

/// A balancer of connections.
#[derive(Clone)]
pub struct Balancer {
    /// Where it listens.
    pub address: String,
    /// Addresses of replicas, and whether they are ready.
    replicas: Arc<Mutex<Vec<(String, bool)>>>,
    turn: Arc<AtomicUsize>,
}

impl Balancer {
    /// One without replicas.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let balancer = Self { address, replicas: Arc::default(), turn: Arc::default() };
        let (asking, taking) = (balancer.clone(), balancer.clone());
        thread::spawn(move || asking.ask_all());
        thread::spawn(move || {
            for client in listener.incoming() {
                let balancer = taking.clone();
                thread::spawn(move || balancer.hand_on(&client?));
            }
        });
        balancer
    }

    /// Adds a replica, and waits until it gets connections.
    pub fn add(&self, replica: &str) {
        self.replicas.lock().unwrap().push((replica.to_owned(), false));
        wait_until("the replica is ready", || self.ready().iter().any(|ready| ready == replica).then_some(()));
    }

    fn ready(&self) -> Vec<String> {
        let replicas = self.replicas.lock().unwrap();
        replicas.iter().filter(|(_, is_ready)| *is_ready).map(|(replica, _)| replica.clone()).collect()
    }

    fn ask_all(&self) {
        loop {
            let replicas: Vec<_> = self.replicas.lock().unwrap().iter().map(|(replica, _)| replica.clone()).collect();
            for replica in replicas {
                let answer = exchange(&replica, "GET", "/readyz", "", "", Some(PATIENCE));
                let is_ready = answer.is_ok_and(|answer| answer.status == 200);
                for (known, ready) in self.replicas.lock().unwrap().iter_mut() {
                    if *known == replica {
                        *ready = is_ready;
                    }
                }
            }
            park(ASK_EVERY);
        }
    }

    fn hand_on(&self, client: &TcpStream) -> io::Result<()> {
        let ready = self.ready();
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let replica = &ready.get(turn % ready.len().max(1)).ok_or(io::ErrorKind::NotFound)?;
        let server = TcpStream::connect(replica.strip_prefix("http://").unwrap())?;
        thread::scope(|scope| {
            scope.spawn(|| carry(client, &server));
            carry(&server, client);
        });
        Ok(())
    }
}

/// Carries bytes one way until that side ends, which ends the other.
fn carry(mut from: &TcpStream, mut to: &TcpStream) {
    let mut bytes = [0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut bytes) {
        if to.write_all(&bytes[..length]).is_err() {
            break;
        }
    }
    to.shutdown(Shutdown::Write).ok();
}
