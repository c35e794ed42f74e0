//! Tests of the network, of the mistakes and of the marks.

use nn_core::{Activation, Init, Mlp};
use nn_train::Stream;

use crate::bugs::*;
use crate::network::*;
use crate::table::*;

fn case(images: usize) -> Case {
    let network = Mlp::new(&[PIXELS, HIDDEN, CLASSES], Activation::Tanh).unwrap();
    let params = network.init(Init::LecunNormal, &mut Stream::Init.rng(0));
    let x = ndarray::Array2::from_shape_fn((images, PIXELS), |(n, i)| {
        (1.3 * n as f64 + 0.7 * i as f64).sin()
    });
    Case {
        network: Network::new(&params, &x, (0..images as u8).collect()),
        weights: [
            Weight::Second(HIDDEN, 9),
            Weight::First(PIXELS, 127),
            Weight::First(100, 5),
            Weight::First(300, 127),
            Weight::Second(5, 9),
            Weight::Second(127, 0),
        ],
        order: TABLE_ORDER,
    }
}

fn table(bug: &str, case: &Case) -> Table {
    let bug = BUGS.iter().find(|it| it.name == bug).unwrap();
    (bug.table)(case)
}

#[test]
fn the_gradient_is_that_of_the_library() {
    let network = Mlp::new(&[PIXELS, HIDDEN, CLASSES], Activation::Tanh).unwrap();
    let params = network.init(Init::SmallPositive, &mut Stream::Init.rng(0));
    let x = ndarray::Array2::from_shape_fn((3, PIXELS), |(n, i)| ((n + i) as f64).cos());
    let labels = vec![0, 9, 4];
    let (mut grads, mut workspace) = (nn_core::Grads::zeros(&network), nn_core::Workspace::new());
    let loss = network
        .loss_and_grad(&params, &x, &labels, &mut workspace, &mut grads)
        .unwrap();
    let ours = Network::new(&params, &x, labels.clone());
    assert!((ours.loss() - loss).abs() < 1e-12);
    assert!((ours.loss_in_single_precision() - loss).abs() < 1e-5);
    let of_layer = |layer: usize, from: usize, to: usize| {
        let inputs = grads.weight(layer).nrows();
        if from == inputs {
            grads.bias(layer)[to]
        } else {
            grads.weight(layer)[[from, to]]
        }
    };
    for (from, to) in [(0, 0), (50, 7), (127, 9), (128, 3)] {
        let weight = Weight::Second(from, to);
        assert!((ours.gradient(weight) - of_layer(1, from, to)).abs() < 1e-12);
    }
    for (from, to) in [(0, 0), (500, 70), (783, 127), (784, 127)] {
        let weight = Weight::First(from, to);
        assert!((ours.gradient(weight) - of_layer(0, from, to)).abs() < 1e-12);
    }

    // An update, computed by the library.
    let mut params = params;
    for (w, d) in params.as_mut_slice().iter_mut().zip(grads.as_slice()) {
        *w -= 0.1 * d;
    }
    let updated = Network::new(&params, &x, labels);
    assert!((ours.updated(0.1).loss() - updated.loss()).abs() < 1e-12);
}

#[test]
fn correct_networks_have_equal_signs_and_exact_second_layers() {
    for images in [1, 10] {
        let table = table("none", &case(images));
        let marks = Marks::of(&table);
        assert!(table.iter().all(|row| !row.opposite()), "{table:?}");
        assert!(marks.agree && !marks.inexact && !marks.size, "{table:?}");
        // ε²/6 times the largest third derivative.
        let second = [table[0], table[4], table[5]];
        assert!(second.iter().all(|row| row.difference() < 1.61e-6));
    }
}

#[test]
fn every_mistake_changes_the_table() {
    let case = case(10);
    let right = table("none", &case);
    for bug in &BUGS[1..] {
        let wrong = (bug.table)(&case);
        let moved = |(a, b): (&Row, &Row)| {
            (a.numerical - b.numerical).abs() + (a.backprop - b.backprop).abs() > 1e-9
        };
        assert!(wrong.iter().zip(&right).any(moved), "{}", bug.name);
    }
}

#[test]
fn mistakes_leave_their_marks() {
    let case = case(1);
    assert!(Marks::of(&table("gradient of −E", &case)).opposite);
    let one_sided = Marks::of(&table("second loss at w, over ε", &case));
    assert!(one_sided.agree && !one_sided.mixed);
    let no_derivative = table("no tanh′", &case);
    assert!(no_derivative[1].difference() > 1e-3);
    assert!(Marks::of(&no_derivative).agree);
}

#[test]
fn the_papers_table_has_all_marks() {
    let marks = Marks::of(&PAPER);
    assert!(marks.first_layer(), "{marks:?}");
    assert!(marks.agree && marks.inexact && marks.mixed, "{marks:?}");
}
