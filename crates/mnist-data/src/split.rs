//! Splits the training images into a training and a validation part.

use rand::{Rng, seq::SliceRandom};
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

use crate::Error;

/// The size of the validation part.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Part {
    /// A share of all images, above 0 and below 1. The number of images is rounded to the nearest; halves are rounded
    /// up.
    Ratio(f64),
    /// A number of images.
    Count(usize),
}

/// The order from which the validation part is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Drawn at random without replacement.
    Random,
    /// The last images.
    Sequential,
}

/// A rule that divides images into a training and a validation part.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Split {
    /// The size of the validation part.
    pub part: Part,
    /// The choice of the validation images.
    pub order: Order,
}

impl Split {
    /// Returns the indices of the training part and of the validation part. Each index in `0..n` is in exactly one
    /// part, no part is empty, and **both parts are in ascending order**.
    ///
    /// [`Order::Random`] shuffles `0..n`, takes the validation part from the end, and sorts both parts. For the same
    /// split on every machine, `rng` should be a generator whose output is documented as portable, such as ChaCha.
    /// [`Order::Sequential`] does not use `rng`.
    ///
    /// # Errors
    ///
    /// [`Error::Ratio`] for a ratio not between 0 and 1, [`Error::EmptyPart`] if a part would be empty,
    /// [`Error::TooMany`] if `n` exceeds 2³² − 1.
    pub fn indices(
        &self,
        n: usize,
        rng: &mut (impl Rng + ?Sized),
    ) -> Result<(Vec<u32>, Vec<u32>), Error> {
        let total = u32::try_from(n).map_err(|_| Error::TooMany { total: n })?;
        let train_len = n - self.validation_len(n)?;
        let mut train: Vec<u32> = (0..total).collect();
        if self.order == Order::Random {
            train.shuffle(rng);
        }
        let mut validation = train.split_off(train_len);
        train.sort_unstable();
        validation.sort_unstable();
        Ok((train, validation))
    }

    /// Returns the [`indices`](Self::indices) of a split that ChaCha8 draws from a seed.
    ///
    /// ```
    /// use mnist_data::{Order, Part, Split};
    ///
    /// let split = Split { part: Part::Ratio(0.2), order: Order::Random };
    /// let (train, validation) = split.indices_from_seed(60_000, 7)?;
    /// assert_eq!((train.len(), validation.len()), (48_000, 12_000));
    /// # Ok::<(), mnist_data::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`indices`](Self::indices).
    pub fn indices_from_seed(&self, n: usize, seed: u64) -> Result<(Vec<u32>, Vec<u32>), Error> {
        self.indices(n, &mut ChaCha8Rng::seed_from_u64(seed))
    }

    fn validation_len(&self, n: usize) -> Result<usize, Error> {
        let validation = match self.part {
            Part::Count(k) => k,
            Part::Ratio(ratio) if ratio > 0.0 && ratio < 1.0 => (ratio * n as f64).round() as usize,
            Part::Ratio(found) => return Err(Error::Ratio { found }),
        };
        if validation == 0 || validation >= n {
            return Err(Error::EmptyPart {
                total: n,
                validation,
            });
        }
        Ok(validation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(part: Part, order: Order, n: usize) -> Result<(Vec<u32>, Vec<u32>), String> {
        Split { part, order }
            .indices(n, &mut ChaCha8Rng::seed_from_u64(0))
            .map_err(|e| e.to_string())
    }

    /// If this test fails, earlier runs cannot be reproduced; the changelog must say so.
    #[test]
    fn the_random_split_of_seed_0_does_not_change() {
        let (train, validation) = split(Part::Count(12_000), Order::Random, 60_000).unwrap();
        assert_eq!(train[..8], [0, 1, 2, 3, 4, 7, 9, 10]);
        assert_eq!(validation[..8], [5, 6, 8, 18, 28, 31, 34, 37]);
        let (train, validation) = split(Part::Count(3), Order::Random, 10).unwrap();
        assert_eq!(train, [1, 2, 5, 6, 7, 8, 9]);
        assert_eq!(validation, [0, 3, 4]);
    }

    #[test]
    fn the_sequential_split_takes_the_last_and_draws_nothing() {
        let (train, validation) = split(Part::Ratio(0.4), Order::Sequential, 5).unwrap();
        assert_eq!((train, validation), (vec![0, 1, 2], vec![3, 4]));

        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let before = rng.clone();
        let split = Split {
            part: Part::Count(1),
            order: Order::Sequential,
        };
        split.indices(2, &mut rng).unwrap();
        assert_eq!(rng, before);
    }

    #[test]
    fn a_ratio_and_its_count_are_the_same_split() {
        assert_eq!(
            split(Part::Ratio(0.2), Order::Random, 60_000),
            split(Part::Count(12_000), Order::Random, 60_000),
        );
    }

    #[test]
    fn an_empty_part_is_refused_with_its_numbers() {
        for (part, n, validation) in [
            (Part::Count(0), 10, 0),
            (Part::Count(10), 10, 10),
            (Part::Count(11), 10, 11),
            (Part::Ratio(0.01), 10, 0),
            (Part::Ratio(0.99), 10, 10),
        ] {
            assert_eq!(
                split(part, Order::Random, n).unwrap_err(),
                format!(
                    "split: expected a validation part of 1 to 9 of 10 images, found {validation}"
                )
            );
        }
        for n in [0, 1] {
            assert!(split(Part::Ratio(0.5), Order::Random, n).is_err());
        }
    }

    #[test]
    fn a_ratio_that_is_no_proper_fraction_is_refused() {
        for ratio in [0.0, 1.0, -0.5, 1.5, f64::NAN, f64::INFINITY] {
            let message = split(Part::Ratio(ratio), Order::Random, 10).unwrap_err();
            assert!(
                message.starts_with("validation ratio: expected"),
                "{message}"
            );
        }
    }
}
