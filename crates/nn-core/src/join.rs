//! Fork and join of two tasks, without sleeping.

use std::sync::atomic::{AtomicBool, Ordering};

use rayon::Yield;

/// Runs two closures, like [`rayon::join`], but a thread that waits spins for a while instead of sleeping. The parts of
/// a step are short, and waking a thread would take as long as a part.
pub(crate) fn join(a: impl FnOnce() + Send, b: impl FnOnce() + Send) {
    const PATIENCE: u32 = 10_000;
    let done = AtomicBool::new(false);
    rayon::scope(|scope| {
        scope.spawn(|_| {
            b();
            done.store(true, Ordering::Relaxed);
        });
        a();
        for _ in 0..PATIENCE {
            if done.load(Ordering::Relaxed) {
                break;
            }
            if rayon::yield_now() != Some(Yield::Executed) {
                std::hint::spin_loop();
            }
        }
    });
}
