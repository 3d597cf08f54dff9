// SPDX-License-Identifier: GPL-2.0-or-later

//! Names of files in the store, as Mercurial 7.2.4 makes them.

use vermilion_core::RepoPath;
use vermilion_core::repository::path_encoding::Encoding;

const ENCODINGS: [Encoding; 4] = [
    Encoding::Directories,
    Encoding::Names,
    Encoding::Hybrid,
    Encoding::DotHybrid,
];

/// Names, and what they become in the four kinds of stores.
#[rustfmt::skip]
const NAMES: &[(&[u8], [&[u8]; 4])] = &[
    (
        b"data/a.i",
        [
            b"data/a.i",
            b"data/a.i",
            b"data/a.i",
            b"data/a.i",
        ],
    ),
    (
        b"data/Dir/File_x.TXT.i",
        [
            b"data/Dir/File_x.TXT.i",
            b"data/_dir/_file__x._t_x_t.i",
            b"data/_dir/_file__x._t_x_t.i",
            b"data/_dir/_file__x._t_x_t.i",
        ],
    ),
    (
        b"data/d.i/e.d/f.hg/g.i.i",
        [
            b"data/d.i.hg/e.d.hg/f.hg.hg/g.i.i",
            b"data/d.i.hg/e.d.hg/f.hg.hg/g.i.i",
            b"data/d.i.hg/e.d.hg/f.hg.hg/g.i.i",
            b"data/d.i.hg/e.d.hg/f.hg.hg/g.i.i",
        ],
    ),
    (
        b"data/.hidden/ space/end. /end..i",
        [
            b"data/.hidden/ space/end. /end..i",
            b"data/.hidden/ space/end. /end..i",
            b"data/.hidden/ space/end.~20/end..i",
            b"data/~2ehidden/~20space/end.~20/end..i",
        ],
    ),
    (
        b"data/aux/com1.txt/lpt0/AUX.c/conx/nul.i",
        [
            b"data/aux/com1.txt/lpt0/AUX.c/conx/nul.i",
            b"data/aux/com1.txt/lpt0/_a_u_x.c/conx/nul.i",
            b"data/au~78/co~6d1.txt/lpt0/_a_u_x.c/conx/nu~6c.i",
            b"data/au~78/co~6d1.txt/lpt0/_a_u_x.c/conx/nu~6c.i",
        ],
    ),
    (
        b"data/a:b*c?\x22<>|\x5cd~e\x7f\xe4\x01.i",
        [
            b"data/a:b*c?\x22<>|\x5cd~e\x7f\xe4\x01.i",
            b"data/a~3ab~2ac~3f~22~3c~3e~7c~5cd~7ee~7f~e4~01.i",
            b"data/a~3ab~2ac~3f~22~3c~3e~7c~5cd~7ee~7f~e4~01.i",
            b"data/a~3ab~2ac~3f~22~3c~3e~7c~5cd~7ee~7f~e4~01.i",
        ],
    ),
    (
        b"data/....i",
        [
            b"data/....i",
            b"data/....i",
            b"data/....i",
            b"data/~2e...i",
        ],
    ),
    (
        b"data/Directory.Name/Directory.Name/Directory.Name/Directory.Name/Directory.Name/Directory.Name/Directory.Name/Directory.Name/Directory.Name/base.name.ext.i",
        [
            b"data/Directory.Name/Directory.Name/Directory.Name/Directory.Name/Directory.Name/Directory.Name/Directory.Name/Directory.Name/Directory.Name/base.name.ext.i",
            b"data/_directory._name/_directory._name/_directory._name/_directory._name/_directory._name/_directory._name/_directory._name/_directory._name/_directory._name/base.name.ext.i",
            b"dh/director/director/director/director/director/director/director/base.name.ex016cdc8a365647fb47dc5e9268ec05f47983b0cf.i",
            b"dh/director/director/director/director/director/director/director/base.name.ex016cdc8a365647fb47dc5e9268ec05f47983b0cf.i",
        ],
    ),
    (
        b"data/aux./ b/.c/aux./ b/.c/aux./ b/.c/aux./ b/.c/aux./ b/.c/aux./ b/.c/aux./ b/.c/aux./ b/.c/aux./ b/.c/aux./ b/.c/aux./ b/.c/aux./ b/.c/.file.i",
        [
            b"data/aux./ b/.c/aux./ b/.c/aux./ b/.c/aux./ b/.c/aux./ b/.c/aux./ b/.c/aux./ b/.c/aux./ b/.c/aux./ b/.c/aux./ b/.c/aux./ b/.c/aux./ b/.c/.file.i",
            b"data/aux./ b/.c/aux./ b/.c/aux./ b/.c/aux./ b/.c/aux./ b/.c/aux./ b/.c/aux./ b/.c/aux./ b/.c/aux./ b/.c/aux./ b/.c/aux./ b/.c/aux./ b/.c/.file.i",
            b"dh/au~78~2e/ b/.c/au~78~2e/ b/.c/au~78~2e/ b/.c/au~78~2e/ b/.c/au~78~2e/.file.65bc44b045f58fff274b278a36fa910408b84336.i",
            b"dh/au~78~2e/~20b/~2ec/au~78~2e/~20b/~2ec/au~78~2e/~20b/~2ec/au~78~2e/~2efile.i65bc44b045f58fff274b278a36fa910408b84336.i",
        ],
    ),
    (
        b"data/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.i",
        [
            b"data/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.i",
            b"data/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.i",
            b"data/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.i",
            b"data/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.i",
        ],
    ),
    (
        b"data/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.i",
        [
            b"data/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.i",
            b"data/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.i",
            b"data/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.i",
            b"data/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.i",
        ],
    ),
    (
        b"data/XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX.i",
        [
            b"data/XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX.i",
            b"data/_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x_x.i",
            b"dh/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.if76e00f721e7c942822fc78069d63a2c579b57a1.i",
            b"dh/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.if76e00f721e7c942822fc78069d63a2c579b57a1.i",
        ],
    ),
    (
        b"data/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA.i",
        [
            b"data/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA.i",
            b"data/_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a_a.i",
            b"dh/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa80c11aa745eb530458652d65274fc4a1b5025d00.i",
            b"dh/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa80c11aa745eb530458652d65274fc4a1b5025d00.i",
        ],
    ),
    (
        b"data/com1/lpt2.x/com1/lpt2.x/com1/lpt2.x/com1/lpt2.x/com1/lpt2.x/com1/lpt2.x/com1/lpt2.x/com1/lpt2.x/com1/lpt2.x/com1/lpt2.x/com1/lpt2.x/com1/lpt2.x/com1/lpt2.x/com1/lpt2.x/com1/lpt2.x/prn.py.i",
        [
            b"data/com1/lpt2.x/com1/lpt2.x/com1/lpt2.x/com1/lpt2.x/com1/lpt2.x/com1/lpt2.x/com1/lpt2.x/com1/lpt2.x/com1/lpt2.x/com1/lpt2.x/com1/lpt2.x/com1/lpt2.x/com1/lpt2.x/com1/lpt2.x/com1/lpt2.x/prn.py.i",
            b"data/com1/lpt2.x/com1/lpt2.x/com1/lpt2.x/com1/lpt2.x/com1/lpt2.x/com1/lpt2.x/com1/lpt2.x/com1/lpt2.x/com1/lpt2.x/com1/lpt2.x/com1/lpt2.x/com1/lpt2.x/com1/lpt2.x/com1/lpt2.x/com1/lpt2.x/prn.py.i",
            b"dh/co~6d1/lp~742.x/co~6d1/lp~742.x/co~6d1/lp~742.x/co~6d1/lp~742.x/pr~6e.py.i85541b4e9f1885478454a4c3a7fce335db501c45.i",
            b"dh/co~6d1/lp~742.x/co~6d1/lp~742.x/co~6d1/lp~742.x/co~6d1/lp~742.x/pr~6e.py.i85541b4e9f1885478454a4c3a7fce335db501c45.i",
        ],
    ),
    (
        b"data/d.i/d.i/d.i/d.i/d.i/d.i/d.i/d.i/d.i/d.i/d.i/d.i/d.i/d.i/d.i/d.i/d.i/d.i/d.i/d.i/d.i/d.i/d.i/d.i/d.i/d.i/d.i/d.i/d.i/d.i/d.i/d.i/d.i/d.i/d.i/d.i/d.i/d.i/d.i/d.i/~\xff.i",
        [
            b"data/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/~\xff.i",
            b"data/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/~7e~ff.i",
            b"dh/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/~7e~ff.i83b89032622d46df8374b2d3ef4764d2538e4907.i",
            b"dh/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/d.i.hg/~7e~ff.i83b89032622d46df8374b2d3ef4764d2538e4907.i",
        ],
    ),
];

#[test]
fn names_as_mercurial_makes_them() {
    for (name, expected) in NAMES {
        for (encoding, expected) in ENCODINGS.iter().zip(expected) {
            let encoded = encoding.encode(RepoPath::new(name));
            assert_eq!(&*encoded, RepoPath::new(expected), "{encoding:?}");
        }
    }
}

#[test]
fn any_bytes_have_a_name() {
    for name in [
        &b""[..],
        b"/",
        b"data/",
        b"x",
        b"data//..",
        &[b'/'; 300],
        &[0xff; 300],
    ] {
        for encoding in ENCODINGS {
            let encoded = encoding.encode(RepoPath::new(name));
            assert!(encoding == Encoding::Directories || encoded.as_bytes().is_ascii());
        }
    }
}
