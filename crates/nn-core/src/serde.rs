//! `Serialize` and `Deserialize`: networks and parameters, checked as their constructors check them.

use nn_kernel::Real;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use crate::activation::Activation;
use crate::mlp::Mlp;
use crate::params::Params;

/// How a network is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct NetworkForm {
    sizes: Vec<usize>,
    activation: String,
}

/// How parameters are written: flat, in the order of [`Params::as_slice`].
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ParamsForm<F> {
    network: Mlp,
    parameters: Vec<F>,
}

impl Serialize for Mlp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let form = NetworkForm {
            sizes: self.sizes().to_vec(),
            activation: self.activation().name().to_owned(),
        };
        form.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Mlp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let form = NetworkForm::deserialize(deserializer)?;
        let activation: Activation = form.activation.parse().map_err(D::Error::custom)?;
        Self::new(&form.sizes, activation).map_err(D::Error::custom)
    }
}

impl<F: Real + Serialize> Serialize for Params<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let form = ParamsForm {
            network: self.network().clone(),
            parameters: self.as_slice().to_vec(),
        };
        form.serialize(serializer)
    }
}

impl<'de, F: Real + Deserialize<'de>> Deserialize<'de> for Params<F> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let form = ParamsForm::deserialize(deserializer)?;
        Self::from_vec(&form.network, form.parameters).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use crate::{Activation, Init, Mlp, Params};

    #[test]
    fn what_is_written_is_read_and_what_does_not_fit_is_refused() {
        let network = Mlp::new(&[3, 2], Activation::Relu).unwrap();
        let params = network.init_from_seed::<f64>(Init::HeNormal, 0);
        let text = serde_json::to_string(&params).unwrap();
        assert_eq!(serde_json::from_str::<Params<f64>>(&text).unwrap(), params);

        let error = serde_json::from_str::<Params<f64>>(&text.replace("[3,2]", "[2,2]"));
        assert_eq!(error.unwrap_err().to_string(), "8 parameters, expected 6");
        let error = serde_json::from_str::<Params<f64>>(&text.replace("relu", "rely"));
        assert!(
            error
                .unwrap_err()
                .to_string()
                .contains("unknown activation `rely`")
        );
    }
}
