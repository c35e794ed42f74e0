//! Every hyperparameter of a run, under the name that suite files and `--set` use.

use std::fmt;

use anyhow::{Context, Result, anyhow, bail};
use mnist_data::{Normalize, Order, Part, Split};
use nn_core::{Activation, Init, InputForm, Mlp};
use nn_train::{Config, Penalty, PenaltyPlace, Schedule, Stopping, ValidConfig};
use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::quote::quoted;

/// A run's hyperparameters, as a suite file's `settings` and `defaults` together give them.
///
/// Unknown keys are refused, and so are missing ones: the file says everything.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Settings {
    /// Units of each hidden layer; none is softmax regression.
    #[serde(deserialize_with = "hidden_layers")]
    pub hidden: Vec<usize>,
    /// The hidden layers' activation.
    #[serde(with = "text")]
    pub activation: Activation,
    /// How the weights start.
    #[serde(with = "text")]
    pub init: Init,
    /// Learning rate α.
    pub lr: f64,
    /// Momentum γ of eq. 5.
    pub momentum: f64,
    /// Examples in a step.
    pub batch_size: usize,
    /// The most epochs to run.
    pub epochs: u32,
    /// Bad epochs in a row that stop the run.
    pub patience: u32,
    /// What counts as a bad epoch.
    #[serde(with = "text")]
    pub stopping: Stopping,
    /// λ of the L1 penalty.
    pub l1: f64,
    /// λ of the L2 penalty.
    pub l2: f64,
    /// Factor of both λ; 1 is not written.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub penalty_scale: f64,
    /// Whether the penalties cover biases.
    pub penalty_biases: bool,
    /// Where the penalties' gradient enters the update.
    #[serde(with = "text")]
    pub penalty_place: PenaltyPlace,
    /// Whether the penalties are added to the loss or, by mistake, subtracted.
    pub penalty_sign: PenaltySign,
    /// How pixels become numbers.
    #[serde(with = "text")]
    pub normalize: Normalize,
    /// Which examples are set aside for validation.
    pub split: SplitOrder,
    /// How many: a share below 1, or a count.
    pub validation: f64,
    /// Whether each epoch has a new random order.
    pub shuffle: bool,
    /// The type of all numbers.
    pub precision: Precision,
    /// The form in which the first layer sees its input.
    #[serde(with = "text")]
    pub input: InputForm,
    /// Which weights are a run's result.
    pub weights: Weights,
}

/// The sign under which the penalties enter the loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PenaltySign {
    /// As in eq. 6 and 7: large weights cost.
    Plus,
    /// Large weights pay. Eq. 4 is a negative gradient; code that descends along it and adds λw so
    /// does this.
    Minus,
}

/// Which of a run's weights are tested and kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Weights {
    /// Those of the lowest validation loss.
    Best,
    /// Those at the end.
    Last,
}

/// Which examples are set aside for validation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SplitOrder {
    /// Drawn with the run's seed.
    Random,
    /// The last ones.
    Sequential,
}

/// The type of all numbers in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Precision {
    /// Single.
    F32,
    /// Double.
    F64,
}

impl Settings {
    /// Puts `overrides` over `base` and reads the result.
    ///
    /// # Errors
    /// A key that is unknown or missing, a value of the wrong kind; the message names it.
    pub fn from_tables(base: &toml::Table, overrides: &toml::Table) -> Result<Self> {
        let mut table = base.clone();
        for (key, value) in overrides {
            table.insert(key.clone(), value.clone());
        }
        let settings: Self = serde_path_to_error::deserialize(toml::Value::Table(table)).map_err(
            |error: serde_path_to_error::Error<toml::de::Error>| {
                let message = error.inner().message().replace('\n', " ");
                match error.path().to_string().as_str() {
                    "." => anyhow!("{message}"),
                    key => anyhow!("{message}").context(format!("setting `{key}`")),
                }
            },
        )?;
        settings.config(0)?;
        settings.check_layers()?;
        settings.check_precision()?;
        settings.split_rule()?;
        Ok(settings)
    }

    /// These settings with `overrides` put over them.
    ///
    /// # Errors
    /// As [`from_tables`](Self::from_tables).
    pub fn with(&self, overrides: &toml::Table) -> Result<Self> {
        Self::from_tables(&toml::Table::try_from(self)?, overrides)
    }

    /// The settings that differ from others, as `key = value` of these.
    pub fn changed_from(&self, others: &Self) -> Vec<String> {
        let [own, others] = [self, others].map(|it| toml::Table::try_from(it).unwrap_or_default());
        let changed = own
            .iter()
            .filter(|(key, value)| others.get(*key) != Some(value));
        changed
            .map(|(key, value)| format!("{key} = {value}"))
            .collect()
    }

    /// The training configuration, checked.
    ///
    /// # Errors
    /// A value that cannot be used, by name.
    pub fn config(&self, seed: u64) -> Result<ValidConfig> {
        let factors = [
            ("l1", self.l1),
            ("l2", self.l2),
            ("penalty-scale", self.penalty_scale),
        ];
        for (name, found) in factors {
            if !(found >= 0.0 && found.is_finite()) {
                bail!("{name} is {found}; expected a number not below 0");
            }
        }
        let sign = match self.penalty_sign {
            PenaltySign::Plus => 1.0,
            PenaltySign::Minus => -1.0,
        };
        let config = Config {
            learning_rate: self.lr,
            schedule: Schedule::Constant,
            momentum: self.momentum,
            penalty: Penalty {
                l1: sign * (self.penalty_scale * self.l1),
                l2: sign * (self.penalty_scale * self.l2),
                biases: self.penalty_biases,
                place: self.penalty_place,
            },
            batch_size: self.batch_size,
            epochs: self.epochs,
            stopping: self.stopping,
            patience: self.patience,
            shuffle: self.shuffle,
            seed,
        };
        Ok(config.check()?)
    }

    /// The network for a data set of so many pixels and classes.
    ///
    /// # Errors
    /// A layer without units.
    pub fn network(&self, pixels: usize, classes: usize) -> Result<Mlp> {
        let mut sizes = vec![pixels];
        sizes.extend(&self.hidden);
        sizes.push(classes);
        Ok(Mlp::new(&sizes, self.activation)?)
    }

    /// How the training images are divided.
    ///
    /// # Errors
    /// A number that is neither a share below 1 nor a whole number.
    pub fn split_rule(&self) -> Result<Split> {
        let part = match self.validation {
            share if share > 0.0 && share < 1.0 => Part::Ratio(share),
            count if count >= 1.0 && count.fract() == 0.0 && count <= f64::from(u32::MAX) => {
                Part::Count(count as usize)
            }
            other => bail!("validation is {other}; expected a share between 0 and 1, or a count"),
        };
        let order = match self.split {
            SplitOrder::Random => Order::Random,
            SplitOrder::Sequential => Order::Sequential,
        };
        Ok(Split { part, order })
    }

    /// In single precision some numbers are 0, and train nothing.
    fn check_precision(&self) -> Result<()> {
        if self.precision == Precision::F64 {
            return Ok(());
        }
        let vanishes = |x: f64| x != 0.0 && x as f32 == 0.0;
        let scale = self.penalty_scale;
        for (name, found) in [
            ("lr", self.lr),
            ("l1", self.l1),
            ("l2", self.l2),
            ("penalty-scale · l1", scale * self.l1),
            ("penalty-scale · l2", scale * self.l2),
        ] {
            if vanishes(found) {
                bail!("{name} is {found}, which is 0 in f32; add precision=f64");
            }
        }
        if self.momentum as f32 == 1.0 {
            let found = self.momentum;
            bail!(
                "momentum is {found}, which is 1 in f32, so that nothing moves; add precision=f64"
            );
        }
        Ok(())
    }

    fn check_layers(&self) -> Result<()> {
        if self.hidden.contains(&0) {
            bail!("hidden holds a layer of 0 units; expected at least 1");
        }
        if !self.hidden.is_empty() && self.init == Init::Zeros {
            bail!("init is zeros, which cannot train hidden layers; expected another initialiser");
        }
        Ok(())
    }
}

/// Reads one `--set KEY=VALUE` into `table`. The value is taken as TOML where it is TOML, else as a
/// text: `lr=0.1`, `activation=relu`, `hidden=256,64`.
///
/// # Errors
/// No `=`, more than one line, too long.
pub fn set(table: &mut toml::Table, assignment: &str) -> Result<()> {
    if assignment.len() > LONGEST_SETTING {
        let found = assignment.len();
        bail!(
            "{} has {found} bytes; expected at most {LONGEST_SETTING}",
            quoted(assignment)
        );
    }
    let (key, value) = assignment.split_once('=').with_context(|| {
        let found = quoted(assignment);
        format!("{found} is no setting; expected KEY=VALUE, as in lr=0.1")
    })?;
    let (key, value) = (key.trim().replace('_', "-"), value.trim());
    if value.contains('\n') {
        bail!(
            "{} is more than one line; give each setting its own --set",
            quoted(value)
        );
    }
    let parsed = format!("value = {value}")
        .parse::<toml::Table>()
        .ok()
        .and_then(|mut line| line.remove("value"));
    let value = parsed.unwrap_or_else(|| toml::Value::String(value.to_owned()));
    table.insert(key, value);
    Ok(())
}

fn one() -> f64 {
    1.0
}

#[allow(clippy::trivially_copy_pass_by_ref)] // as serde calls it
fn is_one(scale: &f64) -> bool {
    *scale == 1.0
}

/// Types that are written as they are displayed and read as they are parsed.
mod text {
    use super::{Deserialize, Deserializer, Serializer, fmt};
    use std::str::FromStr;

    pub(super) fn serialize<T: fmt::Display, S: Serializer>(
        value: &T,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.collect_str(value)
    }

    pub(super) fn deserialize<'de, T, D>(from: D) -> Result<T, D::Error>
    where
        T: FromStr<Err: fmt::Display>,
        D: Deserializer<'de>,
    {
        String::deserialize(from)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// The most hidden layers.
const MOST_LAYERS: usize = 100;

/// The longest text of a `--set`, in bytes.
const LONGEST_SETTING: usize = 4096;

/// `[256, 64]`, `128`, `"256,64"`, `""` or `"none"`. A list is read no further than it may be long.
fn hidden_layers<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<usize>, D::Error> {
    struct Layers;

    impl Layers {
        fn one<E: de::Error>(size: impl TryInto<usize>) -> Result<Vec<usize>, E> {
            let size = size
                .try_into()
                .map_err(|_| E::custom(format_args!("expected {EXPECTED}")))?;
            Ok(vec![size])
        }
    }

    impl<'de> Visitor<'de> for Layers {
        type Value = Vec<usize>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(EXPECTED)
        }

        fn visit_i64<E: de::Error>(self, size: i64) -> Result<Vec<usize>, E> {
            Self::one(size)
        }

        fn visit_u64<E: de::Error>(self, size: u64) -> Result<Vec<usize>, E> {
            Self::one(size)
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<Vec<usize>, E> {
            if matches!(text.trim(), "" | "none") {
                return Ok(Vec::new());
            }
            let sizes = text.split(',').map(|size| size.trim().parse().ok());
            let sizes = sizes.take(MOST_LAYERS + 1).collect::<Option<Vec<usize>>>();
            let no_sizes = || {
                E::custom(format_args!(
                    "{} are no layer sizes; expected {EXPECTED}",
                    quoted(text)
                ))
            };
            expect_few(sizes.ok_or_else(no_sizes)?)
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<usize>, A::Error> {
            let mut sizes = Vec::new();
            while sizes.len() <= MOST_LAYERS {
                match list.next_element()? {
                    Some(size) => sizes.push(size),
                    None => break,
                }
            }
            expect_few(sizes)
        }
    }

    fn expect_few<E: de::Error>(sizes: Vec<usize>) -> Result<Vec<usize>, E> {
        if sizes.len() > MOST_LAYERS {
            let most =
                format_args!("more than {MOST_LAYERS} hidden layers; expected at most that many");
            return Err(E::custom(most));
        }
        Ok(sizes)
    }

    const EXPECTED: &str = "layer sizes such as [128], 256,64 or none";
    from.deserialize_any(Layers)
}
