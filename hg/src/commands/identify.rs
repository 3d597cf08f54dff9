// SPDX-License-Identifier: GPL-2.0-or-later

//! `hg identify`: what the working copy, or a changeset, is called.

use super::{Command, FLAG, TEMPLATE, VALUE, status};
use crate::program::invocation::Invocation;
use crate::program::printer::short;
use crate::template::{Field, Fields};
use crate::{Error, Result};
use vermilion_core::Rev;
use vermilion_core::snapshot::Snapshot;

pub(super) const COMMAND: Command = Command {
    names: &["identify", "id"],
    options: &[
        ('r', "rev", VALUE),
        ('n', "num", FLAG),
        ('i', "id", FLAG),
        ('b', "branch", FLAG),
        ('t', "tags", FLAG),
        ('B', "bookmarks", FLAG),
        ('e', "ssh", VALUE),
        (' ', "remotecmd", VALUE),
        (' ', "insecure", FLAG),
        TEMPLATE,
    ],
    is_paged: false,
    is_wordless: true,
    run,
};

/// The fields of what is identified, the last two for the working copy.
const FIELDS: &[&str] = &[
    "id",
    "node",
    "branch",
    "tags",
    "bookmarks",
    "dirty",
    "parents",
];

fn run(hg: &mut Invocation) -> Result<u8> {
    hg.refuse(&["ssh", "remotecmd", "insecure"])?;
    // Somewhere else.
    hg.refuse_words()?;
    if hg.repository().is_err() {
        return Err(Error::abort(
            "there is no Mercurial repository here (.hg not found)",
        ));
    }
    let rev = match hg.options.value("rev").map(ToOwned::to_owned) {
        Some(word) => hg.rev(&word)?,
        None => None,
    };
    let flags = ["num", "id", "branch", "tags", "bookmarks"].map(|name| hg.options.flag(name));
    let [num, id, branch, tags, bookmarks] = flags;
    let is_default = !flags.contains(&true);
    let (revs, mark) = match rev {
        Some(rev) => (vec![rev], ""),
        None => (
            working_parents(hg)?,
            if status::is_dirty(hg)? { "+" } else { "" },
        ),
    };
    let snapshot = hg.snapshot()?;
    let nodes: Result<Vec<String>> = revs.iter().map(|&rev| short(&snapshot, rev)).collect();
    let nodes = nodes?.join("+");
    let tags_of = names(&revs, |rev| tags_of(&snapshot, rev))?;
    let bookmarks_of = names(&revs, |rev| bookmarks_of(&snapshot, rev))?;
    let mut said: Vec<Vec<u8>> = Vec::new();
    if is_default || id {
        said.push(format!("{nodes}{mark}").into_bytes());
    }
    if num {
        let numbers: Vec<String> = revs.iter().map(ToString::to_string).collect();
        said.push(format!("{}{mark}", numbers.join("+")).into_bytes());
    }
    let branch_of = match rev {
        Some(Rev::NULL) => b"default".to_vec(),
        Some(rev) => {
            let changelog = snapshot.refs().changelog();
            let text = changelog.text(rev)?;
            changelog.parse(rev, &text)?.branch().to_vec()
        }
        None => hg.repository()?.working_branch()?,
    };
    if let Some(mut formatter) = hg.formatter("identify", FIELDS)? {
        let shown = |names: &[Vec<u8>]| -> Result<Vec<Vec<u8>>> {
            names
                .iter()
                .map(|name| Ok(hg.text(name)?.into_owned()))
                .collect()
        };
        let changelog = snapshot.refs().changelog();
        let nodes: Result<Vec<Vec<u8>>> = revs
            .iter()
            .map(|&rev| Ok(changelog.node(rev)?.to_string().into_bytes()))
            .collect();
        let nodes = nodes?;
        let id = [&nodes.join(&b'+')[..], mark.as_bytes()].concat();
        let item = Fields::new().about(rev).with("id", Field::text(id));
        let item = item.with("branch", hg.field(&branch_of)?);
        let item = item.with("tags", Field::list_with(shown(&tags_of)?, "tag", b":"));
        let item = item.with("bookmarks", Field::list(shown(&bookmarks_of)?, "bookmark"));
        formatter.add(match rev {
            Some(_) => item.with("node", Field::text(nodes.concat())),
            None => {
                let item = item.with("node", Field::text("f".repeat(40)));
                let item = item.with("dirty", Field::text(mark));
                item.with("parents", Field::list(nodes, "node"))
            }
        });
        return formatter.print(hg).map(|()| 0);
    }
    if is_default && !hg.is_quiet() {
        if branch_of != b"default" {
            said.push([b"(", &branch_of[..], b")"].concat());
        }
        for names in [tags_of, bookmarks_of] {
            let joined = names.join(&b'/');
            if !joined.is_empty() {
                said.push(joined);
            }
        }
    } else {
        if branch {
            said.push(branch_of);
        }
        said.extend(tags_of.into_iter().filter(|_| tags));
        said.extend(bookmarks_of.into_iter().filter(|_| bookmarks));
    }
    let line = said.join(&b' ');
    let line = hg.text(&line)?.to_vec();
    hg.out.line(line);
    Ok(0)
}

fn working_parents(hg: &mut Invocation) -> Result<Vec<Rev>> {
    let [first, second] = hg.snapshot()?.refs().working_parents();
    Ok(if second == Rev::NULL {
        vec![first]
    } else {
        vec![first, second]
    })
}

fn names(revs: &[Rev], of: impl Fn(Rev) -> Result<Vec<Vec<u8>>>) -> Result<Vec<Vec<u8>>> {
    let all: Result<Vec<_>> = revs.iter().map(|&rev| of(rev)).collect();
    Ok(all?.concat())
}

/// Returns the tags of a changeset, sorted; `tip` is one of them.
pub(super) fn tags_of(snapshot: &Snapshot, rev: Rev) -> Result<Vec<Vec<u8>>> {
    let refs = snapshot.refs();
    let tagged = refs.tags()?.iter().filter(|&(_, tagged, _)| tagged == rev);
    let mut tags: Vec<_> = tagged.map(|(name, _, _)| name.to_vec()).collect();
    if refs.tip()? == rev {
        tags.push(b"tip".to_vec());
    }
    tags.sort_unstable();
    Ok(tags)
}

pub(super) fn bookmarks_of(snapshot: &Snapshot, rev: Rev) -> Result<Vec<Vec<u8>>> {
    let marked = snapshot
        .refs()
        .bookmarks()?
        .iter()
        .filter(|&(_, marked)| marked == rev);
    let mut names: Vec<_> = marked.map(|(name, _)| name.to_vec()).collect();
    names.sort_unstable();
    Ok(names)
}
