// SPDX-License-Identifier: GPL-2.0-or-later

//! Templates beside `hg log -T`, where `VERMILION_HG` names an hg.
//!
//! All of hg's answers come from one process, a command server. Ours come from the program, behind
//! which there is an hg that only says that it was asked.

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The exit status of the hg that only says that it was asked.
const ASKED: i32 = 77;

/// The environment of both.
const ENVIRONMENT: [(&str, &str); 6] = [
    ("LC_ALL", "C.UTF-8"),
    ("TZ", "UTC-2"),
    ("COLUMNS", "80"),
    ("PATH", "/usr/bin:/bin"),
    ("HGENCODING", "utf-8"),
    ("VERMILION_SERVER", "0"),
];

/// What is configured.
const CONFIGURATION: &str = r#"
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
struct Server {
    child: Child,
    start: Box<dyn Fn() -> Child>,
}

impl Server {
    fn start(hg: &Path, repository: &Path, rc: &Path) -> Server {
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
    fn restart(&mut self) {
        self.end();
        self.child = (self.start)();
        self.read();
    }

    fn end(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }

    fn read(&mut self) -> (u8, Vec<u8>) {
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
    fn run(&mut self, words: &[&str]) -> (i32, Vec<u8>) {
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

    fn must(&mut self, words: &[&str]) {
        let (status, printed) = self.run(words);
        assert_eq!(status, 0, "{words:?}: {}", String::from_utf8_lossy(&printed));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

struct Fixture {
    dir: tempfile::TempDir,
    hg: PathBuf,
}

impl Fixture {
    fn new() -> Option<Fixture> {
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

    fn server(&self, name: &str) -> (Server, PathBuf) {
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
    fn ours(&self, repository: &Path, words: &[&str]) -> (i32, Vec<u8>) {
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
    fn compare(&self, server: &mut Server, repository: &Path, lines: &[Vec<String>]) -> usize {
        let (mut alike, mut left, mut wrong) = (0, Vec::new(), Vec::new());
        for line in lines {
            let words: Vec<&str> = line.iter().map(String::as_str).collect();
            let ours = self.ours(repository, &words);
            if ours.0 == ASKED {
                left.push(words.join(" "));
                continue;
            }
            let theirs = server.run(&words);
            if words.iter().any(|word| word.contains("compact") || word.contains("changelog")) {
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
        assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
        alike
    }
}

/// Makes a history with all that templates speak of.
fn handmade(server: &mut Server, root: &Path, with_obsolete: bool) {
    let write = |path: &str, content: &str| {
        let path = root.join(path);
        fs::create_dir_all(path.parent().expect("inside")).expect("made");
        fs::write(path, content).expect("written");
    };
    let mut hour = 1_000_000_000;
    let mut commit = |server: &mut Server, zone: i32, words: &[&str]| {
        hour += 3_600_123;
        let date = format!("{hour} {zone}");
        server.must(&[&["commit", "-A", "-q", "-d", &date], words].concat());
    };
    write("a", "a\n");
    write("dir/b", "b\nb\n");
    write("dir/sub/ä ö", "x\n");
    commit(server, -7200, &["-m", "first ä — line\n\nbody: a long line that goes on and on, far beyond \
        any width; it has hyphen-ated words -- and dashes--too, co-op-er-ate, 'quotes', \"more\".\n- an \
        item\n* another item\n\n\nend <x> & 'y'\ttab\\ \n "]);
    server.must(&["mv", "a", "c"]);
    server.must(&["cp", "dir/b", "dir/copy"]);
    commit(server, 3600, &["-u", "bob.smith@example.org", "-m", "rename"]);
    server.must(&["tag", "-d", "1100000001 0", "v1", "v1.0"]);
    server.must(&["bookmark", "book"]);
    server.must(&["bookmark", "-i", "another mark"]);
    write("c", "a\nmore\n");
    commit(server, 0, &["-m", "on book\r\nwith a carriage return"]);
    server.must(&["update", "-q", "1"]);
    server.must(&["branch", "-q", "other bränch"]);
    write("y", "y\n");
    commit(server, 0, &["-u", "\"J. \\\"D\\\" Doe\" <j@d.e> x", "-m", "other"]);
    server.must(&["remove", "-q", "dir/copy"]);
    commit(server, 12_600, &["-m", "removes", "-u", "nobody"]);
    server.must(&["merge", "-q", "book"]);
    commit(server, 0, &["-m", "merge"]);
    server.must(&["tag", "-l", "local"]);
    server.must(&["commit", "--close-branch", "-q", "-d", "1400000000 0", "-m", "close"]);
    if !with_obsolete {
        return;
    }
    server.must(&["update", "-q", "0"]);
    write("z", "z\n");
    commit(server, 0, &["-m", "to be rewritten", "-u", "<empty@name>"]);
    write("zz", "zz\n");
    commit(server, 0, &["-m", "above it"]);
    server.must(&["update", "-q", ".^"]);
    server.must(&["commit", "--amend", "-q", "-d", "1500000000 0", "-m", "rewritten"]);
    server.must(&["phase", "-p", "3"]);
    server.must(&["phase", "-fs", "."]);
    server.must(&["update", "-q", "book"]);
}

/// Templates of all kinds.
fn templates() -> Vec<String> {
    let mut all: Vec<String> = include_str!("templates.txt")
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(str::to_string)
        .collect();
    for keyword in KEYWORDS {
        all.push(format!("{{{keyword}}}\\n"));
        all.push(format!("{{{keyword}|json}}\\n"));
        all.push(format!("{{if({keyword}, \"y\", \"n\")}}{{join({keyword}, \",\")}}\\n"));
        all.push(format!("{{{keyword} % \"<{{{keyword}}}>\"}}\\n"));
        all.push(format!("{{{keyword}|count}}{{{keyword}|stringify|count}}\\n"));
        all.push(format!("{{p1.{keyword}}} {{parents % \"{{{keyword}}};\"}}\\n"));
        all.push(format!("{{dict({keyword})|json}}{{dict(k={keyword})}}\\n"));
    }
    for filter in FILTERS {
        for keyword in ["desc", "author", "node", "date", "files", "tags", "branch", "rev"] {
            all.push(format!("{{{keyword}|{filter}}}\\n"));
        }
    }
    all
}

const KEYWORDS: &[&str] = &[
    "activebookmark", "author", "bisect", "bookmarks", "branch", "branches",
    "changessincelatesttag", "children", "closesbranch", "currentbookmark", "date", "desc",
    "diffstat", "envvars", "extras", "file_adds", "file_copies", "file_copies_switch", "file_dels",
    "file_mods", "files", "graphnode", "graphwidth", "index", "instabilities", "latesttag",
    "latesttagdistance", "manifest", "namespaces", "negrev", "node", "obsfate", "obsolete",
    "onelinesummary", "p1", "p1node", "p1rev", "p2", "p2node", "p2rev", "parents", "path",
    "peerurls", "phase", "phaseidx", "predecessors", "rev", "size", "status", "subrepos",
    "successorssets", "succsandmarkers", "tags", "termwidth", "user", "verbosity", "whyunstable",
];

const FILTERS: &[&str] = &[
    "addbreaks", "age", "basename", "cbor", "commondir", "count", "dirname", "domain", "email",
    "emailuser", "escape", "fill68", "fill76", "firstline", "hex", "hgdate", "isodate",
    "isodatesec", "json", "lower", "nonempty", "obfuscate", "permissions", "person", "reverse",
    "revescape", "rfc3339date", "rfc822date", "short", "shortbisect", "shortdate", "slashpath",
    "splitlines", "stringescape", "stringify", "stripdir", "tabindent", "upper", "urlescape",
    "user", "utf8", "xmlescape",
];

#[test]
fn of_all_kinds() {
    let Some(fixture) = Fixture::new() else {
        return;
    };
    let (mut server, root) = fixture.server("handmade");
    handmade(&mut server, &root, true);
    let templates = templates();
    let mut lines: Vec<Vec<String>> = Vec::new();
    for template in &templates {
        lines.push(vec!["log".into(), "--template".into(), template.clone()]);
    }
    let others = [
        "log -T json", "log -v -T json", "log -q -T json", "log --hidden -T json",
        "log -T json(rev,node,desc) -l 3", "log -T own", "log -T other", "log -T constant",
        "log -pT {rev}\\n -l 2", "log --stat -T {rev}\\n -l 2", "tip -T {rev}\\n", "tip -T json",
        "heads -T {rev}\\n", "heads --style compact", "parents -T {node}\\n", "parents -T json",
        "log -l 2 --config command-templates.log={rev}--", "log -l 2 --config ui.style=compact",
        "log -l 2 --config ui.logtemplate='{rev}+{node|short}'", "log --hidden -T {rev}{obsolete}\\n",
        "log -r null -T {rev}:{node}:{parents}:{tags}:{branch}\\n", "log -T {index}:{rev}\\n",
        "log -r reverse(1:3) -T {index}{rev}{negrev}\\n", "tip -T xml", "parents --style changelog",
        "heads -T '{rev}\\n' --config command-templates.log=x", "log -T ./nothing", "log -T a/b{rev}",
    ];
    lines.extend(others.iter().map(|line| line.split(' ').map(str::to_string).collect()));
    let commands = [
        "tags", "bookmarks", "branches", "branches -c", "status", "status -A", "status -C", "files",
        "files -r 1", "manifest", "manifest -r tip", "identify", "identify -r 1", "id -r tip",
        "cat -r 0 a", "cat -r 1 dir", "root", "config ui.username", "status -Td", "-q tags",
    ];
    let of_items = [
        "json", "{dict(rev, node, branch, tags)|json}\\n", "{rev}:{node|short}\\n", "constant",
        "{tag} {bookmark} {branch} {path} {id} {reporoot}\\n", "{status} {path} {source}\\n", "default",
        "{type}{active}{closed}{current}{itemtype}{dirty}\\n", "{index}: {desc|firstline} {author}\\n",
        "{parents} {tags % '{tag};'} {bookmarks % '{bookmark};'}{join(tags, '+')}\\n", "status", "own",
        "{name}={value}\\n", "{hash} {mode} {type} {path}\\n", "{data}|{path}\\n", "{size}\\n",
        "{hgpath} {storepath}\\n", "json(rev, tag, path)", "{p1.rev} {p1.desc|firstline}\\n", "compact",
        "{tags}|{bookmarks}|{id|short}|{node|shortest}\\n", "{if(active, '*', ' ')} {pad(bookmark, 12)}|\\n",
        "{status}{if(status, ' ')}{path|basename} {relpath(path)}\\n", "{phase} {date|isodate} {files}\\n",
    ];
    for command in commands {
        for template in of_items {
            let words = command.split(' ').chain(["-T", template]);
            lines.push(words.map(str::to_string).collect());
        }
    }
    let alike = fixture.compare(&mut server, &root, &lines);
    assert!(alike > 500, "{alike}");
}

#[test]
fn styles_and_what_is_shown_of_nothing_obsolete() {
    let Some(fixture) = Fixture::new() else {
        return;
    };
    let (mut server, root) = fixture.server("plain");
    handmade(&mut server, &root, false);
    let mut lines: Vec<Vec<String>> = Vec::new();
    for style in ["default", "compact", "changelog", "xml", "status", "phases", "bisect", "show"] {
        for flag in ["-y", "-v", "-q"] {
            for option in ["--style", "-T"] {
                lines.push(vec!["log".into(), flag.into(), option.into(), style.into()]);
            }
        }
    }
    for keyword in ["obsfate", "successorssets", "succsandmarkers", "predecessors", "whyunstable"] {
        for template in [
            format!("{{rev}}{{{keyword}}}\\n"),
            format!("{{{keyword}|json}}\\n"),
            format!("{{{keyword} % 'x{{fate}}'}}{{if({keyword}, 'y', 'n')}}\\n"),
        ] {
            lines.push(vec!["log".into(), "-T".into(), template]);
        }
    }
    let alike = fixture.compare(&mut server, &root, &lines);
    assert!(alike > 50, "{alike}");
}

/// A source of numbers that are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }
}

/// Makes an expression of random parts.
fn random(numbers: &mut Numbers, depth: usize) -> String {
    let leaf = numbers.below(3) == 0 || depth == 0;
    let mut inner = |numbers: &mut Numbers| random(numbers, depth.saturating_sub(1));
    if leaf {
        return match numbers.below(6) {
            0 => format!("'{}'", numbers.one(&["", "x", "a b", "é", "\\n", "12", "<&>"])),
            1 => numbers.below(100).to_string(),
            _ => numbers.one(KEYWORDS).to_string(),
        };
    }
    match numbers.below(20) {
        0..=4 => format!("{}|{}", inner(numbers), numbers.one(FILTERS)),
        5 => format!("{} % \"[{{{}}}]\"", numbers.one(KEYWORDS), inner(numbers)),
        6 => {
            let (list, item) = (numbers.one(KEYWORDS), inner(numbers));
            format!("filter({list}, {item})")
        }
        7 => format!("if({}, {}, {})", inner(numbers), inner(numbers), inner(numbers)),
        8 => format!("ifeq({}, {}, {})", inner(numbers), inner(numbers), inner(numbers)),
        9 => format!("ifcontains({}, {}, {}, '-')", inner(numbers), inner(numbers), inner(numbers)),
        10 => format!("separate('/', {}, {}, {})", inner(numbers), inner(numbers), inner(numbers)),
        11 => format!("join({}, {})", inner(numbers), inner(numbers)),
        12 => format!("pad({}, {}, '*')", inner(numbers), numbers.below(30)),
        13 => format!("indent({}, '  ')|strip", inner(numbers)),
        14 => format!("word({}, {})", numbers.below(4), inner(numbers)),
        15 => format!("{}({})", numbers.one(&["min", "max", "count", "label('a.b', 1)|count"]), inner(numbers)),
        16 => format!("({} + {} * 3 - {})", inner(numbers), inner(numbers), inner(numbers)),
        17 => format!("get({}, {})", numbers.one(&["extras", "file_copies", "namespaces"]), inner(numbers)),
        18 => format!("fill({}, {}, '> ', '  ')", inner(numbers), 10 + numbers.below(60)),
        _ => format!("date({}, '%Y %H:%M')", inner(numbers)),
    }
}

#[test]
fn at_random() {
    let Some(fixture) = Fixture::new() else {
        return;
    };
    let (mut server, root) = fixture.server("random");
    handmade(&mut server, &root, true);
    let mut numbers = Numbers(0x2545_f491_4f6c_dd1d);
    let count = std::env::var("VERMILION_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(600);
    let lines: Vec<Vec<String>> = (0..count)
        .map(|_| {
            let template = format!("{{{}}}|{{{}}}\\n", random(&mut numbers, 3), random(&mut numbers, 2));
            vec!["log".into(), "-T".into(), template]
        })
        .collect();
    let alike = fixture.compare(&mut server, &root, &lines);
    assert!(alike > count / 10, "{alike}");
}
