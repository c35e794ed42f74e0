//! Tests of the trainer, a file for each subject, in one program, because each program would compile the network again.

mod batches;
#[path = "../common/mod.rs"]
mod common;
mod divergence;
mod early_stopping;
mod names;
mod no_validation;
mod observers;
mod optimizers;
mod penalty;
mod resume;
mod same_bits;
mod schedules;
mod sgd;
mod threads;
mod unfit_data;
mod weights;
