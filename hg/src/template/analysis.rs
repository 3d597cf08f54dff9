// SPDX-License-Identifier: GPL-2.0-or-later

//! What a template is going to need, found out before it is expanded: which names it has, whether
//! it reads changesets, and whether it is certain that it comes to its end.

use std::collections::HashSet;

use super::compile::{Library, Node, Target};
use super::environment::Wanted;
use super::filters::Apply;
use super::functions;
use super::keywords;

/// Keywords that are lists, which a template can be applied to.
const LISTS: &[&str] = &[
    "bookmarks",
    "branches",
    "children",
    "files",
    "parents",
    "tags",
    "extras",
];

/// Keywords and functions that are shown by templates, and what an item and several are called.
const ITEMS: &[(&str, &str, &str)] = &[
    ("bookmarks", "bookmark", "bookmarks"),
    ("branches", "branch", "branches"),
    ("children", "children", "childrens"),
    ("extras", "extra", "extras"),
    ("file_adds", "file_add", "file_adds"),
    ("file_copies", "file_copy", "file_copies"),
    ("file_copies_switch", "file_copy", "file_copies"),
    ("file_dels", "file_del", "file_dels"),
    ("file_mods", "file_mod", "file_mods"),
    ("files", "file", "files"),
    ("instabilities", "instability", "instabilities"),
    ("latesttag", "latesttag", "latesttags"),
    ("manifest", "manifest", "manifests"),
    ("namespaces", "namespace", "namespaces"),
    ("names", "name", "names"),
    ("obsfate", "fate", "fates"),
    ("parents", "parent", "parents"),
    ("revset", "revision", "revisions"),
    ("subrepos", "subrepo", "subrepos"),
    ("tags", "tag", "tags"),
];

/// The needs of a template.
#[derive(Debug, Default)]
pub(super) struct Needs {
    /// The names in it, and in templates that it may refer to.
    pub(super) names: HashSet<Vec<u8>>,
    /// The names of templates by which lists are shown that were looked at.
    seen: HashSet<Vec<u8>>,
    /// Set if the content of the changeset is read.
    pub(super) reads: bool,
    /// Set if nothing but damage can end it early, if names are keywords of their own.
    pub(super) is_certain: bool,
    pub(super) wanted: Wanted,
    /// Revision sets that are the same for all changesets.
    pub(super) revsets: Vec<Vec<u8>>,
}

impl Needs {
    /// Looks through a template and all that it may refer to.
    pub(super) fn of(
        library: &Library,
        start: &Node,
        is_harmless: impl Fn(&[u8]) -> bool,
    ) -> Needs {
        let mut needs = Needs {
            is_certain: true,
            ..Needs::default()
        };
        needs.look(start, library);
        for name in &needs.names {
            let keyword = keywords::find(name);
            needs.reads |= keyword.is_some_and(|keyword| keyword.reads);
            needs.is_certain &= match keyword {
                Some(keyword) => keyword.is_certain,
                None => {
                    let own = library.get(name);
                    own.is_ok_and(|found| found.is_some() || is_harmless(name))
                }
            };
            match &name[..] {
                b"bookmarks" | b"tags" | b"namespaces" | b"activebookmark" | b"currentbookmark" => {
                    needs.wanted.names = true;
                }
                b"latesttag" | b"latesttagdistance" | b"changessincelatesttag" => {
                    needs.wanted.names = true;
                    needs.wanted.latest_tags = true;
                }
                b"instabilities" | b"graphnode" | b"whyunstable" => {
                    needs.wanted.instabilities = true;
                }
                b"bisect" => needs.wanted.bisection = true,
                b"onelinesummary" => needs.wanted.summary = true,
                _ => {}
            }
        }
        needs
    }

    /// Takes the needs of another template into account.
    pub(super) fn add(&mut self, other: Needs) {
        self.names.extend(other.names);
        self.reads |= other.reads;
        self.is_certain &= other.is_certain;
        self.wanted = self.wanted.or(other.wanted);
        self.revsets.extend(other.revsets);
    }

    fn look(&mut self, node: &Node, library: &Library) {
        functions::constant_revsets(node, &mut self.revsets);
        self.look_at(node, library);
    }

    fn look_at(&mut self, node: &Node, library: &Library) {
        let is_list = |of: &Node| {
            let name = of.symbol().filter(|_| matches!(of, Node::Symbol(_)));
            name.is_some_and(|name| LISTS.iter().any(|list| list.as_bytes() == name))
        };
        match node {
            Node::Symbol(name) => self.name(name, library),
            Node::Filter(of, filter) => {
                let is_date = matches!(&**of, Node::Symbol(name) if name == b"date");
                let is_date = is_date && matches!(filter.apply, Apply::Date(_));
                self.is_certain &= filter.is_certain || is_date && filter.name != "age";
            }
            Node::Call(function, given) => {
                let first = given.places.first().and_then(Option::as_ref);
                let is_joined = function.name == "join" && first.is_some_and(is_list);
                self.is_certain &= function.is_certain || is_joined;
                match function.name {
                    "latesttag" => self.wanted.names = true,
                    "files" | "revset" => self.name(function.name.as_bytes(), library),
                    _ => {}
                }
                if function.name == "label" {
                    // What is not known there is a name of a colour.
                    if let Some(Some(node)) = given.places.get(1) {
                        self.look_at(node, library);
                    }
                    if let Some(Some(label)) = given.places.first()
                        && !matches!(label, Node::Symbol(name) if keywords::find(name).is_none())
                    {
                        self.look_at(label, library);
                    }
                    return;
                }
            }
            Node::Map(of, target) => {
                self.is_certain &= is_list(of);
                if let Target::Named(name) = target {
                    self.name(name, library);
                }
            }
            Node::Member(of, member) => {
                let parents: [&[u8]; 2] = [b"p1", b"p2"];
                self.is_certain &=
                    matches!(&**of, Node::Symbol(name) if parents.contains(&&name[..]));
                self.name(member, library);
            }
            Node::Negate(_) | Node::Arithmetic(..) => self.is_certain = false,
            Node::Integer(_) | Node::Text(_) | Node::Template(_) => {}
        }
        node.for_each(&mut |part| self.look_at(part, library));
    }

    /// Takes a name into account, and the templates that may be meant by it.
    fn name(&mut self, name: &[u8], library: &Library) {
        if !self.names.insert(name.to_vec()) {
            return;
        }
        if keywords::find(name).is_none() {
            self.template(name, library);
        }
        if let Some((_, item, plural)) = ITEMS.iter().find(|(list, ..)| list.as_bytes() == name) {
            for own in [
                (*item).to_string(),
                format!("last_{item}"),
                format!("start_{plural}"),
                format!("end_{plural}"),
                format!("no_{plural}"),
            ] {
                if self.seen.insert(own.clone().into_bytes()) {
                    self.template(own.as_bytes(), library);
                }
            }
        }
    }

    /// Takes a template into account, if there is one with this name.
    fn template(&mut self, name: &[u8], library: &Library) {
        match library.get(name) {
            Ok(Some(node)) => self.look(node, library),
            Ok(None) => {}
            Err(_) => self.is_certain = false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::known::IN_LOOPS;
    use crate::template::styles;

    /// Tells whether a template reads changesets, and whether it is certain to come to its end.
    fn facts(text: &str) -> (bool, bool) {
        let library = Library::new(text.as_bytes(), &styles::always(), &Default::default());
        let library = library.expect("a template");
        let needs = Needs::of(&library, &library.whole, |name| {
            IN_LOOPS.iter().any(|known| known.as_bytes() == name)
        });
        (needs.reads, needs.is_certain)
    }

    #[test]
    fn what_is_ordinary_is_certain() {
        for text in [
            "{node}\n",
            "{rev}:{node|short} {phase}",
            "{tags % '{tag} '}{bookmarks}",
            "{p1.rev}{parents}{children}",
            "{join(parents, ' ')}{separate(':', rev, node|short)}",
        ] {
            assert_eq!(facts(text), (false, true), "{text}");
        }
        for text in [
            "{rev}:{node|short} {desc|firstline}\n",
            "{author|person} {date|isodate} {branch}",
            "{join(files, ', ')}{if(branches, label('log.branch', branch))}",
            "{ifeq(branch, 'default', '', branch)}{extras}",
        ] {
            assert_eq!(facts(text), (true, true), "{text}");
        }
        for text in [
            "{desc|json}",
            "{desc|fill68}",
            "{rev + 1}",
            "{branch % 'x'}",
            "{revset('tip')}",
            "{nothing}",
            "{diff()}",
            "{pad(rev, 4)}",
        ] {
            assert!(!facts(text).1, "{text}");
        }
    }
}
