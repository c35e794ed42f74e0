//! The part on bugs planted on purpose: how far the checks are to be trusted.

use anyhow::Result;
use serde::{Deserialize, Serialize};

/// What nn-train's test `mutations` finds; it fails as soon as it finds anything else.
const FOUND: &str = include_str!("mutations.csv");

#[derive(Serialize)]
pub(super) struct Mutations {
    count: usize,
    by_gradient_check: usize,
    by_training: usize,
    by_either: usize,
    rows: Vec<Found>,
}

/// A mistake, and whether each check catches it.
#[derive(Serialize, Deserialize)]
struct Found {
    mistake: String,
    gradient_check: bool,
    training: bool,
}

/// # Errors
/// A table that is none; it is compiled in.
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
