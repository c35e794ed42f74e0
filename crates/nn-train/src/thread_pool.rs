//! A thread pool whose threads stay awake from step to step.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder, Yield};

/// Looks for work in vain after which an idle thread lets others have its processor each time, and after
/// which it sleeps between looks.
const POLITE: u32 = 200;
const TIRED: u32 = 10_000;

/// A pool whose threads look for work without pause while a run goes on. A step has two parts of a
/// tenth of a millisecond that are shared; to wake a thread that sleeps takes as long.
pub(crate) struct SpinningPool {
    pool: ThreadPool,
}

impl SpinningPool {
    pub(crate) fn new(threads: usize) -> Result<Self, ThreadPoolBuildError> {
        let pool = ThreadPoolBuilder::new().num_threads(threads).build()?;
        Ok(Self { pool })
    }

    /// Does `work` in the pool.
    pub(crate) fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        let (done, awake) = (AtomicBool::new(false), AtomicUsize::new(0));
        self.pool.scope(|scope| {
            let (done, awake) = (&done, &awake);
            let worker = rayon::current_thread_index();
            scope.spawn_broadcast(move |_, thread| {
                if Some(thread.index()) != worker {
                    awake.fetch_add(1, Ordering::Relaxed);
                    stay_awake(done);
                }
            });
            // A thread that took a share of the work first would never come back to it.
            while awake.load(Ordering::Relaxed) + 1 < self.pool.current_num_threads() {
                std::thread::yield_now();
            }
            let _end = OnDrop(done);
            work()
        })
    }
}

/// Does whatever work there is until all is done.
fn stay_awake(done: &AtomicBool) {
    let mut idle = 0u32;
    while !done.load(Ordering::Relaxed) {
        match rayon::yield_now() {
            Some(Yield::Executed) => idle = 0,
            _ => idle = idle.saturating_add(1),
        }
        match idle {
            0..POLITE => std::hint::spin_loop(),
            POLITE..TIRED => std::thread::yield_now(),
            _ => std::thread::sleep(Duration::from_micros(50)),
        }
    }
}

/// Says that all is done, after a panic too.
struct OnDrop<'a>(&'a AtomicBool);

impl Drop for OnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
