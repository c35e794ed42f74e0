//! The hyperparameters of a run, each with name, type, default, usable values and help.

mod choices;
mod field;

use anyhow::{Context, Result, anyhow, bail};
use mnist_data::{Normalize, Order, Part, Split};
use nn_core::{Activation, Init, InputForm, Mlp};
use nn_train::{Config, Penalty, PenaltyPlace, Schedule, Stopping};
use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use self::field::Field;
use super::value::{shown, value};
use crate::quote::quoted;

pub use self::choices::{PenaltySign, Precision, SplitOrder, StoppingLoss, Weights};

/// A setting as help texts describe it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Setting {
    /// The name in suite files and on the command line.
    pub key: String,
    /// The help text.
    pub help: String,
    /// The usable values.
    pub expected: String,
    /// The default value.
    pub default: String,
}

/// Defines [`Settings`] from a list of `/// help`, `name: type = default, expected values => check`.
macro_rules! settings {
    ($($(#[doc = $doc:literal])+ $(#[serde($($how:tt)+)])? $name:ident: $type:ty = $default:expr, $expected:expr => $usable:expr;)+) => {
        /// The hyperparameters of a run. Suite files and `--set` contain those that differ from the defaults.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case", deny_unknown_fields)]
        pub struct Settings {
            $($(#[doc = $doc])+ #[serde(with = "field" $(, $($how)+)?)] pub $name: $type,)+
        }

        impl Default for Settings {
            /// The common settings of the paper's experiments, in the literal reading.
            fn default() -> Self {
                Self { $($name: $default,)+ }
            }
        }

        impl Settings {
            /// All settings, in the order of `suite.json`.
            pub fn all() -> Vec<Setting> {
                let defaults = Self::default();
                let setting = |name: &str, doc: &str, expected: String, default| Setting {
                    key: name.replace('_', "-"),
                    help: doc.trim().trim_end_matches('.').to_owned(),
                    expected,
                    default,
                };
                vec![$(setting(
                    stringify!($name), concat!($($doc),+), $expected.into(), field::shown(&defaults.$name),
                ),)+]
            }

            /// Changes one setting.
            fn change(&mut self, key: &str, value: &Value) -> Result<(), String> {
                match key.replace('-', "_").as_str() {
                    $(stringify!($name) if !key.contains('_') => {
                        self.$name = Field::read(value.clone()).map_err(|_| {
                            let (found, expected): (_, String) = (quoted(&shown(value)), $expected.into());
                            format!("{key} is {found}, expected {expected}")
                        })?;
                    })+
                    _ => {
                        let known = [$(stringify!($name)),+].join(", ").replace('_', "-");
                        return Err(format!("unknown setting {}, expected one of {known}", quoted(key)));
                    }
                }
                Ok(())
            }

            /// All settings, also those that files omit because they have their defaults.
            fn table(&self) -> Table {
                Table::from_iter([$((stringify!($name).replace('_', "-"), field::toml(&self.$name)),)+])
            }

            /// The invalid values, in words.
            fn unusable(&self) -> Vec<String> {
                let mut problems = Vec::new();
                $(
                    let usable: fn(&$type) -> bool = $usable;
                    if !usable(&self.$name) {
                        let (key, found) = (stringify!($name).replace('_', "-"), field::shown(&self.$name));
                        problems.push(format!("{key} is {found}, expected {}", $expected));
                    }
                )+
                problems
            }
        }
    };
}

settings! {
    /// Units of each hidden layer.
    hidden: Vec<usize> = vec![128], field::LAYERS => |it| !it.contains(&0);
    /// Activation of the hidden layers.
    activation: Activation = Activation::Tanh, Activation::expected() => |_| true;
    /// Distribution of the initial weights.
    init: Init = Init::LecunNormal, Init::expected() => |it| !matches!(it, Init::Normal(deviation) if *deviation > 1000.0);
    /// Learning rate α.
    lr: f64 = 0.1, "a number above 0 and at most 1000" => |&it| it > 0.0 && it <= 1000.0;
    /// How the learning rate changes from epoch to epoch.
    #[serde(default, skip_serializing_if = "is_default")]
    schedule: Schedule = Schedule::Constant, Schedule::expected() => |_| true;
    /// Momentum γ of equation 5.
    momentum: f64 = 0.9, "a number from 0 to below 1" => |it| (0.0..1.0).contains(it);
    /// Training examples per batch.
    batch_size: usize = 128, "a whole number above 0" => |&it| it > 0;
    /// Maximum number of epochs.
    epochs: u32 = 100, "a whole number above 0" => |&it| it > 0;
    /// Number of consecutive bad epochs that stop a run.
    patience: u32 = 3, "a whole number above 0" => |&it| it > 0;
    /// Bad epochs for early stopping: an increase of the validation loss, or no new minimum.
    stopping: Stopping = Stopping::Consecutive, Stopping::expected() => |_| true;
    /// The loss that early stopping watches: validation loss alone, or with the penalty.
    #[serde(default, skip_serializing_if = "is_default")]
    stopping_loss: StoppingLoss = StoppingLoss::Data, StoppingLoss::expected() => |_| true;
    /// Factor λ of the L1 penalty, equation 7.
    l1: f64 = 0.0, "a number from 0 to 1000" => |it| (0.0..=1000.0).contains(it);
    /// Factor λ of the L2 penalty, equation 6.
    l2: f64 = 0.0, "a number from 0 to 1000" => |it| (0.0..=1000.0).contains(it);
    /// Factor of both λ.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    penalty_scale: f64 = 1.0, "a number from 0 to 1000" => |it| (0.0..=1000.0).contains(it);
    /// Factor of the gradient of the penalties alone.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    penalty_gradient_scale: f64 = 1.0, "a number from 0 to 1000" => |it| (0.0..=1000.0).contains(it);
    /// Whether the penalties include biases.
    penalty_biases: bool = false, "true or false" => |_| true;
    /// Place of the penalties' gradient in the update.
    penalty_place: PenaltyPlace = PenaltyPlace::Gradient, PenaltyPlace::expected() => |_| true;
    /// Sign of the penalties in the gradient; minus makes weights grow.
    penalty_sign: PenaltySign = PenaltySign::Plus, PenaltySign::expected() => |_| true;
    /// Normalisation of the pixels.
    normalize: Normalize = Normalize::PerImage, Normalize::expected() => |_| true;
    /// Training examples for the validation set: random ones, or the last ones.
    split: SplitOrder = SplitOrder::Random, SplitOrder::expected() => |_| true;
    /// Size of the validation set.
    validation: f64 = 0.2, "a share between 0 and 1, or a count from 2 on" => |&it| validation(it).is_some();
    /// Whether each epoch has a new random order.
    shuffle: bool = true, "true or false" => |_| true;
    /// Floating-point type.
    precision: Precision = Precision::F32, Precision::expected() => |_| true;
    /// Input of the first layer: auto is sparse if few pixels are non-zero.
    input: InputForm = InputForm::Auto, InputForm::expected() => |_| true;
    /// Weights that are tested and kept: those of the lowest validation loss, or the last ones.
    weights: Weights = Weights::Best, Weights::expected() => |_| true;
}

impl Settings {
    /// These settings, changed by `overrides`.
    ///
    /// # Errors
    /// Unknown keys and invalid values; the message names them all.
    pub fn with(&self, overrides: &Table) -> Result<Self> {
        let mut settings = self.clone();
        let mut problems = settings.overlay(overrides);
        problems.extend(settings.unusable());
        if problems.is_empty() {
            problems = settings.conflicts();
        }
        complete(settings, &problems)
    }

    /// These settings, changed by `overrides`, as the defaults of other settings. Values outside the usable range and
    /// conflicts are not errors here, because the other settings may override them.
    pub(super) fn with_defaults(&self, overrides: &Table) -> Result<Self> {
        let mut settings = self.clone();
        let problems = settings.overlay(overrides);
        complete(settings, &problems)
    }

    fn overlay(&mut self, overrides: &Table) -> Vec<String> {
        let changes = overrides.iter();
        changes
            .filter_map(|(key, value)| self.change(key, value).err())
            .collect()
    }

    /// The settings that differ from `others`, as `key = value`.
    pub fn changed_from(&self, others: &Self) -> Vec<String> {
        let others = others.table();
        let own = self.table().into_iter();
        own.filter(|(key, value)| others.get(key) != Some(value))
            .map(|(key, value)| format!("{key} = {value}"))
            .collect()
    }

    /// Whether these settings equal others, except for those with names in `but`.
    pub fn is_like(&self, others: &Self, but: &[&str]) -> bool {
        let [own, others] = [self, others].map(|it| {
            let mut table = it.table();
            table.retain(|key, _| !but.contains(&key));
            table
        });
        own == others
    }

    /// The training configuration.
    pub fn config(&self, seed: u64) -> Config {
        let sign = match self.penalty_sign {
            PenaltySign::Plus => 1.0,
            PenaltySign::Minus => -1.0,
        };
        let scaled = |scale: f64| Penalty {
            l1: scale * (self.penalty_scale * self.l1),
            l2: scale * (self.penalty_scale * self.l2),
            biases: self.penalty_biases,
            place: self.penalty_place,
        };
        Config {
            learning_rate: self.lr,
            schedule: self.schedule,
            momentum: self.momentum,
            penalty: scaled(sign * self.penalty_gradient_scale),
            stopping_penalty: match self.stopping_loss {
                StoppingLoss::Data => Penalty::default(),
                StoppingLoss::Objective => scaled(1.0),
            },
            batch_size: self.batch_size,
            epochs: self.epochs,
            stopping: self.stopping,
            patience: self.patience,
            shuffle: self.shuffle,
            seed,
        }
    }

    /// The network for a data set with these numbers of pixels and classes.
    ///
    /// # Errors
    /// A layer without units.
    pub fn network(&self, pixels: usize, classes: usize) -> Result<Mlp> {
        let mut sizes = vec![pixels];
        sizes.extend(&self.hidden);
        sizes.push(classes);
        Ok(Mlp::new(&sizes, self.activation)?)
    }

    /// The rule that splits the training images.
    ///
    /// # Errors
    /// A number that is neither a share below 1 nor a whole number.
    pub fn split_rule(&self) -> Result<Split> {
        let part = validation(self.validation)
            .with_context(|| format!("validation is {}", self.validation))?;
        let order = match self.split {
            SplitOrder::Random => Order::Random,
            SplitOrder::Sequential => Order::Sequential,
        };
        Ok(Split { part, order })
    }

    /// The conflicts between valid values, in words.
    fn conflicts(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if !self.hidden.is_empty() && self.init == Init::Zeros {
            problems.push("init is zeros, which cannot train hidden layers".to_owned());
        }
        let in_f32 = |key, found, is: bool, number| {
            let problem =
                || format!("{key} is {found}, but {number} in f32, expected precision = f64");
            (self.precision == Precision::F32 && is).then(problem)
        };
        let scale = self.penalty_scale * self.penalty_gradient_scale;
        let factors = [
            ("lr", self.lr),
            ("l1", self.l1),
            ("l2", self.l2),
            ("scaled l1", scale * self.l1),
            ("scaled l2", scale * self.l2),
        ];
        let vanish = |(key, x): (_, f64)| in_f32(key, x, x != 0.0 && x as f32 == 0.0, 0);
        problems.extend(factors.into_iter().filter_map(vanish));
        let momentum = self.momentum;
        problems.extend(in_f32("momentum", momentum, momentum as f32 == 1.0, 1));
        problems
    }
}

fn one() -> f64 {
    1.0
}

#[allow(clippy::trivially_copy_pass_by_ref)] // as serde calls it
fn is_one(scale: &f64) -> bool {
    *scale == 1.0
}

pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

fn complete(settings: Settings, problems: &[String]) -> Result<Settings> {
    match problems.is_empty() {
        true => Ok(settings),
        false => Err(anyhow!("{}", problems.join("; "))),
    }
}

/// The size of a validation set: a share below 1, or a count from 2 on. The number 1 would be ambiguous.
fn validation(number: f64) -> Option<Part> {
    match number {
        share if share > 0.0 && share < 1.0 => Some(Part::Ratio(share)),
        count if count >= 2.0 && count.fract() == 0.0 && count <= f64::from(u32::MAX) => {
            Some(Part::Count(count as usize))
        }
        _ => None,
    }
}

/// Reads one `--set KEY=VALUE` into `table`. The value is TOML, or else a text: `lr=0.1`, `activation=relu`,
/// `hidden=256,64`.
///
/// # Errors
/// An assignment without `=`, of more than one line, or too long.
pub fn set(table: &mut Table, assignment: &str) -> Result<()> {
    if assignment.len() > LONGEST_SETTING {
        let found = assignment.len();
        bail!(
            "{} has {found} bytes; expected at most {LONGEST_SETTING}",
            quoted(assignment)
        );
    }
    let (key, value) = assignment.split_once('=').with_context(|| {
        let found = quoted(assignment);
        format!("{found} is not a setting; expected KEY=VALUE, as in lr=0.1")
    })?;
    let (key, value) = (key.trim().replace('_', "-"), value.trim());
    if value.contains('\n') {
        bail!(
            "{} is more than one line; give each setting its own --set",
            quoted(value)
        );
    }
    table.insert(key, self::value(value));
    Ok(())
}

/// The maximum length of the text of a `--set`, in bytes.
const LONGEST_SETTING: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_usable_and_described() {
        let defaults = Settings::default();
        for setting in Settings::all() {
            let mut table = Table::new();
            set(&mut table, &format!("{}={}", setting.key, setting.default)).unwrap();
            assert_eq!(defaults.with(&table).unwrap(), defaults, "{setting:?}");
            assert!(!setting.expected.is_empty(), "{setting:?}");
            assert!(!setting.expected.contains('?'), "{setting:?}");
            assert!(!setting.help.is_empty(), "{setting:?}");
        }
    }

    #[test]
    fn a_default_that_files_omit_differs_from_another_value() {
        let defaults = Settings::default();
        for (key, default, other) in [
            ("stopping-loss", "\"data\"", "\"objective\""),
            ("schedule", "\"constant\"", "\"step(10,0.5)\""),
            ("penalty-scale", "1.0", "0.5"),
            ("penalty-gradient-scale", "1.0", "0.0"),
            ("lr", "0.1", "0.2"),
        ] {
            let changed = format!("{key} = {other}");
            let others = defaults.with(&changed.parse().unwrap()).unwrap();
            assert_eq!(others.changed_from(&defaults), [changed]);
            assert_eq!(
                defaults.changed_from(&others),
                [format!("{key} = {default}")]
            );
            assert!(!defaults.is_like(&others, &[]));
            assert!(defaults.is_like(&others, &[key]));
        }
    }

    #[test]
    fn one_error_has_all_problems() {
        let table = "depth = 3\nlr = \"fast\"\nepochs = 0\nweights = \"none\"";
        let error = Settings::default().with(&table.parse().unwrap());
        let message = error.unwrap_err().to_string();
        for problem in [
            "unknown setting `depth`, expected one of hidden, activation, ",
            "lr is `fast`, expected a number above 0",
            "weights is `none`, expected best or last",
            "epochs is 0, expected a whole number above 0",
        ] {
            assert!(message.contains(problem), "{message}");
        }
    }
}
