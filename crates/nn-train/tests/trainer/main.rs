//! The trainer, by subject: one program, since each would compile the network anew.

mod batches;
#[path = "../common/mod.rs"]
mod common;
mod divergence;
mod early_stopping;
mod observers;
mod penalty;
mod resume;
mod same_bits;
mod schedules;
mod sgd;
mod unfit_data;
