//! Shows that sums of rounded numbers depend on their order. The product adds in one order on every processor, so it
//! has the bits of a plain loop over k. A loop in the other direction gives some other bits.
//!
//! `cargo run --release --example bits`

#![allow(clippy::print_stdout)] // an example shows what it does

use nn_core::kernel::{Buffer, Matrix, pack, product};

const ROWS: usize = 30;
const INNER: usize = 1000;
const COLUMNS: usize = 40;

fn main() {
    let numbers = |count: usize, phase: f32| -> Vec<f32> {
        (0..count)
            .map(|i| (phase + 12.9898 * i as f32).sin())
            .collect()
    };
    let (a, b) = (numbers(ROWS * INNER, 0.0), numbers(INNER * COLUMNS, 1.0));

    let mut c = vec![0.0; ROWS * COLUMNS];
    let mut scratch = Buffer::default();
    let packed = pack(Matrix::new(&b, INNER, COLUMNS), &mut scratch);
    product(Matrix::new(&a, ROWS, INNER), 0..ROWS, &packed, &mut c);

    // c_ij = fma(a_ik, b_kj, …), from 0, for k in the order given.
    let element = |position: usize, order: &mut dyn Iterator<Item = usize>| {
        let (i, j) = (position / COLUMNS, position % COLUMNS);
        order.fold(0.0_f32, |sum, k| {
            a[i * INNER + k].mul_add(b[k * COLUMNS + j], sum)
        })
    };
    let same = |same: &dyn Fn(usize) -> f32| {
        (0..c.len())
            .filter(|&p| same(p).to_bits() == c[p].to_bits())
            .count()
    };
    let ascending = same(&|position| element(position, &mut (0..INNER)));
    let descending = same(&|position| element(position, &mut (0..INNER).rev()));
    println!("of {} elements have the bits of a loop that", c.len());
    println!("  ascends  over k: {ascending:4}");
    println!("  descends over k: {descending:4}");
    assert!(ascending == c.len() && descending < c.len() / 2);
}
