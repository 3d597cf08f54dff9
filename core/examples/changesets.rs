// SPDX-License-Identifier: GPL-2.0-or-later

//! How long it takes to read all changesets of a repository, and to work out their names and
//! states: `changesets ROOT`, with `--check` to compare each changeset with its node.

#![forbid(unsafe_code)]

use std::sync::atomic::AtomicBool;
use std::time::Instant;

use rustix::time::{ClockId, clock_gettime};
use vermilion_core::changelog::{Columns, Reading};
use vermilion_core::refs::{Refs, View};
use vermilion_core::repository::Repository;
use vermilion_core::{Result, Rev};

fn processor() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// Prints how long something takes.
fn timed<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let (busy, start) = (processor(), Instant::now());
    let done = work()?;
    let (seconds, busy) = (start.elapsed().as_secs_f64(), processor() - busy);
    println!(
        "{what}: {:.1} ms, {:.1} of the processor",
        seconds * 1e3,
        busy * 1e3
    );
    Ok(done)
}

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let check = arguments.iter().any(|argument| argument == "--check");
    arguments.retain(|argument| argument != "--check");
    let root = arguments.first().ok_or("changesets ROOT [--check]")?;
    let repository = Repository::open(root)?;
    for _ in 0..5 {
        let columns = timed("changesets", || {
            let changelog = repository.changelog()?;
            let end = Rev::from_index(changelog.len());
            let revs: Vec<Rev> = Rev::range(Rev::FIRST..end).collect();
            let reading = Reading {
                check,
                interrupt: &AtomicBool::new(false),
            };
            changelog.columns(&revs, Columns::ALL, &reading)
        })?;
        let refs = timed("open", || Refs::open(&repository, View::Visible))?;
        timed("hidden", || refs.hidden())?;
        let tags = timed("tags", || refs.tags())?;
        let branches = timed("branches", || refs.branches())?;
        println!(
            "{} changesets, {} users, {} files, {} tags, {} branches",
            columns.len(),
            columns.users.values.len(),
            columns.files.len(),
            tags.iter().count(),
            branches.iter().len(),
        );
    }
    Ok(())
}
