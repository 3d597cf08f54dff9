// SPDX-License-Identifier: GPL-2.0-or-later

//! Nodes: the names of revisions.

use std::fmt;

use crate::Error;

/// The SHA-1 that names a revision everywhere.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node([u8; Node::LEN]);

impl Node {
    /// The bytes of a node.
    pub const LEN: usize = 20;

    /// The digits of a node in hexadecimal.
    pub const HEX_LEN: usize = 2 * Node::LEN;

    /// The node that stands for "none": zeros.
    pub const NULL: Node = Node([0; Node::LEN]);

    /// Returns the node of these bytes.
    pub const fn new(bytes: [u8; Node::LEN]) -> Node {
        Node(bytes)
    }

    /// Returns the node in hexadecimal digits, `None` if these are none.
    pub fn from_hex(digits: &[u8]) -> Option<Node> {
        let digits: &[u8; Node::HEX_LEN] = digits.try_into().ok()?;
        let mut node = Node::NULL;
        for (byte, pair) in node.0.iter_mut().zip(digits.as_chunks::<2>().0) {
            let [high, low] = pair.map(|digit| char::from(digit).to_digit(16));
            *byte = (high? << 4 | low?) as u8;
        }
        Some(node)
    }

    /// Returns the bytes.
    pub const fn as_bytes(&self) -> &[u8; Node::LEN] {
        &self.0
    }

    /// Returns whether this is the null node.
    pub fn is_null(&self) -> bool {
        *self == Node::NULL
    }
}

impl From<[u8; Node::LEN]> for Node {
    fn from(bytes: [u8; Node::LEN]) -> Node {
        Node(bytes)
    }
}

impl TryFrom<&[u8]> for Node {
    type Error = Error;

    /// Fails with [`Error::Invalid`] for any other number of bytes than 20.
    fn try_from(bytes: &[u8]) -> Result<Node, Error> {
        match bytes.try_into() {
            Ok(bytes) => Ok(Node(bytes)),
            Err(_) => {
                let reason = format!("a node has {} bytes, not {}", Node::LEN, bytes.len());
                Err(Error::Invalid(reason))
            }
        }
    }
}

impl AsRef<[u8]> for Node {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// In hexadecimal digits.
impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_and_back() {
        let node = Node::from(std::array::from_fn(|at| (at * 13) as u8));
        let digits = node.to_string();
        assert!(digits.starts_with("000d1a27"));
        assert_eq!(Node::from_hex(digits.as_bytes()), Some(node));
        assert_eq!(Node::from_hex(digits.to_uppercase().as_bytes()), Some(node));
        for bad in [
            "",
            "00",
            &digits[1..],
            &digits.replace('d', "g"),
            &(digits.clone() + "0"),
        ] {
            assert_eq!(Node::from_hex(bad.as_bytes()), None);
        }
        assert!(Node::NULL.is_null() && !node.is_null());
        assert_eq!(Node::try_from(&node.as_bytes()[..]).unwrap(), node);
        assert!(Node::try_from(&[0; 21][..]).is_err());
    }
}
