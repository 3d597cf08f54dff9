// SPDX-License-Identifier: GPL-2.0-or-later

//! The lines of a graph.
//!
//! A column is a changeset that is still to come, by its number. A changeset takes the place of its
//! column, and its parents, as far as they have no column yet, come in its place. By each step the
//! number of columns changes by one at most, so that a changeset with many new parents takes
//! several. What is drawn is what Mercurial's `graphmod.py` draws.

use std::collections::HashMap;

use vermilion_core::Rev;
use vermilion_core::text::trim_end;

/// How a changeset is connected with one further down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Edge {
    /// It is a parent.
    Parent,
    /// It is an ancestor, and what is between is not shown.
    Ancestor,
    /// It is a parent that is not shown, nor is an ancestor of it.
    Missing,
}

/// A character of a line; `None` is where an edge ends.
type Cell = Option<u8>;

const SPACE: Cell = Some(b' ');

/// How edges of each kind are drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Styles {
    /// Edges to parents and to what is no parent: a character, and `None` for those that end.
    pub(super) ancestor: Cell,
    pub(super) missing: Cell,
}

impl Default for Styles {
    fn default() -> Self {
        Styles {
            ancestor: Some(b':'),
            missing: None,
        }
    }
}

/// A graph as far as it is drawn.
#[derive(Debug, Default)]
pub(super) struct Graph {
    styles: Styles,
    /// The changesets to come, from left to right.
    columns: Vec<Rev>,
    /// How the edge of each column is drawn.
    edges: HashMap<Rev, Cell>,
    /// The column of the last step, and how many columns it added.
    last: (usize, isize),
}

/// One line of a changeset with those that lead on from it.
struct Step {
    /// What is drawn in the column.
    symbol: u8,
    /// The column of the changeset.
    at: usize,
    /// From which column to which one edges go.
    moves: Vec<(usize, usize)>,
    /// The number of columns, and how many more there are behind it.
    columns: usize,
    more: isize,
}

impl Graph {
    /// Returns a graph of which nothing is drawn.
    pub(super) fn new(styles: Styles) -> Graph {
        Graph {
            styles,
            ..Graph::default()
        }
    }

    /// Returns how many characters the first line of a changeset takes, if it is drawn next.
    pub(super) fn width(&self, rev: Rev, parents: &[(Edge, Rev)]) -> usize {
        let is_new = |rev: &Rev| !self.columns.contains(rev);
        let columns = self.columns.len() + usize::from(is_new(&rev));
        let mut new: Vec<Rev> = parents.iter().map(|(_, parent)| *parent).collect();
        new.retain(|parent| is_new(parent) && *parent != rev);
        // The first step adds one at most.
        1 + 2 * columns + 2 * usize::from(new.len() > 1)
    }

    /// Appends a changeset, whose text has these lines, with its part of the graph.
    pub(super) fn draw(
        &mut self,
        rev: Rev,
        symbol: u8,
        parents: &[(Edge, Rev)],
        text: &[&[u8]],
        out: &mut Vec<u8>,
    ) {
        let mut text = text;
        for step in self.steps(rev, symbol, parents) {
            let lines = self.lines(&step, text.len());
            let width = 2 * step
                .columns
                .max(step.columns.wrapping_add_signed(step.more));
            for (number, line) in lines.iter().enumerate() {
                let start = out.len();
                out.extend(line.iter().map(|cell| cell.unwrap_or(b' ')));
                let drawn = out.len() - start;
                out.extend(std::iter::repeat_n(b' ', width.saturating_sub(drawn) + 1));
                out.extend_from_slice(text.get(number).copied().unwrap_or_default());
                out.truncate(start + trim_end(&out[start..]).len());
                out.push(b'\n');
            }
            text = &[];
        }
    }

    /// Puts the parents into the place of a changeset; returns how that is drawn.
    fn steps(&mut self, rev: Rev, symbol: u8, parents: &[(Edge, Rev)]) -> Vec<Step> {
        let at = self.column(rev).unwrap_or_else(|| {
            self.columns.push(rev);
            self.columns.len() - 1
        });
        let (mut known, mut new) = (Vec::new(), Vec::new());
        for &(edge, parent) in parents.iter().filter(|(_, parent)| *parent != rev) {
            if self.columns.contains(&parent) {
                known.push(parent);
                continue;
            }
            new.push(parent);
            let style = match edge {
                Edge::Parent => Some(b'|'),
                Edge::Ancestor => self.styles.ancestor,
                Edge::Missing => self.styles.missing,
            };
            self.edges.insert(parent, style);
        }
        let columns = self.columns.len();
        self.columns.splice(at..=at, new.iter().copied());
        let moves = known
            .iter()
            .filter_map(|&parent| Some((at, self.column(parent)?)));
        let mut step = Step {
            symbol,
            at,
            moves: moves.collect(),
            columns,
            more: 1,
        };
        let mut steps = Vec::new();
        for _ in 2..new.len() {
            step.moves
                .extend([(step.at, step.at), (step.at, step.at + 1)]);
            let next = Step {
                symbol: b'\\',
                at: step.at + 1,
                moves: Vec::new(),
                columns: step.columns + 1,
                more: 1,
            };
            steps.push(std::mem::replace(&mut step, next));
        }
        if !new.is_empty() {
            step.moves.push((step.at, step.at));
        }
        if new.len() > 1 {
            step.moves.push((step.at, step.at + 1));
        }
        step.more = self.columns.len() as isize - step.columns as isize;
        self.edges.remove(&rev);
        steps.push(step);
        steps
    }

    fn column(&self, rev: Rev) -> Option<usize> {
        self.columns.iter().position(|&column| column == rev)
    }

    /// Returns the lines of a step, at least as many as there are of the text.
    fn lines(&mut self, step: &Step, text: usize) -> Vec<Vec<Cell>> {
        let mut moves = step.moves.clone();
        if step.more == -1 {
            // What goes to the right crosses a column that goes to the left.
            for (from, to) in &mut moves {
                *to += usize::from(*to > *from);
            }
        }
        let behind = step.columns.wrapping_add_signed(step.more);
        let upright = self.upright(behind);
        let is_long = moves.iter().any(|&(from, to)| from + 1 < to);
        let is_padded = text > 2 && step.more == -1 && is_long;
        let mut line = before(&upright, step.at).to_vec();
        line.extend([Some(step.symbol), SPACE]);
        line.extend(self.rest_of_line(step, &upright, text <= 2 && !is_padded));
        let mut between = before(&upright, step.at).to_vec();
        between.extend(std::iter::repeat_n(SPACE, (2 + step.more) as usize));
        let others = step.columns - step.at - 1;
        match step.more {
            0 => between.extend_from_slice(&upright[2 * (step.at + 1)..2 * step.columns]),
            more => {
                let leaning = Some(if more < 0 { b'/' } else { b'\\' });
                between.extend([leaning, SPACE].repeat(others));
            }
        }
        connect(&moves, &upright, &mut line, &mut between);
        let mut lines = vec![line];
        if is_padded {
            lines.push(padding(step, &upright, &moves));
        }
        lines.push(between);
        let extra = before(&upright, behind).to_vec();
        while lines.len() < text {
            lines.push(extra.clone());
        }
        self.end(&mut lines, &extra);
        self.last = (step.at, step.more);
        lines
    }

    /// Returns a line on which all columns go straight on.
    fn upright(&self, at_least: usize) -> Vec<Cell> {
        let styles = self.columns.iter().map(|rev| self.edges.get(rev).copied());
        let mut cells: Vec<Cell> = styles
            .flat_map(|style| [style.unwrap_or(Some(b'|')), SPACE])
            .collect();
        while cells.len() < 2 * at_least {
            cells.extend([Some(b'|'), SPACE]);
        }
        cells
    }

    /// Returns what is to the right of a changeset on its line.
    fn rest_of_line(&self, step: &Step, upright: &[Cell], may_lean: bool) -> Vec<Cell> {
        let others = step.columns - step.at - 1;
        let (last_at, last_more) = self.last;
        if !may_lean || step.more != last_more || step.more == 0 {
            return upright[upright.len() - (2 * others).min(upright.len())..].to_vec();
        }
        if step.more > 0 {
            return [Some(b'\\'), SPACE].repeat(others);
        }
        // Those to the right of the last step's lean on.
        let start = (step.at + 1).max(last_at);
        let mut rest = upright[2 * step.at..2 * (start - 1)].to_vec();
        rest.extend([Some(b'/'), SPACE].repeat(step.columns.saturating_sub(start)));
        rest
    }

    /// Lets edges end that lead to nothing that is shown, and moves what is to their right.
    fn end(&mut self, lines: &mut Vec<Vec<Cell>>, extra: &[Cell]) {
        if self.edges.values().all(Option::is_some) {
            return;
        }
        let mut edges: Vec<Cell> = extra.iter().step_by(2).copied().collect();
        while edges.last() == Some(&None) {
            edges.pop();
        }
        let ending = edges.iter().filter(|edge| edge.is_none()).count();
        let shifts = (2 * ending).saturating_sub(1);
        while lines.len() < 3 + shifts {
            lines.push(extra.to_vec());
        }
        if shifts > 0 {
            let first = extra.iter().position(Option::is_none).unwrap_or(0);
            let columns = (first..extra.len()).step_by(2);
            let moving: Vec<usize> = columns.filter(|&at| extra[at].is_some()).collect();
            let mut places = moving.clone();
            let start = lines.len() - shifts;
            for line in &mut lines[start..] {
                line[first..].fill(SPACE);
                for (number, place) in places.iter_mut().enumerate() {
                    let (next, target) = (*place - 1, first + 2 * number);
                    *place = next.max(target);
                    if let Some(cell) = line.get_mut(next) {
                        *cell = if next > target {
                            Some(b'/')
                        } else {
                            extra[moving[number]]
                        };
                    }
                }
            }
        }
        for (number, line) in lines.iter_mut().enumerate() {
            let ends = match number {
                1 => b'|',
                2 => b'~',
                _ => b' ',
            };
            for cell in line.iter_mut() {
                *cell = cell.or(Some(ends));
            }
        }
        let ended: Vec<Rev> = self
            .edges
            .iter()
            .filter(|(_, style)| style.is_none())
            .map(|(rev, _)| *rev)
            .collect();
        for rev in ended {
            self.edges.remove(&rev);
            self.columns.retain(|&column| column != rev);
        }
    }
}

/// Returns the cells before a column.
fn before(cells: &[Cell], column: usize) -> &[Cell] {
    &cells[..(2 * column).min(cells.len())]
}

/// Draws the edges that lead from a changeset to others.
fn connect(moves: &[(usize, usize)], upright: &[Cell], line: &mut [Cell], between: &mut [Cell]) {
    for &(from, to) in moves {
        let cell = |cells: &mut [Cell], at: usize, drawn: Cell| {
            if let Some(cell) = cells.get_mut(at) {
                *cell = drawn;
            }
        };
        if from == to + 1 {
            cell(between, 2 * to + 1, Some(b'/'));
        } else if from + 1 == to {
            cell(between, 2 * from + 1, Some(b'\\'));
        } else if from == to {
            cell(between, 2 * from, upright[2 * from]);
        } else if 2 * to < line.len() {
            line[2 * to] = Some(b'+');
            for crossed in &mut line[2 * from.min(to) + 1..2 * from.max(to)] {
                if *crossed != Some(b'+') {
                    *crossed = Some(b'-');
                }
            }
        }
    }
}

/// Returns the line below a changeset whose edge goes far to the right, for room.
fn padding(step: &Step, upright: &[Cell], moves: &[(usize, usize)]) -> Vec<Cell> {
    let mut line = before(upright, step.at).to_vec();
    let is_straight = moves
        .iter()
        .any(|&(from, to)| from == step.at && (to == from || to + 1 == from));
    if is_straight {
        line.extend_from_slice(&upright[2 * step.at..2 * (step.at + 1)]);
    } else {
        line.extend([SPACE, SPACE]);
    }
    let others = step.columns - step.at - 1;
    line.extend_from_slice(&upright[upright.len() - (2 * others).min(upright.len())..]);
    line
}
