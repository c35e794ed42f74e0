//! The task of `cargo xtask bench-peers` with this workspace's crates: how long an epoch of training
//! takes. xtask/peers/task.py describes the task and what is timed; this program takes the same
//! arguments and prints the same line of JSON.
//!
//! ```sh
//! cargo run --release -p experiments --example epoch -- --hidden 128 --batch 128 --epochs 5 --data data
//! ```

use std::convert::Infallible;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result};
use clap::{Parser, ValueEnum};
use experiments::pixels::PixelData;
use experiments::settings::InputForm;
use mnist_data::{Dataset, Normalize, OpenOptions};
use nn_core::{Activation, Init, Mlp};
use nn_train::{Config, Event, Observer, Stopping, Stream, Trainer};

const TRAINING: u32 = 48_000;

/// Times epochs of training
#[derive(Parser)]
struct Options {
    /// Threads that share each step
    #[arg(long, default_value_t = 1)]
    threads: usize,

    /// Hidden units
    #[arg(long, default_value_t = 128)]
    hidden: usize,

    /// Examples in a step
    #[arg(long, default_value_t = 128)]
    batch: usize,

    /// Epochs that are timed, after one more to warm up
    #[arg(long, default_value_t = 5)]
    epochs: u32,

    /// How many examples to train on
    #[arg(long, default_value_t = TRAINING,
          value_parser = clap::value_parser!(u32).range(1..=i64::from(TRAINING)))]
    examples: u32,

    /// Folder of the .gz files
    #[arg(long, default_value = "data")]
    data: PathBuf,

    /// The form in which the first layer sees its input
    #[arg(long, value_enum, default_value_t = Form::Sparse)]
    input: Form,
}

#[derive(Clone, Copy, ValueEnum)]
enum Form {
    Sparse,
    Dense,
}

fn main() -> Result<()> {
    let options = Options::parse();
    let (name, form) = match options.input {
        Form::Sparse => ("ours-sparse", InputForm::Sparse),
        Form::Dense => ("ours-dense", InputForm::Dense),
    };

    let data = PixelData::new(Dataset::open(&options.data, &OpenOptions::default())?)?;
    let images = data.dataset().train().images();
    let train: Vec<u32> = (0..options.examples).collect();
    let validation: Vec<u32> = (TRAINING..images.len() as u32).collect();
    let normalizer = Normalize::PerImage.fit(images, &train);
    let train = data.training::<f32>(train, &normalizer, form);
    let validation = data.training::<f32>(validation, &normalizer, form);

    let sizes = [
        images.pixels_per_image(),
        options.hidden,
        data.dataset().classes(),
    ];
    let network = Mlp::new(&sizes, Activation::Tanh)?;
    let config = Config {
        learning_rate: 0.1,
        momentum: 0.9,
        batch_size: options.batch,
        epochs: 1 + options.epochs,
        stopping: Stopping::Never,
        ..Config::default()
    }
    .check()?;
    let initial = network.init(Init::GlorotUniform, &mut Stream::Init.rng(config.seed));

    let mut trainer = Trainer::new(&network, &config, initial, &train, &validation)?
        .with_threads(options.threads)?;
    let mut clock = Clock {
        since: Instant::now(),
        seconds: Vec::new(),
    };
    trainer.run(&mut clock)?;

    let last = trainer.state().history.last().context("no epoch")?;
    let line = serde_json::json!({
        "framework": name,
        "version": env!("CARGO_PKG_VERSION"),
        "threads": options.threads,
        "hidden": options.hidden,
        "batch": options.batch,
        "epoch_seconds": clock.seconds[1..],
        "peak_rss_mb": peak_rss_mb(),
        "final_loss": last.train.loss(),
        "validation_accuracy": last.validation.accuracy(),
    });
    Ok(writeln!(std::io::stdout(), "{line}")?)
}

/// Times an epoch from the evaluation before it to its own, so that drawing the order counts.
struct Clock {
    since: Instant,
    seconds: Vec<f64>,
}

impl Observer<f32> for Clock {
    type Error = Infallible;

    fn event(&mut self, event: &Event<'_, f32>) -> Result<ControlFlow<()>, Infallible> {
        match event {
            Event::EvaluationStarted { .. } => {
                self.seconds.push(self.since.elapsed().as_secs_f64());
            }
            Event::EpochFinished { .. } => self.since = Instant::now(),
            _ => {}
        }
        Ok(ControlFlow::Continue(()))
    }
}

/// The most memory that this process has held at once; known on Linux only.
fn peak_rss_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes / 1024.0)
}
