// SPDX-License-Identifier: GPL-2.0-or-later

//! Revision sets as hg's users write them.

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use hpy_bindings::{Borrowed, Bytes, FromPy, PyErr, PyResult};
use vermilion_core::Rev;
use vermilion_core::snapshot::Snapshot;
use vermilion_hg as hg;
use vermilion_hg::revset::{Aliases, Revset, Value};

use crate::error::{Result, RevisionLookupError};

/// A value for an expression: an int, bytes, or a list of these.
pub struct Argument(Value);

impl FromPy for Argument {
    fn from_py(value: Borrowed<'_>) -> PyResult<Self> {
        if let Some(text) = value.as_bytes() {
            return Ok(Argument(Value::Text(text.to_vec())));
        }
        if value.is_sequence() {
            let values = value.extract::<Vec<Argument>>()?;
            let values = values.into_iter().map(|value| value.0).collect();
            return Ok(Argument(Value::List(values)));
        }
        match value.extract::<i64>() {
            Ok(number) => Ok(Argument(Value::Number(number))),
            Err(error) => Err(error),
        }
    }
}

/// What is wrong with an expression: (whether it is only not supported, message, place, advice).
pub type Wrong = (bool, String, Option<usize>, Option<String>);

/// Aliases as they are in a configuration: names and what they stand for.
pub type AliasPairs = Vec<(Bytes, Bytes)>;

/// What is to be evaluated.
pub struct Query<'q> {
    pub spec: &'q [u8],
    /// Values to put into it; names that look like expressions only count where there are none.
    pub arguments: Option<Vec<Argument>>,
    pub aliases: AliasPairs,
    /// The directory that patterns are relative to.
    pub cwd: Option<PathBuf>,
}

impl Query<'_> {
    /// Returns the revisions in Mercurial's order.
    pub fn evaluate(self, snapshot: &Snapshot, interrupt: &AtomicBool) -> hg::Result<Vec<Rev>> {
        let made;
        let (spec, names) = match self.arguments {
            None => (self.spec, Some(snapshot)),
            Some(values) => {
                let values: Vec<Value> = values.into_iter().map(|value| value.0).collect();
                made = hg::revset::format(self.spec, &values)?;
                (&made[..], None)
            }
        };
        let aliases = self.aliases.iter();
        let aliases = Aliases::new(aliases.map(|(name, definition)| (&name.0, &definition.0)));
        let revset = Revset::compile(spec, &aliases, names)?;
        let revs = revset.evaluate(snapshot, self.cwd.as_deref(), interrupt)?;
        Ok(revs.as_slice().to_vec())
    }
}

/// Returns what Python makes an error of, or the error that it already is.
pub fn wrong(error: hg::Error) -> Result<Wrong> {
    match error {
        hg::Error::Core(error) => Err(error.into()),
        hg::Error::Lookup(message) => Err(PyErr::new(RevisionLookupError::class(), message).into()),
        hg::Error::Unsupported(what) => Ok((true, what, None, None)),
        hg::Error::Parse {
            message,
            position,
            hint,
        } => Ok((false, message, position, hint)),
        error @ hg::Error::Config { .. } => Ok((false, error.to_string(), None, None)),
        hg::Error::Abort { message, hint } => Ok((false, message, None, hint)),
    }
}
