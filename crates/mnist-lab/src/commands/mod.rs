//! The subcommands, and the inputs that several of them read.

mod evaluate;
mod exercises;
mod export;
mod gradcheck;
mod import;
mod list;
mod merge;
mod multiverse;
mod plan;
mod power;
mod predict;
mod record;
mod report;
mod request;
mod run;
mod status;
mod submit;
mod suite;

use std::path::Path;

use anyhow::{Context, Result, anyhow, ensure};
use clap::CommandFactory;
use clap_complete::Shell;
use experiments::built_in;
use experiments::run::classify::most_probable;
use lab_results::model::AnyModel;
use mnist_data::known::class_name;
use mnist_data::{Checksums, Dataset, OpenOptions};

use crate::cli::{ChecksumOption, Cli, Command, DataArgs, Exercises, Study, Sweep};
use crate::output::{complain, note, print};

/// Runs the command.
pub(crate) fn run_command(cli: &Cli) -> Result<()> {
    let quiet = cli.quiet;
    match &cli.command {
        Command::List(args) => list::list(args),
        Command::Run(args) => run::run(args, quiet),
        Command::Report(args) => report::report(args, quiet),
        Command::Predict(args) => predict::predict(args, quiet),
        Command::Evaluate(args) => evaluate::evaluate(args, quiet),
        Command::Export(args) => export::export(args, quiet),
        Command::Import(args) => import::import(args, quiet),
        Command::Gradcheck(args) => gradcheck::gradcheck(args, quiet),
        Command::Sweep(Sweep::Plan(args)) => plan::plan(args),
        Command::Sweep(Sweep::Submit(args)) => submit::submit(args, quiet),
        Command::Sweep(Sweep::Status(args)) => status::status(args),
        Command::Sweep(Sweep::Merge(args)) => merge::merge(args, quiet),
        Command::Study(Study::Power(args)) => power::power(args),
        Command::Study(Study::Multiverse(args)) => multiverse::multiverse(args, quiet),
        Command::Study(Study::Record(args)) => record::record(args),
        Command::Exercises(Exercises::New(args)) => exercises::new(args, quiet),
        Command::Exercises(Exercises::Grade(args)) => exercises::grade(args, quiet),
        Command::Exercises(Exercises::Hint(args)) => exercises::hint(args),
        Command::Completions { shell } => completions(*shell),
        Command::Man { dir } => {
            clap_mangen::generate_to(Cli::command(), dir).with_context(|| dir.display().to_string())
        }
    }
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Reads a model, or uses the built-in one and prints a note.
fn open_model(path: Option<&Path>, quiet: bool) -> Result<AnyModel> {
    if let Some(path) = path {
        return AnyModel::read(path);
    }
    let model = built_in::model()?;
    let (experiment, seed) = (&model.metadata().experiment, model.metadata().seed);
    note(
        quiet,
        &format!("using the built-in model: {experiment}, seed {seed}"),
    );
    Ok(model)
}

/// Checks that the output of a network is finite: large weights can overflow.
fn expect_numbers(mut numbers: impl Iterator<Item = f64>) -> Result<()> {
    ensure!(
        numbers.all(f64::is_finite),
        "the model's output is not a finite number; its weights are too large"
    );
    Ok(())
}

/// A CSV table: the image, its class, the class's name if classes have names, and the probability of every class.
fn predictions(
    rows: impl IntoIterator<Item = (String, Vec<f64>)>,
    header: bool,
    names: Option<&[&str]>,
) -> Result<String> {
    let mut table = csv::Writer::from_writer(Vec::new());
    let mut rows = rows.into_iter().peekable();
    if let Some((_, probabilities)) = rows.peek().filter(|_| header) {
        let classes = (0..probabilities.len()).map(|class| format!("p{class}"));
        let name = names.map(|_| "name".to_owned());
        let first = ["image".to_owned(), "class".to_owned()];
        table.write_record(first.into_iter().chain(name).chain(classes))?;
    }
    for (image, probabilities) in rows {
        let (class, _) = most_probable(&probabilities);
        let numbers = probabilities.iter().map(f64::to_string);
        let name = names.map(|_| class_name(names, class));
        let first = [image, class.to_string()];
        table.write_record(first.into_iter().chain(name).chain(numbers))?;
    }
    Ok(String::from_utf8(table.into_inner()?)?)
}

/// Loads the data set that the options name, and prints its name if it is known and not MNIST.
fn open_data(options: &DataArgs, quiet: bool) -> Result<Dataset> {
    let Some(folder) = &options.data_dir else {
        return built_in();
    };
    let open = OpenOptions {
        checksums: match options.checksums {
            ChecksumOption::Known => Checksums::Known,
            ChecksumOption::Mnist => Checksums::Mnist,
            ChecksumOption::Off => Checksums::Off,
        },
        classes: options.classes.into(),
        prefix: options.prefix.clone(),
        ..OpenOptions::default()
    };
    let dataset = Dataset::open(folder, &open).map_err(with_advice)?;
    if let Some(name) = dataset.name().filter(|&name| name != "MNIST") {
        note(quiet, &format!("data: {name}"));
    }
    Ok(dataset)
}

/// Adds the options that may help to an error.
fn with_advice(error: mnist_data::Error) -> anyhow::Error {
    use mnist_data::Error;
    match &error {
        Error::Checksum { .. } | Error::UnknownSet { .. } => {
            anyhow!("{error}; add --checksums off for another data set")
        }
        Error::Emnist { splits, .. } => {
            let options = |(prefix, classes): &(&str, usize)| {
                format!("--prefix {prefix} --classes {classes} --checksums off")
            };
            let options: Vec<String> = splits.iter().map(options).collect();
            anyhow!("{error}; add {}", options.join(" or "))
        }
        _ => error.into(),
    }
}

#[cfg(feature = "bundled")]
fn built_in() -> Result<Dataset> {
    Dataset::bundled().context("built-in data")
}

#[cfg(not(feature = "bundled"))]
fn built_in() -> Result<Dataset> {
    Err(anyhow!(
        "this program was built without data; add --data-dir"
    ))
}

fn completions(shell: Shell) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "mnist-lab", &mut script);
    print(&String::from_utf8(script).context("completion script")?)
}
