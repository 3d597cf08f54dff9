// SPDX-License-Identifier: GPL-2.0-or-later

//! Expressions of random parts.

use super::words::{FILTERS, KEYWORDS};

/// A source of numbers that are the same in every run.
pub(super) struct Numbers(u64);

impl Numbers {
    pub(super) fn new(seed: u64) -> Numbers {
        Numbers(seed)
    }

    pub(super) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }

    pub(super) fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }
}

/// Makes an expression of random parts.
pub(super) fn random(numbers: &mut Numbers, depth: usize) -> String {
    let leaf = numbers.below(3) == 0 || depth == 0;
    let inner = |numbers: &mut Numbers| random(numbers, depth.saturating_sub(1));
    if leaf {
        return match numbers.below(6) {
            0 => format!(
                "'{}'",
                numbers.one(&["", "x", "a b", "é", "\\n", "12", "<&>"])
            ),
            1 => numbers.below(100).to_string(),
            _ => numbers.one(KEYWORDS).to_string(),
        };
    }
    match numbers.below(20) {
        0..=4 => format!("{}|{}", inner(numbers), numbers.one(FILTERS)),
        5 => format!("{} % \"[{{{}}}]\"", numbers.one(KEYWORDS), inner(numbers)),
        6 => {
            let (list, item) = (numbers.one(KEYWORDS), inner(numbers));
            format!("filter({list}, {item})")
        }
        7 => format!(
            "if({}, {}, {})",
            inner(numbers),
            inner(numbers),
            inner(numbers)
        ),
        8 => format!(
            "ifeq({}, {}, {})",
            inner(numbers),
            inner(numbers),
            inner(numbers)
        ),
        9 => format!(
            "ifcontains({}, {}, {}, '-')",
            inner(numbers),
            inner(numbers),
            inner(numbers)
        ),
        10 => format!(
            "separate('/', {}, {}, {})",
            inner(numbers),
            inner(numbers),
            inner(numbers)
        ),
        11 => format!("join({}, {})", inner(numbers), inner(numbers)),
        12 => format!("pad({}, {}, '*')", inner(numbers), numbers.below(30)),
        13 => format!("indent({}, '  ')|strip", inner(numbers)),
        14 => format!("word({}, {})", numbers.below(4), inner(numbers)),
        15 => format!(
            "{}({})",
            numbers.one(&["min", "max", "count", "label('a.b', 1)|count"]),
            inner(numbers)
        ),
        16 => format!(
            "({} + {} * 3 - {})",
            inner(numbers),
            inner(numbers),
            inner(numbers)
        ),
        17 => format!(
            "get({}, {})",
            numbers.one(&["extras", "file_copies", "namespaces"]),
            inner(numbers)
        ),
        18 => format!(
            "fill({}, {}, '> ', '  ')",
            inner(numbers),
            10 + numbers.below(60)
        ),
        _ => format!("date({}, '%Y %H:%M')", inner(numbers)),
    }
}
