// SPDX-License-Identifier: GPL-2.0-or-later

//! Templates beside `hg log -T`, where `VERMILION_HG` names an hg.
//!
//! All of hg's answers come from one process, a command server. Ours come from the program, behind
//! which there is an hg that only says that it was asked.

mod hg;
mod history;
mod random;
mod words;

use hg::Fixture;
use history::handmade;
use random::{Numbers, random};
use words::{FILTERS, KEYWORDS};

/// Templates of all kinds.
fn templates() -> Vec<String> {
    let mut all: Vec<String> = include_str!("lines.txt")
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(str::to_string)
        .collect();
    for keyword in KEYWORDS {
        all.push(format!("{{{keyword}}}\\n"));
        all.push(format!("{{{keyword}|json}}\\n"));
        all.push(format!(
            "{{if({keyword}, \"y\", \"n\")}}{{join({keyword}, \",\")}}\\n"
        ));
        all.push(format!("{{{keyword} % \"<{{{keyword}}}>\"}}\\n"));
        all.push(format!(
            "{{{keyword}|count}}{{{keyword}|stringify|count}}\\n"
        ));
        all.push(format!(
            "{{p1.{keyword}}} {{parents % \"{{{keyword}}};\"}}\\n"
        ));
        all.push(format!("{{dict({keyword})|json}}{{dict(k={keyword})}}\\n"));
    }
    for filter in FILTERS {
        for keyword in [
            "desc", "author", "node", "date", "files", "tags", "branch", "rev",
        ] {
            all.push(format!("{{{keyword}|{filter}}}\\n"));
        }
    }
    all
}

#[test]
fn of_all_kinds() {
    let Some(fixture) = Fixture::new() else {
        return;
    };
    let (mut server, root) = fixture.server("handmade");
    handmade(&mut server, &root, true);
    let templates = templates();
    let mut lines: Vec<Vec<String>> = Vec::new();
    for template in &templates {
        lines.push(vec!["log".into(), "--template".into(), template.clone()]);
    }
    let others = [
        "log -T json",
        "log -v -T json",
        "log -q -T json",
        "log --hidden -T json",
        "log -T json(rev,node,desc) -l 3",
        "log -T own",
        "log -T other",
        "log -T constant",
        "log -pT {rev}\\n -l 2",
        "log --stat -T {rev}\\n -l 2",
        "tip -T {rev}\\n",
        "tip -T json",
        "heads -T {rev}\\n",
        "heads --style compact",
        "parents -T {node}\\n",
        "parents -T json",
        "log -l 2 --config command-templates.log={rev}--",
        "log -l 2 --config ui.style=compact",
        "log -l 2 --config ui.logtemplate='{rev}+{node|short}'",
        "log -T {onelinesummary}\\n --config command-templates.oneline-summary={rev}{desc}",
        "log --hidden -T {rev}{obsolete}\\n",
        "log -r null -T {rev}:{node}:{parents}:{tags}:{branch}\\n",
        "log -T {index}:{rev}\\n",
        "log -r reverse(1:3) -T {index}{rev}{negrev}\\n",
        "tip -T xml",
        "parents --style changelog",
        "heads -T '{rev}\\n' --config command-templates.log=x",
        "log -T ./nothing",
        "log -T a/b{rev}",
    ];
    lines.extend(
        others
            .iter()
            .map(|line| line.split(' ').map(str::to_string).collect()),
    );
    let commands = [
        "tags",
        "bookmarks",
        "branches",
        "branches -c",
        "status",
        "status -A",
        "status -C",
        "files",
        "files -r 1",
        "manifest",
        "manifest -r tip",
        "identify",
        "identify -r 1",
        "id -r tip",
        "cat -r 0 a",
        "cat -r 1 dir",
        "root",
        "config ui.username",
        "status -Td",
        "-q tags",
    ];
    let of_items = [
        "json",
        "{dict(rev, node, branch, tags)|json}\\n",
        "{rev}:{node|short}\\n",
        "constant",
        "{tag} {bookmark} {branch} {path} {id} {reporoot}\\n",
        "{status} {path} {source}\\n",
        "default",
        "{type}{active}{closed}{current}{itemtype}{dirty}\\n",
        "{index}: {desc|firstline} {author}\\n",
        "{parents} {tags % '{tag};'} {bookmarks % '{bookmark};'}{join(tags, '+')}\\n",
        "status",
        "own",
        "{name}={value}\\n",
        "{hash} {mode} {type} {path}\\n",
        "{data}|{path}\\n",
        "{size}\\n",
        "{hgpath} {storepath}\\n",
        "json(rev, tag, path)",
        "{p1.rev} {p1.desc|firstline}\\n",
        "compact",
        "{tags}|{bookmarks}|{id|short}|{node|shortest}\\n",
        "{if(active, '*', ' ')} {pad(bookmark, 12)}|\\n",
        "{status}{if(status, ' ')}{path|basename} {relpath(path)}\\n",
        "{phase} {date|isodate} {files}\\n",
    ];
    for command in commands {
        for template in of_items {
            let words = command.split(' ').chain(["-T", template]);
            lines.push(words.map(str::to_string).collect());
        }
    }
    let alike = fixture.compare(&mut server, &root, &lines);
    assert!(alike > 500, "{alike}");
}

#[test]
fn styles_and_what_is_shown_of_nothing_obsolete() {
    let Some(fixture) = Fixture::new() else {
        return;
    };
    let (mut server, root) = fixture.server("plain");
    handmade(&mut server, &root, false);
    let mut lines: Vec<Vec<String>> = Vec::new();
    for style in [
        "default",
        "compact",
        "changelog",
        "xml",
        "status",
        "phases",
        "bisect",
        "show",
    ] {
        for flag in ["-y", "-v", "-q"] {
            for option in ["--style", "-T"] {
                lines.push(vec!["log".into(), flag.into(), option.into(), style.into()]);
            }
        }
    }
    for keyword in [
        "obsfate",
        "successorssets",
        "succsandmarkers",
        "predecessors",
        "whyunstable",
    ] {
        for template in [
            format!("{{rev}}{{{keyword}}}\\n"),
            format!("{{{keyword}|json}}\\n"),
            format!("{{{keyword} % 'x{{fate}}'}}{{if({keyword}, 'y', 'n')}}\\n"),
        ] {
            lines.push(vec!["log".into(), "-T".into(), template]);
        }
    }
    let alike = fixture.compare(&mut server, &root, &lines);
    assert!(alike > 50, "{alike}");
}

#[test]
fn at_random() {
    let Some(fixture) = Fixture::new() else {
        return;
    };
    let (mut server, root) = fixture.server("random");
    handmade(&mut server, &root, true);
    let mut numbers = Numbers::new(0x2545_f491_4f6c_dd1d);
    let count = match std::env::var_os("VERMILION_THOROUGH") {
        Some(_) => 4000,
        None => 400,
    };
    let lines: Vec<Vec<String>> = (0..count)
        .map(|_| {
            let template = format!(
                "{{{}}}|{{{}}}\\n",
                random(&mut numbers, 3),
                random(&mut numbers, 2)
            );
            vec!["log".into(), "-T".into(), template]
        })
        .collect();
    let alike = fixture.compare(&mut server, &root, &lines);
    assert!(alike > count / 10, "{alike}");
}

#[test]
fn of_random_histories() {
    let Some(fixture) = Fixture::new() else {
        return;
    };
    let count = match std::env::var_os("VERMILION_THOROUGH") {
        Some(_) => 30,
        None => 2,
    };
    for seed in 1..=count {
        let mut numbers = Numbers::new(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(seed));
        let (mut server, root) = fixture.server(&format!("random{seed}"));
        history::at_random(&mut server, &root, &mut numbers);
        let mut lines: Vec<Vec<String>> = Vec::new();
        for keyword in KEYWORDS {
            let template = format!("{{rev}} {{{keyword}|json}}|{{{keyword}}}\\n");
            lines.push(vec!["log".into(), "-T".into(), template]);
        }
        for template in [
            "{rev}{latesttag % ' {tag}+{distance}+{changes}'}{latesttag('re:v[12]')}\\n",
            "{file_copies % '{source}>{name};'}{files % '{status}{file} {size};'}\\n",
            "{parents}{children}{p1.rev}{p2.rev}{parents % '{p1.file_mods}'}\\n",
            "{shortest(node, 1)}{diff()}\\n",
            "{revset('parents(%d)', rev)}{revset('head()') % '{rev}{branch}'}\\n",
            "{namespaces % '{names % \"{name};\"}'}{graphnode}{bisect}\\n",
            "json",
            "default",
            "xml",
            "status",
        ] {
            lines.push(vec![
                "log".into(),
                "-v".into(),
                "-T".into(),
                template.into(),
            ]);
        }
        for command in [
            "heads",
            "parents",
            "tags",
            "branches -c",
            "status -A",
            "id",
            "manifest",
        ] {
            let words = command.split(' ').chain(["-T", "json"]);
            lines.push(words.map(str::to_string).collect());
        }
        fixture.compare(&mut server, &root, &lines);
    }
}
