//! Writes the seeds anew, for when a format changes: `cargo run --example seeds`.

use std::fs;
use std::io::Write;
use std::path::Path;

use experiments::run::checkpoint::Checkpoint;
use experiments::run::timing::Clock;
use experiments::suites;
use lab_exchange::export::Format;
use lab_results::disk::atomic_file::sha256;
use lab_results::model::{AnyModel, FORMAT, Metadata, Model};
use lab_results::suite::set;
use lab_results::tables::StepRow;
use mnist_data::{Normalize, Normalizer};
use nn_core::{Activation, Float, Mlp, Params, Score};
use nn_train::{Best, EpochMetrics, State};

fn main() {
    let write = |name: &str, bytes: &[u8]| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("seeds")
            .join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    };
    let images = [
        &[0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3][..],
        &[7; 12],
    ]
    .concat();
    let labels = [0, 0, 8, 1, 0, 0, 0, 4, 1, 2, 3, 4];
    write("idx/images", &images);
    write("idx/labels", &labels);
    write("idx_gz/images.gz", &gzip(&images));
    write("idx_gz/labels.gz", &gzip(&labels));
    write("idx_gz/labels", &labels);

    write("model/softmax.safetensors", &model::<f32>(&[], "f32"));
    write("model/hidden.safetensors", &model::<f64>(&[2], "f64"));

    let AnyModel::F64(hidden) = AnyModel::parse(&model::<f64>(&[2], "f64")).unwrap() else {
        panic!("double precision");
    };
    let export = |format| lab_exchange::export::to_bytes(&hidden, format).unwrap();
    write("weights/model.npz", &export(Format::Npz));
    let network = Mlp::new(&[9, 3, 2], Activation::Tanh).unwrap();
    let params = Params::<f32>::zeros(&network);
    write("weights/state_dict.safetensors", &params.to_safetensors());

    let network = Mlp::new(&[3, 2, 2], Activation::Tanh).unwrap();
    let params = Params::<f32>::zeros(&network);
    let score = Score {
        loss_sum: 0.5,
        correct: 1,
        examples: 2,
    };
    let whole = Checkpoint {
        identity: sha256(b"seed"),
        state: State {
            history: vec![EpochMetrics {
                epoch: 1,
                train: score,
                validation: score,
                stopping_penalty: 0.25,
            }],
            steps_done: 1,
            params: params.clone(),
            optimizer_state: vec![params.clone()],
            best: Some(Best { epoch: 1, params }),
        },
        log: Some(vec![StepRow {
            epoch: 1,
            step: 1,
            loss: 0.5,
        }]),
        clock: Clock::default(),
    };
    write("checkpoint/second-epoch", &whole.to_bytes().unwrap());

    let results = Path::new(env!("CARGO_MANIFEST_DIR")).join("../results/paper");
    for (name, from) in [
        ("record/run.json", "relu/seed-0/run.json"),
        ("suite_record/suite.json", "suite.json"),
        ("table/metrics.csv", "relu/seed-0/metrics.csv"),
        ("table/confusion.csv", "relu/seed-0/confusion.csv"),
        ("table/runs.csv", "runs.csv"),
    ] {
        write(name, &fs::read(results.join(from)).unwrap());
    }

    let digit = image::GrayImage::from_fn(28, 28, |x, y| {
        let stroke = (12..16).contains(&x) && (5..23).contains(&y);
        image::Luma([if stroke { 255 } else { 0 }])
    });
    for (name, format) in [
        ("digit.png", image::ImageFormat::Png),
        ("digit.jpg", image::ImageFormat::Jpeg),
        ("digit.bmp", image::ImageFormat::Bmp),
        ("digit.webp", image::ImageFormat::WebP),
    ] {
        let mut bytes = std::io::Cursor::new(Vec::new());
        digit.write_to(&mut bytes, format).unwrap();
        write(&format!("picture/{name}"), bytes.get_ref());
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(bytes).unwrap();
    gz.finish().unwrap()
}

/// A model of images of 2 × 2 pixels and 3 classes.
fn model<F: Float>(hidden: &[usize], precision: &str) -> Vec<u8> {
    let paper = suites::load("paper").unwrap();
    let sizes: Vec<String> = hidden.iter().map(usize::to_string).collect();
    let sizes = if sizes.is_empty() {
        "none".to_owned()
    } else {
        sizes.join(",")
    };
    let mut table = toml::Table::new();
    let normalize = if hidden.is_empty() {
        "global"
    } else {
        "per-image"
    };
    for (key, value) in [
        ("hidden", sizes.as_str()),
        ("precision", precision),
        ("normalize", normalize),
    ] {
        set(&mut table, &format!("{key}={value}")).unwrap();
    }
    let settings = paper.experiments[1].settings.with(&table).unwrap();
    let network = Mlp::new(&[&[4], hidden, &[3]].concat(), Activation::Tanh).unwrap();
    let numbers = (0..network.parameter_count()).map(|i| F::of(i as f64 / 8.0));
    let model = Model {
        params: Params::from_vec(&network, numbers.collect()).unwrap(),
        normalizer: match settings.normalize {
            Normalize::PerImage => Normalizer::PerImage,
            _ => Normalizer::Fixed { a: 0.5, c: 0.1 },
        },
        metadata: Metadata {
            format: FORMAT,
            experiment: "seed".to_owned(),
            seed: 0,
            epoch: 1,
            dataset: None,
            image: [2, 2],
            settings,
        },
    };
    model.to_bytes().unwrap()
}
