//! Statistics over several seeds: means and intervals, and their text form.

mod quantity;
mod sample;
mod summary;

pub use quantity::Quantity;
pub use sample::Sample;
pub use summary::{Summarised, summarise};
