// SPDX-License-Identifier: GPL-2.0-or-later

//! Texts of revisions, out of revlogs of all kinds.

use std::fs;

use super::support::*;
use proptest::prelude::*;
use vermilion_core::revlog::Revlog;
use vermilion_core::{Error, Node, Result, Rev};

fn open(writer: &Writer) -> Result<Revlog> {
    let (index, data) = writer.write();
    Revlog::from_bytes(index, data, "test")
}

/// Three revisions, each a delta to the one before.
fn three(flags: u32) -> Writer {
    let mut writer = Writer::new(flags);
    writer.add(b"one\ntwo\nthree\n", 0, [-1, -1], Form::Plain);
    writer.add(b"one\n2\nthree\n", 0, [0, -1], Form::Zlib);
    let base = if flags & GENERALDELTA == 0 { 0 } else { 1 };
    writer.add(b"one\n2\nthree\nfour\n", base, [1, 0], Form::Zstd);
    writer
}

fn reason(result: Result<Vec<u8>>) -> String {
    match result.unwrap_err() {
        Error::Corrupt { name, reason, .. } => format!("corrupt: {name}: {reason}"),
        Error::Unsupported { name, reason, .. } => format!("not for me: {name}: {reason}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_chain_in_every_layout() {
    for flags in [0, INLINE, GENERALDELTA, INLINE | GENERALDELTA] {
        let writer = three(flags);
        let revlog = open(&writer).unwrap();
        assert_eq!((revlog.len(), revlog.is_inline()), (3, flags & INLINE != 0));
        for (rev, text) in (0..).map(Rev::new).zip(&writer.texts) {
            assert_eq!(&revlog.raw_text(rev).unwrap(), text);
            let first = text.len().min(41);
            assert_eq!(revlog.beginning(rev, 41).unwrap(), text[..first]);
            assert_eq!(revlog.text_len(rev).unwrap(), Some(text.len()));
            assert!(revlog.is_text(rev, text).unwrap());
            assert!(!revlog.is_text(rev, b"other").unwrap());
            let node = revlog.node(rev).unwrap();
            assert_eq!(revlog.rev_of(&node).unwrap(), Some(rev));
        }
        assert_eq!(revlog.rev_of(&Node::new([7; 20])).unwrap(), None);
        assert!(matches!(
            revlog.rev(&Node::new([7; 20])),
            Err(Error::NotFound { .. })
        ));
    }
}

#[test]
fn the_null_revision_has_an_empty_text() {
    let revlog = open(&Writer::default()).unwrap();
    assert!(revlog.is_empty());
    assert_eq!(revlog.raw_text(Rev::NULL).unwrap(), b"");
    assert!(revlog.is_text(Rev::NULL, b"").unwrap() && !revlog.is_text(Rev::NULL, b"x").unwrap());
    assert_eq!(revlog.node(Rev::NULL).unwrap(), Node::NULL);
    assert_eq!(revlog.rev_of(&Node::NULL).unwrap(), Some(Rev::NULL));
    for rev in [0, -2] {
        assert!(matches!(
            revlog.raw_text(Rev::new(rev)),
            Err(Error::OutOfRange { .. })
        ));
    }
}

#[test]
fn deltas_to_nothing_and_without_data() {
    let mut writer = Writer::new(GENERALDELTA);
    writer.add(b"", 0, [-1, -1], Form::Plain);
    writer.add(b"text", -1, [-1, -1], Form::Plain);
    writer.add(b"text", 1, [1, -1], Form::Plain);
    writer.add(b"texts", 2, [2, -1], Form::Plain);
    let revlog = open(&writer).unwrap();
    for (rev, text) in (0..).map(Rev::new).zip(&writer.texts) {
        assert_eq!(&revlog.raw_text(rev).unwrap(), text);
    }
}

#[test]
fn flags_that_change_the_text_are_not_for_us() {
    for (flags, flag, neutral) in [
        (0, 1 << 15, false),
        (0, 1 << 13, false),
        // Copies are not in the text.
        (0, 1 << 12, true),
        // Mercurial sets this without the header's flag too, where it means nothing.
        (0, 1 << 11, true),
        (FILELOG_META, 1 << 11, true),
        (0, 0b11111 << 6, true),
        (DELTA_INFO, 0b11111 << 6, true),
        (0, 1, false),
        (FILELOG_META | DELTA_INFO, 1 << 5, false),
    ] {
        let mut writer = three(flags);
        writer.revisions[1].flags = flag;
        let revlog = open(&writer).unwrap();
        assert_eq!(
            revlog.raw_text(Rev::new(1)).is_ok(),
            neutral,
            "{flags:x} {flag:x}"
        );
        if !neutral {
            assert!(
                reason(revlog.raw_text(Rev::new(1))).starts_with("not for me: test, revision 1: ")
            );
            assert!(
                revlog.is_text(Rev::new(1), b"").is_err() && revlog.text_len(Rev::new(1)).is_err()
            );
        }
        // Deltas to such a revision are to what is stored.
        assert!(revlog.raw_text(Rev::new(2)).is_ok());
    }
}

#[test]
fn metadata_is_told_by_parents_or_by_a_flag() {
    let revlog = open(&three(0)).unwrap();
    assert!(
        revlog.may_have_metadata(Rev::new(0)).unwrap()
            && !revlog.may_have_metadata(Rev::new(1)).unwrap()
    );
    let mut writer = three(0);
    writer.revisions[1].flags = 1 << 11;
    assert!(
        !open(&writer)
            .unwrap()
            .may_have_metadata(Rev::new(1))
            .unwrap()
    );
    writer.flags = FILELOG_META;
    let revlog = open(&writer).unwrap();
    assert!(
        !revlog.may_have_metadata(Rev::new(0)).unwrap()
            && revlog.may_have_metadata(Rev::new(1)).unwrap()
    );
}

#[test]
fn what_is_corrupt_is_said() {
    type Change = fn(&mut Writer);
    let cases: [(Change, i32, &str); 10] = [
        (
            |w| w.revisions[2].node = Node::new([9; 20]),
            2,
            "the node is not",
        ),
        (
            |w| w.revisions[1].node = Node::new([9; 20]),
            2,
            "the node is not",
        ),
        (|w| w.revisions[0].chunk[3] ^= 1, 0, "the node is not"),
        (
            |w| w.revisions[1].base = 2,
            1,
            "cannot be a delta to revision 2",
        ),
        (
            |w| w.revisions[1].base = -2,
            1,
            "cannot be a delta to revision -2",
        ),
        (
            |w| w.revisions[1].parents = [1, -1],
            1,
            "cannot have the parent 1",
        ),
        (|w| w.revisions[1].chunk.truncate(9), 1, "cut short"),
        (|w| w.revisions[1].chunk[2] ^= 0xff, 1, "bad zlib data"),
        (|w| w.revisions[2].chunk[1] ^= 0xff, 2, "bad zstd data"),
        (
            |w| w.revisions[1].chunk = chunk(&hunk(0, 99, b""), Form::Plain),
            1,
            "delta 1 replaces",
        ),
    ];
    for (change, rev, expected) in cases {
        let mut writer = three(GENERALDELTA);
        change(&mut writer);
        let reason = reason(open(&writer).unwrap().raw_text(Rev::new(rev)));
        assert!(reason.starts_with("corrupt: test"), "{reason}");
        assert!(reason.contains(expected), "{reason}");
    }
}

#[test]
fn data_outside_the_file() {
    let (index, data) = three(0).write();
    let revlog = Revlog::from_bytes(index.clone(), data[..data.len() - 1].to_vec(), "t").unwrap();
    assert!(revlog.raw_text(Rev::new(1)).is_ok());
    assert!(reason(revlog.raw_text(Rev::new(2))).contains("are not in the data file's"));
    let revlog = Revlog::from_bytes(index, Vec::new(), "t").unwrap();
    assert!(reason(revlog.raw_text(Rev::new(0))).contains("are not in the data file's 0"));
}

#[test]
fn other_ways_of_compression_are_not_for_us() {
    let mut writer = three(0);
    writer.revisions[0].chunk[0] = b'B';
    let reason = reason(open(&writer).unwrap().raw_text(Rev::new(1)));
    assert_eq!(
        reason,
        "not for me: test, revision 0: the way of compression 0x42 is not supported"
    );
}

#[test]
fn wrong_lengths() {
    // Longer than recorded is suspicious, shorter is not our business.
    let mut writer = three(0);
    writer.revisions[0].text_len = 3;
    assert!(reason(open(&writer).unwrap().raw_text(Rev::new(0))).starts_with("not for me: "));
    for wrong in [i32::MAX, -1] {
        for form in FORMS {
            let mut writer = Writer::default();
            writer.add(&[b'a'; 1000], 0, [-1, -1], form);
            writer.add(b"b", 0, [-1, -1], form);
            writer.revisions[0].text_len = wrong;
            let revlog = open(&writer).unwrap();
            assert_eq!(revlog.raw_text(Rev::new(0)).unwrap(), [b'a'; 1000]);
            assert_eq!(revlog.raw_text(Rev::new(1)).unwrap(), b"b");
        }
    }
}

#[test]
fn indexes_that_are_none() {
    let (index, _) = three(INLINE).write();
    for len in [3, 63, 64, 65, index.len() - 1] {
        let error = Revlog::from_bytes(index[..len].to_vec(), Vec::new(), "t").unwrap_err();
        assert!(matches!(error, Error::Corrupt { .. }), "{len}: {error}");
    }
    let (mut index, data) = three(0).write();
    assert!(Revlog::from_bytes(index[..100].to_vec(), data.clone(), "t").is_err());
    for version in [[0, 0, 0, 0], [0, 0, 0xde, 0xad], [0, 0x10, 0, 1]] {
        index[..4].copy_from_slice(&version);
        let error = Revlog::from_bytes(index.clone(), data.clone(), "t").unwrap_err();
        assert!(matches!(error, Error::Unsupported { .. }), "{error}");
    }
}

#[test]
fn inline_data_has_to_follow_its_entry() {
    let (mut index, _) = three(INLINE).write();
    let second = 64 + three(INLINE).revisions[0].chunk.len();
    index[second + 5] += 1;
    let revlog = Revlog::from_bytes(index, Vec::new(), "t").unwrap();
    assert!(reason(revlog.raw_text(Rev::new(1))).starts_with("not for me: "));
}

#[test]
fn files_read_and_mapped() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("some.i");
    for size in [100, 300_000] {
        for flags in [INLINE, 0] {
            let mut writer = Writer::new(flags | GENERALDELTA);
            let text: Vec<u8> = (0..size)
                .map(|i: u32| (i.wrapping_mul(i) >> 7) as u8)
                .collect();
            writer.add(&text, 0, [-1, -1], Form::Plain);
            writer.add(&[&text[..], b"more"].concat(), 0, [0, -1], Form::Plain);
            let (index, data) = writer.write();
            fs::write(&path, index).unwrap();
            fs::write(dir.path().join("some.d"), data).unwrap();
            let revlog = Revlog::open(&path).unwrap();
            assert_eq!(revlog.path(), path);
            assert_eq!(revlog.raw_text(Rev::new(1)).unwrap(), writer.texts[1]);
            assert_eq!(revlog.raw_text(Rev::new(0)).unwrap(), writer.texts[0]);
        }
    }
    fs::remove_file(dir.path().join("some.d")).unwrap();
    let revlog = Revlog::open(&path).unwrap();
    assert!(matches!(
        revlog.raw_text(Rev::new(0)),
        Err(Error::Io { .. })
    ));
    assert!(matches!(
        Revlog::open(dir.path().join("none.i")),
        Err(Error::Io { .. })
    ));
}

#[cfg(unix)]
#[test]
fn files_that_are_cut_off() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("cut.i");
    for flags in [INLINE, 0] {
        let mut writer = Writer::new(flags);
        writer.add(&vec![b'x'; 500_000], 0, [-1, -1], Form::Plain);
        let (index, data) = writer.write();
        fs::write(&path, index).unwrap();
        fs::write(path.with_extension("d"), data).unwrap();
        let revlog = Revlog::open(&path).unwrap();
        revlog.raw_text(Rev::new(0)).unwrap();
        for file in [&path, &path.with_extension("d")] {
            let len = fs::metadata(file).unwrap().len();
            let file = fs::OpenOptions::new().write(true).open(file).unwrap();
            file.set_len(len.min(5000)).unwrap();
        }
        assert!(reason(revlog.raw_text(Rev::new(0))).contains("was truncated"));
    }
}

/// A revision as a change of an earlier one's text.
#[derive(Clone, Debug)]
struct Step {
    source: prop::sample::Index,
    cut: (prop::sample::Index, prop::sample::Index),
    insert: Vec<u8>,
    parents: (prop::sample::Index, prop::sample::Index),
    base: Option<prop::sample::Index>,
    form: usize,
}

fn step() -> impl Strategy<Value = Step> {
    let at = any::<prop::sample::Index>;
    let insert = prop::collection::vec(prop::sample::select(&b"ab\n\0ux("[..]), 0..40);
    (
        at(),
        (at(), at()),
        insert,
        (at(), at()),
        prop::option::weighted(0.8, at()),
        0..4usize,
    )
        .prop_map(|(source, cut, insert, parents, base, form)| Step {
            source,
            cut,
            insert,
            parents,
            base,
            form,
        })
}

fn written(flags: u32, steps: &[Step]) -> Writer {
    let mut writer = Writer::new(flags);
    let mut chain = 0;
    for (rev, step) in steps.iter().enumerate() {
        let text = match rev {
            0 => Vec::new(),
            _ => writer.texts[step.source.index(rev)].clone(),
        };
        let (a, b) = (
            step.cut.0.index(text.len() + 1),
            step.cut.1.index(text.len() + 1),
        );
        let text = [&text[..a.min(b)], &step.insert, &text[a.max(b)..]].concat();
        let parent = |at: prop::sample::Index| at.index(rev + 1) as i32 - 1;
        let base = match step.base {
            Some(base) if flags & GENERALDELTA != 0 => base.index(rev + 1) as i32,
            Some(_) => chain,
            None => rev as i32,
        };
        if base == rev as i32 {
            chain = base;
        }
        let parents = [parent(step.parents.0), parent(step.parents.1)];
        writer.add(&text, base, parents, FORMS[step.form]);
    }
    writer
}

proptest! {
    #[test]
    fn all_texts_of_random_histories(
        inline: bool,
        general: bool,
        steps in prop::collection::vec(step(), 1..30),
    ) {
        let flags = if inline { INLINE } else { 0 } | if general { GENERALDELTA } else { 0 };
        let writer = written(flags, &steps);
        let revlog = open(&writer).unwrap();
        for (rev, text) in (0..).zip(&writer.texts) {
            prop_assert_eq!(&revlog.raw_text(Rev::new(rev)).unwrap(), text);
            let node = writer.node(rev);
            let latest = writer.revisions.iter().rposition(|r| r.node == node).unwrap();
            prop_assert_eq!(revlog.rev_of(&node).unwrap(), Some(Rev::from_index(latest)));
        }
        // The last text is kept, whatever order they are read in.
        let len = writer.texts.len();
        let jumps = (0..len).map(|at| at * 7 % len);
        let order = (0..len).chain((0..len).rev()).chain(jumps);
        let (mut checked, mut unchecked) = (revlog.texts(true), revlog.texts(false));
        for rev in order {
            let text = &writer.texts[rev][..];
            prop_assert_eq!(checked.read(Rev::from_index(rev)).unwrap(), text);
            prop_assert_eq!(unchecked.read(Rev::from_index(rev)).unwrap(), text);
        }
        prop_assert_eq!(checked.read(Rev::NULL).unwrap(), b"");
        prop_assert!(checked.read(Rev::from_index(len)).is_err());
        let parents: Vec<[Rev; 2]> =
            writer.revisions.iter().map(|r| r.parents.map(Rev::new)).collect();
        prop_assert_eq!(revlog.all_parents().unwrap(), parents);
    }

    #[test]
    fn damage_is_found(
        steps in prop::collection::vec(step(), 1..8),
        at: prop::sample::Index,
        bit in 0..8,
        inline: bool,
    ) {
        let writer = written(GENERALDELTA | if inline { INLINE } else { 0 }, &steps);
        let (mut index, mut data) = writer.write();
        let at = at.index(index.len() + data.len());
        match at.checked_sub(index.len()) {
            None => index[at] ^= 1u8 << bit,
            Some(at) => data[at] ^= 1u8 << bit,
        }
        let Ok(revlog) = Revlog::from_bytes(index, data, "t") else { return Ok(()) };
        for rev in 0..revlog.len() as i32 {
            // With its parents' nodes a text is either the one that was written or none.
            let same = revlog.node(Rev::new(rev)).unwrap() == writer.node(rev);
            if let (Ok(text), true) = (revlog.raw_text(Rev::new(rev)), same) {
                prop_assert_eq!(&text, &writer.texts[rev as usize]);
            }
        }
    }
}
