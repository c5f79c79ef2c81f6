//! The first load of an unknown file, in a child process: code that crashes, hangs or ends its process costs that process alone.
//!
//! The host starts itself again with a hidden command, which opens the file, asks it what it is, opens a connection of nobody
//! and validates it. What came through is loaded in the host; the verdict is remembered by the file's hash.

use std::{
    io::{BufRead, BufReader, Read, Write},
    os::unix::process::{CommandExt, ExitStatusExt},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        Arc,
        mpsc::{self, RecvTimeoutError},
    },
    time::{Duration, Instant},
};

use connector_api::{
    testing::ScriptedHost,
    wire::{Op, credentials::OpenConnection, validate::ValidateRequest},
};

use super::{
    PluginHandle, Refusal, RefusalCode, admission::admit, install::Installed, loader, services::ScriptedServices,
    verdict::Verdicts,
};

/// The hidden command of the host that is the child's side.
pub const COMMAND: &str = "plugin-trial";
/// How long a library may take to load and say what it is.
const DEADLINE: Duration = Duration::from_secs(10);
/// How long the first call may take; a plugin that is slow there is not refused.
const CALL_DEADLINE: Duration = Duration::from_secs(2);
/// Most bytes that are read of what the child prints; the plugin may print, too.
const MOST_PRINTED: u64 = 1024 * 1024;

/// How unknown files are tried.
#[derive(Debug, Clone)]
pub struct Trial {
    /// The program that has the hidden command: this one.
    pub program: PathBuf,
    /// How long a library may take to load and say what it is.
    pub deadline: Duration,
}

impl Trial {
    /// With the program that runs now, also when its file was replaced or deleted since it was started.
    pub fn with_this_program() -> Option<Self> {
        let program =
            if cfg!(target_os = "linux") { PathBuf::from("/proc/self/exe") } else { std::env::current_exe().ok()? };
        Some(Self { program, deadline: DEADLINE })
    }

    /// Tries a file unless it was tried before. `again` tries one more time what did not come through.
    pub(super) fn pass(&self, file: &Installed, vault: &Path, again: bool) -> Result<(), Refusal> {
        let verdicts = Verdicts::new(vault, &self.program);
        match verdicts.of(file) {
            Some(Ok(())) => return Ok(()),
            Some(Err(refusal)) if !again => return Err(refusal),
            _ => {}
        }
        let outcome = self.run(file).map_err(|error| {
            let reason = format!("it cannot be tried in a process of its own: {error}");
            Refusal::new(&file.source, RefusalCode::LoadFailed, reason, "Allow the host to start processes.")
        })?;
        let (verdict, is_lasting) = match outcome {
            Outcome::Passed => (Ok(()), true),
            Outcome::Refused(refusal) => (Err(Refusal { file: file.source.clone(), ..refusal }), false),
            Outcome::Late => (Err(late(file, self.deadline)), true),
            Outcome::Ended(status) => (Err(ended(file, status)), status.signal() != Some(SIGKILL)),
        };
        if is_lasting {
            verdicts.remember(file, &verdict);
        }
        verdict
    }

    fn run(&self, file: &Installed) -> std::io::Result<Outcome> {
        let token = uuid::Uuid::now_v7().simple().to_string();
        let mut command = Command::new(&self.program);
        command.arg0("connector-host").arg(COMMAND).arg(&file.path).arg(&token);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).process_group(0);
        // The configuration in the environment holds keys.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("CONNECTOR__") {
                command.env_remove(name);
            }
        }
        let mut child = command.spawn()?;
        let outcome = self.listen(&mut child, token);
        end(&child);
        let status = child.wait()?;
        Ok(outcome.unwrap_or(Outcome::Ended(status)))
    }

    /// What the child says before the deadline; `None` when it ended without a last word.
    fn listen(&self, child: &mut Child, token: String) -> Option<Outcome> {
        let (sender, receiver) = mpsc::channel();
        let printed = BufReader::new(child.stdout.take()?.take(MOST_PRINTED));
        std::thread::spawn(move || {
            for line in printed.split(b'\n').map_while(Result::ok) {
                let line = String::from_utf8_lossy(&line).into_owned();
                if let Some(said) = line.strip_prefix(&format!("{token} ")).and_then(Said::read)
                    && sender.send(said).is_err()
                {
                    return;
                }
            }
        });
        let start = Instant::now();
        let mut is_loaded = false;
        loop {
            match receiver.recv_timeout(self.deadline.saturating_sub(start.elapsed())) {
                Ok(Said::Loaded) => is_loaded = true,
                Ok(Said::Called) => return Some(Outcome::Passed),
                Ok(Said::Refused(refusal)) => return Some(Outcome::Refused(*refusal)),
                Err(RecvTimeoutError::Timeout) if is_loaded => return Some(Outcome::Passed),
                Err(RecvTimeoutError::Timeout) => return Some(Outcome::Late),
                Err(RecvTimeoutError::Disconnected) => return None,
            }
        }
    }
}

const SIGKILL: i32 = 9;

enum Outcome {
    Passed,
    Refused(Refusal),
    Late,
    Ended(ExitStatus),
}

/// What the child says, a line each, behind a word that the plugin does not know.
enum Said {
    Loaded,
    Called,
    Refused(Box<Refusal>),
}

impl Said {
    fn read(line: &str) -> Option<Self> {
        match line.split_once(' ').unwrap_or((line, "")) {
            ("loaded", _) => Some(Self::Loaded),
            ("called", _) => Some(Self::Called),
            ("refused", refusal) => Some(Self::Refused(Box::new(serde_json::from_str(refusal).ok()?))),
            _ => None,
        }
    }
}

/// Ends the child and whatever it has started.
fn end(child: &Child) {
    let id = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw);
    if let Some(id) = id {
        rustix::process::kill_process_group(id, rustix::process::Signal::KILL).ok();
    }
}

fn late(file: &Installed, deadline: Duration) -> Refusal {
    Refusal::new(
        &file.source,
        RefusalCode::LoadFailed,
        format!("it did not load within {} s", deadline.as_secs_f32()),
        "Ask its author: `manifest()` must return at once. `connector-host plugin verify` tries it again.",
    )
}

fn ended(file: &Installed, status: ExitStatus) -> Refusal {
    let how = match (status.signal(), status.code()) {
        (Some(signal), _) => format!("by signal {signal}{}", name_of(signal)),
        (_, Some(code)) => format!("with exit code {code}"),
        _ => "for no reason that the system names".to_owned(),
    };
    Refusal::new(
        &file.source,
        RefusalCode::Crashed,
        format!("it ended the process that tried it, {how}"),
        "Copy or build it again: it may be damaged. `connector-host plugin verify` tries it again.",
    )
}

fn name_of(signal: i32) -> &'static str {
    match signal {
        4 => " (SIGILL)",
        5 => " (SIGTRAP)",
        6 => " (SIGABRT)",
        7 => " (SIGBUS)",
        8 => " (SIGFPE)",
        SIGKILL => " (SIGKILL)",
        11 => " (SIGSEGV)",
        _ => "",
    }
}

/// The child's side: tries the copy of a plugin and says how it went. The parent knows by the end of this process what is not
/// said.
pub fn take(copy: &Path, token: &str) {
    limit_this_process();
    let say = |said: &str| {
        let mut out = std::io::stdout().lock();
        writeln!(out, "\n{token} {said}").and_then(|()| out.flush()).ok();
    };
    let file = Installed { source: copy.to_owned(), path: copy.to_owned(), sha256: String::new(), size: 0 };
    let loaded = loader::open(&file).and_then(|(library, manifest)| {
        admit(copy, &manifest)?;
        PluginHandle::new(file, library, manifest)
    });
    match loaded {
        Ok(plugin) => {
            say("loaded");
            call_once(&plugin);
            say("called");
        }
        Err(refusal) => say(&format!("refused {}", serde_json::to_string(&refusal).unwrap_or_default())),
    }
}

/// Whatever it answers is well: that it comes back is what counts.
fn call_once(plugin: &PluginHandle) {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
    runtime.block_on(async {
        let services = Arc::new(ScriptedServices(ScriptedHost::offline().host()));
        if let Ok(connector) = plugin.open(services, &OpenConnection::default()).await {
            connector.call_raw(&Op::Validate, &ValidateRequest::default(), vec![], CALL_DEADLINE).await.ok();
        }
    });
    runtime.shutdown_background();
}

/// A crash leaves no dump behind, and a loop ends even when nobody is left to end it.
fn limit_this_process() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let most = |value| Rlimit { current: Some(value), maximum: Some(value) };
    setrlimit(Resource::Core, most(0)).ok();
    setrlimit(Resource::Cpu, most(DEADLINE.as_secs() * 6)).ok();
    #[cfg(target_os = "linux")]
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL)).ok();
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// A program that does what a plugin made the child do; `$3` is the word the plugin does not know.
    struct Staged {
        folder: tempfile::TempDir,
        trial: Trial,
        file: Installed,
    }

    fn staged(script: &str) -> Staged {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("program");
        let counted = format!("#!/bin/sh\necho x >> \"{}\"\n{script}\n", folder.path().join("runs").display());
        std::fs::write(&program, counted).unwrap();
        std::fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
        let source = folder.path().join("a.so");
        let file = Installed { path: source.clone(), source, sha256: "ab".repeat(32), size: 1 };
        Staged { trial: Trial { program, deadline: Duration::from_secs(20) }, folder, file }
    }

    impl Staged {
        fn pass(&self, again: bool) -> Result<(), Refusal> {
            self.trial.pass(&self.file, self.folder.path(), again)
        }

        fn runs(&self) -> usize {
            std::fs::read_to_string(self.folder.path().join("runs")).unwrap_or_default().lines().count()
        }
    }

    #[test]
    fn what_came_through_is_tried_once_and_what_did_not_again_only_when_asked() {
        let good = staged("echo noise; echo \"$3 loaded\"; echo \"$3 called\"");
        assert_eq!((good.pass(false), good.pass(false), good.runs()), (Ok(()), Ok(()), 1));
        let bad = staged("kill -SEGV $$");
        let refusal = bad.pass(false).unwrap_err();
        assert_eq!(refusal.code, RefusalCode::Crashed);
        assert!(refusal.reason.contains("by signal 11 (SIGSEGV)"), "{refusal}");
        assert_eq!((bad.pass(false), bad.runs()), (Err(refusal.clone()), 1));
        assert_eq!((bad.pass(true), bad.runs()), (Err(refusal), 2));
    }

    #[test]
    fn every_end_without_a_verdict_is_a_named_refusal() {
        for (script, code, reason) in [
            ("exit 0", RefusalCode::Crashed, "with exit code 0"),
            ("echo \"$3 loaded\"; exit 3", RefusalCode::Crashed, "with exit code 3"),
            ("echo \"loaded\"; echo \"called\"; kill -ABRT $$", RefusalCode::Crashed, "by signal 6 (SIGABRT)"),
            ("yes | head -c 3000000; echo \"$3 called\"", RefusalCode::Crashed, "it ended the process"),
        ] {
            let refusal = staged(script).pass(false).unwrap_err();
            assert_eq!(refusal.code, code, "{script}: {refusal}");
            assert!(refusal.reason.contains(reason), "{script}: {refusal}");
        }
    }

    #[test]
    fn a_file_that_hangs_is_refused_at_the_deadline_and_its_processes_end() {
        let mut hangs = staged("sleep 600 & echo $! >> \"$(dirname \"$0\")/child\"; wait");
        hangs.trial.deadline = Duration::from_millis(300);
        let refusal = hangs.pass(false).unwrap_err();
        assert_eq!(refusal.code, RefusalCode::LoadFailed);
        assert!(refusal.reason.contains("did not load within 0.3 s"), "{refusal}");
        let Ok(child) = std::fs::read_to_string(hangs.folder.path().join("child")) else { return };
        let is_running = || {
            let state = std::fs::read_to_string(format!("/proc/{}/stat", child.trim())).unwrap_or_default();
            !state.is_empty() && !state.contains(" Z ")
        };
        let start = Instant::now();
        while is_running() {
            assert!(start.elapsed() < Duration::from_secs(10), "{child} is still there");
            std::thread::yield_now();
        }
    }

    #[test]
    fn a_refusal_of_the_child_names_the_file_of_the_operator_and_is_not_remembered() {
        let said = r#"{"file":"copy.so","code":"wrong_abi","reason":"it is another","remedy":"Rebuild it."}"#;
        let other = staged(&format!("echo '{said}' | sed \"s/^/$3 refused /\""));
        let refusal = other.pass(false).unwrap_err();
        assert_eq!((refusal.code, refusal.file.as_path()), (RefusalCode::WrongAbi, other.file.source.as_path()));
        assert!(other.pass(false).is_err());
        assert_eq!(other.runs(), 2);
    }

    #[test]
    fn a_program_that_cannot_be_started_refuses_and_remembers_nothing() {
        let mut none = staged("");
        none.trial.program = "/nowhere/to/be/found".into();
        assert_eq!(none.pass(false).unwrap_err().code, RefusalCode::LoadFailed);
        assert!(!none.folder.path().join(format!("{}.verdict.json", none.file.sha256)).exists());
    }
}
