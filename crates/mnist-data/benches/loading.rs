//! Times loading of MNIST (decompression, checksums and parsing together), and normalisation.

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mnist_data::{Dataset, Normalize, OpenOptions};

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data");

/// The size of the four files together, uncompressed, in bytes.
const BYTES: u64 = 47_040_016 + 60_008 + 7_840_016 + 10_008;

fn loading(c: &mut Criterion) {
    let open = || Dataset::open(DATA, &OpenOptions::default()).expect("the committed files");
    let mnist = open();
    assert_eq!((mnist.train().len(), mnist.test().len()), (60_000, 10_000));

    let mut group = c.benchmark_group("load");
    group
        .sample_size(10)
        .measurement_time(Duration::from_secs(5));
    group.throughput(Throughput::Bytes(BYTES));
    group.bench_function("all four files, checksums included", |b| {
        b.iter(|| black_box(open()));
    });
    group.throughput(Throughput::Elements(128));
    let images = mnist.train().images();
    let rows: Vec<u32> = (0..128).map(|i| i * 401).collect();
    let normalizer = Normalize::PerImage.fit(images, &[]).expect("no statistics");
    group.bench_function("normalise 128 images to f32", |b| {
        b.iter(|| black_box(normalizer.transform_rows::<f32>(images, &rows)));
    });
    group.finish();
}

criterion_group!(benches, loading);
criterion_main!(benches);
