//! Servers of a test's own, that it may stop, kill and promote: one by itself, or two of which one follows the other.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use e2e::postgres_programs as programs;
use rustix::process::{Pid, Signal, kill_process};
use sqlx::{Connection, PgConnection};
use tempfile::TempDir;
use tokio::time::interval;

use crate::store::suite::server::run;

/// What makes them fast. What was written outlives the process, not the machine.
const SETTINGS: &str = "-c listen_addresses='' -c fsync=off -c full_page_writes=off -c max_connections=100 \
     -c shared_buffers=32MB -c max_wal_senders=8 -c wal_keep_size=64MB";
const WAIT: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(20);

/// One server.
pub(crate) struct Member {
    folder: PathBuf,
    /// The name of its data folder.
    name: String,
    /// Its socket has this number; it listens nowhere else.
    pub(crate) port: u16,
}

impl Member {
    /// A fresh one in a folder; `more` are further settings.
    pub(crate) fn fresh(folder: &Path, name: &str, port: u16, more: &str) -> Self {
        let member = Self { folder: folder.to_owned(), name: name.to_owned(), port };
        let initdb = ["-D", name, "-U", "tests", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C"];
        programs::run(folder, "initdb", &initdb);
        member.start(more);
        member
    }

    /// One that follows another.
    pub(crate) fn following(leader: &Self, name: &str, port: u16) -> Self {
        let member = Self { folder: leader.folder.clone(), name: name.to_owned(), port };
        let (host, leader_port) = (leader.folder.to_str().unwrap(), leader.port.to_string());
        let copy = [
            "-D",
            name,
            "-h",
            host,
            "-p",
            &leader_port,
            "-U",
            "tests",
            "-R",
            "-X",
            "stream",
            "-c",
            "fast",
            "--no-sync",
        ];
        programs::run(&member.folder, "pg_basebackup", &copy);
        // When it takes over, nobody follows it yet.
        let own = member.data().join("postgresql.auto.conf");
        let text = fs::read_to_string(&own).unwrap() + "synchronous_standby_names = ''\n";
        fs::write(&own, text).unwrap();
        member.start("");
        member
    }

    /// Its data folder.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.join(&self.name)
    }

    /// Starts it.
    pub(crate) fn start(&self, more: &str) {
        let Self { folder, name, port } = self;
        let settings = format!("-k {} -p {port} {SETTINGS} {more}", folder.display());
        let log = format!("{name}.log");
        programs::run(folder, "pg_ctl", &["start", "-w", "-D", name, "-l", &log, "-o", &settings]);
    }

    /// Makes it accept writes.
    pub(crate) fn promote(&self) {
        programs::run(&self.folder, "pg_ctl", &["promote", "-w", "-D", &self.name]);
    }

    /// Ends it as a crash would.
    pub(crate) fn crash(&self) {
        let text = fs::read_to_string(self.data().join("postmaster.pid")).unwrap();
        let pid = text.lines().next().unwrap().parse().unwrap();
        kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL).unwrap();
    }

    /// Ends it at once, without writing anything.
    pub(crate) fn stop(&self) {
        let stop = ["stop", "-w", "-m", "immediate", "-D", &self.name];
        drop(programs::command(&self.folder, "pg_ctl", &stop).status());
    }

    /// The URL of a database of it.
    pub(crate) fn url(&self, database: &str) -> String {
        url(&self.folder, &[self.port], database)
    }

    /// A connection to the database that is always there.
    pub(crate) async fn admin(&self) -> PgConnection {
        PgConnection::connect(&self.url("postgres")).await.unwrap()
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A folder that servers can use, with a name short enough for a socket.
pub(crate) fn folder() -> TempDir {
    let folder = TempDir::with_prefix("pg").unwrap();
    programs::own(folder.path());
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

/// The URL of a database that is on one of several servers.
pub(crate) fn url(folder: &Path, ports: &[u16], database: &str) -> String {
    let hosts = vec![folder.to_str().unwrap(); ports.len()].join(",");
    let ports = ports.iter().map(u16::to_string).collect::<Vec<_>>().join(",");
    format!("postgres:///{database}?host={hosts}&port={ports}&user=tests&sslmode=disable")
}

/// Two servers: what the first acknowledges, the second has.
pub(crate) struct Pair {
    pub(crate) leader: Member,
    pub(crate) follower: Member,
    made: u16,
    pub(crate) folder: TempDir,
}

impl Pair {
    const PORTS: [u16; 2] = [5501, 5502];

    /// A fresh one.
    pub(crate) async fn fresh() -> Self {
        let folder = folder();
        let leader = Member::fresh(folder.path(), "data0", Self::PORTS[0], "");
        let follower = Member::following(&leader, "data1", Self::PORTS[1]);
        let pair = Self { leader, follower, made: 2, folder };
        pair.wait_for_each_other().await;
        pair
    }

    /// The URL of a database of both.
    pub(crate) fn url(&self, database: &str) -> String {
        url(self.folder.path(), &Self::PORTS, database)
    }

    /// From here on, a commit is acknowledged when the follower has it.
    async fn wait_for_each_other(&self) {
        let mut admin = self.leader.admin().await;
        run(&mut admin, "ALTER SYSTEM SET synchronous_standby_names = '*'".to_owned()).await;
        run(&mut admin, "SELECT pg_reload_conf()".to_owned()).await;
        let (since, mut look) = (Instant::now(), interval(POLL));
        loop {
            look.tick().await;
            let sql = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync' AND state = 'streaming'";
            let following: i64 = sqlx::query_scalar(sql).fetch_one(&mut admin).await.unwrap();
            if following == 1 {
                break;
            }
            assert!(since.elapsed() < WAIT, "the follower does not follow");
        }
        admin.close().await.unwrap();
    }

    /// The leader ends, the follower takes over; gives when it had.
    pub(crate) fn fail_over(&mut self, crash: bool) -> Instant {
        if crash {
            self.leader.crash();
        } else {
            self.leader.stop();
        }
        self.follower.promote();
        std::mem::swap(&mut self.leader, &mut self.follower);
        Instant::now()
    }

    /// Makes a new follower in the place of the one that ended.
    pub(crate) async fn follow_again(&mut self) {
        let name = format!("data{}", self.made);
        self.made += 1;
        self.follower.stop();
        self.follower = Member::following(&self.leader, &name, self.follower.port);
        self.wait_for_each_other().await;
    }
}
