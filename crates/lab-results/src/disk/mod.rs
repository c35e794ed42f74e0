//! Files: written whole or not at all, locked, and numbers in them.

pub mod lock;
pub mod tensors;
pub mod whole;
