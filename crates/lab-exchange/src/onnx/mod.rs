//! Export of a model as an ONNX file, with the normalisation inside the graph.
//!
//! The input is `images` [N, rows, columns], bytes. The outputs are `logits` and `probabilities` [N, classes]. Pixels
//! are normalised in double precision and rounded once, as in training. The layers compute in the model's precision.

mod messages;

use anyhow::Result;
use lab_results::model::{KEY, Metadata, Model};
use mnist_data::Normalizer;
use nn_core::{Activation, Float};
use prost::Message;

use self::messages::{
    AttributeProto, Dimension, GraphProto, ModelProto, NodeProto, OperatorSetIdProto,
    StringStringEntryProto, TensorProto, TensorShapeProto, TensorTypeProto, TypeProto,
    ValueInfoProto,
};

/// The version of the operators: that of ONNX 1.12, which every runtime in use supports.
const OPSET: i64 = 17;

/// The version of the file format: that of ONNX 1.12.
const IR_VERSION: i64 = 8;

/// The codes of ONNX for number types.
mod data_type {
    pub(super) const FLOAT: i32 = 1;
    pub(super) const UINT8: i32 = 2;
    pub(super) const DOUBLE: i32 = 11;
}

/// The bytes of an ONNX file.
///
/// # Errors
/// Metadata that cannot be written as JSON; the metadata of a run can.
pub(crate) fn to_bytes<F: Float>(model: &Model<F>) -> Result<Vec<u8>> {
    let Metadata {
        experiment,
        seed,
        epoch,
        image: [rows, columns],
        ..
    } = &model.metadata;
    let network = model.params.network();
    let mut graph = Graph::default();
    let normalised = graph.normalise(&model.normalizer, element::<F>());
    let logits = graph.layers(model, normalised);
    graph.node("Softmax", &[&logits], "probabilities", &[int("axis", 1)]);

    let any = || named_dimension("N");
    let images = [any(), dimension(*rows), dimension(*columns)];
    let output = |name| {
        value(
            name,
            element::<F>(),
            vec![any(), dimension(network.classes())],
        )
    };
    let file = ModelProto {
        ir_version: IR_VERSION,
        producer_name: "mnist-lab".to_owned(),
        producer_version: env!("CARGO_PKG_VERSION").to_owned(),
        doc_string: format!("Experiment {experiment}, seed {seed}, epoch {epoch}: {network}"),
        graph: Some(GraphProto {
            node: graph.nodes,
            name: "digits".to_owned(),
            initializer: graph.tensors,
            input: vec![value("images", data_type::UINT8, images.to_vec())],
            output: vec![output("logits"), output("probabilities")],
        }),
        opset_import: vec![OperatorSetIdProto { version: OPSET }],
        metadata_props: vec![StringStringEntryProto {
            key: KEY.to_owned(),
            value: serde_json::to_string(&model.metadata)?,
        }],
    };
    Ok(file.encode_to_vec())
}

/// A graph under construction.
#[derive(Default)]
struct Graph {
    nodes: Vec<NodeProto>,
    tensors: Vec<TensorProto>,
}

impl Graph {
    /// Adds an operator with one output, and returns its name.
    fn node(
        &mut self,
        op: &str,
        input: &[&str],
        output: &str,
        attributes: &[AttributeProto],
    ) -> String {
        self.nodes.push(NodeProto {
            input: input.iter().map(|&name| name.to_owned()).collect(),
            output: vec![output.to_owned()],
            name: output.to_owned(),
            op_type: op.to_owned(),
            attribute: attributes.to_vec(),
        });
        output.to_owned()
    }

    fn constant<F: Float>(
        &mut self,
        name: &str,
        shape: &[usize],
        numbers: impl IntoIterator<Item = F>,
    ) {
        let mut raw_data = Vec::new();
        numbers.into_iter().for_each(|x| x.push_le(&mut raw_data));
        self.tensors.push(TensorProto {
            dims: shape.iter().map(|&size| size as i64).collect(),
            data_type: element::<F>(),
            name: name.to_owned(),
            raw_data,
        });
    }

    /// Adds the normalisation, from bytes [N, rows, columns] to the first layer's input [N, pixels] of type `element`.
    fn normalise(&mut self, normalizer: &Normalizer, element: i32) -> String {
        let cast = int("to", data_type::DOUBLE.into());
        let flat = self.node("Flatten", &["images"], "bytes", &[int("axis", 1)]);
        let x = self.node("Cast", &[&flat], "pixels", &[cast]);
        let x = match normalizer {
            Normalizer::PerImage => self.standardise(&x),
            Normalizer::Fixed { a, c } => self.affine(&x, &[*a], &[*c]),
            Normalizer::PerPixel { b, d } => self.affine(&x, b, d),
        };
        self.node("Cast", &[&x], "x", &[int("to", element.into())])
    }

    /// Adds (u − μ)/σ with the μ and σ of each image; 0 where σ is 0.
    fn standardise(&mut self, pixels: &str) -> String {
        let over_pixels = [ints("axes", &[1]), int("keepdims", 1)];
        let mean = self.node("ReduceMean", &[pixels], "mean", &over_pixels);
        let centred = self.node("Sub", &[pixels, &mean], "centred", &[]);
        let squares = self.node("Mul", &[&centred, &centred], "squares", &[]);
        let variance = self.node("ReduceMean", &[&squares], "variance", &over_pixels);
        let deviation = self.node("Sqrt", &[&variance], "deviation", &[]);
        // If any two bytes differ, σ is above 0.03.
        self.constant("least_deviation", &[], [1e-3]);
        let divisor = self.node("Max", &[&deviation, "least_deviation"], "divisor", &[]);
        self.node("Div", &[&centred, &divisor], "standardised", &[])
    }

    /// Adds u·scale − shift.
    fn affine(&mut self, pixels: &str, scale: &[f64], shift: &[f64]) -> String {
        self.constant("normalize.scale", &[scale.len()], scale.iter().copied());
        self.constant("normalize.shift", &[shift.len()], shift.iter().copied());
        let scaled = self.node("Mul", &[pixels, "normalize.scale"], "scaled", &[]);
        self.node("Sub", &[&scaled, "normalize.shift"], "shifted", &[])
    }

    /// Adds A·W + b of each layer, and the activation except in the last layer. Returns the name of the logits.
    fn layers<F: Float>(&mut self, model: &Model<F>, input: String) -> String {
        let network = model.params.network();
        let activation = match network.activation() {
            Activation::Identity => "Identity",
            Activation::Sigmoid => "Sigmoid",
            Activation::Tanh => "Tanh",
            Activation::Relu => "Relu",
        };
        let mut a = input;
        for (index, layer) in network.layers().enumerate() {
            let number = index + 1;
            let (weight, bias) = (format!("fc{number}.weight"), format!("fc{number}.bias"));
            let weights = model.params.weight(index).reversed_axes();
            let shape = [layer.fan_out, layer.fan_in];
            self.constant(&weight, &shape, weights.iter().copied());
            self.constant(&bias, &[layer.fan_out], model.params.bias(index).to_vec());
            let is_last = number == network.depth();
            let z = if is_last {
                "logits".to_owned()
            } else {
                format!("z{number}")
            };
            let z = self.node("Gemm", &[&a, &weight, &bias], &z, &[int("transB", 1)]);
            a = match is_last {
                true => z,
                false => self.node(activation, &[&z], &format!("a{number}"), &[]),
            };
        }
        a
    }
}

fn element<F: Float>() -> i32 {
    match F::NAME {
        "f32" => data_type::FLOAT,
        _ => data_type::DOUBLE,
    }
}

fn int(name: &str, value: i64) -> AttributeProto {
    AttributeProto {
        name: name.to_owned(),
        i: Some(value),
        r#type: 2,
        ..AttributeProto::default()
    }
}

fn ints(name: &str, values: &[i64]) -> AttributeProto {
    AttributeProto {
        name: name.to_owned(),
        ints: values.to_vec(),
        r#type: 7,
        ..AttributeProto::default()
    }
}

fn dimension(size: usize) -> Dimension {
    Dimension {
        dim_value: Some(size as i64),
        dim_param: None,
    }
}

fn named_dimension(name: &str) -> Dimension {
    Dimension {
        dim_value: None,
        dim_param: Some(name.to_owned()),
    }
}

fn value(name: &str, elem_type: i32, dim: Vec<Dimension>) -> ValueInfoProto {
    ValueInfoProto {
        name: name.to_owned(),
        r#type: Some(TypeProto {
            tensor_type: Some(TensorTypeProto {
                elem_type,
                shape: Some(TensorShapeProto { dim }),
            }),
        }),
    }
}
