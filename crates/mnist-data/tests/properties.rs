//! Properties that hold for every input.

mod common;

use common::{gzip, idx};
use mnist_data::{
    Images, Normalize, Order, Part, Split,
    idx::{Limits, read_u8},
    one_hot,
    source::{self, Content},
};
use proptest::{collection::vec, prelude::*, sample::select};
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

/// Arrays of up to 4 dimensions, some of them zero, with their bytes.
fn array() -> impl Strategy<Value = (Vec<u32>, Vec<u8>)> {
    vec(0..7_u32, 0..=4).prop_flat_map(|dims| {
        let len = dims.iter().product::<u32>() as usize;
        (Just(dims), vec(any::<u8>(), len))
    })
}

/// Images with few values, so that constant images and pixels occur. Some have no pixels, and some sets are empty.
fn images() -> impl Strategy<Value = Images> {
    let pixel = prop_oneof![Just(0_u8), Just(0), Just(255), any::<u8>()];
    (0..6_usize, 0..4_usize, 0..4_usize, vec(pixel, 6 * 16)).prop_map(|(n, rows, cols, mut p)| {
        p.truncate(n * rows * cols);
        Images::new(n, rows, cols, p).unwrap()
    })
}

/// Images and the indices of some of them, possibly none.
fn images_and_train() -> impl Strategy<Value = (Images, Vec<u32>)> {
    (images(), vec(any::<bool>(), 6)).prop_map(|(images, chosen)| {
        let n = images.len();
        let train = (0..6).zip(chosen).take(n).filter(|&(_, c)| c);
        let train = train.map(|(i, _)| i).collect();
        (images, train)
    })
}

/// The mean, and the standard deviation of the population.
fn mean_and_std(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n;
    (mean, variance.sqrt())
}

fn standardize(u: f64, population: &[f64]) -> f64 {
    if population.iter().all(|v| *v == population[0]) {
        return 0.0;
    }
    let (mean, std) = mean_and_std(population);
    (u - mean) / std
}

fn reference(way: Normalize, images: &Images, train: &[u32], i: usize, j: usize) -> f64 {
    let at = |i: usize, j: usize| f64::from(images.image(i)[j]);
    let pixels = 0..images.pixels_per_image();
    let train = || train.iter().map(|&i| i as usize);
    let u = at(i, j);
    match way {
        Normalize::PerImage => standardize(u, &pixels.map(|j| at(i, j)).collect::<Vec<_>>()),
        Normalize::PerPixel => standardize(u, &train().map(|i| at(i, j)).collect::<Vec<_>>()),
        Normalize::Global => {
            let all = train().flat_map(|i| pixels.clone().map(move |j| at(i, j)));
            standardize(u, &all.collect::<Vec<_>>())
        }
        Normalize::UnitScale => u / 255.0,
        Normalize::None => u,
    }
}

proptest! {
    #[test]
    fn idx_files_are_read_as_written((dims, data) in array()) {
        let file = idx(0x08, &dims, &data);
        let array = read_u8(&mut &file[..], &Limits::default()).unwrap();
        let dims: Vec<usize> = dims.iter().map(|&n| n as usize).collect();
        prop_assert_eq!((array.dims, array.data), (dims, data));
    }

    #[test]
    fn an_idx_file_of_any_other_length_is_refused((dims, data) in array(), cut in any::<prop::sample::Index>()) {
        let mut file = idx(0x08, &dims, &data);
        let end = cut.index(file.len());
        prop_assert!(read_u8(&mut &file[..end], &Limits::default()).is_err());
        file.push(0);
        prop_assert!(read_u8(&mut &file[..], &Limits::default()).is_err());
    }

    #[test]
    fn any_bytes_are_read_or_refused_in_one_line(
        start in select(vec![vec![], vec![0, 0, 8, 1], vec![0, 0, 8, 3, 0, 0, 0], vec![0x1F, 0x8B, 8, 0]]),
        rest in vec(any::<u8>(), 0..64),
        compressed in any::<bool>(),
        content in select(vec![Content::Images, Content::Labels]),
    ) {
        let mut bytes = [start, rest].concat();
        if compressed {
            bytes = gzip(&bytes);
        }
        if let Err(error) = source::read("FILE", &bytes[..], content, &Limits::default()) {
            let message = error.to_string();
            prop_assert!(message.starts_with("FILE: "), "{}", message);
            prop_assert_eq!(message.lines().count(), 1);
        }
    }

    #[test]
    fn the_parts_of_a_split_are_disjoint_complete_sorted_and_not_empty(
        n in 0..400_usize,
        part in prop_oneof![(0.0..1.0).prop_map(Part::Ratio), (0..400_usize).prop_map(Part::Count)],
        order in select(vec![Order::Random, Order::Sequential]),
        seed in any::<u64>(),
    ) {
        let split = Split { part, order };
        let Ok((train, validation)) = split.indices(n, &mut ChaCha8Rng::seed_from_u64(seed)) else {
            let k = match part {
                Part::Ratio(r) => (r * n as f64).round() as usize,
                Part::Count(k) => k,
            };
            prop_assert!(k == 0 || k >= n, "{} of {}", k, n);
            return Ok(());
        };
        prop_assert!(train.is_sorted() && validation.is_sorted());
        prop_assert!(!train.is_empty() && !validation.is_empty());
        let mut all = [train, validation].concat();
        all.sort_unstable();
        prop_assert_eq!(all, (0..n as u32).collect::<Vec<_>>());
    }

    #[test]
    fn every_normalization_agrees_with_the_textbook_and_its_decomposition(
        (images, train) in images_and_train(),
        way in select(Normalize::ALL.to_vec()),
    ) {
        let needs_train = matches!(way, Normalize::Global | Normalize::PerPixel);
        prop_assume!(!(needs_train && train.is_empty()));
        let normalizer = way.fit(&images, &train).unwrap();
        let x = normalizer.transform::<f64>(&images);
        let x32 = normalizer.transform::<f32>(&images);
        prop_assert_eq!(x.dim(), (images.len(), images.pixels_per_image()));
        for ((i, j), &x) in x.indexed_iter() {
            let (a, c) = normalizer.image_coefficients(images.image(i));
            let pixel = normalizer.pixel_coefficients();
            let (b, d) = pixel.map_or((1.0, 1.0), |(b, d)| (b[j], d[j]));
            let u = f64::from(images.image(i)[j]);
            prop_assert_eq!(x, u * a * b - c * d);
            prop_assert_eq!(x32[(i, j)], x as f32);

            // u and the mean are divided by σ before the subtraction, so rounding is relative to μ/σ.
            let expected = reference(way, &images, &train, i, j);
            let tolerance = 1e-12 * (c * d).abs().max(x.abs()).max(1.0);
            prop_assert!((x - expected).abs() <= tolerance, "{}: {} and {}", way, x, expected);
        }
    }

    #[test]
    fn no_normalization_gives_nan_or_infinity(
        (images, train) in images_and_train(),
        way in select(Normalize::ALL.to_vec()),
    ) {
        if let Ok(normalizer) = way.fit(&images, &train) {
            let x = normalizer.transform::<f32>(&images);
            prop_assert!(x.iter().all(|x| x.is_finite()));
        }
    }

    #[test]
    fn labels_survive_one_hot(labels in vec(0..37_u8, 0..50)) {
        let y = one_hot::encode::<f32>(&labels, 37).unwrap();
        prop_assert_eq!(y.dim(), (labels.len(), 37));
        prop_assert_eq!(y.sum(), labels.len() as f32);
        prop_assert_eq!(one_hot::decode(y.view()).unwrap(), labels);
    }
}
