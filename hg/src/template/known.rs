// SPDX-License-Identifier: GPL-2.0-or-later

//! Names that are known without a meaning, and arithmetic.

use super::tree::Op;
use crate::{Error, Result};

/// Names of Mercurial's own that a template cannot ask for.
pub(super) const RESOURCES: [&[u8]; 6] = [b"cache", b"ctx", b"fctx", b"repo", b"revcache", b"ui"];

/// Names that stand for something in loops, and for nothing elsewhere.
pub(super) const IN_LOOPS: &[&str] = &[
    "active",
    "bookmark",
    "builtin",
    "changes",
    "child",
    "colorname",
    "copy",
    "current",
    "distance",
    "divergentnodes",
    "extra",
    "fate",
    "file",
    "file_add",
    "file_copy",
    "file_del",
    "file_mod",
    "instability",
    "item",
    "key",
    "line",
    "name",
    "names",
    "namespace",
    "operation",
    "originalnode",
    "parent",
    "reason",
    "revision",
    "source",
    "subrepo",
    "successorset",
    "tag",
    "tzoffset",
    "unixtime",
    "value",
];

pub(super) fn too_large() -> Error {
    Error::unsupported("a number that is too large")
}

/// Calculates as Python does, whose quotients are rounded down.
pub(super) fn arithmetic(op: Op, a: i64, b: i64) -> Result<i64> {
    let quotient = |a: i64, b: i64| {
        let (quotient, rest) = (a.checked_div(b)?, a.checked_rem(b)?);
        Some(quotient - i64::from(rest != 0 && (rest < 0) != (b < 0)))
    };
    let made = match op {
        Op::Plus => a.checked_add(b),
        Op::Minus => a.checked_sub(b),
        Op::Times => a.checked_mul(b),
        Op::Over => quotient(a, b),
        _ => None,
    };
    made.ok_or_else(|| Error::unsupported("an arithmetic operation without a result"))
}
