// SPDX-License-Identifier: GPL-2.0-or-later

//! From the tree of what was written to one that can be evaluated, quickly.
//!
//! What comes first in an intersection says in which order the members come, so that a tree may
//! only be changed as Mercurial changes it: weights and rewritings are its own.

use super::tree::{Op, Tree};
use crate::{Error, Result};

/// Puts real operations in the place of those that are short for others.
///
/// # Errors
/// [`Error::Parse`] for what cannot be evaluated.
pub(super) fn analyze(tree: Tree) -> Result<Tree> {
    let (op, mut of) = match tree {
        Tree::Node(op, of) => (op, of),
        other => return Ok(other),
    };
    let call = |name, of: Vec<Tree>| analyze(Tree::call(name, of));
    match op {
        Op::Minus => {
            let right = Tree::Node(Op::Not, of.split_off(1));
            of.push(right);
            analyze(Tree::Node(Op::And, of))
        }
        Op::Only | Op::OnlyPost => call("only", of),
        Op::DagRangeAll => Err(Error::parse("can't use '::' in this context", None)),
        Op::DagRangePre => call("ancestors", of),
        Op::DagRangePost => call("descendants", of),
        Op::Negate => match of.first().and_then(Tree::text) {
            Some(text) => Ok(Tree::String([b"-", text].concat())),
            None => Err(Error::parse("can't negate that", None)),
        },
        Op::Group => analyze(of.pop().unwrap_or(Tree::Nothing)),
        Op::KeyValue | Op::Func => {
            if let Some(last) = of.pop() {
                of.push(analyze(last)?);
            }
            Ok(Tree::Node(op, of))
        }
        _ => {
            let of = of.into_iter().map(analyze);
            Ok(Tree::Node(op, of.collect::<Result<_>>()?))
        }
    }
}

/// Returns how much work a predicate is.
fn weight(name: &[u8]) -> f64 {
    match name {
        b"first" | b"limit" | b"reverse" | b"wdir" | b"_intlist" => 0.0,
        b"ancestor" => 0.5,
        b"author" | b"branch" | b"closed" | b"date" | b"desc" | b"destination" | b"file"
        | b"grep" | b"keyword" | b"outgoing" | b"sort" | b"user" => 10.0,
        b"adds" | b"modifies" | b"removes" => 30.0,
        b"contains" | b"extdata" => 100.0,
        b"diffcontains" => 110.0,
        _ => 1.0,
    }
}

/// Returns a tree with the same meaning that is less work.
///
/// # Errors
/// [`Error::Parse`] where something else than a name is called.
pub(super) fn optimize(tree: Tree) -> Result<Tree> {
    weighed(tree).map(|(_, tree)| tree)
}

/// Returns the sets of `ancestors(x) and not ancestors(y)`.
fn only(a: &Tree, b: &Tree) -> Option<Tree> {
    let include = a.only_argument(b"ancestors")?;
    let [excluded] = b.node(Op::Not)? else {
        return None;
    };
    let exclude = excluded.only_argument(b"ancestors")?;
    Some(Tree::call("only", vec![include.clone(), exclude.clone()]))
}

fn and(a: (f64, Tree), b: (f64, Tree)) -> (f64, Tree) {
    let ((weight_a, a), (weight_b, b)) = (a, b);
    let least = weight_a.min(weight_b);
    if let (Some((phase, Tree::Nothing)), Some(heads)) =
        (a.function(), b.only_argument(b"ancestors"))
        && matches!(phase, b"draft" | b"secret" | b"_notpublic")
    {
        let phase = Tree::Symbol(phase.to_vec());
        let tree = Tree::call("_phaseandancestors", vec![phase, heads.clone()]);
        return (least, tree);
    }
    if let Some(tree) = only(&a, &b).or_else(|| only(&b, &a)) {
        return (least, tree);
    }
    match b {
        Tree::Node(Op::Not, mut of)
            if !matches!(
                of[..],
                [Tree::Node(Op::List | Op::KeyValue, _) | Tree::Nothing]
            ) =>
        {
            of.insert(0, a);
            (weight_a, Tree::Node(Op::Difference, of))
        }
        b => {
            let op = if weight_a > weight_b {
                Op::AndSmally
            } else {
                Op::And
            };
            (least, Tree::Node(op, vec![a, b]))
        }
    }
}

/// Returns alternatives, of which single revisions side by side become one list.
fn or(list: Vec<Tree>) -> Result<(f64, Tree)> {
    let mut made: Vec<(f64, Tree)> = Vec::new();
    let mut names: Vec<Tree> = Vec::new();
    let flush = |names: &mut Vec<Tree>, made: &mut Vec<(f64, Tree)>| match names.len() {
        0 => {}
        1 => made.extend(names.pop().map(|name| (0.5, name))),
        _ => {
            let texts: Vec<&[u8]> = names.iter().filter_map(Tree::text).collect();
            let list = Tree::String(texts.join(&0));
            made.push((1.5, Tree::call("_list", vec![list])));
            names.clear();
        }
    };
    for part in list {
        let (weight, part) = weighed(part)?;
        if part.text().is_some() {
            names.push(part);
            continue;
        }
        flush(&mut names, &mut made);
        made.push((weight, part));
    }
    flush(&mut names, &mut made);
    if made.len() == 1 {
        return Ok(made.swap_remove(0));
    }
    let heaviest = made.iter().map(|(weight, _)| *weight).fold(0.0, f64::max);
    let list = made.into_iter().map(|(_, tree)| tree).collect();
    Ok((
        heaviest,
        Tree::Node(Op::Or, vec![Tree::Node(Op::List, list)]),
    ))
}

fn weighed(tree: Tree) -> Result<(f64, Tree)> {
    let (op, mut of) = match tree {
        Tree::Nothing => return Ok((0.0, tree)),
        Tree::Node(op, of) => (op, of),
        text => return Ok((0.5, text)),
    };
    match (op, of.len()) {
        (Op::And, 2) => {
            let right = weighed(of.swap_remove(1))?;
            let left = weighed(of.swap_remove(0))?;
            Ok(and(left, right))
        }
        (Op::Or, 1) => match of.swap_remove(0) {
            Tree::Node(Op::List, list) => or(list),
            other => or(vec![other]),
        },
        (Op::Not, 1) => {
            let inside = of.swap_remove(0);
            if inside.function() == Some((b"public", &Tree::Nothing)) {
                return Ok((1.0, Tree::call("_notpublic", Vec::new())));
            }
            let (weight, inside) = weighed(inside)?;
            Ok((weight, Tree::Node(op, vec![inside])))
        }
        (Op::RangeAll, _) => Ok((1.0, Tree::Node(op, of))),
        (Op::Parent | Op::Ancestor | Op::Relation | Op::Subscript | Op::RelSubscript, _) => {
            let (weight, first) = weighed(of.remove(0))?;
            of.insert(0, first);
            Ok((weight, Tree::Node(op, of)))
        }
        (Op::KeyValue, 2) => {
            let (weight, value) = weighed(of.swap_remove(1))?;
            of.push(value);
            Ok((weight, Tree::Node(op, of)))
        }
        (Op::Func, 2) => {
            let arguments = of.swap_remove(1);
            let Tree::Symbol(name) = of.swap_remove(0) else {
                return Err(Error::parse("not a symbol", None));
            };
            let (of_arguments, arguments) = weighed(arguments)?;
            let weight = weight(&name) + of_arguments;
            if let Some(revs) = arguments.only_argument(b"commonancestors")
                && name == b"heads"
            {
                let tree = Tree::call("_commonancestorheads", vec![revs.clone()]);
                return Ok((weight, tree));
            }
            Ok((weight, Tree::Node(op, vec![Tree::Symbol(name), arguments])))
        }
        // ranges and lists: all that they are made of
        _ => {
            let (mut sum, mut made) = (0.0, Vec::with_capacity(of.len()));
            for part in of {
                let (weight, part) = weighed(part)?;
                sum += weight;
                made.push(part);
            }
            Ok((sum, Tree::Node(op, made)))
        }
    }
}
