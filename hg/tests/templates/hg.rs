// SPDX-License-Identifier: GPL-2.0-or-later

//! Both sides: hg as a command server, and the program in front of an hg that only says that it was
//! asked.

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The exit status of the hg that only says that it was asked.
pub(super) const ASKED: i32 = 77;

/// The environment of both.
pub(super) const ENVIRONMENT: [(&str, &str); 6] = [
    ("LC_ALL", "C.UTF-8"),
    ("TZ", "UTC-2"),
    ("COLUMNS", "80"),
    ("PATH", "/usr/bin:/bin"),
    ("HGENCODING", "utf-8"),
    ("VERMILION_SERVER", "0"),
];

/// The configuration of both.
pub(super) const CONFIGURATION: &str = r#"
[ui]
username = Ann Ähm <ann.ahm@example.com>
[experimental]
evolution = all
[extensions]
rebase =
strip =
[templatealias]
short_line = separate(" ", rev, desc|firstline)
twice(x) = "{x}{x}"
bracket(x) = "[{twice(x)}]"
wrong(x = x
[revsetalias]
mine = user(ann)
[templates]
own = "{rev} {short_line}\n"
own:docheader = "<<\n"
own:docfooter = ">>\n"
own:separator = "--\n"
other = {rev}{node|short}{headed}
headed = '={branch}='
end_tags = '!'
[templateconfig]
flag = yes
[hooks]
[diff]
git = yes
"#;

/// A command server of hg's.
pub(super) struct Server {
    child: Child,
    start: Box<dyn Fn() -> Child>,
}

impl Server {
    pub(super) fn start(hg: &Path, repository: &Path, rc: &Path) -> Server {
        let [hg, repository, rc] = [hg, repository, rc].map(Path::to_path_buf);
        let start = move || {
            Command::new(&hg)
                .env_clear()
                .envs(ENVIRONMENT)
                .env("HGRCPATH", &rc)
                .args(["serve", "--cmdserver", "pipe", "-R"])
                .arg(&repository)
                .current_dir(&repository)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .expect("an hg")
        };
        let mut server = Server {
            child: start(),
            start: Box::new(start),
        };
        server.read();
        server
    }

    /// Begins anew: Mercurial forgets names that it has shown last in a list.
    pub(super) fn restart(&mut self) {
        self.end();
        self.child = (self.start)();
        self.read();
    }

    pub(super) fn end(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }

    pub(super) fn read(&mut self) -> (u8, Vec<u8>) {
        let out = self.child.stdout.as_mut().expect("piped");
        let mut head = [0; 5];
        out.read_exact(&mut head).expect("an answer");
        let len = u32::from_be_bytes([head[1], head[2], head[3], head[4]]);
        if head[0].is_ascii_uppercase() {
            return (head[0], Vec::new());
        }
        let mut data = vec![0; len as usize];
        out.read_exact(&mut data).expect("an answer");
        (head[0], data)
    }

    /// Returns the exit status and the output of a command.
    pub(super) fn run(&mut self, words: &[&str]) -> (i32, Vec<u8>) {
        let words = words.join("\0");
        let mut request = b"runcommand\n".to_vec();
        request.extend((words.len() as u32).to_be_bytes());
        request.extend(words.bytes());
        let input = self.child.stdin.as_mut().expect("piped");
        input.write_all(&request).expect("written");
        input.flush().expect("written");
        let mut printed = Vec::new();
        loop {
            match self.read() {
                (b'o', data) => printed.extend(data),
                (b'r', data) => {
                    let status = data.try_into().map(i32::from_be_bytes).expect("a number");
                    return (status, printed);
                }
                _ => {}
            }
        }
    }

    pub(super) fn must(&mut self, words: &[&str]) {
        let (status, printed) = self.run(words);
        assert_eq!(
            status,
            0,
            "{words:?}: {}",
            String::from_utf8_lossy(&printed)
        );
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

pub(super) struct Fixture {
    dir: tempfile::TempDir,
    hg: PathBuf,
}

impl Fixture {
    pub(super) fn new() -> Option<Fixture> {
        let Some(hg) = std::env::var_os("VERMILION_HG") else {
            assert!(std::env::var_os("CI").is_none(), "VERMILION_HG is not set");
            println!("VERMILION_HG is not set");
            return None;
        };
        let dir = tempfile::tempdir().expect("a directory");
        fs::write(dir.path().join("rc"), CONFIGURATION).expect("written");
        let asked = dir.path().join("asked");
        fs::write(&asked, format!("#!/bin/sh\nexit {ASKED}\n")).expect("written");
        fs::set_permissions(&asked, fs::Permissions::from_mode(0o755)).expect("changed");
        Some(Fixture { dir, hg: hg.into() })
    }

    pub(super) fn server(&self, name: &str) -> (Server, PathBuf) {
        let repository = self.dir.path().join(name);
        fs::create_dir(&repository).expect("made");
        let rc = self.dir.path().join("rc");
        let made = Command::new(&self.hg)
            .env_clear()
            .envs(ENVIRONMENT)
            .env("HGRCPATH", &rc)
            .args(["init"])
            .arg(&repository)
            .status();
        assert!(made.expect("an hg").success());
        (Server::start(&self.hg, &repository, &rc), repository)
    }

    /// Returns our exit status and output.
    pub(super) fn ours(&self, repository: &Path, words: &[&str]) -> (i32, Vec<u8>) {
        let done = Command::new(env!("CARGO_BIN_EXE_vermilion"))
            .env_clear()
            .envs(ENVIRONMENT)
            .env("HGRCPATH", self.dir.path().join("rc"))
            .env("VERMILION_HG", self.dir.path().join("asked"))
            .arg("hg")
            .args(words)
            .current_dir(repository)
            .output()
            .expect("the program");
        (done.status.code().unwrap_or(-1), done.stdout)
    }

    /// Compares command lines; prints how many were answered alike, and returns that.
    pub(super) fn compare(
        &self,
        server: &mut Server,
        repository: &Path,
        lines: &[Vec<String>],
    ) -> usize {
        let (mut alike, mut left, mut wrong) = (0, Vec::new(), Vec::new());
        for line in lines {
            let words: Vec<&str> = line.iter().map(String::as_str).collect();
            let ours = self.ours(repository, &words);
            if ours.0 == ASKED {
                left.push(words.join(" "));
                continue;
            }
            let theirs = server.run(&words);
            if words
                .iter()
                .any(|word| word.contains("compact") || word.contains("changelog"))
            {
                server.restart();
            }
            if ours == theirs {
                alike += 1;
            } else {
                let show = |(status, text): (i32, Vec<u8>)| {
                    format!("{status}: {}", String::from_utf8_lossy(&text))
                };
                let (ours, theirs) = (show(ours), show(theirs));
                wrong.push(format!("{words:?}\n--- hg\n{theirs}\n--- ours\n{ours}"));
            }
        }
        println!("{alike} alike, {} left to Mercurial:", left.len());
        for line in left {
            println!("  {}", line.escape_debug());
        }
        assert!(
            wrong.is_empty(),
            "{} differ:\n{}",
            wrong.len(),
            wrong.join("\n")
        );
        alike
    }
}
