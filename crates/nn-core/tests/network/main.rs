//! The network, by subject: one program, since each would compile it anew.

#[path = "../common/mod.rs"]
mod common;
mod errors;
mod gradients;
mod init;
mod layout;
mod passes;
mod textbook;
