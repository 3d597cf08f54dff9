// SPDX-License-Identifier: GPL-2.0-or-later

//! `vermilion._native`: what Python sees of `vermilion-core`. Glue only: every
//! algorithm is in the core, every convenience in the Python package.

#![forbid(unsafe_code)]

mod ancestors;
mod capi;
mod copy_on_change;
mod dirstate;
mod discovery;
mod error;
mod graph;
mod head_start;
mod missing;
mod python;
mod revs;
mod revset;
mod status;
mod texts;
mod wanted;
mod working_copy;

use hpy_bindings::pymodule;

/// Mercurial's history graph and working copies in Rust; see the package vermilion.
#[pymodule(name = "_native", module = "vermilion")]
mod native {
    use hpy_bindings::{Borrowed, Capsule, Ctx, ModuleDef, PyResult, pyfunction};
    use vermilion_core::platform::pool;

    use crate::{capi, python, wanted};

    #[pymodule_export]
    use crate::{
        ancestors::{Ancestors, AncestorsChunks},
        dirstate::{Dirstate, dirstate, dirstate_from_v1, dirstate_from_v2},
        discovery::Discovery,
        error::{
            CorruptDirstateError, CorruptIndexError, PanicError, UnsupportedIndexError,
            UnsupportedWorkingCopyError,
        },
        graph::{Graph, graph_from_packed, open_graph},
        head_start::{HeadStart, head_start},
        missing::MissingAncestors,
        revset::{RevSet, RevSetIterator, revset_from_bytes},
        texts::{inflate, manifest_lines},
        working_copy::{WorkingCopy, name_offsets, open_working_copy},
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
        for (name, bit) in wanted::BITS {
            module.set_attr(name, bit)?;
        }
        module.set_attr(c"graph_capi", Capsule::from(&capi::TABLE))
    }
}
