//! Searches for a mistake that gives the paper's table 1, whose first-layer rows have opposite signs.
//!
//! ```sh
//! cargo run --release -p experiments --example table1 -- --out results/table1
//! ```

mod bugs;
mod network;
mod page;
mod table;
#[cfg(test)]
mod tests;

use std::fs;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::PathBuf;

use anyhow::{Context, Result};
use bugs::{BUGS, Case};
use clap::Parser;
use experiments::gradient_check::PAPER_EPSILON;
use experiments::run::timed_epochs::TRAINING;
use lab_results::disk::atomic_file;
use lab_results::suite::Settings;
use lab_results::tables::{GradcheckPart, GradcheckRow};
use mnist_data::{Dataset, Normalize, OpenOptions};
use mnist_samples::{InputForm, PixelData};
use network::{CLASSES, HIDDEN, Network, PIXELS, Weight};
use nn_core::{Init, Params};
use nn_train::{Event, Stopping, Stream, Trainer, observe};
use page::{BugRow, CorrectRow, Results};
use rand::Rng;
use table::Row;

/// Compares the paper's table 1 with correct and with wrong gradient checks; writes a page, two tables and a figure
#[derive(Parser)]
struct Options {
    /// Number of draws for each network and number of images
    #[arg(long, default_value_t = 100)]
    draws: u32,

    /// Number of images for each network at which the first layer's weights are checked
    #[arg(long, default_value_t = 20)]
    images: u32,

    /// Folder of the .gz files
    #[arg(long, default_value = "data")]
    data: PathBuf,

    /// Our gradient check
    #[arg(long, default_value = "results/paper/gradcheck.csv")]
    gradcheck: PathBuf,

    /// Folder for the results
    #[arg(long, default_value = "results/table1")]
    out: PathBuf,
}

/// The networks' initial weights, and the epochs of training after which they are checked.
const INITS: [Init; 2] = [Init::LecunNormal, Init::SmallPositive];
const EPOCHS: [u32; 3] = [0, 1, 10];

/// The numbers of images of a check. The paper says "a random data sample", which could be several images.
const IMAGES: [usize; 2] = [1, 10];

struct Trained {
    init: Init,
    epochs: u32,
    params: Params<f64>,
}

fn main() -> Result<()> {
    let options = Options::parse();
    let data = PixelData::new(Dataset::open(&options.data, &OpenOptions::default())?);
    let mut networks = Vec::new();
    for init in INITS {
        networks.extend(train(&data, init)?);
    }
    let mut results = Results {
        ours: atomic_file::read_csv::<GradcheckRow>(&options.gradcheck)?,
        ..Results::default()
    };
    results.ours.retain(|row| row.part == GradcheckPart::Table1);
    for network in &networks {
        check_first_layer(&data, network, options.images, &mut results)?;
    }
    search(&data, &networks, options.draws, &mut results)?;

    fs::create_dir_all(&options.out).with_context(|| options.out.display().to_string())?;
    let write = |name: &str, bytes: &[u8]| atomic_file::write(&options.out.join(name), bytes);
    atomic_file::write_csv(&options.out.join("correct.csv"), &results.correct)?;
    atomic_file::write_csv(&options.out.join("bugs.csv"), &results.bugs)?;
    write("README.md", results.page().as_bytes())?;
    let figure = results.figure()?;
    write("table1.svg", figure.svg().as_bytes())?;
    write("table1.png", &figure.png()?)?;
    Ok(())
}

/// Trains the paper's network with momentum (section 4), which is the first experiment with this network.
fn train(data: &PixelData, init: Init) -> Result<Vec<Trained>> {
    let paper = experiments::suites::load("paper")?;
    let settings = Settings {
        init,
        epochs: EPOCHS[EPOCHS.len() - 1],
        stopping: Stopping::Never,
        ..paper.select(&["momentum".to_owned()])?[0].settings.clone()
    };
    let network = settings.network(PIXELS, CLASSES)?;
    let normalizer = Normalize::PerImage.fit(data.dataset().train().images(), &[])?;
    let part = |range: std::ops::Range<u32>| {
        data.training::<f32>(range.collect(), &normalizer, InputForm::Auto)
    };
    let (examples, validation) = (part(0..TRAINING), part(TRAINING..TRAINING + 1000));
    let initial: Params<f32> = network.init(init, &mut Stream::Init.rng(0));
    let trained = |epochs, params: &Params<f32>| Trained {
        init,
        epochs,
        params: params.cast(),
    };
    let mut networks = vec![trained(0, &initial)];
    let config = settings.config(0).check()?;
    let mut trainer = Trainer::new(&network, &config, initial, &examples, &validation)?;
    trainer.run(observe(|event| {
        if let Event::EpochFinished { state, .. } = event
            && EPOCHS.contains(&state.epochs_done())
        {
            networks.push(trained(state.epochs_done(), &state.params));
        }
        ControlFlow::Continue(())
    }))?;
    Ok(networks)
}

/// The network at random training images.
fn at_images(
    data: &PixelData,
    params: &Params<f64>,
    count: usize,
    rng: &mut impl Rng,
) -> Result<Network> {
    let train = data.dataset().train();
    let indices: Vec<u32> = (0..count)
        .map(|_| rng.random_range(0..train.len() as u32))
        .collect();
    let x = Normalize::PerImage
        .fit(train.images(), &[])?
        .transform_rows(train.images(), &indices);
    let labels = indices
        .iter()
        .map(|&i| train.labels()[i as usize])
        .collect();
    Ok(Network::new(params, &x, labels))
}

/// Checks all first-layer weights whose gradient has the size of the paper's, between half and twice 2.2·10⁻⁴.
fn check_first_layer(
    data: &PixelData,
    trained: &Trained,
    images: u32,
    results: &mut Results,
) -> Result<()> {
    let mut row = CorrectRow {
        init: trained.init.to_string(),
        epochs: trained.epochs,
        images,
        ..CorrectRow::default()
    };
    let mut rng = Stream::Example.rng(1);
    for _ in 0..images {
        let network = at_images(data, &trained.params, 1, &mut rng)?;
        for unit in 0..HIDDEN {
            // The bias has the input 1, so its gradient is the unit's δ.
            let delta = network.gradient(Weight::First(PIXELS, unit));
            for input in 0..=PIXELS {
                let backprop = delta * network.x[[0, input]];
                if !(1.1e-4..=4.4e-4).contains(&backprop.abs()) {
                    continue;
                }
                let numerical = network.numerical(Weight::First(input, unit), PAPER_EPSILON);
                let checked = Row {
                    numerical,
                    backprop,
                };
                row.weights += 1;
                row.opposite_signs += u32::from(checked.opposite());
                row.largest_difference = row.largest_difference.max(checked.difference());
            }
        }
    }
    results.correct.push(row);
    Ok(())
}

/// Draws networks, images and weights, and counts the tables with the paper's marks for each mistake.
fn search(data: &PixelData, networks: &[Trained], draws: u32, results: &mut Results) -> Result<()> {
    results.bugs = BUGS.iter().map(|bug| BugRow::new(bug.name)).collect();
    for images in IMAGES {
        for (seed, trained) in networks.iter().enumerate() {
            let mut rng = Stream::Example.rng(seed as u64);
            let (mut tried, mut cases) = (0, 0);
            // Some networks give no draw.
            while cases < draws && tried < 100 * (cases + 10) {
                tried += 1;
                let network = at_images(data, &trained.params, images, &mut rng)?;
                let Some(case) = Case::draw(network, &mut rng) else {
                    continue;
                };
                cases += 1;
                for (bug, row) in BUGS.iter().zip(&mut results.bugs) {
                    row.count(&(bug.table)(&case));
                }
                // A fifth of the draws is enough for the figure.
                let correct = case.correct();
                for row in (0..6).filter(|_| cases.is_multiple_of(5)) {
                    let layer = usize::from(!(1..4).contains(&row));
                    results.points[layer].push((correct[row].backprop, correct[row].numerical));
                }
            }
            let mut out = std::io::stdout();
            let Trained { init, epochs, .. } = trained;
            writeln!(
                out,
                "{init}, {epochs} epochs, {images} images: {cases} draws of {tried} tried"
            )?;
        }
    }
    Ok(())
}
