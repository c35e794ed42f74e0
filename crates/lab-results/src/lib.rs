#![doc = include_str!("../README.md")]

pub mod combinations;
pub mod data_set;
pub mod disk;
pub mod model;
pub mod names;
pub mod printed;
pub mod quote;
pub mod stats;
pub mod store;
pub mod suite;
pub mod tables;
