//! `mnist-lab import`

use anyhow::{Context, Result, anyhow, bail};
use lab_exchange::import::{Foreign, Options};
use lab_results::disk::atomic_file;
use lab_results::quote::quoted;
use mnist_data::format::FileFormat;
use mnist_data::{Normalize, Normalizer};

use super::export::write_new;
use super::{note, open_data};
use crate::cli::{DataArgs, ImportArgs};
use crate::ends::Usage;

pub(crate) fn import(options: &ImportArgs, quiet: bool) -> Result<()> {
    let bytes = atomic_file::read(&options.file)?;
    let formats = [FileFormat::Safetensors, FileFormat::Npz];
    atomic_file::expect_format(
        &options.file,
        &bytes,
        "weights in safetensors or npz",
        &formats,
    )?;
    let named = || options.file.display().to_string();
    let foreign = Foreign::parse(&bytes).with_context(named)?;
    let given = match (options.activation, &options.normalize) {
        (Some(activation), Some(how)) => {
            let (normalize, normalizer) = normalisation(how, &options.data, quiet)?;
            Some(Options {
                activation,
                normalize,
                normalizer,
            })
        }
        _ => None,
    };
    if given.is_none() && !foreign.describes_itself() {
        let message = "activation and normalisation unknown; add --activation and --normalize";
        bail!(Usage(anyhow!("{}: {message}", options.file.display())));
    }
    let (bytes, model) = foreign.into_model(given.as_ref()).with_context(named)?;
    write_new(&options.out, &bytes, options.replace, true)?;
    let (network, out) = (model.network(), options.out.display());
    note(quiet, &format!("wrote {out}: network {network}"));
    Ok(())
}

/// The normalisation that `--normalize` names, or gives as two numbers. Statistics are those of all training images.
fn normalisation(how: &str, data: &DataArgs, quiet: bool) -> Result<(Normalize, Normalizer)> {
    if let Some(numbers) = how.split_once(',') {
        let (mean, deviation) = mean_and_deviation(numbers)
            .map_err(|error| Usage(error.context(format!("--normalize {}", quoted(how)))))?;
        let (a, c) = (1.0 / (255.0 * deviation), mean / deviation);
        return Ok((Normalize::Global, Normalizer::Fixed { a, c }));
    }
    let normalize: Normalize = how
        .parse()
        .map_err(|error| Usage(anyhow::Error::new(error)))?;
    let normalizer = match normalize {
        Normalize::PerImage => Normalizer::PerImage,
        _ => {
            let dataset = open_data(data, quiet)?;
            let images = dataset.train().images();
            let all: Vec<u32> = (0..images.len() as u32).collect();
            normalize.fit(images, &all)?
        }
    };
    Ok((normalize, normalizer))
}

fn mean_and_deviation((mean, deviation): (&str, &str)) -> Result<(f64, f64)> {
    let number = |text: &str| text.trim().parse::<f64>().ok().filter(|x| x.is_finite());
    match (number(mean), number(deviation)) {
        (Some(mean), Some(deviation))
            if (0.0..=1.0).contains(&mean) && deviation > 0.0 && deviation <= 1.0 =>
        {
            Ok((mean, deviation))
        }
        _ => bail!(
            "expected the mean and the standard deviation of pixels from 0 to 1, such as 0.1307,0.3081"
        ),
    }
}
