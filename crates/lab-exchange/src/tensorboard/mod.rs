//! TensorBoard's event files: records of protobuf messages, each with its length and checksums.

mod messages;

use std::collections::BTreeMap;

use anyhow::Result;
use lab_results::store::CompleteRun;
use lab_results::tables::RunEnd;
use prost::Message;
use serde_json::Value as Json;

use self::messages::{
    Dim, Event, HParam, HParamsPluginData, PluginData, SessionEndInfo, SessionStartInfo, Summary,
    SummaryMetadata, Tensor, TensorShape, Value,
};

/// The bytes of a run's event file: the settings, and four scalars for each epoch, in TensorBoard's single precision. A
/// step is an epoch. Runs do not record the time of day, so an epoch counts as a second.
pub(crate) fn events(run: &CompleteRun) -> Result<Vec<u8>> {
    let mut file = Vec::new();
    record(
        &mut file,
        &Event {
            file_version: Some("brain.Event:2".to_owned()),
            ..Event::default()
        },
    );
    let row = &run.record.result;
    let settings = serde_json::to_value(&run.record.settings)?;
    let mut hparams: BTreeMap<String, HParam> = match settings {
        Json::Object(settings) => settings
            .into_iter()
            .map(|(key, value)| (key, hparam(value)))
            .collect(),
        _ => BTreeMap::new(),
    };
    hparams.insert("seed".to_owned(), hparam(row.seed.into()));
    hparams.insert(
        "experiment".to_owned(),
        hparam(row.experiment.clone().into()),
    );
    let start = HParamsPluginData {
        session_start_info: Some(SessionStartInfo {
            hparams,
            group_name: row.experiment.clone(),
        }),
        session_end_info: None,
    };
    record(
        &mut file,
        &plugin_event("_hparams_/session_start_info", &start),
    );
    for epoch in &run.epochs {
        let scalars = [
            ("loss/train", epoch.train_loss),
            ("loss/validation", epoch.val_loss),
            ("accuracy/train", epoch.train_accuracy),
            ("accuracy/validation", epoch.val_accuracy),
        ];
        let value = scalars.map(|(tag, number)| Value {
            tag: tag.to_owned(),
            simple_value: Some(number as f32),
            ..Value::default()
        });
        record(
            &mut file,
            &Event {
                wall_time: epoch.epoch.into(),
                step: epoch.epoch.into(),
                summary: Some(Summary {
                    value: value.into(),
                }),
                file_version: None,
            },
        );
    }
    let status = if row.stop_reason == RunEnd::Diverged {
        2
    } else {
        1
    };
    let end = HParamsPluginData {
        session_start_info: None,
        session_end_info: Some(SessionEndInfo { status }),
    };
    record(&mut file, &plugin_event("_hparams_/session_end_info", &end));
    Ok(file)
}

/// A value for the hparams plugin, which reads the metadata and expects a tensor.
fn plugin_event(tag: &str, data: &HParamsPluginData) -> Event {
    let value = Value {
        tag: tag.to_owned(),
        simple_value: None,
        tensor: Some(Tensor {
            dtype: 1,
            tensor_shape: Some(TensorShape {
                dim: vec![Dim { size: 0 }],
            }),
        }),
        metadata: Some(SummaryMetadata {
            plugin_data: Some(PluginData {
                plugin_name: "hparams".to_owned(),
                content: data.encode_to_vec(),
            }),
        }),
    };
    Event {
        summary: Some(Summary { value: vec![value] }),
        ..Event::default()
    }
}

/// The value of a setting: a number, a truth value, or a text. Lists become texts.
fn hparam(value: Json) -> HParam {
    match value {
        Json::Number(number) => HParam {
            number_value: number.as_f64(),
            ..HParam::default()
        },
        Json::Bool(truth) => HParam {
            bool_value: Some(truth),
            ..HParam::default()
        },
        other => HParam {
            string_value: Some(match other {
                Json::String(text) => text,
                list => list.to_string(),
            }),
            ..HParam::default()
        },
    }
}

/// Appends a record: the length, the checksum of the length, the bytes, and the checksum of the bytes.
fn record(file: &mut Vec<u8>, event: &Event) {
    let bytes = event.encode_to_vec();
    let length = (bytes.len() as u64).to_le_bytes();
    file.extend(length);
    file.extend(masked_crc(&length));
    file.extend(&bytes);
    file.extend(masked_crc(&bytes));
}

/// The checksum of a record: CRC-32C, rotated and shifted as the format requires.
fn masked_crc(bytes: &[u8]) -> [u8; 4] {
    crc32c(bytes)
        .rotate_right(15)
        .wrapping_add(0xa282_ead8)
        .to_le_bytes()
}

/// CRC-32C, bit by bit: records are short.
fn crc32c(bytes: &[u8]) -> u32 {
    let shift = |crc: u32, _| (crc >> 1) ^ (0x82f6_3b78 * (crc & 1));
    let add = |crc: u32, &byte: &u8| (0..8).fold(crc ^ u32::from(byte), shift);
    !bytes.iter().fold(!0, add)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The check values of RFC 3720, B.4, and of the catalogue of CRCs.
    #[test]
    fn the_checksum_is_castagnolis() {
        assert_eq!(crc32c(&[0; 32]), 0x8a91_36aa);
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
    }
}
