//! Step 2: keyword arguments and errors.

use std::path::PathBuf;

use hpy_bindings::{Ctx, Exception, ModuleDef, PyErr, PyResult};

/// Returns the number nearest to `value` that is neither below `low` nor above `high`.
fn clamp(_: Ctx<'_>, value: f64, low: Option<f64>, high: Option<f64>) -> PyResult<f64> {
    let (low, high) = (low.unwrap_or(0.0), high.unwrap_or(100.0));
    if low > high {
        let message = format!("low is {low}, but high is only {high}");
        return Err(PyErr::new(Exception::Value, message));
    }
    Ok(value.max(low).min(high))
}

/// Counts the lines of a file.
fn count_lines(_: Ctx<'_>, path: PathBuf) -> std::io::Result<usize> {
    Ok(std::fs::read_to_string(path)?.lines().count())
}

pub fn define(module: &mut ModuleDef) {
    module
        .function_named(
            c"clamp",
            c"clamp(value, low=0, high=100)\n--\n\nThe number nearest to value in a range.",
            || ["value", "low", "high"],
            clamp,
        )
        .function(
            c"count_lines",
            c"count_lines(path, /)\n--\n\nCounts the lines of a file.",
            count_lines,
        );
}
