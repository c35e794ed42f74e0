//! Files: written atomically, and locked.

pub mod lock;
pub mod whole;
