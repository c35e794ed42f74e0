//! A thread pool whose threads stay awake from step to step.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder, Yield};

/// The number of failed searches for work after which an idle thread yields its processor between searches.
const SPINS: u32 = 200;

/// The number of failed searches for work after which an idle thread sleeps between searches.
const YIELDS: u32 = 10_000;

/// A thread pool whose threads search for work without sleeping during a run. A step has two parallel parts of a
/// tenth of a millisecond, and waking a sleeping thread takes as long.
pub(crate) struct SpinningPool {
    pool: ThreadPool,
}

impl SpinningPool {
    pub(crate) fn new(threads: usize) -> Result<Self, ThreadPoolBuildError> {
        let pool = ThreadPoolBuilder::new().num_threads(threads).build()?;
        Ok(Self { pool })
    }

    /// Runs `work` in the pool.
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
            // All threads must be spinning first: a thread that starts with work would not begin to spin.
            while awake.load(Ordering::Relaxed) + 1 < self.pool.current_num_threads() {
                std::thread::yield_now();
            }
            let _end = OnDrop(done);
            work()
        })
    }
}

/// Executes work of the pool until the run is done.
fn stay_awake(done: &AtomicBool) {
    let mut idle = 0u32;
    while !done.load(Ordering::Relaxed) {
        match rayon::yield_now() {
            Some(Yield::Executed) => idle = 0,
            _ => idle = idle.saturating_add(1),
        }
        match idle {
            0..SPINS => std::hint::spin_loop(),
            SPINS..YIELDS => std::thread::yield_now(),
            _ => std::thread::sleep(Duration::from_micros(50)),
        }
    }
}

/// Sets a flag when dropped, also after a panic.
struct OnDrop<'a>(&'a AtomicBool);

impl Drop for OnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
