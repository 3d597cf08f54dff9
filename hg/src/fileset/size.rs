// SPDX-License-Identifier: GPL-2.0-or-later

//! Sizes of files as filesets have them: `1k`, `< 20k`, `>= .5MB`, `4k - 1MB`.

use super::parse::wrong;
use crate::Result;

/// The units, in the order in which a text's end is compared with them.
const UNITS: [(&str, f64); 7] = [
    ("m", 1_048_576.0),
    ("k", 1_024.0),
    ("g", 1_073_741_824.0),
    ("kb", 1_024.0),
    ("mb", 1_048_576.0),
    ("gb", 1_073_741_824.0),
    ("b", 1.0),
];

/// The sizes from one to another, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sizes {
    least: i64,
    most: i64,
}

impl Sizes {
    /// Returns the sizes that a text tells.
    ///
    /// # Errors
    /// [`Error::Unsupported`](crate::Error::Unsupported) for what is no plain number.
    pub(super) fn new(text: &[u8]) -> Result<Sizes> {
        let text = std::str::from_utf8(text).map_err(|_| wrong())?.trim();
        let from = |least| Sizes {
            least,
            most: i64::MAX,
        };
        let to = |most| Sizes {
            least: i64::MIN,
            most,
        };
        Ok(if let Some((least, most)) = text.split_once('-') {
            Sizes {
                least: size(least)?.0,
                most: size(most)?.0,
            }
        } else if let Some(rest) = text.strip_prefix("<=") {
            to(size(rest)?.0)
        } else if let Some(rest) = text.strip_prefix('<') {
            to(size(rest)?.0 - 1)
        } else if let Some(rest) = text.strip_prefix(">=") {
            from(size(rest)?.0)
        } else if let Some(rest) = text.strip_prefix('>') {
            from(size(rest)?.0 + 1)
        } else {
            let (least, most) = size(text)?;
            Sizes { least, most }
        })
    }

    /// Returns whether a size is one of them.
    pub(super) fn has(self, size: u64) -> bool {
        i64::try_from(size).is_ok_and(|size| (self.least..=self.most).contains(&size))
    }
}

/// Returns the least and the largest size that is written like this.
fn size(text: &str) -> Result<(i64, i64)> {
    let text = text.trim().to_ascii_lowercase();
    let unit = UNITS.iter().find(|(name, _)| text.ends_with(name));
    let number = &text[..text.len() - unit.map_or(0, |(name, _)| name.len())];
    let number = number.trim();
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let has_any = !whole.is_empty() || !part.is_empty();
    // Python's own numbers have more to them.
    if !has_any || !is_digits(whole) || !is_digits(part) || number.len() > 15 {
        return Err(wrong());
    }
    let Some(&(_, unit)) = unit else {
        let exact = number.parse().map_err(|_| wrong())?;
        return Ok((exact, exact));
    };
    let value: f64 = number.parse().map_err(|_| wrong())?;
    let step = match part.len() {
        0 if !number.contains('.') => 1.0,
        digits => 1.0 / 10f64.powi(digits as i32),
    };
    Ok(((value * unit) as i64, ((value + step) * unit) as i64 - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        let sizes = |text: &str| {
            let sizes = Sizes::new(text.as_bytes()).unwrap();
            (sizes.least, sizes.most)
        };
        assert_eq!(sizes("1k"), (1024, 2047));
        assert_eq!(sizes(" 7 "), (7, 7));
        assert_eq!(sizes("2b"), (2, 2));
        assert_eq!(sizes("4.5k"), (4608, 4709));
        assert_eq!(sizes("< 20k"), (i64::MIN, 20 * 1024 - 1));
        assert_eq!(sizes(">= .5MB"), (524_288, i64::MAX));
        assert_eq!(sizes("4k - 1MB"), (4096, 1_048_576));
        assert_eq!(sizes(">5"), (6, i64::MAX));
        for text in ["", "k", "1x", "-5", "1e3", "inf", "1.5", "1 2k"] {
            assert!(Sizes::new(text.as_bytes()).is_err(), "{text}");
        }
    }
}
