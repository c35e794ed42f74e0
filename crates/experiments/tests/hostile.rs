//! Runs the fuzz targets in `fuzz/` on damaged files, always the same ones. `HOSTILE_ROUNDS` is the number of damaged
//! files per seed.
#![allow(clippy::print_stdout)] // the number of damaged files

#[path = "../../../fuzz/src/lib.rs"]
#[allow(unreachable_pub)] // a separate crate elsewhere
mod targets;

use std::fs;
use std::path::Path;

use experiments::suites::{BUILT_IN, BUILT_INS};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// Memory limit of the picture reader for a file of a few KiB. A header may promise much more than follows, and the
/// decoder's limit is 512 MiB.
const MEMORY: u64 = 600 << 20;

/// Memory limit of the other readers, which do not trust a length before the bytes are there.
const LITTLE_MEMORY: u64 = 8 << 20;

fn seeds(target: &str) -> Vec<Vec<u8>> {
    if target == "suite" {
        return BUILT_IN.map(|(_, text)| text.into()).to_vec();
    }
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = here.join("../../fuzz/seeds").join(target);
    let mut paths: Vec<_> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// Damages a file in one to four random ways.
fn spoil(seed: &[u8], other: &[u8], rng: &mut ChaCha8Rng) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..rng.random_range(1..=4) {
        let place = rng.random_range(0..=bytes.len().saturating_sub(1));
        let end = rng.random_range(place..=bytes.len().min(place + 16));
        match rng.random_range(0..7) {
            _ if bytes.is_empty() => {}
            0 => bytes[place] ^= 1 << rng.random_range(0..8),
            1 => bytes[place] = [0, 1, 0x7F, 0x80, 0xFF][rng.random_range(0..5)],
            2 => bytes.truncate(place),
            3 => drop(bytes.drain(place..end)),
            4 => drop(bytes.splice(place..place, bytes.clone()[place..end].to_vec())),
            5 => bytes[place..end].fill(0xFF),
            _ => {
                let from = rng.random_range(0..=other.len());
                bytes.truncate(place);
                bytes.extend(&other[from..]);
            }
        }
    }
    bytes
}

#[test]
fn readers_take_any_bytes() {
    let rounds: u32 =
        std::env::var("HOSTILE_ROUNDS").map_or(1500, |text| text.parse().expect("HOSTILE_ROUNDS"));
    for (name, target) in targets::TARGETS {
        let mut rng = ChaCha8Rng::seed_from_u64(0);
        let seeds = seeds(name);
        assert!(!seeds.is_empty(), "{name}");
        let limit = if name == "picture" {
            MEMORY
        } else {
            LITTLE_MEMORY
        };
        for (index, seed) in seeds.iter().enumerate() {
            target(seed);
            for round in 0..rounds {
                let other = &seeds[rng.random_range(0..seeds.len())];
                let bytes = spoil(seed, other, &mut rng);
                let taken = allocation_counter::measure(|| target(&bytes)).bytes_max;
                assert!(
                    taken < limit,
                    "{name}, seed {index}, round {round}: {taken} bytes"
                );
            }
        }
        println!(
            "{name}: {} seeds, {rounds} damaged files of each",
            seeds.len()
        );
    }
}

/// The readers accept all seeds; otherwise the damaged files would test little.
#[test]
fn seeds_are_accepted() {
    use experiments::run::checkpoint::Checkpoint;
    use lab_exchange::import::Foreign;
    use lab_results::disk::atomic_file;
    use lab_results::model::AnyModel;
    use lab_results::store::{RunRecord, SuiteRecord};
    use lab_results::suite::Suite;
    use lab_results::tables::{ConfusionRow, EpochRow, RunRow};
    use mnist_data::{idx, source};
    let limits = idx::Limits::default();
    let network = nn_core::Mlp::new(&[3, 2, 2], nn_core::Activation::Tanh).unwrap();
    for (name, _) in targets::TARGETS {
        for bytes in seeds(name) {
            let accepted = match name {
                "idx" => idx::read_u8(&mut &*bytes, &limits).is_ok(),
                "idx_gz" => {
                    let read = |content| source::read("seed", &*bytes, content, &limits).is_ok();
                    read(source::Content::Images) || read(source::Content::Labels)
                }
                "model" => AnyModel::parse(&bytes).is_ok(),
                "weights" => Foreign::parse(&bytes).is_ok(),
                "checkpoint" => Checkpoint::<f32>::parse(&bytes, &network).is_ok(),
                "suite" => {
                    Suite::parse("seed", std::str::from_utf8(&bytes).unwrap(), &BUILT_INS).is_ok()
                }
                "picture" => mnist_picture::from_bytes(&bytes).is_ok(),
                "record" => RunRecord::parse(&bytes).is_ok(),
                "suite_record" => serde_json::from_slice::<SuiteRecord>(&bytes).is_ok(),
                "table" => {
                    atomic_file::parse_csv::<EpochRow>(&bytes).is_ok()
                        || atomic_file::parse_csv::<ConfusionRow>(&bytes).is_ok()
                        || atomic_file::parse_csv::<RunRow>(&bytes).is_ok()
                }
                _ => false,
            };
            assert!(accepted, "{name}");
        }
    }
}

/// A file that is larger than memory.
#[test]
fn a_file_without_end_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let file = fs::File::create(&path).unwrap();
    file.set_len(1 << 40).unwrap();
    let mut message = String::new();
    let taken = allocation_counter::measure(|| {
        let error = lab_results::model::AnyModel::read(&path).unwrap_err();
        message = format!("{error:#}");
    });
    assert!(
        message.contains("model.safetensors: cannot be read: file too large"),
        "{message}"
    );
    assert!(taken.bytes_max < 1 << 20, "{taken:?}");
}

/// A file of 2 MB that unpacks to 2 GB, and one whose header promises them.
#[test]
fn a_decompression_bomb_takes_no_memory() {
    use mnist_data::source::{self, Content};
    use std::io::Write;
    let limits = mnist_data::idx::Limits::default();
    let bomb = |header: [u8; 8]| {
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(&header).unwrap();
        for _ in 0..256 {
            gz.write_all(&[0; 1 << 20]).unwrap();
        }
        gz.finish().unwrap()
    };
    // 100 labels declared: the rest is not unpacked.
    let file = bomb([0, 0, 8, 1, 0, 0, 0, 100]);
    let mut message = String::new();
    let taken = allocation_counter::measure(|| {
        let error = source::read("bomb.gz", &*file, Content::Labels, &limits).unwrap_err();
        message = error.to_string();
    });
    assert!(message.contains("found more bytes"), "{message}");
    assert!(taken.bytes_max < 1 << 20, "{taken:?}");
    // More declared than any file may have.
    let file = bomb([0, 0, 8, 1, 0xFF, 0xFF, 0xFF, 0xFF]);
    let taken = allocation_counter::measure(|| {
        assert!(source::read("bomb.gz", &*file, Content::Labels, &limits).is_err());
    });
    assert!(taken.bytes_max < 1 << 20, "{taken:?}");
}
