//! Measures how well the built-in model reads pictures of many kinds. MNIST's test images are enlarged, shifted,
//! turned, unevenly lit, noisy, blurred and saved as JPEG, then converted back to MNIST's form and classified. Prints
//! the table of results/pictures.md.
//!
//! ```sh
//! cargo run --release -p experiments --example pictures
//! ```

mod photo;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::thread;

use anyhow::{Context, Result, anyhow, bail};
use clap::Parser;
use experiments::built_in;
use experiments::run::classify::most_probable;
use lab_results::model::{AnyModel, Model};
use mnist_data::{Dataset, Images, LabelledImages};
use mnist_picture::{GrayImage, PIXELS, PictureError, SIDE, UNSURE, split};
use nn_core::Workspace;
use photo::{Photo, Scene};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// Classifies pictures made of MNIST's test images, and prints a table of how many are read right
#[derive(Parser)]
struct Options {
    /// Number of test images, from the first
    #[arg(long, default_value_t = 10_000)]
    images: usize,

    /// Only kinds whose names begin with this text
    #[arg(long, default_value = "")]
    only: String,

    /// Existing folder for misread pictures and their converted images
    #[arg(long)]
    save: Option<PathBuf>,
}

/// A row of the table.
struct Kind {
    name: String,
    /// The properties of the pictures; `None` for MNIST's images.
    photo: Option<Photo>,
    /// Number of digits in each picture.
    digits: usize,
}

/// The result for a picture, in the order of the table's columns.
#[derive(Clone, Copy, PartialEq)]
enum Outcome {
    Right,
    RightUnsure,
    Wrong,
    WrongUnsure,
    NoDigit,
    /// A wrong number of digits.
    OtherCount,
}

/// The number of pictures with each outcome.
type Counts = [usize; 6];

fn main() -> Result<()> {
    let options = Options::parse();
    let AnyModel::F32(model) = built_in::model()? else {
        bail!("the built-in model is not of single precision");
    };
    let data = Dataset::bundled()?.truncated(1, options.images);
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "| pictures | right | of these warned | wrong | of these warned | no digit | another number |\n\
         |---|--:|--:|--:|--:|--:|--:|"
    )?;
    for kind in kinds() {
        if kind.name.starts_with(&options.only) {
            let counts = measure(&kind, data.test(), &model, options.save.as_deref())?;
            let [right, right_unsure, wrong, wrong_unsure, no_digit, other] =
                counts.map(|count| 100.0 * count as f64 / data.test().len() as f64);
            let (right, wrong) = (right + right_unsure, wrong + wrong_unsure);
            let name = kind.name;
            writeln!(
                out,
                "| {name} | {right:.2} % | {right_unsure:.2} % | {wrong:.2} % | {wrong_unsure:.2} % \
                 | {no_digit:.2} % | {other:.2} % |"
            )?;
        }
    }
    Ok(())
}

/// Every kind alone, and all together as in a phone's photo.
fn kinds() -> Vec<Kind> {
    let mut kinds = vec![Kind {
        name: "MNIST's own".to_owned(),
        photo: None,
        digits: 1,
    }];
    let mut add = |digits, name: String, change: &dyn Fn(&mut Photo)| {
        let mut photo = Photo::default();
        change(&mut photo);
        kinds.push(Kind {
            name,
            photo: Some(photo),
            digits,
        });
    };
    for side in [40, 80, 160] {
        let name = format!("enlarged, {side} × {side} pixels");
        add(1, name, &|photo| photo.side = side);
    }
    add(1, "light on dark".to_owned(), &|photo| {
        photo.light_ink = true;
    });
    for percent in [90, 40, 20, 10] {
        let name = format!("{percent} % of the side, anywhere");
        add(1, name, &|photo| {
            (photo.side, photo.size, photo.shift) = (240, f64::from(percent) / 100.0, 1.0);
        });
    }
    for turn in [5.0, 10.0, 15.0] {
        let name = format!("turned by up to {turn}°");
        add(1, name, &|photo| photo.turn = turn);
    }
    for percent in [20, 35, 50] {
        let name = format!("light less by {percent} %");
        add(1, name, &|photo| photo.fall = f64::from(percent) / 100.0);
    }
    for noise in [5.0, 10.0, 20.0, 30.0] {
        let name = format!("noise of {noise} grey levels");
        add(1, name, &|photo| photo.noise = noise);
    }
    for blur in [1, 2, 4] {
        let name = format!("blurred over {} pixels", 2 * blur + 1);
        add(1, name, &|photo| photo.blur = blur);
    }
    for quality in [90, 60, 30] {
        let name = format!("JPEG of quality {quality}");
        add(1, name, &|photo| photo.jpeg = Some(quality));
    }
    for digits in [1, 2] {
        for percent in [0, 20, 35, 50] {
            let which = if digits == 1 { "" } else { "two digits " };
            let name = format!("{which}as by a phone, light less by {percent} %");
            add(digits, name, &|photo| {
                *photo = Photo {
                    side: 160,
                    size: 0.35,
                    shift: 1.0,
                    turn: 5.0,
                    light_ink: false,
                    fall: f64::from(percent) / 100.0,
                    noise: 8.0,
                    blur: 1,
                    jpeg: Some(75),
                    scene: Scene::Plain,
                }
            });
        }
    }
    let scenes = [
        ("a line along the border", Scene::Border(0.015)),
        ("a frame of 5 % along the border", Scene::Border(0.05)),
        ("in a box", Scene::Boxes(14.0, 0.5)),
        ("in a box, bold", Scene::Boxes(14.0, 2.0)),
        ("in a box that touches", Scene::Boxes(9.5, 0.7)),
        ("in a ring", Scene::Ring(15.5, 1.5)),
        ("in a ring that touches", Scene::Ring(10.0, 1.0)),
        ("underlined", Scene::Underline(13.0)),
        ("a page on a table", Scene::Page(14.0)),
        ("ruled", Scene::Ruled(30.0, 0.8)),
        ("ruled, two lines touch", Scene::Ruled(16.0, 0.8)),
        ("ruled, faint", Scene::Ruled(16.0, 0.4)),
        ("squared", Scene::Squared(10.0, 0.6)),
        ("squared, faint", Scene::Squared(10.0, 0.3)),
    ];
    for (name, scene) in scenes {
        add(1, name.to_owned(), &|photo| {
            (photo.scene, photo.side, photo.size) = (scene, 240, 0.4)
        });
        add(
            1,
            format!("{name}, turned by up to 5°, blurred, noise of 8"),
            &|photo| {
                (photo.scene, photo.side, photo.size) = (scene, 240, 0.3);
                (photo.turn, photo.blur, photo.noise, photo.jpeg, photo.fall) =
                    (5.0, 1, 8.0, Some(75), 0.2);
                photo.light_ink = false;
            },
        );
    }
    add(
        1,
        "a page on a table, turned by up to 20°".to_owned(),
        &|photo| {
            (photo.scene, photo.side, photo.size, photo.turn) = (Scene::Page(14.0), 240, 0.3, 20.0);
        },
    );
    add(1, "a page on a table, light on dark".to_owned(), &|photo| {
        (photo.scene, photo.side, photo.size, photo.light_ink) =
            (Scene::Page(14.0), 240, 0.3, true);
    });
    add(3, "three digits in boxes".to_owned(), &|photo| {
        (photo.scene, photo.side, photo.size) = (Scene::Boxes(10.6, 0.4), 120, 0.5);
    });
    add(35, "35 digits in a row".to_owned(), &|photo| {
        (photo.side, photo.size) = (60, 0.5);
    });
    kinds
}

/// Takes and reads a picture of every image on two threads, each picture with a separate random generator.
fn measure(
    kind: &Kind,
    test: &LabelledImages,
    model: &Model<f32>,
    save: Option<&Path>,
) -> Result<Counts> {
    let half = test.len().div_ceil(2);
    thread::scope(|scope| {
        let workers = [0..half, half..test.len()].map(|part| {
            scope.spawn(move || -> Result<Counts> {
                let mut counts = Counts::default();
                for first in part {
                    counts[try_one(kind, test, first, model, save)? as usize] += 1;
                }
                Ok(counts)
            })
        });
        let mut total = Counts::default();
        for worker in workers {
            let counts = worker.join().map_err(|_| anyhow!("a thread panicked"))??;
            total = std::array::from_fn(|outcome| total[outcome] + counts[outcome]);
        }
        Ok(total)
    })
}

/// Takes a picture of the images from the `first` on, and reads it.
fn try_one(
    kind: &Kind,
    test: &LabelledImages,
    first: usize,
    model: &Model<f32>,
    save: Option<&Path>,
) -> Result<Outcome> {
    let indices: Vec<usize> = (0..kind.digits).map(|k| (first + k) % test.len()).collect();
    let images: Vec<&[u8]> = indices.iter().map(|&i| test.images().image(i)).collect();
    let mut rng = ChaCha8Rng::seed_from_u64(first as u64);
    let picture = match &kind.photo {
        Some(photo) => photo.take(&images, &mut rng),
        None => square(images[0])?,
    };
    let digits = split(&picture);
    let outcome = match &digits {
        Err(PictureError::NoDigit) => Outcome::NoDigit,
        Err(error) => bail!("{}, image {first}: {error}", kind.name),
        Ok(found) if found.rows.concat().len() != kind.digits => Outcome::OtherCount,
        Ok(found) => {
            let (mut right, mut unsure) = (true, !found.doubts.is_empty());
            for (pixels, &index) in found.rows.iter().flatten().zip(&indices) {
                let (class, probability) = predict(model, pixels)?;
                right &= class == test.labels()[index];
                unsure |= f64::from(probability) < UNSURE;
            }
            match (right, unsure) {
                (true, false) => Outcome::Right,
                (true, true) => Outcome::RightUnsure,
                (false, false) => Outcome::Wrong,
                (false, true) => Outcome::WrongUnsure,
            }
        }
    };
    if let (Some(folder), false) = (
        save,
        matches!(outcome, Outcome::Right | Outcome::RightUnsure),
    ) {
        let name = format!("{}-{first}", kind.name.replace([' ', ','], "-"));
        picture.save(folder.join(format!("{name}.png")))?;
        for (k, pixels) in digits
            .iter()
            .flat_map(|found| found.rows.iter().flatten())
            .enumerate()
        {
            square(pixels)?.save(folder.join(format!("{name}-form-{k}.png")))?;
        }
    }
    Ok(outcome)
}

fn square(pixels: &[u8]) -> Result<GrayImage> {
    let side = SIDE as u32;
    GrayImage::from_raw(side, side, pixels.to_vec()).context("an image of 28 × 28")
}

fn predict(model: &Model<f32>, pixels: &[u8; PIXELS]) -> Result<(u8, f32)> {
    let image = Images::new(1, SIDE, SIDE, pixels.to_vec())?;
    let x = model.normalizer.transform(&image);
    let network = model.params.network();
    let y = network.predict_proba(&model.params, &x, &mut Workspace::new())?;
    Ok(most_probable(&y.row(0).to_vec()))
}
