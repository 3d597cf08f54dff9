// SPDX-License-Identifier: GPL-2.0-or-later

//! `vermilion._native`: what Python sees of `vermilion-core`. Glue only: every
//! algorithm is in the core, every convenience in the Python package.

#![forbid(unsafe_code)]

mod ancestors;
mod capi;
mod changesets;
mod config;
mod copy_on_change;
mod diff;
mod dirstate;
mod discovery;
mod error;
mod file_writer;
mod graph;
mod grep;
mod head_start;
mod history;
mod missing;
mod python;
mod repository;
mod revs;
mod revset;
mod revset_language;
mod status;
mod store;
mod texts;
mod tree;
mod wanted;
mod working_copy;
mod zstandard;

use hpy_bindings::pymodule;

/// Mercurial's history graph and working copies in Rust; see the package vermilion.
#[pymodule(name = "_native", module = "vermilion")]
mod native {
    use hpy_bindings::{Borrowed, Capsule, Ctx, ModuleDef, PyResult, pyfunction};
    use vermilion_core::platform::pool;

    use crate::{capi, python, wanted, zstandard};

    #[pymodule_export]
    use crate::{
        ancestors::{Ancestors, AncestorsChunks},
        changesets::Changesets,
        config::{Config, read_config},
        diff::{matching_blocks, unified_diff},
        dirstate::{Dirstate, dirstate, dirstate_from_v1, dirstate_from_v2},
        discovery::Discovery,
        error::{
            AmbiguousRevisionError, ConfigError, CorruptDirstateError, CorruptIndexError,
            CorruptRefsError, HiddenRevisionError, PanicError, RevisionLookupError,
            UnknownRevisionError, UnsupportedIndexError, UnsupportedWorkingCopyError,
        },
        file_writer::{FileWriter, open_file_writer},
        graph::{Graph, graph_from_packed, open_graph},
        grep::grep,
        head_start::{HeadStart, head_start},
        history::{
            annotate, copied_from, copies, copies_of_changeset, followed, introduced_by,
            last_changed, versions_of,
        },
        missing::MissingAncestors,
        repository::{Repository, open_repository},
        revset::{RevSet, RevSetIterator, revset_from_bytes},
        store::{Store, open_store},
        texts::{inflate, manifest_lines},
        tree::Tree,
        working_copy::{WorkingCopy, name_offsets, open_working_copy},
        zstandard::{
            ZstdCompressionObj, ZstdCompressor, ZstdDecompressionObj, ZstdDecompressor, ZstdError,
        },
    };

    /// The number of threads that long computations use.
    #[pyfunction]
    fn threads() -> usize {
        pool::threads()
    }

    #[pymodule_define]
    fn define(m: &mut ModuleDef) {
        for global in python::GLOBALS {
            m.global(global);
        }
    }

    #[pymodule_init]
    fn init(_: Ctx<'_>, module: Borrowed<'_>) -> PyResult<()> {
        for (name, number) in wanted::BITS.into_iter().chain(zstandard::CONSTANTS) {
            module.set_attr(name, number)?;
        }
        module.set_attr(c"graph_capi", Capsule::from(&capi::TABLE))
    }
}
