//! `mnist-lab export`

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use lab_exchange::curves;
use lab_exchange::export::{Format, to_bytes};
use lab_results::disk::atomic_file;
use lab_results::model::AnyModel;
use lab_results::store::Store;

use super::{note, open_model};
use crate::cli::{ExportArgs, ExportFormat};
use crate::ends::Usage;
use crate::output::print_bytes;

pub(crate) fn export(options: &ExportArgs, quiet: bool) -> Result<()> {
    match options.format {
        ExportFormat::Onnx => model(options, Format::Onnx, quiet),
        ExportFormat::Npz => model(options, Format::Npz, quiet),
        ExportFormat::Safetensors => model(options, Format::Safetensors, quiet),
        ExportFormat::Json => model(options, Format::Json, quiet),
        ExportFormat::Tensorboard => tensorboard(options, quiet),
        ExportFormat::Csv => csv(options, quiet),
    }
}

fn model(options: &ExportArgs, format: Format, quiet: bool) -> Result<()> {
    if options.what.is_dir() {
        let message = "is a folder; expected a model file, or --format tensorboard or csv";
        bail!(Usage(anyhow!("{}: {message}", options.what.display())));
    }
    let is_built_in = options.what.as_os_str() == "builtin";
    let model = open_model((!is_built_in).then_some(options.what.as_path()), true)?;
    let bytes = match &model {
        AnyModel::F32(model) => to_bytes(model, format)?,
        AnyModel::F64(model) => to_bytes(model, format)?,
    };
    let metadata = model.metadata();
    let name = format!(
        "{}-seed-{}.{}",
        metadata.experiment,
        metadata.seed,
        format.extension()
    );
    file(options, &name, &bytes, quiet)
}

fn csv(options: &ExportArgs, quiet: bool) -> Result<()> {
    let store = folder(options)?;
    let table = curves::long_csv(&curves::runs(&store)?)?;
    file(
        options,
        &format!("{}-curves.csv", suite_name(&store)),
        &table,
        quiet,
    )
}

fn tensorboard(options: &ExportArgs, quiet: bool) -> Result<()> {
    if options.replace {
        bail!(Usage(anyhow!(
            "--replace is for files; TensorBoard's event files go to a new folder"
        )));
    }
    let store = folder(options)?;
    let files = curves::event_files(&curves::runs(&store)?)?;
    let default = format!("{}-tensorboard", suite_name(&store));
    let out = options.out.clone().unwrap_or_else(|| default.into());
    if out.as_os_str() == "-" {
        bail!(Usage(anyhow!(
            "cannot write event files to standard output; expected a folder"
        )));
    }
    atomic_file::write_folder(&out, &files)?;
    note(
        quiet,
        &format!("wrote {} runs to {}", files.len(), out.display()),
    );
    Ok(())
}

fn folder(options: &ExportArgs) -> Result<Store> {
    if options.what.is_file() {
        let message = "is a file; expected a folder of results, such as runs/paper";
        bail!(Usage(anyhow!("{}: {message}", options.what.display())));
    }
    Ok(Store::open(&options.what))
}

fn suite_name(store: &Store) -> String {
    let folder = store.folder();
    let name = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let name = name
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    name.unwrap_or_else(|| "suite".to_owned())
}

fn file(options: &ExportArgs, default: &str, bytes: &[u8], quiet: bool) -> Result<()> {
    let out = options
        .out
        .clone()
        .unwrap_or_else(|| PathBuf::from(default));
    if out.as_os_str() == "-" {
        return print_bytes(bytes);
    }
    write_new(&out, bytes, options.replace, quiet)
}

/// Writes a new file, or replaces an existing one if `replace` is true. For a link, the target is replaced. A pipe or a
/// terminal is written to.
pub(super) fn write_new(path: &Path, bytes: &[u8], replace: bool, quiet: bool) -> Result<()> {
    let shown = path.display();
    let is_there = path.symlink_metadata().is_ok();
    let target = match is_there {
        true => fs::canonicalize(path).with_context(|| format!("{shown}: cannot be followed"))?,
        false => path.to_owned(),
    };
    match target.metadata().map(|it| it.file_type()) {
        Ok(kind) if is_stream(kind) => {
            let file = fs::OpenOptions::new().write(true).open(&target);
            let written = file.and_then(|mut file| file.write_all(bytes));
            written.with_context(|| format!("{shown}: cannot be written"))?;
        }
        Ok(kind) if !kind.is_file() => bail!("{shown}: not a file; expected a file, a pipe or -"),
        _ if is_there && !replace => bail!("{shown}: file exists; add --replace to replace it"),
        _ => atomic_file::write(&target, bytes)?,
    }
    note(quiet, &format!("wrote {shown}"));
    Ok(())
}

/// Whether writing replaces nothing: a pipe, or a device such as a terminal.
#[cfg(unix)]
fn is_stream(kind: fs::FileType) -> bool {
    use std::os::unix::fs::FileTypeExt;
    kind.is_fifo() || kind.is_char_device()
}

#[cfg(not(unix))]
fn is_stream(_: fs::FileType) -> bool {
    false
}
