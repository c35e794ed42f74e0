//! `mnist-lab predict`

use std::path::Path;

use anyhow::{Context, Result, bail};
use experiments::run::classify::most_probable;
use lab_results::disk::whole;
use lab_results::model::{AnyModel, Model};
use ndarray::Array2;
use nn_core::{Scalar, Workspace, softmax};

use super::{complain, print};
use crate::cli::PredictArgs;

pub(crate) fn predict(options: &PredictArgs) -> Result<()> {
    let model = AnyModel::read(&options.model)?;
    let mut failures = 0;
    let mut header = true;
    for path in &options.images {
        // One bad picture among many is no reason to say nothing of the others.
        match probabilities(&model, path) {
            Ok(probabilities) if options.csv => {
                print(&csv(path, &probabilities, std::mem::take(&mut header))?)?;
            }
            Ok(probabilities) => print(&line(path, &probabilities))?,
            Err(error) => {
                complain(&format!("error: {error:#}"));
                failures += 1;
            }
        }
    }
    if failures > 0 {
        bail!(
            "{failures} of {} pictures could not be read",
            options.images.len()
        );
    }
    Ok(())
}

/// Every class's probability.
fn probabilities(model: &AnyModel, path: &Path) -> Result<Vec<f64>> {
    match model {
        AnyModel::F32(model) => classify(model, path),
        AnyModel::F64(model) => classify(model, path),
    }
}

fn classify<F: Scalar>(model: &Model<F>, path: &Path) -> Result<Vec<f64>> {
    let network = model.params.network();
    if model.card.image != [mnist_picture::SIDE; 2] {
        let [rows, columns] = model.card.image;
        bail!("the model takes images of {rows} × {columns}; pictures are brought to 28 × 28");
    }
    let bytes = whole::read_small(path)?;
    let pixels = mnist_picture::from_bytes(&bytes).with_context(|| path.display().to_string())?;
    let mut x = Array2::<F>::zeros((1, mnist_picture::PIXELS));
    if let Some(row) = x.as_slice_mut() {
        model.normalizer.apply(&pixels, row);
    }
    let mut workspace = Workspace::new();
    let mut y = network
        .forward(&model.params, &x, &mut workspace)?
        .to_owned();
    softmax(y.view_mut());
    let y: Vec<f64> = y.iter().map(|p| p.to_double()).collect();
    if y.iter().any(|p| p.is_nan()) {
        bail!(
            "{}: the model's weights are too large to say",
            path.display()
        );
    }
    Ok(y)
}

/// `digit.png: 7 (99.8 %), then 1 (0.1 %), 9 (0.0 %)`
fn line(path: &Path, probabilities: &[f64]) -> String {
    let mut classes: Vec<usize> = (0..probabilities.len()).collect();
    classes.sort_by(|&a, &b| probabilities[b].total_cmp(&probabilities[a]));
    let named = |&class: &usize| format!("{class} ({:.1} %)", 100.0 * probabilities[class]);
    let shown: Vec<String> = classes.iter().take(3).map(named).collect();
    let first = format!("{}: {}", path.display(), shown[0]);
    match shown.len() {
        1 => first + "\n",
        _ => format!("{first}, then {}\n", shown[1..].join(", ")),
    }
}

fn csv(path: &Path, probabilities: &[f64], header: bool) -> Result<String> {
    let mut table = csv::Writer::from_writer(Vec::new());
    if header {
        let classes = (0..probabilities.len()).map(|class| format!("p{class}"));
        let names = ["image".to_owned(), "class".to_owned()];
        table.write_record(names.into_iter().chain(classes))?;
    }
    let (class, _) = most_probable(probabilities.iter().copied());
    let cells = [path.display().to_string(), class.to_string()];
    let numbers = probabilities.iter().map(f64::to_string);
    table.write_record(cells.into_iter().chain(numbers))?;
    Ok(String::from_utf8(table.into_inner()?)?)
}
