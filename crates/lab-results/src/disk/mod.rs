//! Files: written atomically, and locked.

pub mod atomic_file;
pub mod lock;
