//! A parsed model file, which tests can inspect and change.

use std::collections::BTreeMap;

use safetensors::tensor::{Dtype, SafeTensors, TensorView};

/// A tensor of a model file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tensor {
    pub(crate) dtype: Dtype,
    pub(crate) shape: Vec<usize>,
    pub(crate) data: Vec<u8>,
}

/// A parsed model file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ModelFile {
    pub(crate) tensors: BTreeMap<String, Tensor>,
    /// The JSON under `mnist-lab`.
    pub(crate) metadata: Option<String>,
}

impl ModelFile {
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let (_, header) = SafeTensors::read_metadata(bytes).unwrap();
        let metadata = header.metadata().as_ref();
        let tensors = SafeTensors::deserialize(bytes).unwrap();
        let tensor = |(name, view): (String, TensorView<'_>)| {
            let tensor = Tensor {
                dtype: view.dtype(),
                shape: view.shape().to_vec(),
                data: view.data().to_vec(),
            };
            (name, tensor)
        };
        Self {
            tensors: tensors.tensors().into_iter().map(tensor).collect(),
            metadata: metadata.and_then(|metadata| metadata.get("mnist-lab").cloned()),
        }
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let views = self.tensors.iter().map(|(name, tensor)| {
            let view = TensorView::new(tensor.dtype, tensor.shape.clone(), &tensor.data);
            (name, view.unwrap())
        });
        let metadata = self.metadata.clone();
        let metadata = metadata.map(|metadata| [("mnist-lab".to_owned(), metadata)].into());
        safetensors::serialize(views, metadata).unwrap()
    }
}
