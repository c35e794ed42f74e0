//! The border to JavaScript: exported functions, and memory for arguments and answers. JavaScript reads and writes this
//! memory; nothing here dereferences a pointer.

#![allow(unsafe_code)] // only for the attributes of exports

use std::panic;
use std::sync::{LazyLock, Mutex, MutexGuard};

use crate::page::{Answer, Page};

static ARGUMENT: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static ANSWER: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static PAGE: LazyLock<Mutex<Page>> = LazyLock::new(|| {
    // A panic ends the instance; its message stays in the memory.
    panic::set_hook(Box::new(|panic| {
        *lock(&ANSWER) = format!("defect in mnist-web: {panic}").into_bytes();
    }));
    Mutex::default()
});

/// There are no other threads, so no lock is ever held or poisoned.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// Answers a request; 0 is an error.
fn request(respond: &dyn Fn(&mut Page, Vec<u8>) -> Answer) -> u32 {
    let argument = std::mem::take(&mut *lock(&ARGUMENT));
    let (is_fine, answer) = match respond(&mut lock(&PAGE), argument) {
        Ok(answer) => (1, answer),
        Err(error) => (0, format!("{error:#}").into_bytes()),
    };
    *lock(&ANSWER) = answer;
    is_fine
}

#[unsafe(no_mangle)]
extern "C" fn argument(length: usize) -> *mut u8 {
    let mut argument = lock(&ARGUMENT);
    *argument = Vec::new();
    if argument.try_reserve_exact(length).is_err() {
        *lock(&ANSWER) = format!("not enough memory for {length} bytes").into_bytes();
        return std::ptr::null_mut();
    }
    argument.resize(length, 0);
    argument.as_mut_ptr()
}

#[unsafe(no_mangle)]
extern "C" fn answer() -> *const u8 {
    lock(&ANSWER).as_ptr()
}

#[unsafe(no_mangle)]
extern "C" fn answer_length() -> usize {
    lock(&ANSWER).len()
}

#[unsafe(no_mangle)]
extern "C" fn is_fused() -> u32 {
    nn_core::kernel::is_fused().into()
}

#[unsafe(no_mangle)]
extern "C" fn data_file(i: usize) -> u32 {
    request(&|page, bytes| page.data_file(i, bytes))
}

#[unsafe(no_mangle)]
extern "C" fn load() -> u32 {
    request(&|page, _| page.load())
}

#[unsafe(no_mangle)]
extern "C" fn begin() -> u32 {
    request(&|page, argument| page.begin(&argument))
}

#[unsafe(no_mangle)]
extern "C" fn train(steps: usize) -> u32 {
    request(&|page, _| page.train(steps))
}

#[unsafe(no_mangle)]
extern "C" fn images(set: usize, first: usize, count: usize) -> u32 {
    request(&|page, _| page.images(set, first, count))
}

#[unsafe(no_mangle)]
extern "C" fn model(best: u32) -> u32 {
    request(&|page, _| page.model(best != 0))
}

#[unsafe(no_mangle)]
extern "C" fn classify(best: u32) -> u32 {
    request(&|page, images| page.classify(best != 0, images))
}

#[unsafe(no_mangle)]
extern "C" fn finish() -> u32 {
    request(&|page, _| page.finish())
}

#[unsafe(no_mangle)]
extern "C" fn run_file() -> u32 {
    request(&|page, name| page.run_file(&name))
}
