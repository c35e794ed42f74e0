//! Tests of files that `evaluate` and `predict` refuse: damaged models, models for other images, files that are not
//! pictures. Each mistake gives one line that names the file.

mod common;

use common::{DATA, Lab, ModelFile, encode, picture, small_files, text};
use image::{GrayImage, ImageFormat};
use safetensors::tensor::Dtype;

/// An intact model, to be damaged.
struct Spoiled {
    lab: Lab,
    whole: Vec<u8>,
}

impl Spoiled {
    fn new() -> Self {
        let lab = Lab::with_model("momentum", &["hidden=16"]);
        let whole = lab.bytes("model.safetensors");
        assert_eq!(ModelFile::parse(&whole).to_bytes(), whole);
        Self { lab, whole }
    }

    /// The model with a change.
    fn edit(&self, change: impl Fn(&mut ModelFile)) -> Vec<u8> {
        let mut model = ModelFile::parse(&self.whole);
        change(&mut model);
        model.to_bytes()
    }

    /// The model with another word in its metadata.
    fn with_metadata(&self, from: &str, to: &str) -> Vec<u8> {
        self.edit(|model| {
            let metadata = model.metadata.as_mut().unwrap();
            assert!(metadata.contains(from), "{metadata}");
            *metadata = metadata.replace(from, to);
        })
    }

    /// Asserts that `evaluate` and `predict` refuse these bytes with this message.
    fn refuse(&self, bytes: &[u8], expected: &str) {
        self.lab.write("bad.safetensors", bytes);
        let expected = ["bad.safetensors: ", expected];
        let evaluate = ["evaluate", "--model", "bad.safetensors"];
        self.lab
            .refuse(1, &[&evaluate[..], &DATA].concat(), &expected);
        let predict = ["predict", "--model", "bad.safetensors", "a.png"];
        self.lab.refuse(1, &predict, &expected);
    }
}

/// The weights are finite, but their sums overflow.
#[test]
fn a_model_that_overflows_is_refused() {
    let model = Spoiled::new();
    let huge = model.edit(|model| {
        let tensors = model.tensors.values_mut();
        for value in tensors.flat_map(|tensor| tensor.data.chunks_exact_mut(4)) {
            value.copy_from_slice(&3e38_f32.to_le_bytes());
        }
    });
    model.lab.write("huge.safetensors", &huge);
    let expected = ["not a finite number"];
    for words in [&["evaluate"][..], &["evaluate", "--csv"]] {
        let words = [words, &["--model", "huge.safetensors"], &DATA].concat();
        model.lab.refuse(1, &words, &expected);
    }
}

#[test]
fn a_truncated_model_is_refused() {
    let model = Spoiled::new();
    let whole = &model.whole;
    for bytes in [&[], &whole[..100], &whole[..whole.len() - 1]] {
        model.refuse(bytes, "not a safetensors file");
    }
}

#[test]
fn a_file_that_is_no_model_is_refused() {
    let model = Spoiled::new();
    for (bytes, expected) in [
        (
            &b"PK\x03\x04 a zip, or whatever else"[..],
            "expected a model in safetensors, found a zip archive",
        ),
        (&[0xFF; 64], "not a safetensors file: its header has "),
        (
            &[&model.whole[..], b"more"].concat(),
            "not a safetensors file: ",
        ),
    ] {
        model.refuse(bytes, expected);
    }
}

#[test]
fn a_model_without_a_card_that_can_be_read_is_refused() {
    let model = Spoiled::new();
    let without = model.edit(|model| model.metadata = None);
    model.refuse(&without, "no metadata `mnist-lab`");
    let broken = model.edit(|model| model.metadata = Some("{".to_owned()));
    model.refuse(&broken, "metadata `mnist-lab`");
}

#[test]
fn a_model_whose_card_does_not_fit_is_refused() {
    let model = Spoiled::new();
    let cases = [
        ("\"format\":1", "\"format\":2", "model format 2; expected 1"),
        (
            "\"hidden\":[16]",
            "\"hidden\":[17]",
            "tensor `fc1.weight` is F32 [16, 784]; expected F32 [17, 784]",
        ),
        (
            "\"image\":[28,28]",
            "\"image\":[28,27]",
            "expected F32 [16, 756]",
        ),
        (
            "\"image\":[28,28]",
            "\"image\":[18446744073709551615,2]",
            "18446744073709551615",
        ),
        (
            "\"precision\":\"f32\"",
            "\"precision\":\"f64\"",
            "tensor `fc1.weight` is F32 [16, 784]; expected F64",
        ),
        (
            "\"normalize\":\"per-image\"",
            "\"normalize\":\"global\"",
            "no tensor `normalize.scale`",
        ),
    ];
    for (from, to, expected) in cases {
        model.refuse(&model.with_metadata(from, to), expected);
    }
}

#[test]
fn a_model_without_one_of_its_tensors_is_refused() {
    let model = Spoiled::new();
    for (name, expected) in [
        (
            "fc1.bias",
            "no tensor `fc1.bias`; found `fc1.weight`, `fc2.bias`",
        ),
        ("fc2.bias", "no tensor `fc2.bias`"),
    ] {
        let without = model.edit(|model| drop(model.tensors.remove(name)));
        model.refuse(&without, expected);
    }
}

#[test]
fn a_model_with_a_number_that_is_not_finite_is_refused() {
    let model = Spoiled::new();
    for number in [f32::NAN, f32::INFINITY] {
        let bytes = model.edit(|model| {
            let data = &mut model.tensors.get_mut("fc1.weight").unwrap().data;
            data[40..44].copy_from_slice(&number.to_le_bytes());
        });
        model.refuse(&bytes, "tensor `fc1.weight` has");
    }
}

#[test]
fn a_model_in_half_precision_is_refused() {
    let model = Spoiled::new();
    let half = model.edit(|model| {
        let bias = model.tensors.get_mut("fc1.bias").unwrap();
        bias.dtype = Dtype::F16;
        bias.data.truncate(32);
    });
    model.refuse(&half, "tensor `fc1.bias` is F16 [16]; expected F32 [16]");
}

#[test]
fn a_missing_model_is_named() {
    let words = ["evaluate", "--model", "no.safetensors"];
    Lab::new().refuse(1, &words, &["no.safetensors: cannot be read: "]);
}

#[test]
fn a_model_with_more_layers_than_its_card_is_refused() {
    let model = Spoiled::new();
    let shallow = model.with_metadata("\"hidden\":[16]", "\"hidden\":[]");
    model.refuse(&shallow, "unexpected tensor `fc2.bias`");
}

#[test]
fn a_model_for_other_images_is_refused() {
    let lab = Lab::with_model("softmax", &[]);
    // The test set as 100 images of 28 × 56.
    let mut files = small_files();
    for (file, images) in [(0, 300_u32), (2, 100)] {
        files[file][4..8].copy_from_slice(&images.to_be_bytes());
        files[file][12..16].copy_from_slice(&56_u32.to_be_bytes());
        files[file + 1][4..8].copy_from_slice(&images.to_be_bytes());
        files[file + 1].truncate(8 + images as usize);
    }
    lab.write_data("wide", &files);
    let data = ["--data-dir", "wide", "--checksums", "off"];
    let words = [&["evaluate", "--model", "model.safetensors"][..], &data].concat();
    lab.refuse(1, &words, &["784", "1568"]);

    lab.succeed(
        &[
            &[
                "run", "softmax", "--quiet", "--set", "epochs=1", "--out", "wide",
            ][..],
            &data,
        ]
        .concat(),
    );
    lab.write("7.png", &picture(0, false, ImageFormat::Png));
    let wide = "wide/paper/softmax/seed-0/model.safetensors";
    let error = failed_prediction(&lab, wide, "7.png");
    assert!(
        error.contains("the model expects images of 28 × 56"),
        "{error}"
    );
}

// Pictures

/// The error message of `predict` about a picture. The next line has the number of failures.
fn failed_prediction(lab: &Lab, model: &str, picture: &str) -> String {
    let output = lab.end(1, &["predict", "--model", model, picture]);
    let stderr = text(&output.stderr);
    assert_eq!(text(&output.stdout), "", "{stderr}");
    let lines: Vec<&str> = stderr.lines().collect();
    assert_eq!(lines.len(), 2, "{stderr}");
    assert_eq!(lines[1], "error: cannot read 1 of 1 pictures");
    lines[0].strip_prefix("error: ").unwrap().to_owned()
}

#[test]
fn pictures_that_cannot_be_read_are_named() {
    let lab = Lab::with_model("softmax", &[]);
    let [png, jpeg] = [ImageFormat::Png, ImageFormat::Jpeg].map(|format| picture(0, false, format));
    let blank = |side| {
        encode(
            GrayImage::from_pixel(side, side, image::Luma([200])),
            ImageFormat::Png,
        )
    };
    let mut damaged = png.clone();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 0xFF;
    // Width and height of a PNG are bytes 16 to 23. Their checksum is then wrong, too.
    let mut huge = png.clone();
    huge[16..24].fill(0x7F);
    // Two strokes side by side.
    let two = GrayImage::from_fn(60, 40, |x, y| {
        let stroke = (10..14).contains(&x) || (40..44).contains(&x);
        image::Luma([if stroke && (5..35).contains(&y) {
            30
        } else {
            220
        }])
    });
    let cases: [(&str, Vec<u8>, &str); 11] = [
        (
            "two.png",
            encode(two, ImageFormat::Png),
            "more than one digit? there are 2 pieces of ink apart from each other; add --split",
        ),
        ("short.bmp", b"BM".to_vec(), "decoding the image: "),
        (
            "text.png",
            b"seven".to_vec(),
            "neither a PNG, a JPEG, a BMP nor a WebP image",
        ),
        (
            "empty.png",
            Vec::new(),
            "neither a PNG, a JPEG, a BMP nor a WebP image",
        ),
        (
            "a.gif",
            b"GIF89a\x01\0\x01\0\0\0\0;".to_vec(),
            "expected a picture (PNG, JPEG, BMP or WebP), found a GIF picture",
        ),
        ("blank.png", blank(28), "no digit found: "),
        ("dot.png", blank(1), "no digit found: "),
        (
            "short.png",
            png[..png.len() / 2].to_vec(),
            "decoding the image: ",
        ),
        ("short.jpg", jpeg[..30].to_vec(), "the JPEG is cut short"),
        ("damaged.png", damaged, "decoding the image: "),
        ("huge.png", huge, "decoding the image: "),
    ];
    for (name, bytes, expected) in cases {
        lab.write(name, &bytes);
        let error = failed_prediction(&lab, "model.safetensors", name);
        let reason = error.strip_prefix(&format!("{name}: "));
        let reason = reason.unwrap_or_else(|| panic!("no name: {error}"));
        assert!(reason.starts_with(expected), "{error}");
        // The decoder's message appears once, not again as the cause.
        let cause = reason
            .strip_prefix("decoding the image: ")
            .unwrap_or(reason);
        let end = &cause[cause.len() / 2..];
        assert!(
            !cause[..cause.len() / 2].contains(end.trim_start_matches([':', ' '])),
            "{error}"
        );
    }
    let error = failed_prediction(&lab, "model.safetensors", "data");
    assert!(error.starts_with("data: cannot"), "{error}");
}
