// SPDX-License-Identifier: GPL-2.0-or-later

//! Expressions with values put into them.

use vermilion_core::Node;

use super::arguments::wrong;
use super::tree::quoted;
use crate::Result;
use crate::text::repr;

/// A value for an expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// The number of a revision.
    Number(i64),
    /// A text, or an expression for `%r`.
    Text(Vec<u8>),
    /// Several values.
    List(Vec<Value>),
}

/// Returns an expression in which values are in the places of their directives, quoted so that they
/// mean nothing else.
///
/// | directive | value |
/// | --- | --- |
/// | `%d` | a number |
/// | `%s` | a text |
/// | `%b` | the name of a branch |
/// | `%n` | a node: 20 bytes, or 40 hexadecimal digits |
/// | `%r` | an expression |
/// | `%ld`, `%ls` and so on | any number of these |
/// | `%ps` and so on | these as arguments of a function |
/// | `%%` | a percent sign |
///
/// ```
/// use vermilion_hg::revset::{Value, format};
///
/// let spec = format(b"%d:: and user(%s)", &[Value::Number(7), Value::Text(b"it's".to_vec())])?;
/// assert_eq!(spec, br"_rev(7):: and user('it\'s')");
/// # Ok::<(), vermilion_hg::Error>(())
/// ```
///
/// # Errors
/// [`Error::Parse`](crate::Error::Parse) for another directive, a value that does not fit, and too
/// many or too few of them.
pub fn format(template: &[u8], values: &[Value]) -> Result<Vec<u8>> {
    let (mut made, mut values) = (Vec::new(), values.iter());
    let mut rest = template;
    while let Some(percent) = rest.iter().position(|&byte| byte == b'%') {
        made.extend(&rest[..percent]);
        rest = &rest[percent + 1..];
        let Some((&directive, after)) = rest.split_first() else {
            return wrong("incomplete revspec format character");
        };
        rest = after;
        if directive == b'%' {
            made.push(b'%');
            continue;
        }
        let Some(value) = values.next() else {
            return wrong("missing argument for revspec");
        };
        if !matches!(directive, b'l' | b'p') {
            made.extend(one(directive, value)?);
            continue;
        }
        let Some((&of, after)) = rest.split_first() else {
            return wrong("incomplete revspec format character");
        };
        rest = after;
        let Value::List(values) = value else {
            return wrong("invalid argument for revspec");
        };
        made.extend(if directive == b'l' {
            list(of, values)?
        } else {
            let values = values.iter().map(|value| one(of, value));
            values.collect::<Result<Vec<_>>>()?.join(&b", "[..])
        });
    }
    made.extend(rest);
    if values.next().is_some() {
        return wrong("too many revspec arguments specified");
    }
    Ok(made)
}

fn one(directive: u8, value: &Value) -> Result<Vec<u8>> {
    match (directive, value) {
        (b'd', Value::Number(number)) => Ok(format!("_rev({number})").into_bytes()),
        (b's' | b'b', Value::Text(text)) => Ok(quoted(text)),
        (b'n', Value::Text(node)) => match hex(node) {
            Some(hex) => Ok(quoted(hex.as_bytes())),
            None => unfit(directive, value),
        },
        (b'r', Value::Text(expression)) => {
            // An error in it is to be one of it alone.
            super::parse(expression)?;
            Ok([b"(", &expression[..], b")"].concat())
        }
        (b'd' | b's' | b'b' | b'n' | b'r', _) => unfit(directive, value),
        _ => {
            let directive = char::from(directive);
            wrong(format!("unexpected revspec format character {directive}"))
        }
    }
}

fn unfit<T>(directive: u8, value: &Value) -> Result<T> {
    let value = match value {
        Value::Number(number) => number.to_string(),
        Value::Text(text) => repr(text),
        Value::List(_) => "a list".to_owned(),
    };
    let directive = char::from(directive);
    wrong(format!(
        "invalid argument for revspec: %{directive} != {value}"
    ))
}

fn hex(node: &[u8]) -> Option<String> {
    let node = Node::try_from(node).ok().or_else(|| Node::from_hex(node));
    node.map(|node| node.to_string())
}

fn list(directive: u8, values: &[Value]) -> Result<Vec<u8>> {
    match values {
        [] => return Ok(b"_list('')".to_vec()),
        [value] => return one(directive, value),
        _ => {}
    }
    let text = |value: &Value| match (directive, value) {
        (b'd', Value::Number(number)) => Ok(number.to_string().into_bytes()),
        (b's' | b'b', Value::Text(text)) => Ok(text.clone()),
        (b'n', Value::Text(node)) => match hex(node) {
            Some(hex) => Ok(hex.into_bytes()),
            None => unfit(directive, value),
        },
        _ => wrong("invalid argument for revspec"),
    };
    let function = match directive {
        b'd' => "_intlist",
        b's' | b'b' => "_list",
        b'n' => "_hexlist",
        _ => {
            // in halves, so that nothing gets deep
            let (first, second) = values.split_at(values.len() / 2);
            let (first, second) = (list(directive, first)?, list(directive, second)?);
            return Ok([b"(", &first[..], b" or ", &second, b")"].concat());
        }
    };
    let texts = values.iter().map(text).collect::<Result<Vec<_>>>()?;
    let joined = quoted(&texts.join(&0));
    Ok([function.as_bytes(), b"(", &joined, b")"].concat())
}
