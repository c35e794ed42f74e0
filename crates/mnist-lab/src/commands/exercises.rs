//! `mnist-lab exercises`

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, anyhow, bail};
use lab_results::disk::atomic_file::{is_there, make_folder, read_small, remove, sha256, write};
use lab_results::quote::on_one_line;
use mnist_exercises::grade::{OUTCOME, TIME_LIMIT};
use mnist_exercises::project::{TRAINING, files};
use mnist_exercises::{EXERCISES, Exercise, Outcome, State};
use serde_json::{Value, json};

use super::{note, print};
use crate::cli::{GradeArgs, HintArgs, NewArgs};
use crate::console::{BAD, GOOD, UNSURE};
use crate::ends::{Silent, Usage};
use crate::output::print_in_colour;

/// The clone that this program was built from, if it is still there.
const CLONE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

pub(crate) fn new(args: &NewArgs, quiet: bool) -> Result<()> {
    let dir = &args.dir;
    let entries = fs::read_dir(dir).map(Iterator::count);
    match entries {
        Ok(0) => (),
        Ok(_) => bail!(Usage(anyhow!(
            "{}: expected a new or an empty folder",
            dir.display()
        ))),
        Err(error) if error.kind() == ErrorKind::NotFound => (),
        Err(error) => return Err(error).with_context(|| dir.display().to_string()),
    }
    let clone = clone(args.clone.as_deref())?;
    let dependency = |name: &str| {
        let path = clone.join("crates").join(name).display().to_string();
        format!("{{ path = {} }}", toml::Value::String(path))
    };
    make_folder(&dir.join("src"))?;
    for (path, text) in files(dependency) {
        write(&dir.join(path), text.as_bytes())?;
    }
    // The same versions of other crates as in the clone.
    write(
        &dir.join("Cargo.lock"),
        &read_small(&clone.join("Cargo.lock"))?,
    )?;
    note(
        quiet,
        &format!("wrote {0}: begin with {0}/README.md", dir.display()),
    );
    Ok(())
}

/// The folder of the clone, as an absolute path.
fn clone(given: Option<&Path>) -> Result<PathBuf> {
    let path = given.unwrap_or(Path::new(CLONE));
    let clone = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    if is_there(&clone.join("crates/mnist-exercises/Cargo.toml"))? {
        return Ok(clone);
    }
    let error = anyhow!(
        "{}: crates/mnist-exercises not found; pass a clone of the repository with --clone PATH",
        clone.display()
    );
    Err(Usage(error).into())
}

pub(crate) fn hint(args: &HintArgs) -> Result<()> {
    let exercise = Exercise::find(&args.name).context("exercise not found")?;
    let hint = exercise.hint(args.level.into()).context("hint not found")?;
    print(&format!("{hint}\n"))
}

pub(crate) fn grade(args: &GradeArgs, quiet: bool) -> Result<()> {
    let manifest = args.dir.join("Cargo.toml");
    let text = fs::read_to_string(&manifest).unwrap_or_default();
    if !text.contains("mnist-exercises") {
        bail!(Usage(anyhow!(
            "{}: expected a project made by `mnist-lab exercises new`",
            args.dir.display()
        )));
    }
    let outcomes = outcomes(args, quiet)?;
    let passed = outcomes.iter().filter(|(_, it)| it.state == State::Passed);
    let (passed, total) = (passed.count(), outcomes.len());
    if args.json {
        print(&format!("{:#}\n", as_json(&outcomes, passed)))?;
    } else {
        let rows = outcomes.iter().map(|(name, it)| row(name, it));
        let rows: String = rows.collect();
        print_in_colour(&format!("{rows}{passed} of {total} passed\n"))?;
    }
    if passed == total {
        Ok(())
    } else {
        Err(Silent.into())
    }
}

fn as_json(outcomes: &[(&str, Outcome)], passed: usize) -> Value {
    let exercises = outcomes.iter().map(|(name, it)| {
        json!({ "name": name, "state": it.state.name(), "message": it.message, "mistake": it.mistake })
    });
    json!({ "exercises": exercises.collect::<Vec<_>>(), "passed": passed, "total": outcomes.len() })
}

fn row(name: &str, outcome: &Outcome) -> String {
    let style = match outcome.state {
        State::Passed => GOOD,
        State::NotWritten => UNSURE,
        State::Failed | State::Error => BAD,
    };
    let message = match outcome.message.as_str() {
        "" => String::new(),
        message => format!("  {}\n", on_one_line(message)),
    };
    format!(
        "{name:15} {style}{}{style:#}\n{message}",
        outcome.state.name()
    )
}

/// The outcome of every exercise, and of the training with all of them.
fn outcomes(args: &GradeArgs, quiet: bool) -> Result<Vec<(&'static str, Outcome)>> {
    let copy = args.dir.join("target/graded");
    let mut broken = BTreeMap::new();
    for exercise in EXERCISES {
        if !is_there(&args.dir.join(exercise.path()))? {
            broken.insert(exercise.name, "file not found".to_owned());
        }
    }
    let built = loop {
        copy_project(&args.dir, &copy, &broken)?;
        let built = build(&args.dir, &copy, quiet)?;
        let found = built
            .errors
            .iter()
            .filter(|(name, _)| !broken.contains_key(*name));
        let found: Vec<_> = found.map(|(name, error)| (*name, error.clone())).collect();
        if built.test.is_some() || found.is_empty() {
            break built;
        }
        broken.extend(found);
    };
    let names = EXERCISES
        .iter()
        .map(|exercise| exercise.name)
        .chain([TRAINING]);
    let outcome = |name| match (&built.test, broken.get(name)) {
        (_, Some(error)) => Ok(Outcome::error(format!("src/{name}.rs: {error}"))),
        (None, None) => Ok(Outcome::error(format!(
            "the project does not compile: {}",
            built
                .other_error
                .as_deref()
                .unwrap_or("see the output of cargo")
        ))),
        (Some(_), None) if name == TRAINING && !broken.is_empty() => {
            let names: Vec<&str> = broken.keys().copied().collect();
            Ok(Outcome::error(format!(
                "not tried: no answer for {}",
                names.join(", ")
            )))
        }
        (Some(test), None) => run(test, name, &copy, args.time_limit),
    };
    names.map(|name| Ok((name, outcome(name)?))).collect()
}

/// Copies a project's sources. Files that do not compile become files with holes.
fn copy_project(dir: &Path, copy: &Path, broken: &BTreeMap<&str, String>) -> Result<()> {
    let sources = copy.join("src");
    if is_there(&sources)? {
        fs::remove_dir_all(&sources).with_context(|| sources.display().to_string())?;
    }
    copy_folder(&dir.join("src"), &sources)?;
    let lock = dir.join("Cargo.lock");
    if is_there(&lock)? {
        write(&copy.join("Cargo.lock"), &read_small(&lock)?)?;
    }
    let manifest = String::from_utf8(read_small(&dir.join("Cargo.toml"))?)?;
    let mut manifest: toml::Table = manifest.parse().context("Cargo.toml")?;
    if let Some(package) = manifest.get_mut("package").and_then(|it| it.as_table_mut()) {
        // Cargo takes packages of one name in one target folder for the same, wherever they are.
        let path = std::path::absolute(copy)?;
        let hash = sha256(path.as_os_str().as_encoded_bytes());
        package.insert("name".to_owned(), format!("graded-{}", &hash[..16]).into());
    }
    write(&copy.join("Cargo.toml"), manifest.to_string().as_bytes())?;
    for exercise in EXERCISES.iter().filter(|it| broken.contains_key(it.name)) {
        write(&copy.join(exercise.path()), exercise.file().as_bytes())?;
    }
    Ok(())
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    make_folder(to)?;
    for entry in fs::read_dir(from).with_context(|| from.display().to_string())? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            write(&target, &read_small(&entry.path())?)?;
        }
    }
    Ok(())
}

/// The result of building a project's tests.
struct Built {
    /// The program of the tests, if everything compiles.
    test: Option<PathBuf>,
    /// The first error in the file of each exercise.
    errors: BTreeMap<&'static str, String>,
    /// The first error elsewhere.
    other_error: Option<String>,
}

fn build(dir: &Path, copy: &Path, quiet: bool) -> Result<Built> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()));
    cargo.args(["test", "--no-run", "--lib", "--message-format=json"]);
    if quiet {
        cargo.arg("--quiet");
    }
    if std::env::var_os("CARGO_TARGET_DIR").is_none() {
        // What the student built need not be built again.
        cargo.env("CARGO_TARGET_DIR", std::path::absolute(dir.join("target"))?);
    }
    let output = cargo.current_dir(copy).stderr(Stdio::inherit()).output();
    let output = output.context("cannot run cargo; install Rust, or set the variable CARGO")?;
    let mut built = Built {
        test: None,
        errors: BTreeMap::new(),
        other_error: None,
    };
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let Ok(message) = serde_json::from_str::<Value>(line) else {
            continue;
        };
        if let Some(path) = message["executable"].as_str() {
            built.test = Some(path.into());
        }
        let message = &message["message"];
        if message["level"] == "error" {
            let text = message["message"].as_str().unwrap_or_default();
            let span = message["spans"].as_array().and_then(|spans| spans.first());
            let file = span
                .and_then(|span| span["file_name"].as_str())
                .unwrap_or_default();
            let is_here = |it: &&Exercise| Path::new(file) == Path::new(&it.path());
            match (EXERCISES.iter().find(is_here), span) {
                (Some(exercise), Some(span)) => {
                    let error = format!("line {}: does not compile: {text}", span["line_start"]);
                    built.errors.entry(exercise.name).or_insert(error);
                }
                _ => _ = built.other_error.get_or_insert_with(|| text.to_owned()),
            }
        }
    }
    Ok(built)
}

/// Grades one exercise.
fn run(test: &Path, name: &str, copy: &Path, time_limit: u64) -> Result<Outcome> {
    let file = std::path::absolute(copy.join("outcome"))?;
    remove(&file)?;
    let function = if name == TRAINING {
        name.to_owned()
    } else {
        format!("{name}::grade")
    };
    let mut command = Command::new(test);
    command.args(["--exact", &function]).current_dir(copy);
    command
        .env(OUTCOME, &file)
        .env(TIME_LIMIT, time_limit.to_string());
    let output = command
        .stdin(Stdio::null())
        .output()
        .context("cannot run the tests")?;
    let text = fs::read_to_string(&file).ok();
    Ok(text
        .and_then(|text| Outcome::read(&text))
        .unwrap_or_else(|| {
            let errors = String::from_utf8_lossy(&output.stderr);
            Outcome::error(match output.status.success() {
                true => format!("test `{function}` not found"),
                false if errors.contains("has overflowed its stack") => {
                    "stack overflow: does a function call itself without end?".to_owned()
                }
                false => format!("the program crashed ({})", output.status),
            })
        }))
}
