//! The network between hosts and their database server, which can be cut: nothing arrives any more, and no side learns of it. What
//! was sent meanwhile arrives when it is mended, as packets that are sent again do.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    os::unix::net::UnixStream,
    path::PathBuf,
    sync::{Arc, Condvar, Mutex},
    thread,
};

/// A network to one server.
#[derive(Clone)]
pub struct Network {
    /// The port at which the server is found.
    pub port: u16,
    is_cut: Arc<(Mutex<bool>, Condvar)>,
}

impl Network {
    /// To the server that listens on a socket; it may be restarted.
    pub fn to(server: PathBuf) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let network = Self { port: listener.local_addr().unwrap().port(), is_cut: Arc::default() };
        let own = network.clone();
        thread::spawn(move || {
            for client in listener.incoming() {
                let (network, server) = (own.clone(), server.clone());
                thread::spawn(move || network.connect(&client.unwrap(), &server));
            }
        });
        network
    }

    /// Cuts it.
    pub fn cut(&self) {
        *self.is_cut.0.lock().unwrap() = true;
    }

    /// Mends it.
    pub fn mend(&self) {
        *self.is_cut.0.lock().unwrap() = false;
        self.is_cut.1.notify_all();
    }

    fn wait_until_mended(&self) {
        let is_cut = self.is_cut.0.lock().unwrap();
        drop(self.is_cut.1.wait_while(is_cut, |is_cut| *is_cut).unwrap());
    }

    fn connect(&self, client: &TcpStream, server: &PathBuf) {
        self.wait_until_mended();
        // A server that does not run refuses: the client's connection ends with this function.
        let Ok(server) = UnixStream::connect(server) else { return };
        thread::scope(|scope| {
            scope.spawn(|| {
                self.carry(client, &server);
                server.shutdown(Shutdown::Both).ok();
            });
            self.carry(&server, client);
            client.shutdown(Shutdown::Both).ok();
        });
    }

    /// Carries bytes one way until that side ends.
    fn carry(&self, mut from: impl Read, mut to: impl Write) {
        let mut bytes = [0; 16 * 1024];
        while let Ok(length @ 1..) = from.read(&mut bytes) {
            self.wait_until_mended();
            if to.write_all(&bytes[..length]).is_err() {
                break;
            }
        }
        // The end is a packet as well.
        self.wait_until_mended();
    }
}
