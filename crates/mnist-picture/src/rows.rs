//! The order in which digits are read.

use crate::strokes::Piece;

/// The digits in rows from top to bottom, each from left to right.
pub(crate) fn rows(mut digits: Vec<Piece>) -> Vec<Vec<Piece>> {
    digits.sort_by_key(|digit| (digit.bounds.left, digit.bounds.top));
    let mut rows: Vec<Vec<Piece>> = Vec::new();
    for digit in digits {
        // A row may be slanted: its last digit tells how high it is.
        let mut best = None;
        for (k, row) in rows.iter().enumerate() {
            let last = &row[row.len() - 1].bounds;
            let b = &digit.bounds;
            let common = b.common_rows(last);
            let least = b.height().min(last.height());
            if 2 * common >= least && best.is_none_or(|(_, most)| common > most) {
                best = Some((k, common));
            }
        }
        match best {
            Some((k, _)) => rows[k].push(digit),
            None => rows.push(vec![digit]),
        }
    }
    // By the middle of the first digit, doubled.
    rows.sort_by_key(|row| row[0].bounds.top + row[0].bounds.bottom);
    rows
}
