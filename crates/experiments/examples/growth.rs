//! Measures how the time of an epoch grows with the hidden layer, the batch, the number of hidden layers and the number
//! of examples. Each is varied alone, from the paper's network.
//!
//! ```sh
//! cargo run --release -p experiments --example growth -- --out results/bench
//! ```

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Parser;
use experiments::run::timed_epochs::{TRAINING, Task, timed_epochs};
use lab_figures::{Growth, growth};
use lab_results::disk::atomic_file;
use mnist_data::{Dataset, OpenOptions};
use mnist_samples::{InputForm, PixelData};
use nn_train::Stopping;
use serde::Serialize;

/// Times epochs of networks and data of many sizes; writes growth.csv, growth.svg and growth.png
#[derive(Parser)]
struct Options {
    /// Number of timed epochs; the median counts
    #[arg(long, default_value_t = 15)]
    epochs: u32,

    /// Folder of the .gz files
    #[arg(long, default_value = "data")]
    data: PathBuf,

    /// Folder for the results
    #[arg(long, default_value = "results/bench")]
    out: PathBuf,
}

/// A size: its name, its values, and how to set a task to one.
type Varied = (&'static str, &'static [u32], fn(&mut Task, u32));

#[derive(Default, Serialize)]
struct Row {
    varied: &'static str,
    value: u32,
    epoch_seconds: f64,
    microseconds_per_example: f64,
}

fn main() -> Result<()> {
    let options = Options::parse();
    let data = PixelData::new(Dataset::open(&options.data, &OpenOptions::default())?);
    let paper = Task {
        hidden: vec![128],
        batch: 128,
        examples: TRAINING,
        epochs: options.epochs,
        stopping: Stopping::Never,
        threads: 1,
        input: InputForm::Sparse,
    };
    let sizes: [Varied; 4] = [
        ("hidden units", &[32, 64, 128, 256, 512, 1024], |task, n| {
            task.hidden = vec![n as usize];
        }),
        (
            "batch size",
            &[16, 32, 64, 128, 256, 512, 1024],
            |task, n| {
                task.batch = n as usize;
            },
        ),
        ("hidden layers of 128", &[1, 2, 3, 4], |task, n| {
            task.hidden = vec![128; n as usize];
        }),
        (
            "training examples",
            &[6_000, 12_000, 24_000, 48_000],
            |task, n| {
                task.examples = n;
            },
        ),
    ];

    let mut out = std::io::stdout();
    let (mut rows, mut growths) = (Vec::new(), Vec::new());
    writeln!(
        out,
        "| varied | value | epoch, s | µs per example |\n|---|---:|---:|---:|"
    )?;
    for (varied, values, set) in sizes {
        let mut points = Vec::new();
        for &value in values {
            let mut task = paper.clone();
            set(&mut task, value);
            let mut seconds = timed_epochs(&data, &task)?.training;
            seconds.sort_by(f64::total_cmp);
            let median = seconds[seconds.len() / 2];
            let each = 1e6 * median / f64::from(task.examples);
            writeln!(out, "| {varied} | {value} | {median:.3} | {each:.2} |")?;
            points.push((value, median));
            rows.push(Row {
                varied,
                value,
                epoch_seconds: median,
                microseconds_per_example: each,
            });
        }
        growths.push(Growth {
            size: varied.to_owned(),
            points,
        });
    }

    fs::create_dir_all(&options.out).with_context(|| options.out.display().to_string())?;
    atomic_file::write_csv(&options.out.join("growth.csv"), &rows)?;
    let figure = growth("An epoch of training", "seconds", &growths)?;
    atomic_file::write(&options.out.join("growth.svg"), figure.svg().as_bytes())?;
    atomic_file::write(&options.out.join("growth.png"), &figure.png()?)?;
    Ok(())
}
