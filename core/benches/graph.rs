// SPDX-License-Identifier: GPL-2.0-or-later

//! Questions to a history graph, timed.
//!
//! The history comes from the file named by `VERMILION_HISTORY` (gzipped, one
//! `p1,p2` line a revision), else a synthetic one of 100,000 revisions is made.

use std::hint::black_box;
use std::io::{BufReader, Read as _};
use std::sync::Arc;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use flate2::read::GzDecoder;
use vermilion_core::graph::{Ancestors, Discovery, MissingAncestors};
use vermilion_core::{Graph, Rev};

/// Reproducible numbers (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }

    fn rev(&mut self, len: usize) -> Rev {
        Rev::from_index(self.below(len))
    }
}

fn history() -> Vec<[Rev; 2]> {
    let Ok(path) = std::env::var("VERMILION_HISTORY") else {
        return synthetic(100_000);
    };
    let file = std::fs::File::open(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
    let mut text = String::new();
    GzDecoder::new(BufReader::new(file))
        .read_to_string(&mut text)
        .unwrap_or_else(|e| panic!("{path}: {e}"));
    let parent = |part: &str| {
        let number = part.parse();
        Rev::new(number.unwrap_or_else(|_| panic!("{path}: {part}")))
    };
    text.lines()
        .map(|line| {
            let (p1, p2) = line.split_once(',').expect("p1,p2");
            [parent(p1), parent(p2)]
        })
        .collect()
}

/// A trunk with branches that live for a while and merge back or do not.
fn synthetic(len: usize) -> Vec<[Rev; 2]> {
    let mut random = Random(0x5eed);
    let mut tips: Vec<Rev> = Vec::new();
    Rev::range(Rev::FIRST..Rev::from_index(len))
        .map(|rev| {
            if rev == Rev::FIRST {
                tips.push(rev);
                return [Rev::NULL; 2];
            }
            let at = random.below(tips.len());
            let parent = tips[at];
            match random.below(100) {
                0..8 => {
                    tips.push(rev);
                    [parent, Rev::NULL]
                }
                8..16 if tips.len() > 1 => {
                    let other = tips.swap_remove(at);
                    let into = random.below(tips.len());
                    let parents = [tips[into], other];
                    tips[into] = rev;
                    parents
                }
                _ => {
                    tips[at] = rev;
                    [parent, Rev::NULL]
                }
            }
        })
        .collect()
}

fn benchmarks(c: &mut Criterion) {
    let parents = history();
    let len = parents.len();
    let below_tip = |distance: usize| Rev::from_index(len - 1 - distance);
    let (tip, middle) = (below_tip(0), Rev::from_index(len / 2));
    let graph = Arc::new(Graph::new(parents.clone()).expect("a valid history"));
    graph.prepare();
    println!(
        "{len} revisions, {:.1} bytes of labels a revision",
        graph.label_bytes() as f64 / len as f64
    );
    let fresh = || Arc::new(Graph::from_valid(parents.clone()));
    let mut random = Random(42);
    let pairs: Vec<[Rev; 2]> = (0..1000)
        .map(|_| [random.rev(len), random.rev(len)])
        .collect();
    let near: Vec<[Rev; 2]> = (0..1000)
        .map(|_| {
            let rev = len / 2 + random.below(len - len / 2);
            let near = rev.saturating_sub(1 + random.below(199));
            [near, rev].map(Rev::from_index)
        })
        .collect();
    let revs: Vec<Rev> = (0..10_000).map(|_| random.rev(len)).collect();

    c.bench_function("new", |b| {
        b.iter_batched(|| parents.clone(), Graph::new, BatchSize::LargeInput);
    });
    c.bench_function("labels", |b| {
        b.iter_batched_ref(fresh, |graph| graph.prepare(), BatchSize::LargeInput);
    });
    c.bench_function("first is_ancestor, no labels", |b| {
        let ask = |graph: &mut Arc<Graph>| graph.is_ancestor(Rev::FIRST, tip).unwrap();
        b.iter_batched_ref(fresh, ask, BatchSize::LargeInput);
    });
    c.bench_function("first common_ancestor_heads, no labels", |b| {
        let ask = |graph: &mut Arc<Graph>| graph.common_ancestor_heads(&[middle, tip]).unwrap();
        b.iter_batched_ref(fresh, ask, BatchSize::LargeInput);
    });
    c.bench_function("heads", |b| b.iter(|| graph.heads()));
    c.bench_function("ancestors of tip, all", |b| {
        let mut chunk = vec![Rev::NULL; 65_536];
        b.iter(|| {
            let lazy =
                Arc::new(Ancestors::new(Arc::clone(&graph), &[tip], Rev::FIRST, true).unwrap());
            let mut iter = lazy.iter();
            let mut count = 0;
            loop {
                let filled = iter.fill(&mut chunk);
                count += filled;
                if filled < chunk.len() {
                    break count;
                }
            }
        });
    });
    c.bench_function("ancestors of tip, 10000 random in", |b| {
        b.iter(|| {
            let lazy = Ancestors::new(Arc::clone(&graph), &[tip], Rev::FIRST, true).unwrap();
            revs.iter().filter(|&&rev| lazy.contains(rev)).count()
        });
    });
    c.bench_function("missing ancestors, tip-1000 to tip", |b| {
        b.iter(|| {
            let mut missing =
                MissingAncestors::new(Arc::clone(&graph), &[below_tip(1000)]).unwrap();
            missing.missing_ancestors(&[tip]).unwrap()
        });
    });
    for (name, pairs) in [("random", &pairs), ("near", &near)] {
        c.bench_function(&format!("is_ancestor, 1000 {name} pairs"), |b| {
            let yes = |[a, b]: &&[Rev; 2]| graph.is_ancestor(*a.min(b), *a.max(b)).unwrap();
            b.iter(|| pairs.iter().filter(yes).count());
        });
        c.bench_function(&format!("common_ancestor_heads, 1000 {name} pairs"), |b| {
            b.iter(|| {
                for pair in pairs {
                    black_box(graph.common_ancestor_heads(pair).unwrap());
                }
            });
        });
        c.bench_function(
            &format!("greatest_common_ancestors, 1000 {name} pairs"),
            |b| {
                b.iter(|| {
                    for pair in pairs {
                        black_box(graph.greatest_common_ancestors(pair).unwrap());
                    }
                });
            },
        );
    }
    c.bench_function("range from the middle", |b| {
        b.iter(|| graph.range(&[middle], &[tip], middle, true).unwrap());
    });
    c.bench_function("descendants of the middle", |b| {
        b.iter(|| graph.descendants(&[middle]).unwrap());
    });
    let all: Vec<Rev> = (0..len).map(Rev::from_index).collect();
    c.bench_function("toposort of everything", |b| {
        b.iter(|| graph.toposort(&all, &[]).unwrap());
    });

    let heads = graph.heads();
    let mut remote = vec![false; len];
    let some: Vec<Rev> = (0..50).map(|_| random.rev(len)).collect();
    let known = Arc::new(Ancestors::new(Arc::clone(&graph), &some, Rev::FIRST, true).unwrap());
    known.iter().for_each(|rev| remote[rev.index()] = true);
    c.bench_function("discovery, ancestors of 50 random revisions", |b| {
        b.iter(|| {
            let mut discovery = Discovery::new(Arc::clone(&graph), &heads, true, false).unwrap();
            let mut rounds = 0;
            while !discovery.is_complete() {
                let sample = if discovery.has_info() {
                    discovery.take_full_sample(&heads, 200)
                } else {
                    discovery.take_quick_sample(&heads, 100)
                }
                .unwrap();
                let (commons, missings): (Vec<Rev>, Vec<Rev>) =
                    sample.iter().partition(|&&rev| remote[rev.index()]);
                discovery.add_commons(&commons).unwrap();
                discovery.add_missings(&missings).unwrap();
                rounds += 1;
            }
            rounds
        });
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(std::time::Duration::from_millis(300))
        .measurement_time(std::time::Duration::from_secs(1));
    targets = benchmarks
}
criterion_main!(benches);
