// SPDX-License-Identifier: GPL-2.0-or-later

//! `_native.Changesets`: many changesets as columns.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, BooleanArray, DictionaryArray, FixedSizeBinaryArray, Int32Array, LargeBinaryArray,
    LargeListArray, LargeStringArray, RecordBatch, RecordBatchReader, StringArray,
    TimestampSecondArray,
};
use arrow_buffer::OffsetBuffer;
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef, TimeUnit};
use hpy_bindings::arrow::{SchemaCapsule, StreamCapsule};
use hpy_bindings::{Anything, Borrowed, Bytes, pyclass, pymethods};
use vermilion_core::changelog::{ChangesetColumns, Columns, Distinct, Reading, Rows};
use vermilion_core::snapshot::Snapshot;
use vermilion_core::{Node, Rev};

use crate::error::Result;
use crate::status::{Watch, watched};

/// The rows of a table that are read at a time.
const BATCH: usize = 8192;

/// Many changesets, read when they are asked for.
#[pyclass(module = "vermilion._native")]
pub struct Changesets {
    snapshot: Arc<Snapshot>,
    revs: Arc<Vec<Rev>>,
    wanted: Columns,
}

/// A column in which the same strings come again and again: the strings, and each row's number
/// as packed int32.
type Few = (Vec<Bytes>, Bytes);

/// Strings one after the other, and packed int64 of where they begin and end.
type Strings = (Bytes, Bytes);

/// Changesets: (revisions, their parents, nodes, seconds, offsets, users, branches, which close
/// their branch, descriptions, (files, packed int64 of which of them begin the rows)).
type Block = (
    Bytes,
    Bytes,
    Bytes,
    Bytes,
    Bytes,
    Few,
    Few,
    Bytes,
    Strings,
    (Strings, Bytes),
);

impl Changesets {
    pub fn new(snapshot: &Arc<Snapshot>, revs: Vec<Rev>, wanted: Columns) -> Changesets {
        Changesets {
            snapshot: Arc::clone(snapshot),
            revs: Arc::new(revs),
            wanted,
        }
    }
}

fn packed<const N: usize, T>(numbers: &[T], bytes: impl Fn(&T) -> [u8; N]) -> Bytes {
    Bytes(numbers.iter().flat_map(bytes).collect())
}

fn strings(rows: Rows) -> Strings {
    let offsets = packed(&rows.offsets, |offset| offset.to_ne_bytes());
    (Bytes(rows.bytes), offsets)
}

fn few(column: &Distinct) -> Few {
    let values = &column.values;
    let value = |at| Bytes(values.get(at).unwrap_or_default().to_vec());
    (
        (0..values.len()).map(value).collect(),
        packed(&column.rows, |row| row.to_ne_bytes()),
    )
}

/// Reads rows, each as it is in the text: the nodes of changesets are not checked against these.
fn read(
    snapshot: &Snapshot,
    revs: &[Rev],
    wanted: Columns,
    interrupt: &AtomicBool,
) -> vermilion_core::Result<(ChangesetColumns, Vec<Rev>)> {
    let changelog = snapshot.refs().changelog();
    let reading = Reading {
        check: true,
        interrupt,
    };
    let columns = changelog.columns(revs, wanted, &reading)?;
    let mut parents = Vec::with_capacity(2 * revs.len());
    for &rev in revs {
        parents.extend(snapshot.parents(rev)?);
    }
    Ok((columns, parents))
}

#[pymethods(positional_only)]
impl Changesets {
    fn __len__(&self) -> usize {
        self.revs.len()
    }

    /// The revisions, as packed native int32.
    fn revs(&self) -> Bytes {
        Bytes(Rev::packed(&self.revs).to_vec())
    }

    /// Rows from `start` on, `count` of them or those that there are.
    fn block(&self, start: usize, count: usize, tick: Borrowed<'_>) -> Result<Block> {
        let start = start.min(self.revs.len());
        let end = start.saturating_add(count).min(self.revs.len());
        let revs = &self.revs[start..end];
        let watch = Watch::default();
        let work = || read(&self.snapshot, revs, self.wanted, &watch.interrupt);
        let (columns, parents) = watched(tick.ctx(), tick, &watch, work)??;
        Ok((
            Bytes(Rev::packed(revs).to_vec()),
            Bytes(Rev::packed(&parents).to_vec()),
            Bytes(columns.nodes),
            packed(&columns.seconds, |seconds| seconds.to_ne_bytes()),
            packed(&columns.offsets, |offset| offset.to_ne_bytes()),
            few(&columns.users),
            few(&columns.branches),
            Bytes(columns.closes),
            strings(columns.descriptions),
            (
                strings(columns.files),
                packed(&columns.file_rows, |row| row.to_ne_bytes()),
            ),
        ))
    }

    /// A table of Arrow's, of which each batch is read when it is asked for.
    #[py(signature = (requested_schema=None))]
    fn __arrow_c_stream__(&self, requested_schema: Option<Anything>) -> StreamCapsule {
        // It may be ignored, says the interface.
        let _ = requested_schema;
        StreamCapsule::new(Batches {
            snapshot: Arc::clone(&self.snapshot),
            revs: Arc::clone(&self.revs),
            at: 0,
            wanted: self.wanted,
            schema: schema(self.wanted),
        })
    }

    /// The names and types of the table's columns.
    fn __arrow_c_schema__(&self) -> std::result::Result<SchemaCapsule, ArrowError> {
        SchemaCapsule::new(schema(self.wanted).as_ref())
    }
}

/// The rows of a table that are yet to be read.
struct Batches {
    snapshot: Arc<Snapshot>,
    revs: Arc<Vec<Rev>>,
    at: usize,
    wanted: Columns,
    schema: SchemaRef,
}

fn schema(wanted: Columns) -> SchemaRef {
    let names = || DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let seconds = DataType::Timestamp(TimeUnit::Second, Some("UTC".into()));
    let mut columns = vec![
        Field::new("rev", DataType::Int32, false),
        Field::new("node", DataType::FixedSizeBinary(Node::LEN as i32), false),
        Field::new("p1", DataType::Int32, false),
        Field::new("p2", DataType::Int32, false),
        Field::new("date", seconds, false),
        Field::new("offset", DataType::Int32, false),
        Field::new("user", names(), false),
        Field::new("branch", names(), false),
        Field::new("closes_branch", DataType::Boolean, false),
    ];
    if wanted.descriptions {
        columns.push(Field::new("description", DataType::LargeUtf8, false));
    }
    if wanted.files {
        let path = Field::new("item", DataType::LargeBinary, false);
        let paths = DataType::LargeList(Arc::new(path));
        columns.push(Field::new("files", paths, false));
    }
    Arc::new(Schema::new(columns))
}

/// Returns names as text that anybody reads: what is not UTF-8 is replaced.
fn names(column: Distinct) -> std::result::Result<ArrayRef, ArrowError> {
    let values = &column.values;
    let value = |at| String::from_utf8_lossy(values.get(at).unwrap_or_default()).into_owned();
    let values = StringArray::from_iter_values((0..values.len()).map(value));
    let keys = Int32Array::from(column.rows);
    let names = DictionaryArray::<Int32Type>::try_new(keys, Arc::new(values))?;
    Ok(Arc::new(names))
}

fn paths(files: Rows, rows: Vec<i64>) -> std::result::Result<ArrayRef, ArrowError> {
    let offsets = OffsetBuffer::new(files.offsets.into());
    let paths = LargeBinaryArray::try_new(offsets, files.bytes.into(), None)?;
    let item = Field::new("item", DataType::LargeBinary, false);
    let rows = OffsetBuffer::new(rows.into());
    let lists = LargeListArray::try_new(Arc::new(item), rows, Arc::new(paths), None)?;
    Ok(Arc::new(lists))
}

impl Batches {
    fn read(&self, revs: &[Rev]) -> std::result::Result<RecordBatch, ArrowError> {
        let failed = |error: vermilion_core::Error| ArrowError::ExternalError(Box::new(error));
        let never = AtomicBool::new(false);
        let (read, parents) = read(&self.snapshot, revs, self.wanted, &never).map_err(failed)?;
        let parent = |which| parents.iter().skip(which).step_by(2).map(|rev| rev.get());
        let nodes = FixedSizeBinaryArray::try_new(Node::LEN as i32, read.nodes.into(), None)?;
        let closes: Vec<bool> = read.closes.iter().map(|&closes| closes != 0).collect();
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(Int32Array::from(read.revs)),
            Arc::new(nodes),
            Arc::new(Int32Array::from_iter_values(parent(0))),
            Arc::new(Int32Array::from_iter_values(parent(1))),
            Arc::new(TimestampSecondArray::from(read.seconds).with_timezone("UTC")),
            Arc::new(Int32Array::from(read.offsets)),
            names(read.users)?,
            names(read.branches)?,
            Arc::new(BooleanArray::from(closes)),
        ];
        if self.wanted.descriptions {
            let all = &read.descriptions;
            let text = |at| String::from_utf8_lossy(all.get(at).unwrap_or_default());
            let texts = LargeStringArray::from_iter_values((0..all.len()).map(text));
            columns.push(Arc::new(texts));
        }
        if self.wanted.files {
            columns.push(paths(read.files, read.file_rows)?);
        }
        RecordBatch::try_new(Arc::clone(&self.schema), columns)
    }
}

impl Iterator for Batches {
    type Item = std::result::Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let revs = Arc::clone(&self.revs);
        let rest = revs.get(self.at..).filter(|rest| !rest.is_empty())?;
        let some = &rest[..rest.len().min(BATCH)];
        self.at += some.len();
        Some(self.read(some))
    }
}

impl RecordBatchReader for Batches {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }
}
