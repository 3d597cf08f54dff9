//! The class `UUID`.

use hpy_bindings::{
    Anything, Borrowed, Bytes, Ctx, Exception, FromArg, Global, Handle, PyErr, PyResult,
    ThisObject, pyclass, pymethods,
};
use uuid::{Builder, Uuid, Variant, Version};

pub const NCS: &str = "reserved for NCS compatibility";
pub const RFC: &str = "specified in RFC 4122";
pub const MICROSOFT: &str = "reserved for Microsoft compatibility";
pub const FUTURE: &str = "reserved for future definition";

/// `uuid.SafeUUID.unknown`.
pub static SAFE_UNKNOWN: Global = Global::new();

/// The modulus of Python's hashes of ints.
const HASH_MODULUS: u128 = (1 << 61) - 1;

/// The bytes of a `str` or `bytes`.
pub struct Text<'a>(pub &'a [u8]);

impl<'a> FromArg<'a> for Text<'a> {
    fn from_arg(value: Borrowed<'a>) -> PyResult<Self> {
        match value.as_bytes() {
            Some(bytes) => Ok(Text(bytes)),
            None => Ok(Text(value.as_str()?.as_bytes())),
        }
    }
}

/// The six parts of a UUID as the standard has them.
type Fields = (u32, u16, u16, u8, u8, u64);

/// A universally unique identifier.
#[pyclass(name = "UUID", module = "uuid_utils", subclass, frozen, eq, ord)]
#[derive(Clone, Copy, PartialEq, PartialOrd)]
pub struct Id(pub Uuid);

fn value_error(message: &str) -> PyErr {
    PyErr::new(Exception::Value, message)
}

impl Id {
    fn bits(&self, from: u32, count: u32) -> u64 {
        (self.0.as_u128() >> from) as u64 & (u64::MAX >> (64 - count))
    }

    fn with_version(&self, version: u8) -> PyResult<Self> {
        let version = match version {
            1 => Version::Mac,
            2 => Version::Dce,
            3 => Version::Md5,
            4 => Version::Random,
            5 => Version::Sha1,
            6 => Version::SortMac,
            7 => Version::SortRand,
            8 => Version::Custom,
            _ => return Err(value_error("illegal version number")),
        };
        let mut builder = Builder::from_bytes(*self.0.as_bytes());
        builder.set_variant(Variant::RFC4122).set_version(version);
        Ok(Id(builder.into_uuid()))
    }
}

fn sixteen(bytes: &[u8]) -> PyResult<[u8; 16]> {
    let wrong = |_| value_error("a UUID has 16 bytes");
    bytes.try_into().map_err(wrong)
}

#[pymethods]
impl Id {
    #[new]
    fn new(
        hex: Option<&str>,
        bytes: Option<&[u8]>,
        bytes_le: Option<&[u8]>,
        fields: Option<Fields>,
        int: Option<u128>,
        version: Option<u8>,
    ) -> PyResult<Self> {
        let uuid = match (hex, bytes, bytes_le, fields, int) {
            (Some(hex), None, None, None, None) => Self::from_hex(hex),
            (None, Some(bytes), None, None, None) => Self::from_bytes(bytes),
            (None, None, Some(bytes), None, None) => Self::from_bytes_le(bytes),
            (None, None, None, Some(fields), None) => Self::from_fields(fields),
            (None, None, None, None, Some(int)) => Ok(Self::from_int(int)),
            _ => {
                let message = "one of hex, bytes, bytes_le, fields or int must be given";
                Err(PyErr::new(Exception::Type, message))
            }
        }?;
        version.map_or(Ok(uuid), |version| uuid.with_version(version))
    }

    #[staticmethod]
    fn from_hex(hex: &str) -> PyResult<Self> {
        let wrong = |_| value_error("badly formed hexadecimal UUID string");
        Uuid::parse_str(hex).map(Id).map_err(wrong)
    }

    #[staticmethod]
    fn from_bytes(bytes: &[u8]) -> PyResult<Self> {
        sixteen(bytes).map(|bytes| Id(Uuid::from_bytes(bytes)))
    }

    #[staticmethod]
    fn from_bytes_le(bytes: &[u8]) -> PyResult<Self> {
        sixteen(bytes).map(|bytes| Id(Uuid::from_bytes_le(bytes)))
    }

    #[staticmethod]
    fn from_fields(fields: Fields) -> PyResult<Self> {
        let (low, middle, high, clock_high, clock_low, node) = fields;
        if node >> 48 != 0 {
            return Err(value_error("field 6 out of range (need a 48-bit value)"));
        }
        let [_, _, a, b, c, d, e, f] = node.to_be_bytes();
        let rest = [clock_high, clock_low, a, b, c, d, e, f];
        Ok(Id(Uuid::from_fields(low, middle, high, &rest)))
    }

    #[staticmethod]
    fn from_int(int: u128) -> Self {
        Id(Uuid::from_u128(int))
    }

    fn __int__(&self) -> u128 {
        self.0.as_u128()
    }

    fn __str__(&self) -> String {
        self.0.hyphenated().to_string()
    }

    fn __repr__(&self) -> String {
        format!("UUID('{}')", self.0.hyphenated())
    }

    fn __hash__(&self) -> u64 {
        (self.0.as_u128() % HASH_MODULUS) as u64
    }

    fn __setattr__(&self, _name: Anything, _value: Anything) -> PyResult<()> {
        Err(PyErr::new(Exception::Type, "UUID objects are immutable"))
    }

    fn __getnewargs__(&self) -> (String,) {
        (self.__str__(),)
    }

    fn __copy__(&self) -> ThisObject {
        ThisObject
    }

    fn __deepcopy__(&self, _memo: Anything) -> ThisObject {
        ThisObject
    }

    #[getter]
    fn hex(&self) -> String {
        self.0.simple().to_string()
    }

    #[getter]
    fn bytes(&self) -> Bytes {
        Bytes(self.0.as_bytes().to_vec())
    }

    #[getter]
    fn bytes_le(&self) -> Bytes {
        Bytes(self.0.to_bytes_le().to_vec())
    }

    #[getter]
    fn int(&self) -> u128 {
        self.0.as_u128()
    }

    #[getter]
    fn urn(&self) -> String {
        self.0.urn().to_string()
    }

    #[getter]
    fn version(&self) -> Option<usize> {
        let known = self.0.get_variant() == Variant::RFC4122;
        known.then(|| self.0.get_version_num())
    }

    #[getter]
    fn variant(&self) -> &'static str {
        match self.0.get_variant() {
            Variant::NCS => NCS,
            Variant::RFC4122 => RFC,
            Variant::Microsoft => MICROSOFT,
            _ => FUTURE,
        }
    }

    #[getter]
    fn fields(&self) -> Fields {
        let (low, middle, high, &[clock_high, clock_low, ..]) = self.0.as_fields();
        (low, middle, high, clock_high, clock_low, self.node())
    }

    #[getter]
    fn time_low(&self) -> u64 {
        self.bits(96, 32)
    }

    #[getter]
    fn time_mid(&self) -> u64 {
        self.bits(80, 16)
    }

    #[getter]
    fn time_hi_version(&self) -> u64 {
        self.bits(64, 16)
    }

    #[getter]
    fn clock_seq_hi_variant(&self) -> u64 {
        self.bits(56, 8)
    }

    #[getter]
    fn clock_seq_low(&self) -> u64 {
        self.bits(48, 8)
    }

    #[getter]
    fn clock_seq(&self) -> u64 {
        self.bits(48, 14)
    }

    #[getter]
    fn node(&self) -> u64 {
        self.bits(0, 48)
    }

    /// Returns the time in the units of the version.
    #[getter]
    fn time(&self) -> u64 {
        match self.version() {
            Some(6) => self.bits(80, 48) << 12 | self.bits(64, 12),
            Some(7) => self.bits(80, 48),
            _ => self.bits(64, 12) << 48 | self.time_mid() << 32 | self.time_low(),
        }
    }

    /// Returns the time since 1970 in milliseconds.
    #[getter]
    fn timestamp(&self) -> PyResult<u64> {
        let none = || value_error("UUID version should be one of (v1, v6 or v7).");
        let (seconds, rest) = self.0.get_timestamp().ok_or_else(none)?.to_unix();
        Ok(seconds * 1000 + u64::from(rest) / 1_000_000)
    }

    #[getter]
    fn is_safe<'c>(&self, ctx: Ctx<'c>) -> PyResult<Handle<'c>> {
        let find = || ctx.import(c"uuid")?.attr(c"SafeUUID")?.attr(c"unknown");
        SAFE_UNKNOWN.load_or(ctx, find)
    }
}
