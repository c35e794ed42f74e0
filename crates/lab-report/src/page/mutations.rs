//! The part on planted bugs, which shows how many bugs the checks find.

use anyhow::Result;
use serde::{Deserialize, Serialize};

/// The findings of nn-train's test `mutations`, which fails if they change.
const FOUND: &str = include_str!("mutations.csv");

#[derive(Serialize)]
pub(super) struct Mutations {
    count: usize,
    by_gradient_check: usize,
    by_training: usize,
    by_either: usize,
    rows: Vec<Found>,
}

/// A mistake, and the checks that find it.
#[derive(Serialize, Deserialize)]
struct Found {
    mistake: String,
    gradient_check: bool,
    training: bool,
}

/// # Errors
/// An invalid table; the table is compiled in.
pub(super) fn mutations() -> Result<Mutations> {
    let rows = csv::Reader::from_reader(FOUND.as_bytes()).into_deserialize();
    let rows: Vec<Found> = rows.collect::<Result<_, _>>()?;
    let count = |caught: fn(&Found) -> bool| rows.iter().filter(|&row| caught(row)).count();
    Ok(Mutations {
        count: rows.len(),
        by_gradient_check: count(|row| row.gradient_check),
        by_training: count(|row| row.training),
        by_either: count(|row| row.gradient_check || row.training),
        rows,
    })
}
