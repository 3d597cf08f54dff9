// SPDX-License-Identifier: GPL-2.0-or-later

//! Sets of revisions against the standard library's.

use std::collections::BTreeSet;

use crate::revs::{rev, revs};
use proptest::prelude::*;
use vermilion_core::graph::bitset::BitSet;
use vermilion_core::{Error, Rev, RevSet};

fn members() -> impl Strategy<Value = BTreeSet<Rev>> {
    let run =
        (-1..200_000, 1..300).prop_map(|(start, len)| (start..start + len).collect::<Vec<_>>());
    let one = prop_oneof![8 => -1..2000, 1 => -1..=i32::MAX, 1 => Just(i32::MAX), 1 => Just(-1)];
    let part = prop_oneof![run, prop::collection::vec(one, 0..30)];
    prop::collection::vec(part, 0..4)
        .prop_map(|parts| parts.concat().into_iter().map(rev).collect())
}

fn made(set: &BTreeSet<Rev>) -> RevSet {
    RevSet::from_revs(set.iter().rev().copied()).unwrap()
}

fn listed(set: &RevSet) -> BTreeSet<Rev> {
    set.iter().collect()
}

proptest! {
    #[test]
    fn algebra(a in members(), b in members()) {
        let (ra, rb) = (made(&a), made(&b));
        prop_assert_eq!(ra.len(), a.len());
        prop_assert_eq!(ra.is_empty(), a.is_empty());
        prop_assert_eq!((ra.min(), ra.max()), (a.first().copied(), a.last().copied()));
        type Op = (fn(&RevSet, &RevSet) -> RevSet, fn(&mut RevSet, &RevSet), BTreeSet<Rev>);
        let ops: [Op; 4] = [
            (RevSet::union, RevSet::union_with, &a | &b),
            (RevSet::intersection, RevSet::intersect_with, &a & &b),
            (RevSet::difference, RevSet::difference_with, &a - &b),
            (RevSet::symmetric_difference, RevSet::symmetric_difference_with, &a ^ &b),
        ];
        for (op, in_place, expected) in ops {
            prop_assert_eq!(&listed(&op(&ra, &rb)), &expected);
            let mut changed = ra.clone();
            in_place(&mut changed, &rb);
            prop_assert_eq!(&changed, &made(&expected));
        }
        prop_assert_eq!(ra == rb, a == b);
        prop_assert_eq!(ra.is_subset(&rb), a.is_subset(&b));
        prop_assert_eq!(ra.is_superset(&rb), a.is_superset(&b));
        prop_assert_eq!(ra.is_disjoint(&rb), a.is_disjoint(&b));
        prop_assert!(ra.intersection(&rb).is_subset(&ra) && ra.is_superset(&ra));
    }

    #[test]
    fn changes(mut a in members(), steps in prop::collection::vec((any::<bool>(), -3..500), 0..50)) {
        let mut set = made(&a);
        for (add, number) in steps {
            let rev = rev(number);
            prop_assert_eq!(set.contains(rev), a.contains(&rev));
            if !add {
                prop_assert_eq!(set.discard(rev), a.remove(&rev));
            } else if number < -1 {
                prop_assert!(matches!(set.add(rev), Err(Error::Invalid(_))));
            } else {
                prop_assert_eq!(set.add(rev).unwrap(), a.insert(rev));
            }
        }
        prop_assert_eq!(listed(&set), a);
        set.clear();
        prop_assert!(set.is_empty());
    }

    #[test]
    fn chunks(a in members(), size in 1usize..200) {
        let set = made(&a);
        let mut read = Vec::new();
        loop {
            let before = read.len();
            set.next_chunk(read.last().copied(), size, &mut read);
            if read.len() - before < size {
                break;
            }
        }
        prop_assert_eq!(read, a.iter().copied().collect::<Vec<_>>());
    }

    #[test]
    fn forms(a in members(), cut in 0usize..100, flip in any::<u8>()) {
        let set = made(&a);
        let packed = set.to_packed();
        prop_assert_eq!(packed.len(), 4 * a.len());
        prop_assert_eq!(&RevSet::from_packed(&packed).unwrap(), &set);
        let mut stored = set.serialize();
        prop_assert_eq!(&RevSet::deserialize(&stored).unwrap(), &set);
        stored.push(0);
        prop_assert!(RevSet::deserialize(&stored).is_err());
        stored.pop();
        // damage is noticed or gives some other valid set, and never panics
        let at = cut * stored.len() / 100;
        prop_assert!(RevSet::deserialize(&stored[..at]).is_err());
        stored[at] ^= flip;
        if let Ok(other) = RevSet::deserialize(&stored) {
            prop_assert_eq!(other.iter().count(), other.len());
            prop_assert!(other.iter().all(|rev| rev >= Rev::NULL));
        }
    }

    #[test]
    fn dense(a in prop::collection::btree_set(-1..3000, 0..200), end in -1..3100, start in -1..3100) {
        let a: BTreeSet<Rev> = a.into_iter().map(rev).collect();
        let (start, end) = (rev(start), rev(end));
        let mut bits = BitSet::new(3000);
        for &rev in &a {
            bits.insert(rev);
        }
        prop_assert_eq!(listed(&RevSet::from_dense(&bits)), a.clone());
        prop_assert_eq!(bits.iter().collect::<BTreeSet<_>>(), a.clone());
        prop_assert_eq!(bits.last_below(end), a.range(..end).last().copied());
        prop_assert_eq!(bits.first_from(start), a.range(start..).next().copied());
        let mut visited = Vec::new();
        let _ = bits.descend::<()>(end, start, |_, rev| {
            visited.push(rev);
            std::ops::ControlFlow::Continue(())
        });
        visited.reverse();
        let expected: Vec<Rev> = a.into_iter().filter(|&r| r >= start && r < end).collect();
        prop_assert_eq!(visited, expected);
    }
}

#[test]
fn numbers_that_are_no_revisions() {
    assert!(
        RevSet::from_revs(revs([0, -2]))
            .unwrap_err()
            .to_string()
            .contains("-2")
    );
    assert!(RevSet::from_packed(&i32::MIN.to_ne_bytes()).is_err());
    assert!(
        RevSet::from_packed(&[0; 7])
            .unwrap_err()
            .to_string()
            .contains("7 bytes")
    );
    assert!(!RevSet::new().contains(rev(i32::MIN)));
    assert!(RevSet::deserialize(b"").is_err());
    assert!(RevSet::deserialize(b"nothing of the kind").is_err());
}
