// SPDX-License-Identifier: GPL-2.0-or-later

//! The text of a changeset.
//!
//! | line | content |
//! | --- | --- |
//! | first | the manifest's node in hexadecimal digits |
//! | second | the user |
//! | third | seconds since 1970, a space, seconds west of UTC, and after another space the extras |
//! | further ones | the files that it touches, one a line |
//! | an empty one | |
//! | the rest | the description |
//!
//! User, extras and description are UTF-8 where whoever committed had it right; paths are any
//! bytes. An empty text is that of the null revision.

use std::borrow::Cow;
use std::fmt::{self, Display};

use chrono::{DateTime, Utc};
use memchr::{memchr, memmem};

use super::extra::{self, CLOSE, DEFAULT_BRANCH};
use crate::error::FileKind;
use crate::text::{float, integer};
use crate::{Error, Node, RepoPath, Result};

/// A point in time, with the time zone of whoever committed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Date {
    /// Seconds since the beginning of 1970, UTC. Parts of a second, which a few old changesets
    /// have, are left out.
    pub seconds: i64,
    /// Seconds that the time zone is west of UTC.
    pub offset: i32,
}

impl Date {
    /// Returns the time that clocks showed there; a time that is not one of 32 bits as the first or
    /// the last that is.
    fn local(&self) -> DateTime<Utc> {
        let local = self.seconds.saturating_sub(self.offset.into());
        let local = local.clamp(i32::MIN.into(), i32::MAX.into());
        DateTime::from_timestamp(local, 0).unwrap_or_default()
    }

    /// Returns the day, `1970-01-01`.
    pub fn day(&self) -> String {
        self.local().format("%Y-%m-%d").to_string()
    }
}

impl Display for Date {
    /// Writes it as headers of patches have it, `Thu Jan 01 00:00:00 1970 +0000`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let local = self.local();
        let sign = if self.offset > 0 { '-' } else { '+' };
        let minutes = self.offset.unsigned_abs() / 60;
        let local = local.format("%a %b %d %H:%M:%S %Y");
        write!(f, "{local} {sign}{:02}{:02}", minutes / 60, minutes % 60)
    }
}

/// A changeset, read where its text is: nothing is copied but what is escaped in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changeset<'t> {
    text: &'t [u8],
    manifest: Node,
    date: Date,
    branch: Cow<'t, [u8]>,
    closes_branch: bool,
    /// Where the user's line ends.
    user_end: usize,
    /// Where the extras begin, and the line that they are in ends.
    extra: [usize; 2],
    /// Where the last file's line ends.
    files_end: usize,
}

/// The bytes of the first line.
const MANIFEST_LINE: usize = Node::HEX_LEN + 1;

impl<'t> Changeset<'t> {
    /// Reads a text; `name` is for messages.
    ///
    /// Takes time linear in its length.
    ///
    /// # Errors
    /// [`Error::Corrupt`] if a line is missing or is not what it should be. A time zone that
    /// is not a number of 32 bits is taken for UTC, as tools have written odd ones.
    pub fn parse(text: &'t [u8], name: &dyn Display) -> Result<Changeset<'t>> {
        read(text).map_err(|reason| Error::corrupt(FileKind::Revlog, name, reason))
    }

    /// Returns the node of the manifest.
    pub fn manifest(&self) -> Node {
        self.manifest
    }

    /// Returns who committed it.
    pub fn user(&self) -> &'t [u8] {
        self.text.get(MANIFEST_LINE..self.user_end).unwrap_or(b"")
    }

    /// Returns when it was committed.
    pub fn date(&self) -> Date {
        self.date
    }

    /// Returns the branch, `default` if it says nothing else.
    pub fn branch(&self) -> &[u8] {
        &self.branch
    }

    /// Returns whether it closes its branch.
    pub fn closes_branch(&self) -> bool {
        self.closes_branch
    }

    /// Returns what else is recorded of it: keys and values, the branch among them if it is
    /// not `default`. In the order of the text; if a key comes several times, the last counts.
    pub fn extra(&self) -> impl Iterator<Item = (Cow<'t, [u8]>, Cow<'t, [u8]>)> + use<'t> {
        // Checked when the text was read.
        extra::items(&self.text[self.extra[0]..self.extra[1]]).flatten()
    }

    /// Returns the files that it touches, in the order of the text, which is that of their
    /// bytes.
    pub fn files(&self) -> impl Iterator<Item = &'t RepoPath> + use<'t> {
        // Without any, the end is before the beginning.
        let lines = self.text.get(self.extra[1] + 1..self.files_end);
        let lines = lines
            .into_iter()
            .flat_map(|l| l.split(|&byte| byte == b'\n'));
        lines.map(RepoPath::new)
    }

    /// Returns the files as they are in the text, with a newline between each two.
    pub fn files_block(&self) -> &'t [u8] {
        self.text
            .get(self.extra[1] + 1..self.files_end)
            .unwrap_or(b"")
    }

    /// Returns the description.
    pub fn description(&self) -> &'t [u8] {
        self.text.get(self.files_end + 2..).unwrap_or(b"")
    }

    /// Returns the whole text.
    pub fn text(&self) -> &'t [u8] {
        self.text
    }
}

fn read(text: &[u8]) -> Result<Changeset<'_>, String> {
    if text.is_empty() {
        return Ok(Changeset {
            text,
            manifest: Node::NULL,
            date: Date::default(),
            branch: Cow::Borrowed(DEFAULT_BRANCH),
            closes_branch: false,
            user_end: 0,
            extra: [0; 2],
            files_end: 0,
        });
    }
    let first = text.get(..MANIFEST_LINE);
    let digits = first.and_then(|line| line.strip_suffix(b"\n"));
    let manifest = digits
        .and_then(Node::from_hex)
        .ok_or("the changeset does not begin with its manifest's node")?;
    let newline = |from: usize, what| {
        let found = memchr(b'\n', &text[from..]).map(|at| from + at);
        found.ok_or_else(|| format!("the changeset ends before its {what}"))
    };
    let user_end = newline(MANIFEST_LINE, "user does")?;
    let line_end = newline(user_end + 1, "date does")?;
    let (date, extra_start) = date(&text[user_end + 1..line_end])?;
    let extra_at = user_end + 1 + extra_start;
    let files_end = if text.get(line_end + 1) == Some(&b'\n') {
        line_end
    } else {
        memmem::find(&text[line_end + 1..], b"\n\n")
            .map(|at| line_end + 1 + at)
            .ok_or("the changeset's files do not end")?
    };
    let mut changeset = Changeset {
        text,
        manifest,
        date,
        branch: Cow::Borrowed(DEFAULT_BRANCH),
        closes_branch: false,
        user_end,
        extra: [extra_at, line_end],
        files_end,
    };
    for item in extra::items(&text[extra_at..line_end]) {
        let (key, value) = item?;
        match &key[..] {
            b"branch" => changeset.branch = value,
            CLOSE => changeset.closes_branch = true,
            _ => {}
        }
    }
    Ok(changeset)
}

/// Returns the date in a line, and where its extras begin.
fn date(line: &[u8]) -> Result<(Date, usize), String> {
    let bad = || format!("{:?} is not a date", String::from_utf8_lossy(line));
    let space = memchr(b' ', line).ok_or_else(bad)?;
    let zone = &line[space + 1..];
    let zone_end = memchr(b' ', zone).unwrap_or(zone.len());
    let date = Date {
        seconds: float(&line[..space])
            .map(|seconds| seconds as i64)
            .ok_or_else(bad)?,
        offset: integer(&zone[..zone_end])
            .and_then(|offset| offset.try_into().ok())
            .unwrap_or(0),
    };
    Ok((date, (space + 2 + zone_end).min(line.len())))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NODE: &str = "00112233445566778899aabbccddeeff00112233";

    fn text(rest: &str) -> Vec<u8> {
        format!("{NODE}\n{rest}").into_bytes()
    }

    #[test]
    fn all_fields() {
        let text =
            text("A <a@b>\n1234567890 -7200 branch:x\\ny\0close:1\0k:a:b\na\nb c\n\nd\n\ne\n");
        let changeset = Changeset::parse(&text, &"t").unwrap();
        assert_eq!(changeset.manifest().to_string(), NODE);
        assert_eq!(changeset.user(), b"A <a@b>");
        let date = changeset.date();
        assert_eq!((date.seconds, date.offset), (1_234_567_890, -7200));
        assert_eq!(changeset.branch(), b"x\ny");
        assert!(changeset.closes_branch());
        let keys: Vec<_> = changeset.extra().map(|(key, _)| key.into_owned()).collect();
        assert_eq!(keys, [&b"branch"[..], b"close", b"k"]);
        assert_eq!(changeset.extra().last().unwrap().1, &b"a:b"[..]);
        let files: Vec<_> = changeset.files().map(RepoPath::as_bytes).collect();
        assert_eq!(files, [&b"a"[..], b"b c"]);
        assert_eq!(changeset.files_block(), b"a\nb c");
        assert_eq!(changeset.description(), b"d\n\ne\n");
    }

    #[test]
    fn what_may_be_missing() {
        let text = text("\n0 0\n\n");
        let changeset = Changeset::parse(&text, &"t").unwrap();
        assert_eq!(
            (changeset.user(), changeset.description()),
            (&b""[..], &b""[..])
        );
        assert_eq!(
            (changeset.files().count(), changeset.extra().count()),
            (0, 0)
        );
        assert_eq!(changeset.branch(), b"default");
        let null = Changeset::parse(b"", &"t").unwrap();
        assert!(null.manifest().is_null() && null.files().next().is_none());
        assert_eq!((null.user(), null.description()), (&b""[..], &b""[..]));
    }

    #[test]
    fn dates_of_headers() {
        let text = |seconds, offset| Date { seconds, offset }.to_string();
        assert_eq!(text(0, 0), "Thu Jan 01 00:00:00 1970 +0000");
        assert_eq!(text(1_234_567_890, -7200), "Sat Feb 14 01:31:30 2009 +0200");
        assert_eq!(
            text(1_234_567_890, 12_600),
            "Fri Feb 13 20:01:30 2009 -0330"
        );
        assert_eq!(text(i64::MIN, 1), "Fri Dec 13 20:45:52 1901 -0000");
        assert_eq!(text(i64::MAX, 0), "Tue Jan 19 03:14:07 2038 +0000");
    }

    #[test]
    fn odd_dates() {
        let date = |line: &str| {
            let text = text(&format!("u\n{line}\n\n"));
            Changeset::parse(&text, &"t")
                .map(|changeset| changeset.date())
                .ok()
        };
        let is = |seconds, offset| Some(Date { seconds, offset });
        assert_eq!(date("1115154970.28 25200"), is(1_115_154_970, 25200));
        assert_eq!(date("-1.5 0"), is(-1, 0));
        assert_eq!(date("1e3 0 a:b"), is(1000, 0));
        assert_eq!(date("7 x"), is(7, 0));
        assert_eq!(date("7 99999999999"), is(7, 0));
        assert_eq!(date("7 "), is(7, 0));
        for bad in ["7", "", "x 0", "nan 0", "inf 0", "1e30 0", " 0"] {
            assert_eq!(date(bad), None, "{bad}");
        }
    }

    #[test]
    fn texts_that_are_none() {
        for bad in [
            "\n".to_owned(),
            NODE.to_owned(),
            format!("{NODE}\n"),
            format!("{NODE}\nu\n0 0"),
            format!("{NODE}\nu\n0 0\n"),
            format!("{NODE}\nu\n0 0\na\nb\n"),
            format!("{NODE}\nu\n0 0 x\n\n"),
            format!("{NODE}\nu\n0 0 a:\\\n\n"),
            format!("x{NODE}\nu\n0 0\n\n"),
        ] {
            let error = Changeset::parse(bad.as_bytes(), &"f, revision 3").unwrap_err();
            assert!(error.to_string().starts_with("f, revision 3: "), "{error}");
        }
    }
}
