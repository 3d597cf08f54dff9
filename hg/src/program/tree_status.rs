// SPDX-License-Identifier: GPL-2.0-or-later

//! `vermilion status`: `hg status` without a configuration, for scripts.

use std::collections::HashMap;
use std::io::{self, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize};

use clap::Args;
use vermilion_core::error::system_words;
use vermilion_core::matcher::{Warning, WarningKind};
use vermilion_core::working_copy::status::State;
use vermilion_core::working_copy::{Reason, Status, StatusRequest, WorkingCopy};
use vermilion_core::{RepoPath, RepoPathBuf};

use super::GIVEN_UP;
use super::colors::Colors;
use super::shown_paths::ShownPaths;
use crate::commands::status::{Listing, STATES};
use crate::config::normal_path;

/// `vermilion status`
///
/// Prints what `hg status` prints: a letter and a path for each file that is modified (M), added
/// (A), removed (R), missing (!), unknown (?), and with options ignored (I) or clean (C). Paths
/// are relative to the repository's root, or with PATH to the current directory. The
/// configuration, such as ui.ignore, is not read.
///
/// Exit status: 0; 1 when a file cannot be compared with the first parent (the reason is on
/// standard error), or what there is to say cannot be said; 2 for a wrong command line; 255 where hg gives up, too.
#[derive(Args)]
pub(super) struct TreeStatus {
    /// List modified files only, or with other such options
    #[arg(short, long)]
    modified: bool,
    /// List added files
    #[arg(short, long)]
    added: bool,
    /// List removed files
    #[arg(short, long)]
    removed: bool,
    /// List missing files
    #[arg(short, long)]
    deleted: bool,
    /// List files that are not tracked
    #[arg(short, long)]
    unknown: bool,
    /// List ignored files
    #[arg(short, long)]
    ignored: bool,
    /// List files without changes
    #[arg(short, long)]
    clean: bool,
    /// List all of these, and what files are copies of
    #[arg(short = 'A', long)]
    all: bool,
    /// Show what files are copies of
    #[arg(short = 'C', long)]
    copies: bool,
    /// Leave the letters out
    #[arg(short, long)]
    no_status: bool,
    /// End paths with NUL instead of a newline
    #[arg(short = '0', long)]
    print0: bool,
    /// Print an array of objects as hg status -T json does
    #[arg(long)]
    json: bool,
    /// A repository, or anything in it (default: the current directory)
    #[arg(short = 'R', long, value_name = "PATH")]
    repository: Option<PathBuf>,
    /// A file of ignore rules beside .hgignore (may be repeated)
    #[arg(long, value_name = "FILE")]
    ignore_file: Vec<PathBuf>,
    /// Files and directories to look at
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
}

impl TreeStatus {
    /// Prints the status; returns the exit status.
    pub(super) fn print(&self) -> io::Result<u8> {
        let here = std::env::current_dir()?;
        let start = self.repository.as_deref().unwrap_or(Path::new("."));
        let working_copy = WorkingCopy::open(start).map_err(io::Error::other)?;
        let root = working_copy.root();
        let places: io::Result<Vec<RepoPathBuf>> = self
            .paths
            .iter()
            .map(|path| from_root(root, &here, path))
            .collect();
        let places = places?;
        let shown = self.shown();
        let is_shown = |state| shown.iter().any(|&(shown, ..)| shown == state);
        let ignore_files: Vec<PathBuf> = self
            .ignore_file
            .iter()
            .map(|file| here.join(file))
            .collect();
        let request = StatusRequest {
            tracked: shown
                .iter()
                .any(|(state, ..)| !matches!(state, State::Unknown | State::Ignored)),
            clean: is_shown(State::Clean),
            unknown: is_shown(State::Unknown) || is_shown(State::Ignored),
            ignored: is_shown(State::Ignored),
            copies: self.all || self.copies,
            paths: (!places.is_empty()).then_some(&places),
            ignore_files: &ignore_files,
            interrupt: &AtomicBool::new(false),
            progress: &AtomicUsize::new(0),
        };
        let status = working_copy.status(&request).and_then(|mut status| {
            working_copy.compare_contents(&mut status, &request)?;
            Ok(status)
        });
        let status = match status {
            Ok(status) => status,
            Err(error) => {
                eprintln!("vermilion: {error}");
                return Ok(GIVEN_UP);
            }
        };
        let show = ShownPaths::from(root, &here);
        let is_said = complain(&status, &show, !is_shown(State::Ignored)).is_ok();
        let show = if self.paths.is_empty() {
            ShownPaths::default()
        } else {
            show
        };
        if self.json {
            self.print_objects(&status, &shown)?;
        } else {
            let listing = Listing {
                letters: !self.no_status,
                end: if self.print0 { b'\0' } else { b'\n' },
                paths: &show,
                colors: &Colors::default(),
            };
            let mut out = io::stdout().lock();
            out.write_all(&listing.of(&status, &shown))?;
            out.flush()?;
        }
        let is_whole = is_said && status.list(State::Unsure).is_empty();
        Ok(u8::from(!is_whole))
    }

    fn shown(&self) -> Vec<(State, &'static str, u8)> {
        let flags = [
            self.modified,
            self.added,
            self.removed,
            self.deleted,
            self.unknown,
            self.ignored,
            self.clean,
        ];
        if self.all {
            return STATES.to_vec();
        }
        let shown: Vec<_> = STATES
            .into_iter()
            .zip(flags)
            .filter(|(_, flag)| *flag)
            .map(|(s, _)| s)
            .collect();
        if shown.is_empty() {
            STATES[..5].to_vec()
        } else {
            shown
        }
    }

    fn print_objects(&self, status: &Status, shown: &[(State, &str, u8)]) -> io::Result<()> {
        let sources: HashMap<&RepoPath, &RepoPathBuf> = status
            .copies
            .iter()
            .map(|(path, source)| (&**path, source))
            .collect();
        let mut objects = Vec::new();
        let text =
            |path: &RepoPath| serde_json::Value::from(String::from_utf8_lossy(path.as_bytes()));
        for &(state, _, letter) in shown {
            for path in status.list(state).iter() {
                let mut fields = vec![
                    "\"itemtype\": \"file\"".to_string(),
                    format!("\"path\": {}", text(path)),
                ];
                if !self.no_status {
                    fields.push(format!("\"status\": \"{}\"", char::from(letter)));
                    let source = sources.get(path);
                    fields.extend(source.map(|source| format!("\"source\": {}", text(source))));
                }
                objects.push(format!("{{{}}}", fields.join(", ")));
            }
        }
        let mut out = io::stdout().lock();
        writeln!(out, "[{}]", objects.join(",\n "))?;
        out.flush()
    }
}

/// Prints what there is to say on standard errors, in one piece.
fn complain(status: &Status, show: &ShownPaths, is_judged: bool) -> io::Result<()> {
    let mut said = Vec::new();
    let has_judged = [State::Unknown, State::Ignored]
        .iter()
        .any(|&state| !status.list(state).is_empty());
    if is_judged || has_judged {
        for warning in &status.warnings {
            said.extend_from_slice(&warned(warning));
        }
    }
    for complaint in &status.complaints {
        said.extend_from_slice(&show.show(&complaint.path));
        let reason = match complaint.reason {
            Reason::System(errno) => words(errno),
            Reason::Kind(kind) => format!("unsupported file type (type is {kind})"),
        };
        said.extend_from_slice(format!(": {reason}\n").as_bytes());
    }
    for path in status.list(State::Unsure).iter() {
        said.extend_from_slice(b"vermilion: ");
        said.extend_from_slice(path.as_bytes());
        said.extend_from_slice(b" cannot be compared with the first parent\n");
    }
    if let Some(reason) = &status.unsure_reason {
        said.extend_from_slice(format!("vermilion: {reason}\n").as_bytes());
    }
    io::stderr().lock().write_all(&said)
}

/// Returns what Mercurial says of an ignore file, as a line.
fn warned(warning: &Warning) -> Vec<u8> {
    let file = &warning.file[..];
    match &warning.kind {
        WarningKind::InvalidSyntax(syntax) => {
            [file, b": ignoring invalid syntax '", syntax, b"'\n"].concat()
        }
        WarningKind::Unreadable(errno) => {
            let reason = words(*errno);
            [
                b"skipping unreadable pattern file '",
                file,
                b"': ",
                reason.as_bytes(),
                b"\n",
            ]
            .concat()
        }
    }
}

/// Returns the system's words for an error, without its number.
fn words(errno: i32) -> String {
    system_words(&io::Error::from_raw_os_error(errno))
}

/// Returns a path from the root that is given as seen from here.
fn from_root(root: &Path, here: &Path, path: &Path) -> io::Result<RepoPathBuf> {
    let full = normal_path(&here.join(path));
    let relative = full
        .strip_prefix(root)
        .map(Path::to_path_buf)
        .or_else(|_| {
            // The way there may lead over symlinks.
            let above = full.parent().and_then(|above| above.canonicalize().ok());
            let real = above
                .zip(full.file_name())
                .map(|(above, name)| above.join(name));
            real.and_then(|real| real.strip_prefix(root).map(Path::to_path_buf).ok())
                .ok_or_else(|| {
                    io::Error::other(format!(
                        "{} is not below {}",
                        path.display(),
                        root.display()
                    ))
                })
        })?;
    Ok(RepoPath::new(relative.as_os_str().as_bytes()).to_owned())
}
