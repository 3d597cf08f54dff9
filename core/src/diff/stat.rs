// SPDX-License-Identifier: GPL-2.0-or-later

//! The summary of a patch: how many lines of each file it adds and removes.

/// What a patch does to one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileStat {
    /// The path, or `old => new` for a renamed file.
    pub name: Vec<u8>,
    /// How many lines it adds.
    pub added: usize,
    /// How many lines it removes.
    pub removed: usize,
    /// Whether the file is binary.
    pub binary: bool,
}

/// What a patch does to all its files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stat {
    /// One for each file, in the order of the patch.
    pub files: Vec<FileStat>,
}

impl Stat {
    /// Returns how many lines are added and removed in all files.
    pub fn totals(&self) -> (usize, usize) {
        self.files.iter().fold((0, 0), |(added, removed), file| {
            (added + file.added, removed + file.removed)
        })
    }

    /// Returns the summary as `hg diff --stat` writes it, in lines of `width` columns if the names
    /// leave room for a bar of ten; `columns` tells how many a name takes.
    pub fn text(&self, width: usize, columns: impl Fn(&[u8]) -> usize) -> Vec<u8> {
        let lines = |file: &FileStat| file.added + file.removed;
        let names = self
            .files
            .iter()
            .map(|file| columns(&file.name))
            .max()
            .unwrap_or(0);
        let most = self.files.iter().map(lines).max().unwrap_or(0);
        let mut digits = most.to_string().len();
        if self.files.iter().any(|file| file.binary) {
            digits = digits.max(b"Bin".len());
        }
        let bar = width.saturating_sub(digits + names + 6).max(10);
        let scale = |count: usize| {
            if most <= bar {
                return count;
            }
            // Something is shown wherever there is something.
            (count * bar / most).max(usize::from(count > 0))
        };
        let mut text = Vec::new();
        for file in &self.files {
            let count = if file.binary {
                "Bin".to_owned()
            } else {
                lines(file).to_string()
            };
            text.push(b' ');
            text.extend(&file.name);
            text.resize(text.len() + names - columns(&file.name), b' ');
            text.extend(format!(" |  {count:>digits$} ").bytes());
            text.resize(text.len() + scale(file.added), b'+');
            text.resize(text.len() + scale(file.removed), b'-');
            text.push(b'\n');
        }
        if !self.files.is_empty() {
            let (added, removed) = self.totals();
            let files = self.files.len();
            let summary =
                format!(" {files} files changed, {added} insertions(+), {removed} deletions(-)\n");
            text.extend(summary.bytes());
        }
        text
    }
}
