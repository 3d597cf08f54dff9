// SPDX-License-Identifier: GPL-2.0-or-later

//! What begins with a parenthesis, and what refers to groups.
//!
//! Mercurial joins patterns by `|` before they get to Python, so that groups are numbered
//! through all of them: `\1` in one pattern may be a group of another one, which never has
//! matched when this one is tried.

use std::collections::{HashMap, HashSet};

use super::parse::{Flags, Parser, Result};
use super::tree::{Expr, IfGroup, Look};

/// A larger one is not looked behind for.
const MAX_BACK: u32 = 10_000;

/// The patterns that Mercurial has joined so far.
#[derive(Default, Debug)]
pub(super) struct Joined {
    length: usize,
    groups: u32,
    names: HashSet<Vec<u8>>,
}

impl Joined {
    /// Begins a new one if a pattern of this length finds no room any more
    /// (`match._buildregexmatch`).
    pub(super) fn make_room(&mut self, length: usize) {
        if self.length + length > super::MAX_LENGTH {
            *self = Joined::default();
        }
        self.length += length + 1;
    }
}

/// One group of a pattern.
#[derive(Default)]
struct Group {
    closed: bool,
    may_be_empty: bool,
    referred: bool,
    /// Whether a reference means the same in every Python. It need not after a repetition,
    /// or a look-around that failed, of something that had the group in it: there have been
    /// faults in what Python then takes back.
    unsure: bool,
}

/// The groups of the pattern that is being parsed.
pub(super) struct Groups<'a> {
    joined: &'a Joined,
    own: Vec<Group>,
    names: HashMap<Vec<u8>, u32>,
    /// In so many looks behind.
    behind: usize,
    /// Groups, and the order of choices, matter.
    pub(super) matter: bool,
    /// They do, as was found out too late.
    pub(super) would_matter: bool,
}

impl<'a> Groups<'a> {
    pub(super) fn new(joined: &'a Joined, matter: bool) -> Groups<'a> {
        Groups {
            joined,
            own: Vec::new(),
            names: HashMap::new(),
            behind: 0,
            matter,
            would_matter: false,
        }
    }

    /// Returns what is joined when the pattern is added: groups and names.
    pub(super) fn into_added(self) -> (u32, Vec<Vec<u8>>) {
        (self.own.len() as u32, self.names.into_keys().collect())
    }

    pub(super) fn count(&self) -> usize {
        self.own.len()
    }

    fn open(&mut self) -> u32 {
        self.own.push(Group::default());
        self.own.len() as u32 - 1
    }

    fn named(&mut self, name: &[u8], group: u32) -> Result<()> {
        let known = self.joined.names.contains(name);
        if known || self.names.insert(name.to_owned(), group).is_some() {
            Err("a second group of the same name".to_owned())
        } else {
            Ok(())
        }
    }

    /// Returns the group of this number; None for another pattern's.
    pub(super) fn number(&self, number: u32) -> Result<Option<u32>> {
        self.check_place()?;
        if number == 0 {
            return Err("group 0".to_owned());
        }
        Ok(number.checked_sub(self.joined.groups + 1))
    }

    fn name(&self, name: &[u8]) -> Result<Option<u32>> {
        self.check_place()?;
        match self.names.get(name) {
            Some(&group) => Ok(Some(group)),
            None if self.joined.names.contains(name) => Ok(None),
            None => Err("a group that there is not".to_owned()),
        }
    }

    fn check_place(&self) -> Result<()> {
        match self.behind {
            0 => Ok(()),
            _ => Err("a reference in a look behind".to_owned()),
        }
    }

    /// Notes a reference; returns whether what the group matches can be empty.
    pub(super) fn refer(&mut self, group: u32) -> Result<bool> {
        if !self.matter {
            self.would_matter = true;
            return Err("groups matter".to_owned());
        }
        match self.own.get_mut(group as usize) {
            Some(group) if group.closed && !group.unsure => {
                group.referred = true;
                Ok(group.may_be_empty)
            }
            Some(_) => Err("a reference to an open or repeated group".to_owned()),
            None => Err("a group that there is not".to_owned()),
        }
    }

    /// Notes that groups, from that one on, are part of what is repeated.
    pub(super) fn repeated(&mut self, from: usize) -> Result<()> {
        if self.own[from..].iter().any(|group| group.referred) {
            return Err("a reference in a repeated part".to_owned());
        }
        self.hide(from);
        Ok(())
    }

    fn hide(&mut self, from: usize) {
        self.own[from..]
            .iter_mut()
            .for_each(|group| group.unsure = true);
    }
}

impl Joined {
    pub(super) fn add(&mut self, (groups, names): (u32, Vec<Vec<u8>>)) {
        self.groups += groups;
        self.names.extend(names);
    }
}

impl<'p> Parser<'p> {
    /// Returns what follows an opening parenthesis, with the closing one.
    pub(super) fn group(&mut self, mut flags: Flags, depth: usize) -> Result<Expr> {
        if !self.take(b"?") {
            return self.capture(None, flags, depth);
        }
        for (text, negative, behind) in [
            (&b"="[..], false, false),
            (b"!", true, false),
            (b"<=", false, true),
            (b"<!", true, true),
        ] {
            if self.take(text) {
                return self.look(negative, behind, flags, depth);
            }
        }
        if self.take(b"P<") {
            let name = self.name(b'>')?;
            return self.capture(Some(name), flags, depth);
        }
        if self.take(b"P=") {
            let name = self.name(b')')?;
            return match self.groups.name(name)? {
                Some(group) => self.reference(group, flags),
                None => Ok(Expr::never()),
            };
        }
        if self.take(b"(") {
            return self.if_group(flags, depth);
        }
        if !self.take(b":") {
            self.flags(&mut flags)?;
        }
        let inside = self.either(flags, depth + 1)?;
        self.close()?;
        Ok(inside)
    }

    fn close(&mut self) -> Result<()> {
        if self.take(b")") {
            Ok(())
        } else {
            Err("missing )".to_owned())
        }
    }

    /// Returns a name, with what ends it.
    fn name(&mut self, end: u8) -> Result<&'p [u8]> {
        let length = self.rest.iter().position(|&byte| byte == end);
        let (name, rest) = self.rest.split_at(length.ok_or("a name without an end")?);
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
        if name.is_empty() || name[0].is_ascii_digit() || !name.iter().all(plain) {
            return Err("an odd name of a group".to_owned());
        }
        self.rest = &rest[1..];
        Ok(name)
    }

    fn capture(&mut self, name: Option<&[u8]>, flags: Flags, depth: usize) -> Result<Expr> {
        let group = self.groups.open();
        if let Some(name) = name {
            self.groups.named(name, group)?;
        }
        let inside = self.either(flags, depth + 1)?;
        self.close()?;
        let known = &mut self.groups.own[group as usize];
        known.closed = true;
        known.may_be_empty = inside.may_be_empty();
        Ok(if self.groups.matter {
            Expr::Group(group, Box::new(inside))
        } else {
            inside
        })
    }

    fn look(&mut self, negative: bool, behind: bool, flags: Flags, depth: usize) -> Result<Expr> {
        let first = self.groups.count();
        self.groups.behind += usize::from(behind);
        let node = self.either(flags, depth + 1)?;
        self.close()?;
        self.groups.behind -= usize::from(behind);
        if negative {
            self.groups.hide(first);
        }
        let back = if behind {
            node.width().filter(|width| *width <= MAX_BACK)
        } else {
            Some(0)
        };
        Ok(Expr::Look(Box::new(Look {
            node,
            negative,
            back: back.ok_or("a look behind of no fixed width")?,
        })))
    }

    /// `(?(group)yes|no)`, after the second parenthesis.
    fn if_group(&mut self, flags: Flags, depth: usize) -> Result<Expr> {
        if depth >= super::parse::MAX_DEPTH {
            return Err("too many nested groups".to_owned());
        }
        let group = match self.peek() {
            Some(b'0'..=b'9') => {
                let digits = self.rest.iter().take_while(|byte| byte.is_ascii_digit());
                let number = digits.take(6).fold((0, 0), |(sum, count), digit| {
                    (sum * 10 + u32::from(digit - b'0'), count + 1)
                });
                self.rest = &self.rest[number.1..];
                self.close()?;
                self.groups.number(number.0)?
            }
            _ => {
                let name = self.name(b')')?;
                self.groups.name(name)?
            }
        };
        let referred = group.map(|group| self.groups.refer(group)).transpose()?;
        let yes = self.sequence(flags, depth + 1)?;
        let no = if self.take(b"|") {
            self.sequence(flags, depth + 1)?
        } else {
            Expr::Sequence(Vec::new())
        };
        self.close()?;
        Ok(match (group, referred) {
            (Some(group), Some(_)) => Expr::IfGroup(Box::new(IfGroup { group, yes, no })),
            _ => no,
        })
    }

    /// Flags for a group, with the colon.
    fn flags(&mut self, flags: &mut Flags) -> Result<()> {
        let before = self.rest;
        let mut on = true;
        let (mut added, mut removed) = (Vec::new(), Vec::new());
        loop {
            match (self.next(), on) {
                (Some(b':'), _) => break,
                (Some(b'-'), true) => on = false,
                (Some(flag @ (b'i' | b'm' | b's' | b'x' | b'a')), true) => added.push(flag),
                (Some(flag @ (b'i' | b'm' | b's' | b'x')), false) => removed.push(flag),
                _ => {
                    let shown = before.iter().take(8).copied().collect::<Vec<_>>();
                    return Err(format!("(?{}", shown.escape_ascii()));
                }
            }
        }
        let both = added.iter().any(|flag| removed.contains(flag));
        if both || (!on && removed.is_empty()) {
            return Err("flags on and off".to_owned());
        }
        for (name, flag) in [
            (b'i', &mut flags.ignore_case),
            (b'm', &mut flags.multi_line),
            (b's', &mut flags.dot_all),
            (b'x', &mut flags.verbose),
        ] {
            *flag = (*flag || added.contains(&name)) && !removed.contains(&name);
        }
        Ok(())
    }
}
