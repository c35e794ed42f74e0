//! Sentences on what a figure shows, computed from the runs.

use lab_results::store::CompleteRun;
use lab_results::suite::Experiment;
use lab_results::tables::{RunEnd, RunRow};

use crate::findings::ExperimentFindings;

/// The figure whose curves the paper describes, and the section with the description.
const DESCRIBED: (u32, &str) = (3, "5.1");

/// What the learning curves of an experiment show: the first run's lowest and last epoch, the last epochs of all runs,
/// and whether the paper's description of the figure fits. Empty without runs.
pub(crate) fn learning_curves(experiment: &ExperimentFindings) -> String {
    let Some(first) = experiment.runs.first() else {
        return String::new();
    };
    let mut sentences = vec![one_run(first, experiment.record.paper.stop_epoch)];
    sentences.extend(all_runs(&experiment.runs));
    if let Some(epoch) = described(&experiment.record) {
        sentences.extend(description(&experiment.runs, epoch));
    }
    sentences.join(" ")
}

fn one_run(run: &CompleteRun, paper: Option<u32>) -> String {
    let row = &run.record.result;
    let mut sentence = format!("Seed {}: ", row.seed);
    if let Some((epoch, _)) = lowest(run) {
        sentence += &format!("the validation loss was lowest at epoch {epoch}, and ");
    }
    let last = row.epochs_run;
    sentence += &match row.stop_reason {
        RunEnd::EarlyStopping => format!("early stopping ended the run after epoch {last}"),
        RunEnd::MaxEpochs => format!("the run ended after epoch {last}, the maximum"),
        RunEnd::Diverged => format!("the run diverged in epoch {}", last + 1),
    };
    if let Some(epoch) = paper {
        sentence += &format!("; the paper's run stopped after epoch {epoch}");
    }
    sentence + "."
}

/// The range of the last epochs, and the number of diverged runs; `None` for a single run.
fn all_runs(runs: &[CompleteRun]) -> Option<String> {
    let rows = runs.iter().map(|run| &run.record.result);
    let (diverged, ended): (Vec<_>, Vec<_>) =
        rows.partition(|row| row.stop_reason == RunEnd::Diverged);
    let (count, diverged) = (runs.len(), diverged.len());
    if count < 2 {
        return None;
    }
    let last = || ended.iter().map(|row| row.epochs_run);
    let (Some(shortest), Some(longest)) = (last().min(), last().max()) else {
        return Some(format!("The {count} runs diverged."));
    };
    let epochs = match shortest == longest {
        true => format!("epoch {longest}"),
        false => format!("epochs {shortest} to {longest}"),
    };
    let is_maximum = |row: &&RunRow| row.stop_reason == RunEnd::MaxEpochs;
    let maximum = match ended.iter().any(is_maximum) {
        true => ", the maximum",
        false => "",
    };
    Some(match diverged {
        0 => format!("The {count} runs ended after {epochs}{maximum}."),
        _ => format!(
            "Of {count} runs, {diverged} diverged, and the rest ended after {epochs}{maximum}."
        ),
    })
}

/// The epoch of the paper's description, if the paper describes the experiment's figure.
fn described(record: &Experiment) -> Option<u32> {
    let (figure, section) = DESCRIBED;
    let is_described = record.figure == Some(figure) && record.section.as_deref() == Some(section);
    record.paper.stop_epoch.filter(|_| is_described)
}

/// The paper's description beside the first run, and the number of runs that differ from it; `None` without two epochs.
fn description(runs: &[CompleteRun], paper: u32) -> Option<String> {
    let first = runs.first()?;
    let losses = first.epochs.windows(2);
    let falls = losses.filter(|pair| pair[1].train_loss < pair[0].train_loss);
    let (epoch, loss) = lowest(first)?;
    let mut validation = first.epochs.iter().map(|row| row.val_loss);
    let last = validation.rfind(|loss| loss.is_finite())?;
    let (section, falls) = (DESCRIBED.1, falls.count());
    let later = first.epochs.len().checked_sub(1).filter(|&it| it > 0)?;
    let lows = match epoch > paper {
        true => format!("still reaches new lows until epoch {epoch}"),
        false => format!("reaches no new low after epoch {epoch}"),
    };
    let rise = match last > loss {
        true => format!("; from there it rises from {loss:.4} to {last:.4}"),
        false => "; it does not rise after that".to_owned(),
    };
    let lowest = runs.iter().filter_map(lowest);
    let beyond = lowest.filter(|&(epoch, _)| epoch > paper).count();
    let count = match runs.len() {
        1 => String::new(),
        runs => format!(
            " In {beyond} of {runs} runs, the validation loss was lowest after epoch {paper}."
        ),
    };
    Some(format!(
        "The paper says of this figure (§ {section}) that the training loss keeps decreasing, and that the validation loss \
         first goes down and starts increasing where training stopped, at epoch {paper}. Here the training loss falls in \
         {falls} of {later} epochs after the first, and the validation loss {lows}{rise}.{count}"
    ))
}

/// The epoch with the lowest validation loss, and the loss.
fn lowest(run: &CompleteRun) -> Option<(u32, f64)> {
    let finite = run.epochs.iter().filter(|row| row.val_loss.is_finite());
    let lowest = finite.min_by(|a, b| a.val_loss.total_cmp(&b.val_loss))?;
    Some((lowest.epoch, lowest.val_loss))
}

#[cfg(test)]
mod tests {
    use lab_results::tables::EpochRow;

    use super::*;
    use crate::committed;

    fn committed(id: &str) -> ExperimentFindings {
        let mut found = committed::paper().experiments.into_iter();
        found.find(|it| it.record.id == id).unwrap()
    }

    /// Replaces a run's losses: of training, and of validation.
    fn set(run: &mut CompleteRun, losses: &[(f64, f64)], end: RunEnd) {
        let rows = (1..).zip(losses);
        let rows = rows.map(|(epoch, &(train_loss, val_loss))| EpochRow {
            epoch,
            train_loss,
            val_loss,
            ..EpochRow::default()
        });
        run.epochs = rows.collect();
        run.record.result.epochs_run = losses.len() as u32;
        run.record.result.stop_reason = end;
    }

    #[test]
    fn the_committed_runs_are_described() {
        assert_eq!(
            learning_curves(&committed("relu")),
            "Seed 0: the validation loss was lowest at epoch 15, and early stopping ended the run after epoch 21; the \
             paper's run stopped after epoch 17. The 5 runs ended after epochs 17 to 33."
        );
        assert_eq!(
            learning_curves(&committed("l1")),
            "Seed 0: the validation loss was lowest at epoch 62, and early stopping ended the run after epoch 83. The 5 \
             runs ended after epochs 31 to 100, the maximum."
        );
        assert_eq!(
            learning_curves(&committed("l2")),
            "Seed 0: the validation loss was lowest at epoch 54, and early stopping ended the run after epoch 57; the \
             paper's run stopped after epoch 5. The 5 runs ended after epochs 42 to 100, the maximum. The paper says of \
             this figure (§ 5.1) that the training loss keeps decreasing, and that the validation loss first goes down \
             and starts increasing where training stopped, at epoch 5. Here the training loss falls in 38 of 56 epochs after the first, and the \
             validation loss still reaches new lows until epoch 54; from there it rises from 0.1641 to 0.1655. In 5 of \
             5 runs, the validation loss was lowest after epoch 5."
        );
    }

    #[test]
    fn curves_as_the_paper_describes_them_are_said_to_be_so() {
        let mut l2 = committed("l2");
        l2.runs.truncate(1);
        let losses = [(0.4, 0.5), (0.3, 0.4), (0.2, 0.45), (0.1, 0.5)];
        set(&mut l2.runs[0], &losses, RunEnd::EarlyStopping);
        let says = learning_curves(&l2);
        let expected = "Here the training loss falls in 3 of 3 epochs after the first, and the validation loss reaches \
                        no new low after epoch 2; from there it rises from 0.4000 to 0.5000.";
        assert!(says.ends_with(expected), "{says}");
        assert!(!says.contains("runs"), "{says}");

        set(&mut l2.runs[0], &losses[..2], RunEnd::MaxEpochs);
        let says = learning_curves(&l2);
        assert!(says.contains("the run ended after epoch 2, the maximum; the"));
        let expected = "reaches no new low after epoch 2; it does not rise after that.";
        assert!(says.ends_with(expected), "{says}");
    }

    #[test]
    fn a_description_needs_losses_and_the_papers_epoch() {
        let mut l2 = committed("l2");
        let nan = f64::NAN;
        set(&mut l2.runs[0], &[(0.3, 0.4), (nan, nan)], RunEnd::Diverged);
        let says = learning_curves(&l2);
        let expected = "Seed 0: the validation loss was lowest at epoch 1, and the run diverged in epoch 3; the ";
        assert!(says.starts_with(expected), "{says}");
        assert!(says.contains(" falls in 0 of 1 epochs "), "{says}");
        let expected =
            " Of 5 runs, 1 diverged, and the rest ended after epochs 42 to 100, the maximum. ";
        assert!(says.contains(expected), "{says}");

        let mut without = l2.clone();
        without.record.paper = lab_results::printed::Printed::default();
        let says = learning_curves(&without);
        assert!(!says.contains("paper"), "{says}");

        for losses in [&[][..], &[(nan, nan)], &[(0.3, 0.4)]] {
            set(&mut l2.runs[0], losses, RunEnd::Diverged);
            let says = learning_curves(&l2);
            assert!(!says.contains("§") && !says.contains("NaN"), "{says}");
        }
        for run in &mut l2.runs {
            set(run, &[], RunEnd::Diverged);
        }
        assert_eq!(
            learning_curves(&l2),
            "Seed 0: the run diverged in epoch 1; the paper's run stopped after epoch 5. The 5 runs diverged."
        );
        l2.runs.clear();
        assert_eq!(learning_curves(&l2), "");
    }
}
