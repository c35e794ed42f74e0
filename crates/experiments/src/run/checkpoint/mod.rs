//! Checkpoints: files with the state of a run between two steps. A damaged checkpoint is not used.
//!
//! A run keeps the last two checkpoints, so that one is intact even if the other is damaged.

mod form;

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use lab_results::disk::atomic_file::{self, sha256};
use lab_results::disk::lock::Lock;
use lab_results::names::CHECKPOINTS;
use lab_results::store::Source;
use nn_core::{Float, Mlp};

pub use form::Checkpoint;
use form::FORMAT;

use crate::job::{Job, Planned};

/// A hash of everything that determines a run. A checkpoint of a different run has a different hash.
///
/// # Errors
/// Settings that JSON cannot hold; a suite has none such.
pub(crate) fn identity(job: &Job<'_>, source: &Source) -> Result<String> {
    let version = (FORMAT, env!("CARGO_PKG_VERSION"));
    let Planned { id, settings, .. } = job.experiment;
    let run = (id, settings, job.seed);
    let made_from = (&source.data, source.classes, &source.init_from);
    Ok(sha256(&serde_json::to_vec(&(version, run, made_from))?))
}

/// The folder of a run's checkpoints, and how often they are written.
#[derive(Clone, Debug)]
pub(crate) struct Checkpoints {
    /// The run's folder; it exists.
    pub(crate) folder: PathBuf,
    /// The lock on the folder of results.
    pub(crate) lock: Lock,
    /// A hash of everything that determines the run.
    pub(crate) identity: String,
    /// Time between two checkpoints.
    pub(crate) every: Duration,
    /// Whether to continue from an existing checkpoint.
    pub(crate) resume: bool,
}

impl Checkpoints {
    /// The newest usable checkpoint of this run, and the faults of newer ones. If steps are logged, the checkpoint needs
    /// a log. Unusable checkpoints are renamed, so that they do not replace a good one. Without `resume`, all
    /// checkpoints are removed.
    ///
    /// # Errors
    /// A file that cannot be read, which stays where it is.
    pub(super) fn newest<F: Float>(
        &self,
        network: &Mlp,
        log_steps: bool,
    ) -> Result<(Option<Checkpoint<F>>, Vec<String>)> {
        let mut complaints = Vec::new();
        for path in files(&self.folder) {
            if !self.resume {
                if fs::exists(&path).unwrap_or(true) {
                    let path = path.display();
                    complaints.push(format!(
                        "{path}: removed; without --resume, the run starts again"
                    ));
                }
                atomic_file::remove(&path)?;
                continue;
            }
            atomic_file::expect_file(&path)?;
            let Some(bytes) = atomic_file::read_if_there(&path)? else {
                continue;
            };
            let (fault, ending) = match Checkpoint::parse(&bytes, network) {
                Ok(checkpoint) => match self.expect_usable(&checkpoint, log_steps) {
                    Ok(()) => return Ok((Some(checkpoint), complaints)),
                    Err(error) => (error, "other"),
                },
                Err(error) => (error, "damaged"),
            };
            let aside = added_extension(&path, ending);
            self.lock.expect_here()?;
            fs::rename(&path, &aside)
                .with_context(|| format!("{}: cannot be renamed", path.display()))?;
            complaints.push(format!(
                "{}: not used: {fault:#}; renamed to {}",
                path.display(),
                aside.display()
            ));
        }
        Ok((None, complaints))
    }

    /// Checks that a checkpoint is of this run, and has a log if steps are logged.
    fn expect_usable<F>(&self, checkpoint: &Checkpoint<F>, log_steps: bool) -> Result<()> {
        let same = checkpoint.identity == self.identity;
        ensure!(
            same,
            "checkpoint of a run with different settings, data or version"
        );
        // The losses of steps that are done cannot be logged afterwards.
        let has_log = checkpoint.log.is_some() || !log_steps;
        ensure!(has_log, "checkpoint without a log of the steps");
        Ok(())
    }

    /// Writes a checkpoint, and keeps the previous one under another name.
    ///
    /// # Errors
    /// As [`Lock::write`].
    pub(super) fn write<F: Float>(&self, checkpoint: &Checkpoint<F>) -> Result<()> {
        let [newest, before] = files(&self.folder);
        self.lock.expect_here()?;
        match fs::rename(&newest, &before) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(error)
                    .with_context(|| format!("{}: cannot be renamed", newest.display()));
            }
            _ => {}
        }
        self.lock.write(&newest, &checkpoint.to_bytes()?)
    }
}

/// `checkpoint.safetensors` → `checkpoint.safetensors.damaged`
fn added_extension(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}

/// Removes the checkpoints in a run's folder.
///
/// # Errors
/// An error of the system; the message has the path.
pub(crate) fn clear(folder: &Path) -> Result<()> {
    files(folder)
        .iter()
        .try_for_each(|path| atomic_file::remove(path))
}

/// Newest first.
fn files(folder: &Path) -> [PathBuf; 2] {
    CHECKPOINTS.map(|name| folder.join(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::timing::Clock;
    use lab_results::tables::{StepRow, TimingRow};
    use nn_core::{Activation, Params, Score};
    use nn_train::{Best, EpochMetrics, State};
    use proptest::prelude::*;

    fn network() -> Mlp {
        Mlp::new(&[3, 2, 2], Activation::Tanh).unwrap()
    }

    fn params<F: Float>(from: f64) -> Params<F> {
        let count = network().parameter_count();
        let numbers = (0..count).map(|i| F::of(from + i as f64 / 7.0));
        Params::from_vec(&network(), numbers.collect()).unwrap()
    }

    /// In the middle of the third epoch.
    fn checkpoint<F: Float>() -> Checkpoint<F> {
        let metrics = |epoch: u32| {
            let score = Score {
                loss_sum: 0.1 / f64::from(epoch),
                correct: 2,
                examples: 3,
            };
            EpochMetrics {
                epoch,
                train: score,
                validation: score,
                stopping_penalty: 0.25,
            }
        };
        let log = [(1, 1), (1, 2), (2, 1), (2, 2), (3, 1)];
        Checkpoint {
            identity: sha256(b"a run"),
            state: State {
                history: vec![metrics(1), metrics(2)],
                steps_done: 1,
                params: params(0.0),
                optimizer_state: vec![params(-3.0)],
                best: Some(Best {
                    epoch: 2,
                    params: params(1e-30),
                }),
            },
            log: Some(Vec::from(log.map(|(epoch, step)| StepRow {
                epoch,
                step,
                loss: 1.0 / step as f64,
            }))),
            clock: Clock {
                epochs: vec![TimingRow::default(); 2],
                seconds: 0.1,
            },
        }
    }

    fn in_folder(folder: &Path) -> Checkpoints {
        Checkpoints {
            folder: folder.to_owned(),
            lock: Lock::take(folder).unwrap(),
            identity: checkpoint::<f32>().identity,
            every: Duration::ZERO,
            resume: true,
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let single = checkpoint::<f32>();
        let bytes = single.to_bytes().unwrap();
        assert_eq!(Checkpoint::parse(&bytes, &network()).unwrap(), single);
        let double = Checkpoint {
            log: None,
            ..checkpoint::<f64>()
        };
        let bytes = double.to_bytes().unwrap();
        assert_eq!(Checkpoint::parse(&bytes, &network()).unwrap(), double);
        let wrong = Checkpoint::<f32>::parse(&bytes, &network()).unwrap_err();
        assert_eq!(
            wrong.to_string(),
            "tensor `best` is F64 [14]; expected F32 [14]"
        );
    }

    #[test]
    fn every_flip_of_a_bit_and_every_cut_is_noticed() {
        let bytes = checkpoint::<f32>().to_bytes().unwrap();
        let is_believed = |bytes: &[u8]| Checkpoint::<f32>::parse(bytes, &network()).is_ok();
        assert!(is_believed(&bytes));
        for place in 0..bytes.len() {
            for bit in 0..8 {
                let mut flipped = bytes.clone();
                flipped[place] ^= 1 << bit;
                assert!(!is_believed(&flipped), "bit {bit} of byte {place}");
            }
            assert!(!is_believed(&bytes[..place]), "cut to {place}");
        }
        assert!(!is_believed(&[&bytes[..], b"\0"].concat()));
    }

    proptest! {
        #[test]
        fn nor_does_any_other_damage_pass(
            damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
        ) {
            let bytes = checkpoint::<f32>().to_bytes().unwrap();
            let mut damaged = bytes.clone();
            for (place, byte) in damage {
                damaged[place.index(bytes.len())] = byte;
            }
            let parsed = Checkpoint::<f32>::parse(&damaged, &network());
            prop_assert_eq!(parsed.is_ok(), damaged == bytes);
        }
    }

    #[test]
    fn the_one_before_stands_in_for_a_damaged_one() {
        let folder = tempfile::tempdir().unwrap();
        let checkpoints = in_folder(folder.path());
        let older = checkpoint::<f32>();
        let mut newer = older.clone();
        newer.state.steps_done = 2;
        checkpoints.write(&older).unwrap();
        checkpoints.write(&newer).unwrap();
        let newest = || checkpoints.newest::<f32>(&network(), false).unwrap();
        assert_eq!(newest(), (Some(newer.clone()), vec![]));

        let path = folder.path().join("checkpoint.safetensors");
        let mut bytes = fs::read(&path).unwrap();
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        fs::write(&path, bytes).unwrap();
        let (found, complaints) = newest();
        assert_eq!(found, Some(older.clone()));
        assert_eq!(
            complaints,
            [format!(
                "{0}: not used: checksum mismatch; renamed to {0}.damaged",
                path.display()
            )]
        );
        // The damaged checkpoint is renamed, so it does not become the previous one.
        assert!(
            folder
                .path()
                .join("checkpoint.safetensors.damaged")
                .exists()
        );
        checkpoints.write(&newer).unwrap();
        fs::remove_file(&path).unwrap();
        assert_eq!(newest(), (Some(older), vec![]));
        clear(&checkpoints.folder).unwrap();
        assert_eq!(newest(), (None, vec![]));
    }

    #[cfg(unix)]
    #[test]
    fn what_cannot_be_read_is_no_damage_and_stays() {
        let folder = tempfile::tempdir().unwrap();
        let checkpoints = in_folder(folder.path());
        // A file larger than any checkpoint, and a folder in place of one.
        let newest = folder.path().join(CHECKPOINTS[0]);
        let file = fs::File::create(&newest).unwrap();
        file.set_len((4 << 30) + 1).unwrap();
        let error = checkpoints.newest::<f32>(&network(), false).unwrap_err();
        let message = format!("{error:#}");
        assert!(
            message.contains("cannot be read: file too large"),
            "{message}"
        );
        assert!(newest.exists());
        fs::remove_file(&newest).unwrap();
        fs::create_dir(&newest).unwrap();
        assert!(checkpoints.newest::<f32>(&network(), false).is_err());
        assert!(newest.exists());
    }

    #[test]
    fn as_many_epochs_as_anybody_has_patience_for() {
        let epochs = 200_000;
        let row = checkpoint::<f32>().state.history[0];
        let mut long = checkpoint::<f32>();
        long.state.history = (1..=epochs)
            .map(|epoch| EpochMetrics { epoch, ..row })
            .collect();
        let bytes = long.to_bytes().unwrap();
        assert_eq!(Checkpoint::parse(&bytes, &network()).unwrap(), long);
    }

    #[test]
    fn a_checkpoint_of_another_run_is_not_used() {
        let folder = tempfile::tempdir().unwrap();
        let checkpoints = in_folder(folder.path());
        checkpoints.write(&checkpoint::<f32>()).unwrap();
        let other = Checkpoints {
            identity: sha256(b"another run"),
            ..checkpoints.clone()
        };
        let (found, complaints) = other.newest::<f32>(&network(), false).unwrap();
        assert!(found.is_none());
        assert!(complaints[0].contains("different settings, data or version"));
        assert!(folder.path().join("checkpoint.safetensors.other").exists());
        let refused = |other: &Checkpoints, log_steps, expected: &str| {
            let checkpoint = Checkpoint {
                log: None,
                ..checkpoint::<f32>()
            };
            checkpoints.write(&checkpoint).unwrap();
            let (found, complaints) = other.newest::<f32>(&network(), log_steps).unwrap();
            assert!(found.is_none() && complaints[0].contains(expected));
        };
        let anew = Checkpoints {
            resume: false,
            ..checkpoints.clone()
        };
        refused(&anew, false, "without --resume, the run starts again");
        refused(&checkpoints, true, "without a log of the steps");
    }
}
