//! Whether the comparison notices what is wrong with committed files.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Result, ensure};

use super::compare::{Again, Outcome, compare};
use super::files::Files;

/// Removes each file, changes bytes of each file, and adds a file to each folder, one at a time. Each must be a fault, or a
/// change of a file that is named as not checked. Gives the number of changes.
///
/// # Errors
/// What was not noticed.
pub(super) fn each_is_noticed(committed: &mut Files, again: &Again) -> Result<usize> {
    let unchecked = compare(committed, again, 0.0).unchecked;
    let notices = |files: &Files, name: &str, what: &str| {
        let Outcome { faults, .. } = compare(files, again, 0.0);
        let named = what == "changed" && unchecked.contains_key(name);
        ensure!(
            faults.contains_key(name) || named,
            "{name} was {what}, and the comparison did not notice"
        );
        Ok(1)
    };
    let mut changes = 0;
    let names: Vec<String> = committed.keys().cloned().collect();
    for name in &names {
        let kept = committed.remove(name).unwrap_or_default();
        changes += notices(committed, name, "removed")?;
        for at in BTreeSet::from([0, kept.len() / 2, kept.len().saturating_sub(1)]) {
            let mut bytes = kept.clone();
            match bytes.get_mut(at) {
                Some(byte) => *byte ^= 1,
                None => bytes.push(0),
            }
            committed.insert(name.clone(), bytes);
            changes += notices(committed, name, "changed")?;
        }
        committed.insert(name.clone(), kept);
    }
    let folders = names.iter().filter_map(|name| Path::new(name).parent());
    for folder in folders.collect::<BTreeSet<_>>() {
        let name = folder
            .join("extra.txt")
            .to_string_lossy()
            .replace('\\', "/");
        committed.insert(name.clone(), Vec::new());
        changes += notices(committed, &name, "added")?;
        committed.remove(&name);
    }
    Ok(changes)
}
