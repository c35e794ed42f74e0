//! The claims of rules about experiments.

use lab_results::stats::Quantity;
use lab_results::suite::Experiment;

use crate::claim::{Asked, Claim, Hypothesis, PrintedNumber};
use crate::rules::Rules;
use crate::statistics::{Question, Range, to_end};
use crate::test::{Direction, Test};
use crate::verdict::Verdict;

/// All claims: of each experiment the line and its printed numbers, then the statements.
pub(crate) fn claims(rules: &Rules, experiments: &[Experiment]) -> Vec<Claim> {
    let mut claims = Vec::new();
    for experiment in experiments.iter().filter(|it| rules.confirms(it)) {
        let numbers = rules.printed.iter().filter_map(|rule| {
            let quantity = rule.quantity;
            Some(PrintedNumber {
                quantity,
                printed: quantity.linear(quantity.printed(&experiment.paper)?),
                max_half_width: quantity.linear(rule.max_half_width),
            })
        });
        let numbers: Vec<PrintedNumber> = numbers.collect();
        let claim = |what: &str, claimed: String, asked| Claim {
            section: experiment.section.clone().unwrap_or_default(),
            text: format!("{}: {what}", experiment.title),
            claimed,
            asked,
            is_of_reading: experiment.reading.is_some(),
            max_epochs: Some(experiment.settings.epochs),
        };
        let shown = |it: &PrintedNumber| it.quantity.shown_printed(&experiment.paper);
        if numbers.len() > 1 {
            let all: Vec<String> = numbers.iter().map(shown).collect();
            let asked = Asked::Line {
                experiment: experiment.id.clone(),
                numbers: numbers.clone(),
            };
            claims.push(claim("all printed numbers", all.join(", "), asked));
        }
        for number in numbers {
            let asked = Asked::Printed {
                experiments: vec![experiment.id.clone()],
                number,
            };
            claims.push(claim(number.quantity.name(), shown(&number), asked));
        }
    }
    for statement in &rules.statements {
        let (asked, claimed) = asked(
            rules,
            &statement.test,
            statement.equivalent_within,
            experiments,
        );
        let ids = asked.experiments();
        let own = || {
            experiments
                .iter()
                .filter(|it| ids.contains(&it.id.as_str()))
        };
        claims.push(Claim {
            section: statement.section.clone(),
            text: statement.text.clone(),
            claimed,
            is_of_reading: own().any(|it| it.reading.is_some()),
            max_epochs: own().map(|it| it.settings.epochs).max(),
            asked,
        });
    }
    claims
}

fn asked(
    rules: &Rules,
    test: &Test,
    equivalent: Option<f64>,
    all: &[Experiment],
) -> (Asked, String) {
    match test {
        Test::GradientsWithin(limit) => (Asked::Gradients(*limit), format!("≤ {limit:.0e}")),
        Test::GradientsFallBy(power) => (Asked::GradientOrder(*power), format!("as ε^{power}")),
        Test::Pooled {
            experiments,
            quantity,
        } => {
            let printed = experiments
                .iter()
                .filter_map(|id| printed(all, id, *quantity));
            let printed: Vec<f64> = printed.collect();
            let rule = rules.printed.iter().find(|it| it.quantity == *quantity);
            let number = PrintedNumber {
                quantity: *quantity,
                printed: printed.iter().sum::<f64>() / printed.len() as f64,
                max_half_width: rule.map_or(0.0, |it| quantity.linear(it.max_half_width)),
            };
            let claimed = quantity.shown(quantity.difference_at(number.printed));
            let asked = Asked::Printed {
                experiments: experiments.clone(),
                number,
            };
            (asked, format!("{claimed} on average"))
        }
        Test::Level {
            experiment,
            quantity,
            at_most,
        } => {
            let range = (f64::NEG_INFINITY, quantity.linear(*at_most));
            let claimed = format!("{experiment}: at most {}", quantity.shown(*at_most));
            let asked = Asked::Statement {
                experiment: experiment.clone(),
                others: Vec::new(),
                quantity: *quantity,
                range,
                printed: None,
                hypotheses: hypotheses(range, None),
            };
            (asked, claimed)
        }
        Test::Alike {
            experiment,
            and,
            quantity,
            margin,
        } => {
            let margin = quantity.linear(*margin);
            let claimed = format!("within {}", shown(*quantity, margin));
            let others = std::slice::from_ref(and);
            let range = (-margin, margin);
            comparison(experiment, others, *quantity, range, None, &claimed, all)
        }
        Test::Compare {
            experiment,
            has,
            quantity,
            than,
            by_at_most,
        } => {
            let most = by_at_most.map_or(f64::INFINITY, |most| quantity.linear(most));
            let (range, side) = match has {
                Direction::More => ((0.0, most), "more"),
                Direction::Less => ((-most, 0.0), "less"),
            };
            let limit = by_at_most.map(|_| format!(", by at most {}", shown(*quantity, most)));
            let claimed = format!("{side}{}", limit.unwrap_or_default());
            let equivalent = equivalent.map(|margin| quantity.linear(margin));
            comparison(
                experiment, than, *quantity, range, equivalent, &claimed, all,
            )
        }
    }
}

fn comparison(
    experiment: &str,
    others: &[String],
    quantity: Quantity,
    range: Range,
    equivalent: Option<f64>,
    claimed: &str,
    all: &[Experiment],
) -> (Asked, String) {
    let own = printed(all, experiment, quantity);
    let differences = others
        .iter()
        .filter_map(|it| Some(own? - printed(all, it, quantity)?));
    let printed = differences.min_by(|a, b| to_end(*a, range).total_cmp(&to_end(*b, range)));
    let sign = if quantity.is_geometric() { '/' } else { '−' };
    let than = match others {
        [one] => one.clone(),
        many => format!("each of {}", many.join(", ")),
    };
    let papers = printed.map(|printed| format!("; as printed {}", shown(quantity, printed)));
    let claimed = format!(
        "{experiment} {sign} {than}: {claimed}{}",
        papers.unwrap_or_default()
    );
    let asked = Asked::Statement {
        experiment: experiment.to_owned(),
        others: others.to_vec(),
        quantity,
        range,
        printed,
        hypotheses: hypotheses(range, equivalent),
    };
    (asked, claimed)
}

fn hypotheses(range: Range, equivalent: Option<f64>) -> Vec<Hypothesis> {
    let hypothesis = |shows, question, range| Hypothesis {
        shows,
        question,
        range,
    };
    let mut hypotheses = vec![
        hypothesis(Verdict::Reproduced, Question::Inside, range),
        hypothesis(Verdict::NotReproduced, Question::Outside, range),
    ];
    let margin = equivalent
        .map(|margin| hypothesis(Verdict::Equivalent, Question::Inside, (-margin, margin)));
    hypotheses.extend(margin);
    hypotheses
}

/// The number that the paper printed of an experiment, on the scale of statistics.
fn printed(all: &[Experiment], id: &str, quantity: Quantity) -> Option<f64> {
    let experiment = all.iter().find(|experiment| experiment.id == id)?;
    Some(quantity.linear(quantity.printed(&experiment.paper)?))
}

/// A difference on the linear scale, as text.
pub(crate) fn shown(quantity: Quantity, linear: f64) -> String {
    quantity.shown_difference(quantity.difference_at(linear), None)
}
