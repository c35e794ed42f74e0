//! The part on bugs planted on purpose: how far the checks are to be trusted.

use std::fmt::Write;

use serde::Deserialize;

use super::text::escape;

/// What nn-train's test `mutations` finds; it fails as soon as it finds anything else.
const FOUND: &str = include_str!("../../../nn-train/tests/mutations.csv");

#[derive(Deserialize)]
struct Found {
    mistake: String,
    gradient_check: bool,
    training: bool,
}

pub(super) fn mutations(to: &mut String) -> std::fmt::Result {
    let rows = csv::Reader::from_reader(FOUND.as_bytes()).into_deserialize();
    let rows: Vec<Found> = rows
        .map(|row| row.expect("a table that was compiled in"))
        .collect();
    let count = |caught: fn(&Found) -> bool| rows.iter().filter(|&row| caught(row)).count();
    writeln!(
        to,
        "\nWould these checks notice a mistake? {} of them, each made in a second, plain backpropagation and \
         update: the gradient check catches {}, comparing the training of two programs {}, one or the other \
         {} (`cargo test -p nn-train --test mutations`).\n\n\
         | mistake | gradient check | training compared |\n|---|---|---|",
        rows.len(),
        count(|row| row.gradient_check),
        count(|row| row.training),
        count(|row| row.gradient_check || row.training),
    )?;
    for row in &rows {
        let [by_gradient, by_training] =
            [row.gradient_check, row.training].map(|caught| if caught { "caught" } else { "–" });
        writeln!(
            to,
            "| {} | {by_gradient} | {by_training} |",
            escape(&row.mistake)
        )?;
    }
    Ok(())
}
