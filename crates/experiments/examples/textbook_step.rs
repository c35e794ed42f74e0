//! The first numbers of each quantity of a step on one image, by `nn_core::textbook`, as JSON. The test of the report's
//! page compares the page's numbers with these.
//!
//! Usage: `textbook_step MODEL PIXELS LABEL RATE`, with the image as a file of bytes.

#![allow(clippy::print_stdout)] // an example shows what it does

use std::env;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use lab_results::model::AnyModel;
use mnist_data::Images;
use ndarray::{Array1, Array2, Axis};
use nn_core::textbook::{self, LayerParams};
use serde_json::{Map, Value, json};

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [model, pixels, label, rate] = arguments.as_slice() else {
        bail!("usage: textbook_step MODEL PIXELS LABEL RATE");
    };
    let AnyModel::F32(model) = AnyModel::read(Path::new(model))? else {
        bail!("{model}: double precision; expected a model of the page");
    };
    let image = Images::new(1, 28, 28, fs::read(pixels).context("pixels")?)?;
    let x = model.normalizer.transform::<f64>(&image);
    let (labels, rate) = ([label.parse()?], rate.parse()?);
    let f = model.metadata.settings.activation;
    let mut layers = textbook::layers(&model.params);

    let (a, z) = textbook::forward(&layers, f, &x);
    let depth = layers.len();
    let logits = &z[depth - 1];
    let (loss, _) = textbook::cross_entropy(logits, &labels);
    let mut numbers = Map::new();
    let mut keep = |name: String, values: &Array2<f64>| {
        let first: Vec<f64> = values.iter().copied().take(2).collect();
        numbers.insert(name, json!(first));
    };
    keep("X".to_owned(), &x);
    for l in 0..depth {
        keep(format!("Z{}", l + 1), &z[l]);
        if l > 0 {
            keep(format!("A{l}"), &a[l]);
        }
    }
    keep(
        "Y".to_owned(),
        &textbook::log_softmax(logits).mapv(f64::exp),
    );
    keep("E".to_owned(), &Array2::from_elem((1, 1), loss));
    let (_, gradient) = textbook::loss_and_grad(&layers, f, &x, &labels);
    for (l, d) in gradient.iter().enumerate() {
        keep(format!("dW{}", l + 1), &d.w);
        // For one image, δ is the derivative by the biases.
        keep(format!("δ{}", l + 1), &d.b.clone().insert_axis(Axis(0)));
    }

    for (layer, d) in layers.iter_mut().zip(&gradient) {
        let mut zero = LayerParams {
            w: Array2::zeros(d.w.dim()),
            b: Array1::zeros(d.b.dim()),
        };
        textbook::sgd_step(layer, &mut zero, d, rate, 0.0);
    }
    let (after, _) = textbook::loss_and_grad(&layers, f, &x, &labels);
    numbers.insert("after".to_owned(), json!([after]));
    println!("{}", Value::from(numbers));
    Ok(())
}
