//! Statistics over several seeds: means, intervals, and how people write them.

mod quantity;
mod sample;
mod summary;

pub use quantity::Quantity;
pub use sample::Sample;
pub use summary::{Summarised, summarise};
