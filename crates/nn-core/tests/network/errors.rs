//! Error messages for invalid arguments.

use std::sync::Arc;

use ndarray::Array2;
use nn_core::{
    Activation, DenseBatch, Error, Grads, Input, Mlp, Params, SparseBatch, SparseBytes, Workspace,
};

fn network(sizes: &[usize]) -> Mlp {
    Mlp::new(sizes, Activation::Tanh).unwrap()
}

/// The error of all functions on a labelled batch. Checks that all return the same error, and that the gradient is
/// unchanged.
fn refusal(network: &Mlp, params: &Params<f64>, x: &impl Input<f64>, y: &[u8]) -> Error {
    let mut ws = Workspace::new();
    let mut grads = Params::from_vec(network, vec![7.0; network.parameter_count()]).unwrap();
    let error = network
        .loss_and_grad(params, x, y, &mut ws, &mut grads)
        .unwrap_err();
    assert!(grads.as_slice().iter().all(|&d| d == 7.0), "{error}");
    assert_eq!(
        network.score(params, x, y, &mut ws),
        Err(error.clone()),
        "{error}"
    );
    error
}

#[test]
fn sizes_that_are_no_network() {
    let message = |sizes: &[usize]| Mlp::new(sizes, Activation::Relu).unwrap_err().to_string();
    assert_eq!(
        message(&[]),
        "a network needs at least an input and an output size, found 0 size(s)"
    );
    assert_eq!(
        message(&[784]),
        "a network needs at least an input and an output size, found 1 size(s)"
    );
    for (sizes, index) in [([0, 5, 2], 0), ([3, 0, 2], 1), ([3, 5, 0], 2)] {
        let expected =
            format!("size {index} of the network is 0; every layer needs at least one unit");
        assert_eq!(message(&sizes), expected);
    }
    assert_eq!(
        message(&[3, 257]),
        "the network has 257 outputs; labels can name at most 256 classes"
    );
    assert!(Mlp::new(&[3, 256], Activation::Relu).is_ok());
}

#[test]
fn a_network_that_no_memory_holds() {
    for size in [1 << 28, usize::MAX / 2, usize::MAX] {
        let error = Mlp::new(&[784, size, 10], Activation::Tanh).unwrap_err();
        let message = format!("a network 784–{size}–10 has more than 1073741824 parameters");
        assert_eq!(error.to_string(), message);
    }
}

#[test]
fn parameters_of_another_network() {
    let (ours, theirs) = (network(&[2, 5, 3]), network(&[2, 4, 3]));
    let (x, mut ws) = (Array2::zeros((1, 2)), Workspace::new());
    let foreign = Params::<f64>::zeros(&theirs);
    let error = refusal(&ours, &foreign, &x, &[0]);
    assert_eq!(
        error.to_string(),
        "parameters of a network 2–4–3; expected 2–5–3"
    );
    assert_eq!(ours.forward(&foreign, &x, &mut ws).unwrap_err(), error);

    // Gradients of another network are refused like parameters.
    let own = Params::zeros(&ours);
    let mut grads = Grads::zeros(&theirs);
    let refused = ours.loss_and_grad(&own, &x, &[0], &mut ws, &mut grads);
    assert_eq!(refused, Err(error));
}

#[test]
fn a_flat_buffer_of_the_wrong_length() {
    let network = network(&[2, 3]);
    for length in [0, 8, 10] {
        let error = Params::from_vec(&network, vec![0f32; length]).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("{length} parameters; expected 9")
        );
    }
}

#[test]
fn rows_of_the_wrong_width() {
    let network = network(&[3, 2]);
    let params = Params::zeros(&network);
    let mut ws = Workspace::new();
    let expected = "the input has 2 features per example; the network expects 3";

    let x = Array2::zeros((1, 2));
    assert_eq!(refusal(&network, &params, &x, &[0]).to_string(), expected);
    let error = network.forward(&params, &x, &mut ws).unwrap_err();
    assert_eq!(error.to_string(), expected);

    let mut dense = DenseBatch::new(2);
    dense.push().fill(1.0);
    assert_eq!(
        refusal(&network, &params, &dense, &[0]).to_string(),
        expected
    );

    let mut sparse = SparseBatch::new(bytes(&[0, 255]), None, None);
    sparse.push(0, 1.0, 0.0);
    assert_eq!(
        refusal(&network, &params, &sparse, &[0]).to_string(),
        expected
    );
}

#[test]
fn labels_that_do_not_fit() {
    let network = network(&[2, 3]);
    let params = Params::zeros(&network);
    let x = Array2::zeros((3, 2));
    let message = |y: &[u8]| refusal(&network, &params, &x, y).to_string();
    assert_eq!(message(&[]), "0 labels for 3 examples");
    assert_eq!(message(&[0, 1]), "2 labels for 3 examples");
    assert_eq!(message(&[0, 1, 2, 0]), "4 labels for 3 examples");
    assert_eq!(
        message(&[0, 3, 255]),
        "label 3 at position 1; the network has 3 classes"
    );
    assert_eq!(
        message(&[2, 1, 255]),
        "label 255 at position 2; the network has 3 classes"
    );
}

#[test]
fn an_empty_batch_has_a_score_but_no_mean() {
    let network = network(&[2, 4, 3]);
    let params = Params::<f64>::zeros(&network);
    let mut ws = Workspace::new();
    let empty = Array2::zeros((0, 2));
    let mut grads = Grads::zeros(&network);
    let error = network
        .loss_and_grad(&params, &empty, &[], &mut ws, &mut grads)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the batch is empty; a mean loss needs at least one example"
    );

    let score = network.score(&params, &empty, &[], &mut ws).unwrap();
    assert_eq!((score.loss_sum, score.correct, score.examples), (0.0, 0, 0));
    assert!(score.loss().is_nan() && score.accuracy().is_nan());
    let logits = network.forward(&params, &empty, &mut ws).unwrap();
    assert_eq!(logits.dim(), (0, 3));
}

#[test]
fn bytes_that_are_no_sparse_matrix() {
    let message = |bytes: &[u8], columns| {
        SparseBytes::from_dense(bytes, columns)
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        message(&[], 65_537),
        "65537 columns; a sparse matrix holds at most 65536"
    );
    assert_eq!(
        message(&[1; 7], 3),
        "7 bytes; expected a multiple of the row length 3"
    );
    assert_eq!(
        message(&[1; 7], 0),
        "7 bytes; expected a multiple of the row length 0"
    );
    let many = SparseBytes::check(1 << 30, 1 << 10).unwrap_err();
    assert!(many.to_string().starts_with("1073741824 bytes; "), "{many}");
    SparseBytes::check((1 << 30) - (1 << 10), 1 << 10).unwrap();

    // The maximum width: the last column has the largest index.
    let mut widest = vec![0; 2 * 65_536];
    widest[65_535] = 9;
    let bytes = SparseBytes::from_dense(&widest, 65_536).unwrap();
    assert_eq!((bytes.rows(), bytes.columns()), (2, 65_536));
    assert!(bytes.row(0).eq([(65_535, 9)]));
    assert_eq!(bytes.row(1).count(), 0);
    assert_eq!(bytes.density(), 1.0 / 131_072.0);

    let none = SparseBytes::from_dense(&[], 4).unwrap();
    assert_eq!((none.rows(), none.density()), (0, 0.0));
}

/// One row.
fn bytes(row: &[u8]) -> Arc<SparseBytes> {
    Arc::new(SparseBytes::from_dense(row, row.len()).unwrap())
}

#[test]
#[should_panic(expected = "row 1")]
fn a_row_beyond_the_last() {
    SparseBatch::<f32>::new(bytes(&[0, 3, 1]), None, None).push(1, 1.0, 0.0);
}

#[test]
#[should_panic(expected = "one coefficient a feature")]
fn too_few_coefficients() {
    let _ = SparseBatch::<f32>::new(bytes(&[0, 3, 1]), None, Some([1.0, 2.0].into()));
}

#[test]
fn activations_by_name() {
    for activation in Activation::ALL {
        assert_eq!(activation.to_string().parse(), Ok(activation));
        assert_eq!(
            format!("{activation:>9}|"),
            format!("{:>9}|", activation.name())
        );
    }
    assert_eq!("relu".parse(), Ok(Activation::Relu));
    for bad in ["", "ReLU", " tanh", "softmax"] {
        let error = bad.parse::<Activation>().unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("unknown activation `{bad}`; expected identity, sigmoid, tanh or relu")
        );
    }
}
