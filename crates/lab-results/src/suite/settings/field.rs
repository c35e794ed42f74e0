//! The text form of each type of setting.

use std::fmt;
use std::str::FromStr;

use mnist_data::Normalize;
use nn_core::{Activation, Init, InputForm};
use nn_train::{PenaltyPlace, Schedule, Stopping};
use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use toml::Value;

use super::choices::{PenaltySign, Precision, SplitOrder, StoppingLoss, Weights};
use crate::suite::value;

/// A type of setting, with its text form.
pub(super) trait Field: Sized {
    fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error>;
    fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error>;

    /// The values that the type's parser accepts, from the parser's error.
    fn expected() -> String
    where
        Self: FromStr<Err: fmt::Display>,
    {
        let error = "?".parse::<Self>().err();
        let error = error.map(|error| error.to_string()).unwrap_or_default();
        let names = error.split_once("expected ").map(|(_, names)| names);
        names.unwrap_or_default().to_owned()
    }
}

pub(super) fn serialize<T: Field, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
    value.write(to)
}

pub(super) fn deserialize<'de, T: Field, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    T::read(from)
}

/// A value as in a suite file.
pub(super) fn toml<T: Field>(value: &T) -> Value {
    struct Written<'a, T>(&'a T);

    impl<T: Field> Serialize for Written<'_, T> {
        fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
            self.0.write(to)
        }
    }

    Value::try_from(Written(value)).unwrap_or_else(|error| Value::String(error.to_string()))
}

/// A value as text.
pub(super) fn shown<T: Field>(value: &T) -> String {
    value::shown(&toml(value))
}

/// Implements [`Field`] for types whose text form is that of serde.
macro_rules! plain {
    ($($type:ty),+) => {$(
        impl Field for $type {
            fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                self.serialize(to)
            }

            fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                Self::deserialize(from)
            }
        }
    )+};
}

plain!(f64, u32, usize, bool);

/// Implements [`Field`] for types with `Display` and `FromStr`.
macro_rules! named {
    ($($type:ty),+) => {$(
        impl Field for $type {
            fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }

            fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                String::deserialize(from)?.parse().map_err(de::Error::custom)
            }
        }
    )+};
}

named!(
    StoppingLoss,
    Activation,
    Init,
    Stopping,
    PenaltyPlace,
    Normalize
);
named!(
    Schedule,
    InputForm,
    PenaltySign,
    Precision,
    SplitOrder,
    Weights
);

/// The maximum number of hidden layers.
const MOST_LAYERS: usize = 100;

/// The usable values of hidden layers.
pub(super) const LAYERS: &str = "up to 100 layer sizes above 0, such as [128], 256,64 or none";

/// Reads `[256, 64]`, `128`, `"256,64"`, `""` or `"none"`. Reading stops at a list that is too long.
impl Field for Vec<usize> {
    fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.serialize(to)
    }

    fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Layers)
    }
}

struct Layers;

fn layers<E: de::Error>(sizes: Option<Vec<usize>>) -> Result<Vec<usize>, E> {
    let sizes = sizes.filter(|sizes| sizes.len() <= MOST_LAYERS);
    sizes.ok_or_else(|| E::custom(format_args!("expected {LAYERS}")))
}

impl<'de> Visitor<'de> for Layers {
    type Value = Vec<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(LAYERS)
    }

    fn visit_i64<E: de::Error>(self, size: i64) -> Result<Vec<usize>, E> {
        layers(size.try_into().ok().map(|size| vec![size]))
    }

    fn visit_u64<E: de::Error>(self, size: u64) -> Result<Vec<usize>, E> {
        layers(size.try_into().ok().map(|size| vec![size]))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Vec<usize>, E> {
        if matches!(text.trim(), "" | "none") {
            return Ok(Vec::new());
        }
        let sizes = text.split(',').map(|size| size.trim().parse().ok());
        layers(sizes.take(MOST_LAYERS + 1).collect())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<usize>, A::Error> {
        let mut sizes = Vec::new();
        while sizes.len() <= MOST_LAYERS {
            match list.next_element()? {
                Some(size) => sizes.push(size),
                None => break,
            }
        }
        layers(Some(sizes))
    }
}
