// SPDX-License-Identifier: GPL-2.0-or-later

//! The effects of labels, as they come with Mercurial and as they are configured.

use std::collections::HashMap;

use crate::config::Config;
use crate::{Error, Result};

/// The effects of ECMA-48 and their numbers.
const EFFECTS: &[(&str, u8)] = &[
    ("none", 0),
    ("bold", 1),
    ("dim", 2),
    ("italic", 3),
    ("underline", 4),
    ("inverse", 7),
    ("black", 30),
    ("red", 31),
    ("green", 32),
    ("yellow", 33),
    ("blue", 34),
    ("magenta", 35),
    ("cyan", 36),
    ("white", 37),
    ("black_background", 40),
    ("red_background", 41),
    ("green_background", 42),
    ("yellow_background", 43),
    ("blue_background", 44),
    ("purple_background", 45),
    ("cyan_background", 46),
    ("white_background", 47),
];

/// The labels that have effects where nothing else is configured.
const STYLES: &[(&str, &str)] = &[
    ("bookmarks.active", "green"),
    ("branches.active", "none"),
    ("branches.closed", "black bold"),
    ("branches.current", "green"),
    ("branches.inactive", "none"),
    ("diff.changed", "white"),
    ("diff.deleted", "red"),
    ("diff.deleted.changed", "red bold underline"),
    ("diff.deleted.unchanged", "red"),
    ("diff.diffline", "bold"),
    ("diff.extended", "cyan bold"),
    ("diff.file_a", "red bold"),
    ("diff.file_b", "green bold"),
    ("diff.hunk", "magenta"),
    ("diff.inserted", "green"),
    ("diff.inserted.changed", "green bold underline"),
    ("diff.inserted.unchanged", "green"),
    ("diff.trailingwhitespace", "bold red_background"),
    ("diffstat.deleted", "red"),
    ("diffstat.inserted", "green"),
    ("formatvariant.config.default", "green"),
    ("formatvariant.config.special", "yellow"),
    ("formatvariant.name.mismatchconfig", "red"),
    ("formatvariant.name.mismatchdefault", "yellow"),
    ("formatvariant.name.uptodate", "green"),
    ("formatvariant.repo.mismatchconfig", "red"),
    ("formatvariant.repo.mismatchdefault", "yellow"),
    ("formatvariant.repo.uptodate", "green"),
    ("grep.date", "magenta"),
    ("grep.deleted", "red bold"),
    ("grep.filename", "magenta"),
    ("grep.inserted", "green bold"),
    ("grep.linenumber", "green"),
    ("grep.match", "red bold"),
    ("grep.rev", "blue"),
    ("grep.sep", "cyan"),
    ("grep.user", "magenta"),
    ("histedit.remaining", "red bold"),
    ("log.changeset", "yellow"),
    ("narrow-server.hidden-path", "yellow"),
    ("patchbomb.from", "magenta"),
    ("patchbomb.subject", "green"),
    ("patchbomb.to", "cyan"),
    ("rebase.rebased", "blue"),
    ("rebase.remaining", "red bold"),
    ("resolve.resolved", "green bold"),
    ("resolve.unresolved", "red bold"),
    ("shelve.age", "cyan"),
    ("shelve.name", "blue bold"),
    ("shelve.newest", "green bold"),
    ("status.added", "green bold"),
    ("status.clean", "none"),
    ("status.copied", "none"),
    ("status.deleted", "cyan bold underline"),
    ("status.ignored", "black bold"),
    ("status.modified", "blue bold"),
    ("status.removed", "red bold"),
    ("status.unknown", "magenta bold underline"),
    ("tags.local", "black bold"),
    ("tags.normal", "green"),
    ("ui.addremove.added", "green"),
    ("ui.addremove.removed", "red"),
    ("ui.error", "red"),
    ("ui.prompt", "yellow"),
    ("upgrade-repo.requirement.added", "green"),
    ("upgrade-repo.requirement.preserved", "cyan"),
    ("upgrade-repo.requirement.removed", "red"),
];

/// Returns the number of an effect.
pub(super) fn effect(name: &[u8]) -> Option<u8> {
    let known = EFFECTS.iter().find(|(effect, _)| effect.as_bytes() == name);
    known.map(|&(_, number)| number)
}

/// Returns the effects of labels, as configured.
pub(super) fn effects(config: &Config) -> Result<HashMap<Vec<u8>, Vec<u8>>> {
    let numbers = |effects: &mut dyn Iterator<Item = &[u8]>| -> Option<Vec<u8>> {
        let mut numbers = Vec::new();
        for name in effects {
            numbers.extend_from_slice(format!(";{}", effect(name)?).as_bytes());
        }
        Some(numbers)
    };
    let mut known = HashMap::new();
    for (label, effects) in STYLES {
        let found = numbers(&mut effects.split(' ').map(str::as_bytes));
        known.insert(label.as_bytes().to_vec(), found.unwrap_or_default());
    }
    for (label, _) in config.items("color") {
        let is_of_terminal = label.starts_with(b"color.") || label.starts_with(b"terminfo.");
        if !label.contains(&b'.') || is_of_terminal {
            continue;
        }
        let name = String::from_utf8_lossy(label);
        let chosen = config.list("color", &name);
        if chosen.is_empty() {
            continue;
        }
        let found = numbers(&mut chosen.iter().map(|effect| &effect[..]));
        let unknown = || Error::unsupported(format!("an effect of color.{name}"));
        known.insert(label.to_vec(), found.ok_or_else(unknown)?);
    }
    Ok(known)
}
