//! Tests of the network, a file for each subject, in one program, because each program would compile the network again.

mod batches;
#[path = "../common/mod.rs"]
mod common;
mod errors;
mod gradients;
mod init;
mod layout;
mod passes;
mod textbook;
