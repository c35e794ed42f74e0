//! Import of exported models, of weights from other programs, and of files that are neither.

use anyhow::Result;
use lab_exchange::export::{Format, to_bytes};
use lab_exchange::import::{Foreign, Options};
use lab_results::model::{AnyModel, Model};
use mnist_data::{Normalize, Normalizer};
use nn_core::safetensors::{Tensor, write};
use nn_core::{Activation, Init, Mlp, Params};
use proptest::prelude::*;
use safetensors::tensor::{Dtype, TensorView};

fn options(normalizer: Normalizer) -> Options {
    Options {
        activation: Activation::Tanh,
        normalize: match &normalizer {
            Normalizer::PerImage => Normalize::PerImage,
            Normalizer::Fixed { .. } => Normalize::Global,
            Normalizer::PerPixel { .. } => Normalize::PerPixel,
        },
        normalizer,
    }
}

fn per_image() -> Options {
    options(Normalizer::PerImage)
}

/// A file of arrays in single precision, filled with 0.5.
fn file(arrays: &[(&str, &[usize])]) -> Vec<u8> {
    let bytes: Vec<Vec<u8>> = arrays
        .iter()
        .map(|(_, shape)| 0.5f32.to_le_bytes().repeat(shape.iter().product()))
        .collect();
    let views = arrays.iter().zip(&bytes).map(|((name, shape), bytes)| {
        (
            *name,
            TensorView::new(Dtype::F32, shape.to_vec(), bytes).unwrap(),
        )
    });
    safetensors::serialize(views, None).unwrap()
}

fn import(arrays: &[(&str, &[usize])]) -> Result<AnyModel> {
    Ok(Foreign::parse(&file(arrays))?
        .into_model(Some(&per_image()))?
        .1)
}

fn message(arrays: &[(&str, &[usize])]) -> String {
    format!("{:#}", import(arrays).unwrap_err())
}

#[test]
fn a_model_that_was_exported_as_npz_comes_back_byte_by_byte() {
    let network = Mlp::new(&[9, 5, 4, 3], Activation::Tanh).unwrap();
    for normalizer in [
        Normalizer::PerImage,
        Normalizer::Fixed { a: 0.1, c: 0.3 },
        Normalizer::PerPixel {
            b: vec![0.25; 9],
            d: vec![0.125; 9],
        },
    ] {
        let params: Params<f64> = network.init_from_seed(Init::HeNormal, 3);
        let foreign = Foreign::parse(&params.to_safetensors()).unwrap();
        let (bytes, model) = foreign.into_model(Some(&options(normalizer))).unwrap();
        let AnyModel::F64(model) = model else {
            panic!("double precision")
        };
        assert_eq!(model.params, params);

        let npz = to_bytes(&model, Format::Npz).unwrap();
        assert_eq!(npz, to_bytes(&model, Format::Npz).unwrap());
        let (again, _) = Foreign::parse(&npz).unwrap().into_model(None).unwrap();
        assert_eq!(again, bytes);
        assert_eq!(again, model.to_bytes().unwrap());
    }
}

#[test]
fn layers_come_in_the_order_of_their_numbers_and_sizes() {
    let sizes = |arrays: &[(&str, &[usize])]| import(arrays).unwrap().network().sizes().to_vec();
    let (first, second): (&[usize], &[usize]) = (&[5, 9], &[3, 5]);
    for [a, b] in [
        ["fc1", "fc2"],
        ["0", "2"],
        ["net.2.linear9", "net.1.linear10"],
        ["l2", "l10"],
    ] {
        let names = [a, b].map(|stem| [format!("{stem}.weight"), format!("{stem}.bias")]);
        let [[w1, b1], [w2, b2]] = &names;
        let arrays: [(&str, &[usize]); 4] = [(b2, &[3]), (w1, first), (w2, second), (b1, &[5])];
        assert_eq!(sizes(&arrays), [9, 5, 3], "{a} {b}");
    }
}

#[test]
fn what_is_no_network_is_refused() {
    let fc1: [(&str, &[usize]); 2] = [("fc1.weight", &[5, 9]), ("fc1.bias", &[5])];
    let with = |more: &[(&str, &[usize])]| message(&[&fc1, more].concat());
    for (message, expected) in [
        (
            message(&[]),
            "no array is named …weight; expected fc1.weight, fc1.bias and so on",
        ),
        (
            message(&[("fc1.weight", &[5, 9])]),
            "no `fc1.bias` beside `fc1.weight`",
        ),
        (
            message(&[("fc1.weight", &[5, 3, 3]), ("fc1.bias", &[5])]),
            "`fc1.weight` is [5, 3, 3]; expected two dimensions [fan-out × fan-in]",
        ),
        (
            message(&[("fc1.weight", &[5, 9]), ("fc1.bias", &[9])]),
            "`fc1.bias` is [9]; expected [5], as `fc1.weight` is [5 × 9]",
        ),
        (
            message(&[("fc1.weight", &[5, 8]), ("fc1.bias", &[5])]),
            "`fc1.weight` has 8 inputs; expected those of a square picture, as 784",
        ),
        (
            with(&[("fc2.weight", &[5, 3]), ("fc2.bias", &[5])]),
            "`fc2.weight` is [5, 3]; expected [fan-out × 5], the number of outputs of `fc1.weight`",
        ),
        (
            with(&[("bn1.running_mean", &[5])]),
            "`bn1.running_mean` belongs to no dense layer; expected arrays named …weight and …bias",
        ),
    ] {
        assert_eq!(message, expected);
    }
}

#[test]
fn what_a_file_says_of_itself_is_not_said_again() {
    let described = {
        let (bytes, _) = Foreign::parse(&file(&[("fc1.weight", &[5, 9]), ("fc1.bias", &[5])]))
            .unwrap()
            .into_model(Some(&per_image()))
            .unwrap();
        Foreign::parse(&bytes).unwrap()
    };
    assert!(described.describes_itself());
    let error = described.into_model(Some(&per_image())).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the file contains its activation and normalisation; remove the options"
    );
    let bare = Foreign::parse(&file(&[("fc1.weight", &[5, 9]), ("fc1.bias", &[5])])).unwrap();
    let error = bare.into_model(None).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the file does not contain its activation and normalisation; options are needed"
    );
}

#[test]
fn numbers_that_are_no_weights_are_refused() {
    let tensors = [
        Tensor::new("fc1.weight", &[2, 4], &[f32::NAN; 8]),
        Tensor::new("fc1.bias", &[2], &[0f32; 2]),
    ];
    let bytes = write(&tensors, Some(("format", "pt"))).unwrap();
    let error = Foreign::parse(&bytes)
        .unwrap()
        .into_model(Some(&per_image()))
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "tensor `fc1.weight` has NaN at position 0; expected a finite number"
    );

    let half = [0u8; 16];
    let half = [(
        "fc1.weight",
        TensorView::new(Dtype::F16, vec![2, 4], &half).unwrap(),
    )];
    let error = Foreign::parse(&safetensors::serialize(half, None).unwrap()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "tensor `fc1.weight` is F16 [2, 4]; expected F32 or F64"
    );
    assert!(
        Foreign::parse(b"not a file")
            .unwrap_err()
            .to_string()
            .starts_with("not a safetensors file")
    );
    assert!(
        Foreign::parse(b"PK not a file")
            .unwrap_err()
            .to_string()
            .starts_with("not an npz file")
    );
}

fn small() -> Model<f32> {
    let network = Mlp::new(&[9, 3], Activation::Tanh).unwrap();
    let params: Params<f32> = network.init_from_seed(Init::HeNormal, 3);
    let foreign = Foreign::parse(&params.to_safetensors()).unwrap();
    match foreign.into_model(Some(&per_image())).unwrap() {
        (_, AnyModel::F32(model)) => model,
        _ => panic!("single precision"),
    }
}

proptest! {
    /// A damaged archive gives an error or other numbers, never a panic.
    #[test]
    fn any_byte_of_an_archive_may_be_changed(place: prop::sample::Index, byte: u8, end: prop::sample::Index) {
        let mut bytes = to_bytes(&small(), Format::Npz).unwrap();
        let place = place.index(bytes.len());
        bytes[place] = byte;
        let _ = Foreign::parse(&bytes).and_then(|foreign| foreign.into_model(None));
        bytes.truncate(end.index(bytes.len()));
        let _ = Foreign::parse(&bytes).and_then(|foreign| foreign.into_model(None));
    }
}
