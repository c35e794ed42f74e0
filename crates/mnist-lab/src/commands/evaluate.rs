//! `mnist-lab evaluate`

use anyhow::{Result, bail};
use experiments::run::classify::probabilities;
use lab_results::model::{AnyModel, Model};
use mnist_data::Dataset;
use mnist_samples::PixelData;
use nn_core::Float;
use nn_train::evaluate as score;

use super::{complain, expect_numbers, open_data, open_model, predictions, print};
use crate::cli::EvaluateArgs;

pub(crate) fn evaluate(options: &EvaluateArgs, quiet: bool) -> Result<()> {
    let model = open_model(options.model.as_deref(), quiet)?;
    let dataset = open_data(&options.data, quiet)?;
    // Models of MNIST or of an unknown data set do not name their data set.
    if let (Some(ours), Some(theirs)) = (&model.metadata().dataset, dataset.name())
        && ours != theirs
    {
        complain(&format!(
            "warning: the model was trained on {ours}, the data set is {theirs}"
        ));
    }
    match &model {
        AnyModel::F32(model) => test(model, dataset, options.csv),
        AnyModel::F64(model) => test(model, dataset, options.csv),
    }
}

fn test<F: Float>(model: &Model<F>, dataset: Dataset, csv: bool) -> Result<()> {
    let network = model.params.network();
    let (ours, theirs) = (network.classes(), dataset.classes());
    if ours != theirs {
        bail!("the model has {ours} classes; the data set has {theirs}");
    }
    let data = PixelData::new(dataset);
    let samples = data.testing(&model.normalizer, model.metadata.settings.input);
    if csv {
        let rows = probabilities(network, &model.params, &samples)?;
        expect_numbers(rows.iter().map(|p| p.to_double()))?;
        let rows = rows.rows().into_iter().enumerate();
        let row = |(image, row): (usize, ndarray::ArrayView1<F>)| {
            let probabilities = row.iter().map(|p| p.to_double()).collect();
            (image.to_string(), probabilities)
        };
        return print(&predictions(
            rows.map(row),
            true,
            model.metadata.class_names(),
        )?);
    }
    let score = score(network, &model.params, &samples)?;
    expect_numbers(std::iter::once(score.loss()))?;
    print(&format!(
        "test accuracy {:.2} % ({} of {}), loss {:.4}\n",
        100.0 * score.accuracy(),
        score.correct,
        score.examples,
        score.loss()
    ))
}
