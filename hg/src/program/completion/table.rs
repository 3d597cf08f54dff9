// SPDX-License-Identifier: GPL-2.0-or-later

//! The table of hg's commands, `commands.txt`.

use crate::commands;
use crate::config::Config;
use crate::program::options::{GLOBAL, Spec, Takes};

const TEXT: &str = include_str!("commands.txt");

/// A command.
#[derive(Debug)]
pub(super) struct Row {
    /// Its names; the first one is its own.
    pub(super) names: Vec<&'static str>,
    /// The kinds of its arguments.
    pub(super) arguments: Vec<&'static str>,
    /// All of its options, also those of every command.
    pub(super) options: Vec<Spec>,
    /// Names of options that are not offered.
    pub(super) withheld: Vec<&'static str>,
}

/// The commands that there are.
pub(super) struct Table {
    /// The commands.
    pub(super) rows: Vec<Row>,
    lists: Vec<(&'static str, &'static str)>,
    /// What options take: of a command or of any, the options, the kinds.
    values: Vec<(Option<&'static str>, &'static str, &'static str)>,
    extensions: Vec<&'static str>,
}

impl Table {
    /// Returns the commands with those of the extensions that are configured.
    pub(super) fn of(config: &Config) -> Table {
        let configured = config.items("extensions");
        Table::with(|name| {
            configured.iter().any(|(own, item)| {
                let own = own.strip_prefix(b"hgext.").unwrap_or(own);
                own == name.as_bytes() && !item.value.starts_with(b"!")
            })
        })
    }

    /// Returns the commands with those of some extensions.
    pub(super) fn with(is_enabled: impl Fn(&str) -> bool) -> Table {
        let mut table = Table {
            rows: Vec::new(),
            lists: Vec::new(),
            values: Vec::new(),
            extensions: Vec::new(),
        };
        let mut is_there = true;
        for line in TEXT.lines().filter(|line| !line.starts_with('#')) {
            if let Some(name) = line.strip_prefix('[') {
                let name = name.trim_end_matches(']');
                table.extensions.push(name);
                is_there = is_enabled(name);
            } else if let Some(list) = line.strip_prefix('@') {
                table.lists.extend(list.split_once(' '));
            } else if let Some((names, rest)) = line.split_once(" | ").filter(|_| is_there) {
                table.add(names, rest);
            } else if let Some((options, kinds)) = line.split_once(" : ") {
                let (command, options) = match options.split_once(' ') {
                    Some((command, rest)) if !command.starts_with('-') => (Some(command), rest),
                    _ => (None, options),
                };
                // The first one that fits counts.
                let place = if command.is_some() {
                    0
                } else {
                    table.values.len()
                };
                table.values.insert(place, (command, options, kinds));
            }
        }
        table
    }

    fn add(&mut self, names: &'static str, rest: &'static str) {
        let (arguments, options) = rest.split_once('|').unwrap_or((rest, ""));
        let mut specs = Vec::new();
        let mut withheld = Vec::new();
        for word in options.split_whitespace() {
            let spec = spec(word);
            if word.starts_with('!') {
                withheld.push(spec.1);
            }
            specs.push(spec);
        }
        if let Some(name) = names.strip_prefix('+') {
            // More of one that is there already.
            if let Some(row) = self.rows.iter_mut().find(|row| row.names[0] == name) {
                row.options.splice(0..0, specs);
                row.withheld.extend(withheld);
            }
            return;
        }
        let names: Vec<&str> = names.split(' ').collect();
        if let Some(own) = commands::options_of(names[0]) {
            specs = own.to_vec();
        }
        specs.extend(GLOBAL);
        self.rows.push(Row {
            names,
            arguments: arguments.split_whitespace().collect(),
            options: specs,
            withheld,
        });
    }

    /// Returns a list of words.
    pub(super) fn list(&self, name: &str) -> impl Iterator<Item = &'static str> {
        let found = self.lists.iter().find(|(own, _)| *own == name);
        found.map_or("", |(_, words)| words).split_whitespace()
    }

    /// Returns the kinds of what an option of a command takes.
    pub(super) fn value(&self, command: Option<&str>, option: &str) -> &'static str {
        let found = self.values.iter().find(|(of, options, _)| {
            let mut names = options.split(' ');
            (of.is_none() || *of == command)
                && names.any(|name| name.strip_prefix("--") == Some(option))
        });
        found.map_or("none", |(_, _, kinds)| kinds)
    }

    /// Returns the names of the extensions that come with Mercurial and have commands or options.
    pub(super) fn extensions(&self) -> &[&'static str] {
        &self.extensions
    }
}

fn spec(word: &'static str) -> Spec {
    let word = word.trim_start_matches('!');
    let (word, takes) = match (word.strip_suffix("=*"), word.strip_suffix('=')) {
        (Some(word), _) => (word, Takes::Values),
        (_, Some(word)) => (word, Takes::Value),
        _ => (word, Takes::Nothing),
    };
    let (letter, name) = match word.split_once(",--") {
        Some((short, name)) => (short.chars().nth(1).unwrap_or(' '), name),
        None => (' ', word.trim_start_matches("--")),
    };
    (letter, name, takes)
}

#[cfg(test)]
mod tests {
    use super::super::kind::Kind;
    use super::*;

    #[test]
    fn options_are_written_once() {
        for line in TEXT.lines().filter(|line| !line.starts_with(['#', '+'])) {
            let Some((names, rest)) = line.split_once(" | ") else {
                continue;
            };
            let name = names.split(' ').next().expect("a name");
            let mut options = rest.split_once('|').map_or("", |parts| parts.1).split(' ');
            let is_own = |word: &str| !word.is_empty() && !word.starts_with('!');
            assert!(
                commands::options_of(name).is_none() || !options.any(is_own),
                "{name} has its options in commands/: the table only says which are not offered"
            );
        }
    }

    #[test]
    fn all_kinds_are_known() {
        let table = Table::with(|_| true);
        let known = |kinds: &'static str| {
            for kind in kinds.split('+') {
                let read = Kind::read(kind);
                assert!(read.is_some(), "{kind}");
                if let Some(Kind::List(name)) = read {
                    assert!(table.list(name).next().is_some(), "{kind}");
                }
            }
        };
        for row in &table.rows {
            assert!(!row.arguments.is_empty(), "{:?}", row.names);
            for argument in &row.arguments {
                let (options, kinds) = argument.split_once('?').unwrap_or(("", argument));
                known(kinds);
                for option in options.split(',').filter(|name| !name.is_empty()) {
                    let has = row.options.iter().any(|spec| spec.1 == option);
                    assert!(has, "{:?}: {option}", row.names);
                }
            }
        }
        for (command, options, kinds) in &table.values {
            known(kinds);
            for option in options.split(' ') {
                let option = option.trim_start_matches("--");
                let takes = |spec: &Spec| spec.1 == option && spec.2 != Takes::Nothing;
                let mut rows = table.rows.iter();
                let has = rows.any(|row| {
                    command.is_none_or(|name| row.names[0] == name) && row.options.iter().any(takes)
                });
                assert!(has, "{command:?} {option}");
            }
        }
    }

    #[test]
    fn extensions_have_to_be_enabled() {
        let has = |table: &Table, name| table.rows.iter().any(|row| row.names[0] == name);
        let table = Table::with(|name| name == "rebase");
        assert!(has(&table, "rebase") && !has(&table, "histedit"));
        let pull = table.rows.iter().find(|row| row.names[0] == "pull");
        let options = &pull.expect("there").options;
        assert!(options.contains(&(' ', "rebase", Takes::Nothing)));
        assert!(options.contains(&('r', "rev", Takes::Values)));
        assert_eq!(table.value(Some("import"), "base"), "none");
        assert_eq!(table.value(Some("graft"), "base"), "revisions");
    }
}
