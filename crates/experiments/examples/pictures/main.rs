//! How well pictures of all kinds are read: MNIST's test images enlarged, shifted, turned, unevenly lit,
//! noisy, blurred and saved as JPEG, brought to MNIST's form again and classified by the built-in model.
//! Prints the table of README.md.
//!
//! ```sh
//! cargo run --release -p experiments --example pictures
//! ```

mod photo;

use std::io::Write;
use std::thread;

use anyhow::{Context, Result, bail};
use clap::Parser;
use lab_results::model::{AnyModel, Model};
use mnist_data::Dataset;
use mnist_picture::{GrayImage, PIXELS, PictureError, to_mnist};
use ndarray::Array2;
use nn_core::Workspace;
use photo::Photo;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// Classifies pictures made of MNIST's test images, and prints a table of how many are read right
#[derive(Parser)]
struct Options {
    /// How many of the test images, from the first on
    #[arg(long, default_value_t = 10_000)]
    images: usize,

    /// Only kinds that begin so
    #[arg(long, default_value = "")]
    only: String,

    /// A folder for the pictures that are not read right, and what became of them
    #[arg(long)]
    save: Option<std::path::PathBuf>,
}

/// A row of the table.
struct Kind {
    name: String,
    photo: Photo,
}

/// What became of the pictures of a kind.
#[derive(Clone, Copy, Default)]
struct Count {
    right: usize,
    wrong: usize,
    no_digit: usize,
    several: usize,
}

fn main() -> Result<()> {
    let options = Options::parse();
    let AnyModel::F32(model) = AnyModel::parse(include_bytes!("../../model/model.safetensors"))?
    else {
        bail!("the built-in model is of single precision");
    };
    let data = Dataset::bundled()?.truncated(1, options.images);
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "| pictures | read right | wrong | no digit | several |"
    )?;
    writeln!(out, "|---|--:|--:|--:|--:|")?;
    for kind in kinds() {
        if !kind.name.starts_with(&options.only) {
            continue;
        }
        let count = measure(&kind, &data, &model, &options)?;
        let all = (count.right + count.wrong + count.no_digit + count.several) as f64;
        let [right, wrong, no_digit, several] =
            [count.right, count.wrong, count.no_digit, count.several]
                .map(|n| 100.0 * n as f64 / all);
        let name = &kind.name;
        writeln!(
            out,
            "| {name} | {right:.1} % | {wrong:.1} % | {no_digit:.1} % | {several:.1} % |"
        )?;
    }
    Ok(())
}

fn kinds() -> Vec<Kind> {
    let clean = Photo::default();
    let mut kinds = Vec::new();
    let mut add = |name: String, photo: Photo| kinds.push(Kind { name, photo });
    for side in [40, 80, 160] {
        add(
            format!("enlarged, {side} pixels"),
            Photo {
                side,
                ..clean.clone()
            },
        );
    }
    add(
        "light on dark".into(),
        Photo {
            light_ink: true,
            ..clean.clone()
        },
    );
    add(
        "filling the picture".into(),
        Photo {
            size: 0.9,
            ..clean.clone()
        },
    );
    for size in [0.4, 0.2, 0.1] {
        let name = format!("{:.0} % of the side, anywhere", 100.0 * size);
        add(
            name,
            Photo {
                side: 240,
                size,
                shift: 1.0,
                ..clean.clone()
            },
        );
    }
    for turn in [5.0, 10.0, 15.0] {
        add(
            format!("turned by up to {turn}°"),
            Photo {
                turn,
                ..clean.clone()
            },
        );
    }
    for fall in [0.2, 0.35, 0.5] {
        add(
            format!("light less by {:.0} %", 100.0 * fall),
            Photo {
                fall,
                ..clean.clone()
            },
        );
    }
    for noise in [5.0, 10.0, 20.0, 30.0] {
        add(
            format!("noise of {noise} levels"),
            Photo {
                noise,
                ..clean.clone()
            },
        );
    }
    for blur in [1, 2, 4] {
        add(
            format!("blurred {blur} times"),
            Photo {
                blur,
                ..clean.clone()
            },
        );
    }
    for quality in [90, 60, 30] {
        add(
            format!("JPEG of quality {quality}"),
            Photo {
                jpeg: Some(quality),
                ..clean.clone()
            },
        );
    }
    for fall in [0.0, 0.2, 0.35, 0.5] {
        let name = format!("as a phone's, light less by {:.0} %", 100.0 * fall);
        let photo = Photo {
            side: 160,
            size: 0.35,
            shift: 1.0,
            turn: 5.0,
            fall,
            noise: 8.0,
            blur: 1,
            jpeg: Some(75),
            ..clean
        };
        add(name, photo);
    }
    kinds
}

/// Takes every picture of a kind, each with random numbers of its own, on two threads.
fn measure(kind: &Kind, data: &Dataset, model: &Model<f32>, options: &Options) -> Result<Count> {
    let test = data.test();
    let half = test.len().div_ceil(2);
    let parts = [0..half, half..test.len()];
    thread::scope(|scope| {
        let workers = parts.map(|part| {
            scope.spawn(move || -> Result<Count> {
                let mut count = Count::default();
                let mut workspace = Workspace::new();
                for index in part {
                    let mut rng = ChaCha8Rng::seed_from_u64(index as u64);
                    let picture = kind.photo.take(&[test.images().image(index)], &mut rng);
                    let prepared = to_mnist(&picture);
                    let label = test.labels()[index];
                    let read = match &prepared {
                        Ok(pixels) => Some(predict(model, pixels, &mut workspace)?),
                        Err(_) => None,
                    };
                    match (&prepared, read) {
                        (_, Some(class)) if class == label => count.right += 1,
                        (Ok(_), _) => count.wrong += 1,
                        (Err(PictureError::SeveralDigits { .. }), _) => count.several += 1,
                        (Err(_), _) => count.no_digit += 1,
                    }
                    if let (Some(folder), true) = (&options.save, read != Some(label)) {
                        let name = format!("{}-{index}-{label}", kind.name.replace(' ', "-"));
                        picture.save(folder.join(format!("{name}.png")))?;
                        if let Ok(pixels) = &prepared {
                            let field = GrayImage::from_raw(28, 28, pixels.to_vec())
                                .context("784 pixels")?;
                            field.save(folder.join(format!("{name}-form.png")))?;
                        }
                    }
                }
                Ok(count)
            })
        });
        let mut total = Count::default();
        for worker in workers {
            let count = worker
                .join()
                .map_err(|_| anyhow::anyhow!("a thread panicked"))??;
            total.right += count.right;
            total.wrong += count.wrong;
            total.no_digit += count.no_digit;
            total.several += count.several;
        }
        Ok(total)
    })
}

fn predict(
    model: &Model<f32>,
    pixels: &[u8; PIXELS],
    workspace: &mut Workspace<f32>,
) -> Result<u8> {
    let mut x = Array2::zeros((1, PIXELS));
    model
        .normalizer
        .apply(pixels, x.as_slice_mut().context("one row")?);
    let y = model
        .params
        .network()
        .forward(&model.params, &x, workspace)?;
    let (class, _) = experiments::run::classify::most_probable(y.iter().copied());
    Ok(class)
}
