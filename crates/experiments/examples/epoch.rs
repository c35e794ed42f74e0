//! Times an epoch of training with this workspace's crates: the task of `cargo xtask bench-peers`. xtask/peers/task.py
//! describes the task and the timing. This program takes the same arguments and prints the same line of JSON, and also
//! the seconds of evaluation.
//!
//! ```sh
//! cargo run --release -p experiments --example epoch -- --hidden 128 --batch 128 --epochs 5 --data data
//! ```

use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use clap::Parser;
use experiments::run::timed_epochs::{TRAINING, Task, timed_epochs};
use mnist_data::{Dataset, OpenOptions};
use mnist_samples::{InputForm, PixelData};
use nn_train::Stopping;

/// Times epochs of training
#[derive(Parser)]
struct Options {
    /// Time a whole run, to early stopping: each epoch with its evaluation
    #[arg(long)]
    run: bool,

    /// Threads of a whole run; an epoch alone uses one
    #[arg(long, default_value_t = 1)]
    threads: usize,

    /// Hidden units
    #[arg(long, default_value_t = 128)]
    hidden: usize,

    /// Batch size
    #[arg(long, default_value_t = 128)]
    batch: usize,

    /// Number of timed epochs, after one for warm-up
    #[arg(long, default_value_t = 5)]
    epochs: u32,

    /// Number of training examples
    #[arg(long, default_value_t = TRAINING,
          value_parser = clap::value_parser!(u32).range(1..=i64::from(TRAINING)))]
    examples: u32,

    /// Folder of the .gz files
    #[arg(long, default_value = "data")]
    data: PathBuf,

    /// Form of the first layer's input
    #[arg(long, default_value_t = InputForm::Sparse)]
    input: InputForm,
}

/// The maximum number of epochs of a whole run, after one for warm-up.
const MOST_EPOCHS: u32 = 100;

fn main() -> Result<()> {
    let options = Options::parse();
    let data = PixelData::new(Dataset::open(&options.data, &OpenOptions::default())?);
    let (epochs, stopping, threads) = match options.run {
        true => (MOST_EPOCHS, Stopping::Consecutive, options.threads),
        false => (options.epochs, Stopping::Never, 1),
    };
    let task = Task {
        hidden: vec![options.hidden],
        batch: options.batch,
        examples: options.examples,
        epochs,
        stopping,
        threads,
        input: options.input,
    };
    let timed = timed_epochs(&data, &task)?;
    let whole = timed.training.iter().zip(&timed.evaluation);
    let (seconds, evaluation) = match options.run {
        true => (
            whole
                .map(|(training, evaluation)| training + evaluation)
                .collect(),
            None,
        ),
        false => (timed.training, Some(timed.evaluation)),
    };
    let line = serde_json::json!({
        "framework": format!("ours-{}", options.input),
        "version": env!("CARGO_PKG_VERSION"),
        "threads": threads,
        "hidden": options.hidden,
        "batch": options.batch,
        "epoch_seconds": seconds,
        "evaluation_seconds": evaluation,
        "peak_rss_mb": peak_rss_mb(),
        "final_loss": timed.last.train.loss(),
        "validation_accuracy": timed.last.validation.accuracy(),
    });
    Ok(writeln!(std::io::stdout(), "{line}")?)
}

/// Peak memory of this process; known only on Linux.
fn peak_rss_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes / 1024.0)
}
