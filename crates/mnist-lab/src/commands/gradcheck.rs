//! `mnist-lab gradcheck`

use crate::console::table;
use anyhow::Result;
use experiments::gradient_check::{PAPER_NETWORK, gradient_check};
use lab_results::disk::atomic_file::to_csv;
use lab_results::names::GRADCHECK;
use lab_results::store::Writer;
use lab_results::tables::{GradcheckPart, GradcheckRow};

use super::{note, open_data, print, processors};
use crate::cli::GradcheckArgs;

pub(crate) fn gradcheck(options: &GradcheckArgs, quiet: bool) -> Result<()> {
    let dataset = open_data(&options.data, quiet)?;
    // Locked first, so that an error costs no time.
    let writer = options.out.as_deref().map(Writer::lock).transpose()?;
    note(quiet, "comparing backpropagation with central differences");
    let rows = gradient_check(&dataset, options.seed, processors())?;
    if let Some(writer) = writer {
        writer.write(GRADCHECK, &to_csv(&rows)?)?;
    }
    print(&format!(
        "Table 1 of the paper: {PAPER_NETWORK}, ε = 10⁻², one image\n{}\n\
         Largest absolute difference of these six weights\n{}\n\
         Largest relative difference of all weights\n{}",
        table_1(&rows),
        epsilons(&rows),
        groups(&rows)
    ))
}

fn part(rows: &[GradcheckRow], name: GradcheckPart) -> impl Iterator<Item = &GradcheckRow> {
    rows.iter().filter(move |row| row.part == name)
}

fn table_1(rows: &[GradcheckRow]) -> String {
    let cells: Vec<Vec<String>> = part(rows, GradcheckPart::Table1)
        .map(|row| {
            vec![
                row.weight.clone(),
                format!("{:.6e}", row.numerical),
                format!("{:.6e}", row.backprop),
                format!("{:.1e}", row.absolute),
                row.paper_absolute
                    .map_or_else(String::new, |x| format!("{x:.1e}")),
            ]
        })
        .collect();
    table(
        &["weight", "numerical", "backprop", "difference", "paper"],
        &cells,
    )
}

fn epsilons(rows: &[GradcheckRow]) -> String {
    let mut cells = Vec::<Vec<String>>::new();
    let mut worst: Vec<(f64, f64)> = Vec::new();
    for row in part(rows, GradcheckPart::Epsilon) {
        match worst.last_mut() {
            Some((epsilon, largest)) if *epsilon == row.epsilon => {
                *largest = largest.max(row.absolute);
            }
            _ => worst.push((row.epsilon, row.absolute)),
        }
    }
    for (epsilon, largest) in worst {
        cells.push(vec![format!("{epsilon:.0e}"), format!("{largest:.1e}")]);
    }
    table(&["ε", "difference"], &cells)
}

fn groups(rows: &[GradcheckRow]) -> String {
    let cells: Vec<Vec<String>> = part(rows, GradcheckPart::AllWeights)
        .map(|row| {
            vec![
                row.network.clone(),
                row.weight.clone(),
                format!("{:.1e}", row.relative),
            ]
        })
        .collect();
    table(&["network", "group", "relative"], &cells)
}
