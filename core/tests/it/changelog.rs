// SPDX-License-Identifier: GPL-2.0-or-later

//! Changelogs made by hand, with what Mercurial would not write.

use std::sync::atomic::AtomicBool;

use vermilion_core::changelog::{Changelog, Columns, Reading};
use vermilion_core::revlog::Revlog;
use vermilion_core::{Error, Rev};

use crate::revlog::support::{Form, Writer};

/// A changelog with a changeset for each rest of a text.
fn changelog(rests: &[String]) -> Changelog {
    let mut writer = Writer::new(0);
    for (rev, rest) in (0..).zip(rests) {
        let text = format!("{}\n{rest}", "0".repeat(40));
        writer.add(text.as_bytes(), rev, [rev - 1, -1], Form::Zstd);
    }
    let (index, data) = writer.write();
    Changelog::new(Revlog::from_bytes(index, data, "t").unwrap())
}

fn revs(changelog: &Changelog) -> Vec<Rev> {
    Rev::range(Rev::FIRST..Rev::from_index(changelog.len())).collect()
}

static GO_ON: AtomicBool = AtomicBool::new(false);

#[test]
fn thousands_in_any_order() {
    let rests: Vec<String> = (0..5000)
        .map(|n| format!("user {}\n{n} 0\nfile {n}\n\n{n}", n % 7))
        .collect();
    let changelog = changelog(&rests);
    let ascending = revs(&changelog);
    let reversed: Vec<Rev> = ascending.iter().rev().copied().collect();
    let mixed: Vec<Rev> = (0..5000).map(|n| Rev::new(n * 77 % 5000)).collect();
    let reading = Reading {
        check: true,
        interrupt: &GO_ON,
    };
    for order in [&ascending, &reversed, &mixed] {
        let columns = changelog.columns(order, Columns::ALL, &reading).unwrap();
        assert_eq!(columns.revs, Rev::as_numbers(order));
        let seconds: Vec<i64> = order.iter().map(|rev| i64::from(rev.get())).collect();
        assert_eq!(columns.seconds, seconds);
        let mut read = Vec::new();
        let number = |rev, changeset: &vermilion_core::changelog::Changeset<'_>| {
            Ok((rev, changeset.description().to_vec()))
        };
        let each = |(rev, description): (Rev, Vec<u8>)| {
            assert_eq!(description, rev.to_string().as_bytes());
            read.push(rev);
            Ok(())
        };
        changelog.for_each(order, &reading, number, each).unwrap();
        assert_eq!(&read, order);
    }
}

#[test]
fn errors_name_file_and_revision_and_come_in_order() {
    let mut rests: Vec<String> = (0..3000).map(|n| format!("u\n{n} 0\n\n")).collect();
    for bad in [1234, 2000, 2999] {
        rests[bad] = "u\nnever\n\n".to_owned();
    }
    let changelog = changelog(&rests);
    let reading = Reading {
        check: false,
        interrupt: &GO_ON,
    };
    let mut count = 0;
    let each = |()| {
        count += 1;
        Ok(())
    };
    let read = changelog.for_each(&revs(&changelog), &reading, |_, _| Ok(()), each);
    let error = read.unwrap_err();
    assert!(matches!(error, Error::Corrupt { .. }));
    assert!(
        error.to_string().starts_with("t, revision 1234: "),
        "{error}"
    );
    assert_eq!(count, 1234);
    let outside = changelog.columns(&[Rev::new(3000)], Columns::ALL, &reading);
    assert!(matches!(outside, Err(Error::OutOfRange { .. })));
}

#[test]
fn somebody_may_end_it() {
    let rests: Vec<String> = (0..2000).map(|n| format!("u\n{n} 0\n\n")).collect();
    let changelog = changelog(&rests);
    let interrupt = AtomicBool::new(false);
    let reading = Reading {
        check: false,
        interrupt: &interrupt,
    };
    let stop = |rev, _: &vermilion_core::changelog::Changeset<'_>| {
        if rev == Rev::new(700) {
            interrupt.store(true, std::sync::atomic::Ordering::Relaxed);
        }
        Ok(())
    };
    let read = changelog.for_each(&revs(&changelog), &reading, stop, |()| Ok(()));
    assert!(matches!(read, Err(Error::Interrupted)));
}

#[test]
fn nothing_there() {
    let dir = tempfile::tempdir().unwrap();
    let changelog = Changelog::open(&dir.path().join("00changelog.i")).unwrap();
    assert!(changelog.is_empty() && changelog.tip().is_null());
    assert_eq!(changelog.graph().unwrap().len(), 0);
    let text = changelog.text(Rev::NULL).unwrap();
    assert!(
        changelog
            .parse(Rev::NULL, &text)
            .unwrap()
            .manifest()
            .is_null()
    );
}
