//! The address of this machine.

use std::sync::OnceLock;

use mac_address::MacAddressIterator;

/// 48 bits.
#[derive(Clone, Copy)]
pub struct Node(pub u64);

impl Node {
    pub fn bytes(self) -> [u8; 6] {
        let [_, _, bytes @ ..] = self.0.to_be_bytes();
        bytes
    }

    fn of(bytes: [u8; 6]) -> Self {
        let [a, b, c, d, e, f] = bytes;
        Node(u64::from_be_bytes([0, 0, a, b, c, d, e, f]))
    }
}

/// The bit of an address that nobody else has, of the first byte.
const LOCAL: u8 = 1 << 1;
/// The bit of what is no address of a card.
const MULTICAST: u8 = 1;

/// Returns the address of a network card: one that the maker gave, if there is one. Else it is a
/// random number that cannot be one, for as long as the process lives.
pub fn node() -> Node {
    static NODE: OnceLock<Node> = OnceLock::new();
    *NODE.get_or_init(|| {
        let found = MacAddressIterator::new().into_iter().flatten();
        let mut addresses: Vec<[u8; 6]> = found.map(|address| address.bytes()).collect();
        addresses.retain(|address| *address != [0; 6]);
        let global = addresses.iter().find(|address| address[0] & LOCAL == 0);
        match global.or(addresses.first()) {
            Some(address) => Node::of(*address),
            None => {
                let mut bytes: [u8; 6] = rand::random();
                bytes[0] |= MULTICAST;
                Node::of(bytes)
            }
        }
    })
}
