// SPDX-License-Identifier: MIT OR Apache-2.0

//! Events of the crate `tracing`.

use std::fmt::{Debug, Write as _};

use tracing_core::field::{Field, Visit};
use tracing_core::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

use crate::logging::{Record, send};

/// A layer that hands events of the crate `tracing` to Python's `logging`, as records of the crate
/// `log` are; see the [module](crate::logging).
///
/// The fields of an event stand behind its message, and the names of the spans around it before
/// that: `request:parse: bad header line=3`.
///
/// ```
/// # #[hpy_bindings::pymodule]
/// # mod example {
/// use hpy_bindings::{Borrowed, Ctx, PyResult, logging, pyfunction};
/// use tracing_subscriber::layer::SubscriberExt as _;
///
/// #[pymodule_init]
/// fn init(_: Ctx<'_>, _: Borrowed<'_>) -> PyResult<()> {
///     let subscriber = tracing_subscriber::registry().with(logging::PyLayer::new());
///     // another call finds the one before
///     let _ = tracing::subscriber::set_global_default(subscriber);
///     Ok(())
/// }
///
/// #[pyfunction]
/// fn parse(line: u32) {
///     let _span = tracing::info_span!("parse").entered();
///     tracing::error!(target: "example::parser", line, "bad header");
/// }
/// # }
///
/// // >>> import logging, sys
/// // >>> handler = logging.StreamHandler(sys.stdout)
/// // >>> logging.getLogger("example").addHandler(handler)
/// // >>> example.parse(3)
/// // parse: bad header line=3
/// // >>> logging.getLogger("example").removeHandler(handler)
/// ```
#[derive(Debug, Default, Clone, Copy)]
pub struct PyLayer(());

impl PyLayer {
    /// Makes the layer.
    pub const fn new() -> Self {
        PyLayer(())
    }
}

impl<S> Layer<S> for PyLayer
where
    S: Subscriber + for<'s> LookupSpan<'s>,
{
    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let metadata = event.metadata();
        let level = match *metadata.level() {
            Level::ERROR => 40,
            Level::WARN => 30,
            Level::INFO => 20,
            Level::DEBUG => 10,
            _ => 5,
        };
        let mut text = Text::default();
        event.record(&mut text);
        let spans = context.event_scope(event).into_iter();
        let spans = spans.flat_map(|scope| scope.from_root());
        let mut message = spans.fold(String::new(), |names, span| names + span.name() + ":");
        if !message.is_empty() {
            message.push(' ');
        }
        message += &text.message;
        message += &text.fields;
        let mut record = Record::new(level, metadata.target(), message);
        record.file = metadata.file().map(str::to_owned);
        record.line = metadata.line();
        send(record);
    }
}

/// The text of an event.
#[derive(Default)]
struct Text {
    message: String,
    fields: String,
}

impl Visit for Text {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            self.message = value.to_owned();
        } else {
            self.record_debug(field, &value);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        // Writing to a String fails where a `Debug` of others does: then some is missing.
        let _ = if field.name() == "message" {
            write!(self.message, "{value:?}")
        } else {
            write!(self.fields, " {}={value:?}", field.name())
        };
    }
}
