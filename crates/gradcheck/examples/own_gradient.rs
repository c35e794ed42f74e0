//! Checks the gradient of a layer norm, first correct and then with a common mistake. Then it tries other steps ε, to
//! find the ε with the smallest error of the numerical derivative.
//!
//! `cargo run --release --example own_gradient`

#![allow(clippy::print_stdout)] // an example shows what it does

use gradcheck::ndarray::{Array1, array};
use gradcheck::{Error, Options, check_array};

/// Normalises x to mean 0 and variance 1; also returns the factor 1/σ.
fn normalise(x: &Array1<f64>) -> (Array1<f64>, f64) {
    let centred = x - x.sum() / x.len() as f64;
    let factor = 1.0 / (centred.dot(&centred) / x.len() as f64).sqrt();
    (centred * factor, factor)
}

/// E(x) = Σ c_i·y_i with y = normalise(x). Any function with a known derivative dE/dy would do; here it is c.
fn error(x: &Array1<f64>, c: &Array1<f64>) -> f64 {
    normalise(x).0.dot(c)
}

/// dE/dx = (c − mean(c) − y·mean(c ∘ y)) / σ. The last term comes from σ, which depends on x.
fn gradient(x: &Array1<f64>, c: &Array1<f64>, with_last_term: bool) -> Array1<f64> {
    let (y, factor) = normalise(x);
    let n = x.len() as f64;
    let last = if with_last_term { c.dot(&y) / n } else { 0.0 };
    (c - c.sum() / n - y * last) * factor
}

fn main() -> Result<(), Error> {
    let x = array![0.3, -1.2, 2.0, 0.7, -0.4];
    let c = array![1.0, 0.5, -2.0, 0.1, 3.0];
    let check = |gradient: Array1<f64>, epsilon| {
        let options = Options {
            epsilon,
            ..Options::default()
        };
        check_array(|x| error(x, &c), &x, &gradient, &options)
    };

    let right = check(gradient(&x, &c, true), 1e-5)?;
    println!("right: {right}");
    right.assert_below(1e-8);

    let wrong = check(gradient(&x, &c, false), 1e-5)?;
    println!("as if σ were a constant: {wrong}");
    assert!(wrong.max_relative() > 0.1);

    println!("the largest difference over ε: it falls with ε², until rounding takes over");
    for exponent in 1..=9 {
        let epsilon = 10f64.powi(-exponent);
        let difference = check(gradient(&x, &c, true), epsilon)?.max_absolute();
        println!("  ε = {epsilon:.0e}: {difference:.1e}");
    }
    Ok(())
}
