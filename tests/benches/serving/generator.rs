//! Load over HTTP from one thread: as fast as it is answered, or at a steady rate whatever the answers do.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    runtime::Builder,
    time::{Instant, sleep_until},
};

/// What a steady load met.
pub(super) struct Steady {
    /// Requests answered 200 in a second.
    pub(super) rate: f64,
    /// Milliseconds from when each was due until it was answered.
    pub(super) latency: Vec<f64>,
    /// Milliseconds from when each was due until it was sent: what the generator itself adds.
    pub(super) late: Vec<f64>,
    /// Requests answered otherwise.
    pub(super) refused: usize,
}

/// Sends them over so many connections, each as soon as the one before was answered; answers in a second. All of them must
/// be 200.
pub(super) fn as_fast_as_answered(authority: &str, requests: Vec<Vec<u8>>, connections: usize) -> f64 {
    as_fast_as_all_answer(&[authority], requests, connections)
}

/// The same with the connections spread over several hosts.
pub(super) fn as_fast_as_all_answer(authorities: &[&str], requests: Vec<Vec<u8>>, connections: usize) -> f64 {
    let count = requests.len();
    let requests = Arc::new(requests);
    let next = Arc::new(AtomicUsize::new(0));
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut streams = vec![];
        for authority in authorities.iter().cycle().take(connections) {
            streams.push(connect(authority).await);
        }
        let began = Instant::now();
        let tasks: Vec<_> = streams
            .into_iter()
            .map(|mut stream| {
                let (requests, next) = (Arc::clone(&requests), Arc::clone(&next));
                tokio::spawn(async move {
                    let mut buffer = vec![];
                    while let Some(request) = requests.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let status = exchange(&mut stream, request, &mut buffer).await;
                        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&buffer));
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        number(count) / began.elapsed().as_secs_f64()
    })
}

/// Sends so many in a second, over as many of the connections as are free.
pub(super) fn steadily(authority: &str, requests: Vec<Vec<u8>>, rate: f64, connections: usize) -> Steady {
    let count = requests.len();
    let requests = Arc::new(requests);
    let next = Arc::new(AtomicUsize::new(0));
    let steady = Arc::new(Mutex::new(Steady { rate: 0.0, latency: vec![], late: vec![], refused: 0 }));
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut streams = vec![];
        for _ in 0..connections {
            streams.push(connect(authority).await);
        }
        let began = Instant::now() + Duration::from_millis(100);
        let tasks: Vec<_> = streams
            .into_iter()
            .map(|mut stream| {
                let (requests, next, steady) = (Arc::clone(&requests), Arc::clone(&next), Arc::clone(&steady));
                tokio::spawn(async move {
                    let mut buffer = vec![];
                    loop {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        let Some(request) = requests.get(index) else { return };
                        let due = began + Duration::from_secs_f64(number(index) / rate);
                        sleep_until(due).await;
                        let late = due.elapsed();
                        let status = exchange(&mut stream, request, &mut buffer).await;
                        let took = due.elapsed();
                        let mut steady = steady.lock().unwrap();
                        steady.late.push(late.as_secs_f64() * 1e3);
                        steady.latency.push(took.as_secs_f64() * 1e3);
                        steady.refused += usize::from(status != 200);
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        let mut steady = steady.lock().unwrap();
        steady.rate = number(count - steady.refused) / began.elapsed().as_secs_f64();
    });
    Arc::into_inner(steady).unwrap().into_inner().unwrap()
}

/// A count as a number to compute with.
pub(super) fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap())
}

async fn connect(authority: &str) -> TcpStream {
    let stream = TcpStream::connect(authority).await.unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

/// Sends a request and reads its whole answer into the buffer; gives the status.
async fn exchange(stream: &mut TcpStream, request: &[u8], buffer: &mut Vec<u8>) -> u16 {
    stream.write_all(request).await.unwrap();
    buffer.clear();
    loop {
        assert!(stream.read_buf(buffer).await.unwrap() > 0, "the host closed a connection");
        let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let head = std::str::from_utf8(&buffer[..end]).unwrap();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        if buffer.len() >= end + 4 + length.map_or(0, |length| length.parse::<usize>().unwrap()) {
            return head[9..12].parse().unwrap();
        }
    }
}
