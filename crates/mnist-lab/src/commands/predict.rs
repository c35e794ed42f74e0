//! `mnist-lab predict`

use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result, bail};
use experiments::run::classify::most_probable;
use lab_results::disk::atomic_file;
use lab_results::model::{AnyModel, Model};
use lab_results::quote::on_one_line;
use mnist_data::Images;
use mnist_data::format::FileFormat;
use mnist_data::known::class_name;
use mnist_picture::{Doubt, PIXELS, PictureError, SIDE, UNSURE};
use nn_core::{Float, Workspace};

use super::{complain, expect_numbers, open_model, predictions, print};
use crate::cli::PredictArgs;

/// The maximum size of standard input, in bytes.
const LONGEST: u64 = 256 << 20;

/// The names of classes; `None` if they are numbers.
type Names = Option<&'static [&'static str]>;

/// The result for a picture: its digits, the number of digits in each row, and reasons to doubt them.
struct Picture {
    readings: Vec<Reading>,
    rows: Vec<usize>,
    doubts: Vec<Doubt>,
}

/// A digit of a picture, with the probability of every class.
struct Reading {
    pixels: [u8; PIXELS],
    probabilities: Vec<f64>,
}

pub(crate) fn predict(options: &PredictArgs, quiet: bool) -> Result<()> {
    let model = open_model(options.model.as_deref(), quiet)?;
    let names = model.metadata().class_names();
    let mut failures = 0;
    let mut header = true;
    for path in &options.images {
        let name = name(path);
        // One bad picture among many must not hide the others.
        let read = bytes(path)
            .and_then(|bytes| read(&model, &bytes, options.split).with_context(|| name.clone()));
        let read = match read {
            Ok(read) => read,
            Err(error) => {
                complain(&format!("error: {error:#}"));
                failures += 1;
                continue;
            }
        };
        if options.csv {
            print(&csv(
                &name,
                &read.readings,
                std::mem::take(&mut header),
                names,
            )?)?;
        } else {
            print(&line(&on_one_line(&name), &read, names))?;
        }
        if options.show {
            for reading in &read.readings {
                print(&drawing(&reading.pixels))?;
            }
        }
        if !quiet {
            warn(&name, &read, names);
        }
    }
    if failures > 0 {
        bail!(
            "cannot read {failures} of {} pictures",
            options.images.len()
        );
    }
    Ok(())
}

fn is_standard_input(path: &Path) -> bool {
    path == Path::new("-")
}

fn name(path: &Path) -> String {
    match is_standard_input(path) {
        true => "standard input".to_owned(),
        false => path.display().to_string(),
    }
}

/// Reads the one digit of a picture, or all its digits if `split` is true.
fn read(model: &AnyModel, bytes: &[u8], split: bool) -> Result<Picture> {
    let metadata = model.metadata();
    if metadata.image != [SIDE; 2] {
        let [rows, columns] = metadata.image;
        bail!("the model expects images of {rows} × {columns} pixels; pictures become 28 × 28");
    }
    if let Some(found) = FileFormat::detect("", bytes).filter(|it| !it.is_supported_picture()) {
        bail!("expected a picture (PNG, JPEG, BMP or WebP), found {found}");
    }
    let picture = mnist_picture::decode(bytes)?;
    let digits = mnist_picture::split(&picture)?;
    if !split && let Err(error @ PictureError::SeveralDigits { .. }) = digits.single() {
        bail!("{error}; add --split to read each");
    }
    let reading = |pixels: [u8; PIXELS]| {
        let probabilities = match model {
            AnyModel::F32(model) => classify(model, &pixels),
            AnyModel::F64(model) => classify(model, &pixels),
        };
        Ok(Reading {
            pixels,
            probabilities: probabilities?,
        })
    };
    let rows = digits.rows.iter().map(Vec::len).collect();
    let readings = digits.rows.into_iter().flatten().map(reading);
    Ok(Picture {
        readings: readings.collect::<Result<_>>()?,
        rows,
        doubts: digits.doubts,
    })
}

fn bytes(path: &Path) -> Result<Vec<u8>> {
    if !is_standard_input(path) {
        return atomic_file::read_small(path);
    }
    let mut bytes = Vec::new();
    let mut input = std::io::stdin().lock().take(LONGEST);
    input
        .read_to_end(&mut bytes)
        .with_context(|| format!("{}: cannot read", name(path)))?;
    Ok(bytes)
}

fn classify<F: Float>(model: &Model<F>, pixels: &[u8; PIXELS]) -> Result<Vec<f64>> {
    let image = Images::new(1, SIDE, SIDE, pixels.to_vec())?;
    let x = model.normalizer.transform(&image);
    let network = model.params.network();
    let y = network.predict_proba(&model.params, &x, &mut Workspace::new())?;
    let y: Vec<f64> = y.iter().map(|p| p.to_double()).collect();
    expect_numbers(y.iter().copied())?;
    Ok(y)
}

/// `digit.png: 7 (99.8 %), then 1 (0.1 %), 9 (0.0 %)`, or `number.png: 17 (1: 99.8 %, 7: 97.0 %)`; rows of
/// digits have a slash between them.
fn line(name: &str, read: &Picture, names: Names) -> String {
    let readings = &read.readings;
    if let [reading] = &readings[..] {
        return line_of_one(name, &reading.probabilities, names);
    }
    let best = |reading: &Reading| {
        let (class, p) = most_probable(&reading.probabilities);
        (class_name(names, class), p)
    };
    let mut classes = readings.iter().map(|r| best(r).0);
    let percent = |(class, p): (String, f64)| format!("{class}: {:.1} %", 100.0 * p);
    let each: Vec<String> = readings.iter().map(|r| percent(best(r))).collect();
    // Digits in a row are a number, but names are words.
    let between = names.map_or("", |_| " ");
    let row = |&count: &usize| {
        let row: Vec<String> = classes.by_ref().take(count).collect();
        row.join(between)
    };
    let number: Vec<String> = read.rows.iter().map(row).collect();
    format!("{name}: {} ({})\n", number.join(" / "), each.join(", "))
}

fn line_of_one(name: &str, probabilities: &[f64], names: Names) -> String {
    let mut classes: Vec<u8> = (0..=u8::MAX).take(probabilities.len()).collect();
    let p = |class: u8| probabilities[usize::from(class)];
    classes.sort_by(|&a, &b| p(b).total_cmp(&p(a)));
    let named = |&class: &u8| format!("{} ({:.1} %)", class_name(names, class), 100.0 * p(class));
    let shown: Vec<String> = classes.iter().take(3).map(named).collect();
    let first = format!("{name}: {}", shown[0]);
    match shown.len() {
        1 => first + "\n",
        _ => format!("{first}, then {}\n", shown[1..].join(", ")),
    }
}

/// A row for each digit, in reading order.
fn csv(name: &str, readings: &[Reading], header: bool, names: Names) -> Result<String> {
    let row = |reading: &Reading| (name.to_owned(), reading.probabilities.clone());
    predictions(readings.iter().map(row), header, names)
}

/// Draws the network's input, two characters per pixel. Ink has the terminal's text colour, which is visible on light
/// and dark backgrounds.
fn drawing(pixels: &[u8; PIXELS]) -> String {
    const SHADES: [&str; 5] = ["  ", "░░", "▒▒", "▓▓", "██"];
    let shade = |&ink: &u8| SHADES[(usize::from(ink) * (SHADES.len() - 1)).div_ceil(255)];
    let row = |row: &[u8]| {
        row.iter()
            .map(shade)
            .collect::<String>()
            .trim_end()
            .to_owned()
            + "\n"
    };
    pixels.chunks(SIDE).map(row).collect()
}

fn warn(name: &str, read: &Picture, names: Names) {
    for doubt in &read.doubts {
        complain(&format!("warning: {name}: {doubt}"));
    }
    for Reading { probabilities, .. } in &read.readings {
        let (class, probability) = most_probable(probabilities);
        if probability < UNSURE {
            complain(&format!(
                "warning: {name}: uncertain, {} has only {:.1} %",
                class_name(names, class),
                100.0 * probability
            ));
        }
    }
}
