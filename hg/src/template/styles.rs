// SPDX-License-Identifier: GPL-2.0-or-later

//! The styles that come with Mercurial, `-T compact` and so on.
//!
//! A style is templates with names. That of a changeset is `changeset`, with `_verbose` and
//! `_quiet` behind its name where it is another one then; lists are shown by templates that are
//! called like their items. What styles print is Mercurial's; how they are put together is ours.

use std::collections::HashMap;

/// A template and its name.
type Named = (&'static str, &'static str);

/// Templates that are there whatever the style.
const ALWAYS: &[Named] = &[
    ("parent", "{rev}:{node|formatnode} "),
    ("manifest", "{rev}:{node|formatnode}"),
    ("file_copy", "{name} ({source})"),
    ("filecopy", "{name} ({source})"),
    ("envvar", "{key}={value}"),
    ("extra", "{key}={value|stringescape}"),
];

/// Lines with a title each, of which other styles are made too.
const LINES: &[Named] = &[
    (
        "changeset",
        "{line_id}{line_names}{parents}{line_who}{line_troubles}{line_summary}\n",
    ),
    (
        "changeset_quiet",
        "{label('log.node', '{rev}:{node|short}')}\n",
    ),
    (
        "changeset_verbose",
        "{line_id}{line_names}{parents}{line_who}{line_troubles}{line_files}{line_text}\n",
    ),
    (
        "line_id",
        "{label(separate(' ', 'log.changeset', 'changeset.{phase}', \
         if(obsolete, 'changeset.obsolete'), if(instabilities, 'changeset.unstable'), \
         join(instabilities % 'instability.{instability}', ' ')), \
         'changeset:   {rev}:{node|short}')}\n",
    ),
    ("line_names", "{branches}{bookmarks}{tags}"),
    ("branch", "{label('log.branch', 'branch:      {branch}')}\n"),
    (
        "bookmark",
        "{label('log.bookmark', 'bookmark:    {bookmark}')}\n",
    ),
    ("tag", "{label('log.tag', 'tag:         {tag}')}\n"),
    (
        "parent",
        "{label('log.parent changeset.{phase}', 'parent:      {rev}:{node|formatnode}')}\n",
    ),
    ("manifest", "manifest:    {rev}:{node}\n"),
    (
        "line_who",
        "{label('log.user', 'user:        {author}')}\n\
         {label('log.date', 'date:        {date(date)}')}\n",
    ),
    (
        "line_troubles",
        "{if(instabilities, label('log.instability', \
         'instability: {join(instabilities, \", \")}\\n'))}\
         {if(obsfate, label('log.obsfate', '{obsfate % \"obsolete:    {fate}\\n\"}'))}",
    ),
    (
        "line_summary",
        "{if(desc, label('log.summary', 'summary:     {desc|firstline}\\n'))}",
    ),
    (
        "line_files",
        "{if(files, label('ui.note log.files', 'files:       {files}\\n'))}",
    ),
    (
        "line_text",
        "{if(desc, '{label(\"ui.note log.description\", \"description:\\n\")}\
         {label(\"ui.note log.description\", desc)}\\n\\n')}",
    ),
    (
        "line_phase",
        "{label('log.phase', 'phase:       {phase}')}\n",
    ),
    (
        "status",
        "{status} {relpath(path)}\n{if(source, '  {relpath(source)}\\n')}",
    ),
];

const BISECT: &[Named] = &[
    (
        "changeset",
        "{line_id}{line_bisect}{line_names}{parents}{line_who}{line_summary}\n",
    ),
    (
        "changeset_quiet",
        "{label(bisect_label, '{bisect|shortbisect}')} {rev}:{node|short}\n",
    ),
    (
        "changeset_verbose",
        "{line_id}{line_bisect}{line_names}{parents}{line_who}{line_files}{line_text}\n",
    ),
    (
        "line_bisect",
        "{label(bisect_label, 'bisect:      {bisect}\\n')}",
    ),
    (
        "bisect_label",
        "log.bisect{if(bisect, ' bisect.{word(\"0\", bisect)}')}",
    ),
];

const PHASES: &[Named] = &[
    (
        "changeset",
        "{line_id}{line_names}{line_phase}{parents}{line_who}{line_summary}\n",
    ),
    (
        "changeset_verbose",
        "{line_id}{line_names}{line_phase}{parents}{line_who}{line_files}{line_text}\n",
    ),
];

const STATUS: &[Named] = &[
    (
        "changeset",
        "{line_id}{line_names}{parents}{line_who}{line_summary}{line_states}\n",
    ),
    (
        "changeset_verbose",
        "{line_id}{line_names}{parents}{line_who}{line_text}{line_states}\n",
    ),
    (
        "line_states",
        "{if(files, label('ui.note log.files', 'files:\\n'))}\
         {file_mods % '{label(\"status.modified\", \"M {file}\\n\")}'}\
         {file_adds % '{label(\"status.added\", \"A {file}\\n\")}'}\
         {file_dels % '{label(\"status.removed\", \"R {file}\\n\")}'}",
    ),
];

const COMPACT: &[Named] = &[
    (
        "changeset",
        "{line_rev}{tags}{bookmarks}{parents}   {line_node}   {line_date}   \
         {label('log.user', author|user)}\n  \
         {label('ui.note log.description', desc|firstline|strip)}\n\n",
    ),
    ("changeset_quiet", "{line_rev}:{line_node}\n"),
    (
        "changeset_verbose",
        "{line_rev}{tags}{parents}   {line_node}   {line_date}   {label('log.user', author)}\n  \
         {label('ui.note log.description', desc)}\n\n",
    ),
    (
        "line_rev",
        "{label('log.changeset changeset.{phase}', rev)}",
    ),
    ("line_node", "{label('log.node', node|short)}"),
    ("line_date", "{label('log.date', date|isodate)}"),
    ("start_tags", "["),
    ("tag", "{label('log.tag', '{tag},')}"),
    ("last_tag", "{tag}]"),
    ("start_bookmarks", "["),
    ("bookmark", "{label('log.bookmark', '{bookmark},')}"),
    ("last_bookmark", "{bookmark}]"),
    ("start_parents", ":"),
    ("parent", "{line_rev},"),
    ("last_parent", "{line_rev}"),
];

const CHANGELOG: &[Named] = &[
    ("header", "{line_head}\n\n"),
    ("header_verbose", ""),
    ("line_head", "{shortdate(date)}  {line_user}"),
    ("line_user", "{person(author)}  <{email(author)}>"),
    ("line_text", "{strip(tabindent(fill68(desc)))}"),
    (
        "changeset",
        "\t* {tabindent(fill68(stringify(files)))}{line_text}\n\t[{node|short}]{tags}{branches}\n\n",
    ),
    (
        "changeset_quiet",
        "\t* {strip(tabindent(fill68(firstline(desc))))}\n\n",
    ),
    (
        "changeset_verbose",
        "{isodate(date)}  {line_user}  ({node|short}{tags}{branches})\n\n\t* \
         {tabindent(fill68(stringify(file_adds)))}{tabindent(fill68(stringify(file_dels)))}\
         {tabindent(fill68(stringify(files)))}{line_text}\n\n",
    ),
    ("start_tags", " ["),
    ("tag", "{tag}, "),
    ("last_tag", "{tag}]"),
    ("start_branches", " <"),
    ("branch", "{branch}, "),
    ("last_branch", "{branch}>"),
    ("file", "{file}, "),
    ("last_file", "{file}:\n\t"),
    ("file_add", "{file_add}, "),
    ("last_file_add", "{file_add}: new file.\n* "),
    ("file_del", "{file_del}, "),
    ("last_file_del", "{file_del}: deleted file.\n* "),
];

const XML: &[Named] = &[
    ("docheader", "<?xml version=\"1.0\"?>\n<log>\n"),
    ("docfooter", "</log>\n"),
    ("changeset", "{entry_head}{entry_text}</logentry>\n"),
    (
        "changeset_verbose",
        "{entry_head}{entry_text}<paths>\n{file_adds}{file_dels}{file_mods}</paths>\n{file_copies}\
         </logentry>\n",
    ),
    (
        "entry_head",
        "<logentry revision=\"{rev}\" node=\"{node}\">\n{branches}{bookmarks}{tags}{parents}",
    ),
    (
        "entry_text",
        "<author email=\"{xmlescape(email(author))}\">{xmlescape(person(author))}</author>\n\
         <date>{date|rfc3339date}</date>\n\
         <msg xml:space=\"preserve\">{desc|xmlescape}</msg>\n",
    ),
    (
        "file_add",
        "<path action=\"A\">{file_add|xmlescape}</path>\n",
    ),
    (
        "file_mod",
        "<path action=\"M\">{file_mod|xmlescape}</path>\n",
    ),
    (
        "file_del",
        "<path action=\"R\">{file_del|xmlescape}</path>\n",
    ),
    ("start_file_copies", "<copies>\n"),
    (
        "file_copy",
        "<copy source=\"{source|xmlescape}\">{name|xmlescape}</copy>\n",
    ),
    ("end_file_copies", "</copies>\n"),
    ("parent", "<parent revision=\"{rev}\" node=\"{node}\" />\n"),
    ("branch", "<branch>{branch|xmlescape}</branch>\n"),
    ("tag", "<tag>{tag|xmlescape}</tag>\n"),
    ("bookmark", "<bookmark>{bookmark|xmlescape}</bookmark>\n"),
];

/// Returns the templates that are there whatever else there is.
pub(super) fn always() -> HashMap<Vec<u8>, Vec<u8>> {
    collected(&[ALWAYS])
}

/// Returns the templates of a style, `None` if there is none with this name.
pub(super) fn find(name: &[u8]) -> Option<HashMap<Vec<u8>, Vec<u8>>> {
    Some(match name {
        b"default" | b"show" => collected(&[ALWAYS, LINES]),
        b"bisect" => collected(&[ALWAYS, LINES, BISECT]),
        b"phases" => collected(&[ALWAYS, LINES, PHASES]),
        b"status" => collected(&[ALWAYS, LINES, STATUS]),
        b"compact" => collected(&[ALWAYS, COMPACT]),
        b"changelog" => collected(&[ALWAYS, CHANGELOG]),
        b"xml" => collected(&[ALWAYS, XML]),
        _ => return None,
    })
}

fn collected(parts: &[&[Named]]) -> HashMap<Vec<u8>, Vec<u8>> {
    let all = parts.iter().copied().flatten();
    all.map(|(name, text)| (name.as_bytes().to_vec(), text.as_bytes().to_vec()))
        .collect()
}
