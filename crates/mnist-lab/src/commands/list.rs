//! `mnist-lab list`

use crate::console::table;
use anyhow::Result;

use super::{load_suite, print};
use crate::cli::ListArgs;

pub(crate) fn list(options: &ListArgs) -> Result<()> {
    let suite = load_suite(&options.suite, &options.experiments)?;
    let experiments = suite.experiments()?;
    if options.settings {
        for experiment in &experiments {
            let settings = toml::to_string(&experiment.settings)?;
            print(&format!(
                "# {}: {}\n{settings}\n",
                experiment.id, experiment.title
            ))?;
        }
        return Ok(());
    }
    let paper = |value: Option<String>| value.unwrap_or_else(|| "–".to_owned());
    let rows: Vec<Vec<String>> = experiments
        .iter()
        .map(|experiment| {
            let settings = &experiment.settings;
            let printed = &experiment.paper;
            let hidden: Vec<String> = settings.hidden.iter().map(usize::to_string).collect();
            vec![
                experiment.id.clone(),
                experiment.title.clone(),
                if hidden.is_empty() {
                    "none".to_owned()
                } else {
                    format!("{} {}", hidden.join("–"), settings.activation)
                },
                settings.lr.to_string(),
                settings.momentum.to_string(),
                paper(printed.test_accuracy.map(|x| format!("{:.2} %", 100.0 * x))),
                paper(printed.test_loss.map(|x| x.to_string())),
                paper(printed.stop_epoch.map(|x| x.to_string())),
            ]
        })
        .collect();
    let header = [
        "experiment",
        "title",
        "hidden",
        "lr",
        "momentum",
        "paper: accuracy",
        "loss",
        "stopped",
    ];
    let title = &suite.with_overrides.title;
    let cells = experiments.iter().filter(|e| e.cell.is_some()).count();
    let count = match cells {
        0 => String::new(),
        _ => format!(
            "\n{cells} of {} experiments are cells of a grid; `mnist-lab run` runs each with every seed\n",
            experiments.len()
        ),
    };
    print(&format!("{title}\n\n{}{count}", table(&header, &rows)))
}
