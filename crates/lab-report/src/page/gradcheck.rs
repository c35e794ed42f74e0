//! The part on the gradient check.

use std::fmt::Write;

use lab_results::tables::{GradcheckPart, GradcheckRow};

use super::mutations::mutations;
use super::text::{code, dash, escape, section};

pub(super) fn gradient_check(to: &mut String, rows: &[GradcheckRow]) -> std::fmt::Result {
    let part = |name: GradcheckPart| rows.iter().filter(move |row| row.part == name);
    section(to, "Gradient check")?;
    writeln!(
        to,
        "The paper's table 1 (section 3): one training image, the 784–128–10 tanh network, central \
         differences with ε = 10⁻², here in double precision. The paper's own differences stand beside \
         ours; it states that all six are within 10⁻⁴.\n\n\
         | weight | numerical | backpropagation | difference | paper's difference |\n|---|--:|--:|--:|--:|"
    )?;
    for row in part(GradcheckPart::Table1) {
        writeln!(
            to,
            "| {} | {:.6e} | {:.6e} | {:.1e} | {} |",
            escape(&row.weight),
            row.numerical,
            row.backprop,
            row.absolute,
            row.paper_absolute.map_or_else(dash, |x| match x > 1e-4 {
                true => format!("{x:.2e}, not within 10⁻⁴"),
                false => format!("{x:.2e}"),
            })
        )?;
    }
    writeln!(
        to,
        "\nThe same six over a range of ε, the largest absolute difference of each: it falls with ε² until \
         rounding, which grows as 1/ε, takes over.\n\n| ε | largest difference |\n|--:|--:|"
    )?;
    let rows: Vec<_> = part(GradcheckPart::Epsilon).collect();
    for same in rows.chunk_by(|a, b| a.epsilon == b.epsilon) {
        let worst = same.iter().map(|row| row.absolute).fold(0.0, f64::max);
        writeln!(to, "| {:.0e} | {worst:.1e} |", same[0].epsilon)?;
    }
    let epsilon = part(GradcheckPart::AllWeights)
        .map(|row| row.epsilon)
        .next();
    writeln!(
        to,
        "\nEvery weight of the paper's network, and of others with each activation and penalty, at \
         ε = {:.0e}: the worst relative difference |a − b| / max(|a|, |b|, 10⁻⁴) of each group.\n\n\
         | network | group | relative difference |\n|---|---|--:|",
        epsilon.unwrap_or(f64::NAN)
    )?;
    for row in part(GradcheckPart::AllWeights) {
        writeln!(
            to,
            "| {} | {} | {:.1e} |",
            escape(&row.network),
            escape(&row.weight),
            row.relative
        )?;
    }
    let kinks: Vec<_> = part(GradcheckPart::Kink).collect();
    if !kinks.is_empty() {
        writeln!(
            to,
            "\nSet apart, because moving them by ε crosses a kink, where a difference quotient says nothing \
             (0 for a weight under L1, 0 for a ReLU's weighted input): {} weights.\n\n\
             | network | weight | numerical | backpropagation |\n|---|---|--:|--:|",
            kinks.len()
        )?;
        for row in kinks.iter().take(KINKS) {
            let (numerical, backprop) = (row.numerical, row.backprop);
            let (network, weight) = (escape(&row.network), code(&row.weight));
            writeln!(
                to,
                "| {network} | {weight} | {numerical:.6e} | {backprop:.6e} |"
            )?;
        }
        if kinks.len() > KINKS {
            writeln!(
                to,
                "\nThe other {} are in `gradcheck.csv`.",
                kinks.len() - KINKS
            )?;
        }
    }
    mutations(to)?;
    writeln!(to)
}

/// How many weights at a kink the page names.
const KINKS: usize = 8;
