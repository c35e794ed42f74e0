//! `mnist-lab evaluate`

use anyhow::{Result, bail};
use experiments::run::form;
use lab_results::model::{AnyModel, Model};
use mnist_data::Dataset;
use mnist_samples::PixelData;
use nn_core::{Scalar, Score};
use nn_train::evaluate as score;

use super::{open_data, open_model, print};
use crate::cli::EvaluateArgs;

pub(crate) fn evaluate(options: &EvaluateArgs, quiet: bool) -> Result<()> {
    let model = open_model(options.model.as_deref(), quiet)?;
    let dataset = open_data(&options.data)?;
    let score = match &model {
        AnyModel::F32(model) => test(model, dataset)?,
        AnyModel::F64(model) => test(model, dataset)?,
    };
    print(&format!(
        "test accuracy {:.2} % ({} of {}), loss {:.4}\n",
        100.0 * score.accuracy(),
        score.correct,
        score.examples,
        score.loss()
    ))
}

fn test<F: Scalar>(model: &Model<F>, dataset: Dataset) -> Result<Score> {
    let (ours, theirs) = (model.params.network().classes(), dataset.classes());
    if ours != theirs {
        bail!("the model knows {ours} classes; the data set has {theirs}");
    }
    let data = PixelData::new(dataset);
    let samples = data.testing(&model.normalizer, form(model.card.settings.input));
    Ok(score(model.params.network(), &model.params, &samples)?)
}
