//! The fast kernels against the textbook's loops, on many shapes.

use ndarray::{Array2, ArrayView2, Axis};
use nn_core::{
    Activation, Grads, Init, Input, Mlp, Params, Room, Scalar, Scratch, SparseBatch, SparseBytes,
    Workspace,
};
use proptest::prelude::*;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

/// c_ij = fma(a_ik, b_kj, …), k ascending: the order that the crate promises.
fn textbook<F: Scalar>(a: ArrayView2<'_, F>, b: ArrayView2<'_, F>) -> Array2<F> {
    Array2::from_shape_fn((a.nrows(), b.ncols()), |(i, j)| {
        (0..a.ncols()).fold(F::zero(), |sum, k| a[[i, k]].mul_add(b[[k, j]], sum))
    })
}

fn random<F: Scalar>(rows: usize, columns: usize, seed: u64) -> Array2<F> {
    let mut state = seed.wrapping_mul(2).wrapping_add(1);
    Array2::from_shape_fn((rows, columns), |_| {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        F::of((state >> 33) as f64 / (1u64 << 30) as f64 - 1.0)
    })
}

/// Bytes of which about four in five are 0.
fn sparse_bytes(rows: usize, columns: usize, seed: u64) -> Vec<u8> {
    random::<f64>(rows, columns, seed)
        .iter()
        .map(|&x| if x > 0.6 { (x * 255.0) as u8 } else { 0 })
        .collect()
}

fn mul<F: Scalar>(x: &impl Input<F>, w: &Array2<F>, rows: std::ops::Range<usize>) -> Array2<F> {
    let mut out = Array2::from_elem((rows.len(), w.ncols()), F::nan());
    let mut scratch = Scratch::default();
    let weights = x.ready_mul(w.as_slice().unwrap(), w.ncols(), &mut scratch);
    x.mul(rows, &weights, out.as_slice_mut().unwrap());
    out
}

fn tr_mul<F: Scalar>(
    x: &impl Input<F>,
    d: &Array2<F>,
    features: std::ops::Range<usize>,
) -> Array2<F> {
    let (mut scratch, mut room) = (Scratch::default(), Room::default());
    let factor = x.ready_tr_mul(d.as_slice().unwrap(), d.ncols(), &mut scratch);
    let mut out = Vec::new();
    x.tr_mul(features.clone(), &factor, &mut room, &mut |rows, block| {
        assert_eq!(rows.start, features.start + out.len() / d.ncols());
        assert_eq!(block.len(), rows.len() * d.ncols());
        out.extend_from_slice(block);
    });
    Array2::from_shape_vec((features.len(), d.ncols()), out).unwrap()
}

fn dense_equals_the_textbook<F: Scalar>(n: usize, k: usize, m: usize, seed: u64) {
    let x = random::<F>(n, k, seed);
    let w = random::<F>(k, m, seed ^ 1);
    let d = random::<F>(n, m, seed ^ 2);
    assert_eq!(mul(&x, &w, 0..n), textbook(x.view(), w.view()));
    assert_eq!(tr_mul(&x, &d, 0..k), textbook(x.t(), d.view()));
    // A batch in column-major order is the same batch.
    let transposed = x.t().as_standard_layout().reversed_axes().to_owned();
    assert_eq!(mul(&transposed, &w, 0..n), textbook(x.view(), w.view()));
    // Any part has the whole's bits.
    let part = n / 3..n;
    let whole = mul(&x, &w, 0..n);
    assert_eq!(
        mul(&x, &w, part.clone()),
        whole.slice_axis(Axis(0), part.into())
    );
    let part = k / 3..k / 2;
    let whole = tr_mul(&x, &d, 0..k);
    assert_eq!(
        tr_mul(&x, &d, part.clone()),
        whole.slice_axis(Axis(0), part.into())
    );
}

/// A sparse batch with every coefficient in use.
fn sparse_batch(n: usize, k: usize, seed: u64, per_feature: bool) -> SparseBatch<f64> {
    let bytes = SparseBytes::from_dense(&sparse_bytes(n, k, seed), k).unwrap();
    let coefficients = |seed| random::<f64>(1, k, seed).into_raw_vec_and_offset().0.into();
    let given = |seed| per_feature.then(|| coefficients(seed));
    let mut batch = SparseBatch::new(bytes.into(), given(seed ^ 3), given(seed ^ 4));
    let (scales, shifts) = (random::<f64>(1, n, seed ^ 5), random::<f64>(1, n, seed ^ 6));
    // Twice, to see that an emptied batch is as good as a new one.
    for _ in 0..2 {
        batch.clear();
        for row in 0..n {
            batch.push(row as u32, scales[[0, row]] / 100.0, shifts[[0, row]]);
        }
    }
    batch
}

fn close(a: &Array2<f64>, b: &Array2<f64>, tolerance: f64) {
    assert_eq!(a.dim(), b.dim());
    let worst = a
        .iter()
        .zip(b)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f64::max);
    assert!(worst <= tolerance, "{worst:e}");
}

proptest! {
    #[test]
    fn dense_products(n in 0usize..40, k in 0usize..70, m in 1usize..40, seed: u64) {
        dense_equals_the_textbook::<f32>(n, k, m, seed);
        dense_equals_the_textbook::<f64>(n, k, m, seed);
    }

    #[test]
    fn sparse_products_agree_with_dense_ones(
        n in 1usize..40, k in 1usize..70, m in 1usize..300, seed: u64, per_feature: bool,
    ) {
        let batch = sparse_batch(n, k, seed, per_feature);
        let x = batch.to_dense();
        let w = random(k, m, seed ^ 7);
        let d = random(n, m, seed ^ 8);
        close(&mul(&batch, &w, 0..n), &mul(&x, &w, 0..n), 1e-12);
        close(&tr_mul(&batch, &d, 0..k), &tr_mul(&x, &d, 0..k), 1e-12);
        let part = n / 3..n;
        let whole = mul(&batch, &w, 0..n);
        assert_eq!(mul(&batch, &w, part.clone()), whole.slice_axis(Axis(0), part.into()));
        let part = k / 3..k;
        let whole = tr_mul(&batch, &d, 0..k);
        assert_eq!(tr_mul(&batch, &d, part.clone()), whole.slice_axis(Axis(0), part.into()));
    }

    #[test]
    fn a_network_sees_no_difference_between_dense_and_sparse(
        n in 1usize..20, k in 1usize..60, hidden in 1usize..40, seed: u64,
    ) {
        let batch = sparse_batch(n, k, seed, true);
        let network = Mlp::new(&[k, hidden, 10], Activation::Tanh).unwrap();
        let params = network.init::<f64>(Init::LecunNormal, &mut ChaCha8Rng::seed_from_u64(seed));
        let y: Vec<u8> = (0..n).map(|i| (i % 10) as u8).collect();
        let (mut a, mut b) = (Grads::zeros(&network), Grads::zeros(&network));
        let mut ws = Workspace::new();
        let sparse = network.loss_and_grad(&params, &batch, &y, &mut ws, &mut a).unwrap();
        let dense = network.loss_and_grad(&params, &batch.to_dense(), &y, &mut ws, &mut b).unwrap();
        prop_assert!((sparse - dense).abs() <= 1e-12);
        for (a, b) in a.as_slice().iter().zip(b.as_slice()) {
            prop_assert!((a - b).abs() <= 1e-12, "{a} {b}");
        }
    }

    #[test]
    fn threads_change_no_bit(
        n in 1usize..40, sizes in prop::collection::vec(1usize..70, 1..4), threads in 2usize..9,
        seed: u64, dense: bool,
    ) {
        let batch = sparse_batch(n, sizes[0], seed, true);
        let mut sizes = sizes;
        sizes.push(10);
        let network = Mlp::new(&sizes, Activation::Tanh).unwrap();
        let params = network.init::<f64>(Init::LecunNormal, &mut ChaCha8Rng::seed_from_u64(seed));
        let y: Vec<u8> = (0..n).map(|i| (i % 10) as u8).collect();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let pass = |mut ws: Workspace<f64>| {
            let mut grads = Grads::zeros(&network);
            let loss = if dense {
                network.loss_and_grad(&params, &batch.to_dense(), &y, &mut ws, &mut grads)
            } else {
                network.loss_and_grad(&params, &batch, &y, &mut ws, &mut grads)
            };
            let score = network.score(&params, &batch, &y, &mut ws).unwrap();
            (loss.unwrap(), grads, score)
        };
        let alone = pass(Workspace::new());
        let together = pool.install(|| pass(Workspace::with_threads(threads)));
        prop_assert_eq!(alone, together);
    }

    #[test]
    fn an_update_sees_every_parameter_once(
        n in 1usize..9, sizes in prop::collection::vec(1usize..70, 2..5), threads in 1usize..5,
    ) {
        let network = Mlp::new(&sizes, Activation::Relu).unwrap();
        let mut params = network.init::<f32>(Init::GlorotUniform, &mut ChaCha8Rng::seed_from_u64(1));
        let x = random::<f32>(n, sizes[0], 2);
        let y = vec![0; n];
        let mut ws = Workspace::with_threads(threads);
        let mut grads = Grads::zeros(&network);
        network.loss_and_grad(&params, &x, &y, &mut ws, &mut grads).unwrap();
        let before = params.clone();
        let mut copy = Params::zeros(&network);
        let is_bias = |i| network.layers().any(|layer| layer.biases().contains(&i));
        let pass = network.backpropagate(&before, &x, &y, &mut ws).unwrap();
        pass.update(&mut params, &mut copy, |part| {
            assert_eq!(part.range.len(), part.gradient.len());
            assert!(part.range.clone().all(|i| is_bias(i) == part.is_bias));
            for ((w, c), &g) in part.params.iter_mut().zip(part.companion).zip(&*part.gradient) {
                (*w, *c) = (*w + 1.0, *c + g);
            }
        });
        prop_assert_eq!(copy, grads);
        for (after, before) in params.as_slice().iter().zip(before.as_slice()) {
            prop_assert_eq!(*after, before + 1.0);
        }
    }

    #[test]
    fn a_used_workspace_is_as_good_as_a_new_one(sizes in prop::collection::vec(1usize..30, 2..5), seed: u64) {
        let mut used = Workspace::new();
        for n in [17, 3, 1] {
            let network = Mlp::new(&sizes, Activation::Sigmoid).unwrap();
            let params = network.init::<f32>(Init::GlorotUniform, &mut ChaCha8Rng::seed_from_u64(seed));
            let x = random::<f32>(n, sizes[0], seed);
            let y = vec![0; n];
            let (mut a, mut b) = (Grads::zeros(&network), Grads::zeros(&network));
            let first = network.loss_and_grad(&params, &x, &y, &mut used, &mut a).unwrap();
            let second = network.loss_and_grad(&params, &x, &y, &mut Workspace::new(), &mut b).unwrap();
            prop_assert_eq!(first.to_bits(), second.to_bits());
            prop_assert_eq!(a, b);
        }
    }
}

/// Two ways to the same number: the loss of `score` and of `loss_and_grad`.
#[test]
fn score_and_loss_agree() {
    let network = Mlp::new(&[12, 7, 5], Activation::Relu).unwrap();
    let params = network.init::<f64>(Init::HeNormal, &mut ChaCha8Rng::seed_from_u64(3));
    let x = random::<f64>(9, 12, 4);
    let y = [0, 1, 2, 3, 4, 0, 1, 2, 3];
    let mut ws = Workspace::new();
    let loss = network
        .loss_and_grad(&params, &x, &y, &mut ws, &mut Grads::zeros(&network))
        .unwrap();
    let score = network.score(&params, &x, &y, &mut ws).unwrap();
    assert!((loss - score.loss()).abs() < 1e-14);
    assert_eq!(score.examples, 9);
}

#[test]
fn logits_of_ten_thousand_are_no_trouble() {
    let network = Mlp::new(&[1, 3], Activation::Identity).unwrap();
    let params = Params::from_vec(&network, vec![1e4f32, -1e4, 1e4, 0.0, 0.0, 0.0]).unwrap();
    let mut grads = Grads::zeros(&network);
    let x = ndarray::array![[1.0f32]];
    for (label, expected) in [(0, 2f32.ln()), (1, 2e4 + 2f32.ln()), (2, 2f32.ln())] {
        let mut ws = Workspace::new();
        let loss = network
            .loss_and_grad(&params, &x, &[label], &mut ws, &mut grads)
            .unwrap();
        assert!((loss - expected).abs() <= 1e-6 * expected, "{loss}");
        assert!(grads.as_slice().iter().all(|d| d.is_finite()));
    }
}
