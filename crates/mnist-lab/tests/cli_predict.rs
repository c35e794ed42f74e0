//! Tests of `mnist-lab evaluate` and `mnist-lab predict`.

mod common;

use common::{Lab, ModelFile, TEST, encode, picture, small_files, test_image, text};
use image::{GrayImage, ImageFormat};
use lab_results::tables::{MistakeRow, RunRow};

#[test]
fn evaluate_says_what_the_run_said() {
    let lab = Lab::with_model("relu", &["hidden=32"]);
    let output = lab.succeed_with_data(&["evaluate", "--model", "model.safetensors"]);
    let run = lab.csv::<RunRow>("runs/paper/runs.csv").remove(0);
    let accuracy = run.test_accuracy.unwrap();
    let right = (accuracy * TEST as f64).round();
    assert_eq!(
        text(&output.stdout),
        format!(
            "test accuracy {:.2} % ({right} of {TEST}), loss {:.4}\n",
            100.0 * accuracy,
            run.test_loss.unwrap()
        )
    );
    assert_eq!(text(&output.stderr), "");
}

#[test]
fn evaluate_writes_what_it_thinks_of_every_test_image() {
    let lab = Lab::with_model("relu", &["hidden=32"]);
    let words = ["evaluate", "--model", "model.safetensors", "--csv"];
    let rows = predictions(&lab.succeed_with_data(&words).stdout);
    assert_eq!(rows.len(), TEST);
    let wrong: Vec<MistakeRow> = lab.csv("runs/paper/relu/seed-0/mistakes.csv");
    assert!(!wrong.is_empty());
    for row in wrong {
        let (name, class, probabilities) = &rows[row.image];
        assert_eq!(
            (name, *class),
            (&row.image.to_string(), row.predicted.into())
        );
        assert_eq!(probabilities[*class], row.probability);
    }
}

/// `predict --csv` as rows: the picture, the class, the probabilities.
fn predictions(csv: &[u8]) -> Vec<(String, usize, Vec<f64>)> {
    let mut reader = csv::Reader::from_reader(csv);
    let header = reader
        .headers()
        .unwrap()
        .iter()
        .collect::<Vec<_>>()
        .join(",");
    assert_eq!(header, "image,class,p0,p1,p2,p3,p4,p5,p6,p7,p8,p9");
    let row = |record: csv::StringRecord| {
        let numbers = record.iter().skip(2).map(|cell| cell.parse().unwrap());
        (
            record[0].to_owned(),
            record[1].parse().unwrap(),
            numbers.collect(),
        )
    };
    reader
        .records()
        .map(|record| row(record.unwrap()))
        .collect()
}

#[test]
fn pictures_are_classified_dark_on_light_and_light_on_dark() {
    const PICTURES: usize = 20;
    let lab = Lab::with_model("momentum", &[]);
    let mut words = vec!["predict".to_owned(), "--model=model.safetensors".to_owned()];
    for index in 0..PICTURES {
        for (name, dark_on_light) in [("light", false), ("dark", true)] {
            let name = format!("{name}-{index}.png");
            lab.write(&name, &picture(index, dark_on_light, ImageFormat::Png));
            words.push(name);
        }
    }
    let lines = text(&lab.succeed(&words).stdout);
    words.push("--csv".to_owned());
    let output = lab.succeed(&words);
    // One line for each uncertain picture, and no other lines.
    let unsure = text(&output.stderr);
    let rows = predictions(&output.stdout);
    assert_eq!(
        (rows.len(), lines.lines().count()),
        (2 * PICTURES, 2 * PICTURES)
    );

    let doubtful = rows.iter().filter(|row| row.2[row.1] < 0.9);
    let expected: Vec<String> = doubtful
        .map(|(name, class, p)| {
            let percent = 100.0 * p[*class];
            format!("warning: {name}: uncertain, {class} has only {percent:.1} %")
        })
        .collect();
    assert_eq!(unsure.lines().collect::<Vec<_>>(), expected);

    let mistakes: Vec<MistakeRow> = lab.csv("runs/paper/momentum/seed-0/mistakes.csv");
    let labels = &small_files()[3][8..];
    let mut as_tested = 0;
    for (index, pair) in rows.chunks(2).enumerate() {
        assert_eq!(pair[0].0, format!("light-{index}.png"));
        assert_eq!(pair[1].0, format!("dark-{index}.png"));
        assert_eq!((pair[0].1, &pair[0].2), (pair[1].1, &pair[1].2), "{index}");
        let mistake = mistakes.iter().find(|row| row.image == index);
        let tested = mistake.map_or(labels[index], |row| row.predicted);
        as_tested += usize::from(usize::from(tested) == pair[0].1);
    }
    // MNIST's own pictures pass almost unchanged.
    assert!(as_tested >= PICTURES - 1, "{as_tested}");
    for ((name, class, probabilities), line) in rows.iter().zip(lines.lines()) {
        assert!(
            (probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-6,
            "{name}"
        );
        assert!(
            probabilities.iter().all(|p| *p <= probabilities[*class]),
            "{name}"
        );
        let percent = 100.0 * probabilities[*class];
        let expected = format!("{name}: {class} ({percent:.1} %), then ");
        assert!(line.starts_with(&expected), "{line}");
    }
}

#[test]
fn jpeg_is_read_by_content_and_not_by_name() {
    let lab = Lab::with_model("momentum", &["epochs=8"]);
    lab.write("7.png", &picture(0, true, ImageFormat::Jpeg));
    let output = lab.succeed(&["predict", "--model", "model.safetensors", "7.png"]);
    assert!(text(&output.stdout).starts_with("7.png: 7 ("), "{output:?}");
}

#[test]
fn every_format_is_read_from_a_file_and_from_standard_input() {
    let lab = Lab::new();
    for format in [
        ImageFormat::Png,
        ImageFormat::Jpeg,
        ImageFormat::Bmp,
        ImageFormat::WebP,
    ] {
        let bytes = picture(0, true, format);
        lab.write("digit", &bytes);
        let from_file = text(&lab.succeed(&["predict", "digit"]).stdout);
        assert!(
            from_file.starts_with("digit: 7 ("),
            "{format:?} {from_file}"
        );
        let output = lab.succeed_with_input(&["predict", "-"], &bytes);
        let from_input = text(&output.stdout);
        assert_eq!(
            from_input.strip_prefix("standard input"),
            from_file.strip_prefix("digit")
        );
    }
}

#[test]
fn the_built_in_model_is_used_and_named() {
    let lab = Lab::new();
    lab.write("7.png", &picture(0, true, ImageFormat::Png));
    for words in [&["predict", "7.png"][..], &["evaluate"]] {
        let output = lab.succeed(words);
        assert_eq!(
            text(&output.stderr),
            "using the built-in model: relu, seed 4\n"
        );
        let quiet = lab.succeed(&[words, &["--quiet"]].concat());
        assert_eq!(text(&quiet.stderr), "");
        assert_eq!(quiet.stdout, output.stdout);
    }
    let evaluated = text(&lab.succeed(&["evaluate"]).stdout);
    assert_eq!(
        evaluated,
        "test accuracy 97.85 % (9785 of 10000), loss 0.0708\n"
    );
}

#[test]
fn a_row_of_digits_is_split() {
    let lab = Lab::new();
    // The first test images show 7, 2 and 1.
    let images: Vec<&[u8]> = (0..3).map(test_image).collect();
    let row = GrayImage::from_fn(84, 28, |x, y| {
        let (which, x) = (x as usize / 28, x as usize % 28);
        image::Luma([255 - images[which][y as usize * 28 + x]])
    });
    lab.write("row.png", &encode(row, ImageFormat::Png));
    let line = text(&lab.succeed(&["predict", "--split", "row.png"]).stdout);
    assert!(line.starts_with("row.png: 721 (7: "), "{line}");
    let csv = lab.succeed(&["predict", "--split", "--csv", "row.png"]);
    let classes: Vec<usize> = predictions(&csv.stdout).iter().map(|row| row.1).collect();
    assert_eq!(classes, [7, 2, 1]);
}

#[test]
fn what_the_network_sees_is_shown() {
    let lab = Lab::new();
    lab.write("7.png", &picture(0, true, ImageFormat::Png));
    let shown = text(&lab.succeed(&["predict", "--show", "7.png"]).stdout);
    let lines: Vec<&str> = shown.lines().collect();
    assert_eq!(lines.len(), 1 + 28);
    for (y, line) in lines[1..].iter().enumerate() {
        let characters: Vec<char> = line.chars().collect();
        assert!(characters.len() <= 2 * 28, "{line}");
        let inked = |x: usize| characters.get(2 * x).is_some_and(|c| *c != ' ');
        // MNIST's image already has this form, and is only centred.
        let row = &test_image(0)[28 * y..][..28];
        let count = row.iter().filter(|&&ink| ink > 0).count();
        assert_eq!((0..28).filter(|&x| inked(x)).count(), count, "row {y}");
    }
}

#[test]
fn a_missing_picture_does_not_stop_the_others() {
    let lab = Lab::with_model("softmax", &[]);
    lab.write("a.png", &picture(0, true, ImageFormat::Png));
    lab.write("b.png", &picture(1, true, ImageFormat::Png));
    // Also if the first picture is missing, after which the header is written.
    for pictures in [["a.png", "no.png", "b.png"], ["no.png", "a.png", "b.png"]] {
        let words = [
            &["predict", "--model", "model.safetensors", "--csv"][..],
            &pictures,
        ]
        .concat();
        let output = lab.end(1, &words);
        let rows = predictions(&output.stdout);
        let names: Vec<&str> = rows.iter().map(|row| &*row.0).collect();
        assert_eq!(names, ["a.png", "b.png"]);
        let stderr = text(&output.stderr);
        let is_error = |line: &&str| !line.starts_with("warning: ");
        let lines: Vec<&str> = stderr.lines().filter(is_error).collect();
        assert_eq!(lines.len(), 2, "{stderr}");
        assert!(lines[0].starts_with("error: no.png: cannot"), "{stderr}");
        assert!(
            lines[1].starts_with("error: cannot read 1 of 3 pictures"),
            "{stderr}"
        );
    }
}

/// Like a model of KMNIST, except for the weights.
#[test]
fn classes_are_called_by_the_names_of_the_models_data() {
    let lab = Lab::with_model("softmax", &[]);
    let mut model = ModelFile::parse(&lab.bytes("model.safetensors"));
    let metadata = model.metadata.unwrap();
    assert!(!metadata.contains("dataset"), "{metadata}");
    let named = |name: &str| {
        let dataset = format!("\"dataset\":{name:?},\"settings\"");
        Some(metadata.replace("\"settings\"", &dataset))
    };
    let names = ["o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"];
    for (dataset, is_known) in [("KMNIST", true), ("somebody's", false)] {
        model.metadata = named(dataset);
        lab.write("named.safetensors", &model.to_bytes());
        let words = ["evaluate", "--csv", "--model", "named.safetensors"];
        let csv = text(&lab.succeed_with_data(&words).stdout);
        let [header, row] = [0, 1].map(|line| csv.lines().nth(line).unwrap());
        assert_eq!(header.starts_with("image,class,name,p0,"), is_known);
        if is_known {
            let cells: Vec<&str> = row.split(',').collect();
            assert_eq!(cells[2], names[cells[1].parse::<usize>().unwrap()]);
        }
    }
    model.metadata = named("KMNIST");
    lab.write("named.safetensors", &model.to_bytes());
    lab.write("7.png", &picture(0, true, ImageFormat::Png));
    let says = |model| {
        let output = lab.succeed(&["predict", "--quiet", "--model", model, "7.png"]);
        text(&output.stdout)
    };
    // `7.png: 7 (98.5 %), then …` and the same with names.
    let mut expected = says("model.safetensors");
    for (digit, name) in names.iter().enumerate() {
        expected = expected.replace(&format!(" {digit} ("), &format!(" {name} ("));
    }
    assert_eq!(says("named.safetensors"), expected);
    assert!(!expected.contains(" 7 ("), "{expected}");
}
