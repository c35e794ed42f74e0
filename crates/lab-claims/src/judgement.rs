//! Judgements, and their texts.

use lab_results::stats::Sample;

use crate::claim::{Asked, Claim};
use crate::planning::Needed;
use crate::statistics::Range;
use crate::verdict::Verdict;

/// The judgements on a paper's claims.
#[derive(Clone, Debug, Default)]
pub struct Judged {
    /// The claims that were judged: printed numbers by experiment, then statements.
    pub judgements: Vec<Judgement>,
    /// The claims about experiments or gradients that were not run.
    pub not_run: Vec<Claim>,
}

/// A claim and its verdict.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// The claim.
    pub claim: Claim,
    /// The numbers of the runs, or the differences, by seed, on the scale of
    /// [`Quantity::linear`](lab_results::stats::Quantity::linear). Of differences from several experiments, those whose
    /// mean is the nearest to an end of the claimed range. Empty for a line and for gradients.
    pub numbers: Vec<(u64, f64)>,
    /// The mean and spread of the numbers; `None` without numbers, or if a run has no such number.
    pub sample: Option<Sample>,
    /// The comparison with the paper's table of gradients, for a claim about it.
    pub gradients: Option<Gradients>,
    /// The tests.
    pub tests: Vec<Tested>,
    /// The verdict.
    pub verdict: Verdict,
    /// Whether the difference is shown to be negligible, whatever the verdict.
    pub is_equivalent: bool,
    /// For an undecided claim, the evidence that would decide it.
    pub needed: Option<Needed>,
}

/// One test of a claim.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tested {
    /// The finding if the test is significant.
    pub shows: Verdict,
    /// The range that is tested; `None` for printed numbers.
    pub range: Option<Range>,
    /// The p-value by Student's t; for a line, by Hotelling's T².
    pub p: f64,
    /// The p-value after Holm's correction over the tests of all statements for the same finding. It decides. `None` for
    /// printed numbers, where a correction would make it easier to count as reproduced.
    pub p_holm: Option<f64>,
    /// The p-value by sign flips, uncorrected; it affects no verdict.
    pub p_sign_flip: Option<f64>,
}

impl Tested {
    /// The p-value that decides.
    pub fn decisive(&self) -> f64 {
        self.p_holm.unwrap_or(self.p)
    }
}

/// The differences between backpropagation and central differences.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gradients {
    /// Our largest difference.
    pub largest: f64,
    /// The number of printed differences above the limit.
    pub printed_above: usize,
    /// The number of weights compared.
    pub weights: usize,
    /// The power of ε with which our largest difference falls; `None` if it was not checked at several ε.
    pub order: Option<f64>,
}

impl Judgement {
    /// The verdict as text, with *equivalent* beside a verdict that holds too.
    pub fn says(&self) -> String {
        let verdict = self.verdict.to_string();
        match (self.is_equivalent, self.verdict) {
            (true, Verdict::Reproduced) => format!("{verdict}, equivalent"),
            (true, Verdict::NotReproduced) => format!("{verdict}, but equivalent"),
            _ => verdict,
        }
    }

    /// The mean and the 95 % interval of the mean, as text; for a line, the p-value.
    pub fn measured(&self) -> String {
        let dash = || "–".to_owned();
        match (&self.claim.asked, self.gradients) {
            (Asked::Gradients(_), Some(found)) => return format!("at most {:.1e}", found.largest),
            (Asked::GradientOrder(_), Some(found)) => {
                let order = found.order.map(|order| format!("as ε^{order:.2}"));
                return order.unwrap_or_else(dash);
            }
            (Asked::Line { .. }, _) => {
                let test = self.tests.first();
                return test.map_or_else(dash, |test| format!("joint p {}", shown_p(test.p)));
            }
            _ => {}
        }
        let (Some(quantity), Some(sample)) = (self.claim.asked.quantity(), self.sample) else {
            return dash();
        };
        let mean = quantity.difference_at(sample.mean);
        let interval = self.interval().map(|range| quantity.range_at(range));
        match self.claim.asked.is_difference() {
            true => quantity.shown_difference(mean, interval),
            false => quantity.shown_mean(Some(mean), interval),
        }
    }

    /// The 95 % prediction interval of one more run, as text; `None` if the paper printed no number.
    pub fn one_run(&self) -> Option<String> {
        let quantity = self.claim.asked.quantity()?;
        let range = self.prediction()?;
        let is_printed = self.claim.asked.is_printed();
        is_printed.then(|| quantity.shown_range(quantity.range_at(range)))
    }

    /// The 95 % interval of the mean as it is shown, on the scale of the numbers: without epochs after the maximum.
    pub fn interval(&self) -> Option<Range> {
        Some(self.possible(self.sample?.interval(0.95)?))
    }

    /// The 95 % prediction interval of one more number as it is shown, like [`interval`](Self::interval).
    pub fn prediction(&self) -> Option<Range> {
        Some(self.possible(self.sample?.prediction(0.95)?))
    }

    /// The part of a range that runs can reach. A ratio of epochs has no such limit.
    fn possible(&self, range: Range) -> Range {
        let Claim {
            asked, max_epochs, ..
        } = &self.claim;
        match (asked.quantity(), max_epochs) {
            (Some(quantity), Some(max)) if !asked.is_difference() => quantity.up_to(*max, range),
            _ => range,
        }
    }
}

/// A p-value as text.
pub fn shown_p(p: f64) -> String {
    match p {
        p if p < 1e-4 => "< 0.0001".to_owned(),
        p => format!("{p:.4}"),
    }
}

impl Judged {
    /// The headline: how many of the printed results and of the statements got each verdict, in the literal reading. The
    /// numbers that the paper printed of one experiment count together.
    pub fn tally(&self) -> String {
        let judged = self.judgements.iter();
        let judged = judged.map(|it| (&it.claim, Some(it.verdict)));
        let all = judged.chain(self.not_run.iter().map(|claim| (claim, None)));
        let all: Vec<_> = all.filter(|(claim, _)| !claim.is_of_reading).collect();
        let has_line = |id: &String| {
            let lines = |(claim, _): &(&Claim, _)| matches!(&claim.asked, Asked::Line { experiment, .. } if experiment == id);
            all.iter().any(lines)
        };
        let is_result = |claim: &Claim| match &claim.asked {
            Asked::Line { .. } => true,
            Asked::Printed { experiments, .. } => {
                experiments.len() == 1 && !has_line(&experiments[0])
            }
            _ => false,
        };
        let is_statement =
            |claim: &Claim| !matches!(claim.asked, Asked::Line { .. } | Asked::Printed { .. });
        let verdicts = |of: &dyn Fn(&Claim) -> bool| {
            let of = all.iter().filter(|(claim, _)| of(claim));
            of.map(|(_, verdict)| *verdict).collect::<Vec<_>>()
        };
        let parts = [
            ("printed result", verdicts(&is_result)),
            ("statement", verdicts(&is_statement)),
        ];
        let parts = parts
            .into_iter()
            .filter(|(_, verdicts)| !verdicts.is_empty());
        let parts = parts.map(|(what, verdicts)| counted(what, &verdicts));
        parts.collect::<Vec<_>>().join("; ")
    }
}

/// A number of claims, and how many got each verdict; those without a verdict were not run.
fn counted(what: &str, verdicts: &[Option<Verdict>]) -> String {
    let kinds = Verdict::ALL.map(|verdict| (Some(verdict), verdict.to_string()));
    let kinds = kinds.into_iter().chain([(None, "not run".to_owned())]);
    let counts = kinds.filter_map(|(kind, says)| {
        let count = verdicts.iter().filter(|it| **it == kind).count();
        (count > 0).then(|| format!("{count} {says}"))
    });
    let counts = counts.collect::<Vec<_>>().join(", ");
    let plural = if verdicts.len() == 1 { "" } else { "s" };
    format!("{} {what}{plural}: {counts}", verdicts.len())
}
