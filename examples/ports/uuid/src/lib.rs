//! uuid-utils' class and functions: those of the crate uuid.

#![forbid(unsafe_code)]

mod class;
mod node;

/// The native half of uuid_utils.
#[hpy_bindings::pymodule(name = "_uuid_utils", module = "uuid_utils")]
mod native {
    use std::time::SystemTime;

    use hpy_bindings::{Borrowed, Ctx, Exception, IntoPy, ModuleDef, PyErr, PyResult, pyfunction};
    use uuid::{Timestamp, Uuid};

    #[pymodule_export]
    use crate::class::Id;
    use crate::class::{FUTURE, MICROSOFT, NCS, RFC, SAFE_UNKNOWN, Text};
    use crate::node::{Node, node};

    #[pymodule_define]
    fn define(module: &mut ModuleDef) {
        module.global(&SAFE_UNKNOWN);
    }

    #[pymodule_init]
    fn init(ctx: Ctx<'_>, module: Borrowed<'_>) -> PyResult<()> {
        let uuids = [
            (c"NAMESPACE_DNS", Uuid::NAMESPACE_DNS),
            (c"NAMESPACE_URL", Uuid::NAMESPACE_URL),
            (c"NAMESPACE_OID", Uuid::NAMESPACE_OID),
            (c"NAMESPACE_X500", Uuid::NAMESPACE_X500),
            (c"NIL", Uuid::nil()),
            (c"MAX", Uuid::max()),
        ];
        for (name, uuid) in uuids {
            module.set_attr(name, Id(uuid).into_py(ctx)?)?;
        }
        Ok(())
    }

    #[pymodule_export]
    #[py(name = "__version__")]
    const VERSION: &str = env!("CARGO_PKG_VERSION");
    #[pymodule_export]
    const RESERVED_NCS: &str = NCS;
    #[pymodule_export]
    const RFC_4122: &str = RFC;
    #[pymodule_export]
    const RESERVED_MICROSOFT: &str = MICROSOFT;
    #[pymodule_export]
    const RESERVED_FUTURE: &str = FUTURE;

    /// Returns the time with a counter, of which 14 bits are used.
    fn now(counter: u64) -> PyResult<Timestamp> {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let since = since.map_err(|error| PyErr::from_error(Exception::Os, &error))?;
        let (seconds, rest) = (since.as_secs(), since.subsec_nanos());
        Ok(Timestamp::from_unix_time(seconds, rest, counter.into(), 14))
    }

    /// A UUID of a machine and a time.
    #[pyfunction]
    fn uuid1(node: Option<u64>, clock_seq: Option<u64>) -> PyResult<Id> {
        let node = node.map_or_else(self::node, Node);
        Ok(Id(match clock_seq {
            Some(counter) => Uuid::new_v1(now(counter)?, &node.bytes()),
            None => Uuid::now_v1(&node.bytes()),
        }))
    }

    /// A UUID of a name, by MD5.
    #[pyfunction]
    fn uuid3(namespace: &Id, name: Text<'_>) -> Id {
        Id(Uuid::new_v3(&namespace.0, name.0))
    }

    /// A random UUID.
    #[pyfunction]
    fn uuid4() -> Id {
        Id(Uuid::new_v4())
    }

    /// A UUID of a name, by SHA-1.
    #[pyfunction]
    fn uuid5(namespace: &Id, name: Text<'_>) -> Id {
        Id(Uuid::new_v5(&namespace.0, name.0))
    }

    /// A UUID of a machine and a time, in the order of time.
    #[pyfunction]
    fn uuid6(node: Option<u64>, clock_seq: Option<u64>) -> PyResult<Id> {
        let node = node.map_or_else(self::node, Node);
        Ok(Id(match clock_seq {
            Some(counter) => Uuid::new_v6(now(counter)?, &node.bytes()),
            None => Uuid::now_v6(&node.bytes()),
        }))
    }

    /// A UUID of a time and random bits, in the order of time.
    #[pyfunction(signature = (*, nanoseconds=None))]
    fn uuid7(nanoseconds: Option<u128>) -> Id {
        const SECOND: u128 = 1_000_000_000;
        Id(match nanoseconds {
            Some(time) => {
                let (seconds, rest) = ((time / SECOND) as u64, (time % SECOND) as u32);
                Uuid::new_v7(Timestamp::from_unix_time(seconds, rest, 0, 0))
            }
            None => Uuid::now_v7(),
        })
    }

    /// A UUID of three numbers, of 48, 12 and 62 bits; they are random where they are not given.
    #[pyfunction]
    fn uuid8(a: Option<u64>, b: Option<u64>, c: Option<u64>) -> Id {
        let part = |given: Option<u64>, bits: u32| -> u128 {
            let number: u64 = given.unwrap_or_else(rand::random);
            (number & ((1 << bits) - 1)).into()
        };
        let number = part(a, 48) << 80 | part(b, 12) << 64 | part(c, 62);
        Id(Uuid::new_v8(number.to_be_bytes()))
    }

    /// The number of uuid4.
    #[pyfunction(name = "_uuid4_int")]
    fn uuid4_int() -> u128 {
        uuid4().0.as_u128()
    }

    /// The number of uuid7.
    #[pyfunction(name = "_uuid7_int", signature = (*, nanoseconds=None))]
    fn uuid7_int(nanoseconds: Option<u128>) -> u128 {
        uuid7(nanoseconds).0.as_u128()
    }

    /// The address of this machine, or a random number in its place.
    #[pyfunction]
    fn getnode() -> u64 {
        node().0
    }

    /// Seeds the generator of random numbers again.
    #[pyfunction]
    fn reseed() -> PyResult<()> {
        let failed = |error: rand::rngs::SysError| PyErr::new(Exception::Os, error.to_string());
        rand::rng().reseed().map_err(failed)
    }
}
