//! `mnist-lab list`

use anyhow::Result;
use lab_results::suite::Experiment;

use super::print;
use super::suite::load_suite;
use crate::cli::ListArgs;
use crate::console::{NONE, table};

pub(crate) fn list(options: &ListArgs) -> Result<()> {
    let suite = load_suite(&options.suite)?;
    let experiments = suite.experiments()?;
    if options.settings {
        let settings = experiments.iter().map(|it| settings(it));
        return print(&settings.collect::<Result<String>>()?);
    }
    let header = [
        "experiment",
        "title",
        "hidden",
        "lr",
        "paper: %",
        "loss",
        "stopped",
    ];
    let rows: Vec<_> = experiments.iter().map(|it| row(it)).collect();
    let title = &suite.with_overrides.title;
    let cells = experiments.iter().filter(|it| it.cell.is_some()).count();
    let count = match cells {
        0 => String::new(),
        _ => format!(
            "\n{cells} of {} experiments are cells of a grid\n",
            rows.len()
        ),
    };
    print(&format!("{title}\n\n{}{count}", table(&header, &rows)))
}

fn settings(experiment: &Experiment) -> Result<String> {
    let settings = toml::to_string(&experiment.settings)?;
    let (id, title) = (&experiment.id, &experiment.title);
    Ok(format!("# {id}: {title}\n{settings}\n"))
}

fn row(experiment: &Experiment) -> Vec<String> {
    let (settings, printed) = (&experiment.settings, &experiment.paper);
    let hidden: Vec<String> = settings.hidden.iter().map(usize::to_string).collect();
    let paper = |value: Option<String>| value.unwrap_or_else(|| NONE.to_owned());
    vec![
        experiment.id.clone(),
        // A cell's title repeats its id.
        match experiment.cell {
            Some(_) => String::new(),
            None => experiment.title.clone(),
        },
        match hidden.is_empty() {
            true => "none".to_owned(),
            false => format!("{} {}", hidden.join("–"), settings.activation),
        },
        settings.lr.to_string(),
        paper(printed.test_accuracy.map(|x| format!("{:.2}", 100.0 * x))),
        paper(printed.test_loss.map(|x| x.to_string())),
        paper(printed.stop_epoch.map(|x| x.to_string())),
    ]
}
