// SPDX-License-Identifier: GPL-2.0-or-later

//! Filters: functions of one value (`hg help templates`, "Filters").

mod dates;
mod json;
mod people;
mod text;
mod wrap;

use vermilion_core::changelog::Date;

use super::value::{Plain, Value};
use crate::{Error, Result};

pub(crate) use dates::short_age;
pub(super) use dates::strftime;
pub(super) use json::json;
pub(super) use text::{columns, cut, escaped, indent, lines};
pub(super) use wrap::fill;

/// A filter.
#[derive(Debug)]
pub(super) struct Filter {
    pub(super) name: &'static str,
    pub(super) apply: Apply,
    /// Set if it is certain that it can be applied to whatever it is for.
    pub(super) is_certain: bool,
}

/// The function behind a filter, by what it takes.
#[derive(Debug)]
pub(super) enum Apply {
    /// To text, as other values are shown.
    Text(fn(&[u8]) -> Result<Vec<u8>>),
    /// To text, which becomes a list.
    Split(fn(&[u8]) -> Value),
    /// To a date.
    Date(fn(Date) -> Result<Vec<u8>>),
    /// To any value.
    Any(fn(Plain) -> Result<Value>),
}

const fn certain(name: &'static str, apply: fn(&[u8]) -> Result<Vec<u8>>) -> Filter {
    Filter {
        name,
        apply: Apply::Text(apply),
        is_certain: true,
    }
}

const fn text(name: &'static str, apply: fn(&[u8]) -> Result<Vec<u8>>) -> Filter {
    Filter {
        name,
        apply: Apply::Text(apply),
        is_certain: false,
    }
}

const fn date(name: &'static str, apply: fn(Date) -> Result<Vec<u8>>) -> Filter {
    Filter {
        name,
        apply: Apply::Date(apply),
        is_certain: false,
    }
}

const fn any(name: &'static str, apply: fn(Plain) -> Result<Value>) -> Filter {
    Filter {
        name,
        apply: Apply::Any(apply),
        is_certain: false,
    }
}

static FILTERS: &[Filter] = &[
    certain("addbreaks", text::add_breaks),
    date("age", dates::age),
    certain("basename", text::basename),
    any("commondir", text::common_directory),
    any("count", text::count),
    certain("dirname", text::dirname),
    certain("domain", people::domain),
    certain("email", people::email),
    certain("emailuser", people::email_user),
    certain("escape", text::escape),
    text("fill68", |text| fill(text, 68, b"", b"")),
    text("fill76", |text| fill(text, 76, b"", b"")),
    certain("firstline", text::first_line),
    certain("hex", text::hex),
    date("hgdate", dates::hg),
    date("isodate", |date| strftime(date, b"%Y-%m-%d %H:%M %1%2")),
    date("isodatesec", |date| {
        strftime(date, b"%Y-%m-%d %H:%M:%S %1%2")
    }),
    any("json", |value| Ok(Value::Text(json(&value, true)?))),
    text("lower", text::lower),
    certain("nonempty", text::nonempty),
    text("obfuscate", text::obfuscate),
    certain("permissions", text::permissions),
    certain("person", people::person),
    any("reverse", text::reverse),
    certain("revescape", text::revision_escape),
    date("rfc3339date", |date| {
        strftime(date, b"%Y-%m-%dT%H:%M:%S%1:%2")
    }),
    date("rfc822date", |date| {
        strftime(date, b"%a, %d %b %Y %H:%M:%S %1%2")
    }),
    certain("short", |text| Ok(text[..text.len().min(12)].to_vec())),
    certain("shortbisect", text::short_bisect),
    date("shortdate", |date| strftime(date, b"%Y-%m-%d")),
    certain("slashpath", |text| Ok(text.to_vec())),
    Filter {
        name: "splitlines",
        apply: Apply::Split(|text| {
            let lines = lines(text).into_iter().map(<[u8]>::to_vec);
            Value::texts(lines.collect(), &b"line"[..])
        }),
        is_certain: true,
    },
    certain("stringescape", |text| Ok(escaped(text))),
    certain("stringify", |text| Ok(text.to_vec())),
    certain("stripdir", text::strip_directory),
    certain("tabindent", |text| Ok(indent(text, b"\t", b""))),
    text("upper", text::upper),
    certain("urlescape", text::url_escape),
    certain("user", people::short_user),
    text("utf8", text::utf8),
    certain("xmlescape", text::xml_escape),
];

/// Returns a filter by its name.
pub(super) fn find(name: &[u8]) -> Option<&'static Filter> {
    FILTERS.iter().find(|filter| filter.name.as_bytes() == name)
}

/// Returns the error for text that is not treated as Python would.
fn odd(what: &str) -> Error {
    Error::unsupported(format!("the filter {what} of such a text"))
}
