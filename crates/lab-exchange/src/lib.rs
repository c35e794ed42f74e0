#![doc = include_str!("../README.md")]

mod archive;
pub mod curves;
pub mod export;
pub mod import;
mod npy;
mod onnx;
mod order;
mod tensorboard;
