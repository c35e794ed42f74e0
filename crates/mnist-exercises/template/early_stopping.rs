//! Early stopping (section 2.4): when to end a run, and which weights to keep.
//!
//! After each epoch, the loss on the validation images is computed. While the network learns, this loss falls. After
//! `patience` increases, one directly after the other, the run ends. It returns the weights of the epoch with the lowest
//! loss, not those of the last epoch.
//!
//! An equal or a lower loss interrupts the increases, so the count begins again. If there are never enough increases in
//! a row, the run has all epochs in `losses`.
//!
//! By hand, for the losses 3, 2, 2.1, 2.2, 1.9, 2 and 2.1, the increases are in epochs 3, 4, 6 and 7. With patience 2,
//! the run ends after epoch 4, and epoch 2 is the best until then: (4, 2). With patience 3, there are never enough
//! increases in a row, so the run has all seven epochs, and epoch 5 is the best: (7, 5).

use mnist_exercises::grade;

//~ early_stopping

#[test]
fn example() {
    let losses = [3.0, 2.0, 2.1, 2.2, 1.9, 2.0, 2.1];
    assert_eq!(early_stopping(&losses, 2), (4, 2));
    assert_eq!(early_stopping(&losses, 3), (7, 5));
}

#[test]
fn grade() {
    grade::early_stopping(early_stopping);
}
