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
pub(super) struct Found {
    mistake: String,
    gradient_check: bool,
    training: bool,
}

/// The mistakes.
///
/// # Errors
/// An invalid table; the table is compiled in.
pub(super) fn found() -> Result<Vec<Found>> {
    let rows = csv::Reader::from_reader(FOUND.as_bytes()).into_deserialize();
    Ok(rows.collect::<Result<_, _>>()?)
}

/// # Errors
/// As [`found`].
pub(super) fn mutations() -> Result<Mutations> {
    let rows = found()?;
    let count = |caught: fn(&Found) -> bool| rows.iter().filter(|&row| caught(row)).count();
    Ok(Mutations {
        count: rows.len(),
        by_gradient_check: count(|row| row.gradient_check),
        by_training: count(|row| row.training),
        by_either: count(|row| row.gradient_check || row.training),
        rows,
    })
}
