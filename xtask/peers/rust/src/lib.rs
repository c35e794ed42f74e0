//! Shared code of the peers in Rust: arguments, data, initial weights, clock and report. They do the task of
//! `../task.py`, which describes the timing, and print the same line of JSON.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use clap::Parser;
use mnist_data::{Dataset, LabelledImages, Normalizer, OpenOptions};
use rand::seq::SliceRandom as _;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

pub const PIXELS: usize = 784;
pub const CLASSES: usize = 10;
pub const MOMENTUM: f64 = 0.9;
/// The velocity is v ← 0.9 v + g; with this rate, it is the average of the task.
pub const RATE: f64 = 0.1 * (1.0 - MOMENTUM);

const TRAINING: u32 = 48_000;
/// The batch size for scoring a network.
const PART: usize = 1000;

/// Times epochs of training
#[derive(Parser)]
#[command(after_help = "Example:
  RAYON_NUM_THREADS=1 taskset --cpu-list 0 PROGRAM --threads 1 --hidden 128 --batch 128 --data data")]
struct Options {
    /// Threads; RAYON_NUM_THREADS must be the same
    #[arg(long, default_value_t = 1)]
    threads: usize,

    /// Hidden units
    #[arg(long, default_value_t = 128, value_parser = clap::value_parser!(u32).range(1..))]
    hidden: u32,

    /// Batch size
    #[arg(long, default_value_t = 128, value_parser = clap::value_parser!(u32).range(1..))]
    batch: u32,

    /// Number of timed epochs, after one for warm-up
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    epochs: u32,

    /// Number of training examples
    #[arg(long, default_value_t = TRAINING,
          value_parser = clap::value_parser!(u32).range(1..=i64::from(TRAINING)))]
    examples: u32,

    /// Folder of the .gz files
    #[arg(long, default_value = "data")]
    data: PathBuf,
}

/// Normalised images [examples × 784] and their labels.
pub struct Examples {
    pub images: Vec<f32>,
    pub labels: Vec<u8>,
}

/// Weights [fan-in × fan-out] and biases of a layer.
pub struct Layer {
    pub fan_in: usize,
    pub fan_out: usize,
    pub weights: Vec<f32>,
    pub biases: Vec<f32>,
}

/// A network 784–H–10 with tanh, and the images that it learns from.
pub trait Peer: Sized {
    fn new(examples: Examples, layers: [Layer; 2]) -> Result<Self>;

    /// One step of SGD with momentum on the examples `rows`; gathering them is included.
    fn step(&mut self, rows: &[u32]) -> Result<()>;

    /// The logits [examples × 10] of images [examples × 784].
    fn logits(&self, images: &[f32]) -> Result<Vec<f32>>;
}

/// The complete program. `name` is the framework's name, `package` the crate with the framework's version.
pub fn run<P: Peer>(name: &str, package: &str) -> ExitCode {
    let Err(error) = measure::<P>(&Options::parse(), name, package) else {
        return ExitCode::SUCCESS;
    };
    let _ = writeln!(std::io::stderr(), "error: {error:#}");
    ExitCode::FAILURE
}

fn measure<P: Peer>(options: &Options, name: &str, package: &str) -> Result<()> {
    // Both frameworks read this variable; later, their pools cannot be changed.
    let threads = std::env::var("RAYON_NUM_THREADS").unwrap_or_default();
    ensure!(
        threads == options.threads.to_string(),
        "RAYON_NUM_THREADS is {threads:?}; expected {}, as --threads says",
        options.threads
    );
    let data = Dataset::open(&options.data, &OpenOptions::default())?;
    let total = data.train().len() as u32;
    let training = |end| part(data.train(), 0..end);

    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let hidden = options.hidden as usize;
    let layers = [(PIXELS, hidden), (hidden, CLASSES)].map(|sizes| initial(sizes, &mut rng));
    let mut peer = P::new(training(options.examples), layers)?;

    let mut rows: Vec<u32> = (0..options.examples).collect();
    let mut seconds = Vec::new();
    for _ in 0..=options.epochs {
        let since = Instant::now();
        rows.shuffle(&mut rng);
        for rows in rows.chunks(options.batch as usize) {
            peer.step(rows)?;
        }
        seconds.push(since.elapsed().as_secs_f64());
    }
    let peak = peak_rss_mb();

    let (loss, _) = score(&peer, &training(options.examples))?;
    let (_, accuracy) = score(&peer, &part(data.train(), TRAINING..total))?;
    let line = serde_json::json!({
        "framework": name,
        "version": version(package)?,
        "threads": options.threads,
        "hidden": options.hidden,
        "batch": options.batch,
        "epoch_seconds": seconds.split_off(1),
        "peak_rss_mb": peak,
        "final_loss": loss,
        "validation_accuracy": accuracy,
    });
    Ok(writeln!(std::io::stdout(), "{line}")?)
}

fn part(data: &LabelledImages, range: std::ops::Range<u32>) -> Examples {
    let labels = data.labels()[range.start as usize..range.end as usize].to_vec();
    let rows: Vec<u32> = range.collect();
    let normalizer = Normalizer::PerImage;
    let images = normalizer.transform_rows::<f32>(data.images(), &rows);
    Examples {
        images: images.into_raw_vec_and_offset().0,
        labels,
    }
}

/// Uniform weights after Glorot and Bengio, and biases of 0.
fn initial((fan_in, fan_out): (usize, usize), rng: &mut ChaCha8Rng) -> Layer {
    let limit = (6.0 / (fan_in + fan_out) as f32).sqrt();
    let draw = (0..fan_in * fan_out).map(|_| rng.random_range(-limit..limit));
    Layer {
        fan_in,
        fan_out,
        weights: draw.collect(),
        biases: vec![0.0; fan_out],
    }
}

/// Mean cross-entropy and accuracy.
fn score(peer: &impl Peer, examples: &Examples) -> Result<(f64, f64)> {
    let (mut loss, mut right) = (0.0, 0);
    let parts = examples.images.chunks(PART * PIXELS);
    for (images, labels) in parts.zip(examples.labels.chunks(PART)) {
        let logits = peer.logits(images)?;
        for (logits, &label) in logits.chunks_exact(CLASSES).zip(labels) {
            let own = logits[usize::from(label)];
            let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let sum: f64 = logits.iter().map(|z| f64::from(z - most).exp()).sum();
            loss += sum.ln() + f64::from(most - own);
            right += u32::from(own == most);
        }
    }
    let count = examples.labels.len() as f64;
    Ok((loss / count, f64::from(right) / count))
}

/// The version of a package that this program was built with.
fn version(package: &str) -> Result<&'static str> {
    let found = include_str!("../Cargo.lock")
        .split_once(&format!("name = \"{package}\"\nversion = \""))
        .and_then(|(_, rest)| rest.split('"').next());
    found.with_context(|| format!("Cargo.lock has no {package}"))
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
