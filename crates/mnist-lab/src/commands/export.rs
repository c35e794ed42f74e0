//! `mnist-lab export`

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use lab_exchange::curves;
use lab_exchange::export::{Format, to_bytes};
use lab_results::disk::whole;
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
        bail!(Usage(anyhow::anyhow!(
            "{}: {message}",
            options.what.display()
        )));
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
    let store = folder(options)?;
    let files = curves::event_files(&curves::runs(&store)?)?;
    let default = format!("{}-tensorboard", suite_name(&store));
    let out = options.out.clone().unwrap_or_else(|| default.into());
    if out.as_os_str() == "-" {
        bail!(Usage(anyhow::anyhow!(
            "cannot write event files to standard output; expected a folder"
        )));
    }
    whole::write_folder(&out, &files)?;
    note(
        quiet,
        &format!("wrote {} runs to {}", files.len(), out.display()),
    );
    Ok(())
}

fn folder(options: &ExportArgs) -> Result<Store> {
    if options.what.is_file() {
        let message = "is a file; expected a folder of results, such as runs/paper";
        bail!(Usage(anyhow::anyhow!(
            "{}: {message}",
            options.what.display()
        )));
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

/// Writes a file that is not there yet, or replaces it if told to.
pub(super) fn write_new(path: &Path, bytes: &[u8], replace: bool, quiet: bool) -> Result<()> {
    if !replace && path.symlink_metadata().is_ok() {
        bail!(
            "{}: file exists; add --replace to replace it",
            path.display()
        );
    }
    whole::write(path, bytes)?;
    note(quiet, &format!("wrote {}", path.display()));
    Ok(())
}
