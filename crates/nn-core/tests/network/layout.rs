//! The positions of parameters in the flat buffer.

use ndarray::{Array1, Array2, array};
use nn_core::{Activation, Mlp, Params};

fn network(sizes: &[usize]) -> Mlp {
    Mlp::new(sizes, Activation::Tanh).unwrap()
}

#[test]
fn layers_lie_one_after_another() {
    let network = network(&[784, 128, 32, 10]);
    assert_eq!(
        (network.depth(), network.features(), network.classes()),
        (3, 784, 10)
    );
    let fans: Vec<_> = network.layers().map(|l| (l.fan_in, l.fan_out)).collect();
    assert_eq!(fans, [(784, 128), (128, 32), (32, 10)]);
    let offsets: Vec<_> = network.layers().map(|layer| layer.offset).collect();
    assert_eq!(offsets, [0, 100_480, 100_480 + 4_128]);
    let mut end = 0;
    for (index, layer) in network.layers().enumerate() {
        assert_eq!(layer, network.layer(index));
        assert_eq!(layer.weights(), end..end + layer.fan_in * layer.fan_out);
        assert_eq!(layer.biases().start, layer.weights().end);
        assert_eq!(layer.biases().len(), layer.fan_out);
        end = layer.biases().end;
    }
    assert_eq!(network.parameter_count(), end);
    assert_eq!(end, 784 * 128 + 128 + 128 * 32 + 32 + 32 * 10 + 10);
    assert_eq!(network.to_string(), "784–128–32–10");
}

#[test]
fn views_show_the_flat_buffer() {
    let network = network(&[2, 3, 1]);
    let mut params = Params::from_vec(&network, (0..13).map(f64::from).collect()).unwrap();
    assert_eq!(params.weight(0), array![[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]);
    assert_eq!(params.bias(0), array![6.0, 7.0, 8.0]);
    assert_eq!(params.weight(1), array![[9.0], [10.0], [11.0]]);
    assert_eq!(params.bias(1), array![12.0]);
    params.as_mut_slice()[4] = -4.0;
    assert_eq!(params.weight(0)[[1, 1]], -4.0);
    assert_eq!(params.network(), &network);
    assert_eq!(params.cast::<f32>().cast::<f64>(), params);
    assert_eq!(params.clone().into_vec(), params.as_slice());
}

#[test]
fn layers_that_do_not_fit_are_named() {
    let layer =
        |rows, columns, biases| (Array2::<f64>::ones((rows, columns)), Array1::ones(biases));
    let message = |layers: &[_]| {
        let params = Params::from_layers(Activation::Tanh, layers);
        params.unwrap_err().to_string()
    };
    assert_eq!(
        message(&[layer(2, 3, 3), layer(4, 2, 2)]),
        "layer 1 has weights [4 × 2] and biases [2]; expected [3 × 2] and [2]"
    );
    assert_eq!(
        message(&[layer(2, 3, 1)]),
        "layer 0 has weights [2 × 3] and biases [1]; expected [2 × 3] and [3]"
    );
    assert!(message(&[]).contains("found 0 size(s)"));
}

#[test]
fn a_layer_is_changed_where_it_lies() {
    let network = network(&[2, 3, 2]);
    let mut params = Params::<f64>::zeros(&network);
    params.weight_mut(1)[[2, 0]] = 1.0;
    params.bias_mut(0)[1] = 2.0;
    let at = |number| params.as_slice().iter().position(|&x| x == number).unwrap();
    // After 2 · 3 weights and 3 biases come two rows of two.
    assert_eq!((at(1.0), at(2.0)), (9 + 4, 6 + 1));
    assert_eq!((params.weight(1)[[2, 0]], params.bias(0)[1]), (1.0, 2.0));
}
