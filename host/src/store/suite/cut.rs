//! A way to a server that is cut in the middle of a commit.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
};

use sqlx::postgres::PgConnectOptions;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream, UnixStream},
    sync::Notify,
};

/// What happens to the next commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Cut {
    /// It arrives, and so does its answer.
    Nothing,
    /// It does not arrive.
    Commit,
    /// It arrives, and its answer does not.
    Answer,
    /// The client is cut off, and the commit arrives after [`Way::deliver`].
    Late,
}

/// A way to a server.
#[derive(Clone)]
pub(crate) struct Way {
    next: Arc<AtomicU8>,
    late: Arc<Notify>,
    delivered: Arc<Notify>,
    pub(crate) port: u16,
}

impl Way {
    /// One to the server of a URL.
    pub(crate) async fn to(url: &str) -> Self {
        let server: PgConnectOptions = url.parse().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let way = Self { next: Arc::default(), late: Arc::default(), delivered: Arc::default(), port };
        let own = way.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let way = own.clone();
                let (host, port) = (server.get_host().to_owned(), server.get_port());
                let socket: Option<PathBuf> = server.get_socket().map(|folder| folder.join(format!(".s.PGSQL.{port}")));
                tokio::spawn(async move {
                    match socket {
                        Some(path) => way.forward(client, UnixStream::connect(path).await.unwrap()).await,
                        None => way.forward(client, TcpStream::connect((host, port)).await.unwrap()).await,
                    }
                });
            }
        });
        way
    }

    /// What happens to the next commit; the ones after it arrive.
    pub(crate) fn cut(&self, cut: Cut) {
        self.next.store(cut as u8, Ordering::SeqCst);
    }

    /// Lets a late commit arrive, and waits for the server's answer to it.
    pub(crate) async fn deliver(&self) {
        let delivered = self.delivered.notified();
        self.late.notify_one();
        delivered.await;
    }

    async fn forward(self, client: TcpStream, server: impl AsyncRead + AsyncWrite) {
        let (mut from_client, mut to_client) = client.into_split();
        let (mut from_server, mut to_server) = tokio::io::split(server);
        let (mut question, mut answer) = (vec![0; 65_536], vec![0; 65_536]);
        loop {
            tokio::select! {
                read = from_client.read(&mut question) => {
                    let Ok(bytes @ 1..) = read else { return };
                    let question = &question[..bytes];
                    let is_commit = question.windows(25).any(|part| part == b"INSERT INTO commit_marker");
                    let cut = if is_commit { self.next.swap(Cut::Nothing as u8, Ordering::SeqCst) } else { 0 };
                    if cut == Cut::Commit as u8 {
                        return;
                    }
                    if cut == Cut::Late as u8 {
                        drop((from_client, to_client));
                        self.late.notified().await;
                        to_server.write_all(question).await.unwrap();
                        drop(from_server.read(&mut answer).await);
                        self.delivered.notify_one();
                        return;
                    }
                    to_server.write_all(question).await.unwrap();
                    if cut == Cut::Answer as u8 {
                        drop(from_server.read(&mut answer).await);
                        return;
                    }
                }
                read = from_server.read(&mut answer) => {
                    let Ok(bytes @ 1..) = read else { return };
                    if to_client.write_all(&answer[..bytes]).await.is_err() {
                        return;
                    }
                }
            }
        }
    }
}
