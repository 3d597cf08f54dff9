// SPDX-License-Identifier: GPL-2.0-or-later

//! From node to revision: revisions in buckets by the first bits of their node.
//!
//! Nodes are SHA-1 digests, so their first bits spread evenly. The map keeps
//! one array of revisions ordered by bucket, and where each bucket begins; the
//! nodes themselves stay in the index, which is asked to confirm a candidate.
//! With two to four revisions a bucket this takes 5 to 6 bytes a revision.

use std::cmp::Reverse;

use crate::{Node, Result, Rev};

/// Longer buckets are sorted by node. Digests never fill one that far; nodes
/// that somebody made up may, and must not make look-ups slow.
const SORTED_FROM: usize = 32;

/// A map from node to revision for a fixed number of revisions.
#[derive(Debug)]
pub(crate) struct NodeMap {
    /// How far to shift the first 32 bits of a node to get its bucket.
    shift: u32,
    /// Where each bucket begins in `revs`; one more than there are buckets.
    starts: Vec<u32>,
    /// All revisions by bucket. In a bucket, the latest revision is first, or
    /// the order is by node, then latest first, if the bucket is a long one.
    revs: Vec<Rev>,
}

impl NodeMap {
    /// Builds the map of `len` revisions in two passes over their nodes.
    ///
    /// `each` calls its argument with every revision's node, in ascending
    /// order; `node` reads a single one. Returns `None` if the two passes were
    /// so different that no map came out. A map that came out of different
    /// passes may miss nodes, but can be used without panics: whoever reads
    /// nodes that may change has to find out about that.
    ///
    /// Takes O(len) time and no memory besides the map, unless nodes share
    /// their first bits beyond chance.
    ///
    /// # Errors
    /// Those of `each` and `node`.
    pub(crate) fn build(
        len: usize,
        each: impl Fn(&mut dyn FnMut(Rev, &Node)) -> Result<()>,
        node: impl Fn(Rev) -> Result<Node>,
    ) -> Result<Option<NodeMap>> {
        // Half to a quarter as many buckets as revisions.
        let bits = len.max(4).ilog2() - 1;
        let mut map = NodeMap {
            shift: 32 - bits,
            starts: vec![0; (1 << bits) + 1],
            revs: vec![Rev::NULL; len],
        };
        let shift = map.shift;
        each(&mut |_, node| map.starts[bucket(node, shift)] += 1)?;
        let mut end = 0;
        for start in &mut map.starts {
            end += *start;
            *start = end;
        }
        // Each bucket is filled from its end down to its beginning, which
        // leaves in `starts` what its name says, and the latest first.
        let mut same = end as usize == len;
        each(&mut |rev, node| {
            let start = &mut map.starts[bucket(node, shift)];
            match start.checked_sub(1) {
                Some(place) if (place as usize) < map.revs.len() => {
                    *start = place;
                    map.revs[place as usize] = rev;
                }
                _ => same = false,
            }
        })?;
        same &= map.starts.is_sorted();
        if !same {
            return Ok(None);
        }
        map.sort_long_buckets(node)?;
        Ok(Some(map))
    }

    fn sort_long_buckets(&mut self, node: impl Fn(Rev) -> Result<Node>) -> Result<()> {
        for b in 0..self.starts.len() - 1 {
            let (start, end) = (self.starts[b] as usize, self.starts[b + 1] as usize);
            if end - start < SORTED_FROM {
                continue;
            }
            let bucket = &mut self.revs[start..end];
            let mut keyed = Vec::with_capacity(bucket.len());
            for &rev in bucket.iter() {
                keyed.push((node(rev)?, Reverse(rev)));
            }
            keyed.sort_unstable();
            for (place, (_, rev)) in bucket.iter_mut().zip(keyed) {
                *place = rev.0;
            }
        }
        Ok(())
    }

    /// Returns the latest revision with a node, if there is one.
    ///
    /// Reads two to four nodes on average, about log2(len) at worst.
    ///
    /// # Errors
    /// Those of `node`, which reads the node of a revision.
    pub(crate) fn get(
        &self,
        wanted: &Node,
        node: impl Fn(Rev) -> Result<Node>,
    ) -> Result<Option<Rev>> {
        let b = bucket(wanted, self.shift);
        let revs = &self.revs[self.starts[b] as usize..self.starts[b + 1] as usize];
        if revs.len() < SORTED_FROM {
            for &rev in revs {
                if node(rev)? == *wanted {
                    return Ok(Some(rev));
                }
            }
            return Ok(None);
        }
        let (mut low, mut high) = (0, revs.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if node(revs[middle])? < *wanted {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        match revs.get(low) {
            Some(&rev) if node(rev)? == *wanted => Ok(Some(rev)),
            _ => Ok(None),
        }
    }

    /// Returns revisions of which those are all whose node begins with these hexadecimal digits,
    /// which are numbers below 16. The more digits there are, the fewer others are among them.
    pub(crate) fn candidates(&self, digits: impl Iterator<Item = u8>) -> &[Rev] {
        let (mut low, mut high, mut shift) = (0, u32::MAX, 32);
        for digit in digits.take(8) {
            shift -= 4;
            low |= u32::from(digit) << shift;
            high ^= u32::from(15 - digit) << shift;
        }
        let bucket = |bits: u32| (bits >> self.shift) as usize;
        &self.revs[self.starts[bucket(low)] as usize..self.starts[bucket(high) + 1] as usize]
    }

    /// Returns the memory that the map takes, in bytes.
    pub(crate) fn size(&self) -> usize {
        size_of_val(&self.starts[..]) + size_of_val(&self.revs[..])
    }
}

fn bucket(node: &Node, shift: u32) -> usize {
    let [a, b, c, d, ..] = *node.as_bytes();
    (u32::from_be_bytes([a, b, c, d]) >> shift) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(nodes: &[Node]) -> NodeMap {
        NodeMap::build(
            nodes.len(),
            |visit| {
                for (rev, node) in nodes.iter().enumerate() {
                    visit(Rev::from_index(rev), node);
                }
                Ok(())
            },
            |rev| Ok(nodes[rev.index()]),
        )
        .unwrap()
        .unwrap()
    }

    fn get(map: &NodeMap, nodes: &[Node], wanted: &Node) -> Option<Rev> {
        map.get(wanted, |rev| Ok(nodes[rev.index()])).unwrap()
    }

    /// Evenly spread nodes without a hash function at hand.
    fn spread(n: u32) -> Node {
        let mut node = [7; 20];
        node[..4].copy_from_slice(&n.wrapping_mul(0x9E37_79B1).to_be_bytes());
        node[4..8].copy_from_slice(&n.to_be_bytes());
        node.into()
    }

    #[test]
    fn finds_every_node_and_no_other() {
        for len in [0, 1, 2, 3, 4, 5, 31, 32, 33, 1000, 4099] {
            let nodes: Vec<Node> = (0..len).map(spread).collect();
            let map = build(&nodes);
            for (rev, node) in nodes.iter().enumerate() {
                assert_eq!(get(&map, &nodes, node), Some(Rev::from_index(rev)));
            }
            assert_eq!(get(&map, &nodes, &spread(len + 1)), None);
            assert_eq!(get(&map, &nodes, &[0xff; 20].into()), None);
        }
    }

    #[test]
    fn those_with_the_same_first_digits_are_candidates() {
        let nodes: Vec<Node> = (0..500).map(spread).collect();
        let map = build(&nodes);
        assert_eq!(map.candidates(std::iter::empty()).len(), nodes.len());
        for node in &nodes {
            for len in [1, 2, 3, 8, 11] {
                let digit =
                    |node: &Node, at: usize| node.as_bytes()[at / 2] >> (4 - at % 2 * 4) & 15;
                let found = map.candidates((0..len).map(|at| digit(node, at)));
                let same = |other: &Node| (0..len).all(|at| digit(other, at) == digit(node, at));
                for (rev, other) in nodes.iter().enumerate() {
                    assert!(!same(other) || found.contains(&Rev::from_index(rev)));
                }
                assert!(len < 3 || found.len() < 40);
            }
        }
    }

    #[test]
    fn takes_at_most_eight_bytes_a_revision() {
        for len in [64, 1000, 1023, 1024, 4099] {
            let nodes: Vec<Node> = (0..len).map(spread).collect();
            assert!(build(&nodes).size() <= 8 * nodes.len());
        }
    }

    #[test]
    fn nodes_that_share_their_first_bits_are_found_by_bisection() {
        let nodes: Vec<Node> = (0..2000)
            .map(|n: u32| {
                let mut node = [0xab; 20];
                node[16..].copy_from_slice(&(n * 7 % 2000).to_be_bytes());
                node.into()
            })
            .collect();
        let map = build(&nodes);
        for (rev, node) in nodes.iter().enumerate() {
            let reads = std::cell::Cell::new(0);
            let found = map.get(node, |rev| {
                reads.set(reads.get() + 1);
                Ok(nodes[rev.index()])
            });
            assert_eq!(found.unwrap(), Some(Rev::from_index(rev)));
            assert!(reads.get() < 16);
        }
        assert_eq!(get(&map, &nodes, &[0xab; 20].into()), None);
    }

    #[test]
    fn the_latest_of_equal_nodes_wins() {
        let mut nodes: Vec<Node> = (0..100).map(spread).collect();
        nodes.push(spread(3));
        assert_eq!(get(&build(&nodes), &nodes, &spread(3)), Some(Rev::new(100)));
        let nodes = vec![spread(1); 100];
        assert_eq!(get(&build(&nodes), &nodes, &spread(1)), Some(Rev::new(99)));
    }

    #[test]
    fn nodes_that_change_between_the_passes_give_no_map() {
        let passes = std::cell::Cell::new(0);
        let built = NodeMap::build(
            100,
            |visit| {
                passes.set(passes.get() + 1);
                for rev in (0..100).map(Rev::new) {
                    let gone = passes.get() == 2 && rev >= Rev::new(50);
                    visit(
                        rev,
                        &if gone {
                            Node::NULL
                        } else {
                            spread(rev.index() as u32)
                        },
                    );
                }
                Ok(())
            },
            |_| unreachable!("no bucket is long"),
        );
        assert!(built.unwrap().is_none());
    }
}
