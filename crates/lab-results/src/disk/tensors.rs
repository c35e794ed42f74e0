//! Numbers in safetensors files: models and checkpoints.

use std::collections::HashMap;

use crate::quote::quoted;
use anyhow::{Context, Result, anyhow, bail};
use nn_core::Float;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};

/// The longest header that is read: of all that is written here none has a thousandth of it.
const LONGEST_HEADER: u64 = 4 << 20;

/// A tensor on its way into a file.
pub struct Tensor {
    name: String,
    shape: Vec<usize>,
    dtype: Dtype,
    bytes: Vec<u8>,
}

impl Tensor {
    /// As many numbers as the shape says.
    pub fn new<F: Float>(name: &str, shape: Vec<usize>, numbers: &[F]) -> Self {
        let mut bytes = Vec::with_capacity(size_of_val(numbers));
        numbers.iter().for_each(|x| x.push_le(&mut bytes));
        Self {
            name: name.to_owned(),
            shape,
            dtype: dtype::<F>(),
            bytes,
        }
    }
}

/// A file's bytes, with a text under the metadata key `key`; the same contents always give the same.
///
/// # Errors
/// Tensors whose shape is not theirs.
pub fn serialise(tensors: &[Tensor], key: &str, text: String) -> Result<Vec<u8>> {
    let views = tensors
        .iter()
        .map(|tensor| {
            let view = TensorView::new(tensor.dtype, tensor.shape.clone(), &tensor.bytes)?;
            Ok((tensor.name.as_str(), view))
        })
        .collect::<Result<Vec<_>>>()?;
    // A single key, because the map's order is not fixed.
    let metadata = HashMap::from([(key.to_owned(), text)]);
    Ok(safetensors::serialize(views, Some(metadata))?)
}

/// A file's tensors, and the text under the metadata key `key`, if there is one.
///
/// # Errors
/// What is wrong with the bytes.
pub fn parse<'a>(bytes: &'a [u8], key: &str) -> Result<(SafeTensors<'a>, Option<String>)> {
    // Believed before anything is allocated for it.
    let length = bytes
        .first_chunk()
        .map_or(0, |length| u64::from_le_bytes(*length));
    if length > LONGEST_HEADER {
        bail!(
            "not a safetensors file: its header has {length} bytes; expected at most {LONGEST_HEADER}"
        );
    }
    // The library's errors repeat their causes.
    let not_safetensors = |error| anyhow!("not a safetensors file: {error}");
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(not_safetensors)?;
    let tensors = SafeTensors::deserialize(bytes).map_err(not_safetensors)?;
    let metadata = header.metadata().as_ref();
    Ok((tensors, metadata.and_then(|it| it.get(key).cloned())))
}

/// The numbers of a tensor of this name, type and shape.
///
/// # Errors
/// What was expected and found.
pub fn read<F: Float>(tensors: &SafeTensors<'_>, name: &str, shape: &[usize]) -> Result<Vec<F>> {
    let tensor = tensors.tensor(name).ok().with_context(|| {
        let mut found = tensors.names();
        found.sort_unstable();
        let found: Vec<String> = found.into_iter().take(20).map(quoted).collect();
        format!("no tensor `{name}`; found {}", found.join(", "))
    })?;
    if tensor.dtype() != dtype::<F>() || tensor.shape() != shape {
        bail!(
            "tensor `{name}` is {:?} {:?}; expected {:?} {shape:?}",
            tensor.dtype(),
            tensor.shape(),
            dtype::<F>()
        );
    }
    Ok(F::read_le(tensor.data()))
}

/// The type's name in the format.
fn dtype<F: Float>() -> Dtype {
    match F::NAME {
        "f32" => Dtype::F32,
        _ => Dtype::F64,
    }
}
