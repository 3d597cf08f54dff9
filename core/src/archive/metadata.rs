// SPDX-License-Identifier: GPL-2.0-or-later

//! What an archive says of its changeset.

use crate::refs::tags::TagKind;
use crate::snapshot::Snapshot;
use crate::{Result, Rev};

/// Returns the text of `.hg_archival.txt`, as Mercurial's default template has it.
///
/// Takes the time of [`Refs::latest_tag`](crate::refs::Refs::latest_tag).
///
/// # Errors
/// Those of [`Refs::latest_tag`](crate::refs::Refs::latest_tag), and of reading the changeset.
pub fn text(snapshot: &Snapshot, rev: Rev) -> Result<Vec<u8>> {
    let refs = snapshot.refs();
    let changelog = refs.changelog();
    let hidden = refs.filtered()?;
    let mut all = (0..changelog.len()).map(Rev::from_index);
    let first = all.find(|&rev| !hidden.contains(rev));
    let changeset = changelog.text(rev)?;
    let branch = changelog.parse(rev, &changeset)?.branch().to_vec();

    let tags = refs.tags()?;
    let global = || tags.iter().filter(|tag| tag.2 == TagKind::Global);
    let tagged = global().map(|tag| tag.1).collect::<Vec<Rev>>();
    let latest = refs.latest_tag(rev, &tagged)?;
    let mut names: Vec<&[u8]> = global()
        .filter(|tag| tag.1 == latest.rev)
        .map(|tag| tag.0)
        .collect();
    if names.is_empty() {
        names.push(b"null");
    }
    names.sort_unstable();

    let mut text = format!(
        "repo: {}\nnode: {}\nbranch: ",
        changelog.node(first.unwrap_or(Rev::NULL))?,
        changelog.node(rev)?
    )
    .into_bytes();
    text.extend_from_slice(&branch);
    text.push(b'\n');
    let key = if latest.distance == 0 {
        &b"tag: "[..]
    } else {
        b"latesttag: "
    };
    for name in names {
        for part in [key, name, b"\n"] {
            text.extend_from_slice(part);
        }
    }
    if latest.distance > 0 {
        let since = changelog.graph()?.only(&[rev], &[latest.rev])?.len();
        let rest = format!(
            "latesttagdistance: {}\nchangessincelatesttag: {since}\n",
            latest.distance
        );
        text.extend_from_slice(rest.as_bytes());
    }
    Ok(text)
}
