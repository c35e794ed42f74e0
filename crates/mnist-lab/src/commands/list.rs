//! `mnist-lab list`

use crate::console::table;
use anyhow::Result;

use super::{load_suite, print};
use crate::cli::ListArgs;

pub(crate) fn list(options: &ListArgs) -> Result<()> {
    let suite = load_suite(&options.suite, &[])?.with_overrides;
    if options.settings {
        for experiment in &suite.experiments {
            let settings = toml::to_string(&experiment.settings)?;
            print(&format!(
                "# {}: {}\n{settings}\n",
                experiment.id, experiment.title
            ))?;
        }
        return Ok(());
    }
    let paper = |value: Option<String>| value.unwrap_or_else(|| "–".to_owned());
    let rows: Vec<Vec<String>> = suite
        .experiments
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
    print(&format!("{}\n\n{}", suite.title, table(&header, &rows)))
}
