// SPDX-License-Identifier: GPL-2.0-or-later

//! Many changesets as columns: numbers and bytes side by side, without an object for each.

use std::collections::HashMap;

use super::read::Reading;
use super::{Changelog, Changeset};
use crate::{RepoPath, Result, Rev};

/// Columns that take as much memory as there is text, and can be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Columns {
    /// The descriptions.
    pub descriptions: bool,
    /// The files.
    pub files: bool,
}

impl Columns {
    /// All columns.
    pub const ALL: Columns = Columns {
        descriptions: true,
        files: true,
    };
}

/// Byte strings one after the other.
///
/// String `i` is `bytes[offsets[i]..offsets[i + 1]]`; there is one offset more than there are
/// strings, and the first one is 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rows {
    /// The bytes of all strings.
    pub bytes: Vec<u8>,
    /// Where strings begin and end.
    pub offsets: Vec<i64>,
}

impl Default for Rows {
    fn default() -> Self {
        Rows {
            bytes: Vec::new(),
            offsets: vec![0],
        }
    }
}

impl Rows {
    /// Returns how many strings there are.
    pub fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns a string, `None` if there are not so many.
    pub fn get(&self, at: usize) -> Option<&[u8]> {
        let (&start, &end) = (self.offsets.get(at)?, self.offsets.get(at + 1)?);
        self.bytes.get(start as usize..end as usize)
    }

    pub(crate) fn push(&mut self, string: &[u8]) {
        self.bytes.extend_from_slice(string);
        self.offsets.push(self.bytes.len() as i64);
    }

    pub(crate) fn append(&mut self, other: &Rows) {
        let start = self.bytes.len() as i64;
        self.bytes.extend_from_slice(&other.bytes);
        self.offsets
            .extend(other.offsets[1..].iter().map(|end| start + end));
    }
}

/// A column in which the same strings come again and again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Distinct {
    /// The strings, each once, in the order in which they first come.
    pub values: Rows,
    /// The number of each row's string.
    pub rows: Vec<i32>,
}

impl Distinct {
    /// Returns the string of a row, `None` if there are not so many.
    pub fn get(&self, row: usize) -> Option<&[u8]> {
        self.values.get(*self.rows.get(row)? as usize)
    }
}

/// A column of few strings while it is put together.
#[derive(Debug, Default)]
struct Numbering {
    column: Distinct,
    numbers: HashMap<Vec<u8>, i32>,
}

impl Numbering {
    fn number(&mut self, string: &[u8]) -> i32 {
        if let Some(&number) = self.numbers.get(string) {
            return number;
        }
        let number = self.column.values.len() as i32;
        self.numbers.insert(string.to_vec(), number);
        self.column.values.push(string);
        number
    }

    fn push(&mut self, string: &[u8]) {
        // Neighbours often have the same.
        let last = self.column.rows.last().copied();
        let number = match last {
            Some(last) if self.column.values.get(last as usize) == Some(string) => last,
            _ => self.number(string),
        };
        self.column.rows.push(number);
    }

    fn append(&mut self, other: &Distinct) {
        let strings = (0..other.values.len()).filter_map(|at| other.values.get(at));
        let numbers: Vec<i32> = strings.map(|string| self.number(string)).collect();
        let rows = other.rows.iter().map(|&row| numbers[row as usize]);
        self.column.rows.extend(rows);
    }
}

/// Changesets as columns, with a row for each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangesetColumns {
    /// The revisions' numbers.
    pub revs: Vec<i32>,
    /// Their nodes, 20 bytes each.
    pub nodes: Vec<u8>,
    /// The nodes of their manifests, 20 bytes each.
    pub manifests: Vec<u8>,
    /// When they were committed, in seconds since 1970, UTC.
    pub seconds: Vec<i64>,
    /// The time zones of those who committed, in seconds west of UTC.
    pub offsets: Vec<i32>,
    /// Who committed them.
    pub users: Distinct,
    /// Their branches.
    pub branches: Distinct,
    /// Whether they close their branch, 0 or 1.
    pub closes: Vec<u8>,
    /// Their descriptions, if they were asked for.
    pub descriptions: Rows,
    /// The paths of the files that they touch, all one after the other, if they were asked for.
    pub files: Rows,
    /// The files of row `i` are numbers `file_rows[i]` up to `file_rows[i + 1]`; one offset more
    /// than there are rows, if files were asked for.
    pub file_rows: Vec<i64>,
}

impl ChangesetColumns {
    /// Returns how many rows there are.
    pub fn len(&self) -> usize {
        self.revs.len()
    }

    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.revs.is_empty()
    }

    /// Returns the files of a row, in their order.
    pub fn files_of(&self, row: usize) -> impl Iterator<Item = &RepoPath> {
        let end = self.file_rows.get(row + 1).copied().unwrap_or(0);
        let start = self.file_rows.get(row).copied().unwrap_or(end);
        let files = (start as usize..end as usize).filter_map(|at| self.files.get(at));
        files.map(RepoPath::new)
    }
}

/// Columns while they are put together.
struct Builder {
    wanted: Columns,
    done: ChangesetColumns,
    users: Numbering,
    branches: Numbering,
}

impl Builder {
    fn new(wanted: Columns) -> Builder {
        let mut done = ChangesetColumns::default();
        if wanted.files {
            done.file_rows.push(0);
        }
        Builder {
            wanted,
            done,
            users: Numbering::default(),
            branches: Numbering::default(),
        }
    }

    fn push(&mut self, rev: Rev, node: &[u8], changeset: &Changeset<'_>) {
        let done = &mut self.done;
        done.revs.push(rev.get());
        done.nodes.extend_from_slice(node);
        done.manifests
            .extend_from_slice(changeset.manifest().as_ref());
        done.seconds.push(changeset.date().seconds);
        done.offsets.push(changeset.date().offset);
        done.closes.push(u8::from(changeset.closes_branch()));
        self.users.push(changeset.user());
        self.branches.push(changeset.branch());
        if self.wanted.descriptions {
            done.descriptions.push(changeset.description());
        }
        if self.wanted.files {
            for file in changeset.files() {
                done.files.push(file.as_bytes());
            }
            done.file_rows.push(done.files.len() as i64);
        }
    }

    fn append(&mut self, block: &Builder) {
        let (done, more) = (&mut self.done, &block.done);
        done.revs.extend(&more.revs);
        done.nodes.extend(&more.nodes);
        done.manifests.extend(&more.manifests);
        done.seconds.extend(&more.seconds);
        done.offsets.extend(&more.offsets);
        done.closes.extend(&more.closes);
        self.users.append(&block.users.column);
        self.branches.append(&block.branches.column);
        done.descriptions.append(&more.descriptions);
        let before = done.files.len() as i64;
        done.files.append(&more.files);
        let rows = more.file_rows.iter().skip(1);
        done.file_rows.extend(rows.map(|row| before + row));
    }

    fn finish(self) -> ChangesetColumns {
        ChangesetColumns {
            users: self.users.column,
            branches: self.branches.column,
            ..self.done
        }
    }
}

impl Changelog {
    /// Reads changesets into columns, with a row for each of `revs`, in their order.
    ///
    /// Takes time linear in the texts, on several threads, and memory linear in what is asked
    /// for.
    ///
    /// # Errors
    /// Those of [`Changelog::for_each`].
    pub fn columns(
        &self,
        revs: &[Rev],
        wanted: Columns,
        reading: &Reading<'_>,
    ) -> Result<ChangesetColumns> {
        let block = |revs: &[Rev]| {
            let mut block = Builder::new(wanted);
            self.read_block(revs, reading, |rev, changeset| {
                block.push(rev, self.node(rev)?.as_ref(), changeset);
                Ok(())
            })?;
            Ok(block)
        };
        let mut all = Builder::new(wanted);
        self.in_blocks(revs, block, |block| {
            all.append(&block);
            Ok(())
        })?;
        Ok(all.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_one_after_the_other_are_as_one() {
        let texts = |numbers: std::ops::Range<i32>| -> Vec<(Rev, String)> {
            numbers
                .map(|n| {
                    let files: Vec<String> = (0..n % 3).map(|f| format!("f{f}\n")).collect();
                    let files = files.concat();
                    let (node, user, branch) = ("0".repeat(40), n % 4, n % 5);
                    let rest = format!("u{user}\n{n} 0 branch:b{branch}\n{files}\nd{n}");
                    (Rev::new(n), format!("{node}\n{rest}"))
                })
                .collect()
        };
        let build = |texts: &[(Rev, String)], wanted| {
            let mut builder = Builder::new(wanted);
            for (rev, text) in texts {
                let changeset = Changeset::parse(text.as_bytes(), &"t").unwrap();
                builder.push(*rev, &[7; 20], &changeset);
            }
            builder
        };
        let less = Columns {
            descriptions: false,
            files: false,
        };
        for wanted in [Columns::ALL, less] {
            let whole = build(&texts(0..50), wanted).finish();
            for cut in [0, 1, 7, 49, 50] {
                let mut all = Builder::new(wanted);
                all.append(&build(&texts(0..cut), wanted));
                all.append(&build(&texts(cut..50), wanted));
                assert_eq!(all.finish(), whole);
            }
            assert_eq!(whole.users.values.len(), 4);
            assert_eq!(whole.branches.get(7), Some(&b"b2"[..]));
            if wanted == Columns::ALL {
                assert_eq!(whole.descriptions.get(11), Some(&b"d11"[..]));
                let files: Vec<_> = whole.files_of(5).map(RepoPath::as_bytes).collect();
                assert_eq!(files, [b"f0", b"f1"]);
            }
        }
    }
}
