//! Tests that the script for browsers prepares pictures as the library does. The pictures are of the kinds that `cargo
//! run --release -p experiments --example pictures` makes.

#![allow(clippy::print_stdout)] // reports a skipped test

#[path = "../examples/pictures/photo.rs"]
mod photo;

use std::io::{ErrorKind, Write};
use std::process::{Command, Stdio};

use mnist_data::Dataset;
use mnist_picture::{Doubt, GrayImage, PREPARE_JS, PictureError, split};
use photo::{Photo, Scene};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Reads pictures (width, height, pixels), and prints for each the prepared pixels in hexadecimal, or the problem.
const RUNNER: &str = r#"
const bytes = require("fs").readFileSync(0);
for (let at = 0; at < bytes.length; ) {
  const [width, height] = [bytes.readUInt32LE(at), bytes.readUInt32LE(at + 4)];
  const grey = new Uint8Array(bytes.subarray(at + 8, at + 8 + width * height));
  at += 8 + width * height;
  const { pixels, doubts, problem } = MnistPicture.prepare(grey, width, height);
  console.log(problem ?? [Buffer.from(pixels).toString("hex"), ...doubts].join(" "));
}
"#;

/// Clean and bad pictures, large and small, with one digit, two digits, no digit or noise.
fn pictures(count: usize) -> Vec<GrayImage> {
    let data = Dataset::bundled().unwrap().truncated(1, count);
    let images = data.test().images();
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let mut pictures: Vec<GrayImage> = (0..count)
        .map(|index| {
            let photo = Photo {
                side: rng.random_range(28..180),
                size: rng.random_range(0.1..0.9),
                shift: rng.random(),
                turn: 15.0,
                light_ink: rng.random(),
                fall: rng.random_range(0.0..0.6),
                noise: rng.random_range(0.0..20.0),
                blur: rng.random_range(0..3),
                jpeg: rng.random::<bool>().then_some(70),
                scene: match index % 16 {
                    1 => Scene::Border(rng.random_range(0.005..0.08)),
                    2 => Scene::Boxes(rng.random_range(9.0..16.0), rng.random_range(0.3..2.0)),
                    3 => Scene::Ring(rng.random_range(9.0..18.0), rng.random_range(0.5..2.0)),
                    4 => Scene::Underline(rng.random_range(11.0..15.0)),
                    6..=8 => Scene::Page(rng.random_range(11.0..20.0)),
                    9 => Scene::Ruled(rng.random_range(10.0..40.0), rng.random_range(0.3..1.0)),
                    11 => Scene::Squared(rng.random_range(10.0..40.0), rng.random_range(0.3..1.0)),
                    _ => Scene::Plain,
                },
            };
            let next = images.image((index + 1) % count);
            match index % 5 {
                0 => photo.take(&[images.image(index), next], &mut rng),
                _ => photo.take(&[images.image(index)], &mut rng),
            }
        })
        .collect();
    for index in 0..count / 10 {
        let form = images.image(index).to_vec();
        pictures.push(GrayImage::from_raw(28, 28, form).unwrap());
        let (width, height) = (rng.random_range(1..90), rng.random_range(1..90));
        let noise = (0..width * height).map(|_| rng.random()).collect();
        pictures.push(GrayImage::from_raw(width, height, noise).unwrap());
    }
    // Large ones are reduced first.
    let large = Photo {
        side: 1001,
        fall: 0.3,
        ..Photo::default()
    };
    pictures.push(large.take(&[images.image(0)], &mut rng));
    pictures.push(GrayImage::from_raw(0, 0, Vec::new()).unwrap());
    pictures
}

/// The script's words, in its order.
fn doubt_words(doubts: &[Doubt]) -> Vec<String> {
    let mut words: Vec<String> = doubts
        .iter()
        .map(|doubt| format!("{doubt:?}").to_lowercase())
        .collect();
    words.sort();
    words
}

#[test]
fn the_script_for_browsers_prepares_the_same_bytes() {
    let script = format!("{PREPARE_JS}{RUNNER}");
    let mut node = match Command::new("node")
        .args(["-e", &script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
    {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            println!("skipped: node not found");
            return;
        }
        node => node.unwrap(),
    };
    let pictures = pictures(200);
    let mut input = Vec::new();
    for picture in &pictures {
        input.extend(picture.width().to_le_bytes());
        input.extend(picture.height().to_le_bytes());
        input.extend(picture.as_raw());
    }
    let mut stdin = node.stdin.take().unwrap();
    stdin.write_all(&input).unwrap();
    drop(stdin);
    let output = node.wait_with_output().unwrap();
    assert!(output.status.success());
    let prepared: Vec<String> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect();
    assert_eq!(prepared.len(), pictures.len());
    let mut counts = [0; 3];
    for (index, (picture, theirs)) in pictures.iter().zip(&prepared).enumerate() {
        let (kind, ours) = match split(picture).and_then(|it| Ok((it.single()?, it.doubts))) {
            Ok((pixels, doubts)) => {
                let hex: String = pixels.iter().map(|b| format!("{b:02x}")).collect();
                (0, [vec![hex], doubt_words(&doubts)].concat().join(" "))
            }
            Err(PictureError::NoDigit) => (1, "no-digit".to_owned()),
            Err(PictureError::SeveralDigits { .. }) => (2, "several-digits".to_owned()),
            Err(error) => panic!("{error}"),
        };
        counts[kind] += 1;
        assert_eq!(&ours, theirs, "picture {index}");
    }
    assert!(
        counts[0] > 150 && counts[1] > 10 && counts[2] > 10,
        "{counts:?}"
    );
}
